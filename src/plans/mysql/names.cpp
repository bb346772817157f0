#include "plans/mysql/names.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/text.h"

namespace whet::plans::mysql {
namespace {

struct Table {
  std::string schema, name;
  bool operator==(const Table&) const = default;
};

/// Aliases and their tables; nothing for an alias that stands for several.
using Aliases = std::map<std::string, std::optional<Table>>;

struct Word {
  std::string text;
  bool name = false;  ///< was in backquotes
};

/// What the quotes at `at` hold; leaves `at` behind the closing one.
std::string quoted_at(std::string_view text, std::size_t& at) {
  const char quote = text[at++];
  std::string word;
  while (at < text.size()) {
    const bool escaped = quote != '`' && text[at] == '\\' && at + 1 < text.size();
    const bool ends = !escaped && text[at] == quote;
    const bool doubled = ends && at + 1 < text.size() && text[at + 1] == quote;
    if (ends && !doubled) break;
    if (escaped || doubled) ++at;
    word += text[at++];
  }
  if (at < text.size()) ++at;
  return word;
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

/// Names, other words and marks. Strings are one word each.
std::vector<Word> words_of(std::string_view text) {
  std::vector<Word> out;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '`' || c == '\'' || c == '"') {
      out.push_back({quoted_at(text, at), c == '`'});
    } else if (c == ' ' || c == '\n' || c == '(') {
      ++at;
    } else {
      const std::size_t begin = at++;
      while (is_letter(c) && at < text.size() && is_letter(text[at])) ++at;
      out.push_back({std::string(text.substr(begin, at - begin)), false});
    }
  }
  return out;
}

bool begins_tables(const Word& word) {
  if (word.name) return false;
  const std::string lower = text::lower(word.text);
  return lower == "from" || lower == "join" || lower == "update" || lower == "into";
}

Aliases aliases_in(std::string_view resolved) {
  const std::vector<Word> words = words_of(resolved);
  const auto name = [&](std::size_t i) { return i < words.size() && words[i].name; };
  const auto dot = [&](std::size_t i) {
    return i < words.size() && !words[i].name && words[i].text == ".";
  };
  Aliases out;
  for (std::size_t i = 0; i + 2 < words.size(); ++i) {
    if (!name(i) || !dot(i + 1) || !name(i + 2) || dot(i + 3)) continue;
    if (i > 0 && dot(i - 1)) continue;
    const bool aliased = name(i + 3);
    if (!aliased && (i == 0 || !begins_tables(words[i - 1]))) continue;
    const Table table{words[i].text, words[i + 2].text};
    const auto [place, added] = out.emplace(words[aliased ? i + 3 : i + 2].text, table);
    if (!added && place->second != table) place->second.reset();
  }
  return out;
}

void resolve(model::PlanNode& node, const Aliases& aliases) {
  const auto found = aliases.find(node.relation);
  if (node.schema.empty() && found != aliases.end() && found->second) {
    if (found->second->name != node.relation) node.alias = node.relation;
    node.relation = found->second->name;
    node.schema = found->second->schema;
  }
  for (model::PlanNode& child : node.children) resolve(child, aliases);
}

}  // namespace

void resolve_names(model::Plan& plan, std::string_view resolved) {
  const Aliases aliases = aliases_in(resolved);
  if (!aliases.empty()) resolve(plan.root, aliases);
}

}  // namespace whet::plans::mysql
