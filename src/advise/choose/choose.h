// The choice: asks the planner as little as possible, and takes the set of indexes that is best by
// what it said.
#pragma once

#include <vector>

#include "advise/choose/bits.h"
#include "advise/choose/problem.h"
#include "base/result.h"

namespace whet::advise {

struct Choice {
  Bits present;                ///< chosen new indexes and kept old ones
  std::vector<double> before;  ///< cost of each statement as things are; negative: not planned
  std::vector<double> after;   ///< with the chosen set, as the planner said
  std::vector<Bits> used;      ///< what each plan uses then
  double total_before = 0, total_after = 0;  ///< weighted, with upkeep
  double bytes = 0;                          ///< of the new ones
  double bound = 0;       ///< no set of these indexes has a lower total than this
  std::size_t calls = 0;  ///< of the planner
  std::vector<std::pair<std::size_t, Error>> failed;  ///< statements that could not be planned
  bool proved = false;                                ///< no set is better by what the planner said
  bool stopped = false;  ///< by limits.stop or limits.calls, before it had all it wanted
};

/// Errors: only those after which no statement can be planned (ErrorKind::unreachable,
/// interrupted).
[[nodiscard]] Result<Choice> choose_indexes(const Problem& problem, const AskPlanner& ask);

}  // namespace whet::advise
