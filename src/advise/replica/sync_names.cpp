#include "advise/replica/sync_names.h"

#include <algorithm>

#include "base/text.h"

namespace whet::advise::replica {

namespace {

// Names, split at commas that are not within double quotes.
std::vector<std::string> name_list(std::string_view list) {
  std::vector<std::string> names(1);
  bool within = false;
  for (const char c : list) {
    if (c == '"')
      within = !within;
    else if (c == ',' && !within)
      names.emplace_back();
    else
      names.back() += c;
  }
  for (std::string& name : names) name = std::string(text::trim(name));
  std::erase(names, "");
  return names;
}

}  // namespace

bool SyncRule::lists(std::string_view name) const {
  return std::any_of(names.begin(), names.end(), [&](const std::string& listed) {
    return listed == "*" || text::lower(listed) == text::lower(name);
  });
}

std::optional<SyncRule> parse_sync_names(std::string_view setting) {
  std::string_view rest = text::trim(setting);
  SyncRule rule;
  rule.required = 1;
  const std::size_t open = rest.find('(');
  if (open != std::string_view::npos && rest.back() == ')') {
    std::string head = text::lower(text::trim(rest.substr(0, open)));
    rule.any = head.starts_with("any");
    if (rule.any) head.erase(0, 3);
    if (head.starts_with("first")) head.erase(0, 5);
    const auto number = text::to_int(text::trim(head));
    if (!number || *number < 1) return std::nullopt;
    rule.required = static_cast<std::size_t>(*number);
    rest = rest.substr(open + 1, rest.size() - open - 2);
  }
  rule.names = name_list(rest);
  if (rule.names.empty()) return std::nullopt;
  return rule;
}

}  // namespace whet::advise::replica
