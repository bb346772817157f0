// Expressions of a parse tree as text, in one form for all ways to write them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"

namespace whet::sql {

/// The text of a column reference, "" when it cannot be named.
using ColumnText = std::function<std::string(json::View column_ref)>;

/// Whether a cast to text changes nothing of a column that is a function's argument: the server
/// adds such casts itself to a varchar.
using TextColumn = std::function<bool(json::View column_ref)>;

/// Prints an expression. Nothing for what cannot stand in an index: subqueries, aggregates, window
/// functions, CASE.
[[nodiscard]] std::optional<std::string> expression_text(json::View expression,
                                                         const ColumnText& column,
                                                         const TextColumn& is_text);

/// The same for an expression that is given as text, such as an index's: `lower((email)::text)` and
/// `LOWER(email)` come out equal. Nothing when it is not understood.
[[nodiscard]] std::optional<std::string> canonical_expression(std::string_view text);

}  // namespace whet::sql
