// The planner for servers that cannot plan with indexes that do not exist: Whet's model.
#pragma once

#include <memory>
#include <vector>

#include "advise/advisor/advisor.h"
#include "model/oracle.h"

namespace whet::advise {

/// For MySQL and MariaDB. Where the snapshot has samples of a statement, the model plans one of
/// them instead of the normalised text, whose values are not known. Keeps a reference to the facts.
[[nodiscard]] std::unique_ptr<model::IndexSwitch> model_planner(const Facts& facts,
                                                                const std::vector<WorkItem>& items);

/// What the reader must know of it.
[[nodiscard]] std::vector<std::string> model_notes(const Facts& facts);

}  // namespace whet::advise
