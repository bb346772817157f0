// Costs of a model brought to what the workload's own counters measured.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "model/oracle.h"

namespace whet::advise {

/// A model is right about how many times cheaper a plan is sooner than about how long it takes. So
/// each statement's costs are scaled until the plan with the existing indexes takes what the server
/// measured, `measured` microseconds for a call, by the statement's text. A part of that, which
/// every call takes (parsing, planning, sending), stays what it is whatever the plan. Statements
/// that were not measured keep the model's figures.
[[nodiscard]] std::unique_ptr<model::IndexSwitch> as_measured(
    std::unique_ptr<model::IndexSwitch> planner, std::map<std::string, double> measured);

}  // namespace whet::advise
