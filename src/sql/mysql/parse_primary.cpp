// Expressions: what stands between operators.
#include <algorithm>

#include "base/text.h"
#include "sql/mysql/parser.h"
#include "sql/mysql/words.h"

namespace whet::sql::mysql {

Expr Parser::primary() {
  switch (kind()) {
    case TokenKind::string:
    case TokenKind::integer:
    case TokenKind::number:
      return literal();
    case TokenKind::param:
    case TokenKind::ellipsis:
      return parameter();
    case TokenKind::variable:
      return variable();
    case TokenKind::quoted:
      return named();
    case TokenKind::word: {
      bool found = true;
      Expr out = keyword(found);
      return found ? out : named();
    }
    default:
      break;
  }
  if (is("(")) return in_parentheses();
  if (is("<")) return marker();
  if (is("@") || is("@@")) return variable();
  if (is("*")) {
    step();
    return make(ExprKind::star, "", {});
  }
  if (is("{") && is_name(1)) {  // {d '2024-01-01'}
    step();
    step();
    Expr out = expression();
    expect("}");
    return out;
  }
  fail_here();
  return {};
}

Expr Parser::literal() {
  Expr out = make(ExprKind::literal, std::string(text()), {});
  step();
  while (kind() == TokenKind::string) step();  // 'a' 'b'
  return out;
}

Expr Parser::parameter() {
  Expr out = make(ExprKind::parameter, std::string(text()), {});
  out.number = place_[at_];
  step();
  while (kind() == TokenKind::param || kind() == TokenKind::string) step();  // ? ? of 'a' 'b'
  return out;
}

// @x, @@global.x; @? and @@GLOBAL . `x` of digests. Maybe with a value: @x := 5.
Expr Parser::variable() {
  Expr out = make(ExprKind::variable, std::string(text()), {});
  const bool bare = is("@") || is("@@");
  step();
  if (bare) step();
  while (is(".") && is_name(1)) {
    out.name += "." + std::string(text(1));
    step();
    step();
  }
  if (accept(":=")) {
    out.args.push_back(expression());
    out.height = out.args.front().height + 1;
  }
  return out;
}

Expr Parser::in_parentheses() {
  if (query_[at_]) return subquery(ExprKind::subquery);
  const Deeper deeper(*this);
  // Digests of MySQL: (_charset) ?, (unknown).
  if (is_word("_charset", 1) && is(")", 2)) {
    for (int i = 0; i < 3; ++i) step();
    return primary();
  }
  step();
  std::vector<Expr> all = expressions();
  expect(")");
  if (all.size() == 1) return std::move(all.front());
  return make(ExprKind::row, "", std::move(all));
}

// At its opening parenthesis.
Expr Parser::subquery(ExprKind kind) {
  Expr out = make(kind, "", {});
  expect("(");
  out.query = std::make_shared<const Query>(query());
  expect(")");
  return out;
}

// What begins with a word of the language. `found` is false for names and plain calls.
Expr Parser::keyword(bool& found) {
  if (is_any({"null", "true", "false"}) && !is(".", 1)) {
    Expr out = make(is_word("null") ? ExprKind::null : ExprKind::flag, std::string(word()), {});
    step();
    return out;
  }
  if (is_word("exists") && is("(", 1)) {
    step();
    return subquery(ExprKind::exists);
  }
  if (is_word("case") && !is(".", 1)) return case_of();
  if (is_word("interval") && !is(".", 1)) return interval();
  if (is_word("match") && (is("(", 1) || is_name(1))) return match();
  if (is_any({"cast", "convert"}) && is("(", 1)) return cast();
  if (is_word("row") && is("(", 1)) {
    step();
    step();
    std::vector<Expr> all = expressions();
    expect(")");
    return make(ExprKind::row, "", std::move(all));
  }
  if (is_word("multiple") && is_word("equal", 1)) return multiple_equal();
  return keyword_value(found);
}

// Of those, what stands for a value.
Expr Parser::keyword_value(bool& found) {
  const bool text_next = kind(1) == TokenKind::string || kind(1) == TokenKind::param;
  const bool value_next =
      text_next || kind(1) == TokenKind::number || kind(1) == TokenKind::integer;
  if (is_introducer(word()) && value_next) {
    step();
    return primary();
  }
  if (is_any({"date", "time", "timestamp"}) && text_next) return typed_literal();
  if (is_word("default") && !is("(", 1)) {
    step();
    return make(ExprKind::other, "DEFAULT", {});
  }
  const bool functions =
      is_any({"current_timestamp", "current_date", "current_time", "localtime", "localtimestamp",
              "utc_date", "utc_time", "utc_timestamp", "current_user", "current_role"});
  // Digests print NOW for CURRENT_TIMESTAMP.
  const bool digest = text() == "NOW" || text() == "CURDATE" || text() == "CURTIME";
  if ((functions || digest) && !is("(", 1) && !is(".", 1)) {
    std::string called(common_spelling(word()));
    step();
    return make(ExprKind::call, std::move(called), {});
  }
  found = false;
  return {};
}

Expr Parser::typed_literal() {
  std::string name = text::lower(word()) + " ";
  step();
  if (is_place()) return parameter();
  name += text();
  step();
  return make(ExprKind::literal, std::move(name), {});
}

Expr Parser::case_of() {
  step();
  std::vector<Expr> parts;
  if (!is_word("when")) parts.push_back(expression());
  while (!failed_ && accept_word("when")) {
    parts.push_back(expression());
    expect_word("then");
    parts.push_back(expression());
  }
  if (accept_word("else")) parts.push_back(expression());
  expect_word("end");
  return make(ExprKind::other, "CASE", std::move(parts));
}

// INTERVAL 5 DAY, or the function INTERVAL(a, b, c).
Expr Parser::interval() {
  if (is("(", 1)) {
    const std::size_t behind = match_[at_ + 1] + 1;
    const bool unit =
        behind < all_.size() && !words_[behind].empty() && !is_reserved(words_[behind]);
    const bool compound = behind < all_.size() && words_[behind].find('_') != std::string::npos;
    if (!unit && !compound) {
      step();
      return call("interval");
    }
  }
  step();
  std::vector<Expr> value;
  value.push_back(expression());
  std::string unit(common_spelling(word()));
  if (kind() != TokenKind::word) fail_here();
  step();
  return make(ExprKind::interval, std::move(unit), std::move(value));
}

Expr Parser::match() {
  step();
  std::vector<Expr> parts;
  if (accept("(")) {
    parts = expressions();
    expect(")");
  } else {
    do {  // as resolved text has it
      parts.push_back(named());
    } while (!failed_ && accept(","));
  }
  expect_word("against");
  expect("(");
  parts.push_back(arithmetic(0));
  skip_words({"in", "boolean", "natural", "language", "mode", "with", "query", "expansion"});
  expect(")");
  return make(ExprKind::match, "MATCH", std::move(parts));
}

// CAST(a AS type), CONVERT(a, type), CONVERT(a USING charset).
Expr Parser::cast() {
  step();
  step();
  std::vector<Expr> value;
  value.push_back(expression());
  std::string wanted;
  if (accept_word("using")) {
    wanted = "char charset " + (kind() == TokenKind::string ? std::string(text()) : name());
    if (kind() == TokenKind::string) step();
  } else if (accept_word("as") || accept(",")) {
    wanted = type();
  } else if (accept_word("at")) {  // CAST(a AT TIME ZONE 'x' AS DATETIME)
    while (!failed_ && !at_end() && !is_word("as")) step();
    expect_word("as");
    wanted = type();
  }
  expect(")");
  return make(ExprKind::cast, std::move(wanted), std::move(value));
}

// "decimal(10, 2)", "char charset utf8mb4", "unsigned array".
std::string Parser::type() {
  std::string out;
  while (!failed_ && kind() == TokenKind::word && !is_any({"on", "null", "error", "path"})) {
    out += (out.empty() ? "" : " ") + text::lower(text());
    step();
    if (!is("(")) continue;
    const std::size_t end = std::min(closing() + 1, all_.size());
    for (; !failed_ && at_ < end; step()) out += is(",") ? ", " : std::string(text());
  }
  if (out.empty()) fail_here();
  return out;
}

// A column, or a call.
Expr Parser::named() {
  const bool word_here = kind() == TokenKind::word;
  if (word_here && is_reserved(word()) && !is("(", 1)) {
    fail_here();
    return {};
  }
  Expr out = make(ExprKind::column, "", {});
  accept(".");
  out.path.push_back(name());
  while (is(".") && !failed_) {
    step();
    if (accept("*")) {
      out.kind = ExprKind::star;
      return out;
    }
    out.path.push_back(name());
  }
  if (is("(") && out.path.size() <= 2) {
    std::string called = text::lower(text::join(out.path, "."));
    return call(std::move(called));
  }
  return out;
}

// At the opening parenthesis behind a function's name.
Expr Parser::call(std::string called) {
  const Deeper deeper(*this);
  Expr out = make(ExprKind::call, std::move(called), {});
  expect("(");
  const bool unit_first = out.name == "extract" || out.name == "timestampdiff" ||
                          out.name == "timestampadd" || out.name == "get_format";
  if (unit_first && kind() == TokenKind::word) {
    out.path.emplace_back(common_spelling(word()));  // what it takes: EXTRACT(YEAR FROM x)
    step();
    if (!accept(",")) (void)accept_word("from");
  }
  skip_words({"both", "leading", "trailing"});
  if (is_any({"distinct", "distinctrow"})) {
    out.distinct = true;
    step();
  }
  arguments(out);
  expect(")");
  if (is_any({"respect", "ignore"}) && is_word("nulls", 1)) {
    step();
    step();
  }
  window(out);
  measure(out);
  return out;
}

// With the words that some functions have among them.
void Parser::arguments(Expr& made) {
  if (accept_word("from")) {  // TRIM(LEADING FROM x)
    made.args.push_back(expression());
    return;
  }
  while (!failed_ && !is(")")) {
    const bool position = made.name == "position" && made.args.empty();
    Expr one = position ? arithmetic(0) : expression();
    made.args.push_back(std::move(one));
    if (accept(",") || accept_word("from") || accept_word("for") || accept_word("separator"))
      continue;
    if (position && accept_word("in")) continue;
    if (is_word("order") && is_word("by", 1)) {
      step();
      step();
      for (Key& key : keys()) made.args.push_back(std::move(key.expr));
      if (accept_word("separator") || accept_word("limit") || accept(",")) continue;
    }
    if (accept_word("limit")) continue;
    argument_words();
    break;
  }
}

// CHAR(1 USING utf8mb4), WEIGHT_STRING(a AS CHAR(5)), JSON_VALUE(a, '$' RETURNING INT NULL ON
// EMPTY), ST_X(a AS b)
void Parser::argument_words() {
  while (!failed_ && is_name()) {
    step();
    skip_parentheses();
    if (kind() == TokenKind::string || is_place()) step();
  }
}

// OVER (...) or OVER w, and WITHIN GROUP (ORDER BY ...).
void Parser::window(Expr& made) {
  if (is_word("within") && is_word("group", 1)) {
    step();
    step();
    window_specification(made.window);
  }
  if (!is_word("over") || (!is("(", 1) && (!is_name(1) || is_reserved(word(1))))) return;
  step();
  made.over = true;
  if (is("(")) {
    window_specification(made.window);
  } else {
    (void)name();
  }
}

void Parser::window_specification(std::vector<Expr>& out) {
  expect("(");
  if (is_name() && !is_any({"partition", "order", "rows", "range", "groups"})) (void)name();
  if (accept_word("partition")) {
    expect_word("by");
    for (Expr& one : expressions()) out.push_back(std::move(one));
  }
  if (accept_word("order")) {
    expect_word("by");
    for (Key& key : keys()) out.push_back(std::move(key.expr));
  }
  // The frame names no columns.
  if (is_any({"rows", "range", "groups"})) {
    while (!failed_ && !at_end() && !is(")")) {
      step();
      skip_parentheses();
    }
  }
  expect(")");
}

}  // namespace whet::sql::mysql
