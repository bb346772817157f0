// The engine for PostgreSQL 13 to 18.
#pragma once

#include <memory>
#include <string>

#include "base/progress.h"
#include "base/result.h"
#include "engine/engine.h"
#include "engine/postgres/render.h"

namespace whet::engine::postgres {

/// Connects. `progress` must outlive the engine: it can stop every statement.
[[nodiscard]] Result<std::unique_ptr<Engine>> open(const ConnectOptions& options,
                                                   Progress& progress);

/// An SQL script that makes a role which can see all that Whet looks at, and change nothing.
[[nodiscard]] std::string grants_script(const std::string& role);

}  // namespace whet::engine::postgres
