// The lines under a node in a text plan, reduced to the property names of EXPLAIN (FORMAT JSON).
#pragma once

#include <string_view>

#include "model/plan.h"

namespace whet::plans {

/// Adds "Sort Method: external merge  Disk: 11312kB" and its like to the node.
void add_detail(model::PlanNode& node, std::string_view key, std::string_view value);

/// "shared hit=1 read=2, temp written=3" and I/O timings.
void add_buffers(model::PlanBuffers& buffers, std::string_view value);
void add_io_timings(model::PlanBuffers& buffers, std::string_view value);

}  // namespace whet::plans
