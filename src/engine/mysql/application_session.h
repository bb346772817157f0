// For a while, a session that reads statements as the application's do: the server's own sql_mode,
// and the schema that the statement was written for.
#pragma once

#include <string>

#include "base/result.h"
#include "engine/mysql/connection.h"
#include "sql/mysql/mode.h"

namespace whet::engine::mysql {

class ApplicationSession {
 public:
  /// Asks the server for its mode.
  explicit ApplicationSession(Connection& connection);
  ApplicationSession(const ApplicationSession&) = delete;
  ApplicationSession& operator=(const ApplicationSession&) = delete;
  /// Whet's own mode again. The schema stays: a session cannot go back to none.
  ~ApplicationSession();

  /// USE; nothing to do for "" and for where it is.
  [[nodiscard]] Status enter(const std::string& schema);
  [[nodiscard]] const sql::mysql::Mode& mode() const { return mode_; }

 private:
  Connection& connection_;
  sql::mysql::Mode mode_;
  std::string own_mode_;
};

}  // namespace whet::engine::mysql
