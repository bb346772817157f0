// Names for statements that are the same but for their literals.
#pragma once

#include <string>
#include <string_view>

namespace whet::sql {

/// 16 hexadecimal digits, equal for statements that differ only in literals, parameter numbers,
/// white space, comments, the case of keywords and the length of IN lists; the same on every
/// machine.
[[nodiscard]] std::string fingerprint(std::string_view text);

}  // namespace whet::sql
