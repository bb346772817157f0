// A replica set from its replies. Pure functions.
#pragma once

#include <cstdint>
#include <vector>

#include "model/replication.h"
#include "mql/value.h"

namespace whet::engine::mongodb {

/// Of replSetGetStatus and replSetGetConfig; either may be missing (null). In the order of the
/// configuration.
[[nodiscard]] std::vector<model::GroupMember> members_of(const mql::Value& status,
                                                         const mql::Value& config);

[[nodiscard]] model::ReplicaSet set_of(const mql::Value& status, const mql::Value& config);

/// The defaults that clients get. `members` and `version` say what holds when none is set.
void add_concerns(model::ReplicaSet& set, const mql::Value& reply,
                  const std::vector<model::GroupMember>& members, std::int64_t version);

/// Size of the oplog of one document of $collStats, and how far back its first entry is.
[[nodiscard]] model::BinaryLogs oplog_of(const mql::Value& stats, const mql::Value& first,
                                         double now);

/// Seconds since 1970 of a date or a timestamp; 0 for anything else.
[[nodiscard]] double time_of(const mql::Value* value);

}  // namespace whet::engine::mongodb
