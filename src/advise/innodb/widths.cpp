#include "advise/innodb/widths.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <string_view>

#include "base/text.h"

namespace whet::advise::innodb {

namespace {

struct FixedWidth {
  std::string_view type;
  int bytes;
};
// The manual, "Data Type Storage Requirements"; fractional seconds are added below.
constexpr std::array<FixedWidth, 18> fixed_widths{{{"tinyint", 1},
                                                   {"bool", 1},
                                                   {"boolean", 1},
                                                   {"smallint", 2},
                                                   {"mediumint", 3},
                                                   {"int", 4},
                                                   {"integer", 4},
                                                   {"bigint", 8},
                                                   {"float", 4},
                                                   {"double", 8},
                                                   {"real", 8},
                                                   {"date", 3},
                                                   {"time", 3},
                                                   {"datetime", 5},
                                                   {"timestamp", 4},
                                                   {"year", 1},
                                                   {"uuid", 16},
                                                   {"inet6", 16}}};

constexpr std::array<std::string_view, 8> long_types{"tinytext", "text", "mediumtext", "longtext",
                                                     "tinyblob", "blob", "mediumblob", "longblob"};
constexpr std::array<std::string_view, 9> unordered_types{
    "json",       "geometry",     "point",           "linestring",        "polygon",
    "multipoint", "multipolygon", "multilinestring", "geometrycollection"};

std::string base_of(const model::Column& column) {
  if (!column.base_type.empty()) return text::lower(column.base_type);
  const std::size_t end = column.type.find_first_of(" (");
  return text::lower(column.type.substr(0, end));
}

/// The numbers in "decimal(15,2)".
std::pair<std::int64_t, std::int64_t> modifiers(const model::Column& column) {
  const std::size_t open = column.type.find('(');
  if (open == std::string::npos) return {0, 0};
  const auto parts =
      text::split(column.type.substr(open + 1, column.type.find(')') - open - 1), ',');
  const auto number = [&](std::size_t i) {
    return i < parts.size() ? text::to_int(text::trim(parts[i])).value_or(0) : 0;
  };
  return {number(0), number(1)};
}

/// strings/decimal.c: nine digits in four bytes.
int decimal_bytes(std::int64_t precision, std::int64_t scale) {
  constexpr std::array<int, 10> rest{0, 1, 1, 2, 2, 3, 3, 4, 4, 4};
  const auto bytes = [&](std::int64_t digits) {
    return static_cast<int>(digits / 9 * 4) + rest.at(static_cast<std::size_t>(digits % 9));
  };
  if (precision <= 0) precision = 10;
  return bytes(std::max<std::int64_t>(precision - scale, 0)) +
         bytes(std::max<std::int64_t>(scale, 0));
}

bool is_fixed_text(std::string_view base) { return base == "char" || base == "nchar"; }
bool is_variable(std::string_view base) {
  return base == "varchar" || base == "varbinary" || base == "char" || base == "nchar" ||
         std::find(long_types.begin(), long_types.end(), base) != long_types.end() ||
         base == "json";
}

/// Bytes of types whose width is always the same; 0 for others.
int fixed_bytes(const model::Column& column) {
  const std::string base = base_of(column);
  const auto [first, second] = modifiers(column);
  if (base == "decimal" || base == "numeric") return decimal_bytes(first, second);
  if (base == "bit") return static_cast<int>((std::max<std::int64_t>(first, 1) + 7) / 8);
  if (base == "binary") return static_cast<int>(std::max<std::int64_t>(first, 1));
  if (base == "enum" || base == "set") return text::split(column.type, ',').size() > 255 ? 2 : 1;
  for (const FixedWidth& one : fixed_widths) {
    if (one.type != base) continue;
    const bool fractional = base == "time" || base == "datetime" || base == "timestamp";
    return one.bytes + (fractional ? static_cast<int>((first + 1) / 2) : 0);
  }
  return 0;
}

double declared_weight(const model::Column& column) {
  const auto declared = static_cast<double>(modifiers(column).first);
  return std::min(declared > 0 ? declared : 255.0, 255.0);
}

/// What the average row leaves for a text of unknown length: by the declared lengths.
double share_of_row(const model::Table& table, const model::Column& column) {
  constexpr double record_overhead = 20;  // header, row id or transaction id, roll pointer
  // Sorted builds leave 1/16 of a page free, segments 1/8 of their pages.
  constexpr double page_fill = 15.0 / 16 * 7 / 8;
  const double rows = std::max(table.row_estimate.value_or(table.rows()), 1.0);
  double left = static_cast<double>(table.heap_bytes) * page_fill / rows - record_overhead;
  double weights = 0;
  for (const model::Column& one : table.columns) {
    const bool known = one.stats && one.stats->average_width > 0;
    if (const int fixed = fixed_bytes(one); fixed > 0) {
      left -= fixed;
    } else if (is_fixed_text(base_of(one))) {
      left -= static_cast<double>(modifiers(one).first);
    } else if (known) {
      left -= one.stats->average_width;
    } else {
      weights += declared_weight(one);
    }
  }
  const double most = declared_weight(column) * static_cast<double>(character_bytes(column));
  if (rows < 100 || weights <= 0) return std::min(most, 20.0);
  return std::clamp(left * declared_weight(column) / weights, 1.0, most);
}

/// The mean length of the values that a histogram names.
double histogram_width(const model::ColumnStats& stats) {
  double sum = 0, before = 0;
  for (const model::HistogramBucket& bucket : stats.histogram) {
    const double mean = static_cast<double>(bucket.low.size() + bucket.high.size()) / 2;
    sum += mean * std::max(bucket.cumulative - before, 0.0);
    before = bucket.cumulative;
  }
  return before > 0 ? sum / before : 0;
}

double text_bytes(const model::Table& table, const model::Column& column) {
  if (column.stats && column.stats->average_width > 0) return column.stats->average_width;
  if (column.stats && !column.stats->histogram.empty()) return histogram_width(*column.stats);
  return share_of_row(table, column);
}

}  // namespace

std::int64_t character_bytes(const model::Column& column) {
  const std::string& set = column.character_set;
  if (set == "utf8mb4" || set == "utf32" || set == "gb18030") return 4;
  if (set == "utf8mb3" || set == "utf8") return 3;
  if (set == "utf16" || set == "ucs2" || set == "big5" || set == "gbk" || set == "sjis") return 2;
  return set.empty() && is_text(column) ? 4 : 1;
}

bool needs_prefix(const model::Column& column) {
  const std::string base = base_of(column);
  return std::find(long_types.begin(), long_types.end(), base) != long_types.end();
}

bool is_text(const model::Column& column) {
  const std::string base = base_of(column);
  return base == "varchar" || is_fixed_text(base) || base == "enum" || base == "set" ||
         base.ends_with("text");
}

bool is_indexable(const model::Column& column) {
  const std::string base = base_of(column);
  return std::find(unordered_types.begin(), unordered_types.end(), base) == unordered_types.end();
}

Width width_of(const model::Table& table, const model::Column& column, std::int64_t prefix) {
  Width out;
  out.nullable = !column.not_null;
  out.null_fraction = column.stats ? std::clamp(column.stats->null_fraction, 0.0, 1.0) : 0;
  const std::string base = base_of(column);
  if (!is_variable(base)) {
    const int fixed = fixed_bytes(column);
    out.bytes = fixed > 0 ? fixed : 8;
    return out;
  }
  out.bytes = text_bytes(table, column);
  const std::int64_t wide = character_bytes(column);
  // A CHAR of a character set with longer characters is trimmed to as many bytes as it has
  // characters (rem0rec.cc); the length is stored then.
  if (is_fixed_text(base)) {
    const auto declared = static_cast<double>(std::max<std::int64_t>(modifiers(column).first, 1));
    out.bytes = wide == 1 ? declared : std::max(out.bytes, declared);
    out.length_bytes = wide == 1 ? 0 : 1;
    return out;
  }
  // Most text is ASCII: a prefix of n characters is n bytes.
  if (prefix > 0) out.bytes = std::min(out.bytes, static_cast<double>(prefix));
  const bool long_type = most_key_bytes(column, prefix) > 255 || needs_prefix(column);
  out.length_bytes = long_type && out.bytes > 127 ? 2 : 1;
  return out;
}

std::int64_t most_key_bytes(const model::Column& column, std::int64_t prefix) {
  const std::string base = base_of(column);
  if (!is_variable(base)) return std::max(fixed_bytes(column), 1);
  const std::int64_t declared = modifiers(column).first;
  constexpr std::int64_t text_characters = 65535;
  const std::int64_t all = declared > 0 ? declared : text_characters;
  return (prefix > 0 ? std::min(prefix, all) : all) * character_bytes(column) + 2;
}

}  // namespace whet::advise::innodb
