// Sessions, lock waits, running maintenance, prepared transactions.
#include <algorithm>

#include "base/text.h"
#include "engine/postgres/collector.h"
#include "sql/normalize.h"

namespace whet::engine::postgres {

namespace {

/// pg_blocking_pids() takes every lock partition for a moment: not for more waiters than this.
constexpr std::string_view waiters_at_most = "50";

std::string age(const std::string& moment) {
  return "extract(epoch FROM clock_timestamp() - " + moment + ")";
}

void collect_sessions(Collector& c) {
  const std::string query_id = c.since(140000, "a.query_id", "NULL");
  const auto rows = c.read("sessions",
                           R"(
    SELECT a.pid, a.leader_pid, a.datname, a.usename, a.application_name,
           CASE WHEN a.client_addr IS NULL THEN 'local' ELSE host(a.client_addr) END,
           a.backend_type, a.state, a.wait_event_type, a.wait_event, )" +
                               query_id + R"(,
           a.query, coalesce(t.ssl, false), )" +
                               age("a.backend_start") + ", " + age("a.xact_start") + ", " +
                               age("a.query_start") + ", " + age("a.state_change") + R"(,
           age(a.backend_xmin), a.backend_xid IS NOT NULL
    FROM pg_stat_activity a LEFT JOIN pg_stat_ssl t ON t.pid = a.pid
    WHERE a.application_name NOT IN ('whet', 'whet apply') ORDER BY a.pid)");
  if (!rows) return;
  bool hidden = false;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    model::Session session;
    session.pid = row.integer();
    session.leader_pid = row.integer();
    session.database = row.text();
    session.role = row.text();
    session.application = row.text();
    session.client = row.text();
    session.kind = row.text();
    session.state = row.text();
    session.wait_type = row.text();
    session.wait_event = row.text();
    session.query_id = row.text();
    const std::string query = row.text();
    hidden = hidden || query == "<insufficient privilege>";
    session.query = query == "<insufficient privilege>" ? "" : sql::normalize(query);
    session.encrypted = row.flag();
    session.connection_age_seconds = row.maybe_number();
    session.transaction_age_seconds = row.maybe_number();
    session.query_age_seconds = row.maybe_number();
    session.state_age_seconds = row.maybe_number();
    session.xmin_age = row.integer();
    session.has_transaction_id = row.flag();
    c.snapshot.activity.sessions.push_back(std::move(session));
  }
  if (hidden) {
    c.note("what other roles' sessions do", "The role may not see other roles' sessions.",
           "GRANT pg_read_all_stats TO " + c.role + ";");
  }
}

void collect_lock_waits(Collector& c) {
  // 14 records since when somebody waits; before, the last change of the session is the bound.
  const std::string waited = c.since(140000, age("l.waitstart"), "NULL");
  const auto rows = c.read("lock waits",
                           R"(
    SELECT l.pid, l.mode, l.locktype, coalesce(c.oid, 0),
           CASE WHEN c.oid IS NOT NULL THEN n.nspname || '.' || c.relname END, )" +
                               waited + R"(, pg_blocking_pids(l.pid)
    FROM (SELECT * FROM pg_locks WHERE NOT granted ORDER BY pid LIMIT )" +
                               std::string(waiters_at_most) + R"() l
    LEFT JOIN pg_class c ON c.oid = l.relation
         AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    LEFT JOIN pg_namespace n ON n.oid = c.relnamespace)");
  if (!rows) return;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    model::LockWait wait;
    wait.pid = row.integer();
    wait.mode = row.text();
    wait.kind = row.text();
    wait.table = row.integer();
    wait.relation = row.text();
    wait.wait_seconds = row.maybe_number();
    for (const auto& pid : row.array()) wait.blockers.push_back(text::to_int(pid).value_or(0));
    for (auto& session : c.snapshot.activity.sessions) {
      if (session.pid == wait.pid) session.blocked_by = wait.blockers;
    }
    c.snapshot.activity.lock_waits.push_back(std::move(wait));
  }
}

// The progress views' own columns, each as: pid, database, relid, command, phase, done, total,
// passes, delay. 17 and 18 changed those of VACUUM.
std::string running_sql(const Collector& c) {
  const std::string delay = c.since(180000, "p.delay_time", "0");
  std::string sql = R"(
    SELECT pid, datname, relid, 'VACUUM' AS command, phase, heap_blks_scanned AS done,
           heap_blks_total AS total, index_vacuum_count AS passes, )" +
                    delay + R"( AS delay FROM pg_stat_progress_vacuum p
    UNION ALL SELECT pid, datname, relid, 'ANALYZE', phase, sample_blks_scanned, sample_blks_total,
           0, 0 FROM pg_stat_progress_analyze
    UNION ALL SELECT pid, datname, relid, command, phase, blocks_done, blocks_total, 0, 0
           FROM pg_stat_progress_create_index
    UNION ALL SELECT pid, datname, relid, command, phase, heap_blks_scanned, heap_blks_total, 0, 0
           FROM pg_stat_progress_cluster
    UNION ALL SELECT pid, NULL, 0, 'BASE BACKUP', phase, backup_streamed, backup_total, 0, 0
           FROM pg_stat_progress_basebackup)";
  sql += c.since(140000, R"(
    UNION ALL SELECT pid, datname, relid, command, type, bytes_processed, bytes_total, 0, 0
           FROM pg_stat_progress_copy)",
                 "");
  return sql;
}

void collect_running(Collector& c) {
  const auto rows = c.read("running maintenance",
                           R"(
    SELECT p.pid, p.command, p.phase, coalesce(c.oid, 0),
           CASE WHEN c.oid IS NOT NULL THEN n.nspname || '.' || c.relname END,
           coalesce(a.backend_type = 'autovacuum worker', false),
           coalesce(a.query LIKE '%(to prevent wraparound)%', false),
           CASE WHEN p.total > 0 THEN p.done::float8 / p.total ELSE 0 END, p.passes, )" +
                               age("a.query_start") + R"(, p.delay
    FROM ()" + running_sql(c) + R"() p
    LEFT JOIN pg_stat_activity a ON a.pid = p.pid
    LEFT JOIN pg_class c ON c.oid = p.relid AND p.datname = current_database()
    LEFT JOIN pg_namespace n ON n.oid = c.relnamespace ORDER BY p.pid)");
  if (!rows) return;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    model::RunningCommand running;
    running.pid = row.integer();
    running.command = row.text();
    running.phase = row.text();
    running.table = row.integer();
    running.relation = row.text();
    running.automatic = row.flag();
    running.to_prevent_wraparound = row.flag();
    running.done_fraction = row.number();
    running.index_passes = row.integer();
    running.age_seconds = row.maybe_number();
    running.delay_ms = row.number();
    c.snapshot.activity.running.push_back(std::move(running));
  }
}

void collect_prepared_transactions(Collector& c) {
  const auto rows =
      c.read("prepared transactions", "SELECT gid, database, owner, " + age("prepared") +
                                          ", age(transaction) FROM pg_prepared_xacts "
                                          "ORDER BY prepared, gid");
  if (!rows) return;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    model::PreparedTransaction transaction;
    transaction.name = row.text();
    transaction.database = row.text();
    transaction.owner = row.text();
    transaction.age_seconds = row.number();
    transaction.xid_age = row.integer();
    c.snapshot.activity.prepared_transactions.push_back(std::move(transaction));
  }
}

}  // namespace

void collect_activity(Collector& c) {
  collect_sessions(c);
  collect_lock_waits(c);
  collect_running(c);
  collect_prepared_transactions(c);
}

}  // namespace whet::engine::postgres
