// Recorded from MySQL 9.7 and MariaDB 10.11.
#include "plans/mysql/parse.h"

#include <string>

#include <gtest/gtest.h>

#include "base/text.h"
#include "plans/mysql/names.h"

namespace whet::plans::mysql {
namespace {

using model::PlanNode;
using Names = std::vector<std::string>;

model::Plan plan_of(std::string_view text) {
  const auto plan = parse(text);
  EXPECT_TRUE(plan.ok()) << (plan.ok() ? "" : plan.error().text());
  return plan.ok() ? *plan : model::Plan{};
}

constexpr std::string_view tree_of_top_loans =
    R"(-> Limit: 10 row(s)  (actual time=18.1..18.1 rows=10 loops=1)
    -> Sort: l.lent DESC, limit input to 10 row(s) per chunk  (actual time=18.1..18.1 rows=10 loops=1)
        -> Stream results  (cost=2692 rows=3213) (actual time=0.25..17.9 rows=1684 loops=1)
            -> Nested loop inner join  (cost=2692 rows=3213) (actual time=0.248..17.6 rows=1684 loops=1)
                -> Covering index lookup on m using city (city = 'city3')  (cost=317 rows=1000) (actual time=0.219..1.79 rows=1000 loops=1)
                -> Filter: (l.lent >= TIMESTAMP'2023-01-01 00:00:00')  (cost=1.7 rows=3.21) (actual time=0.015..0.0156 rows=1.68 loops=1000)
                    -> Index lookup on l using member_id (member_id = m.id)  (cost=1.7 rows=6.79) (actual time=0.0147..0.0152 rows=7.5 loops=1000)
)";

TEST(Tree, ScansHoldTheirFilters) {
  const model::Plan plan = plan_of(tree_of_top_loans);
  EXPECT_EQ(plan.root.type, "Limit");
  EXPECT_EQ(plan.root.other.at("Limit"), "10");
  const PlanNode& sort = plan.root.children.at(0);
  EXPECT_EQ(sort.sort_keys, Names{"l.lent DESC"});
  EXPECT_DOUBLE_EQ(sort.plan_rows, 10);  // no estimate of its own: its input's, limited
  EXPECT_DOUBLE_EQ(sort.total_cost, 2692);
  const PlanNode& join = sort.children.at(0).children.at(0);
  EXPECT_EQ(join.type, "Nested loop inner join");
  const PlanNode& outer = join.children.at(0);
  EXPECT_TRUE(outer.covering);
  EXPECT_EQ(outer.access, "ref");
  EXPECT_EQ(outer.used_key_parts, Names{"city"});
  const PlanNode& inner = join.children.at(1);
  EXPECT_EQ(inner.type, "Index lookup");
  EXPECT_EQ(inner.parent_relationship, "Inner");
  EXPECT_EQ(inner.index, "member_id");
  EXPECT_EQ(inner.index_condition, "member_id = m.id");
  EXPECT_EQ(inner.filter, "(l.lent >= '2023-01-01 00:00:00')");
  EXPECT_DOUBLE_EQ(inner.rows, 1.68);
  EXPECT_DOUBLE_EQ(inner.rows_removed_by_filter, 7.5 - 1.68);
  EXPECT_DOUBLE_EQ(inner.loops, 1000);
  EXPECT_NEAR(*inner.filtered, 47.3, 0.1);
  EXPECT_NEAR(*inner.filtered_actual, 22.4, 0.1);
  EXPECT_DOUBLE_EQ(*plan.execution_ms, 18.1);
}

TEST(Tree, ClientsFramesAndEscapesAreNoPartOfIt) {
  const std::string framed =
      "+---+\n| EXPLAIN |\n+---+\n| -> Filter: (a.x = 1)  (cost=9 rows=3)\n"
      "    -> Table scan on a  (cost=9 rows=30)\n |\n+---+\n1 row in set\n";
  for (const std::string& text :
       {framed, std::string("EXPLAIN: -> Filter: (a.x = 1)  (cost=9 rows=3)\\n    -> Table scan on "
                            "a  (cost=9 rows=30)\\n")}) {
    const model::Plan plan = plan_of(text);
    EXPECT_EQ(plan.root.type, "Table scan");
    EXPECT_EQ(plan.root.relation, "a");
    EXPECT_DOUBLE_EQ(*plan.root.filtered, 10);
  }
}

TEST(Tree, SubqueriesOfTheSelectListGetARootOfTheirOwn) {
  const model::Plan plan = plan_of(
      "-> Filter: (m.`status` = 'barred')  (cost=4094 rows=13404) (actual time=0.05..6.2 rows=800 "
      "loops=1)\n"
      "    -> Table scan on m  (cost=4094 rows=40213) (actual time=0.04..4.6 rows=40000 loops=1)\n"
      "-> Select #2 (subquery in projection; dependent)\n"
      "    -> Aggregate: max(l.lent)  (cost=3.9 rows=1) (actual time=0.01..0.015 rows=1 "
      "loops=800)\n"
      "        -> Index lookup on l using member_id (member_id = m.id)  (cost=2.4 rows=6.8) (never "
      "executed)\n");
  EXPECT_EQ(plan.root.type, "Projection");
  EXPECT_DOUBLE_EQ(*plan.root.total_ms, 6.2 + 0.015 * 800);
  const PlanNode& subquery = plan.root.children.at(1);
  EXPECT_EQ(subquery.subplan_name, "Select #2");
  EXPECT_EQ(subquery.parent_relationship, "SubPlan");
  EXPECT_TRUE(subquery.dependent);
  EXPECT_EQ(subquery.type, "Aggregate");
  EXPECT_TRUE(subquery.children.at(0).executed);
  EXPECT_DOUBLE_EQ(subquery.children.at(0).loops, 0);
}

TEST(Tree, HashJoinsAndMerges) {
  const model::Plan plan = plan_of(
      "-> Left hash join (<hash>(l2.a)=<hash>(l1.a)), extra conditions: (l2.b > l1.b)  (cost=5 "
      "rows=9)\n"
      "    -> Filter: ((l2.id in (1,5)) or (l2.m = 77))  (cost=1 rows=2)\n"
      "        -> Deduplicate rows sorted by row ID  (cost=1 rows=2)\n"
      "            -> Index range scan on l2 using PRIMARY over (id = 1) OR (id = 5)  (cost=1 "
      "rows=1)\n"
      "            -> Index range scan on l2 using m over (m = 77)  (cost=1 rows=1)\n"
      "    -> Hash\n"
      "        -> Table scan on l1  (cost=2 rows=20)\n");
  EXPECT_EQ(plan.root.type, "Hash join");
  EXPECT_EQ(plan.root.join_type, "Left");
  EXPECT_EQ(plan.root.hash_condition, "((l2.a)=(l1.a))");
  EXPECT_EQ(plan.root.join_filter, "(l2.b > l1.b)");
  const PlanNode& merge = plan.root.children.at(0);
  EXPECT_EQ(merge.type, "Index merge");
  EXPECT_EQ(merge.relation, "l2");
  EXPECT_EQ(merge.index, "PRIMARY, m");
  EXPECT_EQ(merge.used_key_parts, (Names{"id", "m"}));
  EXPECT_EQ(merge.filter, "((l2.id IN (1,5)) OR (l2.m = 77))");
  EXPECT_EQ(plan.root.children.at(1).type, "Table scan");
  EXPECT_EQ(plan.root.children.at(1).parent_relationship, "Inner");
}

TEST(Tree, AStatementWithoutOneIsAnError) {
  const auto plan = parse("-> <not executable by iterator executor>\n");
  ASSERT_FALSE(plan.ok());
  EXPECT_NE(plan.error().hint.find("explain_json_format_version"), std::string::npos);
}

TEST(Version2, NamesAndFiguresComeFromTheirMembers) {
  const model::Plan plan = plan_of(
      R"json({"query": "select 'secret'", "query_plan": {"operation": "Filter: (l.fine > 2)",
      "condition": "(l.fine > 2)", "estimated_rows": 10.0, "estimated_total_cost": 8.5,
      "actual_rows": 4.0, "actual_loops": 1, "actual_last_row_ms": 3.5, "actual_first_row_ms": 0.5,
      "inputs": [{"operation": "Covering index skip scan on l using ki over 3 <= at <= 4",
      "table_name": "loans", "alias": "l", "schema_name": "lib", "index_name": "ki",
      "covering": true, "key_columns": ["kind", "at"], "estimated_rows": 100.0,
      "estimated_total_cost": 8.0, "actual_rows": 40.0, "actual_loops": 1,
      "actual_last_row_ms": 3.0, "actual_first_row_ms": 0.4}]}, "json_schema_version": "2.0"
})json");
  EXPECT_EQ(plan.root.type, "Index skip scan");
  EXPECT_EQ(plan.root.schema, "lib");
  EXPECT_EQ(plan.root.relation, "loans");
  EXPECT_EQ(plan.root.alias, "l");
  EXPECT_EQ(plan.root.used_key_parts, (Names{"kind", "at"}));
  EXPECT_DOUBLE_EQ(*plan.root.filtered, 10);
  EXPECT_DOUBLE_EQ(*plan.root.total_ms, 3.5);
  EXPECT_DOUBLE_EQ(plan.root.rows_removed_by_filter, 36);
}

