#include "engine/postgres/shadow/definitions.h"

#include <unordered_map>

#include "base/text.h"
#include "sql/quote.h"

namespace whet::engine::postgres::shadow {

namespace {

using model::ConstraintKind;
using model::PlannerObject;
using model::PlannerObjectKind;
using model::Table;
using model::TableKind;
using sql::quote_identifier;
using sql::quote_qualified;

std::string name_of(const Table& table) { return quote_qualified(table.schema, table.name); }

const std::vector<PlannerObject>& objects(const model::Snapshot& snapshot) {
  static const std::vector<PlannerObject> none;
  return snapshot.planner ? snapshot.planner->objects : none;
}

Statements of_kind(const model::Snapshot& snapshot, PlannerObjectKind kind) {
  Statements out;
  for (const PlannerObject& object : objects(snapshot)) {
    if (object.kind != kind || object.definition.empty()) continue;
    out.push_back({std::string(model::enum_names(kind)[static_cast<std::size_t>(kind)]) + " " +
                       object.schema + "." + object.name,
                   object.definition});
  }
  return out;
}

/// Collations are known by name: the server's own, unless the user has one of that name.
std::string collate_clause(const model::Snapshot& snapshot, const std::string& collation) {
  if (collation.empty()) return {};
  for (const PlannerObject& object : objects(snapshot)) {
    if (object.kind == PlannerObjectKind::collation && object.name == collation)
      return " COLLATE " + quote_qualified(object.schema, object.name);
  }
  return " COLLATE pg_catalog." + quote_identifier(collation);
}

std::string column_text(const model::Snapshot& snapshot, const model::Column& column) {
  std::string out = quote_identifier(column.name) + " " + column.type +
                    collate_clause(snapshot, column.collation);
  if (!column.generated.empty()) {
    out += " GENERATED ALWAYS AS (" + column.default_expression + ") " +
           (column.generated == "virtual" ? "VIRTUAL" : "STORED");
  }
  if (column.not_null) out += " NOT NULL";
  return out;
}

/// A column's number is part of statistics: columns that were dropped leave their place empty.
void add_table(const model::Snapshot& snapshot, const Table& table, Statements& out) {
  std::vector<std::string> columns, dropped;
  std::int64_t next = 1;
  for (const model::Column& column : table.columns) {
    for (; next < column.position; ++next) {
      const std::string filler = "whet_dropped_" + std::to_string(next);
      columns.push_back(filler + " pg_catalog.int4");
      dropped.push_back("DROP COLUMN " + filler);
    }
    columns.push_back(column_text(snapshot, column));
    ++next;
  }
  std::string sql = "CREATE TABLE " + name_of(table) + " (" + text::join(columns, ", ") + ")";
  if (table.kind == TableKind::partitioned) sql += " PARTITION BY " + table.partition_key;
  out.push_back({"table " + table.qualified(), std::move(sql)});
  if (!dropped.empty()) {
    out.push_back({"table " + table.qualified(),
                   "ALTER TABLE " + name_of(table) + " " + text::join(dropped, ", ")});
  }
}

bool has_index(ConstraintKind kind) {
  return kind == ConstraintKind::primary_key || kind == ConstraintKind::unique ||
         kind == ConstraintKind::exclusion;
}

Statement constraint(const Table& table, const model::Constraint& one, const std::string& only) {
  return {"constraint " + one.name + " of " + table.qualified(),
          "ALTER TABLE " + only + name_of(table) + " ADD CONSTRAINT " + quote_identifier(one.name) +
              " " + one.definition};
}

/// Calls `visit` for each table that is made.
template <class Visit>
void each_table(const model::Snapshot& snapshot, Visit visit) {
  for (const Table& table : snapshot.schema.tables) {
    if (is_made(table)) visit(table);
  }
}

}  // namespace

bool is_made(const Table& table) {
  return !table.temporary && !table.system && table.extension.empty() &&
         table.kind != TableKind::foreign_table && table.kind != TableKind::toast;
}

Statements schemas(const model::Snapshot& snapshot) {
  Statements out;
  for (const auto& one : snapshot.schema.namespaces) {
    if (one.name == "public" || one.name.starts_with("pg_")) continue;
    out.push_back(
        {"schema " + one.name, "CREATE SCHEMA IF NOT EXISTS " + quote_identifier(one.name)});
  }
  return out;
}

Statements types(const model::Snapshot& snapshot) {
  Statements out = of_kind(snapshot, PlannerObjectKind::collation);
  for (auto& one : of_kind(snapshot, PlannerObjectKind::type)) out.push_back(std::move(one));
  return out;
}

Statements functions(const model::Snapshot& snapshot) {
  Statements out;
  for (const auto& sequence : snapshot.schema.sequences) {
    out.push_back(
        {"sequence " + sequence.schema + "." + sequence.name,
         "CREATE SEQUENCE IF NOT EXISTS " + quote_qualified(sequence.schema, sequence.name)});
  }
  for (auto& one : of_kind(snapshot, PlannerObjectKind::function)) out.push_back(std::move(one));
  return out;
}

Statements tables(const model::Snapshot& snapshot) {
  Statements out;
  each_table(snapshot, [&](const Table& table) { add_table(snapshot, table, out); });
  return out;
}

Statements checks_and_trees(const model::Snapshot& snapshot) {
  Statements out;
  std::unordered_map<std::int64_t, const Table*> by_id;
  std::unordered_map<std::int64_t, const std::vector<std::int64_t>*> parents;
  if (snapshot.planner) {
    for (const auto& relation : snapshot.planner->relations)
      parents[relation.id] = &relation.parents;
  }
  each_table(snapshot, [&](const Table& table) {
    by_id[table.id] = &table;
    for (const auto& one : table.constraints) {
      if (one.kind == ConstraintKind::check) out.push_back(constraint(table, one, "ONLY "));
    }
  });
  each_table(snapshot, [&](const Table& table) {
    std::vector<std::int64_t> above;
    if (table.parent != 0) above = {table.parent};
    if (const auto at = parents.find(table.id); at != parents.end() && !at->second->empty())
      above = *at->second;
    for (const auto id : above) {
      const auto parent = by_id.find(id);
      if (parent == by_id.end()) continue;
      const std::string to = name_of(*parent->second), from = name_of(table);
      out.push_back({"the place of " + table.qualified() + " below " + parent->second->qualified(),
                     table.is_partition ? "ALTER TABLE " + to + " ATTACH PARTITION " + from + " " +
                                              table.partition_bound
                                        : "ALTER TABLE " + from + " INHERIT " + to});
    }
  });
  return out;
}

Statements indexes(const model::Snapshot& snapshot) {
  Statements out;
  each_table(snapshot, [&](const Table& table) {
    for (const auto& one : table.constraints) {
      if (has_index(one.kind)) out.push_back(constraint(table, one, "ONLY "));
    }
    for (const auto& index : table.indexes) {
      // The planner does not look at one that is not valid; a parent's becomes valid by itself.
      const bool usable = index.usable() || table.kind == TableKind::partitioned;
      if (index.constraint.empty() && usable && !index.definition.empty())
        out.push_back({"index " + index.schema + "." + index.name, index.definition});
    }
  });
  return out;
}

Statements index_trees(const model::Snapshot& snapshot) {
  std::unordered_map<std::int64_t, const model::Index*> by_id;
  each_table(snapshot, [&](const Table& table) {
    for (const auto& index : table.indexes) by_id[index.id] = &index;
  });
  Statements out;
  each_table(snapshot, [&](const Table& table) {
    for (const auto& index : table.indexes) {
      const auto parent = by_id.find(index.parent);
      if (index.parent == 0 || parent == by_id.end()) continue;
      out.push_back({"index " + index.schema + "." + index.name,
                     "ALTER INDEX " +
                         quote_qualified(parent->second->schema, parent->second->name) +
                         " ATTACH PARTITION " + quote_qualified(index.schema, index.name)});
    }
  });
  return out;
}

Statements foreign_keys(const model::Snapshot& snapshot) {
  Statements out;
  each_table(snapshot, [&](const Table& table) {
    for (const auto& one : table.constraints) {
      if (one.kind != ConstraintKind::foreign_key || one.inherited) continue;
      Statement made = constraint(table, one, "");
      // The planner trusts it either way, and nobody then looks for rows that break it.
      if (table.kind != TableKind::partitioned && !one.not_valid && !one.not_enforced)
        made.sql += " NOT VALID";
      out.push_back(std::move(made));
    }
  });
  return out;
}

Statements views(const model::Snapshot& snapshot) {
  return of_kind(snapshot, PlannerObjectKind::view);
}

Statements extended_statistics(const model::Snapshot& snapshot) {
  Statements out;
  if (!snapshot.planner) return out;
  for (const auto& one : snapshot.planner->extended)
    out.push_back({"statistics " + one.schema + "." + one.name, one.definition});
  return out;
}

Statements domain_checks(const model::Snapshot& snapshot) {
  Statements out;
  for (const PlannerObject& object : objects(snapshot)) {
    if (object.kind != PlannerObjectKind::constraint || object.definition == "NOT NULL") continue;
    std::string sql =
        "ALTER DOMAIN " + quote_qualified(object.schema, object.name) + " ADD " + object.definition;
    if (!sql.ends_with("NOT VALID")) sql += " NOT VALID";
    out.push_back({"a constraint of domain " + object.schema + "." + object.name, std::move(sql)});
  }
  return out;
}

}  // namespace whet::engine::postgres::shadow
