// The engine for MongoDB 4.4 to 8.0: standalone, replica set, and sharded cluster through a mongos.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/progress.h"
#include "base/result.h"
#include "engine/engine.h"

namespace whet::engine::mongodb {

/// Connects. `progress` must outlive the engine: it can stop every command.
[[nodiscard]] Result<std::unique_ptr<Engine>> open(const ConnectOptions& options,
                                                   Progress& progress);

/// A mongosh script that makes a user who can see all that Whet looks at, and change nothing.
/// `databases` are those whose plans Whet shall see, none means all.
[[nodiscard]] std::string grants_script(const std::string& user,
                                        const std::vector<std::string>& databases);

/// Fills the statements, inverses, locks and preconditions of a change: mongosh commands.
void render(model::Change& change, const model::Server& server);

}  // namespace whet::engine::mongodb
