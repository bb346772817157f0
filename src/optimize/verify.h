// Judging: what the measurements before and after say about each statement and each change. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/snapshot.h"
#include "optimize/measure.h"
#include "optimize/outcome.h"

namespace whet::optimize {

/// A slowdown counts when even the low end of its interval is beyond this ratio ...
inline constexpr double regression_ratio = 1.2;
/// ... and when it costs more than this for one execution.
inline constexpr double regression_ms = 1.0;
/// A speed-up counts when the high end of its interval is below 1 and the ratio at or below this.
inline constexpr double gain_ratio = 0.95;

/// How much faster or slower the machine became meanwhile, by the controls.
struct Drift {
  std::optional<double> ratio;  ///< after / before
  double low = 0, high = 0;     ///< 95 % bootstrap interval
};

/// From the controls whose plan stayed the same; absent with fewer than two of them.
[[nodiscard]] Drift drift_of(const std::vector<Item>& items, const std::vector<Series>& before,
                             const std::vector<Series>& after);

/// One statement before and after. The times after are divided by the drift.
[[nodiscard]] StatementOutcome compare(const Item& item, const Series& before, const Series& after,
                                       const Drift& drift);

/// All of them, with the ids of the applied changes that concern each: those that name it, and
/// those of its tables.
[[nodiscard]] std::vector<StatementOutcome> compare_all(const std::vector<Item>& items,
                                                        const std::vector<Series>& before,
                                                        const std::vector<Series>& after,
                                                        const std::vector<ChangeOutcome>& changes,
                                                        const model::Snapshot& snapshot);

[[nodiscard]] Totals totals_of(const std::vector<StatementOutcome>& statements, const Drift& drift);

/// Whether the plan (engine::Measurement::plan_shape) uses the index.
[[nodiscard]] bool uses_index(const std::string& plan_shape, const std::string& index);

/// Applied changes that may have slowed the statement, the likeliest first: a new index that its
/// plan uses now, a dropped one that it used, statistics, settings that reads feel. Positions in
/// `changes`; only those that can be taken back.
[[nodiscard]] std::vector<std::size_t> suspects(const StatementOutcome& statement,
                                                const std::vector<ChangeOutcome>& changes);

struct Judgement {
  Fate fate = Fate::applied;  ///< applied, verified, or reverted when it is to be taken back
  std::string reason;
};

/// What the measurements say of one of the applied changes, regressions aside. A read that a new
/// index makes faster says nothing for the others.
[[nodiscard]] Judgement judge(const ChangeOutcome& change,
                              const std::vector<ChangeOutcome>& changes,
                              const std::vector<StatementOutcome>& statements,
                              const model::Snapshot& snapshot);

}  // namespace whet::optimize
