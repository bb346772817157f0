// The trial of new indexes before anything is done: what would the affected statements cost?
#pragma once

#include <vector>

#include "base/progress.h"
#include "base/result.h"
#include "model/oracle.h"
#include "model/snapshot.h"
#include "optimize/outcome.h"

namespace whet::optimize {

/// Asks the oracle about every proposed new index, alone and together with the others. One that
/// makes no affected statement at least 10 % cheaper, or that no plan uses beside the others,
/// becomes unhelpful. One that supports a foreign key stays: deletes do not show it in their plans.
/// Where the oracle cannot answer, the trial says why and the change stays.
[[nodiscard]] Status try_indexes(std::vector<ChangeOutcome>& changes,
                                 const model::Snapshot& snapshot, model::Oracle& oracle,
                                 Progress& progress);

/// Whether the change's index is the one that a foreign key of its table needs.
[[nodiscard]] bool serves_foreign_key(const model::Change& change, const model::Snapshot& snapshot);

}  // namespace whet::optimize
