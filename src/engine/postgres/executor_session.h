// The executor's session: its connection, Whet's lock on the database, and statements that are run
// with patience.
#pragma once

#include <string>
#include <vector>

#include "base/progress.h"
#include "base/result.h"
#include "engine/postgres/connection.h"
#include "engine/postgres/executor.h"

namespace whet::engine::postgres {

class Session {
 public:
  static Result<Session> open(const ConnectOptions& connect, const ExecutorOptions& options);

  /// The connection; made anew, with the lock, when the server went away.
  Result<Connection*> connection();

  /// Runs one statement with the lock timeout and `seconds` for the whole of it.
  [[nodiscard]] Status run(const std::string& sql, double seconds, const Progress* progress);

  /// Waits before attempt `attempt` (from 2 on). ErrorKind::interrupted when stopped meanwhile.
  [[nodiscard]] Status back_off(int attempt, const Progress& progress) const;

  [[nodiscard]] const ExecutorOptions& options() const { return options_; }

 private:
  Session(ConnectOptions connect, const ExecutorOptions& options, Connection connection)
      : connect_(std::move(connect)), options_(options), connection_(std::move(connection)) {}
  static Result<Connection> connect_and_lock(const ConnectOptions& connect,
                                             const ExecutorOptions& options);

  ConnectOptions connect_;
  ExecutorOptions options_;
  Connection connection_;
};

/// True for failures that another attempt may not have: a lock timeout or a deadlock.
[[nodiscard]] bool worth_retrying(const Error& error);

}  // namespace whet::engine::postgres
