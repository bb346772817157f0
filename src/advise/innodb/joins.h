// The order of joins that the server takes, and how each relation is reached. Only for this folder.
#pragma once

#include <functional>
#include <vector>

#include "advise/innodb/paths.h"

namespace whet::advise::innodb {

struct Step {
  std::size_t relation = 0;  ///< position in Query::relations
  Path path;
  bool buffered = false;  ///< a hash join (or a join buffer) instead of a lookup for each row
  double before = 1, after = 1;  ///< rows
  double believed = 1;           ///< rows before, as the server has them
  double work = 0;               ///< of all executions
};

struct Joined {
  std::vector<Step> steps;
  double rows = 1;
  double price = 0, work = 0;
};

/// The keys of a relation that are there now.
using KeysOf = std::function<const std::vector<const Key*>&(std::size_t relation)>;

/// Joins the block's relations in the order that the server would find: a depth-first search by its
/// prices, in its order and with its pruning (optimizer_prune_level=1, sql_planner.cc), which often
/// misses the cheapest order. `outer`: relations that are known already.
[[nodiscard]] Joined join(const Facts& facts, const Constants& constants, const Query& query,
                          const std::vector<std::size_t>& relations,
                          const std::vector<std::size_t>& outer, const KeysOf& keys);

}  // namespace whet::advise::innodb
