#include "optimize/measure.h"

#include <algorithm>
#include <cmath>

namespace whet::optimize {
namespace {

/// One round of one item: the mean over its reads, shapes and digests joined.
struct Round {
  double elapsed_ms = 0, shared_blocks = 0;
  std::string plan_shape, result_digest;
  bool timed_out = false;
};

bool ends_the_run(const Error& error) {
  return error.kind == ErrorKind::unreachable || error.kind == ErrorKind::interrupted ||
         error.kind == ErrorKind::internal;
}

Result<Round> run_once(const Item& item, const MeasureOptions& options, engine::Engine& engine) {
  Round round;
  for (const engine::Replayable& read : item.reads) {
    auto one = engine.measure(read, options.timeout_seconds);
    if (!one) {
      if (one.error().kind != ErrorKind::timeout) return std::move(one).error();
      round.timed_out = true;
      round.elapsed_ms += options.timeout_seconds * 1000;
      continue;
    }
    round.elapsed_ms += one->elapsed_ms;
    round.shared_blocks += static_cast<double>(one->shared_blocks);
    // Most parameters give the same plan: it is told once.
    if (round.plan_shape.find(one->plan_shape) == std::string::npos)
      round.plan_shape += (round.plan_shape.empty() ? "" : "\n") + one->plan_shape;
    round.result_digest += one->result_digest + "\n";
  }
  const auto reads = static_cast<double>(item.reads.size());
  round.elapsed_ms /= reads;
  round.shared_blocks /= reads;
  return round;
}

void note(Series& series, const Round& round, bool warm_up) {
  if (!series.result_digest.empty() && series.result_digest != round.result_digest)
    series.results_stable = false;
  series.result_digest = round.result_digest;
  series.plan_shape = round.plan_shape;
  series.timed_out = series.timed_out || round.timed_out;
  if (warm_up) return;
  series.elapsed_ms.push_back(round.elapsed_ms);
  series.shared_blocks.push_back(round.shared_blocks);
}

/// How many rounds an item gets, by how long its warm-up took.
int rounds_for(const Round& warm_up, const Item& item, double share_seconds,
               const MeasureOptions& options) {
  const double seconds = warm_up.elapsed_ms / 1000 * static_cast<double>(item.reads.size());
  if (seconds <= 0) return options.rounds;
  const double fitting = std::floor(share_seconds / seconds);
  return static_cast<int>(std::clamp(fitting, static_cast<double>(options.least_rounds),
                                     static_cast<double>(options.rounds)));
}

/// For an item that takes seconds, warm caches matter less than one execution more.
bool warm_up_counts(const Round& warm_up) { return warm_up.elapsed_ms >= 2000; }

/// The last round that an item gets (the warm-up is round 0).
int last_round(const Round& warm_up, const Item& item, double share_seconds,
               const MeasureOptions& options) {
  if (warm_up.timed_out) return options.timed_out_rounds - 1;
  const int rounds = rounds_for(warm_up, item, share_seconds, options);
  return warm_up_counts(warm_up) ? std::max(1, rounds - 1) : rounds;
}

Error stopped() { return {ErrorKind::interrupted, "Stopped during the measurement.", "", ""}; }

}  // namespace

std::string without_literals(const Error& error) {
  if (error.sqlstate.empty()) return "It could not be run.";
  return "The server refused it (SQLSTATE " + error.sqlstate + ").";
}

std::vector<Item> within_budget(std::vector<Item> items, const MeasureOptions& options,
                                int& left_out) {
  constexpr int always = 3;
  constexpr double share_of_one = 0.1;  // no item gets more parameters than fit into that
  constexpr double cheap = 0.02;        // what takes less is measured in any case
  std::vector<Item> kept;
  double spent = 0;
  int helped = 0, controls = 0;
  left_out = 0;
  for (Item& item : items) {
    const double once = std::min(item.expected_ms / 1000, options.timeout_seconds) *
                        static_cast<double>(options.least_rounds + 1);
    while (item.reads.size() > 1 &&
           once * static_cast<double>(item.reads.size()) > options.budget_seconds * share_of_one)
      item.reads.pop_back();
    const double cost = once * static_cast<double>(item.reads.size());
    int& same_kind = item.control ? controls : helped;
    if (spent + cost > options.budget_seconds && same_kind >= always &&
        cost > options.budget_seconds * cheap) {
      ++left_out;
      continue;
    }
    ++same_kind;
    spent += cost;
    kept.push_back(std::move(item));
  }
  return kept;
}

Result<std::vector<Series>> measure(const std::vector<Item>& items, const MeasureOptions& options,
                                    Context& context) {
  std::vector<Series> series(items.size());
  std::vector<int> last(items.size(), 1);
  const double share =
      items.empty() ? 0 : options.budget_seconds / static_cast<double>(items.size());
  // Round 0 warms caches up and shows how long each item takes.
  for (int round = 0; round <= options.rounds; ++round) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (!series[i].problem.empty() || round > last[i]) continue;
      if (context.progress.cancelled()) return stopped();
      context.progress.report("Measuring",
                              (round + static_cast<double>(i) / static_cast<double>(items.size())) /
                                  (options.rounds + 1));
      auto one = run_once(items[i], options, context.engine);
      if (!one) {
        if (ends_the_run(one.error())) return std::move(one).error();
        series[i] = Series{};
        series[i].problem = without_literals(one.error());
        continue;
      }
      if (round == 0) last[i] = last_round(*one, items[i], share, options);
      note(series[i], *one, round == 0 && !warm_up_counts(*one));
    }
  }
  return series;
}

}  // namespace whet::optimize
