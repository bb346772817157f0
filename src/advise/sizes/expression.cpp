#include "advise/sizes/expression.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/text.h"
#include "sql/tokens.h"

namespace whet::advise {

namespace {

using sql::TokenKind;

/// Functions by the type of their result; an argument's type: "".
constexpr std::array<std::pair<std::string_view, std::string_view>, 26> results{{
    {"lower", ""},
    {"upper", ""},
    {"btrim", ""},
    {"ltrim", ""},
    {"rtrim", ""},
    {"reverse", ""},
    {"initcap", ""},
    {"unaccent", ""},
    {"immutable_unaccent", ""},
    {"abs", ""},
    {"md5", "md5"},
    {"sha256", "md5"},
    {"length", "int4"},
    {"char_length", "int4"},
    {"octet_length", "int4"},
    {"hashtext", "int4"},
    {"jsonb_array_length", "int4"},
    {"date", "date"},
    {"timezone", "timestamp"},
    {"date_trunc", "timestamp"},
    {"date_part", "float8"},
    {"extract", "numeric"},
    {"to_tsvector", "tsvector"},
    {"floor", "float8"},
    {"round", "numeric"},
    {"substr", "text"},
}};

constexpr std::array<std::string_view, 11> one_to_one{"lower",  "upper",    "btrim",   "ltrim",
                                                      "rtrim",  "reverse",  "initcap", "md5",
                                                      "sha256", "timezone", "hashtext"};

constexpr std::array<std::pair<std::string_view, std::string_view>, 16> casts{{
    {"integer", "int4"},
    {"bigint", "int8"},
    {"smallint", "int2"},
    {"text", "text"},
    {"character", "text"},
    {"date", "date"},
    {"numeric", "numeric"},
    {"boolean", "bool"},
    {"uuid", "uuid"},
    {"double", "float8"},
    {"real", "float4"},
    {"timestamp", "timestamp"},
    {"time", "time"},
    {"jsonb", "jsonb"},
    {"inet", "inet"},
    {"interval", "interval"},
}};

template <class Table>
std::string_view find(const Table& table, std::string_view key) {
  const auto at = std::find_if(table.begin(), table.end(),
                               [&](const auto& entry) { return entry.first == key; });
  return at == table.end() ? std::string_view{} : at->second;
}

bool symbol(const sql::Token& token, char wanted) {
  return token.kind == TokenKind::symbol && token.text.front() == wanted;
}

/// The type after the last `::` when nothing but the cast (or closing brackets) follows it.
std::string_view cast_type(const std::vector<sql::Token>& tokens) {
  int depth = 0;
  std::string_view type;
  for (std::size_t i = 0; i + 2 < tokens.size(); ++i) {
    depth += symbol(tokens[i], '(') ? 1 : 0;
    depth -= symbol(tokens[i], ')') ? 1 : 0;
    if (depth > 1 || !symbol(tokens[i], ':') || !symbol(tokens[i + 1], ':')) continue;
    type = find(casts, text::lower(tokens[i + 2].text));
  }
  return type;
}

void note_column(const model::Table& table, const sql::Token& token, ExpressionFacts& facts,
                 bool& several) {
  std::string name = text::lower(token.text);
  if (token.kind == TokenKind::quoted && token.text.size() > 1)
    name = std::string(token.text.substr(1, token.text.size() - 2));
  const model::Column* column = table.column(name);
  if (column == nullptr || column == facts.column) return;
  several = several || facts.column != nullptr;
  facts.column = column;
}

}  // namespace

ExpressionFacts expression_facts(const model::Table& table, std::string_view expression) {
  ExpressionFacts facts;
  auto tokens = sql::tokens(expression);
  std::erase_if(tokens, [](const sql::Token& token) { return token.kind == TokenKind::space; });
  bool several = false;
  std::string function;
  bool operators = false;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const sql::Token& token = tokens[i];
    operators = operators || (token.kind == TokenKind::symbol &&
                              std::string_view("(),:").find(token.text) == std::string_view::npos);
    if (token.kind != TokenKind::word && token.kind != TokenKind::quoted) continue;
    const bool after_cast = i > 0 && symbol(tokens[i - 1], ':');
    const bool call = i + 1 < tokens.size() && symbol(tokens[i + 1], '(');
    if (call && !after_cast && function.empty()) function = text::lower(token.text);
    if (!call && !after_cast) note_column(table, token, facts, several);
  }
  if (several) facts.column = nullptr;
  facts.type = function.empty() ? cast_type(tokens) : find(results, function);
  const bool known = std::any_of(results.begin(), results.end(),
                                 [&](const auto& entry) { return entry.first == function; });
  facts.keeps_width = known && facts.type.empty() && !operators && facts.column != nullptr;
  facts.keeps_values =
      !operators && facts.column != nullptr &&
      std::find(one_to_one.begin(), one_to_one.end(), function) != one_to_one.end();
  if (!function.empty() && !known) facts.type = {};
  return facts;
}

}  // namespace whet::advise
