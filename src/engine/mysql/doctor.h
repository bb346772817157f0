// What Whet may not see of a server, or the server does not record, and how to change that.
#pragma once

#include <vector>

#include "base/result.h"
#include "engine/engine.h"
#include "engine/mysql/connection.h"

namespace whet::engine::mysql {

[[nodiscard]] Result<std::vector<Diagnosis>> diagnose(Connection& connection);

}  // namespace whet::engine::mysql
