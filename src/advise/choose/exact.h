// The best set by what is known, proved by branch and bound where that is small.
#pragma once

#include <cstddef>

#include "advise/choose/selection.h"

namespace whet::advise {

struct Proved {
  Selection best;
  bool proved = false;  ///< no set is better by these packages; else the search was cut off
};

/// Starts from `start`, which local search found. `nodes`: the search ends after that many.
[[nodiscard]] Proved prove_selection(const Problem& problem, const Packages& packages,
                                     const Selection& start, std::size_t nodes);

}  // namespace whet::advise
