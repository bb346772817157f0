// The expressions that MySQL and MariaDB print in plans, in the way that the rest of plans reads
// them. Internal to plans/mysql.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace whet::plans::mysql {

/// "(`lib`.`l`.`branch` = 'it\'s')" as "(l.branch = 'it''s')": names without backquotes and
/// schemas (odd ones in double quotes), strings without backslashes and introducers, keywords in
/// capitals, casts as "(x)::type", intervals as strings, the server's marks (<cache>, <hash>) gone.
/// So the parser of expressions and the remover of literals that PostgreSQL's plans have do here,
/// too.
[[nodiscard]] std::string plain_expression(std::string_view text);

/// The bracket that closes the one at `from`, strings and quoted names skipped; npos without one.
[[nodiscard]] std::size_t closing_bracket(std::string_view text, std::size_t from);

/// Where `part` stands outside of strings, quoted names and brackets, from `from` on.
[[nodiscard]] std::size_t find_outside(std::string_view text, std::string_view part,
                                       std::size_t from = 0);

/// The terms of "((a = b) and (c > 1))" of plain_expression().
[[nodiscard]] std::vector<std::string> conjuncts_of(std::string_view condition);

/// The first names in a lookup or a range: "year" of "1950 <= year <= 1960", each once.
[[nodiscard]] std::vector<std::string> columns_named(std::string_view condition);

/// Does it name a column of one of these tables ("l.fine" of "l")?
[[nodiscard]] bool names_any(std::string_view condition, const std::vector<std::string>& tables);

}  // namespace whet::plans::mysql
