// How wide an index entry is: columns, alignment, the header and the bitmap of NULLs.
#pragma once

#include <cstdint>
#include <vector>

#include "model/schema.h"

namespace whet::advise {

inline constexpr int item_pointer = 6;  ///< bytes of a row's address (itemptr.h)
inline constexpr int line_pointer = 4;  ///< bytes of an item's place in its page (itemid.h)

[[nodiscard]] constexpr int max_aligned(int bytes) { return (bytes + 7) / 8 * 8; }

/// One column of an index entry.
struct Field {
  double width = 4;   ///< bytes on average, with the length word of a variable one
  int alignment = 4;  ///< of a fixed one, and of a variable one of more than 127 bytes
  bool variable = false;
  bool spreads = false;  ///< values have different widths
  bool numeric = false;  ///< a numeric: 3 bytes and 2 for each four digits, so always odd
};

/// The field that holds a column. Without statistics the width is what the planner assumes
/// (get_typavgwidth): the longest of a short varchar(n) or char(n), else 32.
[[nodiscard]] Field field_of(const model::Table& table, const model::IndexPart& part);
[[nodiscard]] Field field_of(const model::Column& column);

/// Bytes of one entry, MAXALIGNed (index_form_tuple). `nulls`: bit i for field i. `draw` in [0, 1)
/// places the width of variable fields within their spread: the statistics hold the average only
/// (cut to a whole number, so half a byte is added), and it is assumed that widths lie evenly
/// within a quarter of it to both sides; those of numerics are the odd ones next to the average.
[[nodiscard]] int entry_bytes(const std::vector<Field>& fields, std::uint32_t nulls, double draw);

}  // namespace whet::advise
