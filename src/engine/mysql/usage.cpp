// How tables and indexes are used: performance_schema's I/O waits, or MariaDB's user statistics.
#include <algorithm>

#include "base/text.h"
#include "engine/mysql/collector.h"

namespace whet::engine::mysql {

namespace {

/// What the tables and indexes had in the first sample, and have now.
struct Now {
  model::TableCounters table;
  std::map<std::string, model::IndexCounters> indexes;
};

/// Reads of rows are what is counted; how many scans they were, nobody knows. An index that was
/// never read has none of either.
model::IndexCounters index_counters(std::int64_t fetched, std::int64_t written, double wait_ms) {
  model::IndexCounters n;
  n.scans = n.entries_read = n.rows_fetched = fetched;
  n.rows_written = written;
  n.wait_ms = wait_ms;
  return n;
}

using ByTable = std::unordered_map<model::Table*, Now>;

bool read_waits(Collector& c, ByTable& all) {
  // Fetches under no index are scans; inserts are counted there too.
  bool good = c.stream(
      "use of indexes",
      "SELECT OBJECT_SCHEMA, OBJECT_NAME, INDEX_NAME, COUNT_FETCH, COUNT_INSERT, COUNT_UPDATE, "
      "COUNT_DELETE, SUM_TIMER_WAIT FROM "
      "performance_schema.table_io_waits_summary_by_index_usage WHERE OBJECT_TYPE = 'TABLE' AND "
      "COUNT_STAR > 0 AND " +
          user_schemas("OBJECT_SCHEMA"),
      [&](const Rows& rows) {
        Row row(rows, 0);
        const std::string_view schema = row.view(), name = row.view();
        auto* table = c.table(schema, name);
        if (table == nullptr) return;
        const std::string index = row.text();
        const std::int64_t fetched = row.integer(), inserted = row.integer(),
                           updated = row.integer(), deleted = row.integer();
        const double waited = milliseconds(row.number());
        Now& now = all[table];
        if (index.empty()) {
          now.table.sequential_rows += fetched;
        } else {
          now.indexes[index] = index_counters(fetched, inserted + updated + deleted, waited);
          now.table.index_scans += fetched;
          now.table.index_rows += fetched;
        }
        now.table.inserts += inserted;
        now.table.updates += updated;
        now.table.deletes += deleted;
        now.table.wait_ms += waited;
      },
      c.grant("SELECT ON performance_schema.*"));
  return good;
}

bool user_statistics_on(Collector& c) {
  return c.has(Feature::user_statistics) && c.snapshot.server.on("userstat");
}

void read_user_statistics(Collector& c, ByTable& all) {
  c.stream(
      "use of indexes",
      "SELECT TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, ROWS_READ FROM "
      "information_schema.INDEX_STATISTICS",
      [&](const Rows& rows) {
        Row row(rows, 0);
        const std::string_view schema = row.view(), name = row.view();
        auto* table = c.table(schema, name);
        if (table == nullptr) return;
        const std::string index = row.text();
        const std::int64_t fetched = row.integer();
        Now& now = all[table];
        now.indexes[index] = index_counters(fetched, 0, 0);
        now.table.index_scans += fetched;
        now.table.index_rows += fetched;
      },
      c.grant("PROCESS ON *.*"));
  c.stream(
      "use of tables",
      "SELECT TABLE_SCHEMA, TABLE_NAME, ROWS_READ, ROWS_CHANGED FROM "
      "information_schema.TABLE_STATISTICS",
      [&](const Rows& rows) {
        Row row(rows, 0);
        const std::string_view schema = row.view(), name = row.view();
        auto* table = c.table(schema, name);
        if (table == nullptr) return;
        Now& now = all[table];
        now.table.sequential_rows = std::max<std::int64_t>(0, row.integer() - now.table.index_rows);
        // Inserted, updated or deleted: it does not say which.
        now.table.updates = row.integer();
      },
      c.grant("PROCESS ON *.*"));
}

void note_no_source(Collector& c) {
  const std::string remedy =
      c.has(Feature::user_statistics)
          ? "SET GLOBAL userstat = ON; counts without a restart."
          : "Set performance_schema=ON in the option file and restart the server.";
  c.note("use of tables and indexes", "Nothing on the server counts it.", remedy);
}

/// performance_schema has room for so many; what it lost was never counted.
void note_lost(Collector& c) {
  for (const auto* name :
       {"Performance_schema_index_stat_lost", "Performance_schema_table_instances_lost",
        "Performance_schema_table_handles_lost"}) {
    const auto lost = c.snapshot.server.status_total(name);
    if (!lost || *lost <= 0) continue;
    c.note("use of some tables and indexes",
           std::string(name) + " is " + text::number(*lost) +
               ": performance_schema had no room for all of them.",
           "Raise performance_schema_max_index_stat and performance_schema_max_table_instances, "
           "and restart the server.");
  }
}

}  // namespace

void sample_usage(Collector& c, Sample sample) {
  ByTable all;
  if (c.performance_schema) {
    if (!read_waits(c, all)) return;
    if (sample == Sample::first) note_lost(c);
  } else if (user_statistics_on(c)) {
    read_user_statistics(c, all);
  } else {
    if (sample == Sample::first) note_no_source(c);
    return;
  }
  for (auto& [table, now] : all) {
    keep_sample(sample, now.table, table->total, table->window);
    for (auto& index : table->indexes) {
      const auto at = now.indexes.find(index.name);
      if (at != now.indexes.end()) keep_sample(sample, at->second, index.total, index.window);
    }
  }
}

}  // namespace whet::engine::mysql
