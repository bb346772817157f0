// The engine for MySQL 5.7 to 9.x and MariaDB 10.4 to 11.x.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/progress.h"
#include "base/result.h"
#include "engine/engine.h"
#include "engine/mysql/render.h"

namespace whet::engine::mysql {

/// Connects. `progress` must outlive the engine: it can stop every statement.
[[nodiscard]] Result<std::unique_ptr<Engine>> open(const ConnectOptions& options,
                                                   Progress& progress);

/// An SQL script that makes an account which can see all that Whet looks at, and change nothing.
/// `account` is "name" or "name@host"; `databases` are those whose plans Whet shall see, none means
/// all. `fork` is mysql or mariadb.
[[nodiscard]] std::string grants_script(model::EngineKind fork, const std::string& account,
                                        const std::vector<std::string>& databases);

}  // namespace whet::engine::mysql
