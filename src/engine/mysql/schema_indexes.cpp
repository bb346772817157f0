// Indexes with their key parts; primary keys and unique constraints, which are indexes here.
#include <algorithm>

#include "base/text.h"
#include "engine/mysql/collector.h"
#include "engine/mysql/schema_parts.h"

namespace whet::engine::mysql {

namespace {

std::string key_parts(const model::Index& index) {
  std::vector<std::string> parts;
  for (const auto& part : index.parts) {
    std::string text = part.expression.empty() ? Connection::quote_identifier(part.column)
                                               : "(" + part.expression + ")";
    if (part.prefix_length > 0) text += "(" + std::to_string(part.prefix_length) + ")";
    if (part.descending) text += " DESC";
    parts.push_back(std::move(text));
  }
  return "(" + text::join(parts, ", ") + ")";
}

/// A primary key is unique and called so; every unique index is a constraint of its name.
void add_constraint(model::Table& table, model::Index& index) {
  if (!index.unique) return;
  model::Constraint constraint;
  constraint.name = index.name;
  constraint.kind =
      index.primary ? model::ConstraintKind::primary_key : model::ConstraintKind::unique;
  for (const auto& part : index.parts) {
    if (part.column.empty()) return;  // of an expression: the index alone
    constraint.columns.push_back(part.column);
  }
  constraint.index = index.id;
  constraint.definition = (index.primary ? "PRIMARY KEY " : "UNIQUE ") + key_parts(index);
  index.constraint = index.name;
  table.constraints.push_back(std::move(constraint));
}

void finish(Collector& c) {
  for (auto& table : c.snapshot.schema.tables) {
    // A unique index over a column that may be NULL, and primary first: as the server lists them.
    std::sort(table.indexes.begin(), table.indexes.end(), [](const auto& a, const auto& b) {
      if (a.primary != b.primary) return a.primary;
      return a.name < b.name;
    });
    for (auto& index : table.indexes) {
      for (auto& part : index.parts) {
        if (const auto* column = table.column(part.column)) part.collation = column->collation;
      }
      index.clustered = index.primary && table.storage_engine == "InnoDB";
      index.definition = definition_of(table, index);
      add_constraint(table, index);
    }
  }
}

}  // namespace

void add_index_part(Row& row, model::Index& index) {
  index.unique = row.integer() == 0;
  index.primary = index.name == "PRIMARY";
  model::IndexPart part;
  part.column = row.text();
  part.descending = row.view() == "D";
  const auto cardinality = row.maybe_number();
  part.prefix_length = row.integer();
  index.method = text::lower(row.view());
  index.hidden = !row.flag();
  part.expression = clean_expression(row.view());
  // A SPATIAL key's 32 bytes are the box that it holds, no prefix.
  if (index.method == "spatial" || index.method == "rtree") part.prefix_length = 0;
  index.parts.push_back(std::move(part));
  if (cardinality && index.prefix_distinct.size() + 1 == index.parts.size() &&
      index.method != "fulltext" && index.method != "spatial")
    index.prefix_distinct.push_back(*cardinality);
}

std::string definition_of(const model::Table& table, const model::Index& index) {
  const std::string name =
      Connection::quote_identifier(table.schema) + "." + Connection::quote_identifier(table.name);
  if (index.primary) return "ALTER TABLE " + name + " ADD PRIMARY KEY " + key_parts(index);
  std::string kind = index.unique ? "UNIQUE " : "";
  if (index.method == "fulltext") kind = "FULLTEXT ";
  if (index.method == "spatial" || index.method == "rtree") kind = "SPATIAL ";
  return "CREATE " + kind + "INDEX " + Connection::quote_identifier(index.name) + " ON " + name +
         " " + key_parts(index);
}

namespace {

/// Where the type of an index was left alone: InnoDB's dictionary knows the two special kinds.
void find_special_indexes(Collector& c) {
  constexpr std::int64_t full_text = 32, spatial = 64;
  c.stream(
      "types of indexes",
      "SELECT t.NAME, i.NAME, i.TYPE & 96 FROM information_schema." + c.words(Ask::innodb_indexes) +
          " i JOIN information_schema." + c.words(Ask::innodb_tables) +
          " t ON t.TABLE_ID = i.TABLE_ID WHERE i.TYPE & 96 <> 0",
      [&](const Rows& rows) {
        Row row(rows, 0);
        const InnodbName name = innodb_name(row.view());
        auto* table = name.table.empty() ? nullptr : c.table(name.schema, name.table);
        if (table == nullptr) return;
        auto* index = Collector::index(*table, row.view());
        const std::int64_t type = row.integer();
        if (index == nullptr) return;
        if (type == full_text) index->method = "fulltext";
        if (type == spatial) index->method = "spatial";
        for (auto& part : index->parts) part.prefix_length = 0;
      },
      c.grant("PROCESS ON *.*"));
  if (!c.has(Feature::descending_indexes)) return;
  c.note("which keys of indexes are descending",
         "There are more than " + std::to_string(many_tables) +
             " tables, and the server would open each of them to tell.",
         "");
}

}  // namespace

void collect_indexes(Collector& c) {
  const std::string visible =
      c.if_has(Feature::index_visibility, "IS_VISIBLE",
               c.if_has(Feature::index_ignored, "IF(IGNORED = 'YES', 'NO', 'YES')", "'YES'"));
  const std::string expression = c.if_has(Feature::index_expressions, "EXPRESSION", "NULL");
  const std::string cardinality = c.too_many_to_open() ? "NULL" : "CARDINALITY";
  const std::string direction = c.definitions_only() ? "NULL" : "COLLATION";
  const std::string type = c.definitions_only() ? "'BTREE'" : "INDEX_TYPE";
  model::Table* table = nullptr;
  const auto keep = [&](const Rows& rows) {
    Row row(rows, 0);
    const std::string_view schema = row.view(), name = row.view(), index_name = row.view();
    if (table == nullptr || table->schema != schema || table->name != name)
      table = c.table(schema, name);
    if (table == nullptr) return;
    if (table->indexes.empty() || table->indexes.back().name != index_name) {
      model::Index index;
      index.id = id_of(schema, name, index_name);
      index.schema = schema;
      index.name = index_name;
      table->indexes.push_back(std::move(index));
    }
    add_index_part(row, table->indexes.back());
  };
  for_each_schema(c, "indexes",
                  "SELECT TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, NON_UNIQUE, COLUMN_NAME, " +
                      direction + ", " + cardinality + ", SUB_PART, " + type + ", " + visible +
                      ", " + expression + " FROM information_schema.STATISTICS",
                  "TABLE_SCHEMA", keep);
  if (c.definitions_only()) find_special_indexes(c);
  finish(c);
  if (!c.too_many_to_open() || c.statistics_tables) return;
  c.note("how many different values indexes have",
         "There are more than " + std::to_string(many_tables) +
             " tables, and the server would open each of them to count.",
         c.grant("SELECT ON mysql.innodb_index_stats"));
}

}  // namespace whet::engine::mysql
