// Takes off what psql, spreadsheets and editors put around a plan.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace whet::plans {

/// The lines of a text without carriage returns, psql's frames (ASCII and Unicode), continuation
/// marks, quotes around lines, and with tabs made blanks. Frame lines and "(3 rows)" are gone;
/// indentation stays.
[[nodiscard]] std::vector<std::string> clean_lines(std::string_view text);

/// The JSON document that is in the text, between its outermost brackets; empty when there is
/// none. Knows documents whose quotes were doubled (CSV) and those quoted as a JSON string.
[[nodiscard]] std::string clean_json(std::string_view text);

}  // namespace whet::plans
