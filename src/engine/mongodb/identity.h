// Names a deployment across addresses and restarts, for the ledger.
#pragma once

#include <string>

#include "base/progress.h"
#include "base/result.h"
#include "engine/mongodb/connection.h"

namespace whet::engine::mongodb {

/// "mongodb-<id>/<database>": of the cluster, of the replica set, or of the server. Without the
/// privilege to read them, of its name.
[[nodiscard]] Result<std::string> identity_for_ledger(Connection& connection,
                                                      const Progress* progress);

}  // namespace whet::engine::mongodb
