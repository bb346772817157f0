// Statements of MySQL and MariaDB as trees: those that clients write, digests with ? and ..., and
// the text of SHOW WARNINGS after EXPLAIN. Only for this folder.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "sql/mysql/ast.h"
#include "sql/mysql/mode.h"

namespace whet::sql::mysql {

/// All statements of a text; those that are not planned (DDL, SET, ...) have Verb::none.
/// ErrorKind::invalid for what cannot be read: cut off, nested too deep, no SQL. O(length).
[[nodiscard]] Result<std::vector<Statement>> parse(std::string_view text, const Mode& mode);

/// An expression alone, such as an index's.
[[nodiscard]] Result<Expr> parse_expression(std::string_view text, const Mode& mode);

}  // namespace whet::sql::mysql
