// FROM clauses, as clients write them and as resolved text has them.
#include <algorithm>

#include "sql/mysql/parser.h"
#include "sql/mysql/words.h"

namespace whet::sql::mysql {

std::vector<From> Parser::from_list() {
  std::vector<From> out;
  do {
    out.push_back(joined());
  } while (!failed_ && accept(","));
  return out;
}

// A factor and all that is joined to it.
From Parser::joined() {
  constexpr std::int32_t highest = 400;
  const Deeper deeper(*this);
  From left = factor();
  while (!failed_) {
    From join;
    join.kind = FromKind::join;
    if (!join_kind(join)) break;
    From right = factor();
    // a LEFT JOIN b LEFT JOIN c ON ... ON ...: the right side is a join itself.
    const bool outer = join.join == JoinKind::left || join.join == JoinKind::right;
    while (!failed_ && outer && !join.natural && !is_any({"on", "using"})) {
      From inner;
      inner.kind = FromKind::join;
      if (!join_kind(inner)) break;
      inner.sides.push_back(std::move(right));
      inner.sides.push_back(factor());
      join_condition(inner);
      inner.height = std::max(inner.sides[0].height, inner.sides[1].height) + 1;
      if (inner.height > highest) fail("it joins too many tables");
      right = std::move(inner);
    }
    join.sides.push_back(std::move(left));
    join.sides.push_back(std::move(right));
    join_condition(join);
    join.height = std::max(join.sides[0].height, join.sides[1].height) + 1;
    if (join.height > highest) fail("it joins too many tables");
    left = std::move(join);
  }
  return left;
}

// The words of a join; false when none is there.
bool Parser::join_kind(From& out) {
  if (accept_word("straight_join")) return true;
  if ((is_word("semi") || is_word("anti")) && is_word("join", 1)) {
    out.join = is_word("semi") ? JoinKind::semi : JoinKind::anti;
    step();
    step();
    return true;
  }
  if (!is_any({"join", "inner", "cross", "left", "right", "natural"})) return false;
  out.natural = accept_word("natural");
  if (is_word("left")) out.join = JoinKind::left;
  if (is_word("right")) out.join = JoinKind::right;
  skip_words({"inner", "cross", "left", "right", "outer"});
  expect_word("join");
  return true;
}

// ON may come twice: a JOIN b JOIN c ON ... ON ...
void Parser::join_condition(From& out) {
  while (!failed_ && is_any({"on", "using"})) {
    if (accept_word("using")) {
      out.using_columns = names_in_parentheses();
      continue;
    }
    step();
    Expr one = expression();
    if (out.on.present()) {
      std::vector<Expr> both;
      both.push_back(std::move(out.on));
      both.push_back(std::move(one));
      out.on = make(ExprKind::logic, "AND", std::move(both));
    } else {
      out.on = std::move(one);
    }
  }
}

From Parser::factor() {
  const Deeper deeper(*this);
  if (is_word("lateral") && is("(", 1)) {
    step();
    From out = derived();
    out.lateral = true;
    return out;
  }
  if (is("(") && (query_[at_] || is_any({"values"}, 1))) return derived();
  if (is("(") || is("{")) {
    const bool odbc = is("{");
    step();
    if (odbc) step();  // OJ
    From out;
    out.kind = FromKind::join;
    out.sides = from_list();
    expect(odbc ? "}" : ")");
    for (const From& side : out.sides) out.height = std::max(out.height, side.height + 1);
    if (out.sides.size() == 1) return std::move(out.sides.front());
    return out;
  }
  if (is_word("json_table") && is("(", 1)) return json_table();
  // Resolved text of MariaDB: <materialize> (select ...), and <subquery2>.
  if (is("<")) {
    step();
    From out;
    out.name = "<" + std::string(word()) + ">";
    step();
    expect(">");
    if (is("(") && query_[at_]) out = derived();
    if (out.alias.empty()) out.alias = "<subquery>";
    return out;
  }
  return table();
}

From Parser::derived() {
  From out;
  out.kind = FromKind::derived;
  expect("(");
  out.query = std::make_shared<const Query>(query());
  expect(")");
  out.alias = alias();
  if (is("(")) out.columns = names_in_parentheses();
  return out;
}

From Parser::json_table() {
  From out;
  out.kind = FromKind::function;
  step();
  const std::size_t end = closing();
  step();
  out.on = expression();
  if (failed_) return out;
  if (end >= all_.size()) fail("a parenthesis is not closed");
  if (!failed_) at_ = end + 1;
  out.alias = alias();
  return out;
}

From Parser::table() {
  From out;
  if (is_word("select") || (kind() == TokenKind::word && is_reserved(word()) && !is(".", 1))) {
    fail_here();
    return out;
  }
  std::vector<std::string> named = path();
  out.name = std::move(named.back());
  if (named.size() > 1) out.schema = std::move(named[named.size() - 2]);
  // A function: SEQ(1), generate_series(1, 5).
  if (is("(")) {
    out.kind = FromKind::function;
    skip_parentheses();
  }
  table_rest(out);
  return out;
}

// PARTITION (p0), FOR SYSTEM_TIME ..., an alias, TABLESAMPLE, index hints.
void Parser::table_rest(From& out) {
  if (is_word("partition") && is("(", 1)) {
    step();
    skip_parentheses();
  }
  if (is_word("for") && is_word("system_time", 1)) {
    step();
    step();
    if (accept_word("all")) {
      out.alias = alias();
      if (out.alias.empty()) out.alias = out.name;
      return;
    }
    const bool range = is_any({"from", "between"});
    skip_words({"as", "of", "timestamp", "transaction", "from", "between"});
    (void)arithmetic(0);
    if (range) {
      skip_words({"to", "and", "timestamp", "transaction"});
      (void)arithmetic(0);
    }
  }
  out.alias = alias();
  if (out.alias.empty()) out.alias = out.name;
  if (accept_word("tablesample")) {
    if (is_name()) step();
    skip_parentheses();
  }
  while (is_any({"use", "force", "ignore"}) && is_any({"index", "key"}, 1)) {
    step();
    step();
    if (accept_word("for")) skip_words({"join", "order", "group", "by"});
    skip_parentheses();
    while (!failed_ && is(",") && is_any({"use", "force", "ignore"}, 1)) step();
  }
}

}  // namespace whet::sql::mysql
