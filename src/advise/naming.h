// Names of tables as SQL; short forms of sql/quote.h for checks.
#pragma once

#include <string>
#include <string_view>

#include "model/schema.h"
#include "sql/quote.h"

namespace whet::advise {

/// The name as SQL, quoted only when it must be.
[[nodiscard]] inline std::string sql_name(std::string_view name) {
  return sql::quote_identifier(name);
}
[[nodiscard]] inline std::string sql_name(std::string_view schema, std::string_view name) {
  return sql::quote_qualified(schema, name);
}
[[nodiscard]] inline std::string sql_name(const model::Table& table) {
  return sql::quote_qualified(table.schema, table.name);
}

}  // namespace whet::advise
