// How many bytes an index that does not exist would have.
//
// Nothing here is fitted to measurements: the model follows how PostgreSQL builds an index
// (nbtsort.c, nbtdedup.c, hashpage.c, brin.c, ginbtree.c), and what it cannot know (how values of
// several columns go together, how widths spread) are assumptions that stand where they are made.
#pragma once

#include <string>

#include "advise/facts.h"
#include "model/schema.h"

namespace whet::advise {

struct IndexSize {
  double pages = 0;    ///< of 8 KiB, with the metapage
  double entries = 0;  ///< index entries before deduplication: what pg_class.reltuples would say
  int height = 0;      ///< B-tree levels above the leaves
  [[nodiscard]] double bytes() const { return pages * 8192; }
};

/// Of an index freshly built on the table, from the table's row estimate and its column statistics
/// (distinct values, widths, NULLs, most common values), the index's fillfactor, deduplication and
/// predicate. `index.row_estimate`, when it is above 0, is believed before the predicate is
/// estimated: a caller that asked the planner sets it. O(parts); well under a millisecond.
[[nodiscard]] IndexSize index_size(const model::Table& table, const model::Index& index);

/// The same with all that the snapshot knows: extended statistics on the key's columns, and for a
/// partitioned table the sum over its leaves (the height is the highest one's).
[[nodiscard]] IndexSize index_size(const Facts& facts, const model::Table& table,
                                   const model::Index& index);

/// What HypoPG 1.3.1 would say of it (for comparison with tools that rely on it): no deduplication.
/// Exact for a table that was just analysed; of a predicate, its selectivity is Whet's estimate.
[[nodiscard]] IndexSize hypopg_size(const model::Table& table, const model::Index& index);

}  // namespace whet::advise
