// MariaDB prints conditions into its JSON as they are, with the quotes and backslashes that are in
// them. Internal to plans/mysql.
#pragma once

#include <string>
#include <string_view>

namespace whet::plans::mysql {

/// The text with such values escaped. It has one member a line, as servers print it; values that
/// are proper JSON stay as they are.
[[nodiscard]] std::string with_values_escaped(std::string_view text);

}  // namespace whet::plans::mysql
