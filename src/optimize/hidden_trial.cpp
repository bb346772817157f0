#include "optimize/hidden_trial.h"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "optimize/trial.h"
#include "optimize/verify.h"

namespace whet::optimize {
namespace {

using ledger::State;
using model::ActionKind;

bool listed(const std::vector<std::string>& list, const std::string& id) {
  return std::find(list.begin(), list.end(), id) != list.end();
}

const model::Statement* find_statement(const model::Snapshot& snapshot, const std::string& id) {
  for (const model::Statement& statement : snapshot.workload.statements) {
    if (statement.id == id) return &statement;
  }
  return nullptr;
}

bool concerns(const model::Change& change, const std::string& statement_id,
              const model::Snapshot& snapshot) {
  if (listed(change.affected, statement_id)) return true;
  const model::Statement* known = find_statement(snapshot, statement_id);
  return known != nullptr && touches(*known, change.action.schema, change.action.table);
}

double cost_per_hour(const StatementOutcome& one, double ms) {
  return ms * std::max(1.0, one.calls_per_hour);
}

/// What the trial says of one index.
struct Judged {
  bool keep = false;
  std::string reason, measurements;
};

class HiddenTrial {
 public:
  HiddenTrial(std::vector<ChangeOutcome>& changes, const std::vector<Item>& items,
              const model::Snapshot& snapshot, const MeasureOptions& options, Site& site,
              Context& context)
      : changes_(changes),
        items_(items),
        snapshot_(snapshot),
        options_(options),
        site_(site),
        context_(context) {}

  Status all();

 private:
  Status build();
  Status measure_both();
  Status settle();
  Status keep(ChangeOutcome& one, const Judged& judged);
  Status drop(ChangeOutcome& one, Fate fate, const Judged& judged, Progress& progress);
  [[nodiscard]] Judged judge(const model::Change& change) const;
  Error give_up(Error error);

