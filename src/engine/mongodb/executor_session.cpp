#include "engine/mongodb/executor_session.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/clock.h"

namespace whet::engine::mongodb {
namespace {

using mql::Value;

constexpr double look_every = 0.1;  // seconds
constexpr double majority_seconds = 30;

template <std::size_t Size>
bool has_code(const Error& error, const std::array<std::string_view, Size>& codes) {
  return std::find(codes.begin(), codes.end(), error.sqlstate) != codes.end();
}

Error not_writable(const Connection& connection) {
  const Identity& identity = connection.identity();
  return {ErrorKind::refused,
          connection.target() + " is a secondary" +
              (identity.primary.empty() ? " of a set without a primary"
                                        : ", the primary is " + identity.primary) +
              ": nothing can be changed there.",
          "Give the replica set's URL (replicaSet=" + identity.set_name + ").", "10107"};
}

Result<Connection> connect_to_primary(const ConnectOptions& connect) {
  Connection connection = WHET_TRY(Connection::open(connect, Access::write));
  if (connection.identity().is_secondary) return not_writable(connection);
  return connection;
}

bool is_short(const Value& command) {
  return !command.fields.empty() && command.fields.front().name != "createIndexes" &&
         command.fields.front().name != "compact";
}

}  // namespace

bool is_busy(const Error& error) {
  // LockTimeout, LockBusy, MaxTimeMSExpired, WriteConflict, ConflictingOperationInProgress,
  // BackgroundOperationInProgressForNamespace.
  constexpr std::array<std::string_view, 6> codes = {"24", "46", "50", "112", "117", "12587"};
  return has_code(error, codes);
}

bool is_step_down(const Error& error) {
  // ShutdownInProgress, PrimarySteppedDown, NotWritablePrimary, InterruptedAtShutdown,
  // InterruptedDueToReplStateChange, NotPrimaryNoSecondaryOk, NotPrimaryOrSecondary.
  constexpr std::array<std::string_view, 7> codes = {"91",    "189",   "10107", "11600",
                                                     "11602", "13435", "13436"};
  return has_code(error, codes);
}

bool is_unknown_namespace(const Error& error) { return error.sqlstate == "26"; }
bool is_unknown_index(const Error& error) { return error.sqlstate == "27"; }
bool is_unauthorized(const Error& error) { return error.sqlstate == "13"; }

Result<Session> Session::open(const ConnectOptions& connect, const ExecutorOptions& options) {
  Connection connection = WHET_TRY(connect_to_primary(connect));
  return Session(connect, options, std::move(connection));
}

Result<Connection*> Session::connection() {
  if (!stale_ && connection_.alive()) return &connection_;
  const double deadline = clock::monotonic() + options_.reconnect;
  while (true) {
    auto made = connect_to_primary(connect_);
    if (made) {
      connection_ = std::move(made).value();
      stale_ = false;
      return &connection_;
    }
    // A set that elects has no primary for a while.
    const Error& error = made.error();
    const bool passes = error.kind == ErrorKind::unreachable || error.kind == ErrorKind::timeout ||
                        is_step_down(error);
    if (!passes || clock::monotonic() > deadline) return std::move(made).error();
    clock::pause(look_every);
  }
}

Status Session::run_once(const Command& command, double seconds, Progress& progress) {
  Connection* connection = WHET_TRY(this->connection());
  Value sent = command.command;
  const std::string& verb = sent.fields.front().name;
  if (connection->identity().topology == "replica set" &&
      (verb == "dropIndexes" || verb == "collMod")) {
    // So that a change of primary does not bring it back.
    sent.set("writeConcern",
             Value::object({{"w", Value::of("majority")},
                            {"wtimeout", Value::of(static_cast<int>(majority_seconds * 1000))}}));
  }
  const double usual = connection->statement_timeout();
  connection->set_statement_timeout(seconds);
  const auto reply = connection->command(command.database, sent, &progress);
  connection->set_statement_timeout(usual);
  if (!reply) return reply.error();
  if (const Value* unconfirmed = reply->find("writeConcernError")) {
    progress.report("Done on the primary; a majority of the members has not confirmed it yet (" +
                        unconfirmed->string_at("errmsg") + ")",
                    -1);
  }
  return {};
}

Status Session::run(const Command& command, double seconds, Progress& progress) {
  // The server's limit holds for the wait for the collection as well, and what is short runs at
  // once when it has it.
  const double limit = is_short(command.command) ? options_.lock_timeout : seconds;
  for (int attempt = 1;; ++attempt) {
    if (progress.cancelled()) return Error{ErrorKind::interrupted, "Stopped on request.", "", ""};
    Status done = run_once(command, limit, progress);
    if (done) return done;
    const Error& error = done.error();
    if (is_step_down(error) || error.kind == ErrorKind::unreachable) forget();
    const bool again =
        is_busy(error) || (is_short(command.command) && error.kind == ErrorKind::timeout);
    if (!again || attempt >= options_.attempts) return done;
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

}  // namespace whet::engine::mongodb
