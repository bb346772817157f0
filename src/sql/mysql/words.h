// Words of the dialect. Only for this folder.
#pragma once

#include <string>
#include <string_view>

namespace whet::sql::mysql {

/// The word that stands for all spellings of a keyword in statement digests: "distinctrow" and
/// "distinct" are one token of the server. `word` is in lower case.
[[nodiscard]] std::string_view common_spelling(std::string_view word);

/// An expression may begin behind it, so that a sign that follows is a value's: SELECT -1.
[[nodiscard]] bool begins_expression(std::string_view word);

/// A word that may stand before a parenthesis without being a function.
[[nodiscard]] bool is_keyword(std::string_view word);

/// Reserved in MySQL or MariaDB: no name without quotes.
[[nodiscard]] bool is_reserved(std::string_view word);

/// The server's own functions whose result depends on their arguments, the tables and the session's
/// settings and time at most, and which change nothing. In lower case.
[[nodiscard]] bool is_harmless_function(std::string_view word);

/// "count", "sum", ...: a result of many rows.
[[nodiscard]] bool is_aggregate(std::string_view word);

/// _utf8mb4 before a string names its character set.
[[nodiscard]] bool is_introducer(std::string_view word);

}  // namespace whet::sql::mysql
