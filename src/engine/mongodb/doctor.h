// What Whet may not see of a server, or the server does not record, and how to change that.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/engine.h"
#include "engine/mongodb/connection.h"

namespace whet::engine::mongodb {

/// `progress` can stop it.
[[nodiscard]] Result<std::vector<Diagnosis>> diagnose(Connection& connection,
                                                      const Progress* progress);

}  // namespace whet::engine::mongodb
