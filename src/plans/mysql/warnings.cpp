#include "plans/mysql/warnings.h"

#include <string>
#include <utility>

#include "base/text.h"
#include "plans/mysql/names.h"

namespace whet::plans::mysql {
namespace {

constexpr std::int64_t resolved_statement = 1003;

bool is_separator(char c) { return c == ' ' || c == '\t' || c == '|'; }

std::string_view unframed(std::string_view text) {
  while (!text.empty() && is_separator(text.front())) text.remove_prefix(1);
  while (!text.empty() && (is_separator(text.back()) || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

void read_line(model::Plan& plan, std::string_view line) {
  line = unframed(line);
  const auto level = line.find_first_of(" \t|");
  if (level == std::string_view::npos) return;
  const std::string_view word = line.substr(0, level);
  if (word != "Warning" && word != "Note" && word != "Error") return;
  line = unframed(line.substr(level));
  const auto end = line.find_first_of(" \t|");
  if (end == std::string_view::npos) return;
  const auto code = text::to_int(line.substr(0, end));
  if (!code) return;
  const std::string_view message = unframed(line.substr(end));
  if (*code == resolved_statement) {
    resolve_names(plan, message);
  } else {
    plan.warnings.push_back({*code, std::string(harmless_part(message))});
  }
}

}  // namespace

std::string_view harmless_part(std::string_view message) {
  // MariaDB quotes what a column is compared with: "`v`.`card_number`", or a value.
  const auto quote = message.find('"');
  return text::trim(message.substr(0, quote));
}

void read_warnings(model::Plan& plan, std::string_view text) {
  for (const std::string& line : text::split(text, '\n')) read_line(plan, line);
}

}  // namespace whet::plans::mysql
