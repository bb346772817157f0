// Tables with what pg_class says of them, and the sizes of tables and indexes.
#include <algorithm>

#include "base/text.h"
#include "engine/postgres/collector.h"

namespace whet::engine::postgres {

namespace {

// TOAST tables and the server's catalogs are of interest only when something may be wrong with
// them: at least this many pages (10 MB, 50 MB with 8 kB pages), or old.
constexpr std::string_view worth_a_look_toast = "1280";
constexpr std::string_view worth_a_look_catalog = "6400";
constexpr std::string_view worth_a_look_age = "150000000";

model::TableKind kind_of(std::string_view relkind) {
  if (relkind == "p") return model::TableKind::partitioned;
  if (relkind == "m") return model::TableKind::materialized_view;
  if (relkind == "f") return model::TableKind::foreign_table;
  if (relkind == "t") return model::TableKind::toast;
  return model::TableKind::table;
}

std::string identity_of(std::string_view relreplident) {
  if (relreplident == "n") return "nothing";
  if (relreplident == "f") return "full";
  if (relreplident == "i") return "index";
  return "default";
}

void add_options(std::map<std::string, std::string>& options,
                 const std::vector<std::string>& entries, const std::string& prefix) {
  for (const auto& entry : entries) {
    const std::size_t equals = entry.find('=');
    if (equals == std::string::npos) continue;
    options[prefix + entry.substr(0, equals)] = entry.substr(equals + 1);
  }
}

model::Table read_table(Row& row) {
  model::Table table;
  table.id = row.integer();
  table.schema = row.text();
  table.name = row.text();
  table.kind = kind_of(row.view());
  table.owner = row.text();
  const std::string persistence = row.text();
  table.unlogged = persistence == "u";
  table.temporary = persistence == "t";
  table.system = table.schema == "pg_catalog";
  table.extension = row.text();
  table.parent = row.integer();
  table.is_partition = row.flag();
  table.partition_key = row.text();
  table.partition_bound = row.text();
  table.default_partition = table.partition_bound == "DEFAULT";
  table.replica_identity = identity_of(row.view());
  table.row_security = row.flag();
  table.populated = row.flag() && table.kind == model::TableKind::materialized_view;
  add_options(table.options, row.array(), "");
  add_options(table.options, row.array(), "toast.");
  const double rows = row.number();
  table.pages = row.integer();
  table.all_visible_pages = row.integer();
  // 14 and later say -1; before, an empty table and one never looked at are the same.
  if (rows >= 0 && (rows > 0 || table.pages > 0)) table.row_estimate = rows;
  table.toast_table = row.integer();
  table.frozen_xid_age = row.integer();
  table.frozen_mxid_age = row.integer();
  return table;
}

void sizes_from_pages(Collector& c) {
  const std::int64_t block = c.snapshot.server.block_bytes;
  for (auto& table : c.snapshot.schema.tables) {
    table.heap_bytes = table.pages * block;
    for (auto& index : table.indexes) index.size_bytes = index.pages * block;
  }
  // One statement for all TOAST tables with their index.
  const auto rows = c.read("sizes of TOAST tables", R"(
    SELECT c.oid, t.relpages + coalesce((SELECT sum(x.relpages) FROM pg_index i
                                         JOIN pg_class x ON x.oid = i.indexrelid
                                         WHERE i.indrelid = t.oid), 0)
    FROM pg_class c JOIN pg_class t ON t.oid = c.reltoastrelid WHERE t.relpages > 0)");
  if (!rows) return;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    if (auto* table = c.table(row.integer())) table->toast_bytes = row.integer() * block;
  }
}

/// Asks the file system, but not for relations that somebody locks exclusively: the question
/// would wait for them.
bool sizes_from_files(Collector& c) {
  const auto rows = c.read_if_possible(R"(
    WITH locked AS (
      SELECT DISTINCT relation FROM pg_locks
      WHERE locktype = 'relation' AND mode = 'AccessExclusiveLock'
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
    SELECT c.oid, c.relkind IN ('i', 'I'),
           c.oid IN (SELECT relation FROM locked)
             OR coalesce(i.indrelid IN (SELECT relation FROM locked), false) AS skipped,
           CASE WHEN c.oid NOT IN (SELECT relation FROM locked)
                 AND coalesce(i.indrelid NOT IN (SELECT relation FROM locked), true)
                THEN pg_relation_size(c.oid) END,
           CASE WHEN c.reltoastrelid <> 0 AND c.oid NOT IN (SELECT relation FROM locked)
                 AND c.reltoastrelid NOT IN (SELECT relation FROM locked)
                THEN pg_total_relation_size(c.reltoastrelid) END
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_index i ON i.indexrelid = c.oid
    WHERE c.relkind IN ('r', 'm', 'i', 't') AND n.nspname <> 'information_schema'
      AND (n.nspname <> 'pg_catalog' OR c.relpages > )" +
                                       std::string(worth_a_look_catalog) + ")");
  if (!rows) return false;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    const std::int64_t id = row.integer();
    const bool is_index = row.flag();
    const bool skipped = row.flag();
    const std::int64_t main = row.integer();
    const std::int64_t toast = row.integer();
    if (is_index) {
      if (auto* index = c.index(id)) {
        index->size_bytes = skipped ? index->pages * c.snapshot.server.block_bytes : main;
      }
    } else if (auto* table = c.table(id)) {
      table->sizes_skipped = skipped;
      table->heap_bytes = skipped ? table->pages * c.snapshot.server.block_bytes : main;
      table->toast_bytes = toast;
    }
  }
  return true;
}

}  // namespace

