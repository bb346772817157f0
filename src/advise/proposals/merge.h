// The proposals of a whole workload, each index once, with those that serve two at a time.
#pragma once

#include <cstddef>
#include <vector>

#include "advise/proposals/proposals.h"

namespace whet::advise {

struct MergeLimits {
  std::size_t per_table = 100;  ///< of one table at most, merged ones included
  std::size_t merged_per_table = 30;
  /// Of all tables together, about: each table has its part of them by its statements. 0: no limit.
  std::size_t total = 0;
  std::size_t key_columns = 4;  ///< of a merged B-tree at most
  std::size_t include_columns = 8;
};

/// An index that some statements of a workload may use.
struct Merged {
  Proposal proposal;
  std::vector<std::size_t> statements;  ///< positions of those that asked for it, rising
  bool merged = false;                  ///< nobody asked for it: it serves those of two others
};

/// `of_statements`: the proposals of each statement of the workload, the most important first.
/// Without what a usable index of the table does already. Where a table has more than the limit,
/// the statements take turns. Sorted by table; those that were asked for first.
[[nodiscard]] std::vector<Merged> merge_proposals(
    const Facts& facts, const std::vector<std::vector<Proposal>>& of_statements,
    const MergeLimits& limits);

/// Whether the table has a usable index that does all that the proposed one would.
[[nodiscard]] bool is_there_already(const Facts& facts, const Proposal& proposal);

}  // namespace whet::advise
