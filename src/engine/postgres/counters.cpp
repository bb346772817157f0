// Counters of tables and indexes.
//
// The functions behind the pg_stat views are called directly: the views join and group over all
// indexes for each table, which is the larger part of their time on big schemas.
#include "base/text.h"
#include "engine/postgres/collector.h"
#include "model/delta.h"

namespace whet::engine::postgres {

namespace {

std::string age(const std::string& moment) {
  return "extract(epoch FROM clock_timestamp() - " + moment + ")";
}

/// What of a table's counters comes from its indexes.
void add_index_counters(model::Table& table) {
  for (const auto& index : table.indexes) {
    table.total.index_scans += index.total.scans;
    table.total.index_rows += index.total.rows_fetched;
    table.total.index_blocks_read += index.total.blocks_read;
    table.total.index_blocks_hit += index.total.blocks_hit;
  }
}

}  // namespace

void collect_table_state(Collector& c) {
  // 16 keeps when a table was last scanned; a table's last index scan is that of its indexes.
  const std::string scans = c.since(160000,
                                    age("pg_stat_get_lastscan(c.oid)") + ", (SELECT " +
                                        age("max(pg_stat_get_lastscan(i.indexrelid))") +
                                        " FROM pg_index i WHERE i.indrelid = c.oid)",
                                    "NULL, NULL");
  const auto rows = c.read("state of the tables",
                           "SELECT c.oid, pg_stat_get_live_tuples(c.oid), "
                           "pg_stat_get_dead_tuples(c.oid), "
                           "pg_stat_get_mod_since_analyze(c.oid), "
                           "pg_stat_get_ins_since_vacuum(c.oid), " +
                               age("pg_stat_get_last_vacuum_time(c.oid)") + ", " +
                               age("pg_stat_get_last_autovacuum_time(c.oid)") + ", " +
                               age("pg_stat_get_last_analyze_time(c.oid)") + ", " +
                               age("pg_stat_get_last_autoanalyze_time(c.oid)") + ", " + scans + R"(
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm', 't', 'p') AND n.nspname <> 'information_schema')");
  if (!rows) return;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    auto* table = c.table(row.integer());
    if (table == nullptr) continue;
    table->live_rows = row.integer();
    table->dead_rows = row.integer();
    table->modified_since_analyze = row.integer();
    table->inserted_since_vacuum = row.integer();
    table->last_vacuum_age_seconds = row.maybe_number();
    table->last_autovacuum_age_seconds = row.maybe_number();
    table->last_analyze_age_seconds = row.maybe_number();
    table->last_autoanalyze_age_seconds = row.maybe_number();
    table->last_sequential_scan_age_seconds = row.maybe_number();
    table->last_index_scan_age_seconds = row.maybe_number();
  }
}

void sample_tables(Collector& c, Sample sample) {
  const std::string moved = c.since(160000, "pg_stat_get_tuples_newpage_updated(c.oid)", "0");
  const auto rows = c.read("counters of the tables", R"(
    SELECT c.oid, pg_stat_get_numscans(c.oid), pg_stat_get_tuples_returned(c.oid),
           pg_stat_get_tuples_fetched(c.oid), pg_stat_get_tuples_inserted(c.oid),
           pg_stat_get_tuples_updated(c.oid), pg_stat_get_tuples_deleted(c.oid),
           pg_stat_get_tuples_hot_updated(c.oid), )" + moved +
                                                         R"(,
           pg_stat_get_blocks_fetched(c.oid) - pg_stat_get_blocks_hit(c.oid),
           pg_stat_get_blocks_hit(c.oid),
           pg_stat_get_blocks_fetched(c.reltoastrelid) - pg_stat_get_blocks_hit(c.reltoastrelid),
           pg_stat_get_blocks_hit(c.reltoastrelid),
           pg_stat_get_vacuum_count(c.oid), pg_stat_get_autovacuum_count(c.oid),
           pg_stat_get_analyze_count(c.oid), pg_stat_get_autoanalyze_count(c.oid)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm', 't', 'p') AND n.nspname <> 'information_schema')");
  if (!rows) return;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    auto* table = c.table(row.integer());
    if (table == nullptr) continue;
    const model::TableCounters before = table->total;
    model::TableCounters now;
    for (auto* counter :
         {&now.sequential_scans, &now.sequential_rows, &now.index_rows, &now.inserts, &now.updates,
          &now.deletes, &now.hot_updates, &now.new_page_updates, &now.heap_blocks_read,
          &now.heap_blocks_hit, &now.toast_blocks_read, &now.toast_blocks_hit, &now.vacuums,
          &now.autovacuums, &now.analyzes, &now.autoanalyzes})
      *counter = row.integer();
    table->total = now;
    add_index_counters(*table);
    if (sample == Sample::second) table->window = model::counters_between(before, table->total);
  }
}

void sample_indexes(Collector& c, Sample sample) {
  const auto rows =
      c.read("counters of the indexes",
             R"(
    SELECT i.indexrelid, pg_stat_get_numscans(i.indexrelid),
           pg_stat_get_tuples_returned(i.indexrelid), pg_stat_get_tuples_fetched(i.indexrelid),
           pg_stat_get_blocks_fetched(i.indexrelid) - pg_stat_get_blocks_hit(i.indexrelid),
           pg_stat_get_blocks_hit(i.indexrelid), )" +
                 c.since(160000, age("pg_stat_get_lastscan(i.indexrelid)"), "NULL") + R"(
    FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid WHERE x.relkind = 'i')");
  if (!rows) return;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    auto* index = c.index(row.integer());
    if (index == nullptr) continue;
    model::IndexCounters now;
    for (auto* counter :
         {&now.scans, &now.entries_read, &now.rows_fetched, &now.blocks_read, &now.blocks_hit})
      *counter = row.integer();
    keep_sample(sample, now, index->total, index->window);
    index->last_scan_age_seconds = row.maybe_number();
  }
}

}  // namespace whet::engine::postgres
