// What SHOW GRANTS says of the executor's account. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace whet::engine::mysql {

enum class Granted : unsigned char { yes, no, unknown };

/// Whether the lines of SHOW GRANTS give a privilege on a table; for one of the whole server the
/// names are empty. Unknown when the account has roles, which may give it.
[[nodiscard]] Granted granted(const std::vector<std::string>& grants, std::string_view privilege,
                              std::string_view schema, std::string_view table);

}  // namespace whet::engine::mysql
