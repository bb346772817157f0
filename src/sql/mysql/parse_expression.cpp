// Expressions: operators, from the loosest to the tightest.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "sql/mysql/parser.h"

namespace whet::sql::mysql {

namespace {

struct Operator {
  std::string_view text;
  int precedence = 0;
};

// Between the predicates and the signs.
constexpr std::array<Operator, 13> operators{{{"|", 1},
                                              {"&", 2},
                                              {"<<", 3},
                                              {">>", 3},
                                              {"+", 4},
                                              {"-", 4},
                                              {"*", 5},
                                              {"/", 5},
                                              {"%", 5},
                                              {"div", 5},
                                              {"mod", 5},
                                              {"^", 6},
                                              {"||", 7}}};

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return out;
}

}  // namespace

Expr Parser::make(ExprKind kind, std::string name, std::vector<Expr> args) {
  Expr out;
  out.kind = kind;
  out.name = std::move(name);
  out.args = std::move(args);
  measure(out);
  return out;
}

void Parser::measure(Expr& made) {
  constexpr std::int32_t highest = 400;
  for (const auto* below : {&made.args, &made.window}) {
    for (const Expr& one : *below) made.height = std::max(made.height, one.height + 1);
  }
  if (made.height > highest) fail("it is nested too deep");
}

Expr Parser::expression() {
  const Deeper deeper(*this);
  return either();
}

// a OR b OR c has three arguments.
Expr Parser::either() {
  Expr first = exclusive();
  if (!is_word("or") && !(is("||") && !mode_.pipes_as_concat)) return first;
  std::vector<Expr> all;
  all.push_back(std::move(first));
  while (is_word("or") || (is("||") && !mode_.pipes_as_concat)) {
    step();
    all.push_back(exclusive());
  }
  return make(ExprKind::logic, "OR", std::move(all));
}

Expr Parser::exclusive() {
  Expr out = all_of();
  while (accept_word("xor")) {
    std::vector<Expr> sides;
    sides.push_back(std::move(out));
    sides.push_back(all_of());
    out = make(ExprKind::binary, "XOR", std::move(sides));
  }
  return out;
}

Expr Parser::all_of() {
  Expr first = negation();
  if (!is_word("and") && !is("&&")) return first;
  std::vector<Expr> all;
  all.push_back(std::move(first));
  while (is_word("and") || is("&&")) {
    step();
    all.push_back(negation());
  }
  return make(ExprKind::logic, "AND", std::move(all));
}

Expr Parser::negation() {
  if (!is_word("not")) return comparison();
  const Deeper deeper(*this);
  step();
  std::vector<Expr> below;
  below.push_back(negation());
  return make(ExprKind::unary, "NOT", std::move(below));
}

Expr Parser::comparison() {
  Expr out = predicate();
  while (!failed_) {
    const bool compares =
        is("=") || is("<=>") || is("<") || is("<=") || is(">") || is(">=") || is("<>") || is("!=");
    if (compares) {
      out = compared(std::move(out));
    } else if (is_word("is")) {
      out = test(std::move(out));
    } else {
      break;
    }
  }
  return out;
}

Expr Parser::compared(Expr left) {
  std::string op(text() == "!=" ? "<>" : text());
  step();
  std::vector<Expr> sides;
  sides.push_back(std::move(left));
  if (is_any({"all", "any", "some"}) && is("(", 1)) {
    const bool all = is_word("all");
    step();
    Expr below = subquery(ExprKind::subquery);
    Expr out = make(ExprKind::quantified, std::move(op), std::move(sides));
    out.query = std::move(below.query);
    out.negated = all;
    return out;
  }
  sides.push_back(predicate());
  return make(ExprKind::binary, std::move(op), std::move(sides));
}

Expr Parser::test(Expr left) {
  step();
  const bool negated = accept_word("not");
  const std::string wanted = upper(word());
  if (!is_any({"null", "true", "false", "unknown"})) fail_here();
  step();
  std::vector<Expr> tested;
  tested.push_back(std::move(left));
  Expr out = make(ExprKind::is, wanted == "UNKNOWN" ? "NULL" : wanted, std::move(tested));
  out.negated = negated;
  return out;
}

Expr Parser::predicate() {
  Expr out = arithmetic(0);
  bool found = true;
  while (found && !failed_) {
    const bool negated = is_word("not");
    if (negated && !is_any({"in", "like", "between", "regexp", "rlike", "member", "ilike"}, 1))
      break;
    if (negated) step();
    out = predicate_on(std::move(out), negated, found);
  }
  return out;
}

