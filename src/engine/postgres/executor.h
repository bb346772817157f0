// Executes changes on a PostgreSQL server: engine::Executor on a connection of its own.
#pragma once

#include <memory>

#include "base/result.h"
#include "engine/engine.h"

namespace whet::engine::postgres {

/// How patient the executor is. Seconds.
struct ExecutorOptions {
  /// Each wait for a lock. Waiting for SHARE UPDATE EXCLUSIVE stops no reads or writes, but it
  /// makes other schema changes queue behind it.
  double lock_timeout = 10;
  int attempts = 3;    ///< for each statement that runs into lock_timeout or a deadlock
  double backoff = 1;  ///< before the second attempt; doubles each time
  /// For one statement: ten times what the change expects, but no less than this.
  double shortest_limit = 3600;
  /// A transaction that is older counts as one that CONCURRENTLY would wait for in vain.
  double long_transaction = 60;
  double other_whet = 15;  ///< how long another Whet on the same target is waited for
  double reconnect = 30;   ///< how long a lost server is waited for
};

/// Connects as "whet apply" and takes the lock that keeps other Whets from changing the same
/// database. ErrorKind::refused when another one holds it, or when the server is a standby.
[[nodiscard]] Result<std::unique_ptr<Executor>> make_executor(const ConnectOptions& connect,
                                                              const ExecutorOptions& options = {});

}  // namespace whet::engine::postgres
