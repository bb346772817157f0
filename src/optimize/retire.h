// Indexes go softly: hidden first, where the server can, watched for a while, and only then
// dropped. Pure.
#pragma once

#include <vector>

#include "ledger/ledger.h"
#include "model/finding.h"
#include "model/snapshot.h"
#include "optimize/outcome.h"

namespace whet::optimize {

/// So long an index stays hidden before a run drops it: a week has every job that runs weekly.
inline constexpr double watch_seconds = 7 * 86400.0;

/// Whether the server has indexes that are kept up to date and not used.
[[nodiscard]] bool has_hidden_indexes(const model::Server& server);

/// Turns each proposed drop of an index in use into hiding it. One that a run hid less than
/// watch_seconds ago waits.
void soften_drops(std::vector<ChangeOutcome>& changes, const model::Snapshot& snapshot,
                  const std::vector<ledger::Entry>& hidden, double now);

/// The drops of indexes that an earlier run hid (its entries that are in force) and that nobody has
/// shown again within watch_seconds.
[[nodiscard]] std::vector<model::Finding> drops_after_watch(
    const std::vector<ledger::Entry>& hidden, const model::Snapshot& snapshot, double now);

}  // namespace whet::optimize
