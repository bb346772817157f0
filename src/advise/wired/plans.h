// The plans that MongoDB's planner considers for one read, and which of them it takes.
#pragma once

#include <vector>

#include "advise/wired/access.h"

namespace whet::advise::wired {

/// All that it would try, in its order. Never empty: a collection scan when no index serves.
[[nodiscard]] std::vector<Access> accesses_for(const Statistics& statistics, const Read& read,
                                               const std::vector<const Key*>& keys);

/// The one that wins the trial: all run side by side until one has 101 results or ends, or until
/// 10,000 steps (or 30 % of the collection); then the one with most results for its steps, with a
/// little for not fetching and not sorting (src/mongo/db/query/plan_ranker.h, multi_plan.cpp).
/// REQUIRES: not empty.
[[nodiscard]] std::size_t winner_of(const Statistics& statistics, const Read& read,
                                    const std::vector<Access>& accesses);

}  // namespace whet::advise::wired
