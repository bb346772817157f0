// Where the planner's idea of the data is wrong, and why.
#include <algorithm>
#include <cmath>
#include <set>
#include <string>

#include "advise/naming.h"
#include "advise/query/mysql_histogram.h"
#include "advise/query/plan_context.h"
#include "base/text.h"

namespace whet::advise {
namespace {

using model::PlanNode;

constexpr double far_off = 10;  // PG-PLAN-008
constexpr double very_far_off = 100;

/// Nodes whose row count is not what they read: bitmaps report nothing, a Hash repeats its child.
bool counts_rows(const PlanNode& node) {
  if (node.type == "Index scan" || node.type == "Table scan" || node.type == "Index lookup" ||
      node.type == "Index range scan" || node.type == "Hash join") {
    return true;
  }
  // Of MySQL's other nodes most repeat the estimate of their input.
  for (const std::string_view type :
       {"Stream results", "Projection", "Temporary table", "Union", "Filter", "Index merge",
        "Single-row index lookup", "Constant row", "Group aggregate", "Window aggregate",
        "Aggregate using temporary table", "Rows fetched before execution", "Insert", "Update",
        "Delete", "Index skip scan", "Block nested loop join", "Intersect", "Except"}) {
    if (node.type == type) return false;
  }
  for (const std::string_view type :
       {"BitmapAnd", "BitmapOr", "Hash", "ModifyTable", "Gather", "Gather Merge", "Materialize",
        "Memoize", "Limit", "Result", "LockRows", "WorkTable Scan", "Recursive Union"}) {
    if (node.type == type) return false;
  }
  return true;
}

bool reads_all_input(const PlanNode& node) {
  return node.type == "Sort" || node.type == "Hash" || node.type == "Aggregate" || node.temporary ||
         node.type == "Group aggregate";
}

/// Somebody above may have stopped it early, so fewer rows than estimated mean nothing.
bool stopped_early(const PlanContext& plan, std::size_t i) {
  if (plan.node(i).other.contains("Run Condition")) return true;
  for (std::size_t at = i; plan.figure(at).parent; at = *plan.figure(at).parent) {
    const PlanNode& child = plan.node(at);
    const PlanNode& parent = *plan.parent(at);
    if (reads_all_input(parent)) return false;
    if (parent.type == "Limit" || parent.type == "Merge Join") return true;
    const bool inner = child.parent_relationship == "Inner";
    const bool one_is_enough = parent.join_type == "Semi" || parent.join_type == "Anti" ||
                               parent.other.contains("Inner Unique");
    const bool loop = text::contains(parent.type, "Nested Loop") ||
                      text::contains(parent.type, "Nested loop") ||
                      text::contains(parent.type, "nested loop");
    if (inner && loop && one_is_enough) return true;
    if (child.parent_relationship == "SubPlan" || child.parent_relationship == "InitPlan") {
      return true;
    }
  }
  return false;
}

/// It is wrong by itself: what it reads was estimated well.
bool is_origin(const PlanContext& plan, std::size_t i) {
  for (const std::size_t child : plan.figure(i).children) {
    const plans::NodeFigures& figure = plan.figure(child);
    if (figure.ran && counts_rows(*figure.node) && figure.estimate_factor() >= far_off) {
      return false;
    }
    // Nodes that only pass rows on hide what is below them.
    if (!counts_rows(*figure.node) && !is_origin(plan, child)) return false;
  }
  return true;
}

/// The largest share of a node that the wrong estimate can have misled: itself, or one above.
double misled_share(const PlanContext& plan, std::size_t i) {
  double most = plan.share(i);
  for (auto up = plan.figure(i).parent; up; up = plan.figure(*up).parent) {
    most = std::max(most, plan.share(*up));
    if (plan.is(*up, "Nested Loop")) {
      if (const auto inner = plan.input(*up, 1)) most = std::max(most, plan.share_below(*inner));
    }
  }
  return most;
}

/// A filter let another part of the rows pass than was expected.
bool filter_is_off(const PlanNode& node) {
  if (!node.filtered || !node.filtered_actual) return false;
  const double off = std::max(*node.filtered, 0.01) / std::max(*node.filtered_actual, 0.01);
  return std::max(off, 1 / off) >= far_off;
}

bool mysql_estimate_counts(const PlanContext& plan, std::size_t i) {
  const PlanNode& node = plan.node(i);
  // A Sort has its input's estimate; what is planned anew for each row, that of the whole table.
  if (node.type == "Sort" || node.strategy == "Re-planned") return false;
  if (plan.figure(i).estimate_ratio >= 1) return true;
  // Only MariaDB says how long it planned. It does not say that a LIMIT stopped a scan: there, few
  // rows mean nothing, but the part that passes a filter does.
  if (!plan.plan().planning_ms) return true;
  return filter_is_off(node) && plan.rows_read(i) >= 1000;
}

bool misestimated(const PlanContext& plan, std::size_t i) {
  const plans::NodeFigures& figure = plan.figure(i);
  if (!figure.ran || !counts_rows(*figure.node) || figure.estimate_factor() < far_off) return false;
  // Few rows estimated as a few more change no plan.
  if (std::max(figure.rows, figure.plan_rows) < 1000) return false;
  if (plan.mysql() && !mysql_estimate_counts(plan, i)) return false;
  if (figure.estimate_ratio < 1 && stopped_early(plan, i)) return false;
  return is_origin(plan, i) && misled_share(plan, i) >= least_share;
}

/// The columns that a scan's conditions compare, each with constants.
std::vector<std::string> compared_columns(const PlanNode& node) {
  std::set<std::string> seen;
  for (const std::string* expression :
       {&node.filter, &node.index_condition, &node.recheck_condition}) {
    const auto parsed = plans::parse_expression(*expression);
    if (!parsed) continue;
    for (const plans::Expr* term : plans::conjuncts(*parsed)) {
      const auto one = plans::comparison(*term);
      if (!one || one->op != "=") continue;
      const auto columns = plans::columns_in(*one->variable);
      if (columns.size() == 1) seen.insert(columns.front());
    }
  }
  return {seen.begin(), seen.end()};
}

bool is_correlated(const PlanContext& plan, std::size_t i) {
  return !plan.mysql() && plan.figure(i).estimate_ratio >= far_off &&
         compared_columns(plan.node(i)).size() >= 2;
}

/// The column whose part that passes was guessed, and wrongly.
const model::Column* unknown_column(const PlanContext& plan, std::size_t i) {
  return filter_is_off(plan.node(i)) ? column_without_statistics(plan, i) : nullptr;
}

std::vector<model::Evidence> estimate_evidence(const PlanContext& plan, std::size_t i) {
  const plans::NodeFigures& figure = plan.figure(i);
  return {plan_count("rows estimated", figure.node->plan_rows, "Plan Rows, for one loop"),
          plan_count("rows", figure.node->rows, "Actual Rows, for one loop"),
          plan_count("loops", figure.loops, "Actual Loops")};
}

std::string off_by(const PlanContext& plan, std::size_t i) {
  const plans::NodeFigures& figure = plan.figure(i);
  return text::number(figure.estimate_factor(), 2) + (figure.estimate_ratio > 1
                                                          ? " times more rows than estimated"
                                                          : " times fewer rows than estimated");
}

std::optional<model::Severity> severity_of(const PlanContext& plan, std::size_t i) {
  // Too low an estimate leads to loops that never end; too high a one rarely hurts.
  const plans::NodeFigures& figure = plan.figure(i);
  if (figure.estimate_ratio < 1 || figure.estimate_ratio < very_far_off) {
    return model::Severity::low;
  }
  return std::nullopt;
}

bool never_analyzed(const model::Table& table) {
  return !table.last_analyze_age_seconds && !table.last_autoanalyze_age_seconds &&
         table.total.analyzes + table.total.autoanalyzes == 0;
}

/// From the plan's run we know that the estimate is off; without it, old statistics prove nothing.
bool is_stale(const PlanContext& plan, std::size_t i) {
  const model::Table* table = plan.table(i);
  // MySQL and MariaDB do not say when statistics were made.
  if (table == nullptr || plan.mysql() || !misestimated(plan, i)) return false;
  const auto modified = static_cast<double>(table->modified_since_analyze);
  return never_analyzed(*table) || modified > 0.1 * table->rows();
}

std::optional<Draft> row_misestimate(const PlanContext& plan, std::size_t i) {
  if (!misestimated(plan, i) || is_correlated(plan, i) || is_stale(plan, i)) return {};
  if (unknown_column(plan, i) != nullptr) return {};  // plan.missing_histogram
  Draft draft;
  draft.share = misled_share(plan, i);
  draft.severity = severity_of(plan, i);
  draft.title = plan.label(i) + " returns " + off_by(plan, i);
  draft.detail =
      "Everything above this node was planned with the wrong figure; what it reads was estimated "
      "well, so the cause is here. " +
      std::string(plan.says("ANALYZE the table, raise the statistics target of the columns in its "
                            "condition",
                            "ANALYZE TABLE, a histogram on the columns in its condition")) +
      ", or simplify the condition. Measure afterwards: a right estimate need not change the plan.";
  draft.evidence = estimate_evidence(plan, i);
  const PlanNode& node = plan.node(i);
  if (!node.filter.empty()) {
    draft.evidence.push_back(plan_fact("filter", expression_text(node.filter), "Filter"));
  }
  return draft;
}

std::optional<Draft> missing_histogram(const PlanContext& plan, std::size_t i) {
  if (!misestimated(plan, i)) return {};
  const model::Column* column = unknown_column(plan, i);
  if (column == nullptr) return {};
  const PlanNode& node = plan.node(i);
  const model::Table& table = *plan.table(i);
  Draft draft;
  draft.share = misled_share(plan, i);
  draft.severity = severity_of(plan, i);
  draft.title = plan.label(i) + " returns " + off_by(plan, i) + ": of " + column->name +
                " the server knows nothing";
  draft.detail =
      "Neither an index begins with the column nor is there a histogram, so the part of the rows "
      "that passes is a rule of thumb. A histogram tells it. Measure afterwards: a right estimate "
      "need not change the plan.";
  draft.evidence = estimate_evidence(plan, i);
  draft.evidence.push_back(
      share("part that passes, estimated", *node.filtered / 100, "EXPLAIN, filtered"));
  draft.evidence.push_back(share("part that passed", *node.filtered_actual / 100,
                                 "EXPLAIN ANALYZE, rows below and above the filter"));
  draft.evidence.push_back(plan_fact("filter", expression_text(node.filter), "attached condition"));
  draft.changes.push_back(make_histogram(table, *column));
  return draft;
}

std::optional<Draft> correlated_columns(const PlanContext& plan, std::size_t i) {
  if (!misestimated(plan, i) || !is_correlated(plan, i) || is_stale(plan, i)) return {};
  const auto columns = compared_columns(plan.node(i));
  const std::string list = text::join(columns, ", ");
  Draft draft;
  draft.share = misled_share(plan, i);
  draft.severity = severity_of(plan, i);
  draft.title =
      plan.label(i) + " returns " + off_by(plan, i) + ": " + list + " seem to depend on each other";
  draft.detail =
      "The planner multiplies the selectivities of the conditions as if the columns were "
      "independent. Extended statistics on them correct the estimate. Measure afterwards: a right "
      "estimate need not change the plan.";
  draft.evidence = estimate_evidence(plan, i);
  draft.evidence.push_back(plan_fact("columns", list, "Filter, Index Cond"));
  if (const model::Table* table = plan.table(i)) {
    model::Change change;
    change.id = "statistics/" + table->qualified() + "/" + list;
    change.summary = "Create extended statistics on " + sql_name(*table) + " (" + list + ")";
    change.reason = "The columns depend on each other, and the planner does not know.";
    change.action.kind = model::ActionKind::create_statistics;
    change.action.schema = table->schema;
    change.action.table = table->name;
    change.action.name = table->name + "_" + text::join(columns, "_") + "_stats";
    change.action.columns = columns;
    change.action.value = "dependencies, mcv";
    change.risk = model::Risk::low;
    change.locks = "SHARE UPDATE EXCLUSIVE: reads and writes go on; ANALYZE fills them";
    draft.changes.push_back(std::move(change));
  }
  return draft;
}

std::optional<Draft> stale_statistics(const PlanContext& plan, std::size_t i) {
  if (!is_stale(plan, i)) return {};
  const model::Table* table = plan.table(i);
  const bool never = never_analyzed(*table);
  Draft draft;
  draft.share = misled_share(plan, i);
  draft.title = "The statistics of " + table->name + " are " +
                (never ? std::string("missing") : "old") + ", and " + plan.label(i) + " returns " +
                off_by(plan, i);
  draft.detail =
      "Run ANALYZE on the table. If it happens again, lower autovacuum_analyze_scale_factor of "
      "this table.";
  draft.evidence = estimate_evidence(plan, i);
  draft.evidence.push_back(count("rows changed since the last analyze",
                                 table->modified_since_analyze,
                                 "pg_stat_user_tables.n_mod_since_analyze"));
  model::Change change;
  change.id = "analyze/" + table->qualified();
  change.summary = "Analyze " + sql_name(*table);
  change.reason = "Its statistics do not describe its rows any more.";
  change.action.kind = model::ActionKind::analyze_table;
  change.action.schema = table->schema;
  change.action.table = table->name;
  change.risk = model::Risk::safe;
  change.locks = "SHARE UPDATE EXCLUSIVE: reads and writes go on";
  draft.changes.push_back(std::move(change));
  return draft;
}

}  // namespace

std::vector<PlanCheck> estimate_plan_checks() {
  using model::Severity;
  constexpr std::string_view guards =
      "less than ten times off, fewer than 1,000 rows, inputs that are off themselves, rows that a "
      "LIMIT or a join stopped early, nothing of 10 % of the plan at or above it; not without "
      "ANALYZE";
  return {
      {{"plan.row_misestimate", Severity::medium, "The planner's row estimate is far off",
        "Join methods and orders are chosen by row counts.", guards,
        "explain.depesz: 10, 100, 1,000 times; queries study P01"},
       row_misestimate},
      {{"plan.missing_histogram", Severity::medium,
        "A condition's estimate is a rule of thumb, and far off",
        "Without a histogram or an index the optimizer takes a tenth or a third of the rows.",
        "columns with an index or a histogram, tables that the snapshot does not hold; the guards "
        "of plan.row_misestimate; MySQL and MariaDB only",
        "checks list MY-PLAN-012; MySQL manual, optimizer statistics"},
       missing_histogram},
      {{"plan.correlated_columns", Severity::medium,
        "Conditions on columns that depend on each other are estimated too low",
        "Selectivities are multiplied as if the columns were independent.", guards,
        "PostgreSQL manual, extended statistics; queries study P02"},
       correlated_columns},
      {{"plan.stale_statistics", Severity::medium,
        "An estimate is far off and the table's statistics are old",
        "The planner works with what the table was at the last ANALYZE.",
        "less than 10 % of the rows changed since; tables that the snapshot does not hold; the "
        "guards of plan.row_misestimate",
        "autovacuum_analyze_scale_factor's default, 10 %; queries study P03"},
       stale_statistics},
  };
}

}  // namespace whet::advise
