#include "advise/innodb/sizes.h"

#include <algorithm>
#include <cmath>

#include "advise/innodb/widths.h"

namespace whet::advise::innodb {

namespace {

constexpr double record_header = 5;     // REC_N_NEW_EXTRA_BYTES
constexpr double node_pointer = 4;      // child page number
constexpr double row_id_bytes = 6;      // of a table without a key
constexpr double page_overhead = 128;   // FIL and page headers, infimum, supremum, trailer
constexpr double records_per_slot = 4;  // of the page directory, in a sorted build
constexpr double slot_bytes = 2;
constexpr double extent_pages = 64;
constexpr double fragment_pages = 32;    // single pages before a segment gets extents
constexpr double expression_bytes = 12;  // of a value whose type is not known

double rows_of(const model::Table& table) {
  return std::max(0.0, table.row_estimate.value_or(table.rows()));
}

struct Entry {
  double bytes = 0;
  double nullable = 0;
};

void add(Entry& entry, const model::Table& table, const model::IndexPart& part) {
  const model::Column* column = table.column(part.column);
  if (column == nullptr) {
    entry.bytes += expression_bytes + 1;
    entry.nullable += 1;
    return;
  }
  const Width width = width_of(table, *column, part.prefix_length);
  entry.bytes += (width.bytes + width.length_bytes) * (1 - width.null_fraction);
  entry.nullable += width.nullable ? 1 : 0;
}

Entry entry_of(const model::Table& table, const model::Index& index) {
  Entry entry;
  for (const model::IndexPart& part : full_key(table, index)) add(entry, table, part);
  if (clustering_key(table).empty()) entry.bytes += row_id_bytes;
  entry.bytes += record_header + std::ceil(entry.nullable / 8);
  return entry;
}

/// Whole records on a page.
double per_page(const Constants& constants, double record) {
  const double room = constants.page_bytes * constants.fill_factor - page_overhead;
  return std::max(2.0, std::floor(room / (record + slot_bytes / records_per_slot)));
}

/// A segment takes single pages first, then extents of 1 MB, the next one when less than an eighth
/// is free (fsp0fsp.cc, fseg_alloc_free_page_low).
double segment_pages(double used) {
  if (used <= fragment_pages) return used;
  constexpr double free_part = 8;
  // The room is looked at before the last page is taken.
  const double room = std::max(used, (used - 1) * free_part / (free_part - 1));
  return fragment_pages + std::ceil((room - fragment_pages) / extent_pages) * extent_pages;
}

}  // namespace

std::vector<std::string> clustering_key(const model::Table& table) {
  const model::Index* chosen = nullptr;
  for (const model::Index& index : table.indexes) {
    if (index.primary) chosen = &index;
  }
  // Without a primary key, the first unique index without NULLs is the clustered one.
  for (const model::Index& index : table.indexes) {
    if (chosen != nullptr || !index.unique) continue;
    const bool whole = std::all_of(index.parts.begin(), index.parts.end(), [&](const auto& part) {
      const model::Column* column = table.column(part.column);
      return column != nullptr && column->not_null && part.prefix_length == 0;
    });
    if (whole) chosen = &index;
  }
  std::vector<std::string> out;
  if (chosen == nullptr) return out;
  for (const model::IndexPart& part : chosen->parts) out.push_back(part.column);
  return out;
}

std::vector<model::IndexPart> full_key(const model::Table& table, const model::Index& index) {
  std::vector<model::IndexPart> parts = index.parts;
  for (const std::string& column : clustering_key(table)) {
    const bool there = std::any_of(parts.begin(), parts.end(), [&](const auto& part) {
      return part.column == column && part.prefix_length == 0;
    });
    if (there) continue;
    model::IndexPart made;
    made.column = column;
    parts.push_back(std::move(made));
  }
  return parts;
}

IndexSize index_size(const Constants& constants, const model::Table& table,
                     const model::Index& index) {
  IndexSize size;
  if (index.parts.empty()) return size;
  const Entry entry = entry_of(table, index);
  size.entries = rows_of(table);
  size.entry_bytes = entry.bytes;
  size.leaf_pages = std::max(1.0, std::ceil(size.entries / per_page(constants, entry.bytes)));
  double inner = 0;
  const double fanout = per_page(constants, entry.bytes + node_pointer);
  for (double level = size.leaf_pages; level > 1; ++size.height) {
    level = std::ceil(level / fanout);
    inner += level;
  }
  size.pages = size.height == 0 ? 1 : segment_pages(size.leaf_pages) + segment_pages(inner);
  return size;
}

}  // namespace whet::advise::innodb
