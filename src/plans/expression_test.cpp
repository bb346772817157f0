#include "plans/expression.h"

#include <string>

#include <gtest/gtest.h>

namespace whet::plans {
namespace {

Expr parsed(std::string_view text) {
  auto expr = parse_expression(text);
  EXPECT_TRUE(expr.has_value()) << text;
  return expr.value_or(Expr{});
}

TEST(Expression, CastsOfColumnsAndOfConstantsAreTold) {
  const Expr expr = parsed("(((email)::text = 'lower(x)'::text) AND ((id)::numeric = 5.0))");
  ASSERT_EQ(conjuncts(expr).size(), 2U);
  const auto second = comparison(*conjuncts(expr)[1]);
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(second->variable->kind, ExprKind::cast);
  EXPECT_EQ(second->variable->name, "numeric");
  EXPECT_EQ(second->variable->args.at(0).name, "id");
  EXPECT_EQ(columns_in(expr), (std::vector<std::string>{"email", "id"}));
}

TEST(Expression, CallsInLiteralsAreNoCalls) {
  const Expr expr = parsed("(note = 'it''s lower(name) = ''x'''::text)");
  EXPECT_EQ(find_in(expr, [](const Expr& e) { return e.kind == ExprKind::call; }), nullptr);
  const auto one = comparison(expr);
  ASSERT_TRUE(one.has_value());
  EXPECT_EQ(one->fixed->args.at(0).name, "it's lower(name) = 'x'");
}

TEST(Expression, FunctionsTypesAndOperators) {
  const Expr call = parsed("(lower((u.\"E mail\")::text) = $1)");
  EXPECT_EQ(comparison(call)->variable->name, "lower");
  EXPECT_EQ(columns_in(call), (std::vector<std::string>{"E mail"}));
  const Expr type = parsed("((at)::timestamp without time zone >= '2020-01-01'::date)");
  EXPECT_EQ(comparison(type)->variable->name, "timestamp without time zone");
  const Expr sized = parsed("((a)::character varying(20)[] = ANY ('{x}'::text[]))");
  EXPECT_EQ(comparison(sized)->variable->name, "character varying[]");
  EXPECT_EQ(comparison(sized)->fixed->name, "any");
  EXPECT_EQ(parsed("(a IS NOT NULL)").name, "IS NOT NULL");
  EXPECT_EQ(parsed("(NOT (hashed SubPlan 1))").args.at(0).name, "hashed SubPlan 1");
  EXPECT_EQ(parsed("(NOT (ANY (id = (hashed SubPlan 2).col1)))").kind, ExprKind::negation);
  EXPECT_EQ(parsed("((a = 1) OR (b = 2) OR (c = 3))").args.size(), 3U);
  EXPECT_EQ(parsed("CASE WHEN (a > 1) THEN b ELSE (c)::integer END").args.size(), 3U);
  EXPECT_FALSE(comparison(parsed("(a.x = b.y)")).has_value());
  EXPECT_FALSE(comparison(parsed("(random() < 0.1)")).has_value());
}

TEST(Expression, PrintsShort) {
  EXPECT_EQ(to_text(parsed("((lower((name)::text) ~~ '%x'::text) AND (a IS NULL))")),
            "lower(name::text) LIKE '%x' AND a IS NULL");
  EXPECT_EQ(to_text(parsed("((($1 + s.s))::date >= (a * 2))")), "($1 + s.s)::date >= (a * 2)");
  EXPECT_EQ(to_text(parsed("(id = ANY ('{1,2}'::integer[]))")), "id = any('{1,2}')");
}

TEST(Expression, DamagedTextIsNothing) {
  for (const std::string_view text : {"", "(a = 1", "a = 1)", "((", "f(a", "CASE WHEN a", "]"}) {
    EXPECT_FALSE(parse_expression(text).has_value()) << text;
  }
  EXPECT_FALSE(parse_expression(std::string(100000, '(')).has_value());
  EXPECT_FALSE(parse_expression(std::string(100000, '[')).has_value());
}

TEST(Expression, AMaskedValueIsAParameterAndJsonbsOperatorIsNot) {
  const auto masked = parse_expression("((l.lent BETWEEN ? AND ?) AND (l.name LIKE ?))");
  ASSERT_TRUE(masked);
  const auto terms = conjuncts(*masked);
  ASSERT_EQ(terms.size(), 2U);
  EXPECT_EQ(comparison(*terms[0])->op, "BETWEEN");
  EXPECT_EQ(comparison(*terms[1])->fixed->kind, ExprKind::parameter);
  EXPECT_EQ(to_text(*masked), "l.lent BETWEEN ? AND ? AND l.name LIKE ?");
  const auto jsonb = parse_expression("(doc ? 'key'::text)");
  ASSERT_TRUE(jsonb);
  EXPECT_EQ(jsonb->name, "?");
  EXPECT_EQ(jsonb->args.size(), 2U);
}

TEST(Expression, MySqlsListsRangesAndArithmeticAreRead) {
  EXPECT_EQ(to_text(*parse_expression("(a IN (1,5,7))")), "a IN (1, 5, 7)");
  EXPECT_EQ(to_text(*parse_expression("1950 <= year <= 1960")), "1950 <= year <= 1960");
  EXPECT_EQ(to_text(*parse_expression("d.a + 0 = m.b * 2")), "(d.a + 0) = (m.b * 2)");
  EXPECT_EQ(comparison(*parse_expression("(a NOT LIKE 'x')"))->op, "NOT LIKE");
}

}  // namespace
}  // namespace whet::plans
