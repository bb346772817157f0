// The executor's session: its connection to whoever is primary, and commands that are run with
// patience.
#pragma once

#include <string>
#include <utility>

#include "base/progress.h"
#include "base/result.h"
#include "engine/mongodb/connection.h"
#include "engine/mongodb/executor.h"
#include "engine/mongodb/render_commands.h"

namespace whet::engine::mongodb {

/// Codes of the server that the executor acts upon.
/// Source: error_codes.yml of the server.
[[nodiscard]] bool is_busy(const Error& error);       ///< somebody else is in the way, for now
[[nodiscard]] bool is_step_down(const Error& error);  ///< the primary is none any more
[[nodiscard]] bool is_unknown_namespace(const Error& error);
[[nodiscard]] bool is_unknown_index(const Error& error);
[[nodiscard]] bool is_unauthorized(const Error& error);

class Session {
 public:
  static Result<Session> open(const ConnectOptions& connect, const ExecutorOptions& options);

  /// The connection to the primary; made anew when it was lost or there is another primary.
  Result<Connection*> connection();

  /// Runs a command that changes something, with `seconds` for the whole of it; again when others
  /// were in the way. What a write concern could not confirm is told as progress.
  [[nodiscard]] Status run(const Command& command, double seconds, Progress& progress);

  /// After an error: the next call of connection() asks who is primary.
  void forget() { stale_ = true; }

  [[nodiscard]] const ExecutorOptions& options() const { return options_; }

 private:
  Session(ConnectOptions connect, const ExecutorOptions& options, Connection connection)
      : connect_(std::move(connect)), options_(options), connection_(std::move(connection)) {}
  [[nodiscard]] Status run_once(const Command& command, double seconds, Progress& progress);
  [[nodiscard]] Status back_off(int attempt, const Progress& progress) const;

  ConnectOptions connect_;
  ExecutorOptions options_;
  Connection connection_;
  bool stale_ = false;
};

}  // namespace whet::engine::mongodb