constexpr std::string_view version_1 = R"json({"query_block": {"select_id": 1,
  "cost_info": {"query_cost": "6504.15"}, "ordering_operation": {"using_temporary_table": true,
  "using_filesort": true, "cost_info": {"sort_cost": "3212.74"}, "nested_loop": [
  {"table": {"table_name": "m", "access_type": "ref", "possible_keys": ["PRIMARY", "city"],
   "key": "city", "used_key_parts": ["city"], "key_length": "162", "ref": ["const"],
   "rows_examined_per_scan": 1000, "rows_produced_per_join": 1000, "filtered": "100.00",
   "cost_info": {"read_cost": "816.05", "eval_cost": "100.00", "prefix_cost": "916.05"}}},
  {"table": {"table_name": "l", "access_type": "ref", "possible_keys": ["member_id", "lent"],
   "key": "member_id", "used_key_parts": ["member_id"], "key_length": "4", "ref": ["lib.m.id"],
   "rows_examined_per_scan": 6, "rows_produced_per_join": 3212, "filtered": "47.34",
   "cost_info": {"read_cost": "1696.69", "eval_cost": "321.27", "prefix_cost": "3291.41"},
   "attached_condition": "(`lib`.`l`.`lent` >= TIMESTAMP'2023-01-01 00:00:00')"
}
}]
}
}
})json";

