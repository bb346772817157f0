// Plans from what people paste and servers log: PostgreSQL's EXPLAIN as text or JSON, and the
// formats of MySQL, MariaDB (plans/mysql/parse.h) and MongoDB (plans/mongodb/parse.h).
#pragma once

#include <string_view>

#include "base/result.h"
#include "model/plan.h"

namespace whet::plans {

/// The first plan in `text`, in whichever format it is: EXPLAIN's text or JSON (9.0 to 18), from
/// psql with its frames and headers, from CSV, from auto_explain in a log; FORMAT=TREE, FORMAT=JSON
/// and ANALYZE of MySQL and MariaDB; a reply of MongoDB's explain as JSON. What stands before and
/// after the plan is ignored. ErrorKind::invalid, in a sentence, when there is no plan in it.
[[nodiscard]] Result<model::Plan> parse(std::string_view text);

}  // namespace whet::plans
