#include "advise/query/plan_checks.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "plans/parse.h"

namespace whet::advise {
namespace {

std::vector<PlanFinding> found(const std::string& text, const Facts* facts = nullptr) {
  const auto plan = plans::parse(text);
  EXPECT_TRUE(plan.ok());
  return plan.ok() ? plan_findings(*plan, facts) : std::vector<PlanFinding>{};
}

bool has(const std::vector<PlanFinding>& findings, std::string_view id) {
  return std::any_of(findings.begin(), findings.end(),
                     [&](const PlanFinding& f) { return f.finding.id == id; });
}

std::string sort_in(const std::string& total_ms) {
  return "Nested Loop  (cost=0.00..900.00 rows=9 width=4) (actual time=1.0.." + total_ms +
         " rows=9 loops=1)\n"
         "  ->  Sort  (cost=0.00..90.00 rows=9 width=4) (actual time=1.0..20.0 rows=9 loops=1)\n"
         "        Sort Key: a\n"
         "        Sort Method: external merge  Disk: 640kB\n";
}

TEST(PlanChecks, SilentBelowATenthOfThePlan) {
  EXPECT_TRUE(has(found(sort_in("100.0")), "plan.external_sort"));
  EXPECT_FALSE(has(found(sort_in("300.0")), "plan.external_sort"));
}

TEST(PlanChecks, EstimatesAreCalledEstimates) {
  const auto findings = found(
      "Seq Scan on customers  (cost=0.00..9000.00 rows=100 width=4)\n"
      "  Filter: (lower((email)::text) = $1)\n");
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].finding.id, "plan.function_on_column");
  EXPECT_NE(findings[0].finding.detail.find("not run"), std::string::npos);
  EXPECT_DOUBLE_EQ(findings[0].share, 1.0);
}

TEST(PlanChecks, AnIndexOnTheExpressionSilences) {
  model::Snapshot snapshot;
  model::Table table;
  table.schema = "public";
  table.name = "customers";
  table.pages = 9000;
  table.row_estimate = 500000;
  model::Index index;
  model::IndexPart part;
  part.expression = "lower((email)::text)";
  index.parts = {part};
  table.indexes = {index};
  snapshot.schema.tables = {table};
  const Policy policy;
  const std::string plan =
      "Seq Scan on customers  (cost=0.00..9000.00 rows=100 width=4)\n"
      "  Filter: (lower((email)::text) = $1)\n";
  EXPECT_TRUE(found(plan, nullptr).size() == 1);
  const Facts facts(snapshot, policy);
  EXPECT_FALSE(has(found(plan, &facts), "plan.function_on_column"));
}

// A subquery for each of `runs` customers, of so many milliseconds each; next to nothing else.
std::string subquery_for_each(int runs, const std::string& run_ms, const std::string& total_ms) {
  const std::string loops = std::to_string(runs);
  return "Seq Scan on customers c  (cost=0.00..30.00 rows=" + loops +
         " width=16) (actual time=0.010.." + total_ms + " rows=" + loops +
         " loops=1)\n"
         "  SubPlan 1\n"
         "    ->  Aggregate  (cost=10.00..10.01 rows=1 width=8) (actual time=0.001.." +
         run_ms + " rows=1 loops=" + loops + ")\n";
}

TEST(PlanChecks, FewRunsOfASubqueryCountWhenEachIsSlow) {
  EXPECT_TRUE(has(found(subquery_for_each(50, "2.0", "110.0")), "plan.correlated_subplan"));
  EXPECT_FALSE(has(found(subquery_for_each(50, "2.0", "210.0")), "plan.correlated_subplan"));
  EXPECT_FALSE(has(found(subquery_for_each(50, "0.9", "50.0")), "plan.correlated_subplan"));
  EXPECT_FALSE(has(found(subquery_for_each(1, "2.0", "2.1")), "plan.correlated_subplan"));
  EXPECT_TRUE(has(found(subquery_for_each(1000, "0.02", "90.0")), "plan.correlated_subplan"));
}

TEST(PlanChecks, ACheapPlanIsLeftAlone) {
  EXPECT_TRUE(found("Index Scan using i on t  (cost=0.28..8.29 rows=1 width=4) (actual "
                    "time=0.01..0.02 rows=1 loops=1)\n  Index Cond: (id = 1)\nPlanning Time: 0.1 "
                    "ms\nExecution Time: 0.1 ms\n")
                  .empty());
}

}  // namespace
}  // namespace whet::advise