TEST(Version1, BlocksBecomeATreeOfJoins) {
  model::Plan plan = plan_of(version_1);
  EXPECT_EQ(plan.root.type, "Sort");
  EXPECT_TRUE(plan.root.temporary);
  EXPECT_DOUBLE_EQ(plan.root.total_cost, 6504.15);
  const PlanNode& join = plan.root.children.at(0);
  EXPECT_DOUBLE_EQ(join.total_cost, 3291.41);
  EXPECT_DOUBLE_EQ(join.plan_rows, 3212);
  const PlanNode& outer = join.children.at(0);
  EXPECT_EQ(outer.index_condition, "city = $1");
  EXPECT_EQ(outer.key_bytes, 162);
  EXPECT_EQ(outer.possible_indexes, (Names{"PRIMARY", "city"}));
  const PlanNode& inner = join.children.at(1);
  EXPECT_EQ(inner.index_condition, "member_id = m.id");
  EXPECT_NEAR(inner.total_cost, 2.018, 0.001);  // of one loop
  EXPECT_NEAR(inner.plan_rows, 2.84, 0.01);
  resolve_names(plan,
                "select `lib`.`m`.`id` AS `id` from `lib`.`loans` `l` join `lib`.`members` "
                "`m` where (`l`.`lent` >= 'from `x`.`y` `m`')");
  EXPECT_EQ(plan.root.children.at(0).children.at(0).relation, "members");
  EXPECT_EQ(plan.root.children.at(0).children.at(1).alias, "l");
  EXPECT_EQ(plan.root.children.at(0).children.at(1).schema, "lib");
}

