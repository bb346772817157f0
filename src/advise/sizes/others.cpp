#include "advise/sizes/others.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace whet::advise {

namespace {

constexpr double page_bytes = 8192;

double option(const model::Index& index, const std::string& name, double otherwise) {
  const auto at = index.options.find(name);
  if (at == index.options.end()) return otherwise;
  return text::to_double(at->second).value_or(otherwise);
}

double table_pages(const model::Table& table) {
  return std::max(static_cast<double>(table.pages),
                  std::ceil(static_cast<double>(table.heap_bytes) / page_bytes));
}

/// Values that a summary keeps of each column.
double summary_bytes(const model::IndexPart& part, const Field& field) {
  if (part.opclass.find("bloom") != std::string::npos) return 600;  // 10 % of 290 rows a page, 1 %
  if (part.opclass.find("multi") != std::string::npos) return 20 + 32 * field.width;
  if (part.opclass.find("inclusion") != std::string::npos) return field.width + 2;
  return 2 * field.width;
}

struct Elements {
  double in_row = 1;       ///< different ones in a value
  double different = 200;  ///< in all
  double width = 8;
  std::vector<double> common;  ///< shares of rows
};

Elements elements_of(const model::Table& table, const model::IndexPart& part, double rows) {
  Elements out;
  const model::Column* column = table.column(part.column);
  const Field field = field_of(table, part);
  const std::string type = column != nullptr ? column->base_type : "";
  if (column != nullptr && column->stats) {
    out.common = column->stats->element_frequencies;
    out.in_row = column->stats->average_elements;
  }
  const bool trigrams = part.opclass.find("trgm") != std::string::npos;
  const bool texts =
      type.find("text") != std::string::npos || type.find("varchar") != std::string::npos;
  out.width = trigrams ? 4 : texts || type.starts_with("json") ? 12 : 8;
  if (out.in_row <= 0) {
    double sum = 0;
    for (const double share : out.common) sum += share;
    const double bytes = trigrams ? 1 : type.starts_with("json") ? 16 : 8;
    out.in_row = std::max({1.0, sum, field.width / bytes});
  }
  const double least = std::max(200.0, static_cast<double>(out.common.size()));
  // Elements beyond the list occur, but less often than any of it.
  double rest = out.in_row;
  for (const double share : out.common) rest -= share;
  if (out.common.empty())
    out.different = std::max(least, rows * out.in_row / 100) + (type == "jsonb" ? rows : 0);
  else
    out.different = static_cast<double>(out.common.size()) +
                    std::max(0.0, rest) / std::max(out.common.back() / 2, 1 / rows);
  if (trigrams) out.different = std::min(out.different, 30000.0);
  return out;
}

/// Bytes of a row's address in a compressed list, by the gap to the one before (ginpostinglist.c:
/// seven bits a byte; a page is 2048 apart from the next).
double address_bytes(double share, double rows_of_page) {
  const double pages_apart = 1 / std::max(share * rows_of_page, 1e-9);
  const double gap =
      pages_apart < 1 ? 1 / std::max(share, 1e-9) + 2048 * pages_apart : 2048 * pages_apart;
  double bytes = 1;  // gaps of rows in random order fall off exponentially
  double least = 128;
  for (int i = 0; i < 5; ++i, least *= 128) bytes += std::exp(-least / gap);
  return bytes;
}

}  // namespace

double brin_pages(const model::Table& table, const model::Index& index) {
  constexpr double map_entries = 1360;  // REVMAP_PAGE_MAXITEMS
  const double ranges =
      std::max(1.0, std::ceil(table_pages(table) / option(index, "pages_per_range", 128)));
  double data = 0;
  bool nulls = false;
  for (const model::IndexPart& part : index.parts) {
    data += summary_bytes(part, field_of(table, part));
    const model::Column* column = table.column(part.column);
    nulls = nulls || (column != nullptr && column->stats && column->stats->null_fraction > 0);
  }
  const double bitmap = nulls ? std::ceil(static_cast<double>(index.parts.size()) / 4) : 0;
  const int bytes =
      max_aligned(max_aligned(static_cast<int>(5 + bitmap)) + static_cast<int>(std::ceil(data))) +
      line_pointer;
  const double per_page = std::max(1.0, std::floor((page_bytes - 24 - 8) / bytes));
  return 1 + std::ceil(ranges / map_entries) + std::ceil(ranges / per_page);
}

double gin_pages(const model::Table& table, const model::Index& index, double entries) {
  // A list longer than a third of a page moves to pages of its own (GinMaxItemSize), which are
  // three quarters full when rows come in order.
  constexpr double inline_most = page_bytes / 3, fill = 0.75;
  double pages = 2;  // metapage and root
  const double rows_of_page = std::max(1.0, entries / std::max(table_pages(table), 1.0));
  for (const model::IndexPart& part : index.parts) {
    const Elements elements = elements_of(table, part, std::max(entries, 1.0));
    double tree_bytes = 0;
    const auto add = [&](double share, double count) {
      const double list = entries * share * address_bytes(share, rows_of_page);
      const double key = max_aligned(static_cast<int>(8 + elements.width)) + line_pointer + 8;
      if (list > inline_most) pages += count * std::ceil(list / (page_bytes * fill));
      tree_bytes += count * (key + (list > inline_most ? 0 : list));
    };
    double rest = elements.in_row;
    for (const double share : elements.common) add(share, 1), rest -= share;
    const double others = elements.different - static_cast<double>(elements.common.size());
    if (others >= 1 && rest > 0) add(std::min(1.0, rest / others), others);
    pages += std::ceil(tree_bytes / (page_bytes * fill));
  }
  return pages;
}

double gin_elements(const model::Table& table, const model::Index& index) {
  const double rows = std::max(1.0, table.row_estimate.value_or(table.rows()));
  double sum = 0;
  for (const model::IndexPart& part : index.parts) sum += elements_of(table, part, rows).in_row;
  return sum;
}

double gist_pages(const std::vector<Field>& fields, double entries) {
  constexpr double fill = 0.7;
  const double bytes = entry_bytes(fields, 0, 0.5) + line_pointer;
  const double per_page = std::max(2.0, std::floor((page_bytes - 24 - 16) * fill / bytes));
  double pages = 0;
  for (double below = std::max(1.0, std::ceil(entries / per_page));;
       below = std::ceil(below / per_page)) {
    pages += below;
    if (below <= 1) return pages;
  }
}

}  // namespace whet::advise
