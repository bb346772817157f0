// What part of a table's rows a partial index holds, and what its predicate says about columns.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "model/schema.h"

namespace whet::advise {

/// What every row of the index has in a column.
enum class Held : std::uint8_t { null, not_null, constant };

struct PredicateEffect {
  double share = 1;  ///< of the table's rows, 0 to 1
  std::map<std::string, Held> columns;
};

/// Of a predicate as the server prints it (empty: the whole table). Constants are looked up in the
/// most common values when the snapshot has them; otherwise the planner's own defaults are used:
/// the average value for `=`, a third for `<`, one half for a flag, 0.005 for LIKE.
[[nodiscard]] PredicateEffect predicate_effect(const model::Table& table,
                                               std::string_view predicate);

}  // namespace whet::advise
