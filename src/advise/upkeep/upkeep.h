// What writes pay for an index, in the planner's cost units, so that it can be set against EXPLAIN
// costs of the reads.
//
// One entry costs, with the server's own settings where a name is one:
//   entry    40 cpu_tuple_cost: forming it, locking its page, its WAL record. Calibrated, see below
//   descent  (ceil(log2(entries)) + 50 (height + 1)) cpu_operator_cost, as btcostestimate has it;
//   ten
//            times the comparisons for texts. None for rows in the key's order (the fast path)
//   leaf     of keys that do not follow the order of the rows: a page that is far away in memory
//            (1.5, less for an index that the processor's caches hold), or random_page_cost for
//            the part of index pages that the table's counters show as read, not hit
//   check    1.5 for an update in a unique index: it looks at the old version
//   wal      (entry + 50 bytes) / 8192 seq_page_cost; a page's first change after a checkpoint
//            costs its image (seq_page_cost, with full_page_writes) and its writing back (the same)
//   split    two pages of CPU and WAL for each half page of entries
// Hash: no descent. GIN: an entry for each element, a third of its price with fastupdate (sorted
// bulk). GiST: the descent looks at each entry of a page. BRIN: 30 cpu_tuple_cost.
//
// An update that is not heap-only makes an entry in every index. One that was heap-only and assigns
// a column of this index (key, INCLUDE, predicate) is so no longer, and pays for the other indexes
// too (BRIN does not count from 16 on). Vacuum reads the index once for each 50 rows + 20 % of the
// table that died.
//
// Calibration: PostgreSQL 15, all in memory, processor time of the backend. One planner unit of an
// entry is 1.2 us there; of six cached reads it was 0.6 to 4.1 us (geometric mean 1.35), so that
// the two can be set against each other, but hardly closer than by a factor of two.
// bench/upkeep/run measures again. Error that was left, predicted / measured: B-trees 0.74 (rising
// key) to 1.04, hash 1.3, GIN 1.5, an update that is no longer heap-only 1.4; of insert throughput
// with 0 to 6 indexes, 1.1 to 1.6 times what was measured. BRIN is below what can be measured. Not
// measured: pages that must be read, images after checkpoints, vacuum, GiST.
#pragma once

#include <cstdint>
#include <string>

#include "advise/sizes/sizes.h"
#include "advise/upkeep/writes.h"

namespace whet::advise {

struct Upkeep {
  double cost = 0;         ///< an hour, in planner units
  std::string arithmetic;  ///< for people: what it is made of
};

/// Why a row enters an index: it is new, or an update that was not heap-only moved it.
enum class Arrival : std::uint8_t { inserted, updated };

/// Of one row that enters the index: one entry, or all of a GIN index's.
/// `rows_per_hour`: how many do, on which the share of first changes after a checkpoint depends.
[[nodiscard]] double entry_cost(const Facts& facts, const model::Table& table,
                                const model::Index& index, const IndexSize& size,
                                double rows_per_hour, Arrival arrival = Arrival::inserted);

/// Of an index that is there (found by its id among the table's) or is not. For a partitioned table
/// the sum over its leaves; `size` is that of index_size for the same table.
[[nodiscard]] Upkeep upkeep(const Facts& facts, const Writes& writes, const model::Table& table,
                            const model::Index& index, const IndexSize& size);

}  // namespace whet::advise