TEST(Version1, JoinBuffersTemporaryTablesAndWrites) {
  const model::Plan join =
      plan_of(R"json({"query_block": {"nested_loop": [{"table": {"table_name": "a",
    "access_type": "ALL", "rows_examined_per_scan": 300, "rows_produced_per_join": 100,
    "filtered": "33.33", "attached_condition": "(`d`.`a`.`f` > 1)"}
}, {"table": {"table_name": "b",
    "access_type": "ALL", "rows_examined_per_scan": 50, "rows_produced_per_join": 500,
    "filtered": "10.00", "using_join_buffer": "hash join",
    "attached_condition": "((`d`.`b`.`x` = `d`.`a`.`x`) and (`d`.`b`.`y` = 3))"}}]
}
})json");
  EXPECT_EQ(join.root.type, "Hash join");
  EXPECT_EQ(join.root.join_filter, "(b.x = a.x)");
  EXPECT_EQ(join.root.children.at(0).relation, "b");
  EXPECT_EQ(join.root.children.at(0).filter, "(b.y = 3)");
  const model::Plan update = plan_of(R"json({"query_block": {"table": {"update": true,
    "table_name": "loans", "access_type": "range", "key": "branch", "rows_examined_per_scan": 9,
    "filtered": "100.00"}}})json");
  EXPECT_EQ(update.root.operation, "Update");
  EXPECT_EQ(update.root.children.at(0).access, "range");
  const model::Plan both =
      plan_of(R"json({"query_block": {"union_result": {"using_temporary_table": true,
    "query_specifications": [{"query_block": {"table": {"table_name": "a", "access_type": "const"}}},
    {"query_block": {"message": "Impossible WHERE"}}]}}})json");
  EXPECT_EQ(both.root.type, "Union");
  EXPECT_EQ(both.root.children.at(1).other.at("Detail"), "Impossible WHERE");
}

TEST(MariaDB, TablesHaveWhatReallyCame) {
  const model::Plan plan = plan_of(R"json({"query_optimization": {"r_total_time_ms": 0.5},
    "query_block": {"select_id": 1, "r_loops": 1, "r_total_time_ms": 33.4, "filesort": {
    "sort_key": "l.lent desc", "r_loops": 1, "r_total_time_ms": 0.06, "r_limit": 10,
    "r_used_priority_queue": true, "r_output_rows": 11, "temporary_table": {"nested_loop": [
    {"table": {"table_name": "m", "access_type": "ref", "key": "city", "key_length": "42",
     "used_key_parts": ["city"], "ref": ["const"], "r_loops": 1, "rows": 1000, "r_rows": 1000,
     "r_table_time_ms": 18, "r_other_time_ms": 0.5, "r_engine_stats": {"pages_accessed": 2004,
     "pages_read_count": 268, "pages_read_time_ms": 17.4}, "filtered": 100, "r_filtered": 100}},
    {"table": {"table_name": "l", "access_type": "ref", "key": "member_id", "r_loops": 1000,
     "rows": 4, "r_rows": 7.5, "r_table_time_ms": 14, "r_other_time_ms": 0.5, "filtered": 46,
     "r_filtered": 20, "attached_condition": "l.lent >= '2023-01-01'"}}]}}}})json");
  EXPECT_EQ(plan.root.type, "Sort");
  EXPECT_DOUBLE_EQ(*plan.root.total_ms, 33.4);
  EXPECT_DOUBLE_EQ(plan.root.rows, 11);
  EXPECT_EQ(plan.root.buffers->shared_read, 268);
  EXPECT_DOUBLE_EQ(*plan.planning_ms, 0.5);
  const PlanNode& join = plan.root.children.at(0).children.at(0);
  EXPECT_EQ(plan.root.children.at(0).type, "Temporary table");
  EXPECT_DOUBLE_EQ(*join.total_ms, 33);
  EXPECT_DOUBLE_EQ(join.rows, 1500);
  const PlanNode& inner = join.children.at(1);
  EXPECT_DOUBLE_EQ(*inner.total_ms, 0.0145);  // of one loop
  EXPECT_DOUBLE_EQ(inner.rows, 1.5);
  EXPECT_DOUBLE_EQ(inner.rows_removed_by_filter, 6);
  EXPECT_DOUBLE_EQ(*inner.filtered_actual, 20);
}

