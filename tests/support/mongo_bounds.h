// From a filter to the conditions in it, and from conditions to the intervals of an index.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "support/mongo_plan.h"

namespace whet::testing::mongo {

using Intervals = std::vector<Interval>;  ///< ascending, without overlap

/// One condition of a conjunction. `path` is empty for $or, $expr and the like.
struct Condition {
  std::string path, op;
  mql::Value operand;
  mql::Value parsed;  ///< {a: {$eq: 5}}
};

[[nodiscard]] std::vector<Condition> conditions_of(const mql::Value& filter);
/// As a filter: what is left to test.
[[nodiscard]] mql::Value conjunction(std::vector<Condition> conditions);

struct Bounds {
  Intervals intervals;
  bool exact = true;     ///< the intervals say all that the condition says
  bool by_keys = false;  ///< what they do not say, the key alone can
};
[[nodiscard]] std::optional<Bounds> bounds_of(const Condition& condition);

[[nodiscard]] Intervals everything();
[[nodiscard]] bool is_everything(const Intervals& intervals);
[[nodiscard]] bool is_points(const Intervals& intervals);
[[nodiscard]] Intervals intersection(const Intervals& a, const Intervals& b);
/// As a scan in the other direction meets them.
[[nodiscard]] Intervals reversed(const Intervals& intervals);
[[nodiscard]] std::string printed(const Interval& interval);

}  // namespace whet::testing::mongo
