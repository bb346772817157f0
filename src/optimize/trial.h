// The trial of new indexes before anything is done: what would the affected statements cost?
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/progress.h"
#include "base/result.h"
#include "model/oracle.h"
#include "model/snapshot.h"
#include "optimize/outcome.h"

namespace whet::optimize {

/// Complete reads that stand for a statement, by its id. A plan with parameters left open cannot
/// show that a partial index fits, or that a value is rare.
using Samples = std::map<std::string, std::vector<std::string>>;

/// Asks the oracle about every proposed new index, alone and together with the others. One that
/// makes no affected statement at least 10 % cheaper, or that no plan uses beside the others,
/// becomes unhelpful. One that supports a foreign key stays: deletes do not show it in their plans.
/// Where the oracle cannot answer, the trial says why and the change stays.
[[nodiscard]] Status try_indexes(std::vector<ChangeOutcome>& changes,
                                 const model::Snapshot& snapshot, const Samples& samples,
                                 model::Oracle& oracle, Progress& progress);

/// Whether the change's index is the one that a foreign key of its table needs.
[[nodiscard]] bool serves_foreign_key(const model::Change& change, const model::Snapshot& snapshot);

}  // namespace whet::optimize
