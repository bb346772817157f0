// Identifiers and literals as MySQL and MariaDB read them, in the sql_mode of Whet's sessions.
// Pure.
#pragma once

#include <string>
#include <string_view>

namespace whet::engine::mysql {

/// In backticks, always.
[[nodiscard]] std::string identifier(std::string_view name);
/// `schema`.`name`; only the name when the schema is empty.
[[nodiscard]] std::string qualified(std::string_view schema, std::string_view name);
/// In single quotes, with backslashes escaped.
[[nodiscard]] std::string literal(std::string_view text);

}  // namespace whet::engine::mysql
