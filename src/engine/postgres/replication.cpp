// Replication from either end.
#include <algorithm>

#include "base/text.h"
#include "engine/postgres/collector.h"
#include "model/delta.h"

namespace whet::engine::postgres {

namespace {

/// The newest WAL position: what a source wrote, what a replica received.
constexpr std::string_view newest_position =
    "CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END";

std::string age(const std::string& moment) {
  return "extract(epoch FROM clock_timestamp() - " + moment + ")";
}

void collect_replicas(Collector& c) {
  const auto rows = c.read("replicas",
                           R"(
    SELECT r.application_name, CASE WHEN r.client_addr IS NULL THEN 'local'
                                    ELSE host(r.client_addr) END,
           r.state, r.sync_state, s.slot_name, pg_wal_lsn_diff()" +
                               std::string(newest_position) + R"(, r.replay_lsn),
           extract(epoch FROM r.write_lag), extract(epoch FROM r.flush_lag),
           extract(epoch FROM r.replay_lag), age(r.backend_xmin)
    FROM pg_stat_replication r
    LEFT JOIN pg_replication_slots s ON s.active_pid = r.pid ORDER BY 1, 2, r.pid)");
  if (!rows) return;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    model::Replica replica;
    replica.name = row.text();
    replica.client = row.text();
    replica.state = row.text();
    replica.sync_state = row.text();
    replica.slot = row.text();
    replica.lag_bytes = row.maybe_integer();
    replica.write_lag_seconds = row.maybe_number();
    replica.flush_lag_seconds = row.maybe_number();
    replica.replay_lag_seconds = row.maybe_number();
    replica.xmin_age = row.integer();
    c.snapshot.replication.replicas.push_back(std::move(replica));
  }
}

void collect_slots(Collector& c) {
  // 16: conflicting; 17: failover, synced, why and since when it is of no use.
  const std::string conflicting = c.since(160000, "coalesce(s.conflicting, false)", "false");
  const std::string newer =
      c.since(170000, "s.failover, s.synced, s.invalidation_reason, " + age("s.inactive_since"),
              "false, false, NULL, NULL");
  const auto rows = c.read("replication slots",
                           R"(
    SELECT s.slot_name, s.slot_type, s.plugin, s.database, s.active, s.temporary, )" +
                               conflicting + ", " + newer + R"(, s.wal_status,
           pg_wal_lsn_diff()" + std::string(newest_position) +
                               R"(, s.restart_lsn), s.safe_wal_size, age(s.xmin),
           age(s.catalog_xmin)
    FROM pg_replication_slots s ORDER BY 1)");
  if (!rows) return;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    model::ReplicationSlot slot;
    slot.name = row.text();
    slot.kind = row.text();
    slot.plugin = row.text();
    slot.database = row.text();
    slot.active = row.flag();
    slot.temporary = row.flag();
    slot.conflicting = row.flag();
    slot.failover = row.flag();
    slot.synced = row.flag();
    slot.invalidation_reason = row.text();
    slot.inactive_seconds = row.maybe_number();
    slot.wal_status = row.text();
    slot.retained_bytes = row.maybe_integer();
    slot.safe_bytes = row.maybe_integer();
    slot.xmin_age = row.integer();
    slot.catalog_xmin_age = row.integer();
    c.snapshot.replication.slots.push_back(std::move(slot));
  }
}

void collect_recovery(Collector& c) {
  if (!c.snapshot.server.is_replica) return;
  // A replica that has replayed all that it received is not late, however old that is.
  const auto rows = c.read("recovery", R"(
    SELECT w.pid IS NOT NULL, w.status,
           CASE WHEN w.sender_host IS NOT NULL THEN w.sender_host || ':' || w.sender_port END,
           w.slot_name, pg_is_wal_replay_paused(),
           pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()),
           CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
                ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) END
    FROM (SELECT 1) one LEFT JOIN pg_stat_wal_receiver w ON true)");
  if (!rows || rows->empty()) return;
  Row row(*rows, 0);
  model::Recovery recovery;
  recovery.receiver_running = row.flag();
  recovery.receiver_status = row.text();
  recovery.source = row.text();
  recovery.slot = row.text();
  recovery.replay_paused = row.flag();
  recovery.unreplayed_bytes = row.maybe_integer();
  recovery.replay_delay_seconds = row.maybe_number();
  c.snapshot.replication.recovery = std::move(recovery);
}

void collect_publications(Collector& c) {
  const auto rows = c.read("publications", R"(
    SELECT p.pubname, p.puballtables, p.pubupdate, p.pubdelete,
           ARRAY(SELECT r.prrelid FROM pg_publication_rel r WHERE r.prpubid = p.oid ORDER BY 1)
    FROM pg_publication p ORDER BY 1)");
  if (!rows) return;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    model::Publication publication;
    publication.name = row.text();
    publication.all_tables = row.flag();
    publication.updates = row.flag();
    publication.deletes = row.flag();
    for (const auto& id : row.array()) publication.tables.push_back(text::to_int(id).value_or(0));
    c.snapshot.replication.publications.push_back(std::move(publication));
  }
}

