// HypoPG 1.3.1's arithmetic, integer where it is integer there.
#include <algorithm>
#include <cmath>
#include <cstdint>

#include "advise/sizes/layout.h"
#include "advise/sizes/others.h"
#include "advise/sizes/predicate.h"
#include "advise/sizes/sizes.h"
#include "base/text.h"

namespace whet::advise {

namespace {

std::int64_t option(const model::Index& index, const std::string& name, std::int64_t otherwise) {
  const auto at = index.options.find(name);
  return at == index.options.end() ? otherwise : text::to_int(at->second).value_or(otherwise);
}

std::int64_t column_width(const model::Column* column) {
  return column != nullptr && column->stats
             ? static_cast<std::int64_t>(column->stats->average_width)
             : 0;
}

/// A bare column in lower() or upper() has the column's width, md5() has 32, all else 50.
std::int64_t expression_width(const model::Table& table, const std::string& expression) {
  constexpr std::int64_t unknown = 50;
  for (const char* function : {"lower(", "upper("}) {
    if (!expression.starts_with(function) || !expression.ends_with(')')) continue;
    std::string name = expression.substr(6, expression.size() - 7);
    if (name.size() > 1 && name.front() == '"') name = name.substr(1, name.size() - 2);
    const model::Column* column = table.column(name);
    return column != nullptr ? column_width(column) : unknown;
  }
  return expression.starts_with("md5(") ? 32 : unknown;
}

std::int64_t width(const model::Table& table, const model::Index& index) {
  std::int64_t sum = 0;
  for (const model::IndexPart& part : index.parts)
    sum += part.expression.empty() ? column_width(table.column(part.column))
                                   : expression_width(table, part.expression);
  for (const std::string& name : index.includes) sum += column_width(table.column(name));
  return sum;
}

/// The planner's rows and pages (estimate_rel_size): the density of the last ANALYZE on the pages
/// that there are now; without one, at least ten pages of rows as wide as the types suggest.
struct Planned {
  double rows = 0, pages = 0;
};

Planned planned(const model::Table& table) {
  constexpr double least_pages = 10;
  constexpr std::int64_t page = 8192 - 24, row_overhead = 24 + line_pointer, unknown_width = 32;
  Planned out;
  const auto then = static_cast<double>(table.pages);
  out.pages =
      table.heap_bytes > 0 ? std::floor(static_cast<double>(table.heap_bytes) / 8192) : then;
  if (table.row_estimate) {
    out.rows = then > 0 ? std::rint(*table.row_estimate / then * out.pages) : *table.row_estimate;
    return out;
  }
  out.pages = std::max(out.pages, least_pages);
  std::int64_t bytes = row_overhead;
  for (const model::Column& column : table.columns) {
    const std::int64_t known = column_width(&column);
    bytes += known > 0 ? known : column.length > 0 ? column.length : unknown_width;
  }
  out.rows = std::floor(static_cast<double>(page) / static_cast<double>(bytes)) * out.pages;
  return out;
}

double btree(const model::Index& index, double rows, std::int64_t width) {
  const auto columns = static_cast<std::int64_t>(index.parts.size() + index.includes.size());
  const std::int64_t line =
      width + 8 * columns + max_aligned(static_cast<int>(line_pointer * columns));
  const double bloat = (200.0 - static_cast<double>(option(index, "fillfactor", 90)) + 20) / 100;
  constexpr double usable = 8192 - 24 - 16;
  return std::floor(rows * static_cast<double>(line) * bloat / usable);
}

double brin(const model::Index& index, double table_pages, std::int64_t width) {
  constexpr std::int64_t map_entries = 1360, header = 8, page = 8192 - 24;
  const auto ranges = static_cast<std::int64_t>(table_pages) /
                          std::max<std::int64_t>(1, option(index, "pages_per_range", 128)) +
                      1;
  const bool minmax = index.parts.front().opclass.find("minmax_ops") != std::string::npos;
  const std::int64_t data = header + (minmax ? 2 * width : width + 2);
  const std::int64_t pages = 1 + ranges / map_entries + 1 + data * ranges / page + 1;
  return static_cast<double>(pages);
}

double hash(const model::Index& index, double rows) {
  const std::int64_t target = 8192 * option(index, "fillfactor", 75) / 100;
  const auto per_bucket = static_cast<double>(std::max<std::int64_t>(10, target / 20));
  const double buckets = hash_buckets(rows, per_bucket);
  const double overflow = std::max(0.0, std::floor((rows - buckets * per_bucket) / per_bucket + 1));
  constexpr double bits = 1U << 12U;  // sic: bytes, not bits
  return buckets + overflow + std::max(1.0, std::floor(overflow / bits)) + 1;
}

}  // namespace

IndexSize hypopg_size(const model::Table& table, const model::Index& index) {
  IndexSize size;
  if (index.parts.empty()) return size;
  const auto [rows, now] = planned(table);
  size.entries = rows;
  if (!index.predicate.empty())
    size.entries = index.row_estimate > 0
                       ? index.row_estimate
                       : size.entries * predicate_effect(table, index.predicate).share;
  const std::int64_t bytes = width(table, index);
  if (index.method == "brin")
    size.pages = brin(index, now, bytes);
  else if (index.method == "hash")
    size.pages = hash(index, size.entries);
  else
    size.pages = btree(index, size.entries, bytes);
  size.pages = std::max(size.pages, 1.0);
  size.height = -1;
  return size;
}

}  // namespace whet::advise
