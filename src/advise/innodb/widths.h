// How many bytes a column takes in an InnoDB record, and in an index's key.
#pragma once

#include <cstdint>

#include "model/schema.h"

namespace whet::advise::innodb {

struct Width {
  double bytes = 4;         ///< stored, on average, of a value that is not NULL
  double length_bytes = 0;  ///< 1 or 2 for types whose length varies
  double null_fraction = 0;
  bool nullable = false;
};

/// Of the whole column, or of its first `prefix` characters (bytes for binary types) when that is
/// not 0. Text of unknown length takes its part of what the table's average row leaves.
[[nodiscard]] Width width_of(const model::Table& table, const model::Column& column,
                             std::int64_t prefix = 0);

/// The most that a key part of it can take: what the limit of 3072 bytes counts.
[[nodiscard]] std::int64_t most_key_bytes(const model::Column& column, std::int64_t prefix = 0);

/// TEXT and BLOB: an index can hold only a prefix.
[[nodiscard]] bool needs_prefix(const model::Column& column);
[[nodiscard]] bool is_text(const model::Column& column);
/// A B-tree can hold it at all (not JSON, not spatial types).
[[nodiscard]] bool is_indexable(const model::Column& column);

/// Bytes of one character at most: 4 for utf8mb4.
[[nodiscard]] std::int64_t character_bytes(const model::Column& column);

}  // namespace whet::advise::innodb
