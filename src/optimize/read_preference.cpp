#include "optimize/read_preference.h"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "optimize/verify.h"

namespace whet::optimize {
namespace {

using model::GroupMember;
using model::Statement;

// Drivers take a member that is no more than 90 s behind at the least; heartbeats are 10 s apart.
constexpr const char* preference = "readPreference=secondaryPreferred&maxStalenessSeconds=120";
constexpr double lag_at_most = 10;
// The counters of a window differ a little even between equals.
constexpr double clearly_busier = 1.5;
// Of the time of all statements: moving less relieves nobody.
constexpr double least_share = 0.05;

std::int64_t load(const GroupMember& member) { return member.reads + member.writes; }

bool may_be_read(const GroupMember& member) {
  return member.state == "SECONDARY" && member.healthy && member.reached && !member.arbiter &&
         !member.hidden && member.delay_seconds <= 0 && member.lag_seconds &&
         *member.lag_seconds < lag_at_most;
}

const GroupMember* primary_of(const model::Snapshot& snapshot) {
  for (const GroupMember& member : snapshot.replication.members) {
    // The workload is what the target did: of a secondary it says nothing about the primary.
    if (member.state == "PRIMARY" && member.self) return &member;
  }
  return nullptr;
}

bool goes_to_primary(const Statement& one) {
  return one.kind == model::StatementKind::select && !one.own && !one.nested &&
         one.total.calls > 0 && (one.read_preference.empty() || one.read_preference == "primary") &&
         one.read_concern != "linearizable";
}

double time_of_all(const model::Snapshot& snapshot) {
  double sum = 0;
  for (const Statement& one : snapshot.workload.statements)
    sum += one.own ? 0 : one.total.execution_ms;
  return sum;
}

std::vector<const Statement*> expensive_reads(const model::Snapshot& snapshot,
                                              std::size_t at_most) {
  const double least = time_of_all(snapshot) * least_share;
  std::vector<const Statement*> reads;
  for (const Statement& one : snapshot.workload.statements) {
    if (goes_to_primary(one) && one.total.execution_ms > 0 && one.total.execution_ms >= least)
      reads.push_back(&one);
  }
  std::stable_sort(reads.begin(), reads.end(), [](const Statement* a, const Statement* b) {
    return a->total.execution_ms > b->total.execution_ms;
  });
  if (reads.size() > at_most) reads.resize(at_most);
  return reads;
}

std::vector<Item> items_of(const std::vector<const Statement*>& reads) {
  std::vector<Item> items;
  for (const Statement* one : reads) {
    Item item;
    item.statement_id = one->id;
    item.text = one->text;
    item.expected_ms = one->mean_ms();
    items.push_back(std::move(item));
  }
  return items;
}

Item on_member(Item item, const std::string& address) {
  for (engine::Replayable& read : item.reads) read.on_member = address;
  return item;
}

bool comparable(const Series& series) { return series.results_stable && !series.timed_out; }

/// One read on both members, and what is known of them.
struct OnBoth {
  const model::Snapshot& snapshot;
  const Statement& statement;
  const GroupMember& primary;
  const GroupMember& secondary;
  const StatementOutcome& measured;
  bool rows_compared = false;
};

std::string figures(const OnBoth& trial) {
  const StatementOutcome& one = trial.measured;
  std::string told = fmt::format(
      "Measured in turns, from where Whet runs: {} in {} executions on the primary {}, and {} in "
      "{} on the secondary {} (ratio {}, 95 % interval {} to {})",
      text::duration(one.before.median_ms / 1000), one.before.executions, trial.primary.name,
      text::duration(one.after.median_ms / 1000), one.after.executions, trial.secondary.name,
      text::number(*one.ratio), text::number(one.ratio_low), text::number(one.ratio_high));
  if (!trial.rows_compared) {
    told += "; the rows could not be compared, since they changed meanwhile or time was short.";
  } else {
    told += one.result_changed ? ", and other rows." : ", and the same rows.";
  }
  if (one.before.plan_shape != one.after.plan_shape) told += " Their plans differ.";
  told += fmt::format(
      " The read takes {} of the time of all statements. In {} clients asked the primary for {} "
      "operations and the secondary for {}. The secondary's data was {} old.",
      text::percent(trial.statement.total.execution_ms / time_of_all(trial.snapshot)),
      text::duration(trial.snapshot.window_seconds), text::count(load(trial.primary)),
      text::count(load(trial.secondary)), text::duration(*trial.secondary.lag_seconds));
  return told;
}

/// Why it stays where it is; empty: it may go.
std::string objection(const StatementOutcome& measured) {
  if (measured.result_changed) {
    return "The secondary gave other rows than the primary: its data is older, or the read's order "
           "leaves open which rows come first. A read that needs fresh data stays on the primary.";
  }
  if (measured.verdict == Verdict::slower) return "It is slower on the secondary.";
  return "";
}

ChangeOutcome outcome_of(const OnBoth& trial) {
  ChangeOutcome out;
  const std::string against = objection(trial.measured);
  out.finding = "query.read_preference";
  out.fate = against.empty() ? Fate::told : Fate::unhelpful;
  out.reason = against.empty()
                   ? "For a person: the application asks for it, and only where data that is a "
                     "little old does no harm (not in a transaction, not right after its own "
                     "write). When a member fails, the others must be able to carry these reads."
                   : against;
  out.change.id = "query.read_preference/" + trial.statement.id;
  out.change.summary = "Let secondaries answer an expensive read: " + std::string(preference);
  out.change.reason = figures(trial);
  out.change.action.kind = model::ActionKind::manual;
  out.change.action.statement = fmt::format(
      "// In the application, for this read only (its driver's read preference, or a "
      "client of its own with this in its URL):\n// {}\n{}",
      preference, trial.statement.text);
  out.change.risk = model::Risk::medium;
  out.change.affected = {trial.statement.id};
  return out;
}

const Statement* find(const std::vector<const Statement*>& reads, const std::string& id) {
  const auto found =
      std::find_if(reads.begin(), reads.end(), [&](const Statement* one) { return one->id == id; });
  return found == reads.end() ? nullptr : *found;
}

/// The reads on both members: each item of the primary is followed by that of the secondary.
std::vector<Item> in_pairs(const std::vector<Item>& reads, const GroupMember& primary,
                           const GroupMember& secondary) {
  std::vector<Item> pairs;
  for (const Item& item : reads) {
    pairs.push_back(on_member(item, primary.name));
    pairs.push_back(on_member(item, secondary.name));
  }
  return pairs;
}

}  // namespace

const GroupMember* idle_secondary(const model::Snapshot& snapshot) {
  if (snapshot.server.engine != model::EngineKind::mongodb ||
      snapshot.server.topology != "replica set")
    return nullptr;
  const GroupMember* primary = primary_of(snapshot);
  if (primary == nullptr) return nullptr;
  const GroupMember* best = nullptr;
  for (const GroupMember& member : snapshot.replication.members) {
    if (!may_be_read(member) ||
        static_cast<double>(load(*primary)) <= clearly_busier * static_cast<double>(load(member)))
      continue;
    if (best == nullptr || load(member) < load(*best)) best = &member;
  }
  return best;
}

Result<std::vector<ChangeOutcome>> try_read_preference(const engine::Collected& collected,
                                                       const MeasureOptions& measure_options,
                                                       const RemedyOptions& options,
                                                       Context& context) {
  std::vector<ChangeOutcome> out;
  const model::Snapshot& snapshot = collected.snapshot;
  const GroupMember* secondary = idle_secondary(snapshot);
  if (secondary == nullptr) return out;
  const GroupMember& primary = *primary_of(snapshot);
  const auto reads = expensive_reads(snapshot, options.statements_at_most);
  PanelOptions panel;
  panel.reads_each = 2;
  panel.drawn_each = 4;
  auto items = WHET_TRY(with_reads(items_of(reads), context.engine, collected, panel));
  MeasureOptions limits = measure_options;
  limits.budget_seconds = std::min(limits.budget_seconds, options.budget_seconds);
  WHET_TRY_VOID(calibrate(items, limits, panel.reads_each, context));
  if (items.empty()) return out;
  context.progress.report("Trying reads on " + secondary->name, -1);
  const auto pairs = in_pairs(items, primary, *secondary);
  const auto series = WHET_TRY(measure(pairs, limits, context));
  for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) {
    const Statement* statement = find(reads, pairs[i].statement_id);
    const auto measured = compare(pairs[i], series[i], series[i + 1], Drift{});
    if (statement == nullptr || measured.verdict == Verdict::unmeasured) continue;
    const bool compared = comparable(series[i]) && comparable(series[i + 1]);
    out.push_back(outcome_of({snapshot, *statement, primary, *secondary, measured, compared}));
  }
  return out;
}

}  // namespace whet::optimize
