// Which collections are used how much, from `top`; and which of very many are worth asking for.
// Pure functions.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "model/schema.h"
#include "mql/value.h"

namespace whet::engine::mongodb {

/// What `top` counts of one collection.
struct TopCounters {
  std::int64_t operations = 0;  ///< of all kinds
  double milliseconds = 0;
  std::int64_t inserts = 0, updates = 0, deletes = 0;
};

/// By namespace; the buckets of a time series count for it.
using Top = std::map<std::string, TopCounters>;
[[nodiscard]] Top top_of(const mql::Value& reply);

/// Positions of at most `at_most` collections: the busiest first, of equally busy ones the larger,
/// then by name.
[[nodiscard]] std::vector<std::size_t> most_used(const std::vector<model::Table>& tables,
                                                 const Top& top, std::size_t at_most);

/// Those that did something between two readings.
[[nodiscard]] std::vector<std::size_t> used_between(const std::vector<model::Table>& tables,
                                                    const Top& earlier, const Top& later);

}  // namespace whet::engine::mongodb
