// What the counters of a statement tell that its plan without a run cannot: temporary files, JIT,
// deep pages, patterns that no index served.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "advise/build.h"
#include "advise/check.h"
#include "advise/mysql_facts.h"
#include "advise/query/mysql_text.h"
#include "advise/query/plan_context.h"
#include "advise/query/statement.h"
#include "base/text.h"

namespace whet::advise {
namespace {

using model::Severity;

constexpr double block_bytes = 8192;

double per_call(const model::Statement& statement, std::int64_t counter) {
  return static_cast<double>(counter) / static_cast<double>(statement.total.calls);
}

/// MySQL counts the merge passes of sorts that did not fit into sort_buffer_size.
void mysql_sort_spill(const Facts& facts, std::vector<model::Finding>& out) {
  for (const model::Statement* statement : costly_statements(facts)) {
    const double passes = per_call(*statement, statement->total.sort_merge_passes);
    const double rows = per_call(*statement, statement->total.sort_rows);
    // A pass or two is soon over, and a larger buffer for everybody costs more than it gives.
    if (passes < 2 || rows < 10000) continue;
    const model::Setting* buffer = facts.server().setting("sort_buffer_size");
    model::Finding finding;
    finding.severity = Severity::medium;
    finding.title = "A statement sorts " + rows_text(rows) + " rows on disk, in " +
                    text::number(passes) + " merge passes at each call";
    finding.detail =
        "An index in the wanted order needs no sort. Fewer or narrower rows, or a larger "
        "sort_buffer_size for this statement (the hint SET_VAR, or SET in its session), need fewer "
        "passes; leave the server's setting small, as every sort takes its own.";
    finding.evidence = {number("merge passes at each call", passes,
                               "performance_schema digests, SUM_SORT_MERGE_PASSES / COUNT_STAR"),
                        number("rows sorted at each call", rows,
                               "performance_schema digests, SUM_SORT_ROWS / COUNT_STAR")};
    if (buffer != nullptr) {
      finding.evidence.push_back(fact("sort_buffer_size", buffer->value, "SHOW GLOBAL VARIABLES"));
    }
    about_statement(facts, *statement, 1, finding);
    out.push_back(std::move(finding));
  }
}

void sort_spill(const Facts& facts, std::vector<model::Finding>& out) {
  if (is_mysql(facts)) return mysql_sort_spill(facts, out);
  for (const model::Statement* statement : costly_statements(facts)) {
    const double written = per_call(*statement, statement->total.temp_written) * block_bytes;
    // Less than a megabyte a call is over before it is noticed.
    if (written < 1024.0 * 1024) continue;
    const model::Setting* work_mem = facts.server().setting("work_mem");
    model::Finding finding;
    finding.severity = Severity::medium;
    finding.title =
        "A statement writes " + text::bytes(written) + " of temporary files at each call";
    finding.detail =
        "A sort, hash or kept result exceeds work_mem. See its plan for which; an index in the "
        "wanted order, fewer or narrower rows, or a larger work_mem for this statement's role (SET "
        "or ALTER ROLE, about 2.5 times what is written) avoids the files.";
    finding.evidence = {
        size("temporary files written at each call", written,
             "pg_stat_statements.temp_blks_written / calls"),
        size("written in all", static_cast<double>(statement->total.temp_written) * block_bytes,
             "pg_stat_statements.temp_blks_written")};
    if (work_mem != nullptr) {
      finding.evidence.push_back(fact("work_mem", work_mem->value, "pg_settings.setting"));
    }
    about_statement(facts, *statement, 1, finding);
    out.push_back(std::move(finding));
  }
}

void jit_share(const Facts& facts, std::vector<model::Finding>& out) {
  for (const model::Statement* statement : costly_statements(facts)) {
    const double jit = statement->total.jit_ms;
    const double all = statement->total.execution_ms;
    // PG-PLAN-012; below 10 ms a call nobody gains anything.
    if (jit <= 0.2 * all || jit / static_cast<double>(statement->total.calls) < 10) continue;
    model::Finding finding;
    finding.severity = Severity::medium;
    finding.title =
        "Compiling (JIT) takes " + text::percent(jit / all) + " of a statement's execution";
    finding.detail =
        "JIT pays for queries of many seconds. Raise jit_above_cost, or set jit = off for roles "
        "with short queries.";
    finding.evidence = {time("JIT at each call",
                             jit / 1000 / static_cast<double>(statement->total.calls),
                             "pg_stat_statements.jit_*_time / calls")};
    about_statement(facts, *statement, std::min(jit / all, 1.0), finding);
    out.push_back(std::move(finding));
  }
}

/// "offset" as a word, outside of names.
bool has_offset(const std::string& statement) {
  const std::string text = " " + text::lower(text::squeeze(statement)) + " ";
  return text::contains(text, " offset $");
}

void mysql_deep_offset(const Facts& facts, std::vector<model::Finding>& out) {
  for (const model::Statement* statement : costly_statements(facts)) {
    if (statement->kind != model::StatementKind::select) continue;
    if (!pages(words_of(facts, statement->database, statement->text))) continue;
    const double rows = per_call(*statement, statement->total.rows);
    const double examined = per_call(*statement, statement->total.rows_examined);
    // The offset itself is not recorded; what is read for a page of rows is. A full sort is told by
    // other checks.
    if (examined < 10000 || rows > 1000 || examined < 20 * rows) continue;
    model::Finding finding;
    finding.severity = Severity::medium;
    finding.title =
        "Paging by OFFSET reads " + rows_text(examined) + " rows to return " + text::number(rows);
    finding.detail =
        "Skipped rows are read like returned ones, so each further page is slower. Remember the "
        "last "
        "key of the page and ask for rows beyond it (WHERE a > ? OR (a = ? AND id > ?) ORDER BY a, "
        "id LIMIT n), with an index on the same columns.";
    finding.evidence = {number("rows read at each call", examined,
                               "performance_schema digests, SUM_ROWS_EXAMINED / COUNT_STAR"),
                        number("rows returned at each call", rows,
                               "performance_schema digests, SUM_ROWS_SENT / COUNT_STAR")};
    about_statement(facts, *statement, 1, finding);
    out.push_back(std::move(finding));
  }
}

void deep_offset(const Facts& facts, std::vector<model::Finding>& out) {
  if (is_mysql(facts)) return mysql_deep_offset(facts, out);
  for (const model::Statement* statement : costly_statements(facts)) {
    if (!has_offset(statement->text)) continue;
    const model::StatementCounters& total = statement->total;
    const double rows = per_call(*statement, total.rows);
    const double blocks = per_call(*statement, total.shared_hit + total.shared_read);
    // The offset itself is not recorded; a thousand blocks for a page of rows are.
    if (blocks < 1000 || rows > 1000 || blocks < 20 * rows) continue;
    model::Finding finding;
    finding.severity = Severity::medium;
    finding.title = "Paging by OFFSET reads " + text::number(blocks) + " blocks to return " +
                    text::number(rows) + " rows";
    finding.detail =
        "Skipped rows are computed like returned ones, so each further page is slower. Remember "
        "the "
        "last key of the page and ask for rows beyond it (WHERE (a, id) > ($1, $2) ORDER BY a, id "
        "LIMIT n), with an index on the same columns.";
    finding.evidence = {number("blocks at each call", blocks,
                               "pg_stat_statements.shared_blks_hit + shared_blks_read, / calls"),
                        number("rows at each call", rows, "pg_stat_statements.rows / calls")};
    about_statement(facts, *statement, 1, finding);
    out.push_back(std::move(finding));
  }
}

/// "column LIKE $1" on a full scan: its plan cannot tell what the patterns are, the blocks that the
/// calls touch can.
struct PatternScan {
  const model::Table* table = nullptr;
  std::string column, condition;
};

std::optional<PatternScan> pattern_scan_in(const Facts& facts, const model::Plan& plan) {
  const PlanContext context(plan, &facts);
  for (std::size_t i = 0; i < context.size(); ++i) {
    const model::Table* table = context.table(i);
    if (!context.is(i, "Seq Scan") || table == nullptr || table->pages < 1000) continue;
    const auto parsed = plans::parse_expression(context.node(i).filter);
    if (!parsed) continue;
    for (const plans::Expr* term : plans::conjuncts(*parsed)) {
      const auto one = plans::comparison(*term);
      if (!one || one->op != "~~") continue;
      const bool unknown = one->fixed->kind == plans::ExprKind::parameter ||
                           (one->fixed->kind == plans::ExprKind::cast &&
                            one->fixed->args.front().kind == plans::ExprKind::parameter);
      if (!unknown) continue;
      return PatternScan{table, plans::columns_in(*one->variable).front(), plans::to_text(*term)};
    }
  }
  return std::nullopt;
}

bool begins_index(const model::Table& table, const std::string& column) {
  return std::any_of(table.indexes.begin(), table.indexes.end(), [&](const model::Index& index) {
    return index.usable() && !index.parts.empty() && index.parts.front().column == column;
  });
}

/// The same on MySQL, whose plans are made for a captured text: with an index on the column, a
/// pattern with a fixed beginning would have been looked up in it.
std::optional<PatternScan> mysql_pattern_scan_in(const Facts& facts, const model::Plan& plan) {
  const PlanContext context(plan, &facts);
  for (std::size_t i = 0; i < context.size(); ++i) {
    const model::Table* table = context.table(i);
    if (!context.full_scan(i) || table == nullptr || table->rows() < 10000) continue;
    const auto parsed = plans::parse_expression(context.node(i).filter);
    if (!parsed) continue;
    for (const plans::Expr* term : plans::conjuncts(*parsed)) {
      const auto one = plans::comparison(*term);
      if (!one || one->op != "LIKE" || one->variable->kind != plans::ExprKind::column) continue;
      const std::string column = plans::columns_in(*one->variable).front();
      if (one->fixed->kind == plans::ExprKind::parameter && begins_index(*table, column)) {
        return PatternScan{table, column, plans::to_text(*term)};
      }
    }
  }
  return std::nullopt;
}

void mysql_pattern_scan(const Facts& facts, std::vector<model::Finding>& out) {
  for (const model::Statement* statement : costly_statements(facts)) {
    const auto found =
        statement->plan ? mysql_pattern_scan_in(facts, *statement->plan) : std::nullopt;
    if (!found) continue;
    const double examined = per_call(*statement, statement->total.rows_examined);
    const double rows = found->table->rows();
    const double sent = per_call(*statement, statement->total.rows);
    if (examined < 0.5 * rows || examined < 10 * sent) continue;
    model::Finding finding;
    finding.severity = Severity::medium;
    finding.title = "A pattern search on " + found->table->name + "." + found->column + " reads " +
                    rows_text(examined) + " rows at each call";
    finding.detail =
        "The index on the column serves only patterns with a fixed beginning, and these have none. "
        "A "
        "FULLTEXT index serves words (with the ngram parser of MySQL also parts of them) by MATCH "
        "... AGAINST; a generated column with the reversed text serves patterns with a fixed end.";
    finding.evidence = {
        number("rows read at each call", examined,
               "performance_schema digests, SUM_ROWS_EXAMINED / COUNT_STAR"),
        number("rows of the table", rows, "TABLE_ROWS"),
        fact("condition", text::shorten(found->condition, 80), "EXPLAIN, attached condition")};
    about_statement(facts, *statement, 1, finding);
    out.push_back(std::move(finding));
  }
}

void pattern_scan(const Facts& facts, std::vector<model::Finding>& out) {
  if (is_mysql(facts)) return mysql_pattern_scan(facts, out);
  for (const model::Statement* statement : costly_statements(facts)) {
    const auto found = statement->plan ? pattern_scan_in(facts, *statement->plan) : std::nullopt;
    if (!found) continue;
    const model::StatementCounters& total = statement->total;
    const double blocks = per_call(*statement, total.shared_hit + total.shared_read);
    const auto pages = static_cast<double>(found->table->pages);
    // A pattern that an index serves touches a few blocks; half of the table is a scan of it.
    if (blocks < 0.5 * pages) continue;
    model::Finding finding;
    finding.severity = Severity::medium;
    finding.title = "A pattern search on " + found->table->name + "." + found->column + " reads " +
                    text::number(blocks) + " blocks at each call";
    finding.detail =
        "No index serves the patterns that are asked for: they begin with a wildcard, or the "
        "collation is not C and the index has no text_pattern_ops. A GIN index with gin_trgm_ops "
        "(extension pg_trgm) serves LIKE with wildcards anywhere; text_pattern_ops serves patterns "
        "with a fixed beginning.";
    finding.evidence = {number("blocks at each call", blocks,
                               "pg_stat_statements.shared_blks_hit + shared_blks_read, / calls"),
                        number("pages of the table", pages, "pg_class.relpages"),
                        fact("condition", text::shorten(found->condition, 80), "EXPLAIN, Filter")};
    about_statement(facts, *statement, 1, finding);
    out.push_back(std::move(finding));
  }
}

CheckInfo info(std::string_view id, std::string_view summary, std::string_view why,
               std::string_view guards, std::string_view source, unsigned engines = postgresql) {
  return {.id = id,
          .area = Area::query,
          .severity = Severity::medium,
          .engines = engines,
          .summary = summary,
          .why = why,
          .privileges = engines == postgresql ? "pg_read_all_stats"
                                              : "pg_read_all_stats; MySQL and MariaDB: SELECT on "
                                                "performance_schema",
          .guards = guards,
          .source = source};
}

const Register on_spill{
    info("query.sort_spill", "A statement writes temporary files",
         "Files are far slower than memory, and fill the disk when many run at once.",
         "under 1 MB at each call; on MySQL and MariaDB under two merge passes or 10,000 rows; "
         "statements under 0.5 % of the workload's time or a second in all (or 30 s an hour in "
         "calls of 10 ms and more), unless called twice or "
         "more and 20 ms or slower on average (at most low then)",
         "pgMustard, operation on disk; queries study P04 to P07", postgresql | mysql | mariadb),
    sort_spill};
const Register on_jit{
    info("query.jit_share", "Compiling takes a large part of a statement's time",
         "JIT is meant for long queries, but is switched on by estimated cost.",
         "under 20 % or 10 ms at each call; "
         "statements under 0.5 % of the workload's time or a second in all (or 30 s an hour in "
         "calls of 10 ms and more), unless called twice or "
         "more and 20 ms or slower on average (at most low then); PostgreSQL 15 and newer",
         "checks list PG-PLAN-012"),
    jit_share};
const Register on_pattern{
    info("query.pattern_scan", "A pattern search reads the table at each call",
         "A B-tree finds only what begins with something known, in the C collation or with "
         "text_pattern_ops.",
         "tables under 1,000 pages (on MySQL and MariaDB 10,000 rows, or without an index on the "
         "column), calls that touch less than half of the table; "
         "statements under 0.5 % of the workload's time or a second in all (or 30 s an hour in "
         "calls of 10 ms and more), unless called twice or "
         "more and 20 ms or slower on average (at most low then)",
         "checks list PG-PLAN-019 and PG-PLAN-020", postgresql | mysql | mariadb),
    pattern_scan};
const Register on_offset{
    info("query.deep_offset", "A statement pages by OFFSET and pays for skipped rows",
         "The cost of a page grows with its number.",
         "under 1,000 blocks (on MySQL and MariaDB 10,000 rows) at each call or 20 for each row, "
         "more than 1,000 rows returned; "
         "statements under 0.5 % of the workload's time or a second in all (or 30 s an hour in "
         "calls of 10 ms and more), unless called twice or "
         "more and 20 ms or slower on average (at most low then)",
         "checks list PG-PLAN-023", postgresql | mysql | mariadb),
    deep_offset};

}  // namespace
}  // namespace whet::advise
