// Which indexes should there be? The question as numbers: statements, indexes, and a planner that
// prices a statement under a set of indexes.
#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <vector>

#include "advise/choose/bits.h"
#include "base/result.h"

namespace whet::advise {

/// An index that may be chosen or left out.
struct ChoiceIndex {
  double bytes = 0;       ///< of the disk budget; 0 for one that exists already
  double upkeep = 0;      ///< what writes pay for it, in the unit of weight x cost
  std::size_t table = 0;  ///< any numbering, for the limit per table
  double scan = 0;        ///< what reading its whole table costs, as the planner counts
  bool exists = false;    ///< there now
  bool keep = false;      ///< may not be dropped
  bool narrow = false;    ///< a short key and nothing else
  /// Wider ones that begin as this one does and hold all that it holds: in a plan they can take its
  /// place, at about its cost.
  Bits replaced_by;
};

struct ChoiceStatement {
  double weight = 1;  ///< how much a unit of its cost counts
  Bits relevant;      ///< all indexes of its tables
  Bits proposed;      ///< those worth asking about for it
};

struct ChoiceLimits {
  double bytes = std::numeric_limits<double>::infinity();           ///< of all new indexes together
  std::size_t per_table = std::numeric_limits<std::size_t>::max();  ///< new ones on one table
  /// A new index must lower the total by this part of what it is without any...
  double min_gain = 0;
  /// ... and by this part for each byte.
  double min_gain_per_byte = 0;
  /// Questions to the planner, before the chosen set itself is asked about. 9 for each statement
  /// settles most workloads.
  std::size_t calls_per_statement = 9;
  std::function<bool()> stop;  ///< asked between calls: time is up, or the user wants no more
};

struct Problem {
  std::vector<ChoiceIndex> indexes;
  std::vector<ChoiceStatement> statements;
  ChoiceLimits limits;
};

struct Answer {
  double cost = 0;
  Bits used;  ///< the indexes of the problem in the plan
};

/// Prices a statement when exactly `present` (a part of what is relevant for it) is there.
using AskPlanner = std::function<Result<Answer>(std::size_t statement, const Bits& present)>;

}  // namespace whet::advise
