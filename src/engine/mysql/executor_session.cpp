#include "engine/mysql/executor_session.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/clock.h"
#include "base/text.h"
#include "engine/mysql/executor_process.h"

namespace whet::engine::mysql {
namespace {

constexpr double look_every = 0.1;  // seconds
/// What ran so long and then met a lock at its end is tried once more only.
constexpr double long_run = 300;
// Numbers of the server: a lock timeout, a deadlock.
constexpr std::string_view lock_timeout_number = "1205";
constexpr std::string_view deadlock_number = "1213";

bool worth_retrying(const Error& error) {
  return error.sqlstate == lock_timeout_number || error.sqlstate == deadlock_number;
}

Error another_whet(const std::string& target, std::int64_t session) {
  const std::string id = std::to_string(session);
  return {ErrorKind::refused, "Another Whet is changing " + target + " now (session " + id + ").",
          "Wait until it has finished. If that process no longer exists, end its session with "
          "KILL " +
              id + ".",
          std::string(lock_timeout_number)};
}

/// The session of a killed Whet lives on until the server wants to answer it, which after a long
/// build may be in hours: it is ended when its process is known to be gone.
void end_orphan(Connection& connection, std::int64_t session) {
  const auto mark = connection.query(
      "SELECT CAST(v.VARIABLE_VALUE AS CHAR) FROM performance_schema.user_variables_by_thread v "
      "JOIN performance_schema.threads t ON t.THREAD_ID = v.THREAD_ID "
      "WHERE t.PROCESSLIST_ID = " +
      std::to_string(session) + " AND v.VARIABLE_NAME = 'whet_process'");
  if (!mark || mark->empty()) return;
  if (state_of_process(mark->text(0, 0)) == ProcessState::gone)
    static_cast<void>(connection.execute("KILL " + std::to_string(session)));
}

/// One Whet at a time changes a server; the lock goes with the session, however it ends.
Status take_lock(Connection& connection, double patience) {
  // Before the lock: who holds it can always be told.
  WHET_TRY_VOID(connection.execute("SET @whet_process = " + connection.quote(own_process())));
  const double deadline = clock::monotonic() + patience;
  while (true) {
    const Rows taken = WHET_TRY(connection.query("SELECT GET_LOCK('whet', 0)"));
    if (taken.text(0, 0) == "1") return {};
    const Rows holder = WHET_TRY(connection.query("SELECT IS_USED_LOCK('whet')"));
    const std::int64_t session = Row(holder, 0).integer();
    if (session != 0) {
      end_orphan(connection, session);
      if (clock::monotonic() > deadline) return another_whet(connection.target(), session);
    }
    clock::pause(look_every);
  }
}

/// The source that a replica follows: "host"; empty when it is none, or when that may not be asked.
std::string followed(Connection& connection) {
  const std::vector<const char*> asks =
      connection.mariadb() ? std::vector<const char*>{"SHOW ALL SLAVES STATUS"}
                           : std::vector<const char*>{"SHOW REPLICA STATUS", "SHOW SLAVE STATUS"};
  for (const char* ask : asks) {
    const auto rows = connection.query(ask);
    if (!rows) continue;
    for (int i = 0; i < rows->size(); ++i) {
      // The channels between the members of a group follow nobody.
      if (rows->text(i, "Channel_Name").starts_with("group_replication_")) continue;
      for (const char* name : {"Source_Host", "Master_Host"}) {
        if (const auto host = rows->text(i, name); !host.empty()) return std::string(host);
      }
    }
    return "";
  }
  return "";
}

Status refuse_replicas(Connection& connection) {
  const bool super = !connection.mariadb();
  const Rows rows = WHET_TRY(connection.query(std::string("SELECT @@global.read_only + 0") +
                                              (super ? ", @@global.super_read_only + 0" : ", 0")));
  Row row(rows, 0);
  const bool read_only = row.flag();
  const bool super_read_only = row.flag();
  const std::string source = followed(connection);
  if (!source.empty()) {
    return Error{ErrorKind::refused,
                 connection.target() + " is a replica of " + source +
                     ": what is changed there alone makes it differ from its source.",
                 "Give the source's address.", "1290"};
  }
  if (read_only || super_read_only) {
    return Error{ErrorKind::refused,
                 connection.target() + " is read-only (" +
                     (super_read_only ? "super_read_only" : "read_only") +
                     "): nothing can be changed there.",
                 "Give the source's address, or turn that setting off if it is one.", "1290"};
  }
  return {};
}

}  // namespace

Result<Connection> Session::connect_and_lock(const ConnectOptions& connect,
                                             const ExecutorOptions& options) {
  Connection connection = WHET_TRY(Connection::open(connect, Access::write));
  WHET_TRY_VOID(refuse_replicas(connection));
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

Status Session::run_once(const std::string& sql, double seconds, const Progress& progress) {
  Connection* connection = WHET_TRY(this->connection());
  WHET_TRY_VOID(connection->set_lock_timeout(options_.lock_timeout));
  WHET_TRY_VOID(connection->set_statement_timeout(seconds));
  const auto answer = connection->query(sql, {}, &progress);
  // What follows are short questions again.
  if (connection->alive())
    static_cast<void>(connection->set_statement_timeout(connect_.statement_timeout_seconds));
  if (!answer) return answer.error();
  // ANALYZE tells its failures in a row.
  for (int i = 0; i < answer->size(); ++i) {
    if (text::lower(answer->text(i, "Msg_type")) == "error") {
      return Error{ErrorKind::refused,
                   "The server refused it: " + std::string(answer->text(i, "Msg_text")) + ".", "",
                   ""};
    }
  }
  return {};
}

Status Session::run(const std::string& sql, double seconds, const Progress& progress) {
  for (int attempt = 1;; ++attempt) {
    if (progress.cancelled()) return Error{ErrorKind::interrupted, "Stopped on request.", "", ""};
    const double began = clock::monotonic();
    Status done = run_once(sql, seconds, progress);
    const int attempts =
        clock::monotonic() - began > long_run ? std::min(2, options_.attempts) : options_.attempts;
    if (done || !worth_retrying(done.error()) || attempt >= attempts) return done;
    WHET_TRY_VOID(back_off(attempt + 1, progress));
  }
}

/// ErrorKind::interrupted when stopped meanwhile.
Status Session::back_off(int attempt, const Progress& progress) const {
  const double until = clock::monotonic() + options_.backoff * std::pow(2.0, attempt - 2);
  while (clock::monotonic() < until) {
    if (progress.cancelled()) return Error{ErrorKind::interrupted, "Stopped on request.", "", ""};
    clock::pause(std::min(look_every, options_.backoff));
  }
  return {};
}

}  // namespace whet::engine::mysql
