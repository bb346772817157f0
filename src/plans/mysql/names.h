// The tables behind the aliases that plans print.
#pragma once

#include <string_view>

#include "model/plan.h"

namespace whet::plans::mysql {

/// TREE, JSON version 1 and MariaDB print aliases only. `resolved` is the statement as the server
/// resolved it (SHOW WARNINGS after EXPLAIN: "from `lib`.`loans` `l` join ..."): sets schema,
/// relation and alias of each scan whose name it tells, and leaves the others. An alias that stands
/// for several tables in different parts of the statement tells nothing.
void resolve_names(model::Plan& plan, std::string_view resolved);

}  // namespace whet::plans::mysql
