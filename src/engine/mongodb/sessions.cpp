// What the sessions do now, what they wait for, and what runs for long.
#include <algorithm>

#include "engine/mongodb/activity.h"
#include "engine/mongodb/collector.h"
#include "engine/mongodb/operations.h"

namespace whet::engine::mongodb {

namespace {

using mql::Value;

constexpr std::int64_t sessions_at_most = 20000;

}  // namespace

mql::Value current_op(bool all_users, bool idle) {
  Value stage = Value::object({{"allUsers", Value::of(all_users)},
                               {"idleConnections", Value::of(idle)},
                               {"idleSessions", Value::of(idle)}});
  // Not where each of them yields, and cursors that nobody reads from.
  return Value::object({{"aggregate", Value::of(1)},
                        {"pipeline", Value::array({Value::object({{"$currentOp", stage}})})},
                        {"cursor", Value::object({})}});
}

std::optional<std::vector<mql::Value>> look_at_operations(Collector& c, bool idle) {
  if (c.all_operations) {
    auto all = c.query("operations of other users", "admin", current_op(true, idle),
                       c.grant("clusterMonitor"), sessions_at_most);
    if (all) return all;
    c.all_operations = false;
  }
  return c.query("operations", "admin", current_op(false, idle), c.grant("clusterMonitor"),
                 sessions_at_most);
}

void collect_activity(Collector& c) {
  const auto operations = look_at_operations(c, true);
  if (!operations) return;
  auto& activity = c.snapshot.activity;
  for (const auto& operation : *operations) {
    if (is_client(operation)) activity.sessions.push_back(session_of(operation));
  }
  std::stable_sort(activity.sessions.begin(), activity.sessions.end(),
                   [](const auto& a, const auto& b) { return a.pid < b.pid; });
  activity.lock_waits = lock_waits_of(*operations);
  activity.running = running_of(*operations);
}

}  // namespace whet::engine::mongodb
