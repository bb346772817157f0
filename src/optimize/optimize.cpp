#include "optimize/optimize.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "base/text.h"
#include "optimize/apply.h"
#include "optimize/harm.h"
#include "optimize/hidden_trial.h"
#include "optimize/limits.h"
#include "optimize/read_preference.h"
#include "optimize/retire.h"
#include "optimize/trial.h"
#include "optimize/verify.h"

namespace whet::optimize {
namespace {

/// One run, step by step; each step reads and fills the outcome.
class Run {
 public:
  Run(const engine::Collected& collected, const Options& options, Context& context)
      : collected_(collected), options_(options), context_(context) {}

  Result<Outcome> all(const std::vector<model::Finding>& findings);

 private:
  [[nodiscard]] bool anything_to_do() const { return outcome_.count(Fate::proposed) > 0; }
  Status select(const std::vector<model::Finding>& findings);
  Status trial();
  Result<Samples> affected_reads();
  void approve();
  Status note_unfinished();
  Status act();
  Status remedies();
  Status change_and_measure(Site& site);
  Status apply_all(Site& site);
  Status judge_all(Site& site);
  Status summarize();
  void stop(const std::string& note);

  const engine::Collected& collected_;
  const Options& options_;
  Context& context_;
  Outcome outcome_;
  Evidence evidence_;
};

/// Changes that hid an index and are in force.
Result<std::vector<ledger::Entry>> hidden_by_us(Context& context) {
  using ledger::State;
  const std::string identity = WHET_TRY(context.engine.identity());
  auto entries = WHET_TRY(
      context.ledger.entries({.identity = identity, .states = {State::applied, State::verified}}));
  std::erase_if(entries, [](const ledger::Entry& entry) {
    return entry.change.action.kind != model::ActionKind::hide_index;
  });
  return entries;
}

Status Run::select(const std::vector<model::Finding>& findings) {
  const model::Snapshot& snapshot = collected_.snapshot;
  if (has_hidden_indexes(snapshot.server)) {
    const auto hidden = WHET_TRY(hidden_by_us(context_));
    std::vector<model::Finding> all = findings;
    for (auto& finding : drops_after_watch(hidden, snapshot, context_.clock.now()))
      all.push_back(std::move(finding));
    outcome_.changes = select_changes(all, snapshot, options_.select);
    soften_drops(outcome_.changes, snapshot, hidden, context_.clock.now());
  } else {
    outcome_.changes = select_changes(findings, snapshot, options_.select);
  }
  if (options_.render == nullptr) return {};
  const auto render_all = [this] {
    for (ChangeOutcome& one : outcome_.changes)
      options_.render(one.change, collected_.snapshot.server);
  };
  render_all();  // names the indexes that have none
  name_new_indexes(outcome_.changes, snapshot);
  render_all();
  return {};
}

Result<Samples> Run::affected_reads() {
  std::set<std::string> ids;
  for (const ChangeOutcome& one : outcome_.changes) {
    if (one.fate == Fate::proposed && one.change.action.kind == model::ActionKind::create_index)
      ids.insert(one.change.affected.begin(), one.change.affected.end());
  }
  const auto reads = WHET_TRY(
      context_.engine.replayable(collected_, {ids.begin(), ids.end()}, options_.panel.reads_each));
  Samples samples;
  for (const auto& read : reads) samples[read.statement_id].push_back(read.text);
  return samples;
}

Status Run::trial() {
  const bool indexes =
      std::any_of(outcome_.changes.begin(), outcome_.changes.end(), [](const auto& one) {
        return one.fate == Fate::proposed &&
               one.change.action.kind == model::ActionKind::create_index;
      });
  if (!indexes) return {};
  if (options_.sample.wanted) {
    const Samples samples = WHET_TRY(affected_reads());
    return try_on_sample(outcome_.changes, collected_.snapshot, samples, options_.sample, context_);
  }
  auto oracle = context_.engine.oracle();
  if (!oracle) {
    if (oracle.error().kind == ErrorKind::unreachable) return std::move(oracle).error();
    // A run that builds them hidden tries them then.
    const bool later = options_.apply && has_hidden_indexes(collected_.snapshot.server);
    if (!later)
      outcome_.notes.push_back("New indexes were not tried before: " + oracle.error().text());
    return {};
  }
  const Samples samples = WHET_TRY(affected_reads());
  return try_indexes(outcome_.changes, collected_.snapshot, samples, **oracle, context_.progress);
}

void Run::approve() {
  if (!options_.approve) return;
  for (ChangeOutcome& one : outcome_.changes) {
    if (one.fate != Fate::proposed || one.change.risk == model::Risk::safe) continue;
    if (!options_.approve(one)) one.fate = Fate::declined;
  }
}

void Run::stop(const std::string& note) {
  outcome_.interrupted = true;
  outcome_.notes.push_back(note);
  for (ChangeOutcome& one : outcome_.changes) {
    if (one.fate == Fate::proposed) one.fate = Fate::interrupted;
  }
}

Status Run::apply_all(Site& site) {
  bool tried = false;
  for (ChangeOutcome& one : outcome_.changes) {
    if (one.fate != Fate::proposed) continue;
    if (context_.progress.cancelled()) break;
    if (!tried && can_try_hidden(one, site)) {
      // All of them together, so that the optimizer chooses among them as it will.
      tried = true;
      WHET_TRY_VOID(try_hidden(outcome_.changes, evidence_.items, collected_.snapshot,
                               options_.measure, site, context_));
      if (one.fate != Fate::proposed) continue;
    }
    WHET_TRY_VOID(carry_out(one, site, context_));
  }
  return {};
}

Status Run::judge_all(Site& site) {
  bool changed = WHET_TRY(take_back_harm(outcome_.changes, evidence_, collected_.snapshot,
                                         options_.measure, site, context_));
  const auto statements = compare_all(evidence_.items, evidence_.before, evidence_.after,
                                      outcome_.changes, collected_.snapshot);
  const bool dropped =
      WHET_TRY(settle_changes(outcome_.changes, statements, collected_.snapshot, site, context_));
  changed = changed || dropped;
  // What is reported as the state after must be the state after.
  if (changed) evidence_.after = WHET_TRY(measure(evidence_.items, options_.measure, context_));
  return {};
}

Status Run::summarize() {
  const Drift drift = drift_of(evidence_.items, evidence_.before, evidence_.after);
  outcome_.statements = compare_all(evidence_.items, evidence_.before, evidence_.after,
                                    outcome_.changes, collected_.snapshot);
  outcome_.totals = totals_of(outcome_.statements, drift);
  const auto saved = [](const StatementOutcome& one) {
    return (one.before.median_ms - one.after.median_ms) * one.calls_per_hour;
  };
  std::stable_sort(outcome_.statements.begin(), outcome_.statements.end(),
                   [&](const StatementOutcome& a, const StatementOutcome& b) {
                     if (a.control != b.control) return b.control;
                     return saved(a) > saved(b);
                   });
  if (!drift.ratio && !outcome_.statements.empty()) {
    outcome_.notes.emplace_back(
        "Too few reads stayed untouched to tell whether the machine itself became faster or "
        "slower meanwhile.");
  }
  return {};
}

Status Run::change_and_measure(Site& site) {
  auto items = panel_statements(outcome_.changes, collected_.snapshot, options_.panel);
  items = WHET_TRY(with_reads(std::move(items), context_.engine, collected_, options_.panel));
  WHET_TRY_VOID(calibrate(items, options_.measure, options_.panel.reads_each, context_));
  int left_out = 0;
  evidence_.items = within_budget(std::move(items), options_.measure, left_out);
  if (left_out > 0) {
    outcome_.notes.push_back(text::plural(left_out, "read was", "reads were") +
                             " left out of the measurement for lack of time.");
  }
  MeasureOptions first = options_.measure;
  first.timed_out_rounds = 1;
  evidence_.before = WHET_TRY(measure(evidence_.items, first, context_));
  WHET_TRY_VOID(apply_all(site));
  if (context_.progress.cancelled())
    return Error{ErrorKind::interrupted, "Stopped while changing; see the ledger.", "", ""};
  const bool applied = outcome_.count(Fate::applied) > 0;
  evidence_.after =
      applied ? WHET_TRY(measure(evidence_.items, options_.measure, context_)) : evidence_.before;
  if (applied) WHET_TRY_VOID(judge_all(site));
  return summarize();
}

/// A dry run changes nothing, so it only tells what an earlier one left.
Status Run::note_unfinished() {
  using ledger::State;
  const std::string identity = WHET_TRY(context_.engine.identity());
  const auto open = WHET_TRY(context_.ledger.entries(
      {.identity = identity, .states = {State::planned, State::applying, State::reverting}}));
  if (open.empty()) return {};
  const auto n = static_cast<std::int64_t>(open.size());
  outcome_.notes.push_back("An earlier run left " + text::plural(n, "change", "changes") +
                           " unfinished (see 'whet ledger'); --apply settles that first.");
  return {};
}

Status Run::act() {
  const auto executor = WHET_TRY(context_.engine.executor());
  Site site{*executor, context_.engine.target(), WHET_TRY(context_.engine.identity())};
  outcome_.recovered = WHET_TRY(recover(site, context_));
  approve();
  if (anything_to_do()) WHET_TRY_VOID(change_and_measure(site));
  return remedies();
}

/// With the indexes that stay: what only makes up for a missing one is no remedy.
Status Run::remedies() {
  std::vector<ChangeOutcome> told;
  if (is_selected("query.hint", options_.select))
    told = WHET_TRY(try_hints(collected_, options_.measure, options_.remedies, context_));
  for (auto& one : told) outcome_.changes.push_back(std::move(one));
  if (!is_selected("query.read_preference", options_.select)) return {};
  told = WHET_TRY(try_read_preference(collected_, options_.measure, options_.remedies, context_));
  for (auto& one : told) outcome_.changes.push_back(std::move(one));
  return {};
}

Result<Outcome> Run::all(const std::vector<model::Finding>& findings) {
  outcome_.target = context_.engine.target();
  outcome_.started_at = context_.clock.now();
  outcome_.dry_run = !options_.apply;
  const double started = context_.clock.monotonic();
  WHET_TRY_VOID(select(findings));
  for (auto& told : proposed_limits(collected_.snapshot)) {
    if (is_selected(told.finding, options_.select)) outcome_.changes.push_back(std::move(told));
  }
  Status done = trial();
  if (done) done = options_.apply ? act() : note_unfinished();
  if (!done && done.error().kind != ErrorKind::interrupted) {
    Error error = std::move(done).error();
    const bool begun = std::any_of(outcome_.changes.begin(), outcome_.changes.end(),
                                   [](const auto& one) { return !one.ledger_id.empty(); });
    if (begun) error.hint += " 'whet ledger' shows what was done until then.";
    return error;
  }
  if (!done) stop(done.error().text());
  outcome_.elapsed_seconds = context_.clock.monotonic() - started;
  return std::move(outcome_);
}

}  // namespace

Result<Outcome> run(const engine::Collected& collected, const std::vector<model::Finding>& findings,
                    const Options& options, Context& context) {
  return Run(collected, options, context).all(findings);
}

Result<std::vector<Undone>> undo_on_target(const std::string& id, Context& context,
                                           std::vector<Recovered>& recovered) {
  const auto executor = WHET_TRY(context.engine.executor());
  Site site{*executor, context.engine.target(), WHET_TRY(context.engine.identity())};
  recovered = WHET_TRY(recover(site, context));
  return undo(id, site, context);
}

}  // namespace whet::optimize