TEST(MariaDB, BlockNestedLoopsAndSubqueries) {
  const model::Plan plan = plan_of(R"json({"query_block": {"select_id": 1, "nested_loop": [
    {"table": {"table_name": "a", "access_type": "ALL", "rows": 300, "filtered": 10,
     "attached_condition": "!<in_optimizer>(a.id,a.id in (subquery#2))"}
},
    {"block-nl-join": {"table": {"table_name": "b", "access_type": "ALL", "rows": 50,
     "filtered": 100}, "buffer_type": "flat", "join_type": "BNL",
     "attached_condition": "b.x = a.x"}}],
    "subqueries": [{"expression_cache": {"state": "uninitialized", "query_block": {"select_id": 2,
     "table": {"table_name": "c", "access_type": "index_merge", "rows": 4, "filtered": 100,
      "index_merge": {"union": [{"range": {"key": "PRIMARY", "used_key_parts": ["id"]}},
       {"range": {"key": "k", "used_key_parts": ["m"]}}]}}}}}]
}
})json");
  EXPECT_EQ(plan.root.type, "Block nested loop join");
  EXPECT_EQ(plan.root.join_filter, "b.x = a.x");
  const PlanNode& outer = plan.root.children.at(0);
  EXPECT_EQ(outer.relation, "a");
  ASSERT_EQ(outer.children.size(), 1U);  // the condition names it
  EXPECT_EQ(outer.children.at(0).subplan_name, "Select #2");
  EXPECT_TRUE(outer.children.at(0).dependent);
  EXPECT_EQ(outer.children.at(0).index, "PRIMARY, k");
  EXPECT_EQ(outer.children.at(0).strategy, "Union");
}

TEST(Parse, WarningsBehindAPlanAreRead) {
  const std::string rows =
      "Warning\t1739\tCannot use ref access on index 'card' due to type or collation conversion on "
      "field 'card'\n"
      "Note\t1105\tCannot use key `card` part[0] for lookup: `m`.`card` of type `varchar` = "
      "\"secret\" of type `int`\n"
      "Note\t1003\t/* select#1 */ select 'secret' from `lib`.`loans` `l` join `lib`.`members` "
      "`m`\n";
  for (const std::string& text :
       {std::string(version_1) + "\n" + rows, std::string(tree_of_top_loans) + "\n" + rows,
        std::string(version_1) + "\n| " + text::replace_all(rows, "\t", " | ")}) {
    const model::Plan plan = plan_of(text);
    ASSERT_EQ(plan.warnings.size(), 2U);
    EXPECT_EQ(plan.warnings.at(0).code, 1739);
    EXPECT_NE(plan.warnings.at(0).message.find("index 'card'"), std::string::npos);
    EXPECT_EQ(plan.warnings.at(1).message.find("secret"), std::string::npos);
    EXPECT_EQ(plan.root.children.at(0).children.at(0).relation,
              plan.root.type == "Sort" ? "members" : "");
  }
}

TEST(Parse, WhatIsNoPlanIsAnError) {
  for (const std::string_view text :
       {"", "hello", R"json({"query_block": 3})json", R"json({"query_plan": {}})json",
        R"json({"query_block": {)json"}) {
    EXPECT_FALSE(parse(text).ok()) << text;
  }
  std::string deep = "{\"query_block\": ";
  for (int i = 0; i < 400; ++i) deep += "{\"query_block\": ";
  deep += "{}" + std::string(401, '}');
  EXPECT_FALSE(parse(deep).ok());
}

}  // namespace
}  // namespace whet::plans::mysql
