// The planner that the index advisor asks: a shadow, HypoPG, or Whet's model of the optimizer.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "advise/advisor/advisor.h"
#include "advise/facts.h"
#include "base/result.h"
#include "cli/context.h"
#include "engine/postgres/connection.h"
#include "engine/postgres/shadow/shadow.h"
#include "model/oracle.h"
#include "model/snapshot.h"

namespace whet::cli {

/// With all that it needs to live, which stays where it is when this is moved.
struct IndexPlanner {
  std::unique_ptr<engine::postgres::Shadow> shadow;
  std::unique_ptr<engine::postgres::Connection> connection;
  std::unique_ptr<model::IndexSwitch> indexes;
  std::vector<std::string> notes;  ///< what the reader must know of it
};

/// PostgreSQL: a shadow of the snapshot, with HypoPG in it where the user wants its figures. Where
/// that cannot be had, HypoPG of the target itself; the Error is the shadow's when there is
/// neither. MySQL, MariaDB and MongoDB: the model, which keeps a reference to the facts. `items`:
/// what it will plan.
[[nodiscard]] Result<IndexPlanner> open_planner(const std::string& target, bool hypopg,
                                                const advise::Facts& facts,
                                                const std::vector<advise::WorkItem>& items,
                                                Context& context);

}  // namespace whet::cli
