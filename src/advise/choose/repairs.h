// What a statement might cost with sets it was not asked about: its known plans, repaired where an
// index is missing.
//
// A plan that lacks one of its indexes reads the table instead, or takes another index that begins
// the same way. What that costs starts as a guess, one for each index of a statement, and is raised
// until no set that the planner was asked about would have seemed cheaper than it is.
#pragma once

#include <unordered_map>
#include <vector>

#include "advise/choose/knowledge.h"
#include "advise/choose/problem.h"
#include "advise/choose/selection.h"

namespace whet::advise {

class Repairs {
 public:
  /// Adapts to all facts of one statement; `existing` are not missing in any set.
  void learn(const Problem& problem, const Knowledge& known, const Bits& existing);

  /// What a plan costs more without the indexes, in their order; `trust`: the part of it that is
  /// believed.
  [[nodiscard]] std::vector<Missing> missing(const Bits& uses, double trust) const;

 private:
  struct Estimate {
    const Fact* from = nullptr;
    double cost = 0;
  };

  [[nodiscard]] Estimate estimate(const Problem& problem, const Knowledge& known,
                                  const Fact& left_out, const Bits& existing) const;
  [[nodiscard]] bool raise(const Problem& problem, const Fact& from, const Fact& to,
                           const Bits& existing);

  std::unordered_map<std::size_t, Missing> costs_;
  std::size_t learned_ = 0;  ///< facts
};

}  // namespace whet::advise
