// The oracle: answers "what would this cost if ...". Engines and the shadow implement it, advisors
// and trials ask it.
#pragma once

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
