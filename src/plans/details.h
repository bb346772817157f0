// What is worth saying of a node below its name. Internal to plans.
#pragma once

#include <string>
#include <vector>

#include "plans/arithmetic.h"

namespace whet::plans {

/// "Seq Scan on public.orders o", "Hash Left Join", "Index Scan Backward using i on t".
[[nodiscard]] std::string node_title(const model::PlanNode& node);

/// Conditions, keys, memory, workers, each in a line without its indentation.
[[nodiscard]] std::vector<std::string> node_details(const NodeFigures& figures);

/// "950", "12,345", "1.2 M": at most six characters for usual figures.
[[nodiscard]] std::string short_count(double value);

}  // namespace whet::plans
