// What the user may decide about how careful the checks are. Everything else is in the facts.
#pragma once

#include <optional>

namespace whet::advise {

struct Policy {
  /// Counters must be at least this old before "never used" means anything. Default 7 d: a week has
  /// every weekday.
  double min_history_seconds = 7 * 86400.0;
  /// The same for ratios and rates over counters (never more than min_history_seconds counts).
  double min_ratio_history_seconds = 86400.0;
  /// The user says that nothing else reads this data (no replicas whose index usage we have not
  /// seen).
  bool all_nodes_seen = false;
};

}  // namespace whet::advise
