// Constraints that do not vouch for all rows: NOT VALID and NOT ENFORCED.
#include <algorithm>

#include <fmt/format.h>

#include "advise/build.h"
#include "advise/check.h"
#include "advise/schema/common.h"
#include "base/text.h"
#include "base/whole.h"

namespace whet::advise::schema {
namespace {

using model::Constraint;
using model::ConstraintKind;
using model::Severity;
using model::Table;

model::Change validation(std::string_view check, const Facts& facts, const Table& table,
                         const Constraint& constraint) {
  model::Change change;
  change.id = std::string(check) + "/" + constraint_subject(table, constraint).text();
  change.summary = "Validate " + constraint.name + " of " + table.qualified();
  change.reason =
      "The rows from before the constraint are checked once, and then it holds for all.";
  change.action.kind = model::ActionKind::validate_constraint;
  change.action.schema = table.schema;
  change.action.table = table.name;
  change.action.constraint = constraint.name;
  change.risk = model::Risk::low;
  change.locks = "SHARE UPDATE EXCLUSIVE on " + table.qualified();
  if (const Table* parent = facts.table(constraint.referenced_table))
    change.locks += ", ROW SHARE on " + parent->qualified();
  change.locks += ": reads and writes go on";
  change.preconditions = {"Every row of " + table.qualified() +
                          " fulfils it. Otherwise the validation fails and changes nothing."};
  return change;
}

void report(std::string_view check, const Facts& facts, const Table& table,
            const Constraint& constraint, std::vector<model::Finding>& out) {
  const bool foreign_key = constraint.kind == ConstraintKind::foreign_key;
  model::Finding finding;
  finding.severity = Severity::low;
  finding.subject = constraint_subject(table, constraint);
  finding.title = fmt::format(
      "{} on {} was never checked for the rows that were there before it ({} rows now)",
      constraint.name, table.qualified(), text::count(to_whole(all_rows(facts, table))));
  finding.detail =
      foreign_key
          ? "New rows are checked, older ones may point at nothing, and the planner cannot rely on "
            "the key. Validate it: that reads the table once while reads and writes go on."
          : "New rows are checked, older ones may break the rule, and the planner cannot rely on "
            "it. "
            "Validate it: that reads the table once while reads and writes go on.";
  finding.evidence = {
      fact("validated", "no", "pg_constraint.convalidated"),
      count("rows", to_whole(all_rows(facts, table)), "pg_stat_all_tables.n_live_tup"),
      fact("definition", constraint.definition, "pg_get_constraintdef(pg_constraint.oid)")};
  finding.changes = {validation(check, facts, table, constraint)};
  finding.references = {manual_page("sql-altertable")};
  out.push_back(std::move(finding));
}

void not_valid(std::string_view check, bool foreign_keys, const Facts& facts,
               std::vector<model::Finding>& out) {
  for (const Table* table : designed_tables(facts)) {
    for (const Constraint& constraint : table->constraints) {
      if ((constraint.kind == ConstraintKind::foreign_key) == foreign_keys &&
          constraint.not_valid && !constraint.not_enforced && !constraint.inherited)
        report(check, facts, *table, constraint, out);
    }
  }
}

void foreign_key_not_valid(const Facts& facts, std::vector<model::Finding>& out) {
  not_valid("schema.foreign_key_not_valid", true, facts, out);
}

void constraint_not_valid(const Facts& facts, std::vector<model::Finding>& out) {
  not_valid("schema.constraint_not_valid", false, facts, out);
}

void constraint_not_enforced(const Facts& facts, std::vector<model::Finding>& out) {
  for (const Table* table : designed_tables(facts)) {
    for (const Constraint& constraint : table->constraints) {
      if (!constraint.not_enforced || constraint.inherited) continue;
      model::Finding finding;
      finding.severity = Severity::low;
      finding.subject = constraint_subject(*table, constraint);
      finding.title = fmt::format("{} on {} is NOT ENFORCED: no row is checked", constraint.name,
                                  table->qualified());
      finding.detail =
          "It documents a rule that the server does not keep. If the rule is meant to hold, make "
          "the constraint enforced; that checks the rows that are there.";
      finding.evidence = {
          fact("enforced", "no", "pg_constraint.conenforced"),
          fact("definition", constraint.definition, "pg_get_constraintdef(pg_constraint.oid)")};
      out.push_back(std::move(finding));
    }
  }
}

const Register foreign_key{
    {
        .id = "schema.foreign_key_not_valid",
        .area = Area::schema,
        .severity = Severity::low,
        .engines = postgresql,
        .summary = "A foreign key that was added NOT VALID and never validated",
        .why = "Old rows may point at nothing, and the planner cannot rely on the key.",
        .privileges = "",
        .guards = "keys inherited from a partitioned table; keys that are not enforced",
        .source = "PostgreSQL manual, ALTER TABLE, NOT VALID and VALIDATE CONSTRAINT",
    },
    foreign_key_not_valid};

const Register other{
    {
        .id = "schema.constraint_not_valid",
        .area = Area::schema,
        .severity = Severity::low,
        .engines = postgresql,
        .summary = "A check or NOT NULL constraint that was added NOT VALID and never validated",
        .why = "Old rows may break the rule, and the planner cannot rely on it.",
        .privileges = "",
        .guards =
            "inherited constraints; those that are not enforced; foreign keys (their own check)",
        .source = "PostgreSQL manual, ALTER TABLE, NOT VALID and VALIDATE CONSTRAINT",
    },
    constraint_not_valid};

const Register unenforced{{
                              .id = "schema.constraint_not_enforced",
                              .area = Area::schema,
                              .severity = Severity::low,
                              .engines = postgresql,
                              .summary = "A constraint that is NOT ENFORCED (18+)",
                              .why = "It reads like a guarantee and is none.",
                              .privileges = "",
                              .guards = "inherited constraints",
                              .source = "PostgreSQL manual 18, CREATE TABLE, NOT ENFORCED",
                          },
                          constraint_not_enforced};

}  // namespace
}  // namespace whet::advise::schema
