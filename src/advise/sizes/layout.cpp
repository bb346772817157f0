#include "advise/sizes/layout.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string_view>

#include "advise/sizes/expression.h"
#include "base/text.h"

namespace whet::advise {

namespace {

constexpr int header = 8;              // IndexTupleData
constexpr int header_with_nulls = 16;  // and the bitmap for 32 columns, MAXALIGNed
constexpr double short_most = 127;     // with its one byte of length (VARATT_CAN_MAKE_SHORT)
constexpr double spread = 0.25;
constexpr double unknown_width = 32;  // get_typavgwidth

struct Fixed {
  std::string_view type;
  int bytes, alignment;
};
constexpr std::array<Fixed, 12> fixed_types{{{"int2", 2, 2},
                                             {"int4", 4, 4},
                                             {"int8", 8, 8},
                                             {"float4", 4, 4},
                                             {"float8", 8, 8},
                                             {"bool", 1, 1},
                                             {"date", 4, 4},
                                             {"timestamp", 8, 8},
                                             {"time", 8, 8},
                                             {"uuid", 16, 1},
                                             {"interval", 16, 8},
                                             {"md5", 33, 0}}};

Field variable(double width, bool spreads) {
  return {.width = width, .alignment = 4, .variable = true, .spreads = spreads};
}

/// n of varchar(n), character(n); nothing without.
std::optional<double> modifier(std::string_view type) {
  const auto open = type.find('(');
  const auto close = type.find(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open)
    return std::nullopt;
  return text::to_double(type.substr(open + 1, close - open - 1));
}

double assumed_width(const model::Column& column, std::optional<double> longest) {
  const bool is_text = column.base_type == "varchar" || column.base_type == "bpchar";
  if (is_text && longest) return std::min(*longest, unknown_width) + 1;
  return column.base_type == "numeric" ? 8 : unknown_width;
}

int drawn_width(const Field& field, double draw) {
  if (!field.spreads) return std::max(1, static_cast<int>(std::lround(field.width)));
  const double average = field.width + 0.5;  // analyze.c cuts the fraction off
  if (field.numeric) {
    const double lower = std::max(3.0, 2 * std::floor((average - 1) / 2) + 1);
    return static_cast<int>(lower) + (draw < (average - lower) / 2 ? 2 : 0);
  }
  return std::max(1, static_cast<int>(std::lround(average * (1 - spread + 2 * spread * draw))));
}

int advance(const Field& field, double draw, int offset) {
  if (!field.variable) {
    const int alignment = std::max(field.alignment, 1);
    return (offset + alignment - 1) / alignment * alignment + static_cast<int>(field.width);
  }
  const int width = drawn_width(field, draw);
  if (width > short_most) offset = (offset + 3) / 4 * 4;
  return offset + width;
}

}  // namespace

Field field_of(const model::Column& column) {
  if (column.length > 0)
    return {.width = column.base_type == "name" && column.stats
                         ? column.stats->average_width  // name_ops keeps a C string
                         : static_cast<double>(column.length),
            .alignment = static_cast<int>(std::max<std::int64_t>(column.alignment, 1)),
            .variable = false,
            .spreads = false};
  const auto longest = modifier(column.type);
  // Padded with blanks: all values are as wide (in a one-byte encoding).
  if (column.base_type == "bpchar" && longest && *longest < short_most)
    return variable(column.stats ? column.stats->average_width : *longest + 1, false);
  const double width = column.stats ? column.stats->average_width : assumed_width(column, longest);
  Field field = variable(std::max(width, 1.0), true);
  field.numeric = column.base_type == "numeric";
  return field;
}

Field field_of(const model::Table& table, const model::IndexPart& part) {
  if (part.expression.empty()) {
    const model::Column* column = table.column(part.column);
    return column != nullptr ? field_of(*column) : variable(unknown_width, true);
  }
  const ExpressionFacts facts = expression_facts(table, part.expression);
  if (facts.keeps_width) return field_of(*facts.column);
  for (const Fixed& type : fixed_types) {
    if (type.type != facts.type) continue;
    if (type.alignment == 0) return variable(type.bytes, false);
    return {.width = static_cast<double>(type.bytes),
            .alignment = type.alignment,
            .variable = false,
            .spreads = false};
  }
  if (facts.type == "numeric") return variable(8, true);
  if (facts.type.empty() && facts.column != nullptr && facts.column->length > 0)
    return field_of(*facts.column);  // arithmetic
  return variable(unknown_width, true);
}

int entry_bytes(const std::vector<Field>& fields, std::uint32_t nulls, double draw) {
  int offset = 0;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i < 32 && ((nulls >> i) & 1U) != 0) continue;
    // Each field draws on its own: the golden ratio keeps the draws apart.
    const double own = draw + static_cast<double>(i) * 0.6180339887498949;
    offset = advance(fields[i], own - std::floor(own), offset);
  }
  return max_aligned((nulls != 0 ? header_with_nulls : header) + offset);
}

}  // namespace whet::advise
