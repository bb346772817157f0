// Sessions with their transactions, and what the server itself runs.
#include <algorithm>

#include "base/text.h"
#include "engine/mysql/collector.h"
#include "engine/mysql/sessions.h"
#include "engine/mysql/statements.h"
#include "sql/mysql/normalize.h"

namespace whet::engine::mysql {

namespace {

/// Names of programs, by session. The account's own sessions are always there.
std::map<std::int64_t, std::string> programs(Collector& c) {
  std::map<std::int64_t, std::string> out;
  if (!c.performance_schema) return out;
  const auto rows = c.read_if_possible(
      "SELECT PROCESSLIST_ID, ATTR_VALUE FROM performance_schema.session_connect_attrs WHERE "
      "ATTR_NAME = 'program_name'");
  if (!rows) return out;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    const std::int64_t session = row.integer();
    out[session] = row.text();
  }
  return out;
}

/// Columns for read_session, from performance_schema, which needs no lock of the server's.
std::string from_threads(const Collector& c) {
  return R"(
    SELECT t.PROCESSLIST_ID, t.NAME, t.PROCESSLIST_USER, t.PROCESSLIST_HOST, t.PROCESSLIST_DB,
           t.PROCESSLIST_COMMAND, t.PROCESSLIST_TIME, t.PROCESSLIST_STATE, )" +
         c.if_has(Feature::connection_type, "t.CONNECTION_TYPE = 'SSL/TLS'", "0") + R"(,
           s.CURRENT_SCHEMA, s.DIGEST, s.DIGEST_TEXT, LEFT(t.PROCESSLIST_INFO, 65536), w.EVENT_NAME
    FROM performance_schema.threads t
    LEFT JOIN performance_schema.events_statements_current s
      ON s.THREAD_ID = t.THREAD_ID AND s.NESTING_EVENT_ID IS NULL
    LEFT JOIN performance_schema.events_waits_current w
      ON w.THREAD_ID = t.THREAD_ID AND w.END_EVENT_ID IS NULL
    WHERE t.PROCESSLIST_ID IS NOT NULL ORDER BY t.PROCESSLIST_ID, w.EVENT_ID)";
}

constexpr std::string_view from_processlist = R"(
    SELECT ID, '', USER, HOST, DB, COMMAND, TIME, STATE, 0, DB, NULL, NULL, LEFT(INFO, 65536), NULL
    FROM information_schema.PROCESSLIST ORDER BY ID)";

/// Without literals, whichever text there is.
std::string query_of(const std::string& digest_text, const std::string& info,
                     const sql::mysql::Mode& mode) {
  return sql::mysql::normalize(digest_text.empty() ? info : digest_text, mode);
}

model::Session read_session(Row& row, const sql::mysql::Mode& mode) {
  model::Session session;
  session.pid = row.integer();
  const std::string thread = row.text();
  session.role = row.text();
  session.client = client_of(row.view());
  session.database = row.text();
  const std::string command = row.text();
  const auto seconds = row.maybe_number();
  const std::string state = row.text();
  session.encrypted = row.flag();
  const std::string schema = row.text(), digest = row.text(), digest_text = row.text();
  const std::string info = row.text();
  const WaitState wait = wait_of(command, state, row.view());
  session.kind = kind_of_session(thread, session.role, command);
  session.state = state_of(command, false);
  session.wait_type = wait.type == "CPU" ? "" : wait.type;
  session.wait_event = wait.type == "CPU" ? "" : wait.event;
  if (!digest.empty()) session.query_id = statement_id(schema, digest);
  session.query = query_of(digest_text, info, mode);
  session.state_age_seconds = seconds;
  if (session.state == "active") session.query_age_seconds = seconds;
  return session;
}

void collect_sessions(Collector& c) {
  const auto names = programs(c);
  const auto mode = sql::mysql::mode_of(c.snapshot.server);
  const auto rows =
      c.read("sessions", c.performance_schema ? from_threads(c) : std::string(from_processlist),
             c.grant("PROCESS ON *.*"));
  if (!rows) return;
  auto& sessions = c.snapshot.activity.sessions;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    model::Session session = read_session(row, mode);
    if (session.pid == c.connection.thread_id()) continue;
    const auto program = names.find(session.pid);
    if (program != names.end()) session.application = program->second;
    if (session.application == "whet" || session.application == "whet apply") continue;
    // A session may be in several waits, one within the other: the last is the innermost.
    if (!sessions.empty() && sessions.back().pid == session.pid) {
      sessions.back() = std::move(session);
    } else {
      sessions.push_back(std::move(session));
    }
  }
}

void collect_transactions(Collector& c) {
  // InnoDB writes times in the machine's zone, whatever the session's.
  const auto rows = c.read("transactions", R"(
    SELECT trx_mysql_thread_id,
           TIMESTAMPDIFF(MICROSECOND, trx_started, CONVERT_TZ(NOW(6), '+00:00', 'SYSTEM')) / 1000000,
           trx_rows_locked, trx_rows_modified, trx_isolation_level, trx_state
    FROM information_schema.INNODB_TRX)",
                           c.grant("PROCESS ON *.*"));
  if (!rows) return;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    const std::int64_t pid = row.integer();
    auto& sessions = c.snapshot.activity.sessions;
    const auto at = std::find_if(sessions.begin(), sessions.end(),
                                 [&](const auto& session) { return session.pid == pid; });
    if (pid == 0 || at == sessions.end()) continue;
    const auto age = row.maybe_number();
    if (age) at->transaction_age_seconds = std::max(0.0, *age);
    at->rows_locked = row.integer();
    at->rows_modified = row.integer();
    at->isolation = text::lower(row.view());
    at->has_transaction_id = at->rows_modified > 0;
    if (row.view() == "LOCK WAIT") {
      at->wait_type = "Lock";
      at->wait_event = "row lock";
    }
    if (at->state == "idle") at->state = "idle in transaction";
  }
}

/// ALTER TABLE, CREATE INDEX and the like report how far they are while their stages are watched.
void collect_running(Collector& c) {
  if (!c.performance_schema) return;
  const auto rows = c.read_if_possible(R"(
    SELECT t.PROCESSLIST_ID, g.EVENT_NAME, g.WORK_COMPLETED, g.WORK_ESTIMATED, t.PROCESSLIST_TIME,
           s.DIGEST_TEXT
    FROM performance_schema.events_stages_current g
    JOIN performance_schema.threads t ON t.THREAD_ID = g.THREAD_ID
    LEFT JOIN performance_schema.events_statements_current s
      ON s.THREAD_ID = g.THREAD_ID AND s.NESTING_EVENT_ID IS NULL
    WHERE g.WORK_ESTIMATED > 0 AND g.END_EVENT_ID IS NULL AND t.PROCESSLIST_ID IS NOT NULL)");
  if (!rows) return;
  const auto mode = sql::mysql::mode_of(c.snapshot.server);
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    model::RunningCommand running;
    running.pid = row.integer();
    const std::string event = row.text();
    running.phase = event.substr(event.rfind('/') + 1);
    const double done = row.number(), all = row.number();
    running.done_fraction = all > 0 ? std::min(1.0, done / all) : 0;
    running.age_seconds = row.maybe_number();
    running.command = sql::mysql::normalize(row.view(), mode);
    c.snapshot.activity.running.push_back(std::move(running));
  }
}

}  // namespace

void collect_activity(Collector& c) {
  collect_sessions(c);
  collect_transactions(c);
  collect_running(c);
}

}  // namespace whet::engine::mysql
