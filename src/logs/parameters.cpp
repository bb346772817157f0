#include <algorithm>

#include "base/text.h"
#include "logs/record.h"

namespace whet::logs {

namespace {

using Values = std::vector<std::optional<std::string>>;

constexpr std::int64_t parameters_at_most = 65535;

bool take(std::string_view& text, std::string_view what) {
  if (!text.starts_with(what)) return false;
  text.remove_prefix(what.size());
  return true;
}

/// The rest of 'it''s' from behind the first quote; nothing when it does not end.
std::optional<std::string> take_string(std::string_view& text) {
  std::string out;
  for (;;) {
    const auto quote = text.find('\'');
    if (quote == std::string_view::npos) return std::nullopt;
    out += text.substr(0, quote);
    text.remove_prefix(quote + 1);
    if (!take(text, "'")) return out;
    out += '\'';
  }
}

std::optional<std::int64_t> take_number(std::string_view& text) {
  const auto end = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = text::to_int(text.substr(0, end));
  text.remove_prefix(end);
  return number;
}

}  // namespace

std::optional<Values> parse_parameters(std::string_view text) {
  Values values;
  bool more = true;
  while (more) {
    if (!take(text, "$")) return std::nullopt;
    const auto number = take_number(text);
    const auto expected = static_cast<std::int64_t>(values.size()) + 1;
    if (!number || *number != expected || *number > parameters_at_most) return std::nullopt;
    if (!take(text, " = ")) return std::nullopt;
    if (take(text, "NULL")) {
      values.emplace_back();
    } else {
      if (!take(text, "'")) return std::nullopt;
      auto value = take_string(text);
      if (!value || value->ends_with("...")) return std::nullopt;
      values.emplace_back(std::move(value));
    }
    more = take(text, ", ");
  }
  if (!text::trim(text).empty()) return std::nullopt;
  return values;
}

}  // namespace whet::logs
