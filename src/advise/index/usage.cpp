// Indexes that no query, or hardly any, uses.
#include <algorithm>

#include "advise/check.h"
#include "advise/index/hot.h"
#include "advise/index/redundant.h"
#include "base/text.h"
#include "base/units.h"

namespace whet::advise {
namespace {

using model::Finding;
using model::Index;
using model::Severity;
using model::Table;

constexpr double worth_it = 10 * megabyte;          // PgHero's limit for unused indexes
constexpr double worth_it_when_written = megabyte;  // smaller ones cost by their writes only
constexpr double stale_scan_seconds = 30 * 86400.0;

// A candidate may go as far as constraints, foreign keys and other indexes are concerned.
bool is_candidate(const Index& index, const Ties& ties) {
  return index.usable() && !index.unique && must_stay(index, ties).empty();
}

bool in_use(const Facts& facts, const Table& table) {
  return scans_of(facts, table) >= 100 || writes_of(facts, table) >= 1000;
}

void usage_evidence(const Facts& facts, const Table& table, const Index& index, const IndexUse& use,
                    Finding& finding) {
  finding.subject = index_subject(table, index);
  finding.evidence = {
      count("scans of the index", use.scans, "pg_stat_user_indexes.idx_scan"),
      time("age of the counters", facts.history_seconds(), "pg_stat_database.stats_reset"),
      size("size", use.size_bytes, "pg_relation_size"),
      count("scans of the table", scans_of(facts, table), "pg_stat_user_tables.seq_scan, idx_scan"),
      count("rows written to the table", writes_of(facts, table),
            "pg_stat_user_tables.n_tup_ins, n_tup_upd, n_tup_del"),
      fact("key", key_text(index), "pg_index")};
  if (use.last_scan_age_seconds)
    finding.evidence.push_back(
        time("last scan", *use.last_scan_age_seconds, "pg_stat_user_indexes.last_idx_scan"));
  finding.impact.bytes = use.size_bytes;
  finding.impact.arithmetic = "the whole index: " + text::bytes(use.size_bytes);
}

Finding unused_finding(const Facts& facts, const Table& table, const Index& index,
                       const IndexUse& use) {
  Finding finding;
  usage_evidence(facts, table, index, use, finding);
  const std::string title_head = index.name + " (" + text::bytes(use.size_bytes) + ")";
  const std::string history = text::duration(facts.history_seconds());
  const std::string unseen = unseen_use(facts);
  if (!facts.history_is_long() || !unseen.empty()) {
    finding.severity = Severity::info;
    finding.watch = true;
    finding.title = title_head + " was not used in the " + history + " since the counters began";
    finding.detail = facts.history_is_long()
                         ? "Only this server's counters were seen, and " + unseen +
                               ". Look there too before dropping it."
                         : "That is too short to know: wait for a history of " +
                               text::duration(facts.policy().min_history_seconds) +
                               ", with its nightly, weekly and month-end jobs.";
    return finding;
  }
  const auto writes = writes_of(facts, table);
  const bool heavy =
      use.size_bytes >= 1024 * megabyte || (use.size_bytes >= 100 * megabyte && writes >= 100000);
  finding.severity = heavy ? Severity::medium : Severity::low;
  finding.title = use.scans == 0
                      ? title_head + " was never used in " + history
                      : title_head + " was last used " +
                            text::duration(use.last_scan_age_seconds.value_or(0)) + " ago";
  finding.detail =
      "Each write to " + table.name +
      " maintains it and it takes cache and backup space, but no query read it. No constraint, "
      "foreign key or replica identity needs it. If a rare job does, keep it: the index is saved "
      "with the change and can be made again.";
  finding.changes = {drop_index(table, index, "no query used it in " + history)};
  return finding;
}

bool blocks_updates(const Facts& facts, const Writers& writers, const Table& table,
                    const Index& index) {
  const auto blockers = hot_blockers(facts, table, writers.updates_of(table));
  return std::any_of(blockers.begin(), blockers.end(),
                     [&](const HotBlocker& one) { return one.index == &index; });
}

// Not scanned in the counters' history, or not lately, and large enough for a word.
bool looks_unused(const Facts& facts, const Table& table, const IndexUse& use) {
  const bool long_ago = use.last_scan_age_seconds.value_or(0) >= stale_scan_seconds;
  if ((use.scans != 0 && !long_ago) || use.size_bytes < worth_it_when_written) return false;
  return use.size_bytes >= worth_it || writes_of(facts, table) >= 1000;
}

// What is dear to work out is worked out for the first index that gets so far; most do not.
void unused_of(const Facts& facts, const Table& table, std::optional<Writers>& writers,
               std::vector<Finding>& out) {
  std::optional<Ties> ties;
  std::optional<std::vector<Redundancy>> redundant;
  for (const Index& index : table.indexes) {
    if (index.total.scans > 0 && !index.last_scan_age_seconds) continue;
    const IndexUse use = use_of(facts, table, index);
    if (!looks_unused(facts, table, use)) continue;
    if (!ties) ties = ties_of(facts, table);
    if (!is_candidate(index, *ties) || !in_use(facts, table)) continue;
    if (!only_supported_by(index, table).empty()) continue;
    if (!redundant) redundant = redundancies(facts, table);
    if (is_redundant(*redundant, index) || is_keeper(*redundant, index)) continue;
    if (!writers) writers.emplace(facts);
    // index.hot_blocker tells of it, and of what it costs besides.
    if (use.scans == 0 && blocks_updates(facts, *writers, table, index)) continue;
    out.push_back(unused_finding(facts, table, index, use));
  }
}

void unused(const Facts& facts, std::vector<Finding>& out) {
  std::optional<Writers> writers;
  for (const Table* table : facts.user_tables()) unused_of(facts, *table, writers, out);
}

bool rarely(const Facts& facts, const Table& table, const Index& index) {
  const std::int64_t writes = writes_of(facts, table);
  // postgres-checkup's H002: at most one scan for a hundred writes. A scan that reads thousands of
  // entries is a report's, and each may save minutes: those are left alone.
  return index.total.scans > 0 && static_cast<double>(index.size_bytes) >= worth_it &&
         writes >= 10000 && index.total.scans * 100 <= writes &&
         index.total.entries_read <= index.total.scans * 1000;
}

void rarely_used(const Facts& facts, std::vector<Finding>& out) {
  if (!facts.history_is_long() || !unseen_use(facts).empty()) return;
  for (const Table* table : facts.user_tables()) {
    for (const Index& index : table->indexes) {
      if (!rarely(facts, *table, index)) continue;
      if (index.last_scan_age_seconds.value_or(0) >= stale_scan_seconds) continue;
      const Ties ties = ties_of(facts, *table);
      if (!is_candidate(index, ties) || !only_supported_by(index, *table).empty()) continue;
      const auto redundant = redundancies(facts, *table);
      if (is_redundant(redundant, index) || is_keeper(redundant, index)) continue;
      Finding finding;
      usage_evidence(facts, *table, index, use_of(facts, *table, index), finding);
      const std::int64_t writes = writes_of(facts, *table);
      finding.severity = Severity::info;
      finding.title = index.name + " (" + text::bytes(static_cast<double>(index.size_bytes)) +
                      ") was used " + text::count(index.total.scans) + " times for " +
                      text::count(writes) + " rows written";
      finding.detail =
          "It costs far more writes than it serves reads. Find the queries that use it, and drop "
          "it if they can do without.";
      finding.changes = {
          manual("review/" + table->schema + "." + index.name,
                 "Find out which queries use " + index.name + ", and whether they need it",
                 "DROP INDEX CONCURRENTLY " + sql_name(table->schema, index.name) + ";")};
      out.push_back(std::move(finding));
    }
  }
}

// The index serves only foreign keys whose referenced tables nobody deletes from.
bool parents_never_deleted(const Facts& facts, const std::vector<const model::Constraint*>& keys) {
  for (const model::Constraint* key : keys) {
    const Table* parent = facts.table(key->referenced_table);
    if (parent == nullptr || deletes_of(facts, *parent) > 0) return false;
  }
  return !keys.empty();
}

void foreign_key_unneeded(const Facts& facts, std::vector<Finding>& out) {
  if (!facts.history_is_long() || !unseen_use(facts).empty()) return;
  for (const Table* table : facts.user_tables()) {
    for (const Index& index : table->indexes) {
      if (index.total.scans > 0) continue;
      const IndexUse use = use_of(facts, *table, index);
      if (use.scans > 0 || use.size_bytes < worth_it || writes_of(facts, *table) < 1000) continue;
      const auto keys = only_supported_by(index, *table);
      if (!is_candidate(index, ties_of(facts, *table)) || !parents_never_deleted(facts, keys))
        continue;
      Finding finding;
      usage_evidence(facts, *table, index, use, finding);
      const Table* parent = facts.table(keys.front()->referenced_table);
      finding.evidence.push_back(
          count("rows deleted from " + parent->name, 0, "pg_stat_user_tables.n_tup_del"));
      finding.severity = Severity::info;
      finding.title = index.name + " (" + text::bytes(use.size_bytes) +
                      ") only supports the foreign key " + keys.front()->name +
                      ", and nothing is ever deleted from " + parent->name;
      finding.detail =
          "The index would speed up deletes and key updates of " + parent->name +
          ", of which there were none, and no query used it. Keep it if you plan to clean up " +
          parent->name + "; else it only slows writes.";
      finding.changes = {
          manual("review/" + table->schema + "." + index.name,
                 "Drop " + index.name + " if " + parent->name + " stays free of deletes",
                 "DROP INDEX CONCURRENTLY " + sql_name(table->schema, index.name) + ";")};
      out.push_back(std::move(finding));
    }
  }
}

const Register unused_check{
    {.id = "index.unused",
     .area = Area::index,
     .severity = Severity::medium,
     .summary = "No query uses an index",
     .why = "Every write maintains it, and it takes disk, cache and backup time for nothing.",
     .guards = "drops only with a long history and no replica unseen, else it only watches; never "
               "unique, constraint, foreign key, replica identity, clustered, partition or "
               "extension indexes, nor one that makes another redundant, nor what "
               "index.hot_blocker tells of; the table must be in use; 10 MB, or 1 MB with 1000 "
               "writes",
     .source = "PgHero (10 MB); last scan 30 d ago from PostgreSQL 16 on"},
    unused};
const Register rarely_check{
    {.id = "index.rarely_used",
     .area = Area::index,
     .severity = Severity::info,
     .summary = "An index is written a hundred times more often than it is read",
     .why = "The reads may not be worth what the writes pay.",
     .guards = "long history, no unseen replica, 10,000 rows written, 10 MB; scans that read many "
               "entries are reports and left alone; so are indexes that make another redundant",
     .source = "postgres-checkup H002 (scans at most 1 % of writes)"},
    rarely_used};
const Register unneeded_check{
    {.id = "index.foreign_key_unneeded",
     .area = Area::index,
     .severity = Severity::info,
     .summary = "An index serves only a foreign key whose parent is never deleted from",
     .why = "Supporting indexes pay when referenced rows are deleted; without that they only slow "
            "the child's writes.",
     .guards = "long history, no unseen replica, no scans, 1,000 rows written, 10 MB",
     .source = "postgres-checkup H003"},
    foreign_key_unneeded};

}  // namespace
}  // namespace whet::advise
