// Names for statements that are the same but for their literals.
#pragma once

#include <string>
#include <string_view>

#include "sql/mysql/mode.h"

namespace whet::sql::mysql {

/// 16 hexadecimal digits, equal for a statement, its normal form, and the DIGEST_TEXT that
/// MySQL 5.7 to 9 and MariaDB have of it: spacing, case, quotes, comments, hints, the length of IN
/// lists and the number of VALUES rows do not count. The same on every machine.
[[nodiscard]] std::string fingerprint(std::string_view text, const Mode& mode);

}  // namespace whet::sql::mysql
