// How many bytes an index that does not exist would have.
#pragma once

#include "model/schema.h"

namespace whet::advise {

struct IndexSize {
  double pages = 0;   ///< of 8 KiB, with the metapage
  double entries = 0; ///< index entries before deduplication: what pg_class.reltuples would say
  int height = 0;     ///< B-tree levels above the leaves
  [[nodiscard]] double bytes() const { return pages * 8192; }
};

/// Of an index freshly built on the table, from the table's row estimate and its column statistics
/// (distinct values, widths, NULLs, most common values), the index's fillfactor, deduplication and
/// predicate.
[[nodiscard]] IndexSize index_size(const model::Table& table, const model::Index& index);

/// What HypoPG 1.3.1 would say of it (for comparison with tools that rely on it): no deduplication.
[[nodiscard]] IndexSize hypopg_size(const model::Table& table, const model::Index& index);

}  // namespace whet::advise
