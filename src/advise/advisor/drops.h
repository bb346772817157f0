// Existing indexes that could go. Only for this folder.
#pragma once

#include <cstddef>
#include <vector>

#include "advise/advisor/candidates.h"

namespace whet::advise {

struct Drop {
  std::size_t index = 0;  ///< position in Questions::indexes
  OldIndex advice;
};

/// What evidence allows to drop beside the chosen new indexes, and what is only to be watched. The
/// planner has not been asked yet. `chosen`: positions of new indexes; they have their names.
[[nodiscard]] std::vector<Drop> drops(const Facts& facts, const Questions& questions,
                                      const std::vector<std::size_t>& chosen);

}  // namespace whet::advise
