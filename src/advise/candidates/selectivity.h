// What part of a table's rows a condition lets through, as far as the column statistics tell.
#pragma once

#include <optional>
#include <string>

#include "model/schema.h"

namespace whet::advise {

/// PostgreSQL's own assumptions for values that are not known (selfuncs.h: DEFAULT_INEQ_SEL,
/// DEFAULT_RANGE_INEQ_SEL, DEFAULT_MATCH_SEL).
inline constexpr double one_sided_range = 1.0 / 3;
inline constexpr double two_sided_range = 0.005;
inline constexpr double prefix_match = 0.005;

struct Selectivity {
  double average = 1;  ///< for a value drawn evenly from the distinct ones, 0 to 1
  double worst = 1;    ///< for the most common value
  std::string arithmetic;
};

/// Of `column = value`. Nothing without statistics: an estimate would be a guess.
[[nodiscard]] std::optional<Selectivity> equality_selectivity(const model::Table& table,
                                                              const std::string& column,
                                                              double rows);

/// Whether PostgreSQL can look a value of `other`'s type up in a B-tree on `mine` without casting
/// the column: within the integers and within the texts it can, and from integers to numeric.
[[nodiscard]] bool comparable(const model::Column& mine, const model::Column& other);

/// Whether a B-tree can hold the type.
[[nodiscard]] bool has_order(const model::Column& column);

}  // namespace whet::advise
