#include "plans/parse.h"

#include <string>

#include <gtest/gtest.h>

#include "model/json.h"

namespace whet::plans {
namespace {

model::Plan parsed(std::string_view text) {
  auto plan = parse(text);
  EXPECT_TRUE(plan.ok()) << (plan.ok() ? "" : plan.error().text());
  return plan.ok() ? std::move(plan).value() : model::Plan{};
}

TEST(ParseText, PsqlFramesAndNeverExecuted) {
  const auto plan = parsed(
      "shop=# explain analyze select 1;\n"
      "                       QUERY PLAN                      \n"
      "+------------------------------------------------------+\n"
      "| Nested Loop  (cost=0.28..9.30 rows=2 width=8) (actual time=0.1..0.2 rows=0 loops=1) |\n"
      "|   ->  Seq Scan on a  (cost=0.00..1.00 rows=2 width=4) (actual time=0.1..0.1 rows=0 "
      "loops=1) |\n"
      "|         Filter: (x > 3)                              |\n"
      "|         Rows Removed by Filter: 7                    |\n"
      "|   ->  Index Only Scan Backward using \"B key\" on public.\"B\" b  (cost=0.28..8.30 rows=1 "
      "width=4) (never executed) |\n"
      "|         Index Cond: (id = a.id)                      |\n"
      "|         Heap Fetches: 0                              |\n"
      "| Planning Time: 0.5 ms                                |\n"
      "| Execution Time: 0.9 ms                               |\n"
      "+------------------------------------------------------+\n"
      "(8 rows)\n");
  EXPECT_EQ(plan.root.type, "Nested Loop");
  EXPECT_EQ(plan.root.join_type, "Inner");
  ASSERT_EQ(plan.root.children.size(), 2U);
  const auto& scan = plan.root.children[0];
  EXPECT_EQ(scan.filter, "(x > 3)");
  EXPECT_EQ(scan.rows_removed_by_filter, 7);
  EXPECT_EQ(scan.parent_relationship, "Outer");
  const auto& lookup = plan.root.children[1];
  EXPECT_EQ(lookup.type, "Index Only Scan");
  EXPECT_EQ(lookup.scan_direction, "Backward");
  EXPECT_EQ(lookup.index, "B key");
  EXPECT_EQ(lookup.schema, "public");
  EXPECT_EQ(lookup.relation, "B");
  EXPECT_EQ(lookup.alias, "b");
  EXPECT_TRUE(lookup.executed);
  EXPECT_EQ(lookup.loops, 0);
  EXPECT_FALSE(lookup.total_ms.has_value());
  EXPECT_EQ(plan.planning_ms, 0.5);
  EXPECT_EQ(plan.execution_ms, 0.9);
}

TEST(ParseText, WorkersKeepTheirOwnFigures) {
  const auto plan = parsed(
      "Gather Merge  (cost=1.00..2.00 rows=10 width=4) (actual time=5.0..9.0 rows=30 loops=1)\n"
      "  Workers Planned: 2\n"
      "  Workers Launched: 2\n"
      "  ->  Sort  (cost=1.00..1.50 rows=5 width=4) (actual time=3.0..4.0 rows=10 loops=3)\n"
      "        Sort Key: a DESC, lower(b)\n"
      "        Sort Method: quicksort  Memory: 25kB\n"
      "        Buffers: shared hit=30\n"
      "        Worker 0:  actual time=2.5..3.5 rows=12 loops=1\n"
      "          Sort Method: external merge  Disk: 640kB\n"
      "          Buffers: shared hit=10\n"
      "        Worker 1:  Sort Method: quicksort  Memory: 30kB\n"
      "        ->  Parallel Seq Scan on t  (cost=0.00..1.00 rows=5 width=4) (actual time=0.1..1.0 "
      "rows=10 loops=3)\n");
  const auto& sort = plan.root.children.at(0);
  EXPECT_EQ(sort.sort_keys, (std::vector<std::string>{"a DESC", "lower(b)"}));
  EXPECT_EQ(sort.sort_space_type, "Memory");
  EXPECT_EQ(sort.sort_space_kb, 25);
  EXPECT_EQ(sort.buffers->shared_hit, 30);
  ASSERT_EQ(sort.workers.size(), 2U);
  EXPECT_EQ(sort.workers[0].total_ms, 3.5);
  EXPECT_EQ(sort.workers[0].sort_space_type, "Disk");
  EXPECT_EQ(sort.workers[0].sort_space_kb, 640);
  EXPECT_EQ(sort.workers[1].sort_space_kb, 30);
  EXPECT_TRUE(sort.children.at(0).parallel_aware);
  EXPECT_EQ(sort.children.at(0).type, "Seq Scan");
}

constexpr std::string_view everything =
    "Update on orders o  (cost=1.00..99.00 rows=0 width=0) (actual time=9.0..9.0 rows=0.00 "
    "loops=1)\n"
    "  Buffers: shared hit=12 read=3 dirtied=4 written=5, local hit=6, temp read=7 written=8\n"
    "  I/O Timings: shared read=1.500 write=0.500, local read=0.250, temp read=2.000 write=3.000\n"
    "  WAL: records=5 fpi=1 bytes=640\n"
    "  CTE recent\n"
    "    ->  Finalize HashAggregate  (cost=1.00..2.00 rows=5 width=8) (actual time=1.0..2.0 "
    "rows=5.00 loops=1)\n"
    "          Group Key: x, date_trunc('day'::text, at)\n"
    "          Planned Partitions: 4  Batches: 5  Memory Usage: 4145kB  Disk Usage: 880kB\n"
    "          ->  Bitmap Heap Scan on log  (cost=1.00..2.00 rows=5 width=8) (actual "
    "time=0.5..0.9 rows=50.50 loops=2)\n"
    "                Recheck Cond: (at > now())\n"
    "                Rows Removed by Index Recheck: 9\n"
    "                Heap Blocks: exact=100 lossy=20\n"
    "                ->  Bitmap Index Scan on log_at  (cost=0.00..1.00 rows=5 width=0) (actual "
    "time=0.1..0.1 rows=50.50 loops=2)\n"
    "                      Index Cond: (at > now())\n"
    "                      Index Searches: 3\n"
    "  InitPlan 2\n"
    "    ->  Result  (cost=0.00..0.01 rows=1 width=4) (actual time=0.001..0.001 rows=1.00 "
    "loops=1)\n"
    "  ->  Hash Right Anti Join  (cost=5.00..90.00 rows=1 width=6) (actual time=3.0..7.0 "
    "rows=10.00 loops=1)\n"
    "        Disabled: true\n"
    "        Hash Cond: (o.id = recent.x)\n"
    "        Join Filter: (o.note <> 'a: b\n"
    "Odd: line'::text)\n"
    "        ->  CTE Scan on recent  (cost=0.00..0.10 rows=5 width=8) (actual time=1.0..2.5 "
    "rows=5.00 loops=1)\n"
    "              Storage: Disk  Maximum Storage: 640kB\n"
    "        ->  Hash  (cost=2.00..2.00 rows=50 width=10) (actual time=1.0..1.0 rows=50.00 "
    "loops=1)\n"
    "              Buckets: 1024 (originally 512)  Batches: 4 (originally 1)  Memory Usage: 10kB\n"
    "              ->  Function Scan on pg_catalog.generate_series g  (cost=0.00..2.00 rows=50 "
    "width=10) (actual time=0.2..0.4 rows=50.00 loops=1)\n"
    "Settings: work_mem = '64kB', search_path = '\"$user\", public'\n"
    "Query Identifier: -77\n"
    "Planning:\n"
    "  Buffers: shared hit=40\n"
    "Planning Time: 1.250 ms\n"
    "Trigger for constraint fk_a on orders: time=4.500 calls=10\n"
    "Trigger audit: time=0.500 calls=2\n"
    "JIT:\n"
    "  Functions: 8\n"
    "  Options: Inlining false, Optimization false, Expressions true, Deforming true\n"
    "  Timing: Generation 0.5 ms (Deform 0.1 ms), Inlining 0.0 ms, Optimization 0.2 ms, Emission "
    "3.0 ms, Total 3.7 ms\n"
    "Execution Time: 15.000 ms\n";

TEST(ParseText, EveryKindOfLine) {
  const auto plan = parsed(everything);
  const auto& root = plan.root;
  EXPECT_EQ(root.type, "ModifyTable");
  EXPECT_EQ(root.operation, "Update");
  EXPECT_EQ(root.alias, "o");
  EXPECT_EQ(root.buffers->temp_written, 8);
  EXPECT_EQ(root.buffers->local_hit, 6);
  EXPECT_DOUBLE_EQ(root.buffers->read_ms, 1.75);
  EXPECT_DOUBLE_EQ(root.buffers->temp_write_ms, 3);
  EXPECT_EQ(root.other.at("WAL Bytes"), "640");
  ASSERT_EQ(root.children.size(), 3U);
  const auto& cte = root.children[0];
  EXPECT_EQ(cte.subplan_name, "CTE recent");
  EXPECT_EQ(cte.parent_relationship, "InitPlan");
  EXPECT_EQ(cte.strategy, "Hashed");
  EXPECT_EQ(cte.partial_mode, "Finalize");
  EXPECT_EQ(cte.hash_batches, 5);
  EXPECT_EQ(cte.disk_kb, 880);
  EXPECT_EQ(cte.group_keys.size(), 2U);
  const auto& heap = cte.children.at(0);
  EXPECT_EQ(heap.rows, 50.5);
  EXPECT_EQ(heap.lossy_heap_blocks, 20);
  EXPECT_EQ(heap.rows_removed_by_recheck, 9);
  EXPECT_EQ(heap.children.at(0).index, "log_at");
  EXPECT_EQ(heap.children.at(0).index_searches, 3);
  EXPECT_EQ(root.children[1].subplan_name, "InitPlan 2");
  const auto& join = root.children[2];
  EXPECT_EQ(join.type, "Hash Join");
  EXPECT_EQ(join.join_type, "Right Anti");
  EXPECT_EQ(join.parent_relationship, "Outer");
  EXPECT_TRUE(join.disabled);
  EXPECT_EQ(join.join_filter, "(o.note <> 'a: b Odd: line'::text)");
  EXPECT_EQ(join.children.at(0).cte, "recent");
  EXPECT_EQ(join.children.at(0).disk_kb, 640);
  const auto& hash = join.children.at(1);
  EXPECT_EQ(hash.hash_batches, 4);
  EXPECT_EQ(hash.original_hash_batches, 1);
  EXPECT_EQ(hash.hash_buckets, 1024);
  EXPECT_EQ(hash.children.at(0).function, "generate_series");
  EXPECT_EQ(plan.settings.at("search_path"), "\"$user\", public");
  EXPECT_EQ(plan.query_id, "-77");
  EXPECT_EQ(plan.planning_buffers->shared_hit, 40);
  ASSERT_EQ(plan.triggers.size(), 2U);
  EXPECT_EQ(plan.triggers[0].constraint, "fk_a");
  EXPECT_EQ(plan.triggers[0].relation, "orders");
  EXPECT_EQ(plan.triggers[1].name, "audit");
  EXPECT_EQ(plan.jit_functions, 8);
  EXPECT_EQ(plan.jit_ms, 3.7);
  EXPECT_EQ(plan.execution_ms, 15);
}

TEST(ParseText, LogsTabsQuotesAndUnicodeBoxes) {
  const auto logged = parsed(
      "2026-01-01 LOG:  duration: 3.1 ms  plan:\n"
      "\tQuery Text: select * from t\n"
      "\twhere a = 1\n"
      "\tLimit  (cost=0.00..1.00 rows=1 width=4)\n"
      "\t  ->  Seq Scan on t  (cost=0.00..9.00 rows=9 width=4)\n"
      "\t        Filter: (a = 1)\n");
  EXPECT_EQ(logged.root.type, "Limit");
  EXPECT_EQ(logged.root.children.at(0).filter, "(a = 1)");
  const auto csv = parsed(
      "QUERY PLAN\n"
      "Limit  (cost=0.00..1.00 rows=1 width=4)\n"
      "  ->  Seq Scan on t  (cost=0.00..9.00 rows=9 width=4)\n"
      "\"        Filter: (\"\"A b\"\" = 1)\"\n");
  EXPECT_EQ(csv.root.children.at(0).filter, "(\"A b\" = 1)");
  const auto boxed = parsed(
      "┌──────────────────────────────────────────┐\n"
      "│                QUERY PLAN                │\n"
      "├──────────────────────────────────────────┤\n"
      "│ Limit  (cost=0.00..1.00 rows=1 width=4)  │\n"
      "│   ->  Seq Scan on t  (cost=0.00..9.00 rows=9 width=4) │\n"
      "└──────────────────────────────────────────┘\n");
  EXPECT_EQ(boxed.root.children.size(), 1U);
}

TEST(ParseText, WithoutCostsOrTime) {
  const auto plan = parsed(
      " Limit\n"
      "   ->  Sort\n"
      "         Sort Key: a\n"
      "         ->  Seq Scan on t x (actual rows=3 loops=1)\n");
  EXPECT_EQ(plan.root.children.at(0).children.at(0).rows, 3);
  EXPECT_EQ(plan.root.children.at(0).children.at(0).alias, "x");
  EXPECT_FALSE(plan.root.executed);
}

TEST(ParseJson, ServerAndLogAndCsvAgreeWithEachOther) {
  const std::string json =
      "[{\"Plan\": {\"Node Type\": \"Gather\", \"Parallel Aware\": false, \"Total Cost\": 12.5, "
      "\"Plan Rows\": 4, \"Actual Rows\": 4, \"Actual Loops\": 1, \"Actual Startup Time\": 0.1, "
      "\"Actual Total Time\": 0.9, \"Workers Planned\": 1, \"Workers Launched\": 1, \"Plans\": "
      "[{\"Node Type\": \"Sort\", \"Sort Key\": [\"a\", \"b\"], \"Sort Space Used\": 25, \"Sort "
      "Space Type\": \"Disk\", \"Shared Hit Blocks\": 3, \"Shared I/O Read Time\": 1.5, \"Actual "
      "Rows\": 2, \"Actual Loops\": 2, \"Actual Total Time\": 0.4, \"Workers\": [{\"Worker "
      "Number\": 0, \"Actual Total Time\": 0.7, \"Actual Rows\": 3, \"Actual Loops\": 1}]}]}, "
      "\"Settings\": {\"work_mem\": \"1MB\"}, \"JIT\": {\"Functions\": 2, \"Timing\": {\"Total\": "
      "5.5}}, \"Triggers\": [{\"Trigger Name\": \"t\", \"Relation\": \"r\", \"Time\": 2, "
      "\"Calls\": 1}], \"Planning\": {\"Shared Hit Blocks\": 8}, \"Query Identifier\": -5, "
      "\"Execution Time\": 2.5}]";
  const auto plan = parsed(json);
  const auto& sort = plan.root.children.at(0);
  EXPECT_EQ(sort.sort_keys.size(), 2U);
  EXPECT_EQ(sort.buffers->shared_hit, 3);
  EXPECT_EQ(sort.buffers->read_ms, 1.5);
  EXPECT_EQ(sort.workers.at(0).total_ms, 0.7);
  EXPECT_EQ(plan.root.workers_launched, 1);
  EXPECT_EQ(plan.settings.at("work_mem"), "1MB");
  EXPECT_EQ(plan.jit_ms, 5.5);
  EXPECT_EQ(plan.triggers.at(0).name, "t");
  EXPECT_EQ(plan.planning_buffers->shared_hit, 8);
  EXPECT_EQ(plan.query_id, "-5");
  std::string doubled = "QUERY PLAN\n\"";
  std::string framed = "  QUERY PLAN  \n-----\n";
  for (const char c : json) {
    doubled += c == '"' ? "\"\"" : std::string(1, c);
    framed += c == ',' ? ",   +\n " : std::string(1, c);
  }
  const std::string expected = model::to_json(plan);
  EXPECT_EQ(model::to_json(parsed(doubled + "\"\n")), expected);
  EXPECT_EQ(model::to_json(parsed(framed + "\n(1 row)\n")), expected);
  EXPECT_EQ(model::to_json(parsed("LOG: duration: 3 ms plan:\n" + json.substr(1, json.size() - 2) +
                                  "\nLOG: next")),
            expected);
}

TEST(ParseJson, PsqlsWidestLineHasNoBlankBeforeItsMark) {
  const auto plan = parsed(
      "          QUERY PLAN           \n"
      "--------------------------------\n"
      " [                             +\n"
      "   {                           +\n"
      "     \"Plan\": {                 +\n"
      "       \"Node Type\": \"Seq Scan\",+\n"
      "       \"Relation Name\": \"t\"    +\n"
      "     }                         +\n"
      "   }                           +\n"
      " ]\n"
      "(1 row)\n");
  EXPECT_EQ(plan.root.relation, "t");
}

TEST(Parse, OneSentenceForGarbage) {
  for (const std::string_view text :
       {"", "  \n", "hello\nworld", "{\"a\": 1}", "{\"Plan\": {\"Node Type\": \"Seq", "[]",
        "<explain><Plan><Node-Type>Seq Scan</Node-Type></Plan></explain>", "Limit the rows to 10",
        "{\"Plan\": {}}"}) {
    const auto plan = parse(text);
    ASSERT_FALSE(plan.ok()) << text;
    EXPECT_EQ(plan.error().kind, ErrorKind::invalid);
    EXPECT_FALSE(plan.error().message.empty());
    EXPECT_FALSE(plan.error().hint.empty());
  }
}

TEST(Parse, NestingHasALimit) {
  std::string text = "Limit  (cost=0.00..1.00 rows=1 width=4)\n";
  for (std::size_t i = 1; i < 3000; ++i) {
    text += std::string(i, ' ') + "->  Limit  (cost=0.00..1.00 rows=1 width=4)\n";
  }
  ASSERT_FALSE(parse(text).ok());
}

}  // namespace
}  // namespace whet::plans
