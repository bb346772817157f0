// The question of which indexes should be there, as numbers. Only for this folder and benchmarks.
#pragma once

#include <vector>

#include "advise/advisor/candidates.h"
#include "advise/choose/problem.h"

namespace whet::advise {

/// `bytes`: of each index of `questions`; 0 for one that exists, infinite for one that cannot be
/// asked about.
[[nodiscard]] Problem problem_of(const Facts& facts, const Questions& questions,
                                 const std::vector<double>& bytes, const AdvisorOptions& options);

}  // namespace whet::advise
