// Every expectation here was worked out by hand from the figures in the plan above it.
#include "plans/arithmetic.h"

#include <string_view>

#include <gtest/gtest.h>

#include "plans/parse.h"
#include "plans/shape.h"

namespace whet::plans {
namespace {

model::Plan parsed(std::string_view text) {
  auto plan = parse(text);
  EXPECT_TRUE(plan.ok());
  return plan.ok() ? std::move(plan).value() : model::Plan{};
}

TEST(Arithmetic, LoopsMultiplyAndChildrenAreTakenOff) {
  const auto plan = parsed(
      "Nested Loop  (cost=0.00..335.20 rows=1000 width=8) (actual time=1.0..100.0 rows=500 "
      "loops=1)\n"
      "  Buffers: shared hit=900 read=100\n"
      "  ->  Seq Scan on t2  (cost=0.00..14.00 rows=1000 width=4) (actual time=0.5..10.0 rows=1000 "
      "loops=1)\n"
      "        Buffers: shared hit=0 read=100\n"
      "  ->  Index Scan using i on t1  (cost=0.00..0.30 rows=1 width=4) (actual time=0.05..0.08 "
      "rows=20 loops=1000)\n"
      "        Buffers: shared hit=850\n");
  const auto f = measure(plan);
  EXPECT_TRUE(f.ran && f.timed);
  EXPECT_DOUBLE_EQ(f.total_ms, 100);
  EXPECT_DOUBLE_EQ(f.nodes[2].inclusive_ms, 80);
  EXPECT_DOUBLE_EQ(f.nodes[0].exclusive_ms, 10);
  EXPECT_DOUBLE_EQ(f.nodes[0].exclusive_blocks, 50);
  EXPECT_EQ(f.nodes[0].own.shared_hit, 50);
  EXPECT_EQ(f.nodes[0].own.shared_read, 0);
  EXPECT_DOUBLE_EQ(f.nodes[2].rows, 20000);
  EXPECT_DOUBLE_EQ(f.nodes[2].plan_rows, 1000);
  EXPECT_DOUBLE_EQ(f.nodes[2].estimate_ratio, 20);
  EXPECT_DOUBLE_EQ(f.nodes[0].estimate_factor(), 2);
  EXPECT_DOUBLE_EQ(f.share(2), 0.85);  // of blocks, more than the 0.8 of time
  // Cost: 14 for the outer side, 1000 x 0.30 for the inner, the rest is the loop's own.
  EXPECT_DOUBLE_EQ(f.nodes[2].inclusive_cost, 300);
  EXPECT_NEAR(f.nodes[0].exclusive_cost, 21.2, 1e-9);
}

TEST(Arithmetic, ParallelTimesAreDividedByWhoTookPart) {
  // Two workers and the leader ran the scan: 30 ms on average each.
  const auto plan = parsed(
      "Gather  (cost=0.00..10.00 rows=30 width=4) (actual time=1.0..35.0 rows=30 loops=1)\n"
      "  Workers Planned: 4\n"
      "  Workers Launched: 2\n"
      "  ->  Nested Loop  (cost=0.00..9.00 rows=10 width=4) (actual time=1.0..30.0 rows=10 "
      "loops=3)\n"
      "        ->  Parallel Seq Scan on t  (cost=0.00..5.00 rows=10 width=4) (actual "
      "time=1.0..20.0 "
      "rows=10 loops=3)\n"
      "        ->  Index Scan using i on u  (cost=0.00..0.30 rows=1 width=4) (actual "
      "time=0.1..0.2 rows=1 loops=30)\n");
  const auto f = measure(plan);
  EXPECT_DOUBLE_EQ(f.nodes[1].inclusive_ms, 30);
  EXPECT_DOUBLE_EQ(f.nodes[0].exclusive_ms, 5);
  EXPECT_DOUBLE_EQ(f.nodes[2].rows, 30);
  EXPECT_DOUBLE_EQ(f.nodes[3].inclusive_ms, 2);  // 30 x 0.2 in three processes
  EXPECT_DOUBLE_EQ(f.nodes[1].exclusive_ms, 8);
}

TEST(Arithmetic, WithoutLeaderAndWithSlowestWorker) {
  // parallel_leader_participation = off: two loops, two workers.
  const auto alone = parsed(
      "Gather  (cost=0.00..10.00 rows=30 width=4) (actual time=1.0..35.0 rows=30 loops=1)\n"
      "  Workers Launched: 2\n"
      "  ->  Parallel Seq Scan on t  (cost=0.00..9.00 rows=10 width=4) (actual time=1.0..20.0 "
      "rows=15 loops=2)\n");
  EXPECT_DOUBLE_EQ(measure(alone).nodes[1].inclusive_ms, 20);
  // Sum 3 x 20 = 60; workers 10 and 32; the leader 18: the slowest counts.
  const auto verbose = parsed(
      "Gather  (cost=0.00..10.00 rows=30 width=4) (actual time=1.0..35.0 rows=30 loops=1)\n"
      "  Workers Launched: 2\n"
      "  ->  Parallel Seq Scan on t  (cost=0.00..9.00 rows=10 width=4) (actual time=1.0..20.0 "
      "rows=10 loops=3)\n"
      "        Worker 0:  actual time=1.0..10.0 rows=5 loops=1\n"
      "        Worker 1:  actual time=1.0..32.0 rows=15 loops=1\n");
  EXPECT_DOUBLE_EQ(measure(verbose).nodes[1].inclusive_ms, 32);
  EXPECT_DOUBLE_EQ(measure(verbose).nodes[0].exclusive_ms, 3);
}

TEST(Arithmetic, AppendBranchThatOneProcessRan) {
  // A branch of a Parallel Append with one loop was run by one process: nothing to divide.
  const auto plan = parsed(
      "Gather  (cost=0.00..10.00 rows=30 width=4) (actual time=1.0..50.0 rows=30 loops=1)\n"
      "  Workers Launched: 1\n"
      "  ->  Parallel Append  (cost=0.00..9.00 rows=10 width=4) (actual time=1.0..45.0 rows=15 "
      "loops=2)\n"
      "        ->  Seq Scan on a  (cost=0.00..5.00 rows=10 width=4) (actual time=1.0..40.0 "
      "rows=30 loops=1)\n");
  EXPECT_DOUBLE_EQ(measure(plan).nodes[2].inclusive_ms, 40);
}

TEST(Arithmetic, CteIsTakenFromItsFirstReaderOnly) {
  const auto plan = parsed(
      "Hash Join  (cost=9.00..20.00 rows=10 width=4) (actual time=50.0..70.0 rows=10 loops=1)\n"
      "  CTE c\n"
      "    ->  Seq Scan on t  (cost=0.00..9.00 rows=10 width=4) (actual time=1.0..45.0 rows=100 "
      "loops=1)\n"
      "  ->  CTE Scan on c  (cost=0.00..2.00 rows=10 width=4) (actual time=0.1..5.0 rows=100 "
      "loops=1)\n"
      "  ->  Hash  (cost=2.00..2.00 rows=10 width=4) (actual time=52.0..52.0 rows=100 loops=1)\n"
      "        ->  CTE Scan on c c_1  (cost=0.00..2.00 rows=10 width=4) (actual time=1.0..49.0 "
      "rows=100 loops=1)\n");
  const auto f = measure(plan);
  EXPECT_DOUBLE_EQ(f.nodes[1].exclusive_ms, 45);
  EXPECT_DOUBLE_EQ(f.nodes[4].exclusive_ms, 4);   // 49 - 45
  EXPECT_DOUBLE_EQ(f.nodes[2].exclusive_ms, 5);   // did not evaluate it
  EXPECT_DOUBLE_EQ(f.nodes[0].exclusive_ms, 13);  // 70 - 5 - 52
  double sum = 0;
  for (const auto& node : f.nodes) sum += node.exclusive_ms;
  EXPECT_DOUBLE_EQ(sum, 70);
}

TEST(Arithmetic, InitPlanIsTakenFromWhoNamesIt) {
  for (const std::string_view version : {"InitPlan 1 (returns $0)", "InitPlan 1"}) {
    const std::string mark = version.size() > 10 ? "$0" : "(InitPlan 1).col1";
    const auto plan = parsed(
        "Sort  (cost=9.00..20.00 rows=10 width=4) (actual time=99.0..100.0 "
        "rows=10 loops=1)\n"
        "  " +
        std::string(version) +
        "\n"
        "    ->  Aggregate  (cost=0.00..9.00 rows=1 width=4) (actual "
        "time=60.0..60.0 rows=1 loops=1)\n"
        "  ->  Seq Scan on t  (cost=0.00..2.00 rows=10 width=4) (actual "
        "time=60.0..90.0 rows=100 loops=1)\n"
        "        Filter: (x = " +
        mark + ")\n");
    const auto f = measure(plan);
    EXPECT_DOUBLE_EQ(f.nodes[0].exclusive_ms, 10);
    EXPECT_DOUBLE_EQ(f.nodes[2].exclusive_ms, 30);
    EXPECT_DOUBLE_EQ(f.nodes[1].exclusive_ms, 60);
  }
}

TEST(Arithmetic, NeverExecutedCountsNothingAndNoiseIsClamped) {
  const auto plan = parsed(
      "Append  (cost=0.00..20.00 rows=10 width=4) (actual time=1.0..10.0 rows=10 loops=1)\n"
      "  ->  Seq Scan on a  (cost=0.00..9.00 rows=10 width=4) (actual time=1.0..10.5 rows=10 "
      "loops=1)\n"
      "  ->  Seq Scan on b  (cost=0.00..9.00 rows=1000 width=4) (never executed)\n");
  const auto f = measure(plan);
  EXPECT_DOUBLE_EQ(f.nodes[0].exclusive_ms, 0);
  EXPECT_DOUBLE_EQ(f.clamped_ms, 0.5);
  EXPECT_FALSE(f.nodes[2].ran);
  EXPECT_DOUBLE_EQ(f.nodes[2].inclusive_ms, 0);
  EXPECT_DOUBLE_EQ(f.nodes[2].estimate_factor(), 1);
}

TEST(Arithmetic, CostOfALimitIsNotMoreThanItsOwn) {
  const auto plan = parsed(
      "Limit  (cost=0.00..0.08 rows=2 width=36)\n"
      "  ->  Index Scan using w on x  (cost=0.00..5770.49 rows=149976 width=36)\n");
  const auto f = measure(plan);
  EXPECT_FALSE(f.ran);
  EXPECT_DOUBLE_EQ(f.nodes[1].inclusive_cost, 0.08);
  EXPECT_DOUBLE_EQ(f.share(1), 1);
  EXPECT_DOUBLE_EQ(f.share(0), 0);
}

TEST(Shape, FiguresDoNotCountButIndexesAndOrderDo) {
  const auto one = parsed(
      "Hash Join  (cost=1.00..2.00 rows=1 width=4)\n  ->  Seq Scan on a  (cost=0.00..1.00 rows=1 "
      "width=4)\n  ->  Index Scan using i on b  (cost=0.00..1.00 rows=1 width=4)\n");
  auto other = one;
  other.root.total_cost = 99;
  other.root.children[0].filter = "(x = 1)";
  EXPECT_EQ(shape_hash(one), shape_hash(other));
  EXPECT_EQ(shape_text(one), "Hash Join(Seq Scan a, Index Scan i b)");
  other.root.children[1].index = "j";
  EXPECT_NE(shape_hash(one), shape_hash(other));
  auto swapped = one;
  std::swap(swapped.root.children[0], swapped.root.children[1]);
  EXPECT_NE(shape_hash(one), shape_hash(swapped));
}

}  // namespace
}  // namespace whet::plans
