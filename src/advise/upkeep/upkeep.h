// What writes pay for an index, in the planner's cost units, so that it can be set against EXPLAIN
// costs of the reads.
//
// One entry costs, with the server's own settings where a name is one:
//   entry    100 cpu_tuple_cost: forming it, locking its page, its WAL record. Calibrated, see below
//   descent  (ceil(log2(entries)) + 50 (height + 1)) cpu_operator_cost, as btcostestimate has it
//   leaf     of keys that do not follow the order of the rows: a page that is far away in memory
//            (0.75, less for an index that the processor's caches hold), or random_page_cost for
//            the part of index pages that the table's counters show as read, not hit
//   wal      (entry + 50 bytes) / 8192 seq_page_cost; a page's first change after a checkpoint
//            costs its image (seq_page_cost, with full_page_writes) and its writing back (the same)
//   split    two pages of CPU and WAL for each half page of entries
// Hash: no descent. GIN: an entry for each element, a third of its price with fastupdate (sorted
// bulk). GiST: the descent looks at each entry of a page. BRIN: a twentieth of an entry.
//
// An update that is not heap-only makes an entry in every index. One that was heap-only and assigns
// a column of this index (key, INCLUDE, predicate) is so no longer, and pays for the other indexes
// too (BRIN does not count from 16 on). Vacuum reads the index once for each 50 rows + 20 % of the
// table that died.
//
// Calibration: PostgreSQL 15, all in memory, processor time of the backend; one planner unit of
// six reads took 0.6 to 4.1 us there (geometric mean 1.35). bench/upkeep/run repeats it and prints
// predicted against measured; see its header for the error that is left.
#pragma once

#include <string>

#include "advise/sizes/sizes.h"
#include "advise/upkeep/writes.h"

namespace whet::advise {

struct Upkeep {
  double cost = 0;         ///< an hour, in planner units
  std::string arithmetic;  ///< for people: what it is made of
};

/// Of one row that enters the index: one entry, or all of a GIN index's.
/// `rows_per_hour`: how many do, on which the share of first changes after a checkpoint depends.
[[nodiscard]] double entry_cost(const Facts& facts, const model::Table& table,
                                const model::Index& index, const IndexSize& size,
                                double rows_per_hour);

/// Of an index that is there (found by its id among the table's) or is not. For a partitioned table
/// the sum over its leaves; `size` is that of index_size for the same table.
[[nodiscard]] Upkeep upkeep(const Facts& facts, const Writes& writes, const model::Table& table,
                            const model::Index& index, const IndexSize& size);

}  // namespace whet::advise
