// Conditions and stages as people read them, without a literal.
#pragma once

#include <string>
#include <vector>

#include "mql/value.h"

namespace whet::plans::mongodb {

/// A filter: "{status: ?, at: {$gt: ?}, $or: [{a: ?}, {b: {$exists: true}}]}". Fields and operators
/// stay, values become ?; of $exists and $expr their sense stays.
[[nodiscard]] std::string filter_text(const mql::Value& filter);

/// An expression of the aggregation language: "{$sum: \"$total\"}". Paths and variables stay.
[[nodiscard]] std::string expression_text(const mql::Value& expression);

/// {total: -1, score: {$meta: "textScore"}} as ["total: -1", "score: $meta"].
[[nodiscard]] std::vector<std::string> keys_of(const mql::Value& pattern);

}  // namespace whet::plans::mongodb
