// The best set where many indexes are nearly free and stand in for each other.
#pragma once

#include "advise/choose/selection.h"

namespace whet::advise {

/// select_indexes(), and once more from another start: the best set of the other indexes as if the
/// `free` ones were all there, with those of them that its plans use. Moves of single plans cannot
/// get there: a plan without one large index often uses other small ones than the plan with it.
[[nodiscard]] Selection select_with_free(const Problem& problem, const Packages& packages,
                                         const Bits& start, const Bits& free);

}  // namespace whet::advise
