// Names as SQL for PostgreSQL: which ones need double quotes, and names with them.
#pragma once

#include <string>
#include <string_view>

#include "model/schema.h"

namespace whet::advise {

/// True for a word that PostgreSQL reserves ("order", "user"), in lower case.
[[nodiscard]] bool reserved_word(std::string_view name);

/// True when SQL must write the name in double quotes: capitals, blanks, a leading digit, a
/// reserved word.
[[nodiscard]] bool needs_quotes(std::string_view name);

/// The name as SQL, quoted only when it must be.
[[nodiscard]] std::string sql_name(std::string_view name);
[[nodiscard]] std::string sql_name(std::string_view schema, std::string_view name);
[[nodiscard]] std::string sql_name(const model::Table& table);

/// A text as an SQL literal with its quotes.
[[nodiscard]] std::string literal(std::string_view text);

}  // namespace whet::advise
