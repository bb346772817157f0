// What the statement digests of MySQL and MariaDB count: rows that are read in vain, joins without
// an index, temporary tables on disk, errors, waits, outliers.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "advise/build.h"
#include "advise/check.h"
#include "advise/query/mysql_histogram.h"
#include "advise/query/mysql_text.h"
#include "advise/query/plan_checks.h"
#include "advise/query/plan_context.h"
#include "advise/query/statement.h"
#include "base/text.h"

namespace whet::advise {
namespace {

using model::Finding;
using model::Severity;
using model::Statement;

double per_call(const Statement& statement, std::int64_t counter) {
  return static_cast<double>(counter) /
         static_cast<double>(std::max<std::int64_t>(statement.total.calls, 1));
}

/// Costly statements that read or change data: no EXPLAIN ANALYZE, no CALL.
std::vector<const Statement*> costly_work(const Facts& facts) {
  std::vector<const Statement*> out = costly_statements(facts);
  std::erase_if(out, [](const Statement* one) {
    using Kind = model::StatementKind;
    return one->kind != Kind::select && one->kind != Kind::insert && one->kind != Kind::update &&
           one->kind != Kind::remove && one->kind != Kind::merge;
  });
  return out;
}

std::string digest(std::string_view column) {
  return "performance_schema digests, " + std::string(column);
}

/// An aggregate reads many rows to return few, and is right to.
bool aggregates(const Facts& facts, const Statement& statement) {
  const Words words = words_of(facts, statement.database, statement.text);
  for (const std::string_view word : {"GROUP", "DISTINCT", "COUNT", "SUM", "AVG", "MIN", "MAX",
                                      "GROUP_CONCAT", "JSON_ARRAYAGG", "JSON_OBJECTAGG", "UNION"}) {
    if (words.mentions(word)) return true;
  }
  return false;
}

bool joins_in_full(const Statement& statement) {
  return per_call(statement, statement.total.full_joins) >= 0.5;
}

/// Another check says why so many rows are read, and what to do.
bool told_elsewhere(const Facts& facts, const Statement& statement) {
  const Words words = words_of(facts, statement.database, statement.text);
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (text::lower(words[i].text) == "rand") return true;  // query.random_order
  }
  if (pages(words) || joins_in_full(statement)) return true;  // query.deep_offset, query.full_join
  if (!statement.plan) return false;
  for (const std::string_view id :
       {"plan.conversion_blocks_index", "plan.function_on_column", "plan.cast_on_column",
        "plan.or_across_columns", "plan.leading_wildcard", "plan.correlated_subplan"}) {
    if (!plan_findings(*statement.plan, &facts, id).empty()) return true;
  }
  return false;
}

void rows_examined(const Facts& facts, std::vector<Finding>& out) {
  for (const Statement* statement : costly_work(facts)) {
    const double examined = per_call(*statement, statement->total.rows_examined);
    const double used_exactly =
        per_call(*statement, statement->total.rows + statement->total.rows_affected);
    const double used = std::max(used_exactly, 1.0);
    // MY-QRY-014
    if (examined < 10000 || examined < 100 * used || aggregates(facts, *statement)) continue;
    if (told_elsewhere(facts, *statement)) continue;
    Finding finding;
    finding.severity = Severity::high;
    finding.title = "A statement reads " + rows_text(examined) + " rows to " +
                    (statement->kind == model::StatementKind::select ? "return " : "change ") +
                    text::number(used_exactly);
    finding.detail =
        "No index leads to the rows that are wanted, so most of what is read is thrown away. See "
        "the advice of whet index for this statement.";
    finding.evidence = {
        number("rows read at each call", examined, digest("SUM_ROWS_EXAMINED / COUNT_STAR")),
        number("rows returned or changed at each call", used_exactly,
               digest("(SUM_ROWS_SENT + SUM_ROWS_AFFECTED) / COUNT_STAR")),
        count("calls without any index", statement->total.no_index_used,
              digest("SUM_NO_INDEX_USED"))};
    about_statement(facts, *statement, 1 - used / examined, finding);
    out.push_back(std::move(finding));
  }
}

void full_join(const Facts& facts, std::vector<Finding>& out) {
  for (const Statement* statement : costly_work(facts)) {
    const double joins = per_call(*statement, statement->total.full_joins);
    const double examined = per_call(*statement, statement->total.rows_examined);
    if (!joins_in_full(*statement) || examined < 10000) continue;
    Finding finding;
    finding.severity = Severity::high;
    finding.title = "A statement joins a table without an index, and reads " + rows_text(examined) +
                    " rows at each call";
    finding.detail =
        "The joined table is read in full for each row, or for each filling of the join buffer. An "
        "index on its column in the join condition makes that a lookup.";
    finding.evidence = {
        number("joins without an index at each call", joins,
               digest("SUM_SELECT_FULL_JOIN / COUNT_STAR")),
        number("rows read at each call", examined, digest("SUM_ROWS_EXAMINED / COUNT_STAR"))};
    double part = 1;
    if (statement->plan) {
      const auto found = plan_findings(*statement->plan, &facts, "plan.join_buffer");
      // The plan shows that this join is no matter: two large inputs, or little of the cost.
      if (found.empty()) continue;
      part = found.front().share;
      finding.evidence.insert(finding.evidence.end(), found.front().finding.evidence.begin(),
                              found.front().finding.evidence.end());
    }
    about_statement(facts, *statement, part, finding);
    out.push_back(std::move(finding));
  }
}

void temp_disk_tables(const Facts& facts, std::vector<Finding>& out) {
  for (const Statement* statement : costly_work(facts)) {
    const double on_disk = per_call(*statement, statement->total.temp_disk_tables);
    if (statement->total.calls < 10 || on_disk < 0.5) continue;
    const model::Setting* limit = facts.server().setting("tmp_table_size");
    Finding finding;
    finding.severity = Severity::medium;
    finding.title =
        "A statement makes " + text::number(on_disk) + " temporary tables on disk at each call";
    finding.detail =
        "They exceed tmp_table_size, or hold columns that do not go into memory (long text and "
        "BLOB, "
        "before MySQL 8.0.13 and on MariaDB). Select fewer or narrower columns, group in the order "
        "of an index, or raise tmp_table_size for this statement (SET_VAR, or SET in its session).";
    finding.evidence = {
        number("temporary tables on disk at each call", on_disk,
               digest("SUM_CREATED_TMP_DISK_TABLES / COUNT_STAR")),
        number("temporary tables at each call", per_call(*statement, statement->total.temp_tables),
               digest("SUM_CREATED_TMP_TABLES / COUNT_STAR"))};
    if (limit != nullptr) {
      finding.evidence.push_back(fact("tmp_table_size", limit->value, "SHOW GLOBAL VARIABLES"));
    }
    about_statement(facts, *statement, 1, finding);
    out.push_back(std::move(finding));
  }
}

void errors(const Facts& facts, std::vector<Finding>& out) {
  for (const Statement& statement : facts.snapshot().workload.statements) {
    const double part = per_call(statement, statement.total.errors);
    if (statement.own || statement.total.calls < 1000) continue;
    if (statement.total.errors < 100 || part < 0.01) continue;
    Finding finding;
    finding.severity = part >= 0.1 ? Severity::medium : Severity::low;
    finding.title = text::percent(part) + " of a statement's calls end in an error";
    finding.detail =
        "Duplicate keys, deadlocks, lock wait timeouts, or a column or table that is not there: "
        "the "
        "application's log and performance_schema.events_errors_summary_global_by_error say which. "
        "Each such call does its work in vain and is most likely repeated.";
    finding.evidence = {count("calls that failed", statement.total.errors, digest("SUM_ERRORS")),
                        share("part of its calls", part, digest("SUM_ERRORS / COUNT_STAR"))};
    const Severity severity = finding.severity;
    about_statement(facts, statement, part, finding);
    finding.severity = severity;  // an error is no matter of time
    out.push_back(std::move(finding));
  }
}

void warnings(const Facts& facts, std::vector<Finding>& out) {
  for (const Statement& statement : facts.snapshot().workload.statements) {
    const double each = per_call(statement, statement.total.warnings);
    if (statement.own || statement.total.calls < 1000 || each < 0.5) continue;
    // Notes of "IF EXISTS" and the like are no matter.
    if (statement.kind == model::StatementKind::ddl ||
        statement.kind == model::StatementKind::utility) {
      continue;
    }
    Finding finding;
    finding.severity = Severity::low;
    finding.title = "A statement gives " + text::number(each) + " warnings at each call";
    finding.detail =
        "Values are cut off or converted, a value of the wrong type is compared, or deprecated "
        "syntax is used. Run it once by hand, and SHOW WARNINGS.";
    finding.evidence = {number("warnings at each call", each, digest("SUM_WARNINGS / COUNT_STAR")),
                        count("warnings", statement.total.warnings, digest("SUM_WARNINGS"))};
    about_statement(facts, statement, 1, finding);
    finding.severity = Severity::low;
    out.push_back(std::move(finding));
  }
}

void unstable_time(const Facts& facts, std::vector<Finding>& out) {
  for (const Statement* statement : costly_work(facts)) {
    const double mean = statement->mean_ms();
    // MY-QRY-016. More than 20 times is not possible: the mean holds a twentieth of it.
    if (statement->total.calls < 1000 || mean <= 0 || statement->p95_ms < 10 * mean) continue;
    if (statement->p95_ms < 20) continue;
    Finding finding;
    finding.severity = Severity::low;
    finding.title = "A statement takes " + text::duration(mean / 1000) +
                    " on average, but one call in twenty " +
                    text::duration(statement->p95_ms / 1000) + " or more";
    finding.detail =
        "Some of its values are much more frequent than others, its plan changes, or it waits (for "
        "locks, or for pages that are not in the buffer pool). Explain it with a value of a slow "
        "call: a histogram, or an index that also serves the frequent value, evens it out.";
    finding.evidence = {time("95th percentile", statement->p95_ms / 1000, digest("QUANTILE_95")),
                        time("99th percentile", statement->p99_ms / 1000, digest("QUANTILE_99")),
                        number("95th percentile / mean", statement->p95_ms / mean,
                               digest("QUANTILE_95 / AVG_TIMER_WAIT"))};
    about_statement(facts, *statement, 1, finding);
    out.push_back(std::move(finding));
  }
}

void lock_wait(const Facts& facts, std::vector<Finding>& out) {
  for (const Statement* statement : costly_work(facts)) {
    const double waited = statement->total.lock_ms;
    const double all = statement->total.execution_ms;
    if (waited < 1000 || waited < 0.2 * all || statement->total.calls < 10) continue;
    Finding finding;
    finding.severity = Severity::medium;
    finding.title = "A statement waits for locks " + text::percent(std::min(waited / all, 1.0)) +
                    " of its time";
    finding.detail =
        "A better plan helps only if it locks fewer rows. See who holds the locks "
        "(sys.innodb_lock_waits while it happens), keep transactions short, take rows in the same "
        "order everywhere, and give the statements that lock an index for their condition.";
    finding.evidence = {
        time("waited in all", waited / 1000, digest("SUM_LOCK_TIME")),
        time("waited at each call", waited / 1000 / static_cast<double>(statement->total.calls),
             digest("SUM_LOCK_TIME / COUNT_STAR"))};
    about_statement(facts, *statement, std::min(waited / all, 1.0), finding);
    out.push_back(std::move(finding));
  }
}

void many_rows_sent(const Facts& facts, std::vector<Finding>& out) {
  for (const Statement* statement : costly_work(facts)) {
    const double sent = per_call(*statement, statement->total.rows);
    const double per_hour = facts.calls_per_hour(*statement);
    if (statement->kind != model::StatementKind::select || sent < 10000) continue;
    // A nightly export is right to.
    if (statement->total.calls < 100 || per_hour < 4) continue;
    Finding finding;
    finding.severity = Severity::low;
    finding.title = "A statement returns " + rows_text(sent) + " rows at each of " +
                    rows_text(per_hour) + " calls an hour";
    finding.detail =
        "Nobody reads that many rows: the application most likely counts, filters or pages them "
        "itself. Let the server do it (WHERE, COUNT, LIMIT with a key), or fetch only what "
        "changed.";
    finding.evidence = {
        number("rows returned at each call", sent, digest("SUM_ROWS_SENT / COUNT_STAR")),
        number("calls an hour", per_hour, digest("COUNT_STAR, since they were reset"))};
    about_statement(facts, *statement, 1, finding);
    out.push_back(std::move(finding));
  }
}

/// Rows that the plan expects to read.
double expected_rows(const PlanContext& plan) {
  double rows = 0;
  for (std::size_t i = 0; i < plan.size(); ++i) {
    const model::PlanNode& node = plan.node(i);
    if (!node.access.empty() && node.type != "Index merge") rows += plan.rows_read(i);
  }
  return rows;
}

/// An index that is walked in the wanted order until a LIMIT has its rows.
std::optional<std::size_t> ordered_walk(const PlanContext& plan) {
  for (std::size_t i = 0; i < plan.size(); ++i) {
    const model::PlanNode& node = plan.node(i);
    const bool walks = node.type == "Index scan" || node.type == "Index range scan";
    if (walks && !node.filter.empty() && plan.limited(i)) return i;
  }
  return std::nullopt;
}

/// The index of the first lookup in a plan that reads every table by an index; empty for others.
std::string index_that_is_planned(const PlanContext& plan) {
  std::string index;
  for (std::size_t i = 0; i < plan.size(); ++i) {
    const model::PlanNode& node = plan.node(i);
    if (plan.full_scan(i) || node.type == "Index scan") return "";
    if (index.empty() && !node.access.empty()) index = node.index;
  }
  return index;
}

/// The first scan's column of which the server knows nothing, with its histogram.
void add_histogram(const PlanContext& plan, Finding& finding) {
  for (std::size_t i = 0; i < plan.size(); ++i) {
    const model::Column* column = column_without_statistics(plan, i);
    if (column == nullptr) continue;
    finding.evidence.push_back(fact("column without index and histogram",
                                    plan.table(i)->name + "." + column->name,
                                    "information_schema.STATISTICS, COLUMN_STATISTICS"));
    finding.changes.push_back(make_histogram(*plan.table(i), *column));
    return;
  }
}

void examined_more_than_planned(const Facts& facts, std::vector<Finding>& out) {
  for (const Statement* statement : costly_work(facts)) {
    if (!statement->plan || statement->plan->executed() || statement->total.calls < 10) continue;
    if (pages(words_of(facts, statement->database, statement->text))) continue;
    const PlanContext plan(*statement->plan, &facts);
    const double expected = expected_rows(plan);
    const double examined = per_call(*statement, statement->total.rows_examined);
    if (!plan.mysql() || expected <= 0 || examined < 10000) continue;
    if (examined < 10 * expected) continue;  // MY-PLAN-012
    Finding finding;
    finding.severity = Severity::medium;
    finding.title = "A statement reads " + rows_text(examined) + " rows at each call; its plan " +
                    "expects " + rows_text(expected);
    finding.detail =
        "The join order and the indexes were chosen for few rows. ANALYZE TABLE renews what the "
        "server knows of the indexes; for conditions on other columns it needs histograms. With "
        "values that differ much in frequency, explain the statement with a frequent one.";
    finding.evidence = {
        number("rows read at each call", examined, digest("SUM_ROWS_EXAMINED / COUNT_STAR")),
        number("rows that the plan expects", expected, "EXPLAIN, rows x loops of all tables"),
        fact("plan", text::shorten(plan.path(plan.size() - 1), 120), "EXPLAIN")};
    if (const auto walk = ordered_walk(plan)) {
      finding.detail =
          "The plan walks the index " + plan.node(*walk).index +
          " in the wanted order and hopes to meet rows that pass the condition " +
          expression_text(plan.node(*walk).filter) +
          " soon. They come late. An index on the columns of the condition first and the order "
          "second returns them at once; to try without one: the hint NO_ORDER_INDEX, or "
          "optimizer_switch = 'prefer_ordering_index=off' (MySQL 8.0.21).";
    } else if (const std::string index = index_that_is_planned(plan);
               !index.empty() && per_call(*statement, statement->total.no_index_used) >= 0.9) {
      finding.detail =
          "The plan uses the index " + index +
          ", and the calls use none: most likely their values come in another type or collation "
          "than "
          "the column's (a number for a column of text), and the server converts the column for "
          "each row. Bind the values in the column's type.";
      finding.evidence.push_back(count("calls without any index", statement->total.no_index_used,
                                       digest("SUM_NO_INDEX_USED")));
    } else {
      add_histogram(plan, finding);
    }
    about_statement(facts, *statement, 1, finding);
    out.push_back(std::move(finding));
  }
}

CheckInfo info(std::string_view id, Severity severity, std::string_view summary,
               std::string_view why, std::string_view guards, std::string_view source) {
  return {.id = id,
          .area = Area::query,
          .severity = severity,
          .engines = mysql | mariadb,
          .summary = summary,
          .why = why,
          .privileges = "SELECT on performance_schema",
          .guards = guards,
          .source = source};
}

const Register on_examined{
    info("query.rows_examined", Severity::high, "A statement reads far more rows than it uses",
         "Rows that are read and thrown away cost as much as those that are wanted.",
         "under 10,000 rows at each call or 100 for each that is used, aggregates, what other "
         "checks "
         "tell (paging, random order, conditions that no index serves, joins without one), "
         "statements that cost little (as for query.function_on_column)",
         "checks list MY-QRY-014; sys.statements_with_full_table_scans"),
    rows_examined};
const Register on_full_join{
    info(
        "query.full_join", Severity::high, "A statement joins a table without an index",
        "The joined table is read in full again and again.",
        "under 10,000 rows at each call, less than one such join in two calls, plans that show two "
        "large inputs, statements that cost little",
        "checks list MY-PLAN-005; SUM_SELECT_FULL_JOIN"),
    full_join};
const Register on_disk_tables{
    info("query.temp_disk_tables", Severity::medium,
         "A statement makes temporary tables on disk at each call",
         "They are written and read as files.",
         "fewer than one in two calls, fewer than ten calls, statements that cost little",
         "checks list MY-PLAN-004; sys.statements_with_temp_tables"),
    temp_disk_tables};
const Register on_errors{
    info("query.errors", Severity::medium, "Many of a statement's calls end in an error",
         "Work is done in vain, and errors that are ignored hide bugs.",
         "under 1 % of the calls or 100 errors, fewer than 1,000 calls",
         "checks list MY-QRY-015; sys.statements_with_errors_or_warnings"),
    errors};
const Register on_warnings{
    info("query.warnings", Severity::low, "A statement gives warnings at most calls",
         "Values that are cut off or converted are lost silently.",
         "fewer than one warning in two calls, fewer than 1,000 calls, DDL",
         "checks list MY-QRY-015; sys.statements_with_errors_or_warnings"),
    warnings};
const Register on_unstable{
    info("query.unstable_time", Severity::low, "A statement is far slower at times than on average",
         "Users remember the slow call.",
         "95th percentile under 20 ms or ten times the mean, fewer than 1,000 calls, servers "
         "without "
         "quantiles (before MySQL 8.0, MariaDB), statements that cost little",
         "checks list MY-QRY-016; pt-query-digest, variance-to-mean ratio"),
    unstable_time};
const Register on_locks{
    info("query.lock_wait", Severity::medium, "A statement waits for locks much of its time",
         "Waiting looks like a slow plan, and no index helps.",
         "under a second in all or 20 % of its time, fewer than ten calls; row locks count from "
         "MySQL 8.0.28 on",
         "MySQL manual, SUM_LOCK_TIME"),
    lock_wait};
const Register on_sent{
    info("query.many_rows_sent", Severity::low, "A statement returns very many rows, and often",
         "Sending and reading them costs the server, the network and the application.",
         "under 10,000 rows at each call, fewer than 100 calls or four an hour, statements that "
         "cost "
         "little",
         "pt-query-digest, Rows sent"),
    many_rows_sent};
const Register on_more{
    info("query.examined_more_than_planned", Severity::medium,
         "A statement reads far more rows than its plan expects",
         "Join orders and indexes are chosen by expected rows.",
         "under 10,000 rows at each call or ten times the plan's, fewer than ten calls, paging by "
         "OFFSET, statements without a plan",
         "checks list MY-PLAN-012 and MY-PLAN-016"),
    examined_more_than_planned};

}  // namespace
}  // namespace whet::advise
