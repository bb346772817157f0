// The bounds of an index scan without the values.
#pragma once

#include <string>

#include "mql/value.h"

namespace whet::plans::mongodb {

struct Bounds {
  std::string text;            ///< "status: ?, at: (?, inf], total: [MinKey, MaxKey]"
  std::int64_t intervals = 0;  ///< of the field that has most
};

/// From {status: ["[\"new\", \"new\"]"], at: [...]}. A single value is "?", several "[?, ...]". The
/// ends of types stay (MinKey, MaxKey, inf, "", {}), and the whole range is always [MinKey,
/// MaxKey].
[[nodiscard]] Bounds bounds_of(const mql::Value& index_bounds);

/// The same of a COUNT_SCAN: {startKey: {status: "new"}, endKey: {...}, ...}.
[[nodiscard]] Bounds bounds_of_count(const mql::Value& index_bounds);

}  // namespace whet::plans::mongodb
