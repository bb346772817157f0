// The tokens under the descent.
#include "sql/mysql/parser.h"

#include <algorithm>

#include "base/text.h"
#include "sql/mysql/normalize.h"
#include "sql/mysql/parse.h"
#include "sql/mysql/words.h"

namespace whet::sql::mysql {

namespace {

constexpr std::string_view ends_too_soon = "it ends too soon";

}  // namespace

Parser::Parser(std::string_view text, const Mode& mode)
    : mode_(mode), all_(code_tokens(text, mode)) {
  words_.reserve(all_.size());
  place_.resize(all_.size());
  std::int64_t places = 0;
  for (std::size_t i = 0; i < all_.size(); ++i) {
    const bool is_word = all_[i].kind == TokenKind::word;
    words_.push_back(is_word ? text::lower(all_[i].text) : std::string());
    if (all_[i].kind == TokenKind::param || all_[i].kind == TokenKind::ellipsis)
      place_[i] = ++places;
  }
  find_parentheses();
}

void Parser::find_parentheses() {
  match_.assign(all_.size(), all_.size());
  query_.assign(all_.size(), false);
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < all_.size(); ++i) {
    if (all_[i].kind != TokenKind::symbol) continue;
    if (all_[i].text == "(") open.push_back(i);
    if (all_[i].text != ")" || open.empty()) continue;
    match_[open.back()] = i;
    open.pop_back();
  }
  // From the inside out: ((SELECT 1) UNION (SELECT 2)) is a query, ((SELECT 1) + 1) is none.
  for (std::size_t i = all_.size(); i-- > 0;) {
    if (all_[i].kind != TokenKind::symbol || all_[i].text != "(" || i + 1 >= all_.size()) continue;
    const std::string& first = words_[i + 1];
    if (first == "select" || first == "with") query_[i] = true;
    if (first == "table" || first == "values") query_[i] = begins_query(i + 1);
    if (all_[i + 1].kind != TokenKind::symbol || all_[i + 1].text != "(" || !query_[i + 1])
      continue;
    const std::size_t behind = match_[i + 1] + 1;
    if (behind >= all_.size()) continue;
    const std::string& next = words_[behind];
    query_[i] = behind == match_[i] || next == "union" || next == "except" || next == "intersect" ||
                next == "minus" || next == "order" || next == "limit";
  }
}

// REQUIRES: TABLE or VALUES. VALUES(a) is a function, VALUES ROW(1) and VALUES (1), (2) are
// queries.
bool Parser::begins_query(std::size_t at) const {
  if (at + 1 >= all_.size()) return false;
  if (words_[at] == "table")
    return all_[at + 1].kind == TokenKind::word || all_[at + 1].kind == TokenKind::quoted;
  if (words_[at + 1] == "row") return true;
  if (all_[at + 1].text != "(") return false;
  const std::size_t behind = match_[at + 1] + 1;
  return behind < all_.size() && all_[behind].text == ",";
}

std::string_view Parser::word(std::size_t ahead) const {
  return at_ + ahead < words_.size() ? std::string_view(words_[at_ + ahead]) : std::string_view();
}

std::string_view Parser::text(std::size_t ahead) const {
  return at_ + ahead < all_.size() ? all_[at_ + ahead].text : std::string_view();
}

TokenKind Parser::kind(std::size_t ahead) const {
  return at_ + ahead < all_.size() ? all_[at_ + ahead].kind : TokenKind::space;
}

bool Parser::is(std::string_view symbol, std::size_t ahead) const {
  return kind(ahead) == TokenKind::symbol && text(ahead) == symbol;
}

bool Parser::is_word(std::string_view wanted, std::size_t ahead) const {
  return kind(ahead) == TokenKind::word && word(ahead) == wanted;
}

bool Parser::is_any(std::initializer_list<std::string_view> words, std::size_t ahead) const {
  return kind(ahead) == TokenKind::word &&
         std::find(words.begin(), words.end(), word(ahead)) != words.end();
}

bool Parser::is_name(std::size_t ahead) const {
  return kind(ahead) == TokenKind::quoted || kind(ahead) == TokenKind::word;
}

bool Parser::is_place() const {
  return kind() == TokenKind::param || kind() == TokenKind::ellipsis;
}

