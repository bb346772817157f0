// One table of a block in version 1 and MariaDB. Internal to plans/mysql.
#pragma once

#include "base/json.h"
#include "model/plan.h"

namespace whet::plans::mysql {

/// The scan that a "table" object describes: access, index, conditions, estimates and what really
/// came. Its cost is the server's sum for all loops. What it is made from is not looked at.
[[nodiscard]] model::PlanNode table_node(json::View table);

/// Rows read in one loop before the filter.
[[nodiscard]] double rows_examined(json::View table);

/// A number that may be printed as a string ("33.33").
[[nodiscard]] double figure(json::View view, double otherwise = 0);

/// Members that are "true", true or 1.
[[nodiscard]] bool flag(json::View view);

}  // namespace whet::plans::mysql
