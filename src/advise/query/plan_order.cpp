// Order, limits, windows and duplicates.
#include <algorithm>
#include <cmath>
#include <string>

#include "advise/query/plan_context.h"
#include "base/text.h"

namespace whet::advise {
namespace {

using model::PlanNode;

/// Nodes that hand rows on without changing which or how many.
bool passes_on(const PlanNode& node) {
  return node.type == "Result" || node.type == "Stream results" || node.type == "Projection" ||
         node.type == "ProjectSet" || node.type == "LockRows" ||
         (node.type == "Subquery Scan" && node.filter.empty()) || node.type == "Gather Merge" ||
         node.type == "Gather";
}

std::optional<std::size_t> input_behind(const PlanContext& plan, std::size_t i) {
  auto at = plan.input(i);
  // MariaDB sorts what it has put into a temporary table.
  while (at && (passes_on(plan.node(*at)) || plan.is(*at, "Temporary table"))) at = plan.input(*at);
  return at;
}

std::optional<Draft> limit_filters_index(const PlanContext& plan, std::size_t i) {
  if (!plan.is(i, "Limit")) return {};
  const auto scan = input_behind(plan, i);
  if (!scan) return {};
  const PlanNode& node = plan.node(*scan);
  const bool ordered = node.type == "Index Scan" || node.type == "Index Only Scan" ||
                       node.type == "Index scan" || node.type == "Index range scan" ||
                       node.type == "Index lookup";
  if (!ordered) return {};
  const double removed = plan.removed_by_filter(*scan);
  const double kept = plan.figure(*scan).rows;
  if (removed < 10000 || removed < 100 * std::max(kept, 1.0)) return {};
  if (plan.share_below(*scan) < least_share) return {};
  Draft draft;
  draft.share = plan.share_below(*scan);
  draft.title = "To return " + rows_text(kept) + " rows in order, " + rows_text(removed) +
                " rows of " + node.relation + " were read and thrown away";
  draft.detail =
      "The planner walks the index " + node.index +
      " in the wanted order and hopes to meet rows that pass the filter soon; here it met them "
      "late. An index on the filtered columns first and the order second returns them at once. To "
      "try: " +
      std::string(plan.says("add + 0 to the ORDER BY expression, which takes this index away.",
                            "the hint NO_ORDER_INDEX or optimizer_switch = "
                            "'prefer_ordering_index=off' (MySQL 8.0.21), which take this index "
                            "away."));
  draft.evidence = {plan_count("rows removed by the filter", removed, "Rows Removed by Filter"),
                    plan_count("rows returned", kept, "Actual Rows"),
                    plan_fact("filter", expression_text(node.filter), "Filter")};
  return draft;
}

bool sorts_by_plain_columns(const PlanNode& sort) {
  return !sort.sort_keys.empty() &&
         std::all_of(sort.sort_keys.begin(), sort.sort_keys.end(), [](const std::string& key) {
           const auto parsed = plans::parse_expression(key);
           return parsed && plans::has_column(*parsed) &&
                  plans::find_in(*parsed, [](const plans::Expr& e) {
                    return e.kind == plans::ExprKind::call;
                  }) == nullptr;
         });
}

/// MariaDB prints the limit with the sort.
std::optional<std::size_t> limited_sort(const PlanContext& plan, std::size_t i) {
  if (plan.is(i, "Limit")) return input_behind(plan, i);
  const PlanNode* parent = plan.parent(i);
  const bool alone = parent == nullptr || parent->type != "Limit";
  if (plan.mysql() && plan.is(i, "Sort") && plan.node(i).other.contains("Limit") && alone) return i;
  return std::nullopt;
}

std::optional<Draft> sort_for_limit(const PlanContext& plan, std::size_t i) {
  const auto sort = limited_sort(plan, i);
  if (!sort || !plan.is(*sort, "Sort") || !sorts_by_plain_columns(plan.node(*sort))) return {};
  const auto scan = input_behind(plan, *sort);
  if (!scan || plan.node(*scan).relation.empty()) return {};
  const double sorted = plan.rows(*scan);
  const double returned = plan.rows(i);
  if (sorted < 10000 || returned > 0.1 * sorted || plan.share_below(*sort) < least_share) return {};
  Draft draft;
  draft.share = plan.share_below(*sort);
  draft.title = rows_text(sorted) + " rows of " + plan.node(*scan).relation +
                " are read and sorted to return " + rows_text(returned);
  draft.detail =
      "An index whose last columns are the sort key (after the columns that are compared for "
      "equality) delivers the rows in order, and the LIMIT stops after the first ones.";
  draft.evidence = {
      plan_count("rows sorted", sorted, plan.ran() ? "Actual Rows" : "Plan Rows"),
      plan_count("rows returned", returned, plan.ran() ? "Actual Rows" : "Plan Rows"),
      plan_fact("sort key", text::shorten(text::join(plan.node(*sort).sort_keys, ", "), 80),
                "Sort Key")};
  return draft;
}

/// The rows that a LIMIT skips. From estimates: the planner adds the skipped part of the input's
/// cost to the Limit's startup cost (adjust_limit_rows_costs in PostgreSQL), which is undone here.
double skipped_rows(const PlanContext& plan, std::size_t limit, std::size_t input) {
  if (plan.ran()) return plan.figure(input).rows - plan.figure(limit).rows;
  if (plan.mysql()) {
    const auto offset = plan.node(limit).other.find("Offset");
    return offset == plan.node(limit).other.end() ? 0 : text::to_double(offset->second).value_or(0);
  }
  const PlanNode& child = plan.node(input);
  const double run = child.total_cost - child.startup_cost;
  if (run <= 0) return 0;
  const double part = (plan.node(limit).startup_cost - child.startup_cost) / run;
  // An OFFSET that is a parameter is taken for a tenth of the rows: that is no knowledge.
  return std::abs(part - 0.1) < 0.002 ? 0 : part * child.plan_rows;
}

std::optional<Draft> deep_offset(const PlanContext& plan, std::size_t i) {
  if (!plan.is(i, "Limit")) return {};
  const auto input = plan.input(i);
  if (!input || plan.share_below(*input) < least_share) return {};
  const double skipped = skipped_rows(plan, i, *input);
  // PG-PLAN-023. A parallel LIMIT's children overshoot a little; ten times is no overshoot.
  if (skipped < 10000 || skipped < 10 * plan.rows(i)) return {};
  if (plan.is(*input, "Gather") || plan.is(*input, "Gather Merge")) return {};
  Draft draft;
  draft.share = plan.share_below(*input);
  draft.title = "OFFSET skips " + rows_text(skipped) + " rows to return " +
                rows_text(plan.rows(i)) + (plan.ran() ? "" : " (estimated)");
  draft.detail =
      "Skipped rows are computed like returned ones, so each further page is slower. Remember the "
      "last key of the page and ask for rows beyond it (WHERE (a, id) > ($1, $2) ORDER BY a, id "
      "LIMIT n).";
  draft.evidence = {
      plan_count("rows skipped", skipped,
                 plan.ran()     ? "Actual Rows of the input less those of the Limit"
                 : plan.mysql() ? "Offset"
                                : "Startup Cost of the Limit"),
      plan_count("rows returned", plan.rows(i), plan.ran() ? "Actual Rows" : "Plan Rows")};
  return draft;
}

std::optional<Draft> random_order(const PlanContext& plan, std::size_t i) {
  const PlanNode& node = plan.node(i);
  if (node.type != "Sort" || plan.share_below(i) < least_share) return {};
  const auto input = plan.input(i);
  if (!input || plan.rows(*input) < 10000) return {};
  for (const std::string& key : node.sort_keys) {
    const auto parsed = plans::parse_expression(key);
    if (!parsed || plans::find_in(*parsed, [](const plans::Expr& e) {
                     return e.kind == plans::ExprKind::call &&
                            (e.name == "random" || e.name == "gen_random_uuid" ||
                             e.name == "rand" || e.name == "uuid");
                   }) == nullptr) {
      continue;
    }
    Draft draft;
    draft.share = plan.share_below(i);
    draft.title = "ORDER BY " + std::string(plan.says("random()", "RAND()")) + " sorts " +
                  rows_text(plan.rows(*input)) + " rows";
    draft.detail = "Every row gets a random number and all are sorted. " +
                   std::string(plan.says("TABLESAMPLE, or a", "A")) +
                   " random starting point in a key with an index, picks rows without reading the "
                   "table.";
    draft.evidence = {
        plan_count("rows sorted", plan.rows(*input), plan.ran() ? "Actual Rows" : "Plan Rows"),
        plan_fact("sort key", key, "Sort Key")};
    return draft;
  }
  return {};
}

std::optional<Draft> window_filtered_late(const PlanContext& plan, std::size_t i) {
  const PlanNode& node = plan.node(i);
  const auto window = plan.input(i);
  if (node.type != "Subquery Scan" || !window || !plan.is(*window, "WindowAgg")) return {};
  if (plan.node(*window).other.contains("Run Condition")) return {};
  const double removed = plan.removed_by_filter(i);
  if (removed < 10000 || removed < 9 * plan.figure(i).rows) return {};
  if (plan.share_below(*window) < least_share) return {};
  Draft draft;
  draft.share = plan.share_below(*window);
  draft.title = "A window function numbers " + rows_text(removed + plan.figure(i).rows) +
                " rows, of which the filter keeps " + rows_text(plan.figure(i).rows);
  draft.detail =
      "To get the first rows of each group, a LATERAL subquery with ORDER BY and LIMIT and an "
      "index "
      "on (group, order) reads only these. From PostgreSQL 15 on, a filter such as rn <= 3 on "
      "row_number() alone stops each group early by itself.";
  draft.evidence = {plan_count("rows removed", removed, "Rows Removed by Filter"),
                    plan_count("rows kept", plan.figure(i).rows, "Actual Rows"),
                    plan_fact("filter", expression_text(node.filter), "Filter")};
  return draft;
}

std::optional<Draft> cte_filtered_late(const PlanContext& plan, std::size_t i) {
  const PlanNode& node = plan.node(i);
  if (node.type != "CTE Scan" || node.filter.empty()) return {};
  const double removed = plan.removed_by_filter(i);
  if (removed < 10000 || removed < 9 * plan.figure(i).rows) return {};
  if (plan.share_below(i) < least_share) return {};
  Draft draft;
  draft.share = plan.share_below(i);
  draft.title = "The CTE " + node.cte + " computes " + rows_text(removed + plan.figure(i).rows) +
                " rows, of which the filter keeps " + rows_text(plan.figure(i).rows);
  draft.detail =
      "A CTE that is used twice or is MATERIALIZED is computed in full before the filter. Put the "
      "condition inside it, or say NOT MATERIALIZED so that the planner can.";
  draft.evidence = {plan_count("rows removed", removed, "Rows Removed by Filter"),
                    plan_count("rows kept", plan.figure(i).rows, "Actual Rows"),
                    plan_fact("filter", expression_text(node.filter), "Filter")};
  return draft;
}

/// What removes duplicates reads from an Append of different queries.
bool unites_queries(const PlanContext& plan, std::size_t append) {
  const auto& children = plan.figure(append).children;
  if (!plan.is(append, "Append") || children.size() < 2) return false;
  // Partitions of one table have names, but queries of a UNION have too: partitions share an alias
  // with a number ("o_1").
  return std::none_of(children.begin(), children.end(), [&](std::size_t child) {
    const PlanNode& node = plan.node(child);
    return node.alias != node.relation && !node.alias.empty() && node.alias.back() >= '0' &&
           node.alias.back() <= '9';
  });
}

Draft union_draft(double in, double out, double held, std::string_view source) {
  Draft draft;
  draft.share = std::min(held, 1.0);
  draft.title =
      "UNION looks for duplicates in " + rows_text(in) + " rows and found " + rows_text(in - out);
  draft.detail =
      "If the queries cannot return the same row (different constants, disjoint ranges), or "
      "duplicates do not matter, UNION ALL does without the sorting or hashing.";
  draft.evidence = {plan_count("rows in", in, source), plan_count("rows out", out, "Actual Rows")};
  return draft;
}

std::optional<Draft> mysql_union_without_duplicates(const PlanContext& plan, std::size_t i) {
  const bool unites = plan.is(i, "Union") && plan.node(i).strategy == "Deduplication";
  if (!unites || !plan.figure(i).ran || plan.share(i) < least_share) return {};
  double in = 0;
  for (const std::size_t child : plan.figure(i).children) in += plan.figure(child).rows;
  const double out = plan.figure(i).rows;
  if (in < 10000 || out < 0.99 * in) return {};
  return union_draft(in, out, plan.share(i), "Actual Rows of the queries");
}

std::optional<Draft> union_without_duplicates(const PlanContext& plan, std::size_t i) {
  const PlanNode& node = plan.node(i);
  if (plan.mysql()) return mysql_union_without_duplicates(plan, i);
  const bool hashed = node.type == "Aggregate" && node.strategy == "Hashed";
  if ((!hashed && node.type != "Unique") || !plan.figure(i).ran) return {};
  auto input = plan.input(i);
  double held = plan.share(i);
  if (input && plan.is(*input, "Sort")) {
    held += plan.share(*input);
    input = plan.input(*input);
  }
  if (!input || !unites_queries(plan, *input)) return {};
  const double in = plan.figure(*input).rows;
  const double out = plan.figure(i).rows;
  if (in < 10000 || out < 0.99 * in || held < least_share) return {};
  return union_draft(in, out, held, "Actual Rows of the Append");
}

std::optional<Draft> distinct_after_join(const PlanContext& plan, std::size_t i) {
  if (!plan.is(i, "Unique") || !plan.figure(i).ran) return {};
  auto input = plan.input(i);
  if (input && plan.is(*input, "Sort")) input = plan.input(*input);
  if (!input || plan.node(*input).join_type.empty()) return {};
  const double in = plan.figure(*input).rows;
  const double out = plan.figure(i).rows;
  // PG-PLAN-027
  if (in < 10000 || in < 10 * out || plan.share_below(i) < least_share) return {};
  Draft draft;
  draft.share = plan.share_below(i);
  draft.title = "DISTINCT reduces " + rows_text(in) + " joined rows to " + rows_text(out);
  draft.detail =
      "The join multiplies the rows and DISTINCT takes the copies away again. If the joined table "
      "only decides whether a row is wanted, EXISTS finds that without making the copies.";
  draft.evidence = {plan_count("rows joined", in, "Actual Rows"),
                    plan_count("distinct rows", out, "Actual Rows")};
  return draft;
}

}  // namespace

std::vector<PlanCheck> order_plan_checks() {
  using model::Severity;
  return {
      {{"plan.limit_filters_index", Severity::high,
        "An ordered index is walked far to find the few rows of a LIMIT",
        "The planner assumes that matching rows are spread evenly; when they are not, it reads "
        "nearly everything.",
        "fewer than 10,000 rows or 100 for each returned thrown away, under 10 % of the plan; not "
        "without ANALYZE",
        "queries study P22: 73.5 ms to 0.3 ms measured with the right index"},
       limit_filters_index},
      {{"plan.sort_for_limit", Severity::medium, "Many rows are sorted to return the first few",
        "An index in this order needs no sort and reads no more than is returned.",
        "fewer than 10,000 rows sorted, joins, sorting by computed values, more than a tenth "
        "returned, under 10 % of the plan",
        "queries study P23"},
       sort_for_limit},
      {{"plan.deep_offset", Severity::medium, "OFFSET skips many rows",
        "The cost of a page grows with its number.",
        "fewer than 10,000 rows or ten for each returned skipped, parallel plans, under 10 % of "
        "the plan",
        "checks list PG-PLAN-023"},
       deep_offset},
      {{"plan.random_order", Severity::medium, "A large result is sorted at random",
        "All rows are read and sorted to pick a few.", "fewer than 10,000 rows sorted",
        "checks list PG-PLAN-028"},
       random_order},
      {{"plan.window_filtered_late", Severity::medium,
        "A window function is computed for rows that are thrown away",
        "All rows of all groups are sorted to keep the first of each.",
        "fewer than 10,000 rows or 90 % removed, run conditions, under 10 % of the plan",
        "queries study P27"},
       window_filtered_late},
      {{"plan.cte_filtered_late", Severity::medium,
        "A CTE computes rows that its reader throws away",
        "A materialised CTE cannot use the outer query's conditions.",
        "fewer than 10,000 rows or 90 % removed, under 10 % of the plan", "queries study P25"},
       cte_filtered_late},
      {{"plan.union_without_duplicates", Severity::low, "UNION looks for duplicates in vain",
        "Removing duplicates sorts or hashes every row.",
        "fewer than 10,000 rows, more than 1 % duplicates, under 10 % of the plan",
        "queries study P31"},
       union_without_duplicates},
      {{"plan.distinct_after_join", Severity::medium, "DISTINCT takes back what a join multiplied",
        "The copies are made, sorted and thrown away.",
        "fewer than 10,000 rows, less than ten copies of each, under 10 % of the plan",
        "checks list PG-PLAN-027"},
       distinct_after_join},
  };
}

}  // namespace whet::advise
