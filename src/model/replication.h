// Replication as the target sees it, from either end.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/fields.h"
#include "model/schema.h"

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
  // MongoDB.
  bool healthy = false, reached = false;  ///< as the target sees it; Whet could ask it itself
  bool arbiter = false, hidden = false;
  std::optional<double> priority;
  std::int64_t votes = 0;
  double delay_seconds = 0;           ///< wanted (secondaryDelaySecs)
  std::optional<double> lag_seconds;  ///< of its last applied operation behind the primary's
  std::string sync_source, tags;      ///< tags: "dc:east, use:reports"
  bool builds_indexes = false;
  std::int64_t cache_bytes = 0;        ///< asked of itself
  std::int64_t reads = 0, writes = 0;  ///< client operations in the window, asked of itself

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("name", s.name), v("state", s.state), v("role", s.role), v("version", s.version);
    v("self", s.self), v("queued_transactions", s.queued_transactions);
    v("healthy", s.healthy), v("reached", s.reached), v("arbiter", s.arbiter);
    v("hidden", s.hidden), v("priority", s.priority), v("votes", s.votes);
    v("delay_seconds", s.delay_seconds), v("lag_seconds", s.lag_seconds);
    v("sync_source", s.sync_source), v("tags", s.tags), v("builds_indexes", s.builds_indexes);
    v("cache_bytes", s.cache_bytes), v("reads", s.reads), v("writes", s.writes);
  }
};

/// A MongoDB replica set as a whole.
struct ReplicaSet {
  std::string name;
  std::int64_t config_version = 0, term = 0;
  double heartbeat_seconds = 0, election_timeout_seconds = 0;
  bool chaining = false, majority_journaled = false;
  std::string default_read_concern, default_write_concern;  ///< "local"; extended JSON
  std::string implicit_write_concern;         ///< what holds when none is set: "1", "majority"
  std::optional<double> primary_age_seconds;  ///< since the last election
  std::optional<double> min_retention_hours;  ///< of the oplog

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("name", s.name), v("config_version", s.config_version), v("term", s.term);
    v("heartbeat_seconds", s.heartbeat_seconds);
    v("election_timeout_seconds", s.election_timeout_seconds), v("chaining", s.chaining);
    v("majority_journaled", s.majority_journaled);
    v("default_read_concern", s.default_read_concern);
    v("default_write_concern", s.default_write_concern);
    v("implicit_write_concern", s.implicit_write_concern);
    v("primary_age_seconds", s.primary_age_seconds);
    v("min_retention_hours", s.min_retention_hours);
  }
};

struct Shard {
  std::string name, host;
  bool draining = false, reached = false;
  std::string tags, version;
  std::int64_t data_bytes = 0, chunks = 0;
  std::int64_t operations = 0;  ///< in the window

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("name", s.name), v("host", s.host), v("draining", s.draining), v("reached", s.reached);
    v("tags", s.tags), v("version", s.version), v("data_bytes", s.data_bytes);
    v("chunks", s.chunks), v("operations", s.operations);
  }
};

/// What one shard holds of a sharded collection.
struct ShardPart {
  std::string shard;
  std::int64_t chunks = 0, jumbo_chunks = 0, documents = 0, orphans = 0, bytes = 0;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("shard", s.shard), v("chunks", s.chunks), v("jumbo_chunks", s.jumbo_chunks);
    v("documents", s.documents), v("orphans", s.orphans), v("bytes", s.bytes);
  }
};

struct ShardedCollection {
  std::string schema, table;
  std::vector<IndexPart> key;
  bool unique = false, balancing_off = false;
  std::vector<ShardPart> parts;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("schema", s.schema), v("table", s.table), v("key", s.key), v("unique", s.unique);
    v("balancing_off", s.balancing_off), v("parts", s.parts);
  }
};

/// A mongos that the cluster has heard of.
struct Router {
  std::string name, version;
  double ping_age_seconds = 0;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("name", s.name), v("version", s.version), v("ping_age_seconds", s.ping_age_seconds);
  }
};

/// A MongoDB sharded cluster, as its mongos tells.
struct Sharding {
  std::vector<Shard> shards;
  std::vector<ShardedCollection> collections;
  std::vector<Router> routers;
  std::string balancer;         ///< full, off, ...
  std::string balancer_window;  ///< "23:00 to 06:00"; empty: always
  bool balancer_running = false;
  std::int64_t migrations_done = 0, migrations_failed = 0;  ///< in the last day

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("shards", s.shards), v("collections", s.collections), v("routers", s.routers);
    v("balancer", s.balancer), v("balancer_window", s.balancer_window);
    v("balancer_running", s.balancer_running), v("migrations_done", s.migrations_done);
    v("migrations_failed", s.migrations_failed);
  }
};

/// The logs that replicas and recovery read. MongoDB: the oplog.
struct BinaryLogs {
  bool enabled = false;
  std::int64_t files = 0, bytes = 0;
  std::int64_t max_bytes = 0;  ///< MongoDB
  std::optional<double> oldest_age_seconds;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("enabled", s.enabled), v("files", s.files), v("bytes", s.bytes);
    v("oldest_age_seconds", s.oldest_age_seconds), v("max_bytes", s.max_bytes);
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
  std::optional<ReplicaSet> set;     ///< MongoDB
  std::optional<Sharding> sharding;  ///< MongoDB

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("replicas", s.replicas), v("slots", s.slots), v("recovery", s.recovery),
        v("conflicts", s.conflicts);
    v("window_conflicts", s.window_conflicts), v("archiver", s.archiver),
        v("publications", s.publications);
    v("subscriptions", s.subscriptions), v("channels", s.channels);
    v("members", s.members), v("binary_logs", s.binary_logs);
    v("set", s.set), v("sharding", s.sharding);
  }
};

}  // namespace whet::model