void collect_subscriptions(Collector& c) {
  // 15 counts errors, 18 conflicts. subconninfo holds a password and is not read.
  const std::string errors =
      c.since(150000, "coalesce(t.apply_error_count, 0), coalesce(t.sync_error_count, 0)", "0, 0");
  const std::string conflicts =
      c.since(180000,
              "coalesce(t.confl_insert_exists + t.confl_update_origin_differs + "
              "t.confl_update_exists + t.confl_update_missing + t.confl_delete_origin_differs + "
              "t.confl_delete_missing + t.confl_multiple_unique_conflicts, 0)",
              "0");
  const std::string join =
      c.since(150000, "LEFT JOIN pg_stat_subscription_stats t ON t.subid = s.oid", "");
  const auto rows = c.read("subscriptions",
                           R"(
    SELECT s.subname, s.subenabled, )" +
                               c.since(170000, "s.subfailover", "false") + R"(,
           EXISTS (SELECT 1 FROM pg_stat_subscription w WHERE w.subid = s.oid AND w.pid IS NOT NULL),
           )" + errors + ", " + conflicts +
                               R"(,
           (SELECT count(*) FROM pg_subscription_rel r
            WHERE r.srsubid = s.oid AND r.srsubstate <> 'r')
    FROM pg_subscription s )" + join +
                               R"(
    WHERE s.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
    ORDER BY 1)",
                           {}, "GRANT pg_monitor TO " + c.role + ";");
  if (!rows) return;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    model::Subscription subscription;
    subscription.name = row.text();
    subscription.enabled = row.flag();
    subscription.failover = row.flag();
    subscription.worker_running = row.flag();
    subscription.apply_errors = row.integer();
    subscription.sync_errors = row.integer();
    subscription.conflicts = row.integer();
    subscription.tables_not_ready = row.integer();
    c.snapshot.replication.subscriptions.push_back(std::move(subscription));
  }
}

void sample_archiver(Collector& c, Sample sample) {
  const auto rows =
      c.read("the archiver", "SELECT archived_count, failed_count, " + age("last_archived_time") +
                                 ", " + age("last_failed_time") + " FROM pg_stat_archiver");
  if (!rows || rows->empty()) return;
  auto& archiver = c.snapshot.replication.archiver;
  Row row(*rows, 0);
  const std::int64_t archived = row.integer(), failed = row.integer();
  if (sample == Sample::second) {
    archiver.window_archived = std::max<std::int64_t>(0, archived - archiver.archived);
    archiver.window_failed = std::max<std::int64_t>(0, failed - archiver.failed);
  }
  archiver.archived = archived;
  archiver.failed = failed;
  archiver.last_archived_age_seconds = row.maybe_number();
  archiver.last_failed_age_seconds = row.maybe_number();
}

void sample_conflicts(Collector& c, Sample sample) {
  if (!c.snapshot.server.is_replica) return;
  const std::string logical = c.since(160000, "sum(confl_active_logicalslot)", "0");
  const auto rows = c.read("conflicts with recovery", R"(
    SELECT sum(confl_tablespace), sum(confl_lock), sum(confl_snapshot), sum(confl_bufferpin),
           sum(confl_deadlock), )" + logical + " FROM pg_stat_database_conflicts");
  if (!rows || rows->empty()) return;
  Row row(*rows, 0);
  model::ConflictCounters now;
  for (auto* counter : {&now.tablespace, &now.lock, &now.snapshot, &now.buffer_pin, &now.deadlock,
                        &now.logical_slot})
    *counter = row.integer();
  auto& replication = c.snapshot.replication;
  if (sample == Sample::second && replication.conflicts)
    replication.window_conflicts = model::counters_between(*replication.conflicts, now);
  replication.conflicts = now;
}

}  // namespace

void collect_replication(Collector& c) {
  collect_replicas(c);
  collect_slots(c);
  collect_recovery(c);
  collect_publications(c);
  collect_subscriptions(c);
  if (const auto rows = c.read_if_allowed(
          "files that wait to be archived",
          "has_function_privilege('pg_ls_archive_statusdir()', 'EXECUTE')",
          "SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'",
          "GRANT pg_monitor TO " + c.role + ";");
      rows && !rows->empty())
    c.snapshot.replication.archiver.ready_files = Row(*rows, 0).integer();
}

void sample_replication(Collector& c, Sample sample) {
  sample_archiver(c, sample);
  sample_conflicts(c, sample);
}

}  // namespace whet::engine::postgres
