// EXPLAIN (FORMAT JSON).
#pragma once

#include <string_view>

#include "base/result.h"
#include "model/plan.h"

namespace whet::plans {

/// The first plan of a document that is an array of statements, one statement, or a bare node.
/// ErrorKind::invalid when the text is no JSON or holds no plan.
[[nodiscard]] Result<model::Plan> parse_json(std::string_view text);

}  // namespace whet::plans
