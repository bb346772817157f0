// Joins, and subqueries that run once for each row.
#include <algorithm>
#include <string>

#include "advise/query/plan_context.h"
#include "base/text.h"

namespace whet::advise {
namespace {

using model::PlanNode;

/// A scan of the whole input under a nested loop, perhaps kept by a Materialize.
std::optional<std::size_t> full_inner_scan(const PlanContext& plan, std::size_t join) {
  auto inner = plan.input(join, 1);
  if (inner && plan.is(*inner, "Materialize")) inner = plan.input(*inner);
  if (!inner || !plan.full_scan(*inner)) return std::nullopt;
  return inner;
}

bool is_join(const PlanNode& node) {
  return node.type == "Nested Loop" || node.type == "Hash Join" || node.type == "Merge Join";
}

struct Removed {
  double rows = 0, part = 0;
};

Removed removed_by_join(const PlanContext& plan, std::size_t i) {
  const double removed = plan.node(i).rows_removed_by_join_filter * plan.figure(i).loops;
  const double all = removed + plan.figure(i).rows;
  return {removed, all > 0 ? removed / all : 0};
}

std::optional<Draft> nested_loop_blowup(const PlanContext& plan, std::size_t i) {
  if (!plan.nested_loop(i) || !plan.ran()) return {};
  const auto outer = plan.input(i, 0);
  const auto inner = plan.input(i, 1);
  if (!outer || !inner) return {};
  const double loops = plan.figure(*inner).loops;
  const double held = plan.share_below(*inner);
  if (loops < 1000 || plan.figure(*outer).estimate_ratio < 10 || held < 0.3) return {};
  Draft draft;
  draft.share = held;
  draft.title = "A nested loop runs its inner side " + rows_text(loops) +
                " times; it was planned "
                "for " +
                rows_text(plan.node(*outer).plan_rows);
  draft.detail =
      "The planner chose a nested loop because it expected few outer rows. Correct the estimate of "
      "the outer side (" +
      std::string(plan.says("ANALYZE, extended statistics", "ANALYZE TABLE, a histogram")) +
      ", a simpler condition); a hash join is likely better then.";
  draft.evidence = {plan_count("loops of the inner side", loops, "Actual Loops"),
                    plan_count("outer rows estimated", plan.node(*outer).plan_rows, "Plan Rows"),
                    plan_count("outer rows", plan.figure(*outer).rows, "Actual Rows"),
                    plan_fact("inner side", plan.label(*inner), "Node Type")};
  return draft;
}

std::optional<Draft> join_without_index(const PlanContext& plan, std::size_t i) {
  const bool compares = plan.is(i, "Nested Loop") || plan.is(i, "Block nested loop join");
  if (!compares || plan.node(i).join_filter.empty()) return {};
  const auto scan = full_inner_scan(plan, i);
  if (!scan) return {};
  const auto inner = plan.input(i, 1);
  const Removed removed = removed_by_join(plan, i);
  const double held = std::min(plan.share(i) + plan.share_below(*inner), 1.0);
  if (removed.rows < 10000 || removed.part <= 0.9 || held < least_share) return {};
  Draft draft;
  draft.share = held;
  draft.title = "A join compares every pair of rows: " + rows_text(removed.rows) +
                " pairs were compared in vain";
  draft.detail = "The inner table " + plan.node(*scan).relation +
                 " is read in full for each outer row, as no index serves " +
                 expression_text(plan.node(i).join_filter) +
                 ". An index on its column in this condition, or an equality that allows a hash "
                 "join (same types, no OR), avoids that.";
  draft.evidence = {
      plan_count("pairs removed", removed.rows, "Rows Removed by Join Filter x Actual Loops"),
      plan_count("rows joined", plan.figure(i).rows, "Actual Rows"),
      plan_fact("join filter", expression_text(plan.node(i).join_filter), "Join Filter")};
  return draft;
}

std::optional<Draft> join_filter(const PlanContext& plan, std::size_t i) {
  const PlanNode& node = plan.node(i);
  if (!is_join(node) || node.join_filter.empty() || plan.share(i) < least_share) return {};
  if (node.type == "Nested Loop" && full_inner_scan(plan, i)) return {};  // join_without_index
  const Removed removed = removed_by_join(plan, i);
  if (removed.rows < 10000 || removed.part <= 0.9) return {};
  Draft draft;
  draft.share = plan.share(i);
  draft.title = "A join makes " + rows_text(removed.rows) + " pairs and then throws away " +
                text::percent(removed.part);
  draft.detail =
      "The condition " + expression_text(node.join_filter) +
      " is checked only after the pairs are made. If it can become part of the key (an equality, a "
      "range with an index on it) the pairs are never made.";
  draft.evidence = {
      plan_count("pairs removed", removed.rows, "Rows Removed by Join Filter x Actual Loops"),
      plan_count("rows joined", plan.figure(i).rows, "Actual Rows"),
      plan_fact("join filter", expression_text(node.join_filter), "Join Filter")};
  return draft;
}

bool is_hashed(const PlanNode& parent, const std::string& name) {
  const std::string mark = "hashed " + name;
  for (const std::string* expression : {&parent.filter, &parent.join_filter}) {
    if (text::contains(*expression, mark)) return true;
  }
  for (const std::string& expression : parent.output) {
    if (text::contains(expression, mark)) return true;
  }
  return false;
}

/// A subquery is worth rewriting where its runs hold much of the plan. Few runs hold much of a
/// cheap plan, too: then each must do more than look up a few rows in an index, which a join would
/// do no better.
bool runs_hold_the_plan(const PlanContext& plan, std::size_t i, double loops) {
  const double held = plan.share_below(i);
  if (loops >= 1000 && held >= (plan.ran() ? 0.2 : 0.5)) return true;
  if (loops < 2 || held < 0.5) return false;
  constexpr double costly_run = 100;  // of the planner's units: 25 random pages by default
  constexpr double slow_run_ms = 1;
  const model::PlanNode& node = plan.node(i);
  return plan.figures().timed ? node.total_ms.value_or(0) >= slow_run_ms
                              : node.total_cost >= costly_run;
}

std::optional<Draft> correlated_subplan(const PlanContext& plan, std::size_t i) {
  const PlanNode& node = plan.node(i);
  const PlanNode* parent = plan.parent(i);
  if (node.parent_relationship != "SubPlan" || parent == nullptr) return {};
  if (node.type == "Memoize" || node.type == "Materialize") return {};
  if (is_hashed(*parent, node.subplan_name)) return {};
  if (plan.mysql() && !node.dependent) return {};
  const double loops = plan.ran()     ? plan.figure(i).loops
                       : plan.mysql() ? plan.runs(i)
                                      : parent->plan_rows;
  const double held = plan.share_below(i);
  if (!runs_hold_the_plan(plan, i, loops)) return {};
  Draft draft;
  draft.share = held;
  draft.title = "A subquery runs " + rows_text(loops) + " times, once for each row" +
                (plan.ran() ? "" : " (estimated)");
  draft.detail =
      "It depends on the row of the outer query, so it cannot be computed once. Rewrite it as a "
      "join or LATERAL with grouping, or make sure that an index makes each run cheap.";
  draft.evidence = {plan_count("runs", loops, plan.ran() ? "Actual Loops" : "Plan Rows"),
                    plan_fact("subquery", node.subplan_name, "Subplan Name"),
                    plan_fact("run by", plan.label(*plan.figure(i).parent), "Node Type")};
  return draft;
}

std::optional<Draft> memoize_misses(const PlanContext& plan, std::size_t i) {
  const PlanNode& node = plan.node(i);
  const auto asked = static_cast<double>(node.cache_hits + node.cache_misses);
  if (node.type != "Memoize" || asked < 1000 || plan.share_below(i) < least_share) return {};
  const double missed = static_cast<double>(node.cache_misses) / asked;
  const bool pressed = node.cache_evictions + node.cache_overflows > 0;
  // PG-PLAN-011 with P24: useless in any case, or made useless by its size.
  if (missed <= 0.9 && !(pressed && missed > 0.5)) return {};
  Draft draft;
  draft.share = plan.share_below(i);
  draft.title = "A cache of looked-up rows misses " + text::percent(missed) + " of the time";
  draft.detail =
      pressed ? "Entries were thrown out because the cache is full. Try a larger work_mem for this "
                "query."
              : "Nearly every key is new, so remembering does not help. Try the query with "
                "enable_memoize = off; if it is faster, the planner's estimate of distinct keys is "
                "wrong (n_distinct).";
  draft.evidence = {
      plan_count("hits", static_cast<double>(node.cache_hits), "Cache Hits"),
      plan_count("misses", static_cast<double>(node.cache_misses), "Cache Misses"),
      plan_count("thrown out", static_cast<double>(node.cache_evictions), "Cache Evictions"),
      plan_fact("key", node.cache_key, "Cache Key")};
  return draft;
}

}  // namespace

std::vector<PlanCheck> join_plan_checks() {
  using model::Severity;
  return {
      {{"plan.nested_loop_blowup", Severity::high,
        "A nested loop runs many times more than was planned",
        "A loop that is right for ten rows is wrong for ten thousand.",
        "fewer than 1,000 loops, an estimate right within ten times, under 30 % of the plan; not "
        "without ANALYZE",
        "queries study P08"},
       nested_loop_blowup},
      {{"plan.join_without_index", Severity::high, "A join compares every pair of rows",
        "Its cost grows with the product of both tables.",
        "fewer than 10,000 pairs or 90 % of them removed, under 10 % of the plan",
        "queries study P09"},
       join_without_index},
      {{"plan.join_filter", Severity::medium, "A join throws most of its pairs away",
        "Pairs are made, compared and thrown away.",
        "fewer than 10,000 pairs or 90 % of them removed, under 10 % of the plan",
        "queries study P26"},
       join_filter},
      {{"plan.correlated_subplan", Severity::high, "A subquery runs once for each row",
        "Its cost is multiplied by the rows of the outer query.",
        "hashed or memoised subqueries, a single run, under half of the plan (from 1,000 actual "
        "runs on, under 20 %); fewer than 1,000 runs of under 1 ms (or an estimated cost of 100)",
        "queries study P10; checks list PG-PLAN-010"},
       correlated_subplan},
      {{"plan.memoize_misses", Severity::low, "A cache of looked-up rows hardly ever hits",
        "Remembering rows that are not asked for again costs more than it gives.",
        "fewer than 1,000 lookups, more than half hits, under 10 % of the plan",
        "queries study P24; checks list PG-PLAN-011"},
       memoize_misses},
  };
}

}  // namespace whet::advise
