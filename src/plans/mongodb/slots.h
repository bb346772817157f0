// The slot-based engine's stages ("nlj", "ixseek", "scan", ...), which carry the figures of its
// plans. Each names by planNodeId the stage of the planner that it works for.
#pragma once

#include "model/plan.h"
#include "mql/value.h"
#include "plans/mongodb/stages.h"

namespace whet::plans::mongodb {

/// Does the tree consist of stages of the slot-based engine?
[[nodiscard]] bool is_slot_based(const mql::Value& stage);

/// Puts the figures of the executed stages into the planner's tree. `plan`: the planner's query
/// plan that `root` was made from, node for node.
void add_slot_figures(const mql::Value& executed, const mql::Value& plan, model::PlanNode& root);

/// The planner's stages guessed from the executed ones: the profiler has nothing else.
[[nodiscard]] model::PlanNode tree_of_slots(const mql::Value& executed, const Namespace& of);

}  // namespace whet::plans::mongodb
