// The loop: recover, select, try, measure, apply, measure again, judge, take back what did harm or
// nothing.
#pragma once

#include <functional>
#include <vector>

#include "base/result.h"
#include "engine/engine.h"
#include "model/finding.h"
#include "optimize/context.h"
#include "optimize/measure.h"
#include "optimize/outcome.h"
#include "optimize/recover.h"
#include "optimize/remedies.h"
#include "optimize/sample_trial.h"
#include "optimize/select.h"

namespace whet::optimize {

struct Options {
  SelectOptions select;
  MeasureOptions measure;
  PanelOptions panel;
  RemedyOptions remedies;
  SampleOptions sample;
  bool apply = false;  ///< false: a dry run, which opens no writing connection
  /// Asked once for each change whose risk is above safe, before anything is done. Empty: all are
  /// approved.
  std::function<bool(const ChangeOutcome&)> approve;
  /// Fills statements for showing (engine/postgres/render.h).
  engine::Renderer render = nullptr;
};

/// Runs the loop on what was collected and found. A run that Ctrl-C stops gives an Outcome with
/// `interrupted` set: what was applied until then stays, is not verified, and the ledger says so.
/// Errors: the target or the ledger is out of reach, or another Whet is changing the target.
[[nodiscard]] Result<Outcome> run(const engine::Collected& collected,
                                  const std::vector<model::Finding>& findings,
                                  const Options& options, Context& context);

/// Opens the executor, settles what earlier runs left, then undoes (see recover.h).
[[nodiscard]] Result<std::vector<Undone>> undo_on_target(const std::string& id, Context& context,
                                                         std::vector<Recovered>& recovered);

}  // namespace whet::optimize
