// Titles and details of MongoDB's stages. Internal to plans.
#pragma once

#include <string>
#include <vector>

#include "model/plan.h"

namespace whet::plans {

/// MongoDB writes its stages in capitals, and those of pipelines with a dollar.
[[nodiscard]] bool is_stage_of_mongodb(const model::PlanNode& node);

/// "IXSCAN using status_1 on shop.orders", "$lookup on shop.customers", "shard rs1: FETCH".
[[nodiscard]] std::string stage_title(const model::PlanNode& node);

/// Bounds, filter, keys, limits, memory, each in a line.
[[nodiscard]] std::vector<std::string> stage_details(const model::PlanNode& node);

}  // namespace whet::plans
