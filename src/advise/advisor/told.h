// The choice in words and figures. Only for this folder.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "advise/advisor/accesses.h"
#include "advise/advisor/candidates.h"
#include "advise/choose/choose.h"

namespace whet::advise {

/// By statement and the indexes that were there.
using SeenAccesses = std::map<std::pair<std::size_t, std::vector<std::size_t>>, Accesses>;

/// Everything but the drops, the oracle and the clock's figures. `bytes`: of each index.
[[nodiscard]] IndexAdvice told(const Facts& facts, const Questions& questions,
                               const Problem& problem, const Choice& choice,
                               const std::vector<double>& bytes);

/// Fills StatementAdvice::changes.
void tell_accesses(const Questions& questions, const Problem& problem, const Choice& choice,
                   const SeenAccesses& seen, IndexAdvice& advice);

}  // namespace whet::advise
