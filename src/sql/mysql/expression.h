// Expressions as text, in one form for all ways to write them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sql/mysql/ast.h"
#include "sql/mysql/mode.h"

namespace whet::sql::mysql {

/// The text of a column, "" when it cannot be named.
using ColumnText = std::function<std::string(const std::vector<std::string>& path)>;

/// Prints an expression. Nothing for what cannot stand in an index: subqueries, aggregates, window
/// functions, CASE, variables.
[[nodiscard]] std::optional<std::string> expression_text(const Expr& expression,
                                                         const ColumnText& column);

/// The same for an expression that is given as text, such as an index's from
/// information_schema.STATISTICS: "lower(`email`)" and "LCASE(email)" come out equal, as do
/// "doc->>'$.a'" and "json_unquote(json_extract(`doc`,_utf8mb4\'$.a\'))". Nothing when it is not
/// understood.
[[nodiscard]] std::optional<std::string> canonical_expression(std::string_view text,
                                                              const Mode& mode);

}  // namespace whet::sql::mysql
