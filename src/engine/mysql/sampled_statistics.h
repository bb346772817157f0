// What a sample of rows says of columns of which the server knows nothing. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/schema.h"

namespace whet::engine::mysql {

/// Of one column's values in a sample (nothing for NULL) of a table of `rows` rows. Different
/// values by the estimator of Haas and Stokes (1998, "Estimating the Number of Classes in a Finite
/// Population", Duj1), which PostgreSQL's ANALYZE uses too; none of the values is kept. Nothing for
/// an empty sample. O(n log n).
[[nodiscard]] std::optional<model::ColumnStats> stats_of_sample(
    const std::vector<std::optional<std::string>>& values, double rows);

}  // namespace whet::engine::mysql
