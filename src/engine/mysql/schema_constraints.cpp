// Foreign keys and checks. Primary keys and unique constraints come with the indexes.
#include <algorithm>

#include "base/text.h"
#include "engine/mysql/collector.h"
#include "engine/mysql/schema_parts.h"

namespace whet::engine::mysql {

namespace {

/// The index whose first parts are these columns, whole: the one that InnoDB uses for the key.
const model::Index* index_over(const model::Table& table, const std::vector<std::string>& columns,
                               bool in_order) {
  for (const auto& index : table.indexes) {
    if (index.parts.size() < columns.size() || index.method != "btree") continue;
    std::vector<std::string> first;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (index.parts[i].prefix_length == 0) first.push_back(index.parts[i].column);
    }
    std::vector<std::string> wanted = columns;
    if (!in_order) {
      std::sort(first.begin(), first.end());
      std::sort(wanted.begin(), wanted.end());
    }
    if (first == wanted) return &index;
  }
  return nullptr;
}

struct ForeignKey {
  std::string schema, table, referenced_schema, referenced_table;
  model::Constraint constraint;
};

using ForeignKeys = std::map<std::string, ForeignKey>;  ///< by schema and name

std::string definition_of_key(const ForeignKey& key) {
  const auto list = [](const std::vector<std::string>& columns) {
    std::vector<std::string> quoted;
    for (const auto& column : columns) quoted.push_back(Connection::quote_identifier(column));
    return "(" + text::join(quoted, ", ") + ")";
  };
  return "FOREIGN KEY " + list(key.constraint.columns) + " REFERENCES " +
         Connection::quote_identifier(key.referenced_schema) + "." +
         Connection::quote_identifier(key.referenced_table) + " " +
         list(key.constraint.referenced_columns) + " ON DELETE " + key.constraint.on_delete +
         " ON UPDATE " + key.constraint.on_update;
}

void store(Collector& c, ForeignKeys& keys) {
  for (auto& [id, key] : keys) {
    model::Table* table = c.table(key.schema, key.table);
    if (table == nullptr) continue;
    auto& constraint = key.constraint;
    constraint.kind = model::ConstraintKind::foreign_key;
    constraint.match = "simple";
    constraint.referenced_table = id_of(key.referenced_schema, key.referenced_table);
    if (const auto* referenced = c.table(key.referenced_schema, key.referenced_table)) {
      if (const auto* index = index_over(*referenced, constraint.referenced_columns, true))
        constraint.index = index->id;
    }
    constraint.definition = definition_of_key(key);
    table->constraints.push_back(std::move(constraint));
  }
}

void read_from_schema(Collector& c, ForeignKeys& keys) {
  c.stream("foreign keys",
           "SELECT CONSTRAINT_SCHEMA, CONSTRAINT_NAME, TABLE_NAME, DELETE_RULE, UPDATE_RULE FROM "
           "information_schema.REFERENTIAL_CONSTRAINTS WHERE " +
               user_schemas("CONSTRAINT_SCHEMA"),
           [&](const Rows& rows) {
             Row row(rows, 0);
             ForeignKey key;
             key.schema = row.text();
             key.constraint.name = row.text();
             key.table = row.text();
             key.constraint.on_delete = text::lower(row.view());
             key.constraint.on_update = text::lower(row.view());
             keys[key.schema + "/" + key.constraint.name] = std::move(key);
           });
  c.stream("columns of foreign keys",
           "SELECT CONSTRAINT_SCHEMA, CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_SCHEMA, "
           "REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME FROM "
           "information_schema.KEY_COLUMN_USAGE WHERE REFERENCED_TABLE_NAME IS NOT NULL AND " +
               user_schemas("CONSTRAINT_SCHEMA") +
               " ORDER BY CONSTRAINT_SCHEMA, CONSTRAINT_NAME, ORDINAL_POSITION",
           [&](const Rows& rows) {
             Row row(rows, 0);
             std::string id = row.text() + "/";
             id += row.view();
             const auto at = keys.find(id);
             if (at == keys.end()) return;
             at->second.constraint.columns.push_back(row.text());
             at->second.referenced_schema = row.text();
             at->second.referenced_table = row.text();
             at->second.constraint.referenced_columns.push_back(row.text());
           });
}

/// InnoDB's dictionary, where information_schema would open every table.
void read_from_innodb(Collector& c, ForeignKeys& keys) {
  const std::string remedy = c.grant("PROCESS ON *.*");
  c.stream(
      "foreign keys",
      "SELECT ID, FOR_NAME, REF_NAME, TYPE FROM information_schema." +
          c.words(Ask::innodb_foreign_keys),
      [&](const Rows& rows) {
        Row row(rows, 0);
        const std::string id = row.text();
        const InnodbName from = innodb_name(row.view()), to = innodb_name(row.view());
        ForeignKey key;
        key.schema = from.schema;
        key.table = from.table;
        key.referenced_schema = to.schema;
        key.referenced_table = to.table;
        key.constraint.name = id.substr(id.find('/') + 1);
        const ForeignKeyRules rules = rules_of(row.integer());
        key.constraint.on_delete = rules.on_delete;
        key.constraint.on_update = rules.on_update;
        keys[id] = std::move(key);
      },
      remedy);
  c.stream(
      "columns of foreign keys",
      "SELECT ID, FOR_COL_NAME, REF_COL_NAME FROM information_schema." +
          c.words(Ask::innodb_foreign_columns) + " ORDER BY ID, POS",
      [&](const Rows& rows) {
        Row row(rows, 0);
        const auto at = keys.find(row.text());
        if (at == keys.end()) return;
        at->second.constraint.columns.push_back(row.text());
        at->second.constraint.referenced_columns.push_back(row.text());
      },
      remedy);
}

void collect_checks(Collector& c) {
  if (!c.has(Feature::check_constraints)) return;
  if (c.definitions_only()) {
    c.note("check constraints",
           "There are more than " + std::to_string(many_tables) +
               " tables, and the server would open each of them.",
           "");
    return;
  }
  const auto keep = [&](const Rows& rows) {
    Row row(rows, 0);
    const std::string_view schema = row.view(), name = row.view();
    model::Table* table = c.table(schema, name);
    if (table == nullptr) return;
    model::Constraint constraint;
    constraint.kind = model::ConstraintKind::check;
    constraint.name = row.text();
    constraint.definition = "CHECK " + clean_expression(row.view());
    constraint.not_enforced = row.view() == "NO";
    table->constraints.push_back(std::move(constraint));
  };
  if (c.has(Feature::checks_by_table)) {
    for_each_schema(c, "check constraints",
                    "SELECT CONSTRAINT_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, CONCAT('(', "
                    "CHECK_CLAUSE, ')'), 'YES' FROM information_schema.CHECK_CONSTRAINTS",
                    "CONSTRAINT_SCHEMA", keep);
    return;
  }
  for_each_schema(c, "check constraints", R"(
    SELECT t.TABLE_SCHEMA, t.TABLE_NAME, t.CONSTRAINT_NAME, k.CHECK_CLAUSE, t.ENFORCED
    FROM information_schema.TABLE_CONSTRAINTS t
    JOIN information_schema.CHECK_CONSTRAINTS k
      ON k.CONSTRAINT_SCHEMA = t.CONSTRAINT_SCHEMA AND k.CONSTRAINT_NAME = t.CONSTRAINT_NAME
     AND t.CONSTRAINT_TYPE = 'CHECK')",
                  "t.TABLE_SCHEMA", keep);
}

}  // namespace

void collect_constraints(Collector& c) {
  ForeignKeys keys;
  if (c.has(Feature::dictionary)) {
    read_from_schema(c, keys);
  } else {
    read_from_innodb(c, keys);
  }
  store(c, keys);
  collect_checks(c);
  for (auto& table : c.snapshot.schema.tables) {
    std::stable_sort(table.constraints.begin(), table.constraints.end(),
                     [](const auto& a, const auto& b) {
                       return std::tie(a.kind, a.name) < std::tie(b.kind, b.name);
                     });
  }
}

}  // namespace whet::engine::mysql
