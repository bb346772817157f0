#include "sql/normalize.h"

#include <algorithm>
#include <optional>

#include <pg_query.h>

#include "base/text.h"
#include "sql/parse.h"
#include "sql/tokens.h"

namespace whet::sql {

namespace {

// The grammar's own normalisation; nothing when it does not understand the text.
std::optional<std::string> by_grammar(const std::string& text) {
  const PgQueryNormalizeResult result = pg_query_normalize(text.c_str());
  std::optional<std::string> out;
  if (result.error == nullptr) out = result.normalized_query;
  pg_query_free_normalize_result(result);
  return out;
}

// True when all that it holds are statements that the server plans.
bool is_planned(const std::string& text) {
  const auto tree = parse(text);
  if (!tree.ok()) return false;
  const auto all = statements(*tree);
  return !all.empty() && std::all_of(all.begin(), all.end(), [](json::View statement) {
    const auto type = node(statement).first;
    return type == "SelectStmt" || type == "InsertStmt" || type == "UpdateStmt" ||
           type == "DeleteStmt" || type == "MergeStmt";
  });
}

std::int64_t highest_parameter(const std::vector<Token>& all) {
  std::int64_t highest = 0;
  for (const Token& token : all) {
    if (token.kind != TokenKind::param) continue;
    // A number too large to be a parameter counts as none.
    highest = std::max(highest, text::to_int(token.text.substr(1)).value_or(0));
  }
  return highest;
}

std::string by_tokens(const std::string& text, bool keep_integers) {
  const auto all = tokens(text);
  std::int64_t last = highest_parameter(all);
  std::string out;
  for (const Token& token : all) {
    switch (token.kind) {
      case TokenKind::space:
        if (!out.empty() && out.back() != ' ') out += ' ';
        break;
      case TokenKind::integer:
        if (keep_integers) {
          out += token.text;
          break;
        }
        [[fallthrough]];
      case TokenKind::string:
      case TokenKind::number:
        // Two neighbours must not become one parameter.
        if (!out.empty() && out.back() == '$') out += ' ';
        out += '$' + std::to_string(++last);
        break;
      case TokenKind::word:
      case TokenKind::quoted:
      case TokenKind::param:
      case TokenKind::symbol:
        out += token.text;
        break;
    }
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

}  // namespace

std::string normalize(std::string_view text) {
  const std::string cleaned = clean(text);
  if (is_planned(cleaned)) {
    if (const auto normal = by_grammar(cleaned)) return by_tokens(*normal, true);
  }
  return by_tokens(cleaned, false);
}

}  // namespace whet::sql
