// A large catalog made in memory: what the checks and the snapshot's JSON are measured on.
#pragma once

#include <cstdint>

#include "model/snapshot.h"

namespace whet::bench {

struct Scale {
  std::int64_t tables = 20000;
  std::int64_t columns_per_table = 10;
  std::int64_t indexes_per_table = 5;
  std::int64_t statements = 5000;
  std::int64_t plans = 60;
  std::int64_t faulty_every = 10;  ///< 10: each tenth table has faults; 1: all have
};

/// The same bytes on every run. It has what makes naive lookups quadratic: half of all tables in
/// one schema, a table that thousands of foreign keys reference, a table with thousands of
/// partitions, and faults on many tables, so that checks do more than look away.
[[nodiscard]] model::Snapshot large_catalog(const Scale& scale);

}  // namespace whet::bench
