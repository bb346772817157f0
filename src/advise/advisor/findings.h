// The advisor's answer as findings.
#pragma once

#include <vector>

#include "advise/advisor/advice.h"
#include "advise/facts.h"
#include "model/finding.h"

namespace whet::advise {

/// An `index.missing` for each index that is advised.
[[nodiscard]] std::vector<model::Finding> missing_indexes(const IndexAdvice& advice,
                                                          const Facts& facts);

}  // namespace whet::advise
