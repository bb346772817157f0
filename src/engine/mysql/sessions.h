// What sessions do and wait for, out of the server's words. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace whet::engine::mysql {

struct WaitState {
  std::string type, event;
};

/// What a session waits for: by performance_schema's event when one is instrumented, else by the
/// state that the process list shows. Type: CPU (it works), Lock, Latch, IO, Network, Commit,
/// Replication, Stage. An idle session: both empty.
[[nodiscard]] WaitState wait_of(std::string_view command, std::string_view state,
                                std::string_view event);

/// "client backend", or what the server runs itself: "binlog dump", "replication applier",
/// "replication receiver", "event scheduler", "background".
[[nodiscard]] std::string kind_of_session(std::string_view thread, std::string_view user,
                                          std::string_view command);

/// active, idle, idle in transaction.
[[nodiscard]] std::string state_of(std::string_view command, bool in_transaction);

/// "local", or the address without the port.
[[nodiscard]] std::string client_of(std::string_view host);

/// Can one metadata lock not be had while the other is held? By the names of performance_schema:
/// SHARED_READ, SHARED_WRITE, SHARED_UPGRADABLE, SHARED_NO_WRITE, SHARED_NO_READ_WRITE, EXCLUSIVE,
/// INTENTION_EXCLUSIVE, ...
[[nodiscard]] bool metadata_locks_conflict(std::string_view wanted, std::string_view held);

/// A lock of performance_schema.metadata_locks.
struct MetadataLock {
  std::string object_type, schema, name;  ///< TABLE, SCHEMA, GLOBAL, ...
  std::string mode;
  bool pending = false;
  long long session = 0;
};

/// The sessions that stand in the way of locks[waiting]: holders of a lock that conflicts, else
/// those that wait for a conflicting one and may be before it. Sorted.
[[nodiscard]] std::vector<long long> metadata_blockers(const std::vector<MetadataLock>& locks,
                                                       std::size_t waiting);

}  // namespace whet::engine::mysql
