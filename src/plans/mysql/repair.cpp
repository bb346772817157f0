#include "plans/mysql/repair.h"

#include "base/text.h"

namespace whet::plans::mysql {

namespace {

/// What JSON allows between quotes, as far as quotes and backslashes go.
bool is_proper(std::string_view value) {
  constexpr std::string_view after_backslash = "\"\\/bfnrtu";
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '"') return false;
    if (value[i] != '\\') continue;
    if (++i == value.size() || after_backslash.find(value[i]) == std::string_view::npos)
      return false;
  }
  return true;
}

/// `  "key": "value",` becomes proper; any other line stays.
std::string escaped(const std::string& line) {
  constexpr std::string_view border = "\": \"";
  const std::size_t key = line.find_first_not_of(" \t");
  if (key == std::string::npos || line[key] != '"') return line;
  const std::size_t value = line.find(border, key + 1);
  if (value == std::string::npos) return line;
  const std::size_t begin = value + border.size();
  std::size_t end = line.find_last_not_of(" \t\r");
  if (end != std::string::npos && line[end] == ',') --end;
  if (end == std::string::npos || end < begin || line[end] != '"') return line;
  const std::string inner = line.substr(begin, end - begin);
  if (is_proper(inner)) return line;
  const std::string fixed = text::replace_all(text::replace_all(inner, "\\", "\\\\"), "\"", "\\\"");
  return line.substr(0, begin) + fixed + line.substr(end);
}

}  // namespace

std::string with_values_escaped(std::string_view text) {
  auto lines = text::split(text, '\n');
  for (std::string& line : lines) line = escaped(line);
  return text::join(lines, "\n");
}

}  // namespace whet::plans::mysql
