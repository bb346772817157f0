// Operations as $currentOp lists them, as sessions, lock waits and running commands. Pure
// functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/activity.h"
#include "mql/command.h"
#include "mql/value.h"

namespace whet::engine::mongodb {

/// What an operation does just now, for counting: type "CPU", "Lock", "Ticket", "Latch",
/// "FlowControl", "Client" (a tailing cursor waits for news); the event is the lock, the queue, or
/// the kind of operation.
struct WaitState {
  std::string type, event;
};

/// An operation of an application: not the server's own threads, not other members', not Whet.
[[nodiscard]] bool is_client(const mql::Value& operation);
/// It works, or waits for something, right now.
[[nodiscard]] bool is_active(const mql::Value& operation);
[[nodiscard]] bool is_own(const mql::Value& operation);

[[nodiscard]] WaitState wait_of(const mql::Value& operation);

/// The command that it runs; of a getMore the one that opened the cursor. Nothing when there is
/// none or the server cut it.
[[nodiscard]] std::optional<mql::Command> command_in(const mql::Value& operation);

/// `query_id` is the fingerprint; whoever knows the statements puts theirs.
[[nodiscard]] model::Session session_of(const mql::Value& operation);

/// Of all operations together: those that wait, and who holds what they wait for.
[[nodiscard]] std::vector<model::LockWait> lock_waits_of(const std::vector<mql::Value>& operations);

/// Index builds, compact, validate, ... with how far they are.
[[nodiscard]] std::vector<model::RunningCommand> running_of(
    const std::vector<mql::Value>& operations);

}  // namespace whet::engine::mongodb
