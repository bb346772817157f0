// Looking at the operations that run, and keeping the commands that were seen.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/mongodb/collector.h"
#include "mql/value.h"

namespace whet::engine::mongodb {

[[nodiscard]] mql::Value current_op(bool all_users, bool idle);

/// All operations, or Whet's user's own where no more is allowed (which is noted).
[[nodiscard]] std::optional<std::vector<mql::Value>> look_at_operations(Collector& c, bool idle);

}  // namespace whet::engine::mongodb
