// From findings to an ordered plan of changes. Pure.
#pragma once

#include <string>
#include <vector>

#include "model/finding.h"
#include "model/snapshot.h"
#include "optimize/outcome.h"

namespace whet::optimize {

struct SelectOptions {
  /// Ids or prefixes of findings ("index", "index.unused"), or ids of changes; empty: all.
  std::vector<std::string> only, skip;
  model::Risk max_risk = model::Risk::medium;
};

/// Whether --only and --skip let a finding's changes through.
[[nodiscard]] bool is_selected(const std::string& finding, const SelectOptions& options);

/// Every change of the findings, those to be done (Fate::proposed) in the order of doing: settings
/// first (index builds gain from them), statistics, maintenance, new indexes, rebuilds, and what
/// takes something away last. The others carry the reason why not. Findings that only watch give
/// nothing.
///
/// Of changes that do the same, or contradict each other, the one of the more important finding
/// stays, with the affected statements of both. No two indexes are dropped that can only be spared
/// because of each other.
[[nodiscard]] std::vector<ChangeOutcome> select_changes(const std::vector<model::Finding>& findings,
                                                        const model::Snapshot& snapshot,
                                                        const SelectOptions& options);

/// Gives each new index a name that nothing in its schema and no other new index has: a number is
/// added where its own is taken. Indexes without a name stay so.
void name_new_indexes(std::vector<ChangeOutcome>& changes, const model::Snapshot& snapshot);

}  // namespace whet::optimize
