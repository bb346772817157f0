// What the schema checks for MySQL and MariaDB share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "advise/check.h"
#include "advise/facts.h"
#include "model/finding.h"
#include "model/schema.h"

namespace whet::advise::schema {

/// The name as SQL, in backticks where it must be.
[[nodiscard]] std::string ticked(std::string_view name);
/// "shop.orders".
[[nodiscard]] std::string ticked(const model::Table& table);

/// Base tables that hold rows, as far as the server's estimate says.
[[nodiscard]] std::vector<const model::Table*> filled_tables(const Facts& facts);

/// The largest value that an integer column holds, unsigned or not; 0 for any other type.
[[nodiscard]] double mysql_integer_limit(const model::Column& column);

/// The key's columns; empty when the table has none.
[[nodiscard]] const model::Index* primary_key(const model::Table& table);

/// A change of a table's definition for a person to review and run.
[[nodiscard]] model::Change alter(const model::Table& table, std::string_view id,
                                  std::string_view summary, std::string_view what);

}  // namespace whet::advise::schema
