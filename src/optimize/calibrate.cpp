// Which drawn parameters stand for the workload: those with which a read takes about as long as the
// workload's own.
#include <algorithm>
#include <cmath>
#include <utility>

#include "optimize/measure.h"

namespace whet::optimize {
namespace {

/// A read that runs this many times longer than the workload's own mean is not what the workload
/// does. Of slow statements one read that is near enough will do: each further one costs seconds.
struct Patience {
  double far_off = 8;
  std::size_t wanted = 1;
  double near = 2;
};

Patience patience_for(const Item& item, int keep) {
  constexpr double slow_ms = 500;
  if (item.expected_ms >= slow_ms) return {3, 1, 3};
  return {8, static_cast<std::size_t>(keep), 2};
}

/// Time given to a read whose mean is tiny: below it, waiting costs nothing.
constexpr double least_seconds = 0.5;

/// How far a time is from the expected one, on a logarithmic scale.
double distance(double elapsed_ms, double expected_ms) {
  return std::fabs(std::log(std::max(elapsed_ms, 1e-3) / std::max(expected_ms, 1e-3)));
}

Status calibrate_item(Item& item, const MeasureOptions& options, int keep, Context& context) {
  const Patience patience = patience_for(item, keep);
  const double limit_seconds = std::clamp(item.expected_ms / 1000 * patience.far_off, least_seconds,
                                          options.timeout_seconds);
  std::vector<std::pair<double, std::size_t>> order;
  std::size_t near = 0;
  for (std::size_t i = 0; i < item.reads.size() && near < patience.wanted; ++i) {
    if (context.progress.cancelled()) {
      return Error{ErrorKind::interrupted, "Stopped during the measurement.", "", ""};
    }
    const auto one = context.engine.measure(item.reads[i], limit_seconds);
    if (!one && one.error().kind != ErrorKind::timeout && one.error().kind != ErrorKind::refused) {
      return one.error();
    }
    const double elapsed_ms = one ? one->elapsed_ms : limit_seconds * 1000 * patience.far_off;
    order.emplace_back(distance(elapsed_ms, item.expected_ms), i);
    near += order.back().first <= std::log(patience.near) ? 1 : 0;
  }
  std::stable_sort(order.begin(), order.end());
  order.resize(std::min(order.size(), std::max(near, patience.wanted)));
  std::vector<engine::Replayable> kept;
  for (const auto& [how_far, i] : order) kept.push_back(std::move(item.reads[i]));
  item.reads = std::move(kept);
  return {};
}

}  // namespace

Status calibrate(std::vector<Item>& items, const MeasureOptions& options, int keep,
                 Context& context) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    Item& item = items[i];
    context.progress.report("Choosing parameters",
                            static_cast<double>(i) / static_cast<double>(items.size()));
    const bool drawn = std::none_of(item.reads.begin(), item.reads.end(),
                                    [](const engine::Replayable& read) { return read.captured; });
    if (drawn && item.expected_ms > 0 && item.reads.size() > static_cast<std::size_t>(keep)) {
      WHET_TRY_VOID(calibrate_item(item, options, keep, context));
    } else if (item.reads.size() > static_cast<std::size_t>(keep)) {
      item.reads.resize(static_cast<std::size_t>(keep));
    }
  }
  return {};
}

}  // namespace whet::optimize
