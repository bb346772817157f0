// Expressions of a parse tree as text, in one form for all ways to write them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"

namespace whet::sql {

/// An identifier as it must be written: quoted when it is not plain lower case or is a keyword.
[[nodiscard]] std::string identifier(std::string_view name);

/// The text of a column reference, "" when it cannot be named.
using ColumnText = std::function<std::string(json::View column_ref)>;

/// Prints an expression. Nothing for what cannot stand in an index: subqueries, aggregates, window
/// functions, CASE.
[[nodiscard]] std::optional<std::string> expression_text(json::View expression,
                                                         const ColumnText& column);

/// The same for an expression that is given as text, such as an index's: `lower((email)::text)` and
/// `LOWER(email)` come out equal. Nothing when it is not understood.
[[nodiscard]] std::optional<std::string> canonical_expression(std::string_view text);

/// True when every function and cast in the expression gives the same result for ever, as far as
/// the name and the column's type tell, so that an index may hold it. `column_type` is the base
/// type ("varchar", "timestamptz") of the only column in it. Cautious: false for what is not known.
[[nodiscard]] bool is_immutable(std::string_view expression, std::string_view column_type);

}  // namespace whet::sql
