// Primary keys: tables without one.
#include <algorithm>

#include <fmt/format.h>

#include "advise/build.h"
#include "advise/check.h"
#include "advise/naming.h"
#include "advise/schema/common.h"
#include "base/text.h"
#include "base/whole.h"

namespace whet::advise::schema {
namespace {

using model::Column;
using model::Constraint;
using model::ConstraintKind;
using model::Index;
using model::Severity;
using model::Table;

// A unique index over plain NOT NULL columns, checked at once, tells rows apart as a key does.
bool identifies_rows(const Table& table, const Index& index) {
  if (!index.unique || !index.usable() || !index.predicate.empty() || index.deferrable ||
      index.parts.empty())
    return false;
  return std::all_of(index.parts.begin(), index.parts.end(), [&](const auto& part) {
    const Column* column = part.column.empty() ? nullptr : table.column(part.column);
    return column != nullptr && column->not_null;
  });
}

bool has_key(const Table& table) {
  return std::any_of(table.constraints.begin(), table.constraints.end(),
                     [](const Constraint& c) { return c.kind == ConstraintKind::primary_key; }) ||
         std::any_of(table.indexes.begin(), table.indexes.end(),
                     [&](const Index& index) { return identifies_rows(table, index); });
}

// Places where rows are only put down for a while, by the names that people give them.
bool is_scratch(const Table& table) {
  for (const std::string_view name : {table.schema, table.name}) {
    for (const std::string& word : words(name)) {
      for (const std::string_view scratch :
           {"tmp", "temp", "staging", "stage", "stg", "bak", "backup", "old", "import"}) {
        if (word == scratch) return true;
      }
    }
  }
  return false;
}

struct Writes {
  double inserts = 0, changes = 0;
};

Writes writes_of(const Facts& facts, const Table& table) {
  Writes writes{static_cast<double>(table.total.inserts),
                static_cast<double>(table.total.updates + table.total.deletes)};
  for (const Table* child : facts.children(table.id)) {
    const Writes more = writes_of(facts, *child);
    writes.inserts += more.inserts, writes.changes += more.changes;
  }
  return writes;
}

void no_primary_key(const Facts& facts, std::vector<model::Finding>& out) {
  for (const Table* table : designed_tables(facts)) {
    if (table->columns.empty() || has_key(*table) || is_scratch(*table)) continue;
    const double rows = all_rows(facts, *table);
    const Writes writes = writes_of(facts, *table);
    if (rows + writes.inserts + writes.changes <= 0) continue;
    model::Finding finding;
    finding.severity = writes.changes > 0 ? Severity::medium : Severity::low;
    finding.subject = table_subject(*table);
    finding.title = fmt::format("{} has no primary key ({} rows)", table->qualified(),
                                text::count(to_whole(rows)));
    finding.detail =
        writes.changes > 0
            ? "Rows are changed or deleted here, yet nothing tells one from its copy: duplicates "
              "go unnoticed, and logical replication cannot send these changes. Declare the "
              "columns that identify a row as the primary key, or add an identity column."
            : "Rows are only added so far, so little is lost today. Logical replication of updates "
              "and many tools need a key, and duplicates go unnoticed. Declare one when the table "
              "is rebuilt for another reason.";
    finding.evidence = {count("primary key constraints", 0, "pg_constraint.contype"),
                        count("unique indexes over NOT NULL columns", 0, "pg_index.indisunique"),
                        count("rows", to_whole(rows), "pg_stat_all_tables.n_live_tup"),
                        count("rows updated or deleted", to_whole(writes.changes),
                              "pg_stat_all_tables.n_tup_upd + n_tup_del")};
    const std::string id = table->column("id") == nullptr ? "id" : "row_id";
    finding.changes.push_back(rewrite(
        *table, "schema.no_primary_key/" + table->qualified(),
        "Add a primary key to " + table->qualified(),
        fmt::format("-- Rewrites the table; prefer a key of columns "
                    "that you have.\nALTER TABLE {} ADD COLUMN {} bigint GENERATED ALWAYS AS "
                    "IDENTITY PRIMARY KEY;",
                    sql_name(*table), id)));
    finding.references = {manual_page("ddl-constraints")};
    out.push_back(std::move(finding));
  }
}

const Register registered{
    {
        .id = "schema.no_primary_key",
        .area = Area::schema,
        .severity = Severity::medium,
        .engines = postgresql,
        .summary = "A table without a primary key or any other key that cannot be null",
        .why = "Rows cannot be told apart: duplicates creep in, and logical replication refuses "
               "their updates.",
        .privileges = "",
        .guards = "partitions, scratch tables by name (tmp, staging, backup, ...), tables that "
                  "never held a row; only low while rows are only added",
        .source = "PostgreSQL manual, 5.5 Constraints and 31.1 Publication (replica identity)",
    },
    no_primary_key};

}  // namespace
}  // namespace whet::advise::schema