  std::vector<ChangeOutcome>& changes_;
  const std::vector<Item>& items_;
  const model::Snapshot& snapshot_;
  const MeasureOptions& options_;
  Site& site_;
  Context& context_;
  std::vector<std::size_t> built_;  // positions in changes_ of what is there, hidden
  std::vector<StatementOutcome> statements_;
};

Status HiddenTrial::build() {
  for (std::size_t i = 0; i < changes_.size(); ++i) {
    ChangeOutcome& one = changes_[i];
    if (!can_try_hidden(one, site_)) continue;
    if (context_.progress.cancelled())
      return Error{ErrorKind::interrupted, "Stopped while indexes were built for a trial.", "", ""};
    if (!WHET_TRY(begin_change(one, site_, context_))) continue;
    const double started = context_.clock.monotonic();
    const Status done = site_.executor.build_hidden(one.change, context_.progress);
    one.elapsed_seconds = context_.clock.monotonic() - started;
    if (done) {
      built_.push_back(i);
      continue;
    }
    WHET_TRY_VOID(settle_failure(one, done.error(), site_, context_));
    if (done.error().kind == ErrorKind::interrupted) return done.error();
  }
  return {};
}

/// Each statement in turns without and with the hidden indexes, round by round.
Status HiddenTrial::measure_both() {
  std::vector<Item> both;
  for (const Item& item : items_) {
    const bool concerned = std::any_of(built_.begin(), built_.end(), [&](std::size_t i) {
      return concerns(changes_[i].change, item.statement_id, snapshot_);
    });
    if (item.control || !concerned) continue;
    both.push_back(item);
    both.push_back(item);
    for (engine::Replayable& read : both.back().reads) read.with_hidden = true;
  }
  const auto series = WHET_TRY(measure(both, options_, context_));
  for (std::size_t i = 0; i + 1 < both.size(); i += 2)
    statements_.push_back(compare(both[i], series[i], series[i + 1], Drift{}));
  return {};
}

/// On a busy machine times may differ too much to tell, and the work still be far less.
bool far_less_work(const StatementOutcome& one) {
  constexpr double part = 0.5;
  return one.verdict == Verdict::unchanged && *one.ratio < 1 && one.before.shared_blocks > 0 &&
         one.after.shared_blocks <= part * one.before.shared_blocks;
}

std::string gain_of(const StatementOutcome& best, int better) {
  const std::string reads =
      fmt::format("Tried hidden: {} measured {}", better, better == 1 ? "read is" : "reads are");
  if (best.verdict == Verdict::faster) {
    return fmt::format("{} faster with it; the best took {} without and {} with it.", reads,
                       text::duration(best.before.median_ms / 1000),
                       text::duration(best.after.median_ms / 1000));
  }
  return fmt::format(
      "{} done with far less work; the best read {} blocks or rows without and {} with it, while "
      "times differed too much from run to run.",
      reads, text::number(best.before.shared_blocks), text::number(best.after.shared_blocks));
}

Judged HiddenTrial::judge(const model::Change& change) const {
  const std::string& index = change.action.index->name;
  Judged judged;
  std::vector<std::string> figures;
  const StatementOutcome* best = nullptr;
  double saved = 0, lost = 0;
  int measured = 0, better = 0;
  for (const StatementOutcome& one : statements_) {
    if (one.verdict == Verdict::unmeasured || !concerns(change, one.statement_id, snapshot_))
      continue;
    // Reads of the same table that it is not for say nothing of its use, only of its harm.
    if (change.affected.empty() || listed(change.affected, one.statement_id)) ++measured;
    if (!uses_index(one.after.plan_shape, index)) continue;
    figures.push_back(to_json(one));
    const double less = one.before.median_ms - one.after.median_ms;
    if (one.verdict == Verdict::slower) lost -= cost_per_hour(one, less);
    if (one.verdict != Verdict::faster && !far_less_work(one)) continue;
    ++better;
    saved += cost_per_hour(one, less);
    if (best == nullptr || *one.ratio < *best->ratio) best = &one;
  }
  if (!figures.empty()) judged.measurements = "[" + text::join(figures, ",") + "]";
  if (measured == 0) {
    judged.keep = true;
    judged.reason = "Not tried: none of the statements that it is for could be measured.";
  } else if (serves_foreign_key(change, snapshot_)) {
    judged.keep = true;
    judged.reason = "It serves the checks of a foreign key, which no read shows.";
  } else if (best == nullptr) {
    judged.reason = "Tried hidden, and dropped: no measured read became faster by it.";
  } else if (lost >= saved) {
    judged.reason = "Tried hidden, and dropped: it slows reads more than it helps others.";
  } else {
    judged.keep = true;
    judged.reason = gain_of(*best, better);
  }
  return judged;
}

Status HiddenTrial::keep(ChangeOutcome& one, const Judged& judged) {
  const double started = context_.clock.monotonic();
  const Status shown = site_.executor.reveal(one.change, context_.progress);
  one.elapsed_seconds = one.elapsed_seconds.value_or(0) + context_.clock.monotonic() - started;
  if (!shown) return settle_failure(one, shown.error(), site_, context_);
  one.fate = Fate::applied;
  return context_.ledger.advance(
      one.ledger_id, {State::applied, context_.clock.now(), judged.reason, judged.measurements});
}

Status HiddenTrial::drop(ChangeOutcome& one, Fate fate, const Judged& judged, Progress& progress) {
  one.reason = judged.reason;
  const Status gone = site_.executor.revert(one.change, progress);
  if (!gone) {
    one.fate = Fate::failed;
    // The entry stays `applying`: the next run removes what is left before anything else.
    one.reason += " It could not be removed yet: " + gone.error().text();
    return gone.error().kind == ErrorKind::unreachable ? gone : Status();
  }
  one.fate = fate;
  return context_.ledger.advance(
      one.ledger_id, {State::failed, context_.clock.now(), judged.reason, judged.measurements});
}

Status HiddenTrial::settle() {
  // What is dropped goes first: then the others are revealed as they will stay.
  for (const bool keeps : {false, true}) {
    for (const std::size_t i : built_) {
      const Judged judged = judge(changes_[i].change);
      if (judged.keep != keeps) continue;
      WHET_TRY_VOID(keeps ? keep(changes_[i], judged)
                          : drop(changes_[i], Fate::unhelpful, judged, context_.progress));
    }
  }
  return {};
}

/// A trial that did not come to its end leaves nothing.
Error HiddenTrial::give_up(Error error) {
  if (error.kind == ErrorKind::unreachable) return error;  // the next run does it
  NoProgress patient;
  for (const std::size_t i : built_) {
    if (changes_[i].fate != Fate::proposed) continue;
    const Status dropped =
        drop(changes_[i], error.kind == ErrorKind::interrupted ? Fate::interrupted : Fate::failed,
             {false, "Its trial did not come to its end; it was dropped.", ""}, patient);
    if (!dropped) return dropped.error();
  }
  return error;
}

Status HiddenTrial::all() {
  Status done = build();
  if (done && !built_.empty()) {
    context_.progress.report("Trying hidden indexes", -1);
    done = measure_both();
    if (done) done = settle();
  }
  return done ? done : Status(give_up(std::move(done).error()));
}

}  // namespace

bool can_try_hidden(const ChangeOutcome& one, Site& site) {
  return one.fate == Fate::proposed && one.change.action.kind == ActionKind::create_index &&
         one.change.action.index && site.executor.can_try_hidden(one.change);
}

Status try_hidden(std::vector<ChangeOutcome>& changes, const std::vector<Item>& items,
                  const model::Snapshot& snapshot, const MeasureOptions& options, Site& site,
                  Context& context) {
  return HiddenTrial(changes, items, snapshot, options, site, context).all();
}

}  // namespace whet::optimize
