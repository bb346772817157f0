#include "advise/index/texts.h"

#include <gtest/gtest.h>

namespace whet::advise {
namespace {

TEST(AssignedColumns, OfPlainUpdatesOfTheTable) {
  model::Table table;
  table.name = "stock";
  model::Statement statement;
  statement.kind = model::StatementKind::update;
  const auto columns = [&](std::string_view text) {
    statement.text = text;
    return assigned_columns(statement, table);
  };
  using List = std::vector<std::string>;
  EXPECT_EQ(columns("UPDATE stock SET quantity = quantity - $1, updated_at = now() WHERE id = $2"),
            (List{"quantity", "updated_at"}));
  EXPECT_EQ(columns("UPDATE public.stock s SET (a, b) = (SELECT 1, 2), c = f(a, b) FROM x"),
            (List{"a", "b", "c"}));
  EXPECT_EQ(columns("update stock\n set \"a\" = $1"), List{"a"});
  EXPECT_EQ(columns("UPDATE stocks SET a = 1"), List{});
  EXPECT_EQ(columns("WITH x AS (SELECT 1) UPDATE stock SET a = 1"), List{});
  EXPECT_EQ(columns("UPDATE"), List{});
}

TEST(WrappedColumn, FunctionsAndCasts) {
  EXPECT_EQ(wrapped_column("(lower((email)::text) = $1)", "email", "varchar"),
            "lower((email)::text)");
  EXPECT_EQ(wrapped_column("(lower(email) = $1)", "email", "text"), "lower(email)");
  EXPECT_EQ(wrapped_column("((email)::text = $1)", "email", "varchar"), "");
  EXPECT_EQ(wrapped_column("((order_no)::numeric = $1)", "order_no", "int8"),
            "(order_no)::numeric");
  EXPECT_EQ(wrapped_column("(date_trunc('day'::text, placed_at) = $1)", "placed_at", "timestamptz"),
            "date_trunc('day'::text, placed_at)");
  EXPECT_EQ(wrapped_column("((placed_at)::date = $1)", "placed_at", "timestamptz"),
            "(placed_at)::date");
  EXPECT_EQ(wrapped_column("(email = $1)", "email", "text"), "");
  EXPECT_EQ(wrapped_column("((lower(email) = $1) OR (email = $2))", "email", "text"), "");
  EXPECT_EQ(wrapped_column("(backup_email = lower($1))", "email", "text"), "");
  EXPECT_EQ(wrapped_column("((a + 1) = $1)", "a", "int4"), "");
  EXPECT_EQ(wrapped_column("", "a", "int4"), "");
  EXPECT_EQ(wrapped_column("a)", "a", "int4"), "");
  EXPECT_EQ(wrapped_column("(a", "a", "int4"), "");
}

TEST(ComparisonOf, EqualityAndRange) {
  const std::string_view condition = "((a = $1) AND (at >= $2) AND (at < $3) AND (b = $4))";
  EXPECT_EQ(comparison_of(condition, "a"), Comparison::equality);
  EXPECT_EQ(comparison_of(condition, "at"), Comparison::range);
  EXPECT_EQ(comparison_of(condition, "b"), Comparison::equality);
  EXPECT_EQ(comparison_of(condition, "c"), Comparison::none);
  EXPECT_EQ(comparison_of("(a > $1)", "a"), Comparison::range);
  EXPECT_EQ(comparison_of("", "a"), Comparison::none);
}

}  // namespace
}  // namespace whet::advise
