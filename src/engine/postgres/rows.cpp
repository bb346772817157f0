// Reading values out of rows, without libpq.
#include "base/text.h"
#include "engine/postgres/connection.h"

namespace whet::engine::postgres {

std::string_view Row::view() { return rows_.text(row_, column_++); }

std::optional<std::int64_t> Row::maybe_integer() {
  const int column = column_++;
  if (rows_.null(row_, column)) return std::nullopt;
  return text::to_int(rows_.text(row_, column));
}

std::optional<double> Row::maybe_number() {
  const int column = column_++;
  if (rows_.null(row_, column)) return std::nullopt;
  return text::to_double(rows_.text(row_, column));
}

std::vector<std::string> Row::array() { return parse_array(view()); }

std::vector<std::string> parse_array(std::string_view text) {
  std::vector<std::string> out;
  if (text.size() < 2 || text.front() != '{') return out;
  std::string item;
  bool quoted = false, was_quoted = false;
  const auto finish = [&] {
    if (!was_quoted && item == "NULL") item.clear();
    out.push_back(std::move(item));
    item.clear();
    was_quoted = false;
  };
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\' && i + 2 < text.size()) {
      item += text[++i];
    } else if (c == '"') {
      quoted = !quoted;
      was_quoted = true;
    } else if (c == ',' && !quoted) {
      finish();
    } else {
      item += c;
    }
  }
  if (text.size() > 2) finish();
  return out;
}

std::string with_mark(std::string_view sql) {
  const std::size_t start = sql.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return std::string(sql);
  std::size_t end = start;
  while (end < sql.size() &&
         ((sql[end] >= 'a' && sql[end] <= 'z') || (sql[end] >= 'A' && sql[end] <= 'Z')))
    ++end;
  std::string out(sql.substr(0, end));
  out += " ";
  out += own_mark;
  out += sql.substr(end);
  return out;
}

}  // namespace whet::engine::postgres
