// Schemas and tables, with what the server knows of them without opening any.
#include <algorithm>
#include <set>

#include "base/text.h"
#include "engine/mysql/collector.h"
#include "engine/mysql/schema_parts.h"

namespace whet::engine::mysql {

namespace {

void collect_schemas(Collector& c) {
  const auto rows = c.read("schemas",
                           "SELECT SCHEMA_NAME, DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME "
                           "FROM information_schema.SCHEMATA");
  if (!rows) return;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    model::Database database;
    database.name = row.text();
    if (is_system_schema(database.name)) continue;
    database.current = database.name == c.connection.database();
    database.allows_connections = true;
    database.encoding = row.text();
    database.collation = row.text();
    c.snapshot.schema.namespaces.push_back({database.name, "", false});
    c.snapshot.server.databases.push_back(std::move(database));
  }
  auto& databases = c.snapshot.server.databases;
  std::sort(databases.begin(), databases.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  auto& namespaces = c.snapshot.schema.namespaces;
  std::sort(namespaces.begin(), namespaces.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
}

void keep_table(Collector& c, const Rows& rows) {
  Row row(rows, 0);
  const std::string schema = row.text(), name = row.text(), type = row.text();
  if (type == "VIEW") {
    model::View view;
    view.id = id_of(schema, name);
    view.schema = schema;
    view.name = name;
    c.snapshot.schema.views.push_back(std::move(view));
    return;
  }
  if (type == "SEQUENCE") {
    model::Sequence sequence;
    sequence.schema = schema;
    sequence.name = name;
    c.snapshot.schema.sequences.push_back(std::move(sequence));
    return;
  }
  model::Table table;
  table.id = id_of(schema, name);
  table.schema = schema;
  table.name = name;
  table.storage_engine = row.text();
  table.collation = row.text();
  table.row_format = row.text();
  table.options = options_of(row.view());
  table.temporary = type == "TEMPORARY";
  if (type == "SYSTEM VERSIONED") table.options["system_versioning"] = "1";
  c.snapshot.schema.tables.push_back(std::move(table));
}

template <class Objects>
void sort_by_name(Objects& objects) {
  std::sort(objects.begin(), objects.end(), [](const auto& a, const auto& b) {
    return std::tie(a.schema, a.name) < std::tie(b.schema, b.name);
  });
}

/// InnoDB's own dictionary names every table, also those that the account may not see.
void note_hidden_tables(Collector& c) {
  if (!c.snapshot.schema.tables.empty()) return;
  c.note("tables", "The account sees no table: the server shows only those that one may read.",
         c.grant("SELECT ON *.*"));
}

}  // namespace

void for_each_schema(Collector& c, const std::string& what, const std::string& select,
                     const std::string& schema_column, const Connection::Take& take,
                     const std::string& remedy) {
  if (c.has(Feature::dictionary)) {
    c.stream(what, select + " WHERE " + user_schemas(schema_column), take, remedy);
    return;
  }
  // One schema at a time: a constant name saves the server from looking into the others, and each
  // statement has a time limit of its own.
  for (const auto& database : c.snapshot.server.databases) {
    if (c.stopped()) return;
    c.stream(what, select + " WHERE " + schema_column + " = " + c.connection.quote(database.name),
             take, remedy);
  }
}

void collect_tables(Collector& c) {
  collect_schemas(c);
  // Without a dictionary the row format and the options are asked for when it is known how many
  // tables that would open.
  for_each_schema(c, "tables",
                  "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, ENGINE, TABLE_COLLATION, " +
                      c.if_has(Feature::dictionary, "ROW_FORMAT, CREATE_OPTIONS", "NULL, NULL") +
                      " FROM information_schema.TABLES",
                  "TABLE_SCHEMA", [&](const Rows& rows) { keep_table(c, rows); });
  auto& schema = c.snapshot.schema;
  sort_by_name(schema.tables);
  sort_by_name(schema.views);
  sort_by_name(schema.sequences);
  c.remember_tables();
  note_hidden_tables(c);
}

}  // namespace whet::engine::mysql
