// The oracle: answers "what would this cost if ...". Engines and the shadow implement it, advisors
// and trials ask it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/plan.h"
#include "model/schema.h"

namespace whet::model {

/// An index that does not exist, for asking about it.
struct HypotheticalIndex {
  std::string schema, table;
  Index index;  ///< method, parts, includes, predicate, unique count
};

/// How large such an index would be: what a planner has to be told when it cannot be measured.
struct IndexDimensions {
  double pages = 0;    ///< of the whole file
  double entries = 0;  ///< rows that it points to
  int height = 0;      ///< B-tree: levels above the leaves
};

struct WhatIf {
  double cost = 0;  ///< the planner's total cost
  Plan plan;
  std::vector<std::size_t> used;  ///< positions in the asked-for list of hypothetical indexes
};

/// An index that a question may turn on and off: one that exists (`existing`, its id) or one that
/// does not.
struct SwitchedIndex {
  HypotheticalIndex what;
  std::int64_t existing = 0;   ///< 0: hypothetical
  IndexDimensions dimensions;  ///< of a hypothetical one, for planners that have to be told
};

/// What the planner says of a statement when exactly the asked-for indexes are there.
struct SwitchedPlan {
  Plan plan;
  std::vector<std::size_t> used;             ///< positions of switched indexes in the plan, rising
  std::map<std::string, std::size_t> names;  ///< what the plan calls them
};

/// Answers what-if questions over one fixed list of indexes, quickly: what an advisor asks
/// thousands of times. Indexes outside the list are always there.
class IndexSwitch {
 public:
  IndexSwitch() = default;
  IndexSwitch(const IndexSwitch&) = delete;
  IndexSwitch& operator=(const IndexSwitch&) = delete;
  virtual ~IndexSwitch() = default;

  /// "HypoPG 1.3.1 on the target".
  [[nodiscard]] virtual std::string name() const = 0;
  /// False: indexes that exist are planned with whether `present` has them or not.
  [[nodiscard]] virtual bool hides_existing() const = 0;
  /// Sets the list, once, before the first question. For each index its size in bytes as this
  /// planner takes it, or why it cannot be asked about.
  [[nodiscard]] virtual Result<std::vector<Result<double>>> declare(
      const std::vector<SwitchedIndex>& indexes) = 0;
  /// Plans `statement` ($n parameters allowed) with those of the list that `present` names (rising
  /// positions), and none of the others. Nothing is executed.
  [[nodiscard]] virtual Result<SwitchedPlan> plan(const std::string& statement,
                                                  const std::vector<std::size_t>& present) = 0;
};

class Oracle {
 public:
  Oracle() = default;
  Oracle(const Oracle&) = delete;
  Oracle& operator=(const Oracle&) = delete;
  virtual ~Oracle() = default;

  /// "HypoPG 1.3.1 on the target".
  [[nodiscard]] virtual std::string name() const = 0;

  /// Plans `statement` ($n parameters allowed) with these indexes added. Nothing is executed and
  /// nothing is left behind.
  [[nodiscard]] virtual Result<WhatIf> cost(const std::string& statement,
                                            const std::vector<HypotheticalIndex>& added) = 0;

  /// The size in bytes that the oracle expects of an index.
  [[nodiscard]] virtual Result<double> size_bytes(const HypotheticalIndex& index) = 0;
};

}  // namespace whet::model
