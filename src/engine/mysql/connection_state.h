// What a Connection holds; shared by the files that implement it.
#pragma once

#include <string>

#include "engine/mysql/connection.h"
#include "engine/mysql/link.h"
#include "engine/mysql/location.h"

namespace whet::engine::mysql {

struct Connection::State {
  ConnectOptions options;
  Access access = Access::read;
  Location place;
  Link link;
  model::EngineKind fork = model::EngineKind::mysql;
  std::int64_t version = 0;
  std::string version_text, version_comment, user, database;
  std::int64_t thread_id = 0;
  /// Which server this is, so that a statement is never killed on another one (behind a balancer).
  std::string server_mark;
  double statement_timeout = 0;
  model::CollectionCost cost;

  /// Runs a statement by the text protocol; `take` gets the rows one by one when given.
  [[nodiscard]] Result<Rows> run(const std::string& sql, const Progress* progress,
                                 const Take* take = nullptr);
  /// The same by the prepared protocol.
  [[nodiscard]] Result<Rows> run_prepared(const std::string& sql, const Parameters& parameters,
                                          const Progress* progress);
  /// Ends this connection's statement from a second one. Best effort.
  void kill_statement() const;
};

/// Tells the server apart from others: for server_mark.
inline constexpr const char* server_mark_query =
    "SELECT CONCAT(@@hostname, ':', @@port, ':', @@server_id)";

}  // namespace whet::engine::mysql
