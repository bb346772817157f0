// Measuring reads: the workload's own, again and again in interleaved rounds.
#pragma once

#include <string>
#include <vector>

#include "base/progress.h"
#include "base/result.h"
#include "engine/engine.h"
#include "model/snapshot.h"
#include "optimize/context.h"
#include "optimize/outcome.h"

namespace whet::optimize {

/// A statement of the workload with the reads that stand for it.
struct Item {
  std::string statement_id;
  std::string text;      ///< normalised
  bool control = false;  ///< no change of the plan touches its tables
  double calls_per_hour = 0;
  double expected_ms = 0;                 ///< of one execution, by the workload's counters
  std::vector<engine::Replayable> reads;  ///< one for each set of parameters
};

/// What was measured of an item in one phase. One sample is one round: the mean over its reads.
struct Series {
  std::vector<double> elapsed_ms;
  std::vector<double> shared_blocks;
  std::string plan_shape;      ///< of all its reads
  std::string result_digest;   ///< of all its reads in the last round
  bool results_stable = true;  ///< the same rows in every round
  bool timed_out = false;      ///< at least one read: its time is the timeout, and more in truth
  std::string problem;         ///< why there is no sample; empty when there is one
};

struct MeasureOptions {
  int rounds = 9;        ///< at most, after a warm-up round that does not count
  int least_rounds = 3;  ///< for slow items, whatever the budget
  double budget_seconds = 60;
  double timeout_seconds = 15;  ///< for one read
  /// Executions of an item of which a read does not finish in time. One is enough before a change
  /// (that it takes longer is a fact); after it, it must not be an accident.
  int timed_out_rounds = 3;
};

struct PanelOptions {
  std::size_t affected_at_most = 40;
  std::size_t others_at_most = 15;  ///< important reads of changed tables, or of all with settings
  std::size_t controls_at_most = 8;
  int reads_each = 3;  ///< for one statement
  int drawn_each = 6;  ///< of which the reads_each most like the workload are kept
};

/// The statements to measure: those that the changes should help, other important reads of the
/// changed tables, and controls, which nothing touches. Reads only; by their total time. Pure.
[[nodiscard]] std::vector<Item> panel_statements(const std::vector<ChangeOutcome>& changes,
                                                 const model::Snapshot& snapshot,
                                                 const PanelOptions& options);

/// Fills the reads from the engine; items without any are left out.
[[nodiscard]] Result<std::vector<Item>> with_reads(std::vector<Item> items, engine::Engine& engine,
                                                   const engine::Collected& collected,
                                                   const PanelOptions& options);

/// Fits the items into the budget: slow ones keep fewer sets of parameters, and those that do not
/// fit are left out, from the end of each kind; `left_out` says how many. The first three of each
/// kind stay whatever they take, and so do those that take next to nothing. Pure.
[[nodiscard]] std::vector<Item> within_budget(std::vector<Item> items,
                                              const MeasureOptions& options, int& left_out);

/// An error of a complete read, for reports: the server's sentence could quote the read's values.
[[nodiscard]] std::string without_literals(const Error& error);

/// Whether a server setting can make a read faster or slower: planner, memory, parallelism, JIT.
[[nodiscard]] bool affects_reads(const model::Action& action);

/// Of the reads whose parameters were drawn, keeps the `keep` whose time is nearest to the mean
/// that the workload's counters show: parameters from planner statistics can be far heavier, or
/// lighter, than what the application asks for. Each is run once, for at most eight times that
/// mean. Captured reads stay as they are. Fails only when stopped or when the server is lost.
[[nodiscard]] Status calibrate(std::vector<Item>& items, const MeasureOptions& options, int keep,
                               Context& context);

/// Measures in rounds over all items, so that what disturbs the machine disturbs all alike. An item
/// that takes more than its share of the budget gets fewer rounds, and for one that takes seconds
/// the warm-up counts. A read that the server refuses leaves its item without samples. Fails only
/// when stopped or when the server is lost.
[[nodiscard]] Result<std::vector<Series>> measure(const std::vector<Item>& items,
                                                  const MeasureOptions& options, Context& context);

/// Whether the statement reads the table, by its plan or else by its text.
[[nodiscard]] bool touches(const model::Statement& statement, const std::string& schema,
                           const std::string& table);

}  // namespace whet::optimize
