// What writes pay for a secondary index of InnoDB, in the model's microseconds.
//
// One entry costs its place in the tree, its redo and undo, and later the purge of a deleted one:
// `entry`. An update that changes a column of the key makes a new entry and marks the old one; an
// update of other columns costs the index nothing, unless it moves the primary key. A leaf that is
// not in the buffer pool is read, or, when the index is not unique, changed later in bulk by the
// change buffer (innodb_change_buffering; off by default from 8.4 on, gone from MariaDB 11.0 on).
#pragma once

#include "advise/facts.h"
#include "advise/innodb/constants.h"
#include "advise/innodb/sizes.h"
#include "advise/upkeep/upkeep.h"
#include "advise/upkeep/writes.h"

namespace whet::advise::innodb {

/// Of one row that enters the index.
[[nodiscard]] double entry_cost(const Facts& facts, const Constants& constants,
                                const model::Index& index, const IndexSize& size);

/// An hour, by the table's counters and the columns that the workload's updates assign.
[[nodiscard]] Upkeep upkeep(const Facts& facts, const Constants& constants, const Writes& writes,
                            const model::Table& table, const model::Index& index,
                            const IndexSize& size);

}  // namespace whet::advise::innodb
