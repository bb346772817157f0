// index.sequential_scans: tables that are read whole and for which no index is proposed.
#include <algorithm>
#include <set>
#include <unordered_map>

#include "advise/build.h"
#include "advise/candidates/candidates.h"
#include "advise/check.h"
#include "advise/index/common.h"
#include "base/text.h"
#include "base/units.h"
#include "base/whole.h"

namespace whet::advise {
namespace {

using model::Finding;
using model::Severity;
using model::Table;

struct ScanCost {
  double seconds_per_hour = 0;
  double share = 0;
  std::vector<const model::Statement*> statements;
  bool filtered = false;
};
using ScanCosts = std::unordered_map<const Table*, ScanCost>;

// The time of the statements whose plans read a table from end to end, by table.
ScanCosts costs_of_scans(const Facts& facts) {
  ScanCosts costs;
  const TableFinder finder(facts);
  for (const model::Statement* statement : top_statements(facts)) {
    if (!statement->plan) continue;
    std::set<const Table*> scanned;
    for_each_node(statement->plan->root, [&](const model::PlanNode& node) {
      if (!text::contains(node.type, "Seq Scan")) return;
      const Table* table = finder.table(node);
      if (table == nullptr) return;
      scanned.insert(table);
      ScanCost& cost = costs[table];
      cost.filtered = cost.filtered || !node.filter.empty();
    });
    for (const Table* table : scanned) {
      ScanCost& cost = costs[table];
      cost.statements.push_back(statement);
      cost.seconds_per_hour += facts.seconds_per_hour(*statement);
      cost.share += facts.share(*statement);
    }
  }
  return costs;
}

double rows_per_scan(const Table& table) {
  return static_cast<double>(table.total.sequential_rows) /
         static_cast<double>(std::max<std::int64_t>(1, table.total.sequential_scans));
}

bool often_scanned(const Table& table) {
  const auto& total = table.total;
  if (table.kind != model::TableKind::table || table.is_partition || table.rows() < 10000 ||
      total.sequential_scans < 100 || static_cast<double>(table.heap_bytes) < 8 * megabyte)
    return false;
  const double part = static_cast<double>(total.sequential_scans) /
                      static_cast<double>(total.sequential_scans + total.index_scans);
  return rows_per_scan(table) >= 10000 && part >= 0.05;
}

// index.missing tells of the table already, and of the statements that most of the scans' time is
// spent in.
bool told_by_proposals(const std::vector<Candidate>& proposals, const Table& table,
                       const ScanCost& cost) {
  std::set<const model::Statement*> told;
  for (const Candidate& candidate : proposals) {
    if (candidate.table != &table) continue;
    for (const Need& need : candidate.needs) told.insert(need.statement);
  }
  if (told.empty()) return false;
  double all = 0;
  double explained = 0;
  for (const model::Statement* statement : cost.statements) {
    all += statement->total.execution_ms;
    if (told.contains(statement)) explained += statement->total.execution_ms;
  }
  return explained >= all / 2;
}

Finding finding_for(const Facts& facts, const Table& table, const ScanCost& cost) {
  const auto& total = table.total;
  const bool costly =
      cost.seconds_per_hour >= 36 || (cost.share >= 0.05 && cost.seconds_per_hour >= 1);
  Finding finding;
  finding.subject = table_subject(table);
  finding.severity = costly ? Severity::medium : Severity::low;
  finding.title = table.name + " was scanned sequentially " + text::count(total.sequential_scans) +
                  " times, " + text::count(to_whole(rows_per_scan(table))) +
                  " rows a scan on average";
  finding.detail =
      "Queries that want few of the rows find no index to get at them. The query checks name "
      "the statements; reports that need all rows are no concern. Each worker of a parallel scan "
      "counts as a scan of its part.";
  finding.evidence = {
      count("sequential scans", total.sequential_scans, "pg_stat_user_tables.seq_scan"),
      count("rows read by them", total.sequential_rows, "pg_stat_user_tables.seq_tup_read"),
      count("index scans", total.index_scans, "pg_stat_user_tables.idx_scan"),
      count("rows", to_whole(table.rows()), "pg_stat_user_tables.n_live_tup"),
      time("age of the counters", facts.history_seconds(), "pg_stat_database.stats_reset")};
  finding.impact.seconds_per_hour = cost.seconds_per_hour;
  finding.impact.share = cost.share;
  if (!cost.statements.empty())
    finding.impact.arithmetic =
        "execution time of " +
        text::plural(static_cast<std::int64_t>(cost.statements.size()),
                     "statement whose plan scans", "statements whose plans scan") +
        " the table, per hour";
  return finding;
}

void sequential_scans(const Facts& facts, std::vector<Finding>& out) {
  if (!facts.ratio_age(facts.history_seconds())) return;
  ScanCosts costs = costs_of_scans(facts);
  std::optional<std::vector<Candidate>> proposals;
  for (const Table* table : facts.user_tables()) {
    if (!often_scanned(*table)) continue;
    const ScanCost& cost = costs[table];
    // It is read whole because all of it is wanted.
    if (!cost.statements.empty() && !cost.filtered) continue;
    if (!proposals) proposals = proposed_indexes(facts);
    if (!told_by_proposals(*proposals, *table, cost))
      out.push_back(finding_for(facts, *table, cost));
  }
}

const Register registered{
    {.id = "index.sequential_scans",
     .area = Area::index,
     .severity = Severity::medium,
     .summary = "A large table is often read by sequential scans",
     .why = "Reading all rows to find a few costs I/O, cache and time in proportion to the table.",
     .guards = "counters a day old; 100 scans of 10,000 rows and more, at least 5 % of all scans; "
               "silent when the known plans want all rows, and when index.missing proposes indexes "
               "for statements that take at least half of the scans' time",
     .source = "PgHero (index use below 95 %, 10,000 rows)"},
    sequential_scans};

}  // namespace
}  // namespace whet::advise
