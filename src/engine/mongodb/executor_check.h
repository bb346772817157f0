// Whether a change may be done now.
#pragma once

#include "base/result.h"
#include "engine/mongodb/connection.h"
#include "engine/mongodb/executor.h"
#include "model/change.h"

namespace whet::engine::mongodb {

/// Privileges, the collection, the index, running builds, open transactions, members, lag, cache,
/// disk. Says in a sentence why not.
[[nodiscard]] Status check_change(Connection& connection, const model::Change& change,
                                  const ExecutorOptions& options);

}  // namespace whet::engine::mongodb
