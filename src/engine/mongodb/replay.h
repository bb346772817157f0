// Reads of the workload that can be run again, and one run of them.
#pragma once

#include <string>
#include <vector>

#include "base/progress.h"
#include "base/result.h"
#include "engine/engine.h"
#include "engine/mongodb/connection.h"

namespace whet::engine::mongodb {

/// Reads of these statements as they were seen; where none were, with values of sampled documents.
/// At most `each` for one statement.
[[nodiscard]] Result<std::vector<Replayable>> replayable_reads(
    Connection& connection, const Collected& collected,
    const std::vector<std::string>& statement_ids, int each);

/// Runs a read to its end, with readConcern local, for at most `timeout_seconds`.
[[nodiscard]] Result<Measurement> measure_read(Connection& connection, const Replayable& read,
                                               double timeout_seconds, Progress& progress);

/// The command as it is run again: without what was for that one time only. Pure.
[[nodiscard]] mql::Value replayed(const mql::Value& body);

}  // namespace whet::engine::mongodb
