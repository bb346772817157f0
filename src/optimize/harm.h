// Taking back what did harm, and what did nothing.
#pragma once

#include <vector>

#include "base/result.h"
#include "optimize/apply.h"
#include "optimize/context.h"
#include "optimize/measure.h"
#include "optimize/outcome.h"

namespace whet::optimize {

/// What was measured, before and after.
struct Evidence {
  std::vector<Item> items;
  std::vector<Series> before, after;
};

/// For every statement that became slower: takes back one suspect after the other, measuring the
/// statement again after each, until it is no longer slower or no suspect is left. The series after
/// are brought up to date. True when anything was taken back.
[[nodiscard]] Result<bool> take_back_harm(std::vector<ChangeOutcome>& changes, Evidence& evidence,
                                          const model::Snapshot& snapshot,
                                          const MeasureOptions& options, Site& site,
                                          Context& context);

/// Judges every applied change by the statements and writes it into the ledger; takes back the new
/// indexes that gave nothing. True when anything was taken back.
[[nodiscard]] Result<bool> settle_changes(std::vector<ChangeOutcome>& changes,
                                          const std::vector<StatementOutcome>& statements,
                                          const model::Snapshot& snapshot, Site& site,
                                          Context& context);

}  // namespace whet::optimize
