// Executes changes on a MongoDB server: engine::Executor on a connection of its own to the primary
// (or the mongos, or the standalone).
#pragma once

#include <memory>

#include "base/result.h"
#include "engine/engine.h"
#include "engine/mongodb/connection.h"

namespace whet::engine::mongodb {

/// How patient the executor is. Seconds, where nothing else is said.
struct ExecutorOptions {
  /// How long a short command waits for its collection: while it waits, everything that comes after
  /// it on the collection waits too.
  double lock_timeout = 2;
  int attempts = 6;    ///< for each command that ran into lock_timeout or a running index build
  double backoff = 1;  ///< before the second attempt; doubles each time
  /// For one command: ten times what the change expects, but no less than this.
  double shortest_limit = 3600;
  /// A transaction that has been open for longer counts as one that would be waited for in vain.
  double long_transaction = 30;
  double reconnect = 60;     ///< how long a lost server, or the next primary, is waited for
  double look_every = 1;     ///< between looks at a command that runs
  double lag_before = 10;    ///< a secondary that is further behind: nothing is begun
  double lag_during = 60;    ///< a build that makes a secondary fall so far behind is aborted
  double voter_away = 60;    ///< a build that a lost voting member holds up so long is aborted
  double dirty_cache = 0.2;  ///< part of the cache: operations have to write it out themselves;
                             ///< 1: not looked at
  int looks_under_pressure = 10;  ///< so many in a row end a build
};

/// Connects. ErrorKind::refused when the server that answers cannot be written to.
///
/// `watcher` is a connection that is idle while changes are made: through it a running change is
/// watched when it is to the same member; else another one is opened. It must outlive the executor.
[[nodiscard]] Result<std::unique_ptr<Executor>> make_executor(const ConnectOptions& connect,
                                                              Connection* watcher,
                                                              const ExecutorOptions& options = {});

}  // namespace whet::engine::mongodb
