#include "sql/mysql/mode.h"

#include "base/text.h"

namespace whet::sql::mysql {

Mode mode_of(const model::Server& server, std::string_view database) {
  Mode out;
  out.mariadb = server.engine == model::EngineKind::mariadb;
  out.version = server.version_number;
  for (const std::string& word : text::split(server.text("sql_mode"), ',')) {
    const std::string name = text::lower(text::trim(word));
    out.ansi_quotes = out.ansi_quotes || name == "ansi_quotes" || name == "ansi";
    out.pipes_as_concat = out.pipes_as_concat || name == "pipes_as_concat" || name == "ansi";
    out.no_backslash_escapes = out.no_backslash_escapes || name == "no_backslash_escapes";
  }
  const std::string lower_case = server.text("lower_case_table_names");
  out.ignore_table_case = !lower_case.empty() && lower_case != "0";
  out.database = database;
  return out;
}

}  // namespace whet::sql::mysql
