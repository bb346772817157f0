// Replication as the target sees it, from either end.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/fields.h"

namespace whet::model {

/// A replica that streams from the target.
struct Replica {
  std::string name;  ///< application_name
  std::string client;
  std::string state;       ///< streaming, catchup, backup, ...
  std::string sync_state;  ///< async, potential, sync, quorum
  std::string slot;
  std::optional<std::int64_t> lag_bytes;  ///< current WAL position less what it replayed
  std::optional<double> write_lag_seconds, flush_lag_seconds, replay_lag_seconds;
  std::int64_t xmin_age = 0;  ///< by hot_standby_feedback

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("name", s.name), v("client", s.client), v("state", s.state), v("sync_state", s.sync_state),
        v("slot", s.slot);
    v("lag_bytes", s.lag_bytes), v("write_lag_seconds", s.write_lag_seconds);
    v("flush_lag_seconds", s.flush_lag_seconds), v("replay_lag_seconds", s.replay_lag_seconds);
    v("xmin_age", s.xmin_age);
  }
};

struct ReplicationSlot {
  std::string name;
  std::string kind;  ///< physical, logical
  std::string plugin, database;
  bool active = false, temporary = false, failover = false, synced = false, conflicting = false;
  std::string wal_status;           ///< reserved, extended, unreserved, lost
  std::string invalidation_reason;  ///< 17+
  std::optional<std::int64_t> retained_bytes;
  std::optional<std::int64_t> safe_bytes;  ///< that may still be written before it is lost
  std::optional<double> inactive_seconds;  ///< 17+
  std::int64_t xmin_age = 0, catalog_xmin_age = 0;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("name", s.name), v("kind", s.kind), v("plugin", s.plugin), v("database", s.database),
        v("active", s.active);
    v("temporary", s.temporary), v("failover", s.failover), v("synced", s.synced),
        v("conflicting", s.conflicting);
    v("wal_status", s.wal_status), v("invalidation_reason", s.invalidation_reason);
    v("retained_bytes", s.retained_bytes), v("safe_bytes", s.safe_bytes),
        v("inactive_seconds", s.inactive_seconds);
    v("xmin_age", s.xmin_age), v("catalog_xmin_age", s.catalog_xmin_age);
  }
};

/// On a replica: how it follows its source.
struct Recovery {
  bool receiver_running = false;
  std::string receiver_status;
  std::string source;  ///< host:port
  std::string slot;
  bool replay_paused = false;
  std::optional<std::int64_t> unreplayed_bytes;  ///< received, not yet replayed
  std::optional<double> replay_delay_seconds;    ///< age of the last replayed transaction

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("receiver_running", s.receiver_running), v("receiver_status", s.receiver_status),
        v("source", s.source);
    v("slot", s.slot), v("replay_paused", s.replay_paused),
        v("unreplayed_bytes", s.unreplayed_bytes);
    v("replay_delay_seconds", s.replay_delay_seconds);
  }
};

/// Queries that replay cancelled on a replica, by reason.
struct ConflictCounters {
  std::int64_t tablespace = 0, lock = 0, snapshot = 0, buffer_pin = 0, deadlock = 0,
               logical_slot = 0;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("tablespace", s.tablespace), v("lock", s.lock), v("snapshot", s.snapshot),
        v("buffer_pin", s.buffer_pin);
    v("deadlock", s.deadlock), v("logical_slot", s.logical_slot);
  }
};

struct Archiver {
  std::int64_t archived = 0, failed = 0;
  std::int64_t window_archived = 0, window_failed = 0;
  std::optional<double> last_archived_age_seconds, last_failed_age_seconds;
  std::optional<std::int64_t> ready_files;  ///< waiting to be archived

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("archived", s.archived), v("failed", s.failed), v("window_archived", s.window_archived);
    v("window_failed", s.window_failed),
        v("last_archived_age_seconds", s.last_archived_age_seconds);
    v("last_failed_age_seconds", s.last_failed_age_seconds), v("ready_files", s.ready_files);
  }
};

struct Publication {
  std::string name;
  bool all_tables = false;
  bool updates = false, deletes = false;  ///< it publishes them
  std::vector<std::int64_t> tables;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("name", s.name), v("all_tables", s.all_tables), v("updates", s.updates),
        v("deletes", s.deletes);
    v("tables", s.tables);
  }
};

