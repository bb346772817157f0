// Collections, views and indexes of the databases that are looked at.
#include <algorithm>
#include <tuple>

#include "engine/mongodb/collector.h"
#include "engine/mongodb/schema_parts.h"

namespace whet::engine::mongodb {

namespace {

using mql::Value;

void collect_collections(Collector& c, const std::string& database) {
  const auto entries =
      c.query("collections of " + database, database,
              Value::object({{"listCollections", Value::of(1)}}), c.grant("read", database));
  if (!entries) return;
  auto& schema = c.snapshot.schema;
  schema.namespaces.emplace_back().name = database;
  for (const auto& entry : *entries) {
    if (is_system_collection(entry.string_at("name"))) continue;
    if (entry.string_at("type") == "view") {
      schema.views.push_back(view_of(database, entry));
    } else {
      schema.tables.push_back(table_of(database, entry));
    }
  }
}

void collect_indexes(Collector& c, model::Table& table) {
  const auto entries = c.query("indexes of " + table.schema, table.schema,
                               Value::object({{"listIndexes", Value::of(table.name)}}),
                               c.grant("read", table.schema));
  if (!entries) return;
  for (const auto& entry : *entries) table.indexes.push_back(index_of(table, entry));
}

}  // namespace

void collect_schema(Collector& c) {
  for (const auto& database : c.databases) collect_collections(c, database);
  auto& schema = c.snapshot.schema;
  const auto by_name = [](const auto& a, const auto& b) {
    return std::tie(a.schema, a.name) < std::tie(b.schema, b.name);
  };
  std::sort(schema.tables.begin(), schema.tables.end(), by_name);
  std::sort(schema.views.begin(), schema.views.end(), by_name);
  double done = 0;
  for (auto& table : schema.tables) {
    if (c.stopped()) break;
    c.progress.report("reading the indexes", done++ / static_cast<double>(schema.tables.size()));
    collect_indexes(c, table);
  }
  c.remember_tables();
}

}  // namespace whet::engine::mongodb
