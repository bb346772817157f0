#include "bench/checks/catalog.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

namespace whet::bench {

namespace {

constexpr std::int64_t first_table_id = 100000;
constexpr std::int64_t first_index_id = 10000000;
constexpr double day = 86400;

struct ColumnKind {
  const char* type;
  const char* base_type;
  std::int64_t length;
  std::int64_t alignment;
};
constexpr std::array<ColumnKind, 10> column_kinds{
    {{"bigint", "int8", 8, 8},
     {"bigint", "int8", 8, 8},
     {"text", "text", -1, 4},
     {"timestamp with time zone", "timestamptz", 8, 8},
     {"numeric(12,2)", "numeric", -1, 4},
     {"boolean", "bool", 1, 1},
     {"jsonb", "jsonb", -1, 4},
     {"character varying(40)", "varchar", -1, 4},
     {"uuid", "uuid", 16, 1},
     {"integer", "int4", 4, 4}}};

std::string column_name(std::int64_t number) {
  return number == 0 ? "id" : "column_" + std::to_string(number);
}

model::Column make_column(std::int64_t table, std::int64_t number) {
  const ColumnKind& kind = column_kinds[static_cast<std::size_t>(number) % column_kinds.size()];
  model::Column column;
  column.name = column_name(number);
  column.position = number + 1;
  column.type = kind.type;
  column.base_type = kind.base_type;
  column.type_kind = "base";
  column.length = kind.length;
  column.alignment = kind.alignment;
  column.storage = kind.length > 0 ? "plain" : "extended";
  column.not_null = number < 4;
  model::ColumnStats stats;
  stats.null_fraction = column.not_null ? 0 : (table % 3 == 0 ? 0.75 : 0.25);
  stats.average_width = kind.length > 0 ? static_cast<double>(kind.length) : 24;
  stats.distinct = number == 0 ? -1 : static_cast<double>(10 + table % 500);
  stats.correlation = number == 0 ? 1.0 : 0.125;
  stats.common_frequencies = {0.25, 0.125, 0.0625, 0.03125};
  stats.has_histogram = true;
  column.stats = stats;
  return column;
}

/// The primary key, one on a single column, one on two, a partial one and one more. With faults the
/// second is contained in the third, and nobody has read the last.
model::Index make_index(const model::Table& table, bool faulty, std::int64_t number,
                        std::int64_t id) {
  model::Index index;
  index.id = id;
  index.schema = table.schema;
  index.name = table.name + "_index_" + std::to_string(number);
  index.method = "btree";
  std::vector<std::int64_t> key{number};
  if (number == 1 && !faulty) key = {7};
  if (number == 2) key = {1, 3};
  for (const std::int64_t column : key) {
    model::IndexPart part;
    part.column = column_name(column);
    part.opclass = "int8_ops";
    part.opclass_is_default = true;
    index.parts.push_back(part);
  }
  index.primary = index.unique = number == 0;
  if (index.primary) index.constraint = table.name + "_pkey";
  if (number == 3) index.predicate = "(NOT column_5)";
  index.definition = "CREATE INDEX " + index.name + " ON " + table.qualified();
  index.size_bytes = (number + 1) * 1048576 * (1 + table.id % 40);
  index.pages = index.size_bytes / 8192;
  index.row_estimate = static_cast<double>(table.live_rows);
  index.total.scans = 1000000 + table.id % 100;
  if (faulty && number > 2) index.total.scans = number == 4 ? 0 : 300;
  index.total.entries_read = index.total.scans * 10;
  index.total.rows_fetched = index.total.scans * 9;
  index.window = index.total;
  index.bloat = model::Bloat{1048576.0, 0.2, "estimate", false};
  return index;
}

void add_counters(model::Table& table, bool faulty, std::int64_t number) {
  table.row_estimate = static_cast<double>(1000 + number * 50);
  table.live_rows = 1000 + number * 50;
  table.dead_rows = faulty ? table.live_rows / 2 : 10;
  table.heap_bytes = table.live_rows * 120;
  table.pages = table.heap_bytes / 8192 + 1;
  table.all_visible_pages = table.pages / 2;
  table.index_bytes = table.heap_bytes / 2;
  table.frozen_xid_age = 1000000 + number;
  table.total.sequential_scans = faulty ? 200000 : 5;
  table.total.sequential_rows = table.total.sequential_scans * table.live_rows;
  table.total.index_scans = 1000000;
  table.total.inserts = 10000 + number;
  table.total.updates = 100000 + number;
  table.total.hot_updates = 20000;
  table.total.deletes = 500;
  table.total.heap_blocks_hit = 1000000;
  table.total.heap_blocks_read = 90000;
  table.last_autovacuum_age_seconds = 5 * day;
  table.last_autoanalyze_age_seconds = 5 * day;
  table.window.index_scans = 20;
}

void add_constraints(model::Table& table, bool faulty, std::int64_t number) {
  model::Constraint key;
  key.name = table.name + "_pkey";
  key.columns = {"id"};
  key.index = table.indexes.empty() ? 0 : table.indexes.front().id;
  table.constraints.push_back(key);
  if (number < 2 || number % 2 == 1) return;
  model::Constraint reference;
  const std::string column = faulty ? "column_9" : "column_1";
  reference.name = table.name + "_" + column + "_fkey";
  reference.kind = model::ConstraintKind::foreign_key;
  reference.columns = {column};
  // Every second foreign key references the first table.
  const std::int64_t to = number % 4 == 0 ? 0 : number - 1;
  reference.referenced_table = first_table_id + to;
  reference.referenced_columns = {"id"};
  reference.index = first_index_id + to * 5;
  reference.definition = "FOREIGN KEY (" + column + ") REFERENCES t(id)";
  table.constraints.push_back(reference);
}

model::Table make_table(const Scale& scale, std::int64_t number) {
  model::Table table;
  table.id = first_table_id + number;
  table.schema = number % 2 == 0 ? "public" : "app_" + std::to_string(number % 20);
  table.name = "table_" + std::to_string(number);
  table.owner = "owner";
  table.replica_identity = "default";
  const bool faulty = number % scale.faulty_every == 0;
  add_counters(table, faulty, number);
  table.columns.reserve(static_cast<std::size_t>(scale.columns_per_table));
  table.indexes.reserve(static_cast<std::size_t>(scale.indexes_per_table));
  for (std::int64_t i = 0; i < scale.columns_per_table; ++i)
    table.columns.push_back(make_column(number, i));
  for (std::int64_t i = 0; i < scale.indexes_per_table; ++i)
    table.indexes.push_back(make_index(table, faulty, i, first_index_id + number * 5 + i));
  add_constraints(table, faulty, number);
  // The second table is partitioned and has every tenth table as a partition.
  if (number == 1) {
    table.kind = model::TableKind::partitioned;
    table.partition_key = "RANGE (column_3)";
  }
  if (number > 1 && number % 10 == 1) {
    table.parent = first_table_id + 1;
    table.is_partition = true;
    table.partition_bound =
        "FOR VALUES FROM (" + std::to_string(number) + ") TO (" + std::to_string(number + 10) + ")";
    for (std::size_t i = 0; i < table.indexes.size(); ++i)
      table.indexes[i].parent = first_index_id + 5 + static_cast<std::int64_t>(i);
  }
  return table;
}

model::PlanNode scan(const model::Table& table, const char* type) {
  model::PlanNode node;
  node.type = type;
  node.schema = table.schema;
  node.relation = node.alias = table.name;
  node.total_cost = 5000;
  node.plan_rows = 1000;
  node.plan_width = 40;
  node.filter = "((column_1 = $1) AND (column_3 > $2))";
  return node;
}

model::Plan make_plan(const model::Table& left, const model::Table& right) {
  model::Plan plan;
  plan.root.type = "Sort";
  plan.root.sort_keys = {"column_3 DESC"};
  plan.root.total_cost = 20000;
  plan.root.plan_rows = 1000;
  model::PlanNode join;
  join.type = "Hash Join";
  join.join_type = "Inner";
  join.hash_condition = "(" + left.name + ".column_9 = " + right.name + ".id)";
  join.total_cost = 15000;
  join.plan_rows = 1000;
  join.children = {scan(left, "Seq Scan"), scan(right, "Seq Scan")};
  plan.root.children = {std::move(join)};
  return plan;
}

/// Three reads, an update and a delete in every five.
void add_text(model::Statement& statement, std::int64_t number, const model::Table& left,
              const model::Table& right) {
  if (number % 5 == 3) {
    statement.kind = model::StatementKind::update;
    statement.text =
        "UPDATE " + left.qualified() + " SET column_3 = $1, column_4 = column_4 + $2 WHERE id = $3";
  } else if (number % 5 == 4) {
    statement.kind = model::StatementKind::remove;
    statement.text = "DELETE FROM " + left.qualified() + " WHERE id = $1";
  } else {
    statement.kind = model::StatementKind::select;
    statement.text = "SELECT a.id, b.column_2 FROM " + left.qualified() + " a JOIN " +
                     right.qualified() +
                     " b ON a.column_9 = b.id WHERE a.column_1 = $1 AND a.column_3 > $2 "
                     "ORDER BY a.column_3 DESC LIMIT $3 OFFSET $4";
  }
}

model::Statement make_statement(const model::Schema& schema, std::int64_t number, bool with_plan) {
  const auto pick = [&](std::int64_t salt) -> const model::Table& {
    return schema.tables[static_cast<std::size_t>(number * 7 + salt) % schema.tables.size()];
  };
  const model::Table& left = pick(0);
  const model::Table& right = pick(3);
  model::Statement statement;
  statement.id = std::to_string(1000000 + number);
  statement.fingerprint = "fingerprint" + std::to_string(number);
  statement.database = "shop";
  statement.role = "app";
  add_text(statement, number, left, right);
  statement.total.calls = 1000 + number;
  statement.total.rows = statement.total.calls * 20;
  statement.total.execution_ms = static_cast<double>(6000 - number) * 100;
  statement.total.shared_hit = statement.total.calls * 500;
  statement.total.shared_read = statement.total.calls * 20;
  statement.total.temp_written = number % 9 == 0 ? statement.total.calls * 30 : 0;
  statement.max_ms = 900;
  statement.window = statement.total;
  if (with_plan) {
    statement.plan = make_plan(left, right);
    statement.plan_kind = "generic";
  }
  return statement;
}

void add_server(model::Snapshot& snapshot) {
  model::Server& server = snapshot.server;
  server.version = "16.4";
  server.version_number = 160004;
  server.uptime_seconds = 90 * day;
  server.block_bytes = 8192;
  const auto set = [&](const char* name, const char* value, double number) {
    model::Setting setting;
    setting.name = name;
    setting.value = value;
    setting.source = "configuration file";
    setting.context = "postmaster";
    setting.number = number;
    server.settings.push_back(setting);
  };
  set("autovacuum", "on", 1);
  set("max_connections", "200", 200);
  set("random_page_cost", "4", 4);
  set("shared_buffers", "128MB", 134217728);
  set("work_mem", "4MB", 4194304);
  std::sort(server.settings.begin(), server.settings.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  model::Database database;
  database.name = "shop";
  database.current = true;
  database.allows_connections = true;
  database.stats_age_seconds = 30 * day;
  database.total.commits = 100000000;
  database.total.blocks_hit = 1000000000;
  database.total.blocks_read = 50000000;
  server.databases.push_back(database);
}

void add_sessions(model::Activity& activity) {
  for (std::int64_t i = 0; i < 200; ++i) {
    model::Session session;
    session.pid = 1000 + i;
    session.database = "shop";
    session.role = "app";
    session.kind = "client backend";
    session.state = i % 3 == 0 ? "active" : "idle in transaction";
    session.transaction_age_seconds = static_cast<double>(i);
    session.state_age_seconds = static_cast<double>(i);
    activity.sessions.push_back(session);
  }
}

}  // namespace

model::Snapshot large_catalog(const Scale& scale) {
  model::Snapshot snapshot;
  snapshot.format = model::snapshot_format;
  snapshot.whet_version = "bench";
  snapshot.target = "memory/shop";
  snapshot.window_seconds = 10;
  add_server(snapshot);
  add_sessions(snapshot.activity);
  for (std::int64_t i = 0; i < scale.tables; ++i) {
    snapshot.schema.tables.push_back(make_table(scale, i));
    model::Sequence sequence;
    sequence.schema = snapshot.schema.tables.back().schema;
    sequence.name = snapshot.schema.tables.back().name + "_id_seq";
    sequence.type = "bigint";
    sequence.last_value = 1000 + i;
    sequence.start = sequence.increment = sequence.minimum = 1;
    sequence.maximum = 9223372036854775807;
    sequence.owner_table = first_table_id + i;
    sequence.owner_column = "id";
    snapshot.schema.sequences.push_back(sequence);
  }
  std::sort(snapshot.schema.tables.begin(), snapshot.schema.tables.end(),
            [](const model::Table& a, const model::Table& b) {
              return std::pair(a.schema, a.name) < std::pair(b.schema, b.name);
            });
  snapshot.workload.source = "pg_stat_statements 1.10";
  snapshot.workload.age_seconds = 30 * day;
  snapshot.workload.entries = scale.statements;
  snapshot.workload.max_entries = 10000;
  snapshot.workload.track = "top";
  for (std::int64_t i = 0; i < scale.statements; ++i)
    snapshot.workload.statements.push_back(make_statement(snapshot.schema, i, i < scale.plans));
  return snapshot;
}

}  // namespace whet::bench