void collect_tables(Collector& c) {
  const std::string catalog(worth_a_look_catalog), toast(worth_a_look_toast);
  const auto rows = c.read("tables", R"(
    SELECT c.oid, n.nspname, c.relname, c.relkind, pg_get_userbyid(c.relowner), c.relpersistence,
           (SELECT e.extname FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
            WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
              AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' LIMIT 1),
           (SELECT h.inhparent FROM pg_inherits h WHERE h.inhrelid = c.oid
            ORDER BY h.inhseqno LIMIT 1),
           c.relispartition,
           CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END,
           CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END,
           c.relreplident, c.relrowsecurity, c.relispopulated, c.reloptions, t.reloptions,
           c.reltuples, c.relpages, c.relallvisible, c.reltoastrelid,
           CASE WHEN c.relfrozenxid <> '0' THEN age(c.relfrozenxid) ELSE 0 END,
           CASE WHEN c.relminmxid <> '0' THEN mxid_age(c.relminmxid) ELSE 0 END
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_class t ON t.oid = c.reltoastrelid
    WHERE (c.relkind IN ('r', 'p', 'm', 'f') AND )" +
                                         user_namespace("n") + R"()
       OR (c.relkind = 't' AND (c.relpages > )" +
                                         toast + " OR age(c.relfrozenxid) > " +
                                         std::string(worth_a_look_age) + R"())
       OR (n.nspname = 'pg_catalog' AND c.relkind = 'r' AND c.relpages > )" +
                                         catalog + ")");
  if (!rows) return;
  auto& tables = c.snapshot.schema.tables;
  tables.reserve(static_cast<std::size_t>(rows->size()));
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    tables.push_back(read_table(row));
  }
  // Here and not in SQL: the server's order depends on its collation.
  std::sort(tables.begin(), tables.end(), [](const auto& a, const auto& b) {
    return a.schema != b.schema ? a.schema < b.schema : a.name < b.name;
  });
  c.remember_tables();
}

void collect_sizes(Collector& c) {
  if (c.snapshot.schema.tables.size() > many_tables) {
    sizes_from_pages(c);
    c.note("exact sizes of tables and indexes",
           "There are more than " + text::count(many_tables) +
               " tables: sizes are those that VACUUM and ANALYZE counted last.",
           "");
  } else if (!sizes_from_files(c)) {
    sizes_from_pages(c);
    c.note("exact sizes of tables and indexes",
           "Asking for them had to wait for somebody's lock: sizes are those that VACUUM and "
           "ANALYZE counted last.",
           "");
  }
  for (auto& table : c.snapshot.schema.tables) {
    table.index_bytes = 0;
    for (const auto& index : table.indexes) table.index_bytes += index.size_bytes;
  }
}

}  // namespace whet::engine::postgres
