// The first line of a node in a text plan: what it is, what it works on, its figures.
#pragma once

#include <optional>
#include <string_view>

#include "model/plan.h"

namespace whet::plans {

/// "Index Scan using i on s.t a  (cost=0.28..8.29 rows=1 width=4) (actual time=...)", without
/// indentation and arrow. Nothing when the line is no node. Without figures (COSTS OFF) only known
/// kinds of nodes are recognised, unless `certain` (the line had an arrow).
[[nodiscard]] std::optional<model::PlanNode> parse_node_line(std::string_view line, bool certain);

/// "actual time=0.010..0.011 rows=1 loops=1", also without time; false when it is something else.
bool parse_actual(std::string_view text, model::PlanNode& node);

}  // namespace whet::plans
