// What servers print in resolved text and no client writes: <cache>(...), multiple equal(...).
#include <array>

#include "sql/mysql/parser.h"

namespace whet::sql::mysql {

// <words>, maybe with a list in parentheses behind it.
Expr Parser::marker() {
  const Deeper deeper(*this);
  step();
  std::string what(word());
  while (!failed_ && kind() == TokenKind::word) step();
  expect(">");
  if (what == "expr_cache" && is("<")) {  // MariaDB: what the value hangs on
    step();
    while (!failed_ && !at_end() && !is(">")) step();
    expect(">");
  }
  static constexpr std::array<std::string_view, 3> lookups{"index_lookup", "primary_index_lookup",
                                                           "exists"};
  if (what == "exists" && is("(") && query_[at_]) return subquery(ExprKind::exists);
  for (const std::string_view one : lookups) {
    if (what == one) return lookup();
  }
  if (!is("(")) return make(ExprKind::other, std::move(what), {});
  if (query_[at_]) return subquery(ExprKind::subquery);
  step();
  std::vector<Expr> parts = expressions();
  expect(")");
  // What is compared stands in the second part again.
  if (what == "in_optimizer" && parts.size() == 2) {
    if (parts[1].kind == ExprKind::other) return make(ExprKind::other, what, std::move(parts));
    return std::move(parts[1]);
  }
  // <if>(outer_field_is_not_null, condition, true)
  if (what == "if" && parts.size() == 3) return std::move(parts[1]);
  if (parts.size() == 1 && what != "not") return std::move(parts[0]);
  if (what == "not") return make(ExprKind::unary, "NOT", std::move(parts));
  return make(ExprKind::other, std::move(what), std::move(parts));
}

// <index_lookup>(a in t on key where ...): the table's alias is not told, so nothing can be said.
Expr Parser::lookup() {
  skip_parentheses();
  return make(ExprKind::other, "lookup", {});
}

// multiple equal(5, a, b): all are equal.
Expr Parser::multiple_equal() {
  step();
  step();
  expect("(");
  std::vector<Expr> all = expressions();
  expect(")");
  // The first is written down again and again.
  constexpr std::int32_t simple = 6;
  if (all.empty() || all[0].height > simple)
    return make(ExprKind::other, "multiple equal", std::move(all));
  std::vector<Expr> equal;
  for (std::size_t i = 1; i < all.size() && !failed_; ++i) {
    std::vector<Expr> sides;
    sides.push_back(all[0]);
    sides.push_back(std::move(all[i]));
    equal.push_back(make(ExprKind::binary, "=", std::move(sides)));
  }
  if (equal.size() == 1) return std::move(equal.front());
  return make(ExprKind::logic, "AND", std::move(equal));
}

}  // namespace whet::sql::mysql
