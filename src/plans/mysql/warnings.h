// What SHOW WARNINGS says after EXPLAIN, pasted behind the plan. Internal to plans/mysql.
#pragma once

#include <string_view>

#include "model/plan.h"

namespace whet::plans::mysql {

/// Reads rows of "Level Code Message" in any client's form ("Warning\t1739\tCannot use ...", "|
/// Note | 1003 | ..."). The resolved statement (1003) gives the names of tables and is not kept.
void read_warnings(model::Plan& plan, std::string_view text);

/// Values that a message quotes are cut out of it.
[[nodiscard]] std::string_view harmless_part(std::string_view message);

}  // namespace whet::plans::mysql
