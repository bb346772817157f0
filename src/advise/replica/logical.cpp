// Logical replication: publications, subscriptions, and slots that a failover would lose.
#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "advise/build.h"
#include "advise/check.h"
#include "advise/naming.h"
#include "base/text.h"
#include "base/whole.h"

namespace whet::advise::replica {
namespace {

using model::ConstraintKind;
using model::Publication;
using model::Severity;
using model::SubjectKind;
using model::Table;
using model::TableKind;

std::vector<const Table*> tables_of(const Facts& facts, const Publication& publication) {
  const std::set<std::int64_t> listed(publication.tables.begin(), publication.tables.end());
  std::vector<const Table*> out;
  for (const Table* table : facts.user_tables()) {
    const bool in = publication.all_tables || listed.contains(table->id);
    if (in && table->kind == TableKind::table && !table->unlogged) out.push_back(table);
  }
  return out;
}

bool has_primary_key(const Table& table) {
  return std::any_of(table.constraints.begin(), table.constraints.end(),
                     [](const auto& c) { return c.kind == ConstraintKind::primary_key; });
}

bool identifies(const Table& table) {
  if (table.replica_identity == "full" || table.replica_identity == "index") return true;
  return table.replica_identity != "nothing" && has_primary_key(table);
}

void no_identity(const Facts& facts, std::vector<model::Finding>& out) {
  std::set<const Table*> told;
  for (const Publication& publication : facts.snapshot().replication.publications) {
    if (!publication.updates && !publication.deletes) continue;
    for (const Table* table : tables_of(facts, publication)) {
      if (identifies(*table) || !told.insert(table).second) continue;
      const std::int64_t writes = table->total.updates + table->total.deletes;
      model::Finding finding;
      finding.severity = writes > 0 ? Severity::high : Severity::medium;
      finding.subject = table_subject(*table);
      finding.title =
          fmt::format("UPDATE and DELETE on {} fail: publication {} cannot identify its rows",
                      table->qualified(), publication.name);
      finding.detail =
          "A table that publishes updates or deletes needs a replica identity; without one the "
          "server refuses those statements. Add a primary key, or name a unique index over NOT "
          "NULL "
          "columns; FULL works too, but logs every column of each changed row.";
      finding.evidence = {
          fact("publication", publication.name, "pg_publication_tables"),
          fact("replica identity", table->replica_identity, "pg_class.relreplident"),
          fact("primary key", has_primary_key(*table) ? "yes" : "no", "pg_constraint.contype"),
          count("rows updated or deleted", writes, "pg_stat_all_tables.n_tup_upd + n_tup_del")};
      finding.changes = {manual(
          "replica.no_replica_identity/" + table->qualified(),
          "Give " + table->qualified() + " a replica identity",
          has_primary_key(*table) ? "ALTER TABLE " + sql_name(*table) + " REPLICA IDENTITY DEFAULT;"
                                  : "-- Better: a primary key.\nALTER TABLE " + sql_name(*table) +
                                        " REPLICA IDENTITY FULL;")};
      finding.references = {
          "https://www.postgresql.org/docs/current/logical-replication-publication.html"};
      out.push_back(std::move(finding));
    }
  }
}

constexpr double rows_for_full = 10000;

void full_identity(const Facts& facts, std::vector<model::Finding>& out) {
  std::set<const Table*> told;
  for (const Publication& publication : facts.snapshot().replication.publications) {
    for (const Table* table : tables_of(facts, publication)) {
      const std::int64_t writes = table->total.updates + table->total.deletes;
      if (table->replica_identity != "full" || table->rows() < rows_for_full || writes == 0 ||
          !told.insert(table).second)
        continue;
      model::Finding finding;
      finding.severity = Severity::low;
      finding.subject = table_subject(*table);
      finding.title = fmt::format("{} replicates whole rows to identify them ({} rows)",
                                  table->qualified(), text::count(to_whole(table->rows())));
      finding.detail =
          "REPLICA IDENTITY FULL writes the old row to the WAL for each change, and the subscriber "
          "may scan its table to find it. A primary key, or a unique index over NOT NULL columns, "
          "does both with a few bytes.";
      finding.evidence = {
          fact("replica identity", "full", "pg_class.relreplident"),
          fact("publication", publication.name, "pg_publication_tables"),
          fact("primary key", has_primary_key(*table) ? "yes" : "no", "pg_constraint.contype"),
          count("rows updated or deleted", writes, "pg_stat_all_tables.n_tup_upd + n_tup_del")};
      if (has_primary_key(*table)) {
        finding.changes = {
            manual("replica.full_identity/" + table->qualified(),
                   "Identify the rows of " + table->qualified() + " by its primary key",
                   "ALTER TABLE " + sql_name(*table) + " REPLICA IDENTITY DEFAULT;")};
      }
      out.push_back(std::move(finding));
    }
  }
}

void failover_off(const Facts& facts, std::vector<model::Finding>& out) {
  const auto& replication = facts.snapshot().replication;
  const auto logical_name = [&](const std::string& slot) {
    return std::any_of(replication.slots.begin(), replication.slots.end(),
                       [&](const auto& s) { return s.kind == "logical" && s.name == slot; });
  };
  const auto standbys = std::count_if(
      replication.replicas.begin(), replication.replicas.end(), [&](const model::Replica& replica) {
        return replica.state != "backup" && !logical_name(replica.slot);
      });
  if (facts.server().major() < 17 || standbys == 0) return;
  for (const model::ReplicationSlot& slot : replication.slots) {
    if (slot.kind != "logical" || slot.failover || slot.synced || slot.temporary) continue;
    model::Finding finding;
    finding.severity = Severity::low;
    finding.subject = named(SubjectKind::slot, slot.name);
    finding.title = fmt::format("Logical slot {} does not survive a failover", slot.name);
    finding.detail =
        "There is a standby, but it does not keep this slot: after a failover the subscriber has "
        "to "
        "be set up anew or loses changes. Create the slot or subscription with failover = true and "
        "set sync_replication_slots on the standby.";
    finding.evidence = {fact("failover", "no", "pg_replication_slots.failover"),
                        count("physical standbys", standbys, "pg_stat_replication"),
                        fact("plugin", slot.plugin, "pg_replication_slots.plugin")};
    finding.references = {
        "https://www.postgresql.org/docs/current/logical-replication-failover.html"};
    out.push_back(std::move(finding));
  }
}

struct Trouble {
  Severity severity = Severity::info;
  std::string what, detail;
};

// The worst thing that is wrong with a subscription; info when nothing is.
Trouble trouble_of(const model::Subscription& subscription) {
  const bool errors = subscription.apply_errors + subscription.sync_errors > 0;
  if (!subscription.enabled) {
    return {
        Severity::medium, "is disabled",
        "Nothing arrives here, and its slot on the publisher keeps WAL there. Enable it or drop "
        "it. disable_on_error may have done this: the log shows the error."};
  }
  if (!subscription.worker_running) {
    return {Severity::high, "is enabled, but no worker applies it",
            errors
                ? "It fails and is tried again: a row that breaks a constraint here is the usual "
                  "cause, and the log names it. Meanwhile the publisher keeps WAL."
                : "The publisher cannot be reached, or max_logical_replication_workers is used up. "
                  "The log says which. Meanwhile the publisher keeps WAL."};
  }
  return {};
}

void subscription_broken(const Facts& facts, std::vector<model::Finding>& out) {
  for (const model::Subscription& subscription : facts.snapshot().replication.subscriptions) {
    const Trouble trouble = trouble_of(subscription);
    if (trouble.what.empty()) continue;
    model::Finding finding;
    finding.severity = trouble.severity;
    finding.subject = named(SubjectKind::subscription, subscription.name);
    finding.title = fmt::format("Subscription {} {}", subscription.name, trouble.what);
    finding.detail = trouble.detail;
    finding.evidence = {
        fact("enabled", subscription.enabled ? "yes" : "no", "pg_subscription.subenabled"),
        fact("worker runs", subscription.worker_running ? "yes" : "no", "pg_stat_subscription.pid"),
        count("errors while applying", subscription.apply_errors,
              "pg_stat_subscription_stats.apply_error_count"),
        count("errors while copying tables", subscription.sync_errors,
              "pg_stat_subscription_stats.sync_error_count"),
        count("tables not ready", subscription.tables_not_ready, "pg_subscription_rel.srsubstate")};
    out.push_back(std::move(finding));
  }
}

const Register identity_check{
    {
        .id = "replica.no_replica_identity",
        .area = Area::replica,
        .severity = Severity::high,
        .engines = postgresql,
        .summary = "A published table without a replica identity",
        .why = "UPDATE and DELETE on it fail.",
        .privileges = "",
        .guards =
            "publications of inserts only; unlogged and partitioned tables; only medium while "
            "the table was never updated",
        .source = "PostgreSQL manual, 29.1 Publication",
    },
    no_identity};

const Register full_check{
    {
        .id = "replica.full_identity",
        .area = Area::replica,
        .severity = Severity::low,
        .engines = postgresql,
        .summary = "A published table that identifies its rows by all their columns",
        .why = "Each change logs the whole old row, and the subscriber may scan its table.",
        .privileges = "",
        .guards = "tables under 10,000 rows or never updated",
        .source = "PostgreSQL manual, 29.1 Publication",
    },
    full_identity};

const Register failover_check{
    {
        .id = "replica.logical_failover_off",
        .area = Area::replica,
        .severity = Severity::low,
        .engines = postgresql,
        .summary = "A logical slot that no standby keeps (17+)",
        .why = "After a failover its subscriber must be set up anew.",
        .privileges = "pg_monitor",
        .guards = "servers without a physical standby; temporary and synced slots",
        .source = "PostgreSQL manual 17, 29.3 Logical Replication Failover",
    },
    failover_off};

const Register subscription_check{
    {
        .id = "replica.subscription_broken",
        .area = Area::replica,
        .severity = Severity::high,
        .engines = postgresql,
        .summary = "A subscription that is disabled or that no worker applies",
        .why = "Data here grows stale and the publisher keeps WAL.",
        .privileges = "pg_monitor",
        .guards = "a running worker, whatever errors it had before",
        .source = "PostgreSQL manual, pg_stat_subscription",
    },
    subscription_broken};

}  // namespace
}  // namespace whet::advise::replica
