#include "plans/literals.h"

#include <gtest/gtest.h>

#include "plans/expression.h"
#include "plans/parse.h"

namespace whet::plans {
namespace {

std::string cleaned(std::string_view expression) {
  std::int64_t last = 0;
  return without_literals(expression, last);
}

TEST(Literals, ConstantsBecomeParameters) {
  EXPECT_EQ(cleaned("(customer_id = 7)"), "(customer_id = $1)");
  EXPECT_EQ(cleaned("((status)::text = 'it''s'::text)"), "((status)::text = $1::text)");
  EXPECT_EQ(cleaned("(id = ANY ('{1,2}'::integer[]))"), "(id = ANY ($1::integer[]))");
  EXPECT_EQ(cleaned("(a ~~ E'x\\'y%'::text)"), "(a ~~ $1::text)");
  EXPECT_EQ(cleaned("(b > 1.5e-10) AND (c < '-3'::integer)"), "(b > $1) AND (c < $2::integer)");
  EXPECT_EQ(cleaned("(b = B'101'::bit(3))"), "(b = $1::bit(3))");
}

TEST(Literals, WhatIsNoValueStays) {
  for (const std::string_view same :
       {"(t1.a2 = $3)", "(NOT (hashed SubPlan 1))", "(total = (InitPlan 2).col1)",
        "((price)::numeric(12,2) > $1)", "((name)::character varying(20) = $1)",
        "((at)::timestamp(3) without time zone < now())", "(\"Room 101\".x = $1)", "(x IS NULL)",
        "(flag AND (NOT other))"})
    EXPECT_EQ(cleaned(same), same);
}

TEST(Literals, AFigureInBracketsBehindACastIsAValueWhenItIsNoModifier) {
  EXPECT_EQ(cleaned("((a)::integer = (5))"), "((a)::integer = ($1))");
  EXPECT_EQ(cleaned("(a)::text (5)"), "(a)::text ($1)");
}

TEST(Literals, WhatIsCutOffDoesNotComeBack) {
  EXPECT_EQ(cleaned("(a = 'secret"), "(a = $1");
  EXPECT_EQ(cleaned("(a = E'secret\\"), "(a = $1");
  EXPECT_EQ(cleaned("a::"), "a::");
}

TEST(Literals, AWholePlan) {
  auto plan =
      parse(R"(Nested Loop  (cost=0.29..10.50 rows=1 width=8) (actual time=0.1..0.2 rows=1 loops=1)
  ->  Function Scan on generate_series g  (cost=0.00..1.00 rows=1 width=4) (actual time=0.1..0.1 rows=1 loops=1)
        Function Call: generate_series(1, 4711)
        Filter: (g < $2)
  ->  Index Scan using t_pkey on t  (cost=0.29..8.30 rows=1 width=8) (actual time=0.1..0.1 rows=1 loops=1)
        Index Cond: (id = 815)
        Filter: (note = 'secret'::text)
)");
  ASSERT_TRUE(plan.ok()) << plan.error().text();
  remove_literals(*plan);
  const auto& scan = plan->root.children.at(1);
  EXPECT_EQ(scan.index_condition.find("815"), std::string::npos);
  EXPECT_EQ(scan.filter.find("secret"), std::string::npos);
  // Counted on from $2, each value with a number of its own.
  EXPECT_NE(scan.index_condition, "(id = $1)");
  EXPECT_NE(scan.index_condition, "(id = $2)");
  const auto& function = plan->root.children.at(0);
  EXPECT_EQ(function.filter, "(g < $2)");
  EXPECT_EQ(function.other.at("Function Call").find("4711"), std::string::npos);
  const auto condition = parse_expression(scan.index_condition);
  ASSERT_TRUE(condition.has_value());
  EXPECT_EQ(columns_in(*condition), std::vector<std::string>{"id"});
}

}  // namespace
}  // namespace whet::plans
