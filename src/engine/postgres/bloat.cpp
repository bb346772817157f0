// Layouts: PostgreSQL's manual, "Database Page Layout" and "B-Tree Indexes: Deduplication"; sizes
// of headers from bufpage.h, htup_details.h, itup.h and nbtree.h.
#include "engine/postgres/bloat.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.h"
#include "engine/postgres/collector.h"

namespace whet::engine::postgres {

namespace {

constexpr double page_header = 24;
constexpr double line_pointer = 4;
constexpr double heap_tuple_header = 23;
constexpr double index_tuple_header = 8;
constexpr double index_null_bitmap = 8;  ///< 4 bytes, and what alignment adds
constexpr double btree_special = 16;
constexpr double row_pointer = 6;  ///< in a posting list
constexpr double longest_short_value = 127;
constexpr double default_leaf_fill = 90;
/// With more than this share of the rows changed since ANALYZE, the statistics are of another
/// table.
constexpr double stale_share = 0.2;

double align(double offset, double alignment) { return std::ceil(offset / alignment) * alignment; }

double option(const std::map<std::string, std::string>& options, const std::string& name,
              double otherwise) {
  const auto at = options.find(name);
  return at == options.end() ? otherwise : text::to_double(at->second).value_or(otherwise);
}

/// The average end of a value that starts at `offset`; nothing when its width is unknown.
std::optional<double> after_value(double offset, const model::Column& column) {
  const double present = column.stats ? 1 - column.stats->null_fraction : 1;
  if (present <= 0) return offset;
  double width = static_cast<double>(column.length);
  if (width <= 0) {
    if (!column.stats) return std::nullopt;
    width = column.stats->average_width;
  }
  // Short values of variable length have a header of one byte and no alignment.
  const bool packed = column.length <= 0 && width <= longest_short_value;
  const double start =
      packed ? offset
             : align(offset, static_cast<double>(std::max<std::int64_t>(column.alignment, 1)));
  return offset + present * (start + width - offset);
}

bool is_stale(const model::Table& table, double rows) {
  return static_cast<double>(table.modified_since_analyze) > stale_share * rows;
}

/// The larger of what is known: rather too little bloat than too much.
double rows_of(const model::Table& table) {
  return std::max(static_cast<double>(table.live_rows), table.row_estimate.value_or(0));
}

model::Bloat bloat_of(double actual_bytes, double expected_bytes, bool uncertain) {
  model::Bloat bloat;
  bloat.method = "estimate";
  bloat.wasted_bytes = std::max(0.0, actual_bytes - expected_bytes);
  bloat.fraction = actual_bytes > 0 ? bloat.wasted_bytes / actual_bytes : 0;
  bloat.uncertain = uncertain;
  return bloat;
}

/// Types whose equal values may differ in their bytes: the server does not deduplicate them.
bool never_deduplicated(const model::Column& column) {
  constexpr std::array<std::string_view, 4> types{"numeric", "float4", "float8", "jsonb"};
  return column.type_kind == "array" || column.type_kind == "composite" ||
         column.type_kind == "range" ||
         std::find(types.begin(), types.end(), column.base_type) != types.end();
}

double distinct_of(const model::Column& column, double rows) {
  if (!column.stats || column.stats->distinct == 0) return rows;
  const double distinct = column.stats->distinct;
  return std::clamp(distinct > 0 ? distinct : -distinct * rows, 1.0, std::max(rows, 1.0));
}

struct Entry {
  double bytes = 0;     ///< of one index tuple, aligned
  double distinct = 1;  ///< different keys; columns that go together make it too high
  bool deduplicates = true;
};

std::optional<Entry> entry_of(const model::Table& table, const model::Index& index, double rows) {
  std::vector<std::string> names;
  for (const auto& part : index.parts) names.push_back(part.column);
  names.insert(names.end(), index.includes.begin(), index.includes.end());
  Entry entry;
  // A unique index has duplicates only while old versions of rows are around.
  const auto asked = index.options.find("deduplicate_items");
  const bool switched_off =
      asked != index.options.end() && (asked->second == "off" || asked->second == "false");
  entry.deduplicates = !index.unique && index.includes.empty() && !switched_off;
  double offset = 0, nulls = 0;
  for (const auto& name : names) {
    const auto* column = table.column(name);
    if (column == nullptr) return std::nullopt;
    const auto end = after_value(offset, *column);
    if (!end) return std::nullopt;
    offset = *end;
    if (column->stats) nulls = std::max(nulls, column->stats->null_fraction);
    entry.deduplicates = entry.deduplicates && !never_deduplicated(*column);
    entry.distinct = std::min(rows, entry.distinct * distinct_of(*column, rows));
  }
  entry.bytes = align(index_tuple_header + nulls * index_null_bitmap + offset, 8);
  entry.distinct = std::max(entry.distinct, 1.0);
  return entry;
}

/// Bytes in leaf pages for all entries, with their line pointers.
double leaf_bytes(const Entry& entry, double rows, double block_bytes) {
  const double each = rows / entry.distinct;
  // Two entries in a posting list take less room than two tuples only from here on.
  if (!entry.deduplicates || each < 2) return rows * (entry.bytes + line_pointer);
  // A build fills posting lists up to a tenth of a page (nbtsort.c).
  const double list = std::max(block_bytes / 10 - entry.bytes, row_pointer * 2);
  const double lists = std::max(1.0, std::ceil(each * row_pointer / list));
  return entry.distinct * (lists * (entry.bytes + line_pointer) + align(each * row_pointer, 8));
}

}  // namespace

std::optional<model::Bloat> table_bloat(const model::Table& table, std::int64_t block_bytes) {
  const double rows = rows_of(table);
  if (rows <= 0 || table.heap_bytes <= 0 || block_bytes <= 0 || table.columns.empty())
    return std::nullopt;
  double offset = 0;
  bool nulls = false;
  for (const auto& column : table.columns) {
    const auto end = after_value(offset, column);
    if (!end) return std::nullopt;
    offset = *end;
    nulls = nulls || (column.stats && column.stats->null_fraction > 0);
  }
  const double bitmap = nulls ? std::ceil(static_cast<double>(table.columns.size()) / 8) : 0;
  const double tuple = align(heap_tuple_header + bitmap, 8) + align(offset, 8) + line_pointer;
  const double block = static_cast<double>(block_bytes);
  const double usable = (block - page_header) * option(table.options, "fillfactor", 100) / 100;
  const double pages = std::ceil(rows / std::max(1.0, std::floor(usable / tuple)));
  return bloat_of(static_cast<double>(table.heap_bytes), pages * block, is_stale(table, rows));
}

std::optional<model::Bloat> btree_bloat(const model::Table& table, const model::Index& index,
                                        std::int64_t block_bytes) {
  const bool partial = !index.predicate.empty();
  // reltuples of an index is that of its last VACUUM, ANALYZE or build.
  const double rows = partial ? index.row_estimate : std::max(rows_of(table), index.row_estimate);
  if (index.method != "btree" || rows <= 0 || index.size_bytes <= 0 || block_bytes <= 0)
    return std::nullopt;
  const auto entry = entry_of(table, index, rows);
  if (!entry) return std::nullopt;
  const double block = static_cast<double>(block_bytes);
  const double fill = option(index.options, "fillfactor", default_leaf_fill) / 100;
  // Each leaf page repeats one key as its upper bound.
  const double usable = (block - page_header - btree_special) * fill - entry->bytes;
  if (usable <= entry->bytes) return std::nullopt;
  const double leaves = std::ceil(leaf_bytes(*entry, rows, block) / usable);
  const double fanout = std::max(2.0, usable / (entry->bytes + line_pointer));
  const double upper = std::ceil(leaves / (fanout - 1));
  const double pages = 1 + leaves + upper;  // and the page that describes the index
  return bloat_of(static_cast<double>(index.size_bytes), pages * block,
                  partial || is_stale(table, rows));
}

void estimate_bloat(Collector& c) {
  const std::int64_t block = c.snapshot.server.block_bytes;
  for (auto& table : c.snapshot.schema.tables) {
    if (table.kind != model::TableKind::table && table.kind != model::TableKind::materialized_view)
      continue;
    if (table.sizes_skipped) continue;
    table.bloat = table_bloat(table, block);
    for (auto& index : table.indexes) index.bloat = btree_bloat(table, index, block);
  }
}

}  // namespace whet::engine::postgres
