#include "engine/mysql/executor_grants.h"

#include <algorithm>

#include "base/text.h"

namespace whet::engine::mysql {
namespace {

/// One name of "`shop%`.*", unquoted.
std::string unquoted(std::string_view name) {
  if (name.size() < 2 || (name.front() != '`' && name.front() != '\'' && name.front() != '"'))
    return std::string(name);
  const std::string quote(1, name.front());
  return text::replace_all(std::string(name.substr(1, name.size() - 2)), quote + quote, quote);
}

/// Databases are granted by patterns: % is any text, _ any character, \ takes it literally.
bool matches(std::string_view pattern, std::string_view name) {
  if (pattern.empty()) return name.empty();
  if (pattern.front() == '%') {
    for (std::size_t skip = 0; skip <= name.size(); ++skip) {
      if (matches(pattern.substr(1), name.substr(skip))) return true;
    }
    return false;
  }
  if (name.empty()) return false;
  if (pattern.front() == '\\' && pattern.size() > 1)
    return pattern[1] == name.front() && matches(pattern.substr(2), name.substr(1));
  return (pattern.front() == '_' || pattern.front() == name.front()) &&
         matches(pattern.substr(1), name.substr(1));
}

/// Where the dot between schema and table is, outside of quotes.
std::size_t border(std::string_view object) {
  char quote = 0;
  for (std::size_t i = 0; i < object.size(); ++i) {
    if (quote != 0) {
      if (object[i] == quote) quote = 0;
    } else if (object[i] == '`' || object[i] == '\'' || object[i] == '"') {
      quote = object[i];
    } else if (object[i] == '.') {
      return i;
    }
  }
  return std::string_view::npos;
}

bool covers(std::string_view object, std::string_view schema, std::string_view table) {
  const std::size_t dot = border(object);
  if (dot == std::string_view::npos) return false;
  const std::string_view left = object.substr(0, dot);
  const std::string_view right = object.substr(dot + 1);
  if (left == "*") return true;
  if (schema.empty() || !matches(unquoted(left), schema)) return false;
  return right == "*" || unquoted(right) == table;
}

bool lists(std::string_view privileges, std::string_view wanted) {
  const auto all = text::split(privileges, ',');
  return std::any_of(all.begin(), all.end(), [&](const std::string& one) {
    const std::string_view name = text::trim(one);
    return name == wanted || name == "ALL PRIVILEGES" || name == "ALL";
  });
}

}  // namespace

Granted granted(const std::vector<std::string>& grants, std::string_view privilege,
                std::string_view schema, std::string_view table) {
  bool roles = false;
  for (const std::string& line : grants) {
    std::string_view rest = line;
    if (!rest.starts_with("GRANT ")) continue;
    rest.remove_prefix(6);
    const std::size_t on = rest.find(" ON ");
    if (on == std::string_view::npos) {
      roles = true;  // GRANT `role`@`%` TO ...
      continue;
    }
    const std::size_t to = rest.find(" TO ", on);
    if (to == std::string_view::npos) continue;
    if (lists(rest.substr(0, on), privilege) &&
        covers(rest.substr(on + 4, to - on - 4), schema, table))
      return Granted::yes;
  }
  return roles ? Granted::unknown : Granted::no;
}

}  // namespace whet::engine::mysql
