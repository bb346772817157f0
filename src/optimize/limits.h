// Time limits for statements, from how long the workload's own take. Pure.
#pragma once

#include <vector>

#include "model/snapshot.h"
#include "optimize/outcome.h"

namespace whet::optimize {

/// Told, never done by Whet, since a limit ends statements: a limit for all reads (MySQL
/// max_execution_time, MongoDB maxTimeMS) or for each account (MariaDB MAX_STATEMENT_TIME) where
/// there is none, well
/// above the slowest thousandth of each statement; and one of its own (a hint) for a statement that
/// is far slower than all others and would push it up. Silent where the workload is too short for
/// that.
[[nodiscard]] std::vector<ChangeOutcome> proposed_limits(const model::Snapshot& snapshot);

}  // namespace whet::optimize
