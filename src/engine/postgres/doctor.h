// What Whet may not see of a server, or the server does not record, and how to change that.
#pragma once

#include <vector>

#include "base/result.h"
#include "engine/engine.h"
#include "engine/postgres/connection.h"

namespace whet::engine::postgres {

[[nodiscard]] Result<std::vector<Diagnosis>> diagnose(Connection& connection);

/// The part of it that is about the server's log and auto_explain.
[[nodiscard]] Result<std::vector<Diagnosis>> diagnose_log(Connection& connection);

}  // namespace whet::engine::postgres
