// A `queryPlanner` with its `executionStats`: what one collection's part of an explain is.
#pragma once

#include "base/result.h"
#include "model/plan.h"
#include "mql/value.h"
#include "plans/mongodb/stages.h"

namespace whet::plans::mongodb {

/// Reads {queryPlanner, executionStats} into the plan: its tree is returned, what belongs to the
/// whole is added to `plan`. ErrorKind::invalid when there is no winning plan.
[[nodiscard]] Result<model::PlanNode> read_planner(const mql::Value& document, model::Plan& plan);

/// Adds up what was examined, and says of a failed execution that it failed.
void read_execution(const mql::Value& stats, model::Plan& plan);

}  // namespace whet::plans::mongodb
