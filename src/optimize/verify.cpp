#include "optimize/verify.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "base/stats.h"
#include "base/text.h"
#include "optimize/trial.h"

namespace whet::optimize {
namespace {

constexpr int bootstrap_rounds = 1000;
constexpr double confidence = 0.95;
constexpr std::uint64_t seed = 20261123;  // any: the same figures give the same interval
constexpr std::size_t least_controls = 2;
// A control whose blocks differ more did other work, whatever its plan says.
constexpr double same_work = 0.10;
constexpr std::size_t least_samples = 3;

Timing timing_of(const Series& series) {
  Timing timing;
  timing.executions = static_cast<std::int64_t>(series.elapsed_ms.size());
  timing.median_ms = stats::median(series.elapsed_ms);
  timing.p95_ms = stats::quantile(series.elapsed_ms, 0.95);
  timing.shared_blocks = stats::median(series.shared_blocks);
  timing.plan_shape = series.plan_shape;
  return timing;
}

bool usable_control(const Item& item, const Series& before, const Series& after) {
  if (!item.control || before.plan_shape != after.plan_shape || before.timed_out || after.timed_out)
    return false;
  if (before.elapsed_ms.size() < least_samples || after.elapsed_ms.size() < least_samples ||
      stats::median(before.elapsed_ms) <= 0)
    return false;
  const double was = stats::median(before.shared_blocks);
  const double is = stats::median(after.shared_blocks);
  return std::fabs(is - was) <= same_work * std::max(was, is);
}

bool in_force(const ChangeOutcome& one) {
  return one.fate == Fate::applied || one.fate == Fate::verified;
}

bool listed(const std::vector<std::string>& list, const std::string& id) {
  return std::find(list.begin(), list.end(), id) != list.end();
}

const model::Statement* find_statement(const model::Snapshot& snapshot, const std::string& id) {
  for (const model::Statement& statement : snapshot.workload.statements) {
    if (statement.id == id) return &statement;
  }
  return nullptr;
}

bool concerns(const model::Change& change, const StatementOutcome& statement,
              const model::Snapshot& snapshot) {
  if (listed(change.affected, statement.statement_id)) return true;
  const model::Statement* known = find_statement(snapshot, statement.statement_id);
  return known != nullptr && !change.action.table.empty() &&
         touches(*known, change.action.schema, change.action.table);
}

void describe(StatementOutcome& outcome, const Series& before, const Series& after) {
  std::vector<std::string> notes;
  if (!before.problem.empty()) notes.push_back("Not measured before: " + before.problem);
  if (!after.problem.empty()) notes.push_back("Not measured after: " + after.problem);
  if (before.timed_out)
    notes.emplace_back(
        "Before, it did not finish in time: its time is the timeout, the truth is more.");
  if (after.timed_out)
    notes.emplace_back(
        "After, it did not finish in time: its time is the timeout, the truth is more.");
  if (outcome.result_changed)
    notes.emplace_back(
        "It gives other rows than before: the data changed meanwhile, or its order leaves open "
        "which "
        "rows come first.");
  outcome.note = text::join(notes, " ");
}

}  // namespace

Drift drift_of(const std::vector<Item>& items, const std::vector<Series>& before,
               const std::vector<Series>& after) {
  std::vector<double> was, is;
  std::size_t controls = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!usable_control(items[i], before[i], after[i])) continue;
    ++controls;
    // Each control counts alike, whatever its own time.
    const double unit = stats::median(before[i].elapsed_ms);
    for (const double ms : before[i].elapsed_ms) was.push_back(ms / unit);
    for (const double ms : after[i].elapsed_ms) is.push_back(ms / unit);
  }
  Drift drift;
  if (controls < least_controls) return drift;
  const auto interval = stats::ratio_interval(was, is, confidence, bootstrap_rounds, seed);
  drift.ratio = stats::median(is) / stats::median(was);
  drift.low = interval.low;
  drift.high = interval.high;
  return drift;
}

