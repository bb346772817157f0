// Planner statistics that are old or were never made.
#include <algorithm>

#include "advise/check.h"
#include "advise/index/common.h"
#include "advise/maintenance/upkeep.h"
#include "base/text.h"
#include "base/whole.h"

namespace whet::advise {
namespace {

using model::Finding;
using model::Severity;
using model::Table;

constexpr double hour = 3600;

bool has_statistics(const Table& table) {
  return std::any_of(table.columns.begin(), table.columns.end(),
                     [](const model::Column& column) { return column.stats.has_value(); });
}

// pg_stats shows only columns that the role may read. When it shows none at all, missing
// statistics mean nothing.
bool statistics_readable(const Facts& facts) {
  return std::any_of(facts.user_tables().begin(), facts.user_tables().end(),
                     [](const Table* table) { return has_statistics(*table); });
}

struct Staleness {
  bool never = false;
  double changed = 0;  ///< rows changed since, as a fraction of those at the last ANALYZE
};

// Nothing when the statistics are as fresh as autovacuum would keep them.
std::optional<Staleness> staleness(const Facts& facts, const Table& table, bool readable) {
  const double rows = std::max(table.rows(), static_cast<double>(table.modified_since_analyze));
  if (rows < 1000) return std::nullopt;
  const auto age = last_analyze(table);
  const bool off = autovacuum_off(facts, table);
  if (!age && readable && !table.columns.empty() && !has_statistics(table) &&
      (off || facts.history_seconds() >= hour))
    return Staleness{true, 1};
  const double limit = analyze_threshold(facts, table);
  const auto modified = static_cast<double>(table.modified_since_analyze);
  const double known = std::max(table.row_estimate.value_or(0), 1.0);
  if (modified <= 2 * limit || modified < 0.2 * rows) return std::nullopt;
  // Autovacuum gets to it within minutes; an hour means that it does not.
  if (!off && age.value_or(facts.history_seconds()) < hour) return std::nullopt;
  return Staleness{false, modified / known};
}

Finding stale_finding(const Facts& facts, const Table& table, const Staleness& stale) {
  Finding finding;
  const bool off = autovacuum_off(facts, table);
  finding.subject = table_subject(table);
  finding.severity = stale.never || stale.changed >= 0.5 ? Severity::medium : Severity::low;
  finding.title = stale.never
                      ? table.name + " was never analyzed: the planner knows nothing of its " +
                            text::count(to_whole(table.rows())) + " rows"
                      : "Statistics of " + table.name +
                            " are stale: " + text::count(table.modified_since_analyze) +
                            " rows were changed since the last ANALYZE";
  finding.detail =
      "The planner estimates rows from what ANALYZE saw. On wrong figures it picks nested loops "
      "over many rows and reads indexes that do not pay.";
  if (off) finding.detail += " Autovacuum is switched off here, so nothing will refresh them.";
  const auto age = last_analyze(table);
  finding.evidence = {
      count("rows changed since", table.modified_since_analyze,
            "pg_stat_user_tables.n_mod_since_analyze"),
      count("rows now", to_whole(table.rows()), "pg_stat_user_tables.n_live_tup"),
      count("rows that the planner counts with", to_whole(table.row_estimate.value_or(0)),
            "pg_class.reltuples"),
      fact("last analyzed", age ? text::duration(*age) + " ago" : "not since the counters began",
           "pg_stat_user_tables.last_analyze, last_autoanalyze"),
      fact("autovacuum", off ? "off" : "on", "pg_class.reloptions, pg_settings")};
  finding.changes = {analyze_table(table, "its statistics are out of date")};
  return finding;
}

void stale_statistics(const Facts& facts, std::vector<Finding>& out) {
  const bool readable = statistics_readable(facts);
  for (const Table* table : facts.user_tables()) {
    if (table->kind != model::TableKind::table &&
        table->kind != model::TableKind::materialized_view)
      continue;
    if (const auto stale = staleness(facts, *table, readable))
      out.push_back(stale_finding(facts, *table, *stale));
  }
}

void partitioned(const Facts& facts, std::vector<Finding>& out) {
  if (!statistics_readable(facts)) return;
  for (const Table* table : facts.user_tables()) {
    if (table->kind != model::TableKind::partitioned || table->is_partition ||
        has_statistics(*table) || last_analyze(*table) || table->columns.empty())
      continue;
    const double rows = rows_of(facts, *table);
    if (rows < 100000) continue;
    Finding finding;
    finding.severity = Severity::low;
    finding.subject = table_subject(*table);
    finding.title = "The partitioned table " + table->name + " (" + text::count(to_whole(rows)) +
                    " rows) was never analyzed as a whole";
    finding.detail =
        "Autovacuum analyzes partitions, never their parent. Without the parent's statistics the "
        "planner guesses the number of distinct values and the selectivity of joins across "
        "partitions. Run ANALYZE on it regularly, from a job.";
    finding.evidence = {
        fact("statistics of the parent", "none", "pg_stats"),
        fact("last analyzed", "not since the counters began", "pg_stat_user_tables.last_analyze"),
        count("rows in its partitions", to_whole(rows), "pg_stat_user_tables.n_live_tup")};
    finding.changes = {analyze_table(*table, "autovacuum does not analyze partitioned tables")};
    out.push_back(std::move(finding));
  }
}

const Register stale_check{
    {.id = "maintenance.stale_statistics",
     .area = Area::maintenance,
     .severity = Severity::medium,
     .summary = "A table was never analyzed, or much of it changed since",
     .why = "The planner chooses plans by these figures; wrong ones make wrong plans.",
     .privileges = "SELECT on the table, to see whether it has statistics",
     .guards = "1,000 rows; changes beyond twice autovacuum's own threshold and a fifth of the "
               "rows; an hour for autovacuum to act, unless it is switched off",
     .source = "twice autovacuum_analyze_threshold + scale_factor x reltuples (PostgreSQL manual, "
               "'The Autovacuum Daemon')"},
    stale_statistics};
const Register partitioned_check{
    {.id = "maintenance.partitioned_not_analyzed",
     .area = Area::maintenance,
     .severity = Severity::low,
     .summary = "A partitioned table has no statistics of its own",
     .why = "Autovacuum never analyzes the parent, so the planner guesses across partitions.",
     .privileges = "SELECT on the table, to see whether it has statistics",
     .guards = "100,000 rows; silent when the role sees no statistics at all",
     .source = "PostgreSQL manual, ANALYZE, 'Notes'"},
    partitioned};

}  // namespace
}  // namespace whet::advise
