// Statements without their literals.
#pragma once

#include <string>
#include <string_view>

namespace whet::sql {

/// The text with every literal replaced by $n, counting on from the parameters that it has, without
/// comments (they may hold values), and with white space as single blanks. Reads and writes keep
/// what must stay a constant for them to be planned: positions in ORDER BY and GROUP BY, type
/// modifiers. Text that is no SQL, or was cut off, is treated token by token; literals never come
/// back. normalize(normalize(t)) == normalize(t).
[[nodiscard]] std::string normalize(std::string_view text);

}  // namespace whet::sql
