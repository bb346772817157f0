// Plans of MongoDB in whichever form, as the tree that all engines share.
//
// A node's type is the stage's name: COLLSCAN, IXSCAN, FETCH, SORT, LIMIT, SKIP, PROJECTION_SIMPLE,
// PROJECTION_COVERED, SUBPLAN, OR, AND_SORTED, SORT_MERGE, COUNT, COUNT_SCAN, DISTINCT_SCAN,
// TEXT_MATCH, GEO_NEAR_2DSPHERE, IDHACK, EXPRESS_IXSCAN, CLUSTERED_IXSCAN, SHARDING_FILTER,
// SHARD_MERGE, UPDATE, DELETE, EOF, and of a pipeline $match, $group, $lookup, $sort, ... A scan
// has relation and schema, `index`, `index_condition` (its bounds, values as ?), `filter` (values
// as ?), `keys_examined`, `documents_examined`; a sort `sort_keys`. For all nodes rows are those
// returned, loops 1, total_ms inclusive.
#pragma once

#include <string_view>

#include "base/result.h"
#include "model/plan.h"
#include "mql/value.h"

namespace whet::plans::mongodb {

/// Does the text look like an explain of MongoDB?
[[nodiscard]] bool looks_like_plan(std::string_view text);

/// A reply of explain: explainVersion 1 and 2 (slot-based), of find, count, distinct, update,
/// delete, findAndModify and aggregate, sharded or not, at any verbosity; or the profiler's
/// execStats, which do not say of which collection they are: `of` ("shop.orders") does. No literal
/// is kept. ErrorKind::invalid, in a sentence, when it is none.
[[nodiscard]] Result<model::Plan> parse(const mql::Value& reply, std::string_view of = "");
/// The same from (extended) JSON as mongosh prints it.
[[nodiscard]] Result<model::Plan> parse(std::string_view text);

}  // namespace whet::plans::mongodb
