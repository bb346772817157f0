// Remedies that leave a read's meaning alone: optimizer hints, each tried by replaying the read
// with and without it in turns.
#pragma once

#include <vector>

#include "base/result.h"
#include "engine/engine.h"
#include "optimize/context.h"
#include "optimize/measure.h"
#include "optimize/outcome.h"

namespace whet::optimize {

struct RemedyOptions {
  std::size_t statements_at_most = 6;
  std::size_t hints_each = 6;
  double least_ms = 5;       ///< faster reads are not worth a hint
  double worth_ratio = 0.7;  ///< a hint ties the server's hands: it must give that much
  double budget_seconds = 30;
};

/// The best hint for each slow read that has one, told with its figures: a hint is written into
/// the application, by a person. Fails only when stopped or when the server is lost.
[[nodiscard]] Result<std::vector<ChangeOutcome>> try_hints(const engine::Collected& collected,
                                                           const MeasureOptions& measure,
                                                           const RemedyOptions& options,
                                                           Context& context);

}  // namespace whet::optimize
