// For a while, a session that reads statements as the application's do: the server's own sql_mode,
// and the schema that the statement was written for.
//
// Only ANSI_QUOTES is left out: with it MariaDB's plans in JSON are none, and names in plans look
// like strings. Statements are translated instead.
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
  /// How the application's statements are to be read.
  [[nodiscard]] const sql::mysql::Mode& mode() const { return mode_; }
  /// A statement of the application as this session reads it: "names" become `names`.
  [[nodiscard]] std::string translated(const std::string& statement) const;

 private:
  Connection& connection_;
  sql::mysql::Mode mode_;
  std::string own_mode_;
  bool changed_ = false;
};

}  // namespace whet::engine::mysql
