// Foreign keys that cost more, or promise less, than they seem to.
#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "advise/build.h"
#include "advise/check.h"
#include "advise/naming.h"
#include "advise/schema/common.h"
#include "base/text.h"

namespace whet::advise::schema {
namespace {

using model::Column;
using model::Constraint;
using model::ConstraintKind;
using model::Severity;
using model::Table;

template <class Visit>
void each_foreign_key(const Facts& facts, Visit visit) {
  for (const Table* table : designed_tables(facts)) {
    for (const Constraint& constraint : table->constraints) {
      if (constraint.kind == ConstraintKind::foreign_key && !constraint.inherited)
        visit(*table, constraint);
    }
  }
}

/// A column, and the column that it refers to.
struct Pair {
  const Table* parent = nullptr;
  const Column* child_column = nullptr;
  const Column* parent_column = nullptr;
};

std::vector<Pair> pairs_of(const Facts& facts, const Table& table, const Constraint& key) {
  std::vector<Pair> pairs;
  const Table* parent = facts.table(key.referenced_table);
  if (parent == nullptr) return pairs;
  for (std::size_t i = 0; i < std::min(key.columns.size(), key.referenced_columns.size()); ++i) {
    const Pair pair{parent, table.column(key.columns[i]),
                    parent->column(key.referenced_columns[i])};
    if (pair.child_column != nullptr && pair.parent_column != nullptr) pairs.push_back(pair);
  }
  return pairs;
}

// varchar and text are the same to an index and to a join.
bool same_type(const Column& a, const Column& b) {
  const auto kind = [](const std::string& type) { return type == "varchar" ? "text" : type; };
  return kind(a.base_type) == kind(b.base_type);
}

/// The last number that the sequence of a table's column gave, by table and column.
using LastNumbers = std::map<std::pair<std::int64_t, std::string>, double>;

LastNumbers last_numbers(const Facts& facts) {
  LastNumbers last;
  for (const model::Sequence& sequence : facts.schema().sequences) {
    if (sequence.owner_table != 0 && sequence.last_value)
      last[{sequence.owner_table, sequence.owner_column}] =
          static_cast<double>(*sequence.last_value);
  }
  return last;
}

// How much of the child's type the referenced key has used, when that type is the smaller one.
double used_of_child(const LastNumbers& last, const Pair& pair) {
  const double limit = integer_limit(pair.child_column->base_type);
  if (limit <= 0 || integer_limit(pair.parent_column->base_type) <= limit) return 0;
  const auto at = last.find({pair.parent->id, pair.parent_column->name});
  return at == last.end() ? 0 : at->second / limit;
}

Severity mismatch_severity(const Pair& pair, double used) {
  if (used >= 0.8) return Severity::high;
  const bool integers =
      is_integer(pair.child_column->base_type) && is_integer(pair.parent_column->base_type);
  // Integers of any width compare within one operator family; other pairs need a cast.
  return used >= 0.5 || !integers ? Severity::medium : Severity::low;
}

void report_mismatch(double used, const Table& table, const Constraint& key, const Pair& pair,
                     std::vector<model::Finding>& out) {
  model::Finding finding;
  finding.severity = mismatch_severity(pair, used);
  finding.subject = constraint_subject(table, key);
  finding.title =
      fmt::format("{}.{} is {}, but refers to {}.{}, which is {}", table.qualified(),
                  pair.child_column->name, pair.child_column->type, pair.parent->qualified(),
                  pair.parent_column->name, pair.parent_column->type);
  finding.detail =
      used > 0 ? "Once the referenced key passes what this column holds, new rows cannot refer to "
                 "it. Give both columns the same type, this one first."
               : "Each comparison of the two converts one side, which can keep an index from being "
                 "used. Give both columns the same type.";
  finding.evidence = {
      fact("type of " + pair.child_column->name, pair.child_column->type, "pg_attribute.atttypid"),
      fact("type of " + pair.parent->name + "." + pair.parent_column->name,
           pair.parent_column->type, "pg_attribute.atttypid")};
  if (used > 0) {
    finding.evidence.push_back(share("of this column's range used by the referenced key", used,
                                     "pg_sequences.last_value"));
    finding.impact.outage_risk = std::min(1.0, used);
  }
  finding.changes.push_back(rewrite(
      table, "schema.foreign_key_type_mismatch/" + finding.subject.text(),
      fmt::format("Change {}.{} to {}", table.qualified(), pair.child_column->name,
                  pair.parent_column->type),
      fmt::format("-- Rewrites the table.\n"
                  "ALTER TABLE {} ALTER COLUMN {} TYPE {};",
                  sql_name(table), sql_name(pair.child_column->name), pair.parent_column->type)));
  out.push_back(std::move(finding));
}

void type_mismatch(const Facts& facts, std::vector<model::Finding>& out) {
  const LastNumbers last = last_numbers(facts);
  each_foreign_key(facts, [&](const Table& table, const Constraint& key) {
    for (const Pair& pair : pairs_of(facts, table, key)) {
      if (!same_type(*pair.child_column, *pair.parent_column))
        report_mismatch(used_of_child(last, pair), table, key, pair, out);
    }
  });
}

/// The columns of a key with those that they refer to, in an order of their own.
using Columns = std::vector<std::pair<std::string, std::string>>;

Columns columns_of(const Constraint& key) {
  Columns columns;
  for (std::size_t i = 0; i < std::min(key.columns.size(), key.referenced_columns.size()); ++i)
    columns.emplace_back(key.columns[i], key.referenced_columns[i]);
  std::sort(columns.begin(), columns.end());
  return columns;
}

void report_duplicate(const Facts& facts, const Table& table, const Constraint& kept,
                      const Constraint& extra, std::vector<model::Finding>& out) {
  const Table* parent = facts.table(extra.referenced_table);
  const bool same_actions = kept.on_delete == extra.on_delete && kept.on_update == extra.on_update;
  model::Finding finding;
  finding.severity = Severity::low;
  finding.subject = constraint_subject(table, extra);
  finding.title = fmt::format("{} on {} checks the same columns as {}", extra.name,
                              table.qualified(), kept.name);
  finding.detail =
      same_actions
          ? "Each INSERT and UPDATE here, and each DELETE of a referenced row, pays for both "
            "checks. "
            "Drop one."
          : "Both are checked on each write, and they disagree on what happens to rows whose "
            "referenced row goes away. Decide which one is meant and drop the other.";
  finding.evidence = {
      fact("columns", text::join(extra.columns, ", "), "pg_constraint.conkey"),
      fact("referenced table", parent == nullptr ? "" : parent->qualified(),
           "pg_constraint.confrelid"),
      fact(kept.name, "ON DELETE " + kept.on_delete, "pg_constraint.confdeltype"),
      fact(extra.name, "ON DELETE " + extra.on_delete, "pg_constraint.confdeltype")};
  finding.changes.push_back(manual(
      "schema.duplicate_foreign_keys/" + finding.subject.text(),
      "Drop " + extra.name + " of " + table.qualified(),
      fmt::format("ALTER TABLE {} DROP CONSTRAINT {};", sql_name(table), sql_name(extra.name))));
  out.push_back(std::move(finding));
}

void duplicates(const Facts& facts, std::vector<model::Finding>& out) {
  std::map<std::pair<const Table*, std::pair<std::int64_t, Columns>>, const Constraint*> first;
  each_foreign_key(facts, [&](const Table& table, const Constraint& key) {
    const auto [at, added] = first.try_emplace(
        std::pair(&table, std::pair(key.referenced_table, columns_of(key))), &key);
    if (!added) report_duplicate(facts, table, *at->second, key, out);
  });
}

void nullable_composite(const Facts& facts, std::vector<model::Finding>& out) {
  each_foreign_key(facts, [&](const Table& table, const Constraint& key) {
    if (key.columns.size() < 2 || key.match != "simple") return;
    std::vector<std::string> nullable;
    for (const std::string& name : key.columns) {
      const Column* column = table.column(name);
      if (column != nullptr && !column->not_null) nullable.push_back(name);
    }
    // With one nullable column NULL means "refers to nothing", the usual way to say it.
    if (nullable.size() < 2) return;
    model::Finding finding;
    finding.severity = Severity::info;
    finding.subject = constraint_subject(table, key);
    finding.title = fmt::format("{} on {} is not checked for rows with one NULL among ({})",
                                key.name, table.qualified(), text::join(nullable, ", "));
    finding.detail =
        "With MATCH SIMPLE a row with a NULL in any of the key's columns passes unchecked, even "
        "when its other columns point at nothing. Declare the columns NOT NULL, or the key MATCH "
        "FULL, which wants all of them or none.";
    finding.evidence = {fact("columns", text::join(key.columns, ", "), "pg_constraint.conkey"),
                        fact("nullable", text::join(nullable, ", "), "pg_attribute.attnotnull"),
                        fact("match", key.match, "pg_constraint.confmatchtype")};
    finding.references = {manual_page("ddl-constraints")};
    out.push_back(std::move(finding));
  });
}

const Register mismatch{
    {
        .id = "schema.foreign_key_type_mismatch",
        .area = Area::schema,
        .severity = Severity::high,
        .engines = postgresql,
        .summary = "A foreign key's column has another type than the column it refers to",
        .why = "Joins convert one side, and the smaller type runs out before the key does.",
        .privileges = "",
        .guards = "text and varchar count as one; integers of different width are only low until "
                  "the key has used half of the smaller one",
        .source = "PostgreSQL manual, 11.10 Operator Classes and Operator Families",
    },
    type_mismatch};

const Register duplicate{
    {
        .id = "schema.duplicate_foreign_keys",
        .area = Area::schema,
        .severity = Severity::low,
        .engines = postgresql,
        .summary = "Two foreign keys check the same columns against the same table",
        .why = "Every write pays for both.",
        .privileges = "",
        .guards = "keys inherited from a partitioned table; other column pairs",
        .source = "PostgreSQL manual, 5.5.5 Foreign Keys: each key has triggers of its own",
    },
    duplicates};

const Register nullable{
    {
        .id = "schema.foreign_key_nullable_composite",
        .area = Area::schema,
        .severity = Severity::info,
        .engines = postgresql,
        .summary = "A foreign key of several nullable columns without MATCH FULL",
        .why = "A row with one NULL among them escapes the check.",
        .privileges = "",
        .guards = "keys with at most one nullable column",
        .source = "PostgreSQL manual, CREATE TABLE, MATCH SIMPLE",
    },
    nullable_composite};

}  // namespace
}  // namespace whet::advise::schema
