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

bool joins_word(char c) {
  return c == '$' || c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
         (c >= 'A' && c <= 'Z') || (static_cast<unsigned char>(c) & 0x80U) != 0;
}

// Without comments, and with a blank wherever a parameter would otherwise grow together with the
// word before it: select'a' must not become select$1.
std::string loosened(const std::string& text) {
  std::string out;
  for (const Token& token : tokens(text)) {
    const bool space = token.kind == TokenKind::space;
    const bool apart =
        space || (token.kind == TokenKind::string && !out.empty() && joins_word(out.back()));
    if (apart && !out.empty() && out.back() != ' ') out += ' ';
    if (!space) out += token.text;
  }
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
    // A number too large to be a parameter counts as none; the protocol has 16 bits for it.
    const std::int64_t number = text::to_int(token.text.substr(1)).value_or(0);
    if (number <= 65535) highest = std::max(highest, number);
  }
  return highest;
}

bool is_literal(TokenKind kind, bool keep_integers) {
  return kind == TokenKind::string || kind == TokenKind::number ||
         (kind == TokenKind::integer && !keep_integers);
}

std::string by_tokens(const std::string& text, bool keep_integers) {
  const auto all = tokens(text);
  std::int64_t last = highest_parameter(all);
  std::string out;
  bool after_parameter = false;
  for (const Token& token : all) {
    const bool literal = is_literal(token.kind, keep_integers);
    const bool space = token.kind == TokenKind::space;
    // 'a'and, and and'a': words and parameters stay apart.
    const bool apart = literal ? !out.empty() && joins_word(out.back())
                               : after_parameter && joins_word(token.text.front());
    if ((space || apart) && !out.empty() && out.back() != ' ') out += ' ';
    if (literal) {
      out += '$' + std::to_string(++last);
    } else if (!space) {
      out += token.text;
    }
    after_parameter = literal || token.kind == TokenKind::param;
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

}  // namespace

std::string normalize(std::string_view text) {
  const std::string cleaned = clean(text);
  if (is_planned(cleaned)) {
    if (const auto normal = by_grammar(loosened(cleaned))) return by_tokens(*normal, true);
  }
  return by_tokens(cleaned, false);
}

}  // namespace whet::sql
