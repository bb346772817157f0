// Arithmetic, printing and cleaning of plans of MySQL and MariaDB. The expectations were worked out
// by hand from the figures in the plans.
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "base/text.h"
#include "model/json.h"
#include "plans/arithmetic.h"
#include "plans/literals.h"
#include "plans/parse.h"
#include "plans/render.h"
#include "plans/shape.h"

namespace whet::plans {
namespace {

model::Plan parsed(std::string_view text) {
  auto plan = parse(text);
  EXPECT_TRUE(plan.ok()) << (plan.ok() ? "" : plan.error().text());
  return plan.ok() ? std::move(plan).value() : model::Plan{};
}

constexpr std::string_view analyzed =
    "-> Nested loop inner join  (cost=336 rows=1000) (actual time=1.0..100.0 rows=500 loops=1)\n"
    "    -> Table scan on b  (cost=101 rows=1000) (actual time=0.5..10.0 rows=1000 loops=1)\n"
    "    -> Filter: (a.x > 'it\\'s secret 0')  (cost=0.2 rows=1) (actual time=0.05..0.08 rows=0.5 "
    "loops=1000)\n"
    "        -> Index lookup on a using i (id = b.id)  (cost=0.2 rows=4) (actual time=0.05..0.06 "
    "rows=4 loops=1000)\n";

TEST(MySqlPlans, TimesAreOfALoopAndInclusive) {
  const model::Plan plan = parsed(analyzed);
  const Figures f = measure(plan);
  ASSERT_EQ(f.nodes.size(), 3U);
  EXPECT_TRUE(f.ran && f.timed);
  EXPECT_DOUBLE_EQ(f.nodes[2].inclusive_ms, 80);
  EXPECT_DOUBLE_EQ(f.nodes[0].exclusive_ms, 10);
  EXPECT_DOUBLE_EQ(f.nodes[2].rows, 500);
  EXPECT_DOUBLE_EQ(f.nodes[2].plan_rows, 1000);
  EXPECT_DOUBLE_EQ(f.share(2), 0.8);
}

TEST(MySqlPlans, CostsOfALoopAreMultipliedAndStartsAreNot) {
  const model::Plan plan = parsed(
      "-> Nested loop inner join  (cost=700 rows=1000)\n"
      "    -> Table scan on b  (cost=100 rows=1000)\n"
      "    -> Single-row index lookup on <subquery2> using <auto_distinct_key> (id = b.id)  "
      "(cost=500.1..500.2 rows=1)\n"
      "        -> Materialize with deduplication  (cost=500..500 rows=10)\n"
      "            -> Table scan on c  (cost=400 rows=10)\n");
  const Figures f = measure(plan);
  EXPECT_DOUBLE_EQ(f.nodes[1].inclusive_cost, 100);
  EXPECT_NEAR(f.nodes[2].inclusive_cost, 600, 0.2);  // 500.1 once, 0.1 a thousand times
  EXPECT_NEAR(f.nodes[3].inclusive_cost, 500, 1);
}

TEST(MySqlPlans, SubqueriesThatTheServerLeavesOutAreAdded) {
  const model::Plan plan = parsed(
      "-> Filter: (m.s = 'x')  (cost=400 rows=100)\n"
      "    -> Table scan on m  (cost=400 rows=1000)\n"
      "-> Select #2 (subquery in projection; dependent)\n"
      "    -> Aggregate: max(l.lent)  (cost=4 rows=1)\n"
      "        -> Index lookup on l using k (k = m.id)  (cost=3 rows=7)\n");
  const Figures f = measure(plan);
  EXPECT_DOUBLE_EQ(f.total_cost, 800);  // a hundred rows, each 4
  EXPECT_DOUBLE_EQ(f.inclusive_share(2), 0.5);
}

TEST(MySqlPlans, WithoutCostsTheRowsReadStandForThem) {
  const model::Plan plan = parsed(R"json({"query_block": {"select_id": 1, "nested_loop": [
    {"table": {"table_name": "a", "access_type": "ALL", "rows": 1000, "filtered": 10,
     "attached_condition": "a.x = 3"}},
    {"table": {"table_name": "b", "access_type": "ref", "key": "k", "rows": 20,
     "filtered": 100}}]}})json");
  const Figures f = measure(plan);
  EXPECT_DOUBLE_EQ(f.total_cost, 3000);  // 1,000 of a, 20 for each of 100
  EXPECT_NEAR(f.share(2), 2.0 / 3, 0.001);
}

TEST(MySqlPlans, NoValueSurvivesTheCleaning) {
  const std::string json = R"json({"query": "select 'secret'", "query_plan": {
    "operation": "Filter: (a.x in ('secret',0xSECRE7,'se\\'cret'))",
    "condition": "(a.x in ('secret',0x5EC9E7,'se\\'cret'))", "estimated_rows": 1.0,
    "inputs": [{"operation": "Index range scan on a using i over ('secret' <= x <= 'secret2') OR (x = DATE'2024-01-01')",
     "ranges": ["('secret' <= x)"], "table_name": "a", "estimated_rows": 5.0}]}})json";
  for (const std::string& text : {std::string(analyzed), json}) {
    model::Plan plan = parsed(text);
    remove_literals(plan);
    const std::string written = text::lower(model::to_json(plan));
    EXPECT_EQ(written.find("secret"), std::string::npos) << written;
    EXPECT_EQ(written.find("5ec9e7"), std::string::npos) << written;
    EXPECT_EQ(written.find("2024"), std::string::npos) << written;
  }
}

TEST(MySqlPlans, PrintedWithTheNamesOfTree) {
  RenderOptions options;
  options.ascii = true;
  const std::string text = render(
      parsed("-> Left hash join (b.x = a.x)  (cost=9 rows=90)\n"
             "    -> Covering index lookup on a using i (id = 3) (reverse)  (cost=2 rows=4)\n"
             "    -> Hash\n"
             "        -> Materialize CTE top  (cost=3..3 rows=5)\n"
             "            -> Table scan on b  (cost=2 rows=5)\n"),
      options);
  for (const std::string_view part :
       {"Left hash join", "hash: b.x = a.x", "|- Covering index lookup Backward using i on a",
        "index: id = 3", "`- Materialize CTE top", "Table scan on b"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
  EXPECT_EQ(shape_text(parsed(analyzed)), "Nested loop inner join(Table scan b, Index lookup i a)");
}

}  // namespace
}  // namespace whet::plans
