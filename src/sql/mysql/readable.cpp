#include "sql/mysql/readable.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"
#include "sql/mysql/tokens.h"

namespace whet::sql::mysql {

namespace {

/// Words that may stand before a parenthesis without being a call's name.
bool keeps_parenthesis_apart(const std::string& word) {
  static constexpr std::array<std::string_view, 48> words{
      "all",    "and",     "any",       "as",       "between",   "by",     "case", "distinct",
      "div",    "else",    "end",       "except",   "exists",    "for",    "from", "group",
      "having", "in",      "index",     "interval", "intersect", "into",   "is",   "join",
      "key",    "lateral", "like",      "limit",    "mod",       "not",    "of",   "on",
      "or",     "over",    "partition", "regexp",   "rlike",     "select", "set",  "some",
      "table",  "then",    "union",     "using",    "value",     "values", "when", "where"};
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is(const Token& token, std::string_view symbol) {
  return token.kind == TokenKind::symbol && token.text == symbol;
}

bool is_name(const Token& token) {
  return token.kind == TokenKind::word || token.kind == TokenKind::quoted;
}

// INSERT INTO t (a) and FROM t (...) are not calls: a name behind such a word is a table's, and so,
// mostly, is one behind a point. MariaDB's digests quote the names of functions.
bool is_call(const std::optional<Token>& before, const Token& name) {
  if (!is_name(name) || (before && is(*before, "."))) return false;
  if (name.kind == TokenKind::word && keeps_parenthesis_apart(text::lower(name.text))) return false;
  if (!before || before->kind != TokenKind::word) return true;
  static constexpr std::array<std::string_view, 12> tables{
      "into", "table",  "as",      "update", "from",       "join",
      "key",  "ignore", "replace", "with",   "references", "index"};
  const std::string word = text::lower(before->text);
  return std::find(tables.begin(), tables.end(), word) == tables.end();
}

/// `before` stands before `last`, which the white space follows.
bool needs_blank(const std::optional<Token>& before, const Token& last, const Token& next) {
  if (is(last, "(") || is(next, ")") || is(next, ",") || is(next, ";")) return false;
  // A number's point is no symbol, but a word behind ".": only names are joined.
  if (is(next, ".")) return !is_name(last);
  if (is(last, ".")) return !is_name(next) && !is(next, "*");
  return !(is(next, "(") && is_call(before, last));
}

}  // namespace

std::string readable(std::string_view text, const Mode& mode) {
  std::string out;
  std::optional<Token> before;
  std::optional<Token> last;
  bool blank = false;
  for (const Token& token : tokens(text, mode)) {
    if (token.kind == TokenKind::space) {
      blank = true;
      continue;
    }
    if (blank && last && needs_blank(before, *last, token)) out += ' ';
    out += token.text;
    before = last;
    last = token;
    blank = false;
  }
  return out;
}

}  // namespace whet::sql::mysql
