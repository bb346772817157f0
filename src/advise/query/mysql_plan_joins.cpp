// What MySQL and MariaDB do with rows of several tables: join buffers, temporary tables, products.
#include <algorithm>
#include <optional>
#include <string>

#include "advise/query/plan_context.h"
#include "base/text.h"

namespace whet::advise {
namespace {

using model::PlanNode;

constexpr double many_rows = 10000;

std::string_view rows_source(const PlanContext& plan) {
  return plan.ran() ? "actual rows x loops" : "rows x loops, estimated";
}

bool buffers_rows(const PlanNode& node) {
  return node.type == "Hash join" || node.type == "Block nested loop join";
}

std::string condition_of(const PlanNode& join) {
  return join.hash_condition.empty() ? join.join_filter : join.hash_condition;
}

/// Two inputs of a buffered join, of which one reads all of a table.
struct Sides {
  std::size_t whole = 0, other = 0;
};

std::optional<Sides> sides_of(const PlanContext& plan, std::size_t join) {
  const auto first = plan.input(join, 0);
  const auto second = plan.input(join, 1);
  if (!first || !second) return std::nullopt;
  const auto reads = [&](std::size_t i) { return plan.full_scan(i) ? plan.rows_read(i) : 0.0; };
  const bool second_larger = reads(*second) > reads(*first);
  const Sides sides = second_larger ? Sides{*second, *first} : Sides{*first, *second};
  if (reads(sides.whole) < many_rows) return std::nullopt;
  return sides;
}

std::optional<Draft> join_buffer(const PlanContext& plan, std::size_t i) {
  const PlanNode& node = plan.node(i);
  if (!buffers_rows(node) || !text::contains(condition_of(node), "=")) return {};
  const auto sides = sides_of(plan, i);
  if (!sides) return {};
  const double read = plan.rows_read(sides->whole);
  const double others = std::max(plan.rows_kept(sides->other), 1.0);
  // A lookup costs a few times what a row of a scan does: a hash join of two large inputs is right.
  const bool few = others <= read / 20;
  const bool pairs = node.type == "Block nested loop join" && others * read >= 1e8;
  if ((!few && !pairs) || (!plan.ran() && plan.limited(i))) return {};
  const double held = std::min(plan.share(i) + plan.share_below(sides->whole), 1.0);
  if (held < least_share) return {};
  const std::string& relation = plan.node(sides->whole).relation;
  Draft draft;
  draft.share = held;
  draft.title = "A join reads all " + rows_text(read) + " rows of " + relation + " to match " +
                rows_text(others) + " rows";
  draft.detail = "No index serves " + expression_text(condition_of(node)) +
                 ", so the rows wait in the join buffer while the table is read. An index on the "
                 "column of " +
                 relation + " in this condition makes it a lookup for each row.";
  draft.evidence = {
      plan_count("rows read", read, rows_source(plan)),
      plan_count("rows to match", others, rows_source(plan)),
      plan_fact("join condition", expression_text(condition_of(node)), "join condition"),
      plan_fact("join", node.type, "the tree")};
  return draft;
}

std::optional<Draft> cartesian_join(const PlanContext& plan, std::size_t i) {
  const PlanNode& node = plan.node(i);
  if (!buffers_rows(node) || !condition_of(node).empty() || node.join_type != "Inner") return {};
  const auto first = plan.input(i, 0);
  const auto second = plan.input(i, 1);
  if (!first || !second || plan.share_below(i) < least_share) return {};
  const double left = plan.rows_kept(*first);
  const double right = plan.rows_kept(*second);
  if (left < 100 || right < 100 || left * right < 1e6) return {};
  // A condition above takes the wrong pairs away again; then it is a join that was not understood.
  Draft draft;
  draft.share = plan.share_below(i);
  draft.title = "Every one of " + rows_text(left) + " rows is paired with every one of " +
                rows_text(right) + ": the join has no condition";
  draft.detail =
      "That is " + rows_text(left * right) +
      " pairs. A condition is missing, is written so that it cannot be one of the join (an OR, a "
      "function of both sides), or the tables are listed with a comma and the condition was "
      "forgotten.";
  draft.evidence = {plan_count("rows of one side", left, rows_source(plan)),
                    plan_count("rows of the other side", right, rows_source(plan)),
                    plan_fact("join condition", "none", "the tree")};
  return draft;
}

std::optional<Draft> derived_without_key(const PlanContext& plan, std::size_t i) {
  const bool loop = plan.nested_loop(i) || plan.is(i, "Block nested loop join");
  const auto outer = plan.input(i, 0);
  const auto inner = plan.input(i, 1);
  if (!loop || !outer || !inner || plan.node(*inner).type != "Table scan") return {};
  const auto made = plan.input(*inner);
  if (!made || !plan.is(*made, "Materialize")) return {};
  const double rows = plan.ran() ? plan.figure(*made).rows : plan.node(*made).plan_rows;
  const double times = std::max(plan.rows_kept(*outer), 1.0);
  if (rows * times < 1e6 || times < 10 || plan.share_below(i) < least_share) return {};
  Draft draft;
  draft.share = plan.share_below(i);
  draft.title = "A derived table of " + rows_text(rows) + " rows is read " + rows_text(times) +
                " times, and has no key";
  draft.detail =
      "The server makes a key for a derived table only for equalities of plain columns of the same "
      "type. Write the join so, move the condition into the derived table, or let it be merged (no "
      "DISTINCT, GROUP BY, LIMIT or UNION in it).";
  draft.evidence = {plan_count("rows of the derived table", rows, rows_source(plan)),
                    plan_count("times that it is read", times, rows_source(plan)),
                    plan_fact("read by", plan.label(*inner), "the tree")};
  return draft;
}

/// Where rows are put into a temporary table for grouping or sorting, and why.
std::string_view reason_of(const PlanNode& node) {
  if (!node.temporary) return "";
  if (node.type == "Aggregate using temporary table") return "to group them";
  if (node.type == "Sort") return "to sort them";
  if (node.type == "Temporary table" && node.strategy == "Deduplication") {
    return "to take duplicates out";
  }
  return "";
}

std::optional<Draft> temporary_table(const PlanContext& plan, std::size_t i) {
  const PlanNode& node = plan.node(i);
  const std::string_view reason = reason_of(node);
  const auto input = plan.input(i);
  if (reason.empty() || !input) return {};
  const double rows = plan.rows(*input);
  const double held = plan.figures().timed ? plan.share(i) : plan.share_below(i);
  if (rows < many_rows || held < least_share || (!plan.ran() && plan.limited(i))) return {};
  // Sorting few of them for a LIMIT is told by plan.sort_for_limit.
  const PlanNode* parent = plan.parent(i);
  if (node.type == "Sort" && parent != nullptr && parent->type == "Limit") return {};
  Draft draft;
  draft.share = held;
  draft.title = rows_text(rows) + " rows go into a temporary table " + std::string(reason);
  draft.detail =
      "Rows that come in the order of the groups (an index on the columns of GROUP BY, of the "
      "table "
      "that is read first) need none. Columns of several tables in GROUP BY or ORDER BY always "
      "need "
      "one; then fewer or narrower rows help, and tmp_table_size decides whether it stays in "
      "memory.";
  draft.evidence = {plan_count("rows put into it", rows, rows_source(plan)),
                    plan_fact("operation", node.type, "the tree")};
  return draft;
}

}  // namespace

std::vector<PlanCheck> mysql_join_plan_checks() {
  using model::Severity;
  return {
      {{"plan.join_buffer", Severity::high, "A join reads a whole table, as no index serves it",
        "All rows are read to match a few.",
        "fewer than 10,000 rows read, inputs of more than a twentieth of that (a hash join is "
        "right "
        "then), what a LIMIT may stop, under 10 % of the plan; MySQL and MariaDB only",
        "checks list MY-PLAN-005"},
       join_buffer},
      {{"plan.cartesian_join", Severity::high, "A join has no condition",
        "Its result is the product of both inputs.",
        "fewer than 100 rows on a side or a million pairs, under 10 % of the plan; MySQL and "
        "MariaDB "
        "only",
        "checks list MY-QRY-010"},
       cartesian_join},
      {{"plan.derived_without_key", Severity::medium,
        "A derived table without a key is read again and again", "Each outer row reads all of it.",
        "fewer than a million rows read in all, fewer than ten times, under 10 % of the plan; "
        "MySQL "
        "and MariaDB only",
        "checks list MY-PLAN-007; MySQL manual, derived table optimization"},
       derived_without_key},
      {{"plan.temporary_table", Severity::low, "Many rows go into a temporary table",
        "They are written and read once more, on disk when there are too many.",
        "fewer than 10,000 rows, small sorts for a LIMIT, under 10 % of the plan (of its time, "
        "where "
        "it is known); MySQL and MariaDB only",
        "checks list MY-PLAN-004"},
       temporary_table},
  };
}

}  // namespace whet::advise
