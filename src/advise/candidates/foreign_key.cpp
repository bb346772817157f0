// Foreign keys whose checks must read the whole referring table.
#include <algorithm>

#include "advise/candidates/candidates.h"
#include "advise/check.h"
#include "advise/index/common.h"
#include "advise/index/texts.h"
#include "base/text.h"
#include "base/units.h"
#include "base/whole.h"

namespace whet::advise {
namespace {

using model::Constraint;
using model::Finding;
using model::Severity;
using model::Table;

// Below this a sequential scan of the child is cheaper than the upkeep of an index (PgHero).
constexpr double small_child_rows = 10000;
// A tenth of one core's time: what an hour may lose before it is everybody's problem.
constexpr double severe_seconds_per_hour = 360;

bool supported(const Table& table, const Constraint& constraint) {
  for (const model::Index& index : table.indexes) {
    if (supports_foreign_key(index, constraint)) return true;
  }
  return false;
}

struct DeleteCost {
  double seconds_per_hour = 0;
  double share = 0;
  std::vector<std::string> statements;
};

/// What one run of the check looks up again and again.
struct Lookups {
  Writers writers;
  FreeNames names;
  std::optional<std::vector<Candidate>> proposals = {};  ///< made when first asked for
};

// The index that index.missing proposes for statements and that would serve the key too; nullptr:
// none.
const Candidate* proposed_for(const Facts& facts, Lookups& lookups, const Table& table,
                              const Constraint& constraint) {
  if (!lookups.proposals) lookups.proposals = proposed_indexes(facts);
  for (const Candidate& candidate : *lookups.proposals) {
    if (candidate.table == &table && supports_foreign_key(candidate.index, constraint))
      return &candidate;
  }
  return nullptr;
}

// The time of the workload's deletes from the parent includes the foreign keys' checks.
DeleteCost cost_of_deletes(const Facts& facts, const Writers& writers, const Table& parent) {
  DeleteCost cost;
  for (const model::Statement* statement : writers.deletes_from(parent)) {
    cost.seconds_per_hour += facts.seconds_per_hour(*statement);
    cost.share += facts.share(*statement);
    cost.statements.push_back(statement->id);
  }
  return cost;
}

// By the deletes' measured time; where the workload has none of them, by the bytes that they made
// the server read: a gigabyte an hour is the least that anybody could notice.
Severity severity_of(const Facts& facts, const Table& table, std::int64_t deletes,
                     const DeleteCost& cost) {
  if (deletes == 0) return Severity::low;
  if (cost.seconds_per_hour >= severe_seconds_per_hour) return Severity::high;
  if (!cost.statements.empty())
    return cost.seconds_per_hour >= 1 ? Severity::medium : Severity::low;
  const double hours = std::max(facts.history_seconds(), 1.0) / 3600;
  const double read_per_hour = static_cast<double>(deletes) / hours * data_bytes_of(facts, table);
  return read_per_hour >= gigabyte ? Severity::medium : Severity::low;
}

Finding finding_for(const Facts& facts, Lookups& lookups, const Table& table,
                    const Constraint& constraint, const Table& parent) {
  const std::int64_t deletes = deletes_of(facts, parent);
  const double rows = rows_of(facts, table);
  const DeleteCost cost = cost_of_deletes(facts, lookups.writers, parent);
  const std::string columns = text::join(constraint.columns, ", ");
  Finding finding;
  finding.subject = constraint_subject(table, constraint);
  finding.severity = severity_of(facts, table, deletes, cost);
  finding.title = "Foreign key " + constraint.name + " has no index on " + table.name + " (" +
                  columns + "): " +
                  (deletes > 0 ? text::count(deletes) + " deletes from " + parent.name +
                                     " each read " + text::count(to_whole(rows)) + " rows"
                               : "a delete from " + parent.name + " would read " +
                                     text::count(to_whole(rows)) + " rows");
  finding.detail =
      "When a row of " + parent.name +
      " is deleted or its key changes, the server looks for rows of " + table.name +
      " that refer to it. Without an index that begins with these columns it reads the whole "
      "table, once for each deleted row, while it holds locks.";
  finding.evidence = {
      count("rows of " + table.name, to_whole(rows), "pg_stat_user_tables.n_live_tup"),
      size("size of " + table.name, data_bytes_of(facts, table), "pg_relation_size"),
      count("rows deleted from " + parent.name, deletes, "pg_stat_user_tables.n_tup_del"),
      time("age of the counters", facts.history_seconds(), "pg_stat_database.stats_reset"),
      fact("on delete", constraint.on_delete.empty() ? "no action" : constraint.on_delete,
           "pg_constraint.confdeltype")};
  finding.impact.seconds_per_hour = cost.seconds_per_hour;
  finding.impact.share = cost.share;
  if (cost.seconds_per_hour > 0)
    finding.impact.arithmetic = "execution time of the workload's deletes from " + parent.name +
                                " (pg_stat_statements.total_exec_time), per hour";
  if (const Candidate* proposed = proposed_for(facts, lookups, table, constraint)) {
    finding.detail += " The index on " + proposed->key() +
                      " that index.missing proposes for the workload serves this key too: no other "
                      "is needed.";
    return finding;
  }
  // Nothing was ever deleted in a long history: an index would only cost writes.
  if (deletes == 0 && facts.history_is_long() && writes_of(facts, table) >= 1000) {
    finding.detail += " Nothing was deleted from " + parent.name + " in " +
                      text::duration(facts.history_seconds()) +
                      ", so an index is only worth its upkeep if that will change or queries join "
                      "by these columns.";
    return finding;
  }
  model::Change change = create_btree(facts, lookups.names, table, constraint.columns,
                                      "the checks of " + constraint.name + " need it");
  change.affected = cost.statements;
  finding.evidence.push_back(size("size of the index (estimate)",
                                  static_cast<double>(change.disk_bytes),
                                  btree_size(facts, table, constraint.columns).arithmetic));
  finding.changes = {std::move(change)};
  return finding;
}

void missing(const Facts& facts, std::vector<Finding>& out) {
  Lookups lookups{Writers(facts), FreeNames(facts)};
  for (const Table* table : facts.user_tables()) {
    for (const Constraint& constraint : table->constraints) {
      if (constraint.kind != model::ConstraintKind::foreign_key || constraint.inherited ||
          constraint.not_enforced || constraint.columns.empty() || supported(*table, constraint))
        continue;
      const Table* parent = facts.table(constraint.referenced_table);
      if (parent == nullptr || rows_of(facts, *table) < small_child_rows) continue;
      out.push_back(finding_for(facts, lookups, *table, constraint, *parent));
    }
  }
}

const Register missing_check{
    {.id = "index.foreign_key_missing",
     .area = Area::index,
     .severity = Severity::high,
     .summary = "No index begins with a foreign key's columns",
     .why = "Deleting a referenced row reads the whole referring table and holds locks meanwhile.",
     .guards = "low when nothing is deleted from the referenced table, and then without a change "
               "once the history is long; no change where index.missing proposes an index that "
               "serves the key; silent for referring tables below 10,000 rows; columns "
               "in any order, hash indexes and partial ones `WHERE column IS NOT NULL` count",
     .source = "PgHero (10,000 rows); PostgreSQL manual, 'Foreign Keys'"},
    missing};

}  // namespace
}  // namespace whet::advise
