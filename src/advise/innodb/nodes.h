// What the model planned, as a plan with the node types that MySQL's EXPLAIN FORMAT=TREE has. Only
// for this folder.
#pragma once

#include <vector>

#include "advise/innodb/blocks.h"
#include "model/oracle.h"

namespace whet::advise::innodb {

[[nodiscard]] model::SwitchedPlan plan_of(const Query& query,
                                          const std::vector<PlannedBlock>& blocks);

}  // namespace whet::advise::innodb
