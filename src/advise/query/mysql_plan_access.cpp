// How MySQL and MariaDB get at rows: walks of whole indexes, keys that are used in part, lookups
// that hardly select, types that do not match.
#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "advise/query/plan_context.h"
#include "advise/query/plan_terms.h"
#include "base/text.h"

namespace whet::advise {
namespace {

using model::PlanNode;

constexpr double many_rows = 10000;  // MY-PLAN-001 and those that follow it

std::string_view rows_source(const PlanContext& plan) {
  return plan.ran() ? "actual rows x loops" : "rows x loops, estimated";
}

const model::Index* index_of(const PlanContext& plan, std::size_t i) {
  const model::Table* table = plan.table(i);
  if (table == nullptr) return nullptr;
  for (const model::Index& index : table->indexes) {
    if (index.name == plan.node(i).index) return &index;
  }
  return nullptr;
}

std::optional<Draft> full_index_scan(const PlanContext& plan, std::size_t i) {
  const PlanNode& node = plan.node(i);
  if (node.type != "Index scan" || node.covering || plan.share(i) < least_share) return {};
  // The primary key is the table: walking it is reading the table in order.
  const double read = plan.rows_read(i);
  if (node.index == "PRIMARY" || read < many_rows || plan.limited(i)) return {};
  Draft draft;
  draft.share = plan.share(i);
  draft.title = "All " + rows_text(read) + " rows of " + node.relation +
                " are read in the order of index " + node.index;
  draft.detail =
      "Each entry of the index costs a lookup of its row, which for all rows is dearer than "
      "reading "
      "the table. An index that holds the columns that are wanted needs no lookups; else see what "
      "forces this one (FORCE INDEX, the order asked for).";
  draft.evidence = {plan_count("rows read", read, rows_source(plan)),
                    plan_fact("access type", node.access, "access_type"),
                    plan_fact("index", node.index, "key")};
  return draft;
}

std::optional<Draft> range_checked_for_each_row(const PlanContext& plan, std::size_t i) {
  const PlanNode& node = plan.node(i);
  if (node.strategy != "Re-planned" || plan.share_below(i) < least_share) return {};
  const double runs = plan.runs(i);
  if (runs < 100) return {};
  Draft draft;
  draft.share = plan.share_below(i);
  draft.title = "For each of " + rows_text(runs) + " rows the server chooses anew how to read " +
                node.relation;
  draft.detail =
      "The condition compares with another table's column in a way that no index can be chosen "
      "beforehand (a range, an OR, types that differ). An index on the column of an equality in "
      "the "
      "join, or a condition without OR, makes it a lookup.";
  draft.evidence = {plan_count("times that it is chosen", runs, rows_source(plan)),
                    plan_fact("access", "range checked for each record", "the tree")};
  if (!node.possible_indexes.empty()) {
    draft.evidence.push_back(plan_fact("indexes to choose from",
                                       text::join(node.possible_indexes, ", "), "possible_keys"));
  }
  return draft;
}

std::optional<Draft> index_merge(const PlanContext& plan, std::size_t i) {
  const PlanNode& node = plan.node(i);
  if (node.type != "Index merge" || node.strategy != "Intersection") return {};
  if (plan.share_below(i) < least_share) return {};
  double entries = 0;
  for (const std::size_t child : plan.figure(i).children) entries += plan.rows_read(child);
  // JSON in version 1 and MariaDB say only what is left of them.
  const double read = std::max(entries, plan.rows_read(i));
  if (read < 1000) return {};
  Draft draft;
  draft.share = plan.share_below(i);
  draft.title = "Two indexes of " + node.relation + " are read and intersected: " + node.index;
  draft.detail =
      "One index on the columns of both finds the rows in one lookup. With it, the shorter of the "
      "two is most likely no longer needed.";
  draft.evidence = {plan_count("index entries or rows read", read, rows_source(plan)),
                    plan_fact("indexes", node.index, "key")};
  if (!node.used_key_parts.empty()) {
    draft.evidence.push_back(
        plan_fact("columns", text::join(node.used_key_parts, ", "), "used_key_parts"));
  }
  return draft;
}

/// A lookup by constants only: "branch = 'x'", not "member_id = m.id".
bool by_constants(const PlanNode& node) {
  const auto parsed = plans::parse_expression(node.index_condition);
  if (!parsed) return false;
  for (const plans::Expr* term : plans::conjuncts(*parsed)) {
    const auto one = plans::comparison(*term);
    if (!one || one->op != "=") return false;
  }
  return true;
}

std::optional<Draft> unselective_lookup(const PlanContext& plan, std::size_t i) {
  const PlanNode& node = plan.node(i);
  const model::Table* table = plan.table(i);
  if (node.type != "Index lookup" || node.covering || table == nullptr) return {};
  if (plan.share(i) < least_share || plan.limited(i) || !by_constants(node)) return {};
  const double read = plan.rows_read(i) / std::max(plan.runs(i), 1.0);
  const double all = table->rows();
  // InnoDB's estimates of a long range are off by up to a half.
  const double least = plan.ran() ? 0.2 : 0.4;
  // What its filter throws away is told by plan.inefficient_index_scan.
  if (plan.rows_kept(i) < 0.1 * plan.rows_read(i)) return {};
  if (read < many_rows || all <= 0 || read < least * all || read > 1.1 * all) return {};
  Draft draft;
  draft.share = plan.share(i);
  if (node.filter.empty()) draft.severity = model::Severity::info;
  draft.title = "Index " + node.index + " finds " + text::percent(read / all) + " of " +
                node.relation + ": it hardly selects";
  draft.detail =
      "Looking up that many rows one by one is dearer than reading the table. " +
      std::string(node.filter.empty()
                      ? "An index that also holds the columns that are wanted needs no lookups."
                      : "An index on this column and those of the condition " +
                            expression_text(node.filter) + " would select.");
  draft.evidence = {plan_count("rows found", read, rows_source(plan)),
                    count("rows of the table", static_cast<std::int64_t>(all), "TABLE_ROWS"),
                    plan_fact("index condition", expression_text(node.index_condition), "ref")};
  return draft;
}

std::string operator_on(const PlanNode& node, const std::string& column) {
  for (const std::string* condition :
       {&node.recheck_condition, &node.filter, &node.index_condition}) {
    const auto parsed = plans::parse_expression(*condition);
    if (!parsed) continue;
    for (const plans::Expr* term : plans::conjuncts(*parsed)) {
      const auto one = plans::comparison(*term);
      if (!one || one->variable->kind != plans::ExprKind::column) continue;
      const auto columns = plans::columns_in(*one->variable);
      if (columns.size() == 1 && columns.front() == column) return one->op;
    }
  }
  return "";
}

bool is_range(std::string_view op) {
  constexpr std::array<std::string_view, 6> ranges{"<", ">", "<=", ">=", "BETWEEN", "LIKE"};
  return std::find(ranges.begin(), ranges.end(), op) != ranges.end();
}

std::optional<Draft> range_before_equality(const PlanContext& plan, std::size_t i) {
  const PlanNode& node = plan.node(i);
  const model::Index* index = index_of(plan, i);
  if (node.type != "Index range scan" || index == nullptr || index->parts.size() < 2) return {};
  if (plan.share(i) < least_share || plan.limited(i)) return {};
  const std::string& first = index->parts[0].column;
  const std::string& second = index->parts[1].column;
  if (!is_range(operator_on(node, first)) || operator_on(node, second) != "=") return {};
  const double read = std::max(plan.rows_read(i), node.plan_rows);
  if (read < many_rows) return {};
  Draft draft;
  draft.share = plan.share(i);
  draft.title = "Index " + index->name + " has the column of the range, " + first +
                ", before that of the equality, " + second;
  draft.detail =
      "Behind a range, the next column of an index cannot narrow the search: all entries of the "
      "range are read, whatever their " +
      second + ". An index on (" + second + ", " + first + ") reads only those that are wanted.";
  draft.evidence = {
      plan_count("index entries read", read, rows_source(plan)),
      plan_fact("index", index->name + " (" + key_text(*index) + ")", "key"),
      plan_fact(
          "condition",
          expression_text(node.recheck_condition.empty() ? node.filter : node.recheck_condition),
          "index condition")};
  return draft;
}

std::optional<Draft> slow_skip_scan(const PlanContext& plan, std::size_t i) {
  const PlanNode& node = plan.node(i);
  if (node.type != "Index skip scan" || !node.strategy.empty()) return {};
  const double read = plan.rows_read(i);
  if (read < many_rows || plan.share(i) < least_share) return {};
  Draft draft;
  draft.share = plan.share(i);
  draft.title = "Index " + node.index + " is searched once for each value of its first column";
  draft.detail =
      "No condition names the first column of the index, so the server skips from one of its "
      "values "
      "to the next (skip scan). An index that begins with the column of the condition needs one "
      "search.";
  draft.evidence = {
      plan_count("rows read", read, rows_source(plan)),
      plan_fact("range",
                expression_text(node.index_condition.empty() ? node.filter : node.index_condition),
                "index condition")};
  return draft;
}

/// The index that a warning says cannot be used; empty when it says something else.
std::string index_in(const model::PlanWarning& warning) {
  // 1739: "Cannot use ref access on index 'card' due to type or collation conversion on field
  // 'card'". 1105 of MariaDB: "Cannot use key `card` part[0] for lookup: ...".
  for (const auto& [code, mark] : {std::pair<std::int64_t, std::string_view>{1739, "index '"},
                                   {3750, "index '"},
                                   {1105, "Cannot use key `"}}) {
    if (warning.code != code) continue;
    const auto at = warning.message.find(mark);
    if (at == std::string::npos) continue;
    const std::string rest = warning.message.substr(at + mark.size());
    return rest.substr(0, rest.find_first_of("'`"));
  }
  return "";
}

bool could_use(const PlanContext& plan, std::size_t i, const std::string& index) {
  const PlanNode& node = plan.node(i);
  const bool whole = plan.full_scan(i) || node.type == "Index scan";
  if (!whole || plan.rows_read(i) < many_rows) return false;
  if (const model::Table* table = plan.table(i)) {
    return std::any_of(table->indexes.begin(), table->indexes.end(),
                       [&](const model::Index& one) { return one.name == index; });
  }
  const auto& possible = node.possible_indexes;
  return std::find(possible.begin(), possible.end(), index) != possible.end();
}

std::optional<Draft> conversion_blocks_index(const PlanContext& plan, std::size_t i) {
  if (plan.share_below(i) < least_share) return {};
  for (const model::PlanWarning& warning : plan.plan().warnings) {
    const std::string index = index_in(warning);
    if (index.empty() || !could_use(plan, i, index)) continue;
    const PlanNode& node = plan.node(i);
    Draft draft;
    draft.share = plan.share_below(i);
    draft.title = "Index " + index + " of " + node.relation +
                  " cannot be used: what it is compared with has another type or collation";
    draft.detail =
        "The server converts the column for each row, so all of the table is read. Compare a "
        "column "
        "of text with text (quote the number, or bind it as a string), and give columns that are "
        "joined the same type, character set and collation.";
    draft.evidence = {plan_fact("the server's warning", warning.message, "SHOW WARNINGS"),
                      plan_count("rows read", plan.rows_read(i), rows_source(plan)),
                      plan_fact("access type", node.access, "access_type")};
    return draft;
  }
  return {};
}

std::optional<Draft> range_memory_exceeded(const PlanContext& plan, std::size_t i) {
  const auto& warnings = plan.plan().warnings;
  // The range optimizer ran out of memory.
  const auto warning = std::find_if(warnings.begin(), warnings.end(),
                                    [](const auto& one) { return one.code == 3170; });
  const PlanNode& node = plan.node(i);
  const bool whole = plan.full_scan(i) || node.type == "Index scan";
  if (warning == warnings.end() || !whole || node.filter.empty()) return {};
  if (plan.rows_read(i) < many_rows || plan.share(i) < least_share) return {};
  Draft draft;
  draft.share = plan.share(i);
  draft.title = "The list of values is too long for the range optimizer, so all of " +
                node.relation + " is read";
  draft.detail =
      "Planning the ranges of a long IN list takes more than range_optimizer_max_mem_size, and "
      "then "
      "none are used. Put the values into a temporary table (or VALUES ROW ..., JSON_TABLE) and "
      "join "
      "it, send them in parts, or raise the setting for this statement.";
  draft.evidence = {plan_fact("the server's warning", warning->message, "SHOW WARNINGS"),
                    plan_count("rows read", plan.rows_read(i), rows_source(plan))};
  return draft;
}

}  // namespace

std::vector<PlanCheck> mysql_access_plan_checks() {
  using model::Severity;
  return {
      {{"plan.full_index_scan", Severity::medium,
        "A whole index is walked, and each row looked up in the table",
        "For all rows, lookups cost more than reading the table.",
        "covering indexes, the primary key, fewer than 10,000 rows, what a LIMIT may stop, under "
        "10 % of the plan; MySQL and MariaDB only",
        "checks list MY-PLAN-002"},
       full_index_scan},
      {{"plan.range_checked_for_each_row", Severity::medium,
        "The access to a table is chosen anew for each row",
        "Choosing costs time for each row, and most often ends in reading the whole table.",
        "fewer than 100 rows, under 10 % of the plan; MySQL and MariaDB only",
        "checks list MY-PLAN-003; MySQL manual, EXPLAIN, Range checked for each record"},
       range_checked_for_each_row},
      {{"plan.index_merge", Severity::low, "Two indexes are intersected where one would do",
        "Both are read, and their entries are matched, for each execution.",
        "unions (OR is answered well by them), fewer than 1,000 entries, under 10 % of the plan; "
        "MySQL and MariaDB only",
        "checks list MY-PLAN-008; MySQL manual, index merge optimization"},
       index_merge},
      {{"plan.unselective_lookup", Severity::low, "A lookup finds a large part of the table",
        "An index that finds a fifth of the rows costs more than it saves.",
        "covering indexes, fewer than 10,000 rows or a fifth of the table (two fifths by "
        "estimates), "
        "what a LIMIT may stop, "
        "tables that the snapshot does not hold, under 10 % of the plan; MySQL and MariaDB only",
        "checks list MY-PLAN-010"},
       unselective_lookup},
      {{"plan.range_before_equality", Severity::medium,
        "An index has the column of a range before that of an equality",
        "Behind a range the rest of a key cannot narrow the search.",
        "fewer than 10,000 entries, what a LIMIT may stop, tables that the snapshot does not hold, "
        "under 10 % of the plan; MySQL and MariaDB only",
        "checks list MY-PLAN-014; MySQL manual, range optimization"},
       range_before_equality},
      {{"plan.slow_skip_scan", Severity::low, "An index is searched without its first column",
        "Each different value of the first column is a search of its own.",
        "skip scans for grouping and DISTINCT, fewer than 10,000 rows, under 10 % of the plan; "
        "MySQL "
        "8.0.13 and later only",
        "checks list MY-PLAN-015; MySQL manual, skip scan range access"},
       slow_skip_scan},
      {{"plan.conversion_blocks_index", Severity::high,
        "A conversion of type or collation keeps an index from being used",
        "The index is ordered by the column's own type, not by the converted one.",
        "tables of fewer than 10,000 rows, tables read by an index all the same, under 10 % of the "
        "plan; MySQL and MariaDB only",
        "checks list MY-PLAN-011; the server's warnings 1739 and (MariaDB) 1105"},
       conversion_blocks_index},
      {{"plan.range_memory_exceeded", Severity::medium,
        "A list of values is too long for the range optimizer",
        "Without ranges the whole table or index is read.",
        "tables of fewer than 10,000 rows, tables read by ranges all the same, under 10 % of the "
        "plan; MySQL only",
        "checks list MY-QRY-008; the server's warning 3170"},
       range_memory_exceeded},
  };
}

}  // namespace whet::advise
