// How a MySQL or MariaDB server reads the text of a statement.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/server.h"

namespace whet::sql::mysql {

struct Mode {
  bool ansi_quotes = false;           ///< "x" is a name, not a string
  bool no_backslash_escapes = false;  ///< \ in a string is a character like any other
  bool pipes_as_concat = false;       ///< || puts strings together
  bool mariadb = false;
  std::int64_t version = 0;        ///< 80403, 101106; 0: newer than any version comment
  bool ignore_table_case = false;  ///< lower_case_table_names is not 0
  std::string database;            ///< of tables without one; empty: the catalog's search path
};

/// The mode of a server, by its sql_mode and lower_case_table_names. `database` is of one
/// statement.
[[nodiscard]] Mode mode_of(const model::Server& server, std::string_view database = "");

}  // namespace whet::sql::mysql
