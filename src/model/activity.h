// What the server was doing while the snapshot was taken: sessions, lock waits, wait samples,
// running maintenance.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/fields.h"

namespace whet::model {

struct Session {
  std::int64_t pid = 0;
  std::int64_t leader_pid = 0;  ///< of a parallel worker
  std::string database, role, application;
  std::string client;  ///< local, or the address
  std::string kind;    ///< client backend, walsender, autovacuum worker, ...
  std::string state;   ///< active, idle, idle in transaction, idle in transaction (aborted), ...
  std::string wait_type, wait_event;
  std::string query_id;
  std::string query;  ///< normalised
  bool encrypted = false;
  std::optional<double> connection_age_seconds, transaction_age_seconds, query_age_seconds,
      state_age_seconds;
  std::int64_t xmin_age = 0;        ///< transactions that its snapshot holds back; 0: none
  bool has_transaction_id = false;  ///< it has written
  std::int64_t rows_locked = 0, rows_modified = 0;  ///< MySQL: by its open transaction
  std::string isolation;                            ///< MySQL: of its open transaction
  std::vector<std::int64_t> blocked_by;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("pid", s.pid), v("leader_pid", s.leader_pid), v("database", s.database), v("role", s.role);
    v("application", s.application), v("client", s.client), v("kind", s.kind), v("state", s.state);
    v("wait_type", s.wait_type), v("wait_event", s.wait_event), v("query_id", s.query_id),
        v("query", s.query);
    v("encrypted", s.encrypted), v("connection_age_seconds", s.connection_age_seconds);
    v("transaction_age_seconds", s.transaction_age_seconds),
        v("query_age_seconds", s.query_age_seconds);
    v("state_age_seconds", s.state_age_seconds), v("xmin_age", s.xmin_age);
    v("has_transaction_id", s.has_transaction_id), v("rows_locked", s.rows_locked);
    v("rows_modified", s.rows_modified), v("isolation", s.isolation);
    v("blocked_by", s.blocked_by);
  }
};

/// A lock that a session waits for.
struct LockWait {
  std::int64_t pid = 0;
  std::string mode;   ///< AccessExclusiveLock, ...
  std::string kind;   ///< relation, transactionid, tuple, advisory, ...; MySQL: record, metadata
  std::string index;  ///< MySQL: of a record lock
  std::int64_t table = 0;  ///< id; 0 when it is no relation
  std::string relation;    ///< qualified name
  std::optional<double> wait_seconds;
  std::vector<std::int64_t> blockers;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("pid", s.pid), v("mode", s.mode), v("kind", s.kind), v("index", s.index);
    v("table", s.table), v("relation", s.relation);
    v("wait_seconds", s.wait_seconds), v("blockers", s.blockers);
  }
};

/// How often active client sessions were seen in one wait event ("CPU" when they did not wait).
struct WaitCount {
  std::string type, event;
  std::string query_id;  ///< empty: all together
  std::int64_t count = 0;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("type", s.type), v("event", s.event), v("query_id", s.query_id), v("count", s.count);
  }
};

struct WaitSamples {
  std::int64_t samples = 0;  ///< how many times the sessions were looked at
  double interval_seconds = 0;
  double average_active = 0;  ///< active client sessions
  std::int64_t peak_active = 0;
  std::int64_t peak_connections = 0;
  std::vector<WaitCount> counts;  ///< falling

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("samples", s.samples), v("interval_seconds", s.interval_seconds),
        v("average_active", s.average_active);
    v("peak_active", s.peak_active), v("peak_connections", s.peak_connections),
        v("counts", s.counts);
  }
};

/// A VACUUM, ANALYZE, CREATE INDEX, ... that runs.
struct RunningCommand {
  std::int64_t pid = 0;
  std::string command;  ///< VACUUM, CREATE INDEX CONCURRENTLY, ...
  std::string phase;
  std::int64_t table = 0;
  std::string relation;
  bool automatic = false;  ///< an autovacuum worker
  bool to_prevent_wraparound = false;
  double done_fraction = 0;
  std::int64_t index_passes = 0;  ///< VACUUM: over all indexes
  std::optional<double> age_seconds;
  double delay_ms = 0;  ///< slept for the cost limit (18+)

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("pid", s.pid), v("command", s.command), v("phase", s.phase), v("table", s.table),
        v("relation", s.relation);
    v("automatic", s.automatic), v("to_prevent_wraparound", s.to_prevent_wraparound);
    v("done_fraction", s.done_fraction), v("index_passes", s.index_passes),
        v("age_seconds", s.age_seconds);
    v("delay_ms", s.delay_ms);
  }
};

struct PreparedTransaction {
  std::string name;
  std::string database, owner;
  double age_seconds = 0;
  std::int64_t xid_age = 0;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("name", s.name), v("database", s.database), v("owner", s.owner),
        v("age_seconds", s.age_seconds);
    v("xid_age", s.xid_age);
  }
};

struct Activity {
  std::vector<Session> sessions;  ///< all but Whet's own
  std::vector<LockWait> lock_waits;
  WaitSamples waits;
  std::vector<RunningCommand> running;
  std::vector<PreparedTransaction> prepared_transactions;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("sessions", s.sessions), v("lock_waits", s.lock_waits), v("waits", s.waits),
        v("running", s.running);
    v("prepared_transactions", s.prepared_transactions);
  }
};

}  // namespace whet::model
