// The trial of new indexes where no planner can say what an index would cost that is not there:
// built hidden, measured by sessions that use hidden indexes beside sessions that do not, revealed
// when they win, dropped when not.
#pragma once

#include <vector>

#include "base/result.h"
#include "model/snapshot.h"
#include "optimize/apply.h"
#include "optimize/context.h"
#include "optimize/measure.h"
#include "optimize/outcome.h"

namespace whet::optimize {

/// Whether it is a proposed new index that the target can have hidden.
[[nodiscard]] bool can_try_hidden(const ChangeOutcome& one, Site& site);

/// Tries all of these. Until an index is revealed its entry in the ledger is `applying`, so that
/// after a crash the next run removes it. Afterwards each is applied (with what was measured),
/// unhelpful and dropped, refused, or failed. An index that no measured read has to do with is
/// revealed: nothing speaks against it. When stopped, all are dropped.
[[nodiscard]] Status try_hidden(std::vector<ChangeOutcome>& changes, const std::vector<Item>& items,
                                const model::Snapshot& snapshot, const MeasureOptions& options,
                                Site& site, Context& context);

}  // namespace whet::optimize
