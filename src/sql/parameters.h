// What the parameters of a statement stand for, so that values for them can be found.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/fields.h"
#include "base/result.h"
#include "sql/catalog.h"

namespace whet::sql {

enum class ParameterRole : std::uint8_t {
  unknown,  ///< part of an expression, a value to be written, or compared with no column
  column,   ///< compared with a column, or with an expression on one
  limit,    ///< LIMIT
  offset,   ///< OFFSET
};
constexpr auto enum_names(ParameterRole) {
  return Names<4>{"unknown", "column", "limit", "offset"};
}

struct ParameterUse {
  std::int64_t number = 0;  ///< of $1: 1
  ParameterRole role = ParameterRole::unknown;
  std::string schema, table, column;
  std::string expression;  ///< "lower(email)", when not the bare column is compared
  std::string op;          ///< "=", "<", "IN", "= ANY" (an array), "LIKE", "BETWEEN", ...
};

/// One for each number from 1 to the highest. Where a parameter is used more than once, the first
/// comparison with a column counts. ErrorKind::invalid for text that does not parse.
[[nodiscard]] Result<std::vector<ParameterUse>> parameter_columns(std::string_view text,
                                                                  const Catalog& catalog);

}  // namespace whet::sql