StatementOutcome compare(const Item& item, const Series& before, const Series& after,
                         const Drift& drift) {
  StatementOutcome outcome;
  outcome.statement_id = item.statement_id;
  outcome.text = item.text;
  outcome.control = item.control;
  outcome.calls_per_hour = item.calls_per_hour;
  outcome.captured = std::all_of(item.reads.begin(), item.reads.end(),
                                 [](const auto& read) { return read.captured; });
  outcome.before = timing_of(before);
  outcome.after = timing_of(after);
  // Rows that differ from round to round say nothing about the change.
  outcome.result_changed = before.results_stable && after.results_stable && !before.timed_out &&
                           !after.timed_out && before.result_digest != after.result_digest;
  describe(outcome, before, after);
  const std::size_t least_before = before.timed_out ? 1 : least_samples;
  if (before.elapsed_ms.size() < least_before || after.elapsed_ms.size() < least_samples ||
      outcome.before.median_ms <= 0)
    return outcome;
  const double drifted = drift.ratio.value_or(1);
  const auto interval = stats::ratio_interval(before.elapsed_ms, after.elapsed_ms, confidence,
                                              bootstrap_rounds, seed);
  outcome.ratio = outcome.after.median_ms / outcome.before.median_ms / drifted;
  outcome.ratio_low = interval.low / drifted;
  outcome.ratio_high = interval.high / drifted;
  const double slower_ms = outcome.after.median_ms / drifted - outcome.before.median_ms;
  if (outcome.ratio_high < 1 && *outcome.ratio <= gain_ratio) {
    outcome.verdict = Verdict::faster;
  } else if (outcome.ratio_low > regression_ratio && slower_ms > regression_ms) {
    outcome.verdict = Verdict::slower;
  } else {
    outcome.verdict = Verdict::unchanged;
  }
  return outcome;
}

std::vector<StatementOutcome> compare_all(const std::vector<Item>& items,
                                          const std::vector<Series>& before,
                                          const std::vector<Series>& after,
                                          const std::vector<ChangeOutcome>& changes,
                                          const model::Snapshot& snapshot) {
  const Drift drift = drift_of(items, before, after);
  std::vector<StatementOutcome> outcomes;
  outcomes.reserve(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    outcomes.push_back(compare(items[i], before[i], after[i], drift));
    for (const ChangeOutcome& one : changes) {
      if (in_force(one) && concerns(one.change, outcomes.back(), snapshot))
        outcomes.back().changes.push_back(one.change.id);
    }
  }
  return outcomes;
}

Totals totals_of(const std::vector<StatementOutcome>& statements, const Drift& drift) {
  Totals totals;
  for (const StatementOutcome& one : statements) {
    if (one.control || one.verdict == Verdict::unmeasured) continue;
    ++totals.statements;
    totals.faster += one.verdict == Verdict::faster ? 1 : 0;
    totals.slower += one.verdict == Verdict::slower ? 1 : 0;
    totals.unchanged += one.verdict == Verdict::unchanged ? 1 : 0;
    totals.seconds_per_hour_before += one.before.median_ms / 1000 * one.calls_per_hour;
    totals.seconds_per_hour_after +=
        one.after.median_ms / 1000 * one.calls_per_hour / drift.ratio.value_or(1);
  }
  totals.drift = drift.ratio;
  totals.drift_low = drift.low;
  totals.drift_high = drift.high;
  return totals;
}

bool uses_index(const std::string& plan_shape, const std::string& index) {
  const auto part_of_name = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || static_cast<unsigned char>(c) >= 0x80;
  };
  if (index.empty()) return false;
  for (auto at = plan_shape.find(index); at != std::string::npos;
       at = plan_shape.find(index, at + 1)) {
    const bool begins = at == 0 || !part_of_name(plan_shape[at - 1]);
    const std::size_t end = at + index.size();
    if (begins && (end == plan_shape.size() || !part_of_name(plan_shape[end]))) return true;
  }
  return false;
}

}  // namespace whet::optimize
