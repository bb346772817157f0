// Which expressions an index may hold: those whose result never changes. PostgreSQL refuses others.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "model/schema.h"

namespace whet::sql {

/// The base type of a column ("varchar", "timestamptz", "text[]"); "" when there is no such column.
using ColumnType = std::function<std::string(std::string_view column)>;

/// The type of the expression when it is immutable: every function, operator and cast in it gives
/// the same result for ever, whatever the settings. Cautious: nothing for what is not known, for
/// parameters, and for columns without a type. "unknown" for a bare literal. `own`: where the
/// user's functions are looked up; they count when all of a name are immutable.
[[nodiscard]] std::optional<std::string> immutable_type(std::string_view expression,
                                                        const ColumnType& columns,
                                                        const model::Schema& own);

/// The same of an expression whose columns all have one type, without functions of the user's.
[[nodiscard]] bool is_immutable(std::string_view expression, std::string_view column_type);

}  // namespace whet::sql
