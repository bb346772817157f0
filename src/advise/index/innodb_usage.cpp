// Indexes of MySQL and MariaDB that nobody uses, and those that were hidden and forgotten.
#include <algorithm>

#include "advise/check.h"
#include "advise/index/common.h"
#include "advise/index/innodb_redundant.h"
#include "advise/mysql_facts.h"
#include "base/text.h"
#include "base/units.h"

namespace whet::advise {

namespace {

using model::Finding;
using model::Index;
using model::Severity;
using model::Table;

std::int64_t writes_to(const Table& table) {
  return table.total.inserts + table.total.updates + table.total.deletes;
}

/// Reads of the table by any way: without them the counters know nothing of it (instrumentation
/// off, or a table that nobody reads).
std::int64_t reads_of(const Table& table) {
  return table.total.sequential_rows + table.total.index_rows + table.total.sequential_scans +
         table.total.index_scans;
}

bool is_plain(const Index& index) {
  return !index.unique && !index.primary && (index.method.empty() || index.method == "btree");
}

/// Large, or small and written: worth a word.
bool costs(const Table& table, const Index& index) {
  return static_cast<double>(index.size_bytes) >= 10 * megabyte ||
         (static_cast<double>(index.size_bytes) >= megabyte / 4 && writes_to(table) >= 1000);
}

/// Replicas read with the same indexes and count their own uses.
bool elsewhere(const Facts& facts) {
  if (facts.policy().all_nodes_seen) return false;
  const auto& replication = facts.snapshot().replication;
  return !replication.replicas.empty() || !replication.channels.empty() ||
         replication.members.size() > 1;
}

void usage_evidence(const Facts& facts, const Table& table, const Index& index, Finding& finding) {
  const bool mariadb = is_mariadb(facts);
  finding.subject = index_subject(table, index);
  finding.evidence = {
      count("reads through it", uses_of(index),
            mariadb ? "performance_schema or INDEX_STATISTICS"
                    : "table_io_waits_summary_by_index_usage.COUNT_FETCH"),
      time("age of the counters", facts.history_seconds(), "Uptime"),
      size("size", static_cast<double>(index.size_bytes), "mysql.innodb_index_stats, size"),
      count("reads of the table", reads_of(table), "table_io_waits_summary_by_table"),
      count("rows written to the table", writes_to(table), "table_io_waits_summary_by_table"),
      fact("key", key_text(index), "information_schema.STATISTICS")};
  finding.impact.bytes = static_cast<double>(index.size_bytes);
  finding.impact.arithmetic = "the whole index: " + text::bytes(finding.impact.bytes);
}

Finding unused_finding(const Facts& facts, const Table& table, const Index& index) {
  Finding finding;
  usage_evidence(facts, table, index, finding);
  const std::string head =
      index.name + " (" + text::bytes(static_cast<double>(index.size_bytes)) + ")";
  const std::string history = text::duration(facts.history_seconds());
  if (!facts.history_is_long() || elsewhere(facts)) {
    finding.severity = Severity::info;
    finding.watch = true;
    finding.title = head + " was not used in the " + history + " since the counters began";
    finding.detail = facts.history_is_long()
                         ? "Replicas or group members count their own reads: look there too."
                         : "That is too short to know: the counters begin anew with each start of "
                           "the server. Wait for " +
                               text::duration(facts.policy().min_history_seconds) + ".";
    return finding;
  }
  finding.severity =
      static_cast<double>(index.size_bytes) >= 1024 * megabyte ? Severity::medium : Severity::low;
  finding.title = head + " was never used in " + history;
  finding.detail = "Each write to " + table.name +
                   " maintains it, and no query read it. No foreign key needs it. It is hidden "
                   "first: the server "
                   "keeps it up to date and does not use it, so that it is back in an instant if "
                   "anybody misses it.";
  finding.changes = {retire_index(facts, table, index, "no query used it in " + history)};
  return finding;
}

bool is_redundant(const std::vector<InnodbRedundancy>& list, const Index& index) {
  return std::any_of(list.begin(), list.end(), [&](const InnodbRedundancy& one) {
    return one.index == &index || one.keeper == &index;
  });
}

void unused(const Facts& facts, std::vector<Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    if (reads_of(*table) == 0 && writes_to(*table) == 0) continue;
    for (const Index& index : table->indexes) {
      if (!index.usable() || !is_plain(index) || uses_of(index) > 0 || !costs(*table, index))
        continue;
      if (!innodb_needed_by(*table, index, referring_keys(facts, *table)).empty()) continue;
      if (is_redundant(innodb_redundancies(facts, *table), index)) continue;
      out.push_back(unused_finding(facts, *table, index));
    }
  }
}

void hidden(const Facts& facts, std::vector<Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    for (const Index& index : table->indexes) {
      if (!index.hidden || index.unique || index.primary) continue;
      if (!innodb_needed_by(*table, index, referring_keys(facts, *table)).empty()) continue;
      Finding finding;
      usage_evidence(facts, *table, index, finding);
      const bool certain = facts.history_is_long() && !elsewhere(facts);
      finding.severity = certain ? Severity::low : Severity::info;
      finding.watch = !certain;
      const std::string word = is_mariadb(facts) ? "ignored" : "invisible";
      finding.title = index.name + " is " + word + " and still maintained";
      finding.detail =
          "No query uses it, each write keeps it up to date. " +
          std::string(certain ? "Nobody has missed it: drop it, or make it visible again."
                              : "Drop it once it has been hidden long enough for every monthly job "
                                "to have run without it; the server does not say since when.");
      if (certain)
        finding.changes = {
            drop_innodb_index(*table, index, "it is " + word + " and nobody misses it")};
      out.push_back(std::move(finding));
    }
  }
}

const Register unused_check{
    {.id = "index.unused",
     .area = Area::index,
     .severity = Severity::medium,
     .engines = both_forks,
     .summary = "No query uses an index",
     .why = "Every write maintains it, and it takes disk and buffer pool for nothing.",
     .privileges = "SELECT on performance_schema",
     .guards = "unique keys, indexes that a foreign key needs, FULLTEXT and SPATIAL, small ones of "
               "tables that are hardly written, tables without any counted read; it only watches "
               "while the counters are young or replicas were not seen",
     .source = "sys.schema_unused_indexes, which does not look at the age of its counters"},
    unused};
const Register hidden_check{
    {.id = "index.hidden_forgotten",
     .area = Area::index,
     .severity = Severity::low,
     .engines = both_forks,
     .summary = "An index is invisible (ignored) and still maintained",
     .why = "Hiding is for a trial: what nobody misses should go, what is missed should come back.",
     .guards = "unique keys; what a foreign key needs; it only watches while the server runs for "
               "less than the history that the policy wants",
     .source = "MySQL manual, 10.3.12 Invisible Indexes; MariaDB, Ignored Indexes"},
    hidden};

}  // namespace
}  // namespace whet::advise
