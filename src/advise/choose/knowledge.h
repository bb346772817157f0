// What the planner has said of one statement, and what follows for sets it was not asked about.
//
// A planner takes the cheapest of the plans that the indexes at hand allow. So an answer (asked
// with X, cost c, plan uses U) settles every set between U and X, is an upper bound for every set
// that holds U, and a lower bound for every set within X.
#pragma once

#include <cstddef>
#include <vector>

#include "advise/choose/bits.h"

namespace whet::advise {

struct Fact {
  Bits asked;
  Bits used;
  double cost = 0;
};

class Knowledge {
 public:
  void learn(Fact fact);

  /// The cheapest plan known to be possible with `present`. Infinite before anything is known.
  [[nodiscard]] double upper(const Bits& present) const;
  /// No plan can be cheaper with `present`; 0 when nothing is known.
  [[nodiscard]] double lower(const Bits& present) const;
  /// The answer itself, where the set lies between what some plan used and what it was asked with.
  [[nodiscard]] const Fact* settled(const Bits& present) const;
  /// The answer to that very question.
  [[nodiscard]] const Fact* asked(const Bits& present) const;
  /// The plans known, cheapest first; of equal ones those with fewer indexes.
  [[nodiscard]] const std::vector<Fact>& facts() const { return facts_; }
  /// The fact behind upper().
  [[nodiscard]] const Fact* best(const Bits& present) const;

 private:
  std::vector<Fact> facts_;  ///< by cost, rising
};

}  // namespace whet::advise
