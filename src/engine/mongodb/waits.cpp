// What the operations were seen doing, again and again over the window; and the commands that they
// ran, with literals, for plans and replays. Those stay in memory.
#include <algorithm>
#include <map>
#include <tuple>

#include "base/clock.h"
#include "engine/mongodb/activity.h"
#include "engine/mongodb/collector.h"
#include "engine/mongodb/operations.h"

namespace whet::engine::mongodb {

namespace {

/// Looking may take at most this share of the time.
constexpr double share_for_looking = 0.05;

struct Sampler {
  std::map<std::tuple<std::string, std::string, std::string>, std::int64_t> counts;
  std::int64_t samples = 0, active_sum = 0;
};

bool look(Collector& c, Sampler& s) {
  const auto operations = look_at_operations(c, false);
  if (!operations) return false;
  std::int64_t active = 0;
  for (const auto& operation : *operations) {
    if (!is_client(operation) || !is_active(operation)) continue;
    const WaitState wait = wait_of(operation);
    // A tailing cursor that waits for news does nothing.
    if (wait.type == "Client") continue;
    ++active;
    std::string id;
    if (const auto command = command_in(operation)) {
      id = c.keep_text(*command);
    }
    ++s.counts[{wait.type, wait.event, id}];
  }
  ++s.samples;
  s.active_sum += active;
  auto& waits = c.snapshot.activity.waits;
  waits.peak_active = std::max(waits.peak_active, active);
  return true;
}

void store_counts(const Sampler& s, model::WaitSamples& waits) {
  std::map<std::pair<std::string, std::string>, std::int64_t> together;
  for (const auto& [key, count] : s.counts) {
    const auto& [type, event, id] = key;
    together[{type, event}] += count;
    if (!id.empty()) waits.counts.push_back({type, event, id, count});
  }
  for (const auto& [key, count] : together)
    waits.counts.push_back({key.first, key.second, "", count});
  std::sort(waits.counts.begin(), waits.counts.end(), [](const auto& a, const auto& b) {
    if (a.count != b.count) return a.count > b.count;
    return std::tie(a.type, a.event, a.query_id) < std::tie(b.type, b.event, b.query_id);
  });
}

}  // namespace

void sample_waits(Collector& c, double until) {
  Sampler s;
  const double started = clock::monotonic();
  while (!c.stopped()) {
    const double before = clock::monotonic();
    const double left = until - before;
    c.progress.report("watching the operations",
                      until > started ? (before - started) / (until - started) : 1);
    if (!look(c, s) || left <= 0) break;
    const double took = clock::monotonic() - before;
    const double wait = std::max(c.options.sample_interval_seconds, took / share_for_looking);
    clock::pause(std::clamp(wait - took, 0.0, std::max(left, 0.0)));
    if (c.progress.cancelled())
      c.failure = Error{ErrorKind::interrupted, "Stopped on request.", "", ""};
  }
  auto& waits = c.snapshot.activity.waits;
  waits.samples = s.samples;
  if (s.samples > 0) {
    waits.interval_seconds = (clock::monotonic() - started) / static_cast<double>(s.samples);
    waits.average_active = static_cast<double>(s.active_sum) / static_cast<double>(s.samples);
  }
  waits.peak_connections =
      static_cast<std::int64_t>(c.snapshot.server.status_total("connections.current").value_or(0));
  store_counts(s, waits);
}

}  // namespace whet::engine::mongodb
