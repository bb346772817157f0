// Reads of the workload, run again to be measured.
#pragma once

#include <string>
#include <vector>

#include "base/progress.h"
#include "base/result.h"
#include "engine/engine.h"
#include "engine/mysql/connection.h"

namespace whet::engine::mysql {

/// Engine::replayable. Left out: reads that lock rows, use variables or wait, and those that call
/// functions which are not the server's own, for these may write.
[[nodiscard]] Result<std::vector<Replayable>> replayable_reads(
    Connection& connection, const Collected& collected,
    const std::vector<std::string>& statement_ids, int each);

/// Keeps the replays out of the statement digests where the account may do that, so that they do
/// not count as workload.
void hide_replays(Connection& connection);

/// Engine::measure. `shared_blocks` are rows that the storage engine was asked for
/// (Handler_read_*): no session is told how many pages it read.
[[nodiscard]] Result<Measurement> measure_read(Connection& connection, const Replayable& read,
                                               double timeout_seconds, Progress& progress);

}  // namespace whet::engine::mysql
