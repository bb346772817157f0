// Trees of stages as the classic engine has them, and as the planner names them for both engines.
#pragma once

#include <string>

#include "model/plan.h"
#include "mql/value.h"

namespace whet::plans::mongodb {

/// What all stages of one collection share.
struct Namespace {
  std::string database, collection;
};
[[nodiscard]] Namespace namespace_of(std::string_view name);

/// A stage and what it reads from, with figures where they are in it.
[[nodiscard]] model::PlanNode stage_tree(const mql::Value& stage, const Namespace& of,
                                         int depth = 0);

/// Does a stage of that name read the collection or an index?
[[nodiscard]] bool is_scan(std::string_view stage);

/// The figures of a sort, group or lookup that could go to disk.
void read_memory(const mql::Value& stage, model::PlanNode& node);

/// Marks the node as executed: rows, time.
void read_run(const mql::Value& stage, model::PlanNode& node);

}  // namespace whet::plans::mongodb
