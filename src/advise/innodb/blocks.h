// A query block with what comes behind its joins: grouping, sorting, LIMIT. Only for this folder.
#pragma once

#include <string>
#include <vector>

#include "advise/innodb/joins.h"

namespace whet::advise::innodb {

struct PlannedBlock {
  Joined joined;
  bool grouped = false;  ///< rows become groups in a temporary table
  bool sorted = false;
  bool by_index = false;  ///< an index gives the order
  double rows = 1;        ///< that come out
  double executions = 1;
  double work = 0;  ///< of all executions
  double price = 0;
};

/// All blocks of the query, in its order, with how often each runs.
[[nodiscard]] std::vector<PlannedBlock> plan_blocks(const Facts& facts, const Constants& constants,
                                                    const Query& query, const KeysOf& keys);

}  // namespace whet::advise::innodb
