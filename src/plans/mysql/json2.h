// EXPLAIN FORMAT=JSON in version 2 (MySQL 8.3 and later). Internal to plans/mysql.
#pragma once

#include "base/json.h"
#include "base/result.h"
#include "model/plan.h"

namespace whet::plans::mysql {

/// The plan of a document with a member "query_plan". What stands in "query" has literals and is
/// not kept.
[[nodiscard]] Result<model::Plan> parse_version_2(json::View document);

}  // namespace whet::plans::mysql
