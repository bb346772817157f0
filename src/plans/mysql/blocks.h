// EXPLAIN FORMAT=JSON in version 1 (MySQL 5.6 and later) and EXPLAIN and ANALYZE FORMAT=JSON of
// MariaDB: blocks of tables in join order, which become the tree of joins that the server runs.
// Internal to plans/mysql.
#pragma once

#include "base/json.h"
#include "base/result.h"
#include "model/plan.h"

namespace whet::plans::mysql {

/// The plan of a document with a member "query_block".
[[nodiscard]] Result<model::Plan> parse_blocks(json::View document);

}  // namespace whet::plans::mysql
