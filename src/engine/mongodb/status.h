// serverStatus as values with dotted names. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "model/server.h"
#include "mql/value.h"

namespace whet::engine::mongodb {

/// The values of a document, however deep, sorted by their dotted names; the parts of a name keep
/// the server's own spelling ("wiredTiger.cache.bytes currently in the cache"). Booleans are 1 and
/// 0; times, lists and ids are left out, and of commands, stages and operators that were never
/// used.
[[nodiscard]] std::vector<model::StatusValue> status_values(const mql::Value& reply);

/// The values of a second reading joined to those of the first, both sorted by name: the later
/// total, and what it grew by. Values that only one of them has have no window.
void join_samples(std::vector<model::StatusValue>& first, std::vector<model::StatusValue> second);

}  // namespace whet::engine::mongodb