struct Subscription {
  std::string name;
  bool enabled = false;
  bool failover = false;
  bool worker_running = false;
  std::int64_t apply_errors = 0, sync_errors = 0, conflicts = 0;
  std::int64_t tables_not_ready = 0;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("name", s.name), v("enabled", s.enabled), v("failover", s.failover),
        v("worker_running", s.worker_running);
    v("apply_errors", s.apply_errors), v("sync_errors", s.sync_errors), v("conflicts", s.conflicts);
    v("tables_not_ready", s.tables_not_ready);
  }
};

/// MySQL, on a replica: one source that it follows.
struct ReplicationChannel {
  std::string name;    ///< empty: the default channel
  std::string source;  ///< host:port
  bool receiver_running = false, applier_running = false, receiver_connecting = false;
  std::int64_t receiver_error = 0, applier_error = 0;  ///< server error numbers; 0: none
  std::string receiver_message, applier_message;       ///< without row values
  std::optional<double> seconds_behind;  ///< what the server says (Seconds_Behind_Source)
  std::optional<double>
      applying_behind_seconds;  ///< age of the transaction being applied, at its source
  std::optional<double> queued_behind_seconds;       ///< the same of the last one received
  std::optional<std::int64_t> unapplied_bytes;       ///< received, not yet applied (relay log)
  std::optional<std::int64_t> missing_transactions;  ///< received GTIDs less executed ones
  std::int64_t errant_transactions = 0;              ///< executed here under this server's own id
  double delay_seconds = 0;                          ///< SOURCE_DELAY: wanted
  std::int64_t workers = 0, workers_busy = 0;
  bool auto_position = false;  ///< by GTID
  bool encrypted = false;
  std::int64_t retries = 0;  ///< applier: of transactions (deadlocks, lock waits)

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("name", s.name), v("source", s.source), v("receiver_running", s.receiver_running);
    v("applier_running", s.applier_running), v("receiver_connecting", s.receiver_connecting);
    v("receiver_error", s.receiver_error), v("applier_error", s.applier_error);
    v("receiver_message", s.receiver_message), v("applier_message", s.applier_message);
    v("seconds_behind", s.seconds_behind);
    v("applying_behind_seconds", s.applying_behind_seconds);
    v("queued_behind_seconds", s.queued_behind_seconds);
    v("unapplied_bytes", s.unapplied_bytes), v("missing_transactions", s.missing_transactions);
    v("errant_transactions", s.errant_transactions), v("delay_seconds", s.delay_seconds);
    v("workers", s.workers), v("workers_busy", s.workers_busy);
    v("auto_position", s.auto_position), v("encrypted", s.encrypted), v("retries", s.retries);
  }
};

/// A member of group replication, a Galera cluster, or a replica set.
struct GroupMember {
  std::string name;   ///< host:port
  std::string state;  ///< ONLINE, RECOVERING, Synced, SECONDARY, ...
  std::string role;   ///< PRIMARY, SECONDARY
  std::string version;
  bool self = false;
  std::optional<std::int64_t> queued_transactions;  ///< to certify or to apply

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("name", s.name), v("state", s.state), v("role", s.role), v("version", s.version);
    v("self", s.self), v("queued_transactions", s.queued_transactions);
  }
};

/// The logs that replicas and recovery read.
struct BinaryLogs {
  bool enabled = false;
  std::int64_t files = 0, bytes = 0;
  std::optional<double> oldest_age_seconds;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("enabled", s.enabled), v("files", s.files), v("bytes", s.bytes);
    v("oldest_age_seconds", s.oldest_age_seconds);
  }
};

struct Replication {
  std::vector<Replica> replicas;
  std::vector<ReplicationSlot> slots;
  std::optional<Recovery> recovery;                             ///< on a replica only
  std::optional<ConflictCounters> conflicts, window_conflicts;  ///< on a replica only
  Archiver archiver;
  std::vector<Publication> publications;
  std::vector<Subscription> subscriptions;
  std::vector<ReplicationChannel> channels;  ///< on a MySQL replica only
  std::vector<GroupMember> members;
  BinaryLogs binary_logs;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("replicas", s.replicas), v("slots", s.slots), v("recovery", s.recovery),
        v("conflicts", s.conflicts);
    v("window_conflicts", s.window_conflicts), v("archiver", s.archiver),
        v("publications", s.publications);
    v("subscriptions", s.subscriptions), v("channels", s.channels);
    v("members", s.members), v("binary_logs", s.binary_logs);
  }
};

}  // namespace whet::model
