// Digest texts as people write SQL.
#pragma once

#include <string>
#include <string_view>

#include "sql/mysql/mode.h"

namespace whet::sql::mysql {

/// The same statement without the blanks that performance_schema puts between all its tokens:
/// "COUNT ( * ) , `t` . `a`" becomes "COUNT(*), `t`.`a`". Only blanks beside punctuation go, so
/// that the tokens stay the same; a call's blank goes too, since the server reads "COUNT (*)" as
/// one of a stored function. readable(readable(t)) == readable(t).
[[nodiscard]] std::string readable(std::string_view text, const Mode& mode);

}  // namespace whet::sql::mysql
