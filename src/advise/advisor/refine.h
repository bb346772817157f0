// A choice made better for servers whose plans get worse by some indexes. Only for this folder.
//
// The choice takes it that a planner with one more index plans no worse. MySQL's does: it groups by
// any index in the groups' order, and looks up common values. So the chosen set is tried with each
// index taken out, put in and exchanged, as long as that helps; a statement that would lose counts
// several times.
#pragma once

#include "advise/choose/choose.h"
#include "advise/choose/problem.h"

namespace whet::advise {

struct RefineLimits {
  double max_regression = 0.1;    ///< of one statement, before it counts more
  std::size_t questions = 30000;  ///< to the planner at most
};

/// Changes Choice::present, after, used, total_after and bytes. Errors as choose_indexes.
[[nodiscard]] Status refine(const Problem& problem, const AskPlanner& ask,
                            const RefineLimits& limits, Choice& choice);

}  // namespace whet::advise
