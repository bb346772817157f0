// Executes changes on a MySQL or MariaDB server: engine::Executor on a connection of its own.
#pragma once

#include <memory>

#include "base/result.h"
#include "engine/engine.h"
#include "engine/mysql/connection.h"

namespace whet::engine::mysql {

/// How patient the executor is. Seconds.
struct ExecutorOptions {
  /// Each wait for a metadata lock. Short: while a schema change waits, every new statement on the
  /// table waits behind it.
  double lock_timeout = 2;
  int attempts = 6;    ///< for each statement that runs into lock_timeout or a deadlock
  double backoff = 1;  ///< before the second attempt; doubles each time
  /// For one statement: ten times what the change expects, but no less than this.
  double shortest_limit = 3600;
  /// A transaction that has had the table open for longer counts as one that would be waited for
  /// in vain.
  double long_transaction = 30;
  double other_whet = 15;  ///< how long another Whet on the same target is waited for
  double reconnect = 30;   ///< how long a lost server is waited for
  double look_every = 1;   ///< between looks at a statement that runs
};

/// Connects and takes the lock that keeps other Whets from changing the same server.
/// ErrorKind::refused when another one holds it, or when the server is read-only or a replica.
///
/// `watcher` is a connection that is idle while changes are made: through it a running change is
/// watched. It must outlive the executor; without it nothing is watched.
[[nodiscard]] Result<std::unique_ptr<Executor>> make_executor(const ConnectOptions& connect,
                                                              Connection* watcher,
                                                              const ExecutorOptions& options = {});

}  // namespace whet::engine::mysql
