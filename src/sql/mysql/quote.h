// Identifiers and literals as MySQL and MariaDB read them. Pure functions.
#pragma once

#include <string>
#include <string_view>

namespace whet::sql::mysql {

/// In backticks unless it is a plain name that no version reserves.
[[nodiscard]] std::string quote_identifier(std::string_view name);

/// `schema`.`name`, each part quoted as needed; only the name when the schema is empty.
[[nodiscard]] std::string quote_qualified(std::string_view schema, std::string_view name);

/// In single quotes, every character that could end or change it escaped. Right under every
/// sql_mode but NO_BACKSLASH_ESCAPES, under which texts with a backslash need `backslashes` to be
/// false.
[[nodiscard]] std::string quote_literal(std::string_view text, bool backslashes = true);

}  // namespace whet::sql::mysql
