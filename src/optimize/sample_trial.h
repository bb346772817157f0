// Trials of new indexes on a sample of the data: in a scratch database, which is journalled before
// it is made and removed whatever happens.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "optimize/context.h"
#include "optimize/outcome.h"
#include "optimize/trial.h"

namespace whet::optimize {

struct SampleOptions {
  bool wanted = false;
  std::string url;  ///< of the server that holds the sample; empty: the target itself
};

/// try_indexes with the engine's laboratory as the oracle. What an earlier run left there goes
/// first, as far as the ledger knows of it.
[[nodiscard]] Status try_on_sample(std::vector<ChangeOutcome>& changes,
                                   const model::Snapshot& snapshot, const Samples& samples,
                                   const SampleOptions& options, Context& context);

}  // namespace whet::optimize
