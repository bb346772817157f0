// Rows, sizes, automatic increments and partitions of tables.
#include <algorithm>

#include "base/text.h"
#include "engine/mysql/collector.h"
#include "engine/mysql/schema_parts.h"
#include "engine/mysql/status.h"

namespace whet::engine::mysql {

namespace {

constexpr std::size_t names_in_one_statement = 100;

void add_table_stats(Collector& c) {
  if (!c.statistics_tables) return;
  model::Table* last = nullptr;
  const auto keep = [&](const Rows& rows) {
    Row row(rows, 0);
    const std::string_view schema = row.view();
    const InnodbName name = stats_name(schema, row.view());
    model::Table* table = name.table.empty() ? nullptr : c.table(name.schema, name.table);
    if (table == nullptr) return;
    const bool another_partition = table == last;
    last = table;
    const double count = row.number();
    const std::int64_t clustered = row.integer(), others = row.integer();
    const auto age = row.maybe_number();
    table->row_estimate = (another_partition ? table->row_estimate.value_or(0) : 0) + count;
    table->pages = (another_partition ? table->pages : 0) + clustered;
    table->index_bytes = (another_partition ? table->index_bytes : 0) + others * c.page_bytes;
    table->heap_bytes = table->pages * c.page_bytes;
    // The oldest of the partitions' counts.
    if (age && (!another_partition || *age > table->last_analyze_age_seconds.value_or(0)))
      table->last_analyze_age_seconds = std::max(0.0, *age);
    for (auto& partition : table->partitions) {
      if (text::lower(partition.name) != text::lower(name.partition)) continue;
      partition.rows = count;
      partition.bytes = (clustered + others) * c.page_bytes;
    }
  };
  // The times are in the server's own zone.
  c.stream("rows and sizes of tables",
           "SELECT database_name, table_name, n_rows, clustered_index_size, "
           "sum_of_other_index_sizes, UNIX_TIMESTAMP(NOW(6)) - UNIX_TIMESTAMP(last_update) FROM "
           "mysql.innodb_table_stats WHERE " +
               user_schemas("database_name") + " ORDER BY database_name, table_name",
           keep);
}

void take_sizes(Collector& c, const Rows& rows) {
  Row row(rows, 0);
  const std::string_view schema = row.view(), name = row.view();
  model::Table* table = c.table(schema, name);
  if (table == nullptr) return;
  const auto count = row.maybe_number();
  const std::int64_t data = row.integer(), index = row.integer();
  table->free_bytes = row.integer();
  table->next_auto_increment = row.maybe_number();
  table->row_format = row.text();
  table->options = options_of(row.view());
  // InnoDB's own count is fresher than the cache of information_schema.
  if (table->row_estimate && c.statistics_tables) return;
  table->row_estimate = count;
  table->heap_bytes = data;
  table->index_bytes = index;
  table->pages = c.page_bytes > 0 ? data / c.page_bytes : 0;
}

constexpr std::string_view sizes_select =
    "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_ROWS, DATA_LENGTH, INDEX_LENGTH, DATA_FREE, "
    "AUTO_INCREMENT, ROW_FORMAT, CREATE_OPTIONS FROM information_schema.TABLES";

/// Those where it matters most: the largest, those that are not InnoDB's, then those that count up
/// in a small type.
std::vector<const model::Table*> worth_opening(Collector& c) {
  std::vector<const model::Table*> out;
  for (const auto& table : c.snapshot.schema.tables) out.push_back(&table);
  const auto weight = [](const model::Table* table) {
    const bool unknown = !table->row_estimate && table->total_bytes() == 0;
    return std::make_pair(unknown && table->storage_engine != "InnoDB", table->total_bytes());
  };
  const std::size_t count = std::min(many_tables, out.size());
  std::partial_sort(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(count), out.end(),
                    [&](const auto* a, const auto* b) {
                      if (weight(a) != weight(b)) return weight(a) > weight(b);
                      return std::tie(a->schema, a->name) < std::tie(b->schema, b->name);
                    });
  out.resize(count);
  // By schema, so that one statement asks for one.
  std::sort(out.begin(), out.end(), [](const auto* a, const auto* b) {
    return std::tie(a->schema, a->name) < std::tie(b->schema, b->name);
  });
  return out;
}

/// A server without a dictionary opens only the one table that a statement names.
void add_sizes_of_some(Collector& c) {
  const auto chosen = worth_opening(c);
  const std::size_t at_once = c.has(Feature::dictionary) ? names_in_one_statement : 1;
  for (std::size_t i = 0; i < chosen.size() && !c.stopped();) {
    std::vector<std::string> names;
    const std::string& schema = chosen[i]->schema;
    for (; i < chosen.size() && chosen[i]->schema == schema && names.size() < at_once; ++i)
      names.push_back(c.connection.quote(chosen[i]->name));
    const std::string which =
        names.size() == 1 ? " = " + names[0] : " IN (" + text::join(names, ", ") + ")";
    if (!c.stream("sizes of tables",
                  std::string(sizes_select) + " WHERE TABLE_SCHEMA = " +
                      c.connection.quote(schema) + " AND TABLE_NAME" + which,
                  [&](const Rows& rows) { take_sizes(c, rows); }))
      return;
  }
  c.note("row formats, options, free space and automatic increments of all but the " +
             std::to_string(many_tables) + " largest tables",
         "There are " + std::to_string(c.snapshot.schema.tables.size()) +
             " tables, and the server would open each of them.",
         "");
  if (!c.statistics_tables) {
    c.note("rows and sizes of all but " + std::to_string(many_tables) + " tables",
           "The server would open each of them.", c.grant("SELECT ON mysql.innodb_table_stats"));
  }
}

/// The files' sizes: what a table takes on disk, when nothing better is known.
void add_file_sizes(Collector& c) {
  if (c.statistics_tables || !c.too_many_to_open()) return;
  c.stream(
      "sizes of table files",
      "SELECT NAME, FILE_SIZE FROM information_schema." + c.words(Ask::innodb_spaces),
      [&](const Rows& rows) {
        Row row(rows, 0);
        const InnodbName name = innodb_name(row.view());
        if (name.table.empty()) return;
        if (auto* table = c.table(name.schema, name.table)) table->heap_bytes += row.integer();
      },
      c.grant("PROCESS ON *.*"));
}

/// How many rows changed since InnoDB last counted. It knows only of tables that are open, and of
/// others it would have to open them.
void add_modified_rows(Collector& c) {
  if (c.too_many_to_open()) return;
  c.stream(
      "rows changed since the last count",
      "SELECT NAME, MODIFIED_COUNTER FROM information_schema." + c.words(Ask::innodb_table_stats) +
          " WHERE STATS_INITIALIZED = 'Initialized'",
      [&](const Rows& rows) {
        Row row(rows, 0);
        const InnodbName name = innodb_name(row.view());
        if (name.table.empty()) return;
        if (auto* table = c.table(name.schema, name.table))
          table->modified_since_analyze += row.integer();
      },
      c.grant("PROCESS ON *.*"));
}

/// Without its options a table is known to be partitioned by what InnoDB calls its parts.
void find_partitioned(Collector& c) {
  c.stream(
      "which tables have partitions",
      "SELECT NAME FROM information_schema." + c.words(Ask::innodb_tables) +
          " WHERE NAME LIKE '%#P#%'",
      [&](const Rows& rows) {
        const InnodbName name = innodb_name(rows.text(0, 0));
        if (name.table.empty()) return;
        if (auto* table = c.table(name.schema, name.table)) table->options["partitioned"] = "1";
      },
      c.grant("PROCESS ON *.*"));
}

/// 5.7 and MariaDB open the partitioned tables for this, and only them, when they are named.
void collect_partitions(Collector& c) {
  const auto keep = [&](const Rows& rows) {
    Row row(rows, 0);
    const std::string_view schema = row.view(), name = row.view();
    model::Table* table = c.table(schema, name);
    if (table == nullptr) return;
    table->partitions.push_back(partition_of(row));
    const auto& first = table->partitions.front();
    if (table->partition_key.empty())
      table->partition_key = first.method + " (" + first.expression + ")";
  };
  const std::string sizes = c.statistics_tables ? "NULL, NULL"  // they come from there
                                                : "TABLE_ROWS, DATA_LENGTH + INDEX_LENGTH";
  const std::string select = R"(
    SELECT TABLE_SCHEMA, TABLE_NAME, PARTITION_NAME, SUBPARTITION_NAME, PARTITION_METHOD,
           PARTITION_EXPRESSION, PARTITION_DESCRIPTION, )" +
                             sizes + R"(
    FROM information_schema.PARTITIONS WHERE )";
  if (c.has(Feature::dictionary)) {
    c.stream("partitions",
             select + "PARTITION_NAME IS NOT NULL AND " + user_schemas("TABLE_SCHEMA") +
                 " ORDER BY TABLE_SCHEMA, TABLE_NAME, PARTITION_ORDINAL_POSITION, "
                 "SUBPARTITION_ORDINAL_POSITION",
             keep);
    return;
  }
  for (const auto& table : c.snapshot.schema.tables) {
    if (c.stopped()) return;
    if (!table.options.contains("partitioned")) continue;
    c.stream("partitions",
             select + "TABLE_SCHEMA = " + c.connection.quote(table.schema) +
                 " AND TABLE_NAME = " + c.connection.quote(table.name),
             keep);
  }
}