bool Parser::accept(std::string_view symbol) {
  if (!is(symbol)) return false;
  step();
  return true;
}

bool Parser::accept_word(std::string_view wanted) {
  if (!is_word(wanted)) return false;
  step();
  return true;
}

void Parser::skip_words(std::initializer_list<std::string_view> words) {
  while (is_any(words)) step();
}

void Parser::expect(std::string_view symbol) {
  if (!accept(symbol)) fail_here();
}

void Parser::expect_word(std::string_view wanted) {
  if (!accept_word(wanted)) fail_here();
}

void Parser::fail(std::string problem) {
  if (!failed_) problem_ = std::move(problem);
  failed_ = true;
  at_ = all_.size();
}

// What stands there is not told: it may be a value.
void Parser::fail_here() {
  if (at_end()) return fail(std::string(ends_too_soon));
  const bool shown = kind() == TokenKind::word && text().size() <= 30;
  fail(shown ? "'" + text::valid_utf8(text()) + "' was not expected"
             : "token " + std::to_string(at_ + 1) + " was not expected");
}

void Parser::skip_parentheses() {
  if (!is("(")) return;
  if (closing() >= all_.size()) return fail("a parenthesis is not closed");
  at_ = closing() + 1;
}

std::string Parser::name() {
  if (!is_name()) {
    fail_here();
    return "";
  }
  std::string out = unquoted(all_[at_]);
  step();
  // MariaDB names what it materializes `<subquery2>`, but not where it says what that is.
  if (out.starts_with("<subquery")) return "<subquery>";
  return out;
}

// a, a.b or a.b.c.
std::vector<std::string> Parser::path() {
  std::vector<std::string> out;
  accept(".");  // .t is a table of the current database
  out.push_back(name());
  while (is(".") && is_name(1) && out.size() < 3) {
    step();
    out.push_back(name());
  }
  return out;
}

std::vector<std::string> Parser::names_in_parentheses() {
  std::vector<std::string> out;
  expect("(");
  while (!failed_ && !is(")")) {
    out.push_back(path().back());
    if (!accept(",")) break;
  }
  expect(")");
  return out;
}

// [AS] name; "" when there is none.
std::string Parser::alias() {
  if (accept_word("as")) {
    if (kind() != TokenKind::string) return name();
  } else if (kind() != TokenKind::string && kind() != TokenKind::quoted) {
    const bool joins = (is_word("semi") || is_word("anti")) && is_word("join", 1);
    const bool stops = is_any({"returning", "minus", "offset", "fetch", "qualify", "window"});
    if (kind() != TokenKind::word || is_reserved(word()) || joins || stops) return "";
    return name();
  }
  if (kind() == TokenKind::quoted) return name();
  // SELECT 1 AS 'x': the name is a string.
  std::string_view raw = text();
  step();
  if (raw.size() < 2) return "";
  return std::string(raw.substr(1, raw.size() - 2));
}

Result<std::vector<Statement>> parse(std::string_view text, const Mode& mode) {
  constexpr std::size_t longest = 4U << 20U;
  const std::string what = "The statement could not be read: ";
  const std::string longer =
      "Raise performance_schema_max_digest_length, max_digest_length and "
      "performance_schema_max_sql_text_length to see it whole.";
  if (text.size() > longest) return Error{ErrorKind::invalid, what + "it is too long.", "", ""};
  if (truncated(text, mode))
    return Error{ErrorKind::invalid, what + "the server has cut it off.", longer, ""};
  Parser parser(text, mode);
  std::vector<Statement> out;
  while (!parser.at_end()) {
    out.push_back(parser.statement());
    parser.next_statement();
  }
  // A digest that was too long ends anywhere, without a sign.
  const bool early = parser.problem() == ends_too_soon;
  if (parser.failed())
    return Error{ErrorKind::invalid, what + parser.problem() + ".",
                 early ? longer : "Only statements that MySQL or MariaDB would take are examined.",
                 ""};
  return out;
}

Result<Expr> parse_expression(std::string_view text, const Mode& mode) {
  Parser parser(text, mode);
  Expr out = parser.expression();
  if (parser.failed() || !parser.at_end())
    return Error{ErrorKind::invalid, "The expression could not be read.", "", ""};
  return out;
}

}  // namespace whet::sql::mysql
