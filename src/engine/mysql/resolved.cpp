#include "engine/mysql/resolved.h"

#include <algorithm>
#include <set>
#include <vector>

#include "base/text.h"
#include "sql/mysql/normalize.h"
#include "sql/mysql/tokens.h"

namespace whet::engine::mysql {

namespace {

using sql::mysql::Token;
using sql::mysql::TokenKind;

bool is_literal(const Token& token) {
  return token.kind == TokenKind::string || token.kind == TokenKind::integer ||
         token.kind == TokenKind::number || token.kind == TokenKind::param;
}

/// A name that nobody chose: an expression's text.
bool is_made_up(const std::string& name) {
  return name.find_first_of("()'\"+*/<>=,%&|^!") != std::string::npos ||
         text::contains(name, " - ");
}

std::string quoted(const std::string& name) {
  return "`" + text::replace_all(name, "`", "``") + "`";
}

/// What to write in place of names.
using Names = std::map<std::string, std::string>;

/// Literals that stand alone, whose text is the name: "'x' AS `x`".
Names names_of_literals(const std::vector<Token>& tokens, const std::set<std::string>& own) {
  Names out;
  for (std::size_t i = 2; i < tokens.size(); ++i) {
    if (tokens[i].kind != TokenKind::quoted || !is_literal(tokens[i - 2])) continue;
    if (text::lower(tokens[i - 1].text) != "as") continue;
    const std::string name = sql::mysql::unquoted(tokens[i]);
    if (!own.contains(name)) out[name] = "?";
  }
  return out;
}

/// Names that the statement itself uses, aliases among them.
std::set<std::string> names_in(std::string_view statement, const sql::mysql::Mode& mode) {
  std::set<std::string> out;
  for (const auto& token : sql::mysql::code_tokens(statement, mode)) {
    if (token.kind == TokenKind::word || token.kind == TokenKind::quoted)
      out.insert(sql::mysql::unquoted(token));
  }
  return out;
}

std::string with_names(std::string_view text, const Names& names, const sql::mysql::Mode& mode) {
  std::string out;
  for (const auto& token : sql::mysql::tokens(text, mode)) {
    if (token.kind != TokenKind::quoted) {
      out += token.text;
      continue;
    }
    const std::string name = sql::mysql::unquoted(token);
    const auto known = names.find(name);
    if (known != names.end()) {
      out += quoted(known->second);
    } else if (is_made_up(name)) {
      out += quoted(sql::mysql::mask(name, mode));
    } else {
      out += token.text;
    }
  }
  return out;
}

}  // namespace

std::string mask_resolved(std::string_view resolved, std::string_view statement,
                          const sql::mysql::Mode& mode) {
  const auto tokens = sql::mysql::code_tokens(resolved, mode);
  const Names names = names_of_literals(tokens, names_in(statement, mode));
  return sql::mysql::mask(with_names(resolved, names, mode), mode);
}

std::string mask_expression(std::string_view expression, const sql::mysql::Mode& mode) {
  return sql::mysql::mask(with_names(expression, {}, mode), mode);
}

Aliases aliases_in(std::string_view resolved, const sql::mysql::Mode& mode) {
  Aliases out;
  const auto tokens = sql::mysql::code_tokens(resolved, mode);
  const auto is = [&](std::size_t i, TokenKind kind) {
    return i < tokens.size() && tokens[i].kind == kind;
  };
  const auto dot = [&](std::size_t i) { return i < tokens.size() && tokens[i].text == "."; };
  for (std::size_t i = 0; i + 2 < tokens.size(); ++i) {
    if (!is(i, TokenKind::quoted) || !dot(i + 1) || !is(i + 2, TokenKind::quoted)) continue;
    if (dot(i + 3) || (i > 0 && dot(i - 1))) continue;  // a column's or a longer name
    const std::string table = sql::mysql::unquoted(tokens[i + 2]);
    const std::string name =
        is(i + 3, TokenKind::quoted) ? sql::mysql::unquoted(tokens[i + 3]) : table;
    out.try_emplace(name, sql::mysql::unquoted(tokens[i]), table);
  }
  return out;
}

void name_relations(model::PlanNode& node, const Aliases& aliases, const KnownTable& known) {
  const auto at = aliases.find(node.relation);
  if (!node.relation.empty() && node.schema.empty() && at != aliases.end() &&
      known(at->second.first, at->second.second)) {
    if (node.relation != at->second.second) node.alias = node.relation;
    node.schema = at->second.first;
    node.relation = at->second.second;
  }
  for (auto& child : node.children) name_relations(child, aliases, known);
}

bool is_empty_plan(const model::PlanNode& root) {
  if (root.type == "Zero rows") return true;
  const auto detail = root.other.find("Detail");
  if (detail != root.other.end() &&
      (text::contains(detail->second, "mpossible") || text::contains(detail->second, "o matching")))
    return true;
  return std::any_of(root.children.begin(), root.children.end(), is_empty_plan);
}

}  // namespace whet::engine::mysql
