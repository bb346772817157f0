#include "engine/postgres/executor_session.h"

#include <cmath>
#include <utility>

#include "base/clock.h"
#include "base/text.h"

namespace whet::engine::postgres {
namespace {

// "Whet" and "appl" in ASCII: the two halves of the advisory lock's key.
constexpr std::int64_t lock_high = 0x57686574;
constexpr std::int64_t lock_low = 0x6170706c;
constexpr double look_every = 0.1;  // seconds

Error another_whet(const Rows& holder, const std::string& target) {
  Error error{ErrorKind::refused, "Another Whet is changing " + target + " now", "", "55P03"};
  if (holder.empty()) {
    error.message += ".";
    error.hint = "Try again when it has finished.";
    return error;
  }
  Row row(holder, 0);
  const std::string pid = row.text();
  const std::string name = row.text();
  error.message +=
      " (session " + pid + ", '" + name + "', connected for " + text::duration(row.number()) + ").";
  error.hint =
      "Wait until it has finished. If that process no longer exists, end its session with SELECT "
      "pg_terminate_backend(" +
      pid + ").";
  return error;
}

/// One Whet at a time changes a database; the lock goes with the session, however it ends.
Status take_lock(Connection& connection, double patience) {
  const Parameters key{std::to_string((lock_high << 32) | lock_low)};
  const double deadline = clock::monotonic() + patience;
  while (true) {
    const Rows taken = WHET_TRY(connection.query("SELECT pg_try_advisory_lock($1)", key));
    if (taken.text(0, 0) == "t") return {};
    // A killed Whet's session lives on until the server notices.
    if (clock::monotonic() > deadline) break;
    clock::pause(look_every);
  }
  const Rows holder = WHET_TRY(connection.query(
      "SELECT a.pid, a.application_name, extract(epoch FROM now() - a.backend_start) "
      "FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid "
      "WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.classid = $1::oid "
      "AND l.objid = $2::oid "
      "AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())",
      {std::to_string(lock_high), std::to_string(lock_low)}));
  return another_whet(holder, connection.target());
}

Status set_up(Connection& connection) {
  WHET_TRY_VOID(connection.execute("SELECT set_config('application_name', 'whet apply', false)"));
  // The session must outlive long builds and measurements, whatever the server's defaults; and it
  // must end soon after its client does (14+), so that a killed Whet's half-built index stops and
  // its lock is free.
  const auto set = connection.query(
      "SELECT set_config(name, CASE name WHEN 'client_connection_check_interval' THEN '1s' ELSE "
      "'0' END, false) FROM pg_settings WHERE name IN ('idle_session_timeout', "
      "'transaction_timeout', 'client_connection_check_interval')");
  // Servers on systems that cannot watch a socket refuse the last one; they do without.
  if (!set && set.error().kind == ErrorKind::unreachable) return set.error();
  return {};
}

}  // namespace

bool worth_retrying(const Error& error) {
  return error.sqlstate == "55P03" || error.sqlstate == "40P01";
}

Result<Connection> Session::connect_and_lock(const ConnectOptions& connect,
                                             const ExecutorOptions& options) {
  Connection connection = WHET_TRY(Connection::open(connect, Access::write));
  WHET_TRY_VOID(set_up(connection));
  const Rows standby = WHET_TRY(connection.query("SELECT pg_is_in_recovery()"));
  if (standby.text(0, 0) == "t") {
    return Error{ErrorKind::refused,
                 connection.target() + " is a standby: nothing can be changed there.",
                 "Give the primary's address.", "25006"};
  }
  WHET_TRY_VOID(take_lock(connection, options.other_whet));
  return connection;
}

Result<Session> Session::open(const ConnectOptions& connect, const ExecutorOptions& options) {
  Connection connection = WHET_TRY(connect_and_lock(connect, options));
  return Session(connect, options, std::move(connection));
}

Result<Connection*> Session::connection() {
  if (connection_.alive()) return &connection_;
  const double deadline = clock::monotonic() + options_.reconnect;
  while (true) {
    auto made = connect_and_lock(connect_, options_);
    if (made) {
      connection_ = std::move(made).value();
      return &connection_;
    }
    if (made.error().kind != ErrorKind::unreachable || clock::monotonic() > deadline)
      return std::move(made).error();
    clock::pause(look_every);
  }
}

Status Session::run(const std::string& sql, double seconds, const Progress* progress) {
  Connection* connection = WHET_TRY(this->connection());
  WHET_TRY_VOID(connection->set_lock_timeout(options_.lock_timeout));
  WHET_TRY_VOID(connection->set_statement_timeout(seconds));
  Status done = connection->execute(sql, progress);
  // What follows are short questions again.
  if (connection->alive())
    static_cast<void>(connection->set_statement_timeout(connect_.statement_timeout_seconds));
  return done;
}

Status Session::back_off(int attempt, const Progress& progress) const {
  const double until = clock::monotonic() + options_.backoff * std::pow(2.0, attempt - 2);
  while (clock::monotonic() < until) {
    if (progress.cancelled()) return Error{ErrorKind::interrupted, "Stopped on request.", "", ""};
    clock::pause(std::min(look_every, options_.backoff));
  }
  return {};
}

}  // namespace whet::engine::postgres
