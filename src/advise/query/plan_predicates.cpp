// Conditions that are written so that no ordinary index can serve them.
#include <algorithm>
#include <array>
#include <string>

#include "advise/naming.h"
#include "advise/query/plan_context.h"
#include "advise/query/plan_terms.h"
#include "base/text.h"

namespace whet::advise {
namespace {

using model::PlanNode;
using plans::Expr;
using plans::ExprKind;

/// The first term of that kind in a costly full scan that keeps few rows.
std::optional<Term> costly_term(const PlanContext& plan, std::size_t i, TermKind kind) {
  if (!plan.full_scan(i) || plan.share(i) < least_share || !keeps_few(plan, i)) return {};
  const auto terms = filter_terms(plan, i);
  // With a condition that an index can serve, the others do not stand in its way.
  for (const Term& term : terms) {
    if (term.kind == TermKind::plain) return {};
  }
  for (const Term& term : terms) {
    if (term.kind == kind) return term;
  }
  return {};
}

Draft term_draft(const PlanContext& plan, std::size_t i, const Term& term) {
  Draft draft;
  draft.share = plan.share(i);
  draft.evidence = {
      plan_fact("condition", term.text, "Filter"),
      plan_count("rows returned", plan.rows(i), plan.ran() ? "Actual Rows" : "Plan Rows")};
  if (plan.ran()) {
    draft.evidence.push_back(plan_count("rows read in vain", plan.removed_by_filter(i),
                                        "Rows Removed by Filter x Actual Loops"));
  }
  return draft;
}

/// An index on the same expression is there: then the planner had its reasons.
bool has_expression_index(const PlanContext& plan, std::size_t i, const Term& term) {
  const model::Table* table = plan.table(i);
  if (table == nullptr) return false;
  for (const model::Index& index : table->indexes) {
    for (const model::IndexPart& part : index.parts) {
      const auto parsed = plans::parse_expression(part.expression);
      if (parsed && plans::to_text(*parsed) == term.wrapped) return true;
    }
  }
  return false;
}

/// The columns of "RANGE (a, b)".
std::vector<std::string> key_columns(const std::string& partition_key) {
  const auto open = partition_key.find('(');
  if (open == std::string::npos) return {};
  const auto parsed = plans::parse_expression(partition_key.substr(open));
  return parsed ? plans::columns_in(*parsed) : std::vector<std::string>{};
}

/// The columns that a MySQL table is partitioned by.
std::vector<std::string> partitioning_columns(const model::Table& table) {
  if (table.partitions.empty()) return {};
  const auto parsed =
      plans::parse_expression(text::replace_all(table.partitions.front().expression, "`", ""));
  return parsed ? plans::columns_in(*parsed) : std::vector<std::string>{};
}

/// Then the whole table is told once, by plan.partition_pruning_missed.
bool hides_partition_key(const PlanContext& plan, std::size_t i, const Term& term) {
  const model::Table* table = plan.table(i);
  if (table != nullptr && !table->partitions.empty()) {
    const auto columns = partitioning_columns(*table);
    return std::find(columns.begin(), columns.end(), term.column) != columns.end();
  }
  if (table == nullptr || !table->is_partition) return false;
  const model::Table* parent = plan.facts()->table(table->parent);
  if (parent == nullptr) return false;
  const auto keys = key_columns(parent->partition_key);
  return std::find(keys.begin(), keys.end(), term.column) != keys.end();
}

std::optional<Draft> function_on_column(const PlanContext& plan, std::size_t i) {
  auto term = costly_term(plan, i, TermKind::function);
  // What MySQL casts the statement has cast: DATE(column). What it converts by itself its plan does
  // not show.
  if (!term && plan.mysql()) {
    term = costly_term(plan, i, TermKind::cast);
    if (term) term->wrapped = "cast(" + term->column + " as " + term->wrapper + ")";
  }
  if (!term || has_expression_index(plan, i, *term)) return {};
  if (hides_partition_key(plan, i, *term)) return {};
  Draft draft = term_draft(plan, i, *term);
  draft.title = "The condition on " + plan.node(i).relation + "." + term->column + " computes " +
                text::shorten(term->wrapped, 60) + ", so no index on the column serves it";
  draft.detail =
      "Write the condition so that the column stands alone on one side (a range instead of a "
      "function of a date, a comparison with the value moved to the other side), or create an "
      "index on the expression " +
      term->wrapped +
      std::string(plan.says(".",
                            " (MySQL 8.0.13 and later; before, and on MariaDB, on a generated "
                            "column)."));
  return draft;
}

std::optional<Draft> cast_on_column(const PlanContext& plan, std::size_t i) {
  if (plan.mysql()) return {};
  const auto term = costly_term(plan, i, TermKind::cast);
  if (!term || has_expression_index(plan, i, *term)) return {};
  if (hides_partition_key(plan, i, *term)) return {};
  Draft draft = term_draft(plan, i, *term);
  draft.title = "The condition on " + plan.node(i).relation + "." + term->column +
                " casts the column to " + term->wrapper + ", so no index on it serves it";
  draft.detail =
      "The value that it is compared with has another type than the column, and the server casts "
      "the column. Pass the parameter in the column's type ("
      "a driver that sends numbers as numeric is the usual cause), or cast the value instead of "
      "the column.";
  return draft;
}

std::optional<Draft> leading_wildcard(const PlanContext& plan, std::size_t i) {
  const auto term = costly_term(plan, i, TermKind::wildcard);
  if (!term) return {};
  if (const model::Table* table = plan.table(i)) {
    for (const model::Index& index : table->indexes) {
      for (const model::IndexPart& part : index.parts) {
        if (part.column == term->column && text::contains(part.opclass, "trgm")) return {};
      }
    }
  }
  Draft draft = term_draft(plan, i, *term);
  draft.title = "A pattern without a fixed beginning on " + plan.node(i).relation + "." +
                term->column + " reads every row";
  draft.detail = plan.says(
      "A B-tree serves only patterns with a fixed beginning and case. A GIN index with "
      "gin_trgm_ops (extension pg_trgm) serves LIKE and ILIKE with wildcards anywhere, "
      "from three characters on; full text search is the tool for words.",
      "A B-tree serves only patterns with a fixed beginning. A FULLTEXT index serves "
      "words (with the ngram parser of MySQL also parts of them) by MATCH ... AGAINST; a "
      "generated column with the reversed text serves patterns with a fixed end.");
  return draft;
}

std::optional<Draft> or_across_columns(const PlanContext& plan, std::size_t i) {
  const auto term = costly_term(plan, i, TermKind::either);
  if (!term) return {};
  Draft draft = term_draft(plan, i, *term);
  draft.title = "Conditions on different columns of " + plan.node(i).relation +
                " are joined by OR, and the whole table is read";
  draft.detail =
      "One index cannot serve both sides. With an index on each of the columns the server can "
      "combine them (" +
      std::string(plan.says("BitmapOr", "index merge")) +
      "); else write it as a UNION of one query for each side.";
  return draft;
}

/// The side of a join condition whose cast hides a column, with the column's scan.
struct JoinCast {
  const Expr* cast = nullptr;
  std::size_t scan = 0;
  std::string text;
};

std::optional<std::size_t> scan_of(const PlanContext& plan, std::size_t join,
                                   const std::string& column) {
  const auto dot = column.rfind('.');
  if (dot == std::string::npos) return std::nullopt;
  const std::string alias = column.substr(0, dot);
  for (std::size_t i = join + 1; i < plan.size(); ++i) {
    if (plan.figure(i).depth <= plan.figure(join).depth) break;
    if (plan.node(i).alias == alias && !plan.node(i).relation.empty()) return i;
  }
  return std::nullopt;
}

std::optional<JoinCast> join_cast(const PlanContext& plan, std::size_t i, const Expr& condition) {
  for (const Expr* term : plans::conjuncts(condition)) {
    if (term->kind != ExprKind::operation || term->name != "=" || term->args.size() != 2) continue;
    for (const Expr& side : term->args) {
      if (side.kind != ExprKind::cast || side.args.front().kind != ExprKind::column) continue;
      const std::string& name = side.args.front().name;
      if (!changes_comparison(column_of(plan, i, name), side.name)) continue;
      if (const auto scan = scan_of(plan, i, name)) {
        return JoinCast{&side, *scan, text::shorten(plans::to_text(*term), 80)};
      }
    }
  }
  return std::nullopt;
}

std::optional<Draft> cast_in_join(const PlanContext& plan, std::size_t i) {
  const PlanNode& node = plan.node(i);
  std::optional<Expr> condition;
  for (const std::string* one : {&node.hash_condition, &node.merge_condition, &node.join_filter}) {
    if (!condition && !one->empty()) condition = plans::parse_expression(*one);
  }
  if (!condition) return {};
  const auto found = join_cast(plan, i, *condition);
  if (!found || !plan.is(found->scan, "Seq Scan")) return {};
  const double read = plan.rows(found->scan);
  const double held = std::min(plan.share(i) + plan.share_below(found->scan), 1.0);
  // Where most rows of the table are joined, reading all of it is right, cast or not.
  if (read < 10000 || plan.rows(i) > 0.1 * read || held < least_share) return {};
  const std::string& relation = plan.node(found->scan).relation;
  Draft draft;
  draft.share = held;
  draft.title = "A join compares different types: " + relation + "." +
                plans::columns_in(*found->cast).front() + " is cast to " + found->cast->name +
                ", so no index on it serves the join";
  draft.detail = "All " + rows_text(read) + " rows of " + relation + " are read for " +
                 rows_text(plan.rows(i)) +
                 " joined ones. Give both columns the same type; until then, an index on the cast "
                 "expression helps.";
  draft.evidence = {
      plan_fact("join condition", found->text, "Hash Cond, Merge Cond, Join Filter"),
      plan_count("rows read", read, plan.ran() ? "Actual Rows" : "Plan Rows"),
      plan_count("rows joined", plan.rows(i), plan.ran() ? "Actual Rows" : "Plan Rows")};
  return draft;
}

/// "NOT (hashed SubPlan 1)", "NOT (ANY (id = (hashed SubPlan 1).col1))" (17+), "ALL (id <> ...)".
const Expr* not_in_term(const Expr& filter) {
  for (const Expr* term : plans::conjuncts(filter)) {
    if (term->kind != ExprKind::negation && !(term->kind == ExprKind::call && term->name == "all"))
      continue;
    const Expr* subplan =
        plans::find_in(*term, [](const Expr& e) { return e.kind == ExprKind::subplan; });
    const Expr* exists = plans::find_in(*term, [](const Expr& e) { return e.name == "exists"; });
    if (subplan != nullptr && exists == nullptr) return subplan;
  }
  return nullptr;
}

std::optional<Draft> not_in_subquery(const PlanContext& plan, std::size_t i) {
  if (plan.share_below(i) < least_share) return {};
  const auto parsed = plans::parse_expression(plan.node(i).filter);
  const Expr* mention = parsed ? not_in_term(*parsed) : nullptr;
  if (mention == nullptr) return {};
  const bool hashed = text::contains(mention->name, "hashed ");
  const std::string name = text::replace_all(mention->name, "hashed ", "");
  for (const std::size_t child : plan.figure(i).children) {
    const PlanNode& subplan = plan.node(child);
    if (subplan.subplan_name.substr(0, name.size()) != name) continue;
    const double rows = plan.ran() ? subplan.rows : subplan.plan_rows;
    if (rows < 1000) return {};
    Draft draft;
    draft.share = plan.share_below(i);
    if (hashed) draft.severity = model::Severity::low;
    draft.title = "NOT IN with a subquery of " + rows_text(rows) + " rows cannot be a join" +
                  (hashed ? "" : " and is searched row by row");
    draft.detail =
        std::string(
            "NULL in the subquery makes NOT IN unknown, so the server may not use an "
            "anti-join. ") +
        (hashed ? "The list is hashed as long as it fits in work_mem; beyond that each row is "
                  "compared with the whole list. "
                : "The list did not fit in work_mem, so each row is compared with the list. ") +
        "If neither column can be NULL, write NOT EXISTS: it means the same and can be joined.";
    draft.evidence = {
        plan_count("rows in the list", rows, plan.ran() ? "Actual Rows" : "Plan Rows"),
        plan_fact("condition", expression_text(plan.node(i).filter), "Filter")};
    return draft;
  }
  return {};
}

const model::Table* partitioned_parent(const PlanContext& plan, std::size_t append) {
  for (const std::size_t child : plan.figure(append).children) {
    const model::Table* table = plan.table(child);
    if (table != nullptr && table->is_partition) return plan.facts()->table(table->parent);
  }
  return nullptr;
}

/// MySQL sees through these to the column (manual, 26.4 Partition Pruning).
bool prunes(const Term& term) {
  constexpr std::array seen_through{"to_days", "to_seconds", "year", "unix_timestamp"};
  return std::any_of(seen_through.begin(), seen_through.end(), [&](std::string_view name) {
    return text::lower(term.wrapped).starts_with(name);
  });
}

/// MySQL's partitions are parts of one table, and a scan says which of them it reads.
std::optional<Draft> all_partitions_read(const PlanContext& plan, std::size_t i) {
  const PlanNode& node = plan.node(i);
  const model::Table* table = plan.table(i);
  if (table == nullptr || node.filter.empty()) return {};
  const auto listed = node.other.find("Partitions");
  // The second version of MySQL's JSON does not list them.
  const bool told = listed != node.other.end();
  const std::size_t read =
      told ? text::split(listed->second, ',').size() : table->partitions.size();
  if (read < 3 || read < table->partitions.size() || table->partitions.empty()) return {};
  if (plan.rows_read(i) < 10000 || plan.share(i) < least_share) return {};
  const std::string key = text::replace_all(table->partitions.front().expression, "`", "");
  const auto columns = partitioning_columns(*table);
  std::optional<Term> wrapped;
  for (const Term& term : filter_terms(plan, i)) {
    if (std::find(columns.begin(), columns.end(), term.column) == columns.end()) continue;
    if (term.kind != TermKind::function && term.kind != TermKind::cast) return {};
    wrapped = term;
  }
  if (!told && (!wrapped || prunes(*wrapped))) return {};
  Draft draft;
  draft.share = plan.share(i);
  if (!wrapped) draft.severity = model::Severity::low;
  const std::string count = text::count(static_cast<std::int64_t>(read));
  draft.title = "All " + count + " partitions of " + table->name + " are read: the condition " +
                (wrapped ? "hides the key " + wrapped->column : "does not name the key " + key);
  draft.detail =
      wrapped
          ? "Partitions are left out only when the key itself is compared with a value of its "
            "type. Write the condition as a range of the key instead of " +
                wrapped->text + "."
          : "Where the wanted rows lie in a known range of the key, a condition on it leaves the "
            "other partitions out; else the partitions do not help this query.";
  draft.evidence = {plan_fact("condition", expression_text(node.filter), "attached condition"),
                    fact("partition key", key, "information_schema.PARTITIONS"),
                    plan_count("partitions read", static_cast<double>(read), "partitions"),
                    plan_count("rows read", plan.rows_read(i), "rows x loops")};
  return draft;
}

std::optional<Draft> partition_pruning_missed(const PlanContext& plan, std::size_t i) {
  if (plan.mysql()) return all_partitions_read(plan, i);
  const PlanNode& node = plan.node(i);
  if ((node.type != "Append" && node.type != "Merge Append") || node.subplans_removed > 0) {
    return {};
  }
  const model::Table* parent = partitioned_parent(plan, i);
  if (parent == nullptr || plan.figure(i).children.size() < 3) return {};
  if (plan.share_below(i) < least_share) return {};
  const auto keys = key_columns(parent->partition_key);
  const auto is_key = [&](const Term& term) {
    return std::find(keys.begin(), keys.end(), term.column) != keys.end();
  };
  std::optional<Term> wrapped;
  for (const Term& term : filter_terms(plan, plan.figure(i).children.front())) {
    if (!is_key(term)) continue;
    if (term.kind == TermKind::plain) return {};
    if (term.kind == TermKind::function || term.kind == TermKind::cast) wrapped = term;
  }
  if (!wrapped) return {};
  Draft draft;
  draft.share = plan.share_below(i);
  draft.title = "All " + text::count(static_cast<std::int64_t>(plan.figure(i).children.size())) +
                " partitions of " + parent->name + " are read: the condition hides the key " +
                wrapped->column;
  draft.detail =
      "Partitions are left out only when the key itself is compared with a value of its type. "
      "Write "
      "the condition as a range of the key instead of " +
      wrapped->text + ".";
  draft.evidence = {
      plan_fact("condition", wrapped->text, "Filter"),
      fact("partition key", parent->partition_key, "pg_get_partkeydef"),
      plan_count("partitions read", static_cast<double>(plan.figure(i).children.size()), "Plans")};
  return draft;
}

}  // namespace

std::vector<PlanCheck> predicate_plan_checks() {
  using model::Severity;
  constexpr std::string_view guards =
      "fewer than 10,000 rows read or more than a tenth kept, another condition that an index can "
      "serve, an index on the expression, under 10 % of the plan";
  return {
      {{"plan.function_on_column", Severity::high, "A condition computes with the column",
        "An index on the column holds the column's values, not the computed ones.", guards,
        "checks list PG-PLAN-017"},
       function_on_column},
      {{"plan.cast_on_column", Severity::high, "A condition casts the column to another type",
        "An index on the column is ordered by the column's own type.", guards,
        "checks list PG-PLAN-018"},
       cast_on_column},
      {{"plan.cast_in_join", Severity::high, "A join compares columns of different types",
        "The cast side cannot be looked up in its index.",
        "tables under 10,000 rows, joins that use more than a tenth of them, under 10 % of the "
        "plan",
        "checks list PG-PLAN-018"},
       cast_in_join},
      {{"plan.leading_wildcard", Severity::medium, "A pattern has no fixed beginning",
        "A B-tree finds only what begins with something known.", guards, "checks list PG-PLAN-019"},
       leading_wildcard},
      {{"plan.or_across_columns", Severity::medium, "OR joins conditions on different columns",
        "No single index serves both sides.", guards, "checks list PG-PLAN-021"},
       or_across_columns},
      {{"plan.not_in_subquery", Severity::high, "NOT IN with a large subquery",
        "It cannot become a join, and once the list exceeds work_mem the time grows with the "
        "product.",
        "lists under 1,000 rows, under 10 % of the plan", "checks list PG-PLAN-022"},
       not_in_subquery},
      {{"plan.partition_pruning_missed", Severity::high,
        "All partitions are read, as the condition hides the key",
        "Pruning is what partitions are for.",
        "tables that the snapshot does not hold, fewer than three partitions, pruning at run time, "
        "under 10 % of the plan",
        "PostgreSQL manual, partition pruning; checks list PG-PLAN-016 and MY-PLAN-013"},
       partition_pruning_missed},
  };
}

}  // namespace whet::advise
