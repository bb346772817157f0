// How much of a table or index is not live data, from planner statistics and the layout of pages.
// Pure functions; nothing is read from the table.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/schema.h"

namespace whet::engine::postgres {

/// Nothing when there is too little to estimate from: no rows known, or not analysed.
[[nodiscard]] std::optional<model::Bloat> table_bloat(const model::Table& table,
                                                      std::int64_t block_bytes);

/// For B-trees on columns (no expressions).
[[nodiscard]] std::optional<model::Bloat> btree_bloat(const model::Table& table,
                                                      const model::Index& index,
                                                      std::int64_t block_bytes);

}  // namespace whet::engine::postgres