Expr Parser::predicate_on(Expr left, bool negated, bool& found) {
  if (accept_word("in")) return membership(std::move(left), negated);
  std::vector<Expr> parts;
  parts.push_back(std::move(left));
  if (accept_word("between")) {
    parts.push_back(arithmetic(0));
    expect_word("and");
    const Deeper deeper(*this);
    parts.push_back(predicate());
    Expr out = make(ExprKind::between, "BETWEEN", std::move(parts));
    out.negated = negated;
    return out;
  }
  if (is_any({"like", "regexp", "rlike"})) {
    const bool like = is_word("like");
    step();
    parts.push_back(arithmetic(0));
    if (accept_word("escape")) (void)arithmetic(0);
    Expr out = make(ExprKind::like, like ? "LIKE" : "REGEXP", std::move(parts));
    out.negated = negated;
    return out;
  }
  if (is_word("member") && (is_word("of", 1) || is("(", 1))) {
    step();
    (void)accept_word("of");
    parts.push_back(arithmetic(0));
    Expr out = make(ExprKind::binary, "MEMBER OF", std::move(parts));
    out.negated = negated;
    return out;
  }
  if (is_word("sounds") && is_word("like", 1)) {
    step();
    step();
    parts.push_back(arithmetic(0));
    return make(ExprKind::binary, "SOUNDS LIKE", std::move(parts));
  }
  found = false;
  return std::move(parts.front());
}

// Behind IN.
Expr Parser::membership(Expr left, bool negated) {
  std::vector<Expr> parts;
  parts.push_back(std::move(left));
  Expr out;
  // Resolved text: a in ( <materialize> (select ...), <primary_index_lookup>(...))
  const bool materialized = is("(") && is("<", 1) && is_word("materialize", 2);
  if (materialized) {
    const std::size_t end = closing();
    step();
    for (int i = 0; i < 3; ++i) step();
    Expr below = subquery(ExprKind::subquery);
    out = make(ExprKind::in, "IN", std::move(parts));
    out.query = std::move(below.query);
    if (!failed_) at_ = std::min(end + 1, all_.size());
  } else if (is("(") && query_[at_]) {
    Expr below = subquery(ExprKind::subquery);
    out = make(ExprKind::in, "IN", std::move(parts));
    out.query = std::move(below.query);
  } else {
    expect("(");
    if (!is(")")) {
      std::vector<Expr> values = expressions();
      std::move(values.begin(), values.end(), std::back_inserter(parts));
    }
    expect(")");
    out = make(ExprKind::in, "IN", std::move(parts));
  }
  out.negated = negated;
  return out;
}

Expr Parser::arithmetic(int lowest) {
  Expr out = unary();
  while (!failed_) {
    const std::string_view here = kind() == TokenKind::word ? word() : text();
    const bool operation = kind() == TokenKind::word || kind() == TokenKind::symbol;
    const auto* const found = std::find_if(operators.begin(), operators.end(),
                                           [&](const Operator& one) { return one.text == here; });
    if (!operation || found == operators.end() || found->precedence <= lowest) break;
    if (here == "||" && !mode_.pipes_as_concat) break;
    step();
    std::vector<Expr> sides;
    sides.push_back(std::move(out));
    sides.push_back(arithmetic(found->precedence));
    out = make(ExprKind::binary, upper(found->text), std::move(sides));
  }
  return out;
}

Expr Parser::unary() {
  const bool sign = is("-") || is("+") || is("~") || is("!");
  if (!sign && !is_word("binary")) return postfix();
  const Deeper deeper(*this);
  const std::string op = is("!") ? "NOT" : upper(text());
  step();
  std::vector<Expr> below;
  below.push_back(unary());
  if (op == "+") return std::move(below.front());
  if (op == "-" && below.front().kind == ExprKind::literal) {
    below.front().name.insert(0, "-");
    return std::move(below.front());
  }
  return make(ExprKind::unary, op, std::move(below));
}

Expr Parser::postfix() {
  Expr out = primary();
  while (!failed_) {
    std::vector<Expr> below;
    if (accept_word("collate")) {
      below.push_back(std::move(out));
      const bool text_name = kind() == TokenKind::string;
      std::string collation = text_name ? std::string(text()) : name();
      if (text_name) step();
      out = make(ExprKind::collate, std::move(collation), std::move(below));
    } else if (is("->") || is("->>")) {
      const bool unquote = is("->>");
      step();
      below.push_back(std::move(out));
      below.push_back(primary());
      out = make(ExprKind::call, "json_extract", std::move(below));
      if (!unquote) continue;
      std::vector<Expr> extracted;
      extracted.push_back(std::move(out));
      out = make(ExprKind::call, "json_unquote", std::move(extracted));
    } else {
      break;
    }
  }
  return out;
}

// At least one, separated by commas. Of a long list of constants the first ones are kept.
std::vector<Expr> Parser::expressions() {
  constexpr std::size_t enough = 1000;
  std::vector<Expr> out;
  do {
    Expr one = expression();
    if (out.size() < enough || one.kind != ExprKind::literal) out.push_back(std::move(one));
  } while (!failed_ && accept(","));
  return out;
}

}  // namespace whet::sql::mysql
