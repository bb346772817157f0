// The executor's session: its connection, Whet's lock on the server, and statements that are run
// with patience.
#pragma once

#include <string>
#include <utility>

#include "base/progress.h"
#include "base/result.h"
#include "engine/mysql/connection.h"
#include "engine/mysql/executor.h"

namespace whet::engine::mysql {

class Session {
 public:
  static Result<Session> open(const ConnectOptions& connect, const ExecutorOptions& options);

  /// The connection; made anew, with the lock, when the server went away.
  Result<Connection*> connection();

  /// Runs one statement with the lock timeout and `seconds` for the whole of it; again after a
  /// lock timeout or a deadlock, which leave nothing behind.
  [[nodiscard]] Status run(const std::string& sql, double seconds, const Progress& progress);

  [[nodiscard]] const ExecutorOptions& options() const { return options_; }

 private:
  Session(ConnectOptions connect, const ExecutorOptions& options, Connection connection)
      : connect_(std::move(connect)), options_(options), connection_(std::move(connection)) {}
  static Result<Connection> connect_and_lock(const ConnectOptions& connect,
                                             const ExecutorOptions& options);
  [[nodiscard]] Status run_once(const std::string& sql, double seconds, const Progress& progress);
  [[nodiscard]] Status back_off(int attempt, const Progress& progress) const;

  ConnectOptions connect_;
  ExecutorOptions options_;
  Connection connection_;
};

}  // namespace whet::engine::mysql
