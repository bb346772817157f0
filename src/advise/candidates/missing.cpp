// index.missing: indexes that the workload's statements would use.
#include <algorithm>
#include <cmath>

#include "advise/build.h"
#include "advise/candidates/candidates.h"
#include "advise/check.h"
#include "advise/index/common.h"
#include "advise/naming.h"
#include "base/text.h"
#include "base/whole.h"

namespace whet::advise {
namespace {

using model::Severity;

Severity severity_of(const Candidate& candidate) {
  if (candidate.share >= 0.10) return Severity::high;
  if (candidate.share >= 0.01) return Severity::medium;
  return Severity::low;
}

// The columns whose widths make up the key's. A function of a text is taken to be as long as the
// text (lower(), trim()); of other expressions no width is known.
std::vector<std::string> key_columns(const Candidate& candidate) {
  std::vector<std::string> out;
  for (const model::IndexPart& part : candidate.index.parts) {
    std::string name = part.column;
    for (const model::Column& column : candidate.table->columns) {
      const bool words = column.base_type == "text" || column.base_type == "varchar";
      if (name.empty() && words && mentions(part.expression, column.name)) name = column.name;
    }
    out.push_back(std::move(name));
  }
  return out;
}

// Part of the rows that a partial index holds: those with NULL in its column.
double covered_part(const Candidate& candidate) {
  for (const model::Column& column : candidate.table->columns) {
    if (column.stats && candidate.index.predicate == sql_name(column.name) + " IS NULL")
      return column.stats->null_fraction;
  }
  return 1;
}

std::int64_t full_scans_of(const Facts& facts, const model::Table& table) {
  std::int64_t scans = table.total.sequential_scans;
  for (const model::Table* part : facts.children(table.id)) scans += part->total.sequential_scans;
  return scans;
}

model::Change change_of(const Candidate& candidate, FreeNames& names, double bytes) {
  model::Index index = candidate.index;
  index.name = names.next(*candidate.table, name_parts(index));
  model::Change change = create_index(
      *candidate.table, index, bytes,
      "it would serve " + text::plural(static_cast<std::int64_t>(candidate.statement_ids().size()),
                                       "statement that now reads many more rows than it needs",
                                       "statements that now read many more rows than they need"));
  change.affected = candidate.statement_ids();
  return change;
}

void add_statement(const Facts& facts, const Need& need, model::Finding& finding) {
  const model::Statement& statement = *need.statement;
  const std::string name = "statement " + statement.id;
  const auto blocks =
      static_cast<double>(statement.total.shared_hit + statement.total.shared_read) /
      static_cast<double>(std::max<std::int64_t>(1, statement.total.calls));
  finding.evidence.push_back(
      fact(name, text::shorten(text::squeeze(statement.text), 160), "pg_stat_statements.query"));
  finding.evidence.push_back(
      fact(name + " takes",
           text::count(statement.total.calls) + " calls of " +
               text::duration(statement.mean_ms() / 1000) + " and " + text::number(blocks) +
               " blocks, " + text::percent(facts.share(statement)) + " of the workload's time",
           "pg_stat_statements.calls, total_exec_time, shared_blks_hit, "
           "shared_blks_read"));
  finding.evidence.push_back(fact(name + " reads by", need.reading.text, need.reading.source));
  finding.evidence.push_back(
      {name + " reads",
       "about " + text::count(to_whole(std::round(need.rows_now))) + " rows a call and gives " +
           text::number(need.rows_returned) + "; with the index about " +
           text::count(to_whole(std::ceil(need.rows_with))),
       need.rows_now,
       "estimate: " + need.arithmetic +
           " (pg_stats; columns taken as independent, values as equally wanted)"});
}

model::Finding finding_for(const Facts& facts, FreeNames& names, const Candidate& candidate) {
  const model::Table& table = *candidate.table;
  const auto ids = candidate.statement_ids();
  const bool scanned = std::any_of(candidate.needs.begin(), candidate.needs.end(),
                                   [](const Need& need) { return need.reading.full_scan; });
  model::Finding finding;
  finding.severity = severity_of(candidate);
  finding.subject = table_subject(table);
  finding.title =
      table.name +
      (scanned ? " is read by full scans" : " is read far beyond the rows that are needed") +
      ": an index on " + candidate.key() + " would serve " +
      text::plural(static_cast<std::int64_t>(ids.size()), "statement", "statements") + ", " +
      text::percent(candidate.share) + " of the workload's time";
  finding.detail =
      std::string(ids.size() == 1 ? "The statement below picks" : "The statements below pick") +
      " few rows by these columns, and no index begins with them. What the index would gain is not "
      "claimed here: try it (whet optimize) before you keep it. Every insert and most updates of " +
      table.name + " would have one more index to maintain.";
  constexpr std::size_t shown = 3;
  for (std::size_t i = 0; i < candidate.needs.size() && i < shown; ++i)
    add_statement(facts, candidate.needs[i], finding);
  finding.evidence.push_back(count("rows of " + table.name, to_whole(rows_of(facts, table)),
                                   "pg_stat_user_tables.n_live_tup"));
  finding.evidence.push_back(count("full scans of " + table.name, full_scans_of(facts, table),
                                   "pg_stat_user_tables.seq_scan"));
  finding.evidence.push_back(count("rows written to " + table.name, writes_of(facts, table),
                                   "pg_stat_user_tables.n_tup_ins, n_tup_upd, n_tup_del"));
  const SizeEstimate estimate = btree_size(facts, table, key_columns(candidate));
  const double bytes = estimate.bytes * covered_part(candidate);
  std::string arithmetic = estimate.arithmetic;
  if (bytes < estimate.bytes)
    arithmetic += ", of " + text::percent(covered_part(candidate)) + " of the rows";
  finding.evidence.push_back(size("size of the index (estimate)", bytes, arithmetic));
  finding.impact.seconds_per_hour = candidate.seconds_per_hour;
  finding.impact.share = candidate.share;
  finding.impact.arithmetic =
      "execution time of " +
      text::plural(static_cast<std::int64_t>(ids.size()), "statement", "statements") +
      " (pg_stat_statements.total_exec_time), per hour of the counters' age";
  finding.changes = {change_of(candidate, names, bytes)};
  finding.references = {"https://www.postgresql.org/docs/current/indexes-multicolumn.html"};
  return finding;
}

void missing(const Facts& facts, std::vector<model::Finding>& out) {
  FreeNames names(facts);
  for (const Candidate& candidate : proposed_indexes(facts))
    out.push_back(finding_for(facts, names, candidate));
}

const Register registered{
    {.id = "index.missing",
     .area = Area::index,
     .severity = Severity::high,
     .summary = "Statements read many more rows than they need, and no index would help them",
     .why = "A full scan or a large sort for a few rows takes time, memory and I/O in every call.",
     .privileges = "pg_read_all_stats, to see the statements of other roles",
     .guards =
         "tables below 1,000 rows or 100 pages; statements below 10 calls, 1 ms a call, or both "
         "1 s an hour and 1 % of the workload; columns without statistics; an index that "
         "serves it exists; the plan (without one, the counters of the table) shows no full "
         "scan and no surplus of rows; more than a tenth of the rows would still be read",
     .source = "a tenth of the rows: PostgreSQL's costs (random_page_cost / seq_page_cost and rows "
               "per page); floors as PgHero and dexter have them"},
    missing};

}  // namespace
}  // namespace whet::advise
