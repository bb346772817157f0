#include "engine/mysql/application_session.h"

#include "base/text.h"

namespace whet::engine::mysql {

ApplicationSession::ApplicationSession(Connection& connection) : connection_(connection) {
  mode_.mariadb = connection.mariadb();
  mode_.version = connection.version();
  const auto rows = connection.query(
      "SELECT @@GLOBAL.sql_mode, @@SESSION.sql_mode, @@lower_case_table_names, DATABASE()");
  if (!rows || rows->empty()) return;
  Row row(*rows, 0);
  const std::string theirs = row.text();
  own_mode_ = row.text();
  mode_.ignore_table_case = row.integer() != 0;
  mode_.database = row.text();  // where an earlier one left it
  mode_.ansi_quotes = text::contains(theirs, "ANSI_QUOTES");
  mode_.no_backslash_escapes = text::contains(theirs, "NO_BACKSLASH_ESCAPES");
  mode_.pipes_as_concat = text::contains(theirs, "PIPES_AS_CONCAT");
  (void)connection.execute("SET SESSION sql_mode = @@GLOBAL.sql_mode");
}

ApplicationSession::~ApplicationSession() {
  // The value has names and commas only; a literal in ' is one in every mode.
  if (connection_.alive()) (void)connection_.execute("SET SESSION sql_mode = '" + own_mode_ + "'");
}

Status ApplicationSession::enter(const std::string& schema) {
  if (schema.empty() || schema == mode_.database) return {};
  WHET_TRY_VOID(connection_.execute("USE " + Connection::quote_identifier(schema)));
  mode_.database = schema;
  return {};
}

}  // namespace whet::engine::mysql
