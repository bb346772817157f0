// Names a deployment across addresses and restarts, for the ledger.
#pragma once

#include <string>

#include "base/progress.h"
#include "base/result.h"
#include "engine/mongodb/connection.h"

namespace whet::engine::mongodb {

/// "mongodb-" and a hash of the cluster's, replica set's or server's own id; without the privilege
/// to read that, of the set's name and members. All databases of a deployment are one target.
[[nodiscard]] Result<std::string> identity_for_ledger(Connection& connection,
                                                      const Progress* progress);

}  // namespace whet::engine::mongodb