void add_up_schemas(Collector& c) {
  std::map<std::string, std::int64_t> bytes;
  for (const auto& table : c.snapshot.schema.tables) bytes[table.schema] += table.total_bytes();
  for (auto& database : c.snapshot.server.databases) database.size_bytes = bytes[database.name];
}

}  // namespace

model::Partition partition_of(Row& row) {
  model::Partition partition;
  partition.name = row.text();
  partition.subpartition = row.text();
  partition.method = row.text();
  partition.expression = clean_expression(row.view());
  partition.description = row.text();
  partition.rows = row.number();
  partition.bytes = row.integer();
  return partition;
}

void collect_sizes(Collector& c) {
  if (!c.too_many_to_open()) {
    for_each_schema(c, "sizes of tables", std::string(sizes_select), "TABLE_SCHEMA",
                    [&](const Rows& rows) { take_sizes(c, rows); });
  } else if (c.definitions_only()) {
    find_partitioned(c);
  }
  collect_partitions(c);
  add_table_stats(c);
  if (c.too_many_to_open()) {
    add_file_sizes(c);
    add_sizes_of_some(c);
  }
  add_modified_rows(c);
  for (auto& table : c.snapshot.schema.tables)
    table.live_rows = static_cast<std::int64_t>(table.row_estimate.value_or(0));
  add_up_schemas(c);
}

}  // namespace whet::engine::mysql
