// Statements without their literals, as MySQL's statement digests have them but in the words of
// the text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sql/mysql/mode.h"

namespace whet::sql::mysql {

/// Every literal replaced by ?, lists of them behind IN by (...), rows of VALUES by one, comments
/// removed, white space as single blanks. Positions in ORDER BY and GROUP BY stay, and so do hints
/// and NULL. Literals never come back, also of text that was cut off.
/// normalize(normalize(t)) == normalize(t).
[[nodiscard]] std::string normalize(std::string_view text, const Mode& mode);

/// The same for a statement as the server resolved it (SHOW WARNINGS after EXPLAIN): hints and
/// /* select#1 */ go too.
[[nodiscard]] std::string mask(std::string_view resolved, const Mode& mode);

/// True when the text is cut off: a digest text or sample that ends with "...", or an open string
/// or comment. `LIMIT ?, ...` is whole.
[[nodiscard]] bool truncated(std::string_view text, const Mode& mode);

/// The statements of a text, without the semicolons and the white space around them.
[[nodiscard]] std::vector<std::string> split(std::string_view text, const Mode& mode);

/// The text with its n-th ? or ... replaced by the n-th of `values`, which are SQL: "5", "'a'".
/// "..." takes the place of all that a list has. Those without a value stay.
[[nodiscard]] std::string with_values(std::string_view text, const std::vector<std::string>& values,
                                      const Mode& mode);

/// Valid UTF-8 without NUL.
[[nodiscard]] std::string clean(std::string_view text);

}  // namespace whet::sql::mysql
