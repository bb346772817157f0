// The index advisor's answer among the findings of the checks.
#pragma once

#include <vector>

#include "advise/advisor/advice.h"
#include "advise/facts.h"
#include "model/finding.h"

namespace whet::optimize {

/// Puts an `index.missing` for each index that is advised in the place of those that the check
/// found by itself: the advisor has weighed them all against each other and against the writes. The
/// other findings stay.
[[nodiscard]] std::vector<model::Finding> with_advice(std::vector<model::Finding> findings,
                                                      const advise::IndexAdvice& advice,
                                                      const advise::Facts& facts);

}  // namespace whet::optimize
