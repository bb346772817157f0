// EXPLAIN as text: PostgreSQL 8.x to 18.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "model/plan.h"

namespace whet::plans {

/// The first plan in these lines (of clean_lines()). ErrorKind::invalid when there is none.
[[nodiscard]] Result<model::Plan> parse_text(const std::vector<std::string>& lines);

}  // namespace whet::plans
