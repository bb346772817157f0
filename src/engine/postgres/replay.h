// Reads of the workload, run again to be measured.
#pragma once

#include <string>
#include <vector>

#include "base/progress.h"
#include "base/result.h"
#include "engine/engine.h"
#include "engine/postgres/connection.h"

namespace whet::engine::postgres {

/// Engine::replayable. Reads with functions that are volatile (nextval, random, pg_sleep, ...) are
/// left out: they change something, or give another result each time.
[[nodiscard]] Result<std::vector<Replayable>> replayable_reads(
    Connection& connection, const Collected& collected,
    const std::vector<std::string>& statement_ids, int each);

/// Keeps the replays out of pg_stat_statements where the role may do that (superusers), so that
/// they do not count as workload.
void hide_replays(Connection& connection);

/// Engine::measure.
[[nodiscard]] Result<Measurement> measure_read(Connection& connection, const Replayable& read,
                                               double timeout_seconds, Progress& progress);

/// `text` with $n replaced by values[n - 1], which are complete SQL expressions.
[[nodiscard]] std::string with_values(std::string_view text,
                                      const std::vector<std::string>& values);

}  // namespace whet::engine::postgres
