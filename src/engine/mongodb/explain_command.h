// A query's plan, for whoever asks for it.
#pragma once

#include <string>

#include "base/progress.h"
#include "base/result.h"
#include "engine/mongodb/connection.h"
#include "model/plan.h"

namespace whet::engine::mongodb {

/// The plan of a complete command in mongosh's syntax or as JSON (no ? left). With `analyze` it
/// runs; only commands that read are run. Writes are planned, never run.
[[nodiscard]] Result<model::Plan> explain_for_user(Connection& connection,
                                                   const std::string& statement, bool analyze,
                                                   const Progress* progress);

}  // namespace whet::engine::mongodb
