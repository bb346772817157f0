#include "sql/mysql/quote.h"

#include <algorithm>

#include "base/text.h"
#include "sql/mysql/tokens.h"
#include "sql/mysql/words.h"

namespace whet::sql::mysql {

std::string quote_identifier(std::string_view name) {
  const bool digits =
      std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
  const bool plain = !name.empty() && !digits && std::all_of(name.begin(), name.end(), [](char c) {
    return in_name(c) && c != '$' && (static_cast<unsigned char>(c) & 0x80U) == 0;
  });
  // 1e5 would be a number.
  const bool letter_first = plain && !(name.front() >= '0' && name.front() <= '9');
  if (letter_first && !is_reserved(text::lower(name))) return std::string(name);
  std::string out = "`";
  for (const char c : name) {
    out += c;
    if (c == '`') out += c;
  }
  return out + '`';
}

std::string quote_qualified(std::string_view schema, std::string_view name) {
  if (schema.empty()) return quote_identifier(name);
  return quote_identifier(schema) + "." + quote_identifier(name);
}

std::string quote_literal(std::string_view text, bool backslashes) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\0' && backslashes) {
      out += "\\0";
      continue;
    }
    out += c;
    if (c == '\'' || (c == '\\' && backslashes)) out += c;
  }
  return out + "'";
}

}  // namespace whet::sql::mysql
