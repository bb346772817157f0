#include "optimize/remedies.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "optimize/hints.h"
#include "optimize/hints_mongodb.h"
#include "optimize/verify.h"

namespace whet::optimize {
namespace {

/// A read with its hints; the items of the reads with them follow its own.
struct Candidate {
  const model::Statement* statement = nullptr;
  std::size_t plain = 0;  ///< its item
  std::vector<Hint> hints;
};

class HintTrial {
 public:
  HintTrial(const engine::Collected& collected, const MeasureOptions& measure,
            const RemedyOptions& options, Context& context)
      : snapshot_(collected.snapshot),
        collected_(collected),
        measure_(measure),
        options_(options),
        context_(context) {
    measure_.budget_seconds = std::min(measure_.budget_seconds, options_.budget_seconds);
  }

  Result<std::vector<ChangeOutcome>> all();

 private:
  [[nodiscard]] std::vector<Item> slow_reads() const;
  [[nodiscard]] std::optional<model::Plan> plan_of(const Item& item);
  void add(const Item& item);
  [[nodiscard]] std::optional<ChangeOutcome> best_of(const Candidate& one,
                                                     const std::vector<Series>& series) const;

  const model::Snapshot& snapshot_;
  const engine::Collected& collected_;
  MeasureOptions measure_;
  const RemedyOptions& options_;
  Context& context_;
  std::vector<Item> items_;
  std::vector<Candidate> candidates_;
};

const model::Statement* find(const model::Snapshot& snapshot, const std::string& id) {
  for (const model::Statement& one : snapshot.workload.statements) {
    if (one.id == id) return &one;
  }
  return nullptr;
}

std::vector<Item> HintTrial::slow_reads() const {
  std::vector<Item> items;
  for (const model::Statement& one : snapshot_.workload.statements) {
    if (items.size() >= options_.statements_at_most) break;
    if (one.kind != model::StatementKind::select || one.own || one.nested || one.total.calls == 0 ||
        one.mean_ms() < options_.least_ms)
      continue;
    Item item;
    item.statement_id = one.id;
    item.text = one.text;
    item.expected_ms = one.mean_ms();
    items.push_back(std::move(item));
  }
  return items;
}

/// The plan as it is now, after whatever was changed.
std::optional<model::Plan> HintTrial::plan_of(const Item& item) {
  auto plan = context_.engine.explain(item.reads.front().text, false);
  if (plan) return std::move(plan).value();
  const model::Statement* statement = find(snapshot_, item.statement_id);
  return statement == nullptr ? std::nullopt : statement->plan;
}

void HintTrial::add(const Item& item) {
  const auto plan = plan_of(item);
  const model::Statement* statement = find(snapshot_, item.statement_id);
  if (!plan || statement == nullptr) return;
  Candidate one;
  one.statement = statement;
  one.plain = items_.size();
  items_.push_back(item);
  const bool mongodb = snapshot_.server.engine == model::EngineKind::mongodb;
  const auto hints =
      mongodb ? mongodb_hints(*statement, *plan, snapshot_, options_.hints_each)
              : hint_candidates(statement->text, *plan, snapshot_.server, options_.hints_each);
  for (const Hint& hint : hints) {
    Item hinted = item;
    for (engine::Replayable& read : hinted.reads)
      read.text = with_hint(read.text, hint, snapshot_.server);
    if (hinted.reads.front().text.empty()) continue;
    one.hints.push_back(hint);
    items_.push_back(std::move(hinted));
  }
  if (one.hints.empty()) {
    items_.pop_back();
    return;
  }
  candidates_.push_back(std::move(one));
}

/// Told with its figures; nothing when no hint is worth it.
std::optional<ChangeOutcome> HintTrial::best_of(const Candidate& one,
                                                const std::vector<Series>& series) const {
  std::optional<StatementOutcome> best;
  const Hint* chosen = nullptr;
  for (std::size_t i = 0; i < one.hints.size(); ++i) {
    const std::size_t hinted = one.plain + 1 + i;
    const StatementOutcome outcome =
        compare(items_[one.plain], series[one.plain], series[hinted], Drift{});
    if (outcome.verdict != Verdict::faster || outcome.result_changed ||
        *outcome.ratio > options_.worth_ratio || (best && *outcome.ratio >= *best->ratio))
      continue;
    best = outcome;
    chosen = &one.hints[i];
  }
  if (!best) return std::nullopt;
  ChangeOutcome told;
  told.finding = "query.hint";
  told.fate = Fate::told;
  told.reason = "For a person: it is written into the application's statement.";
  told.change.id = "query.hint/" + one.statement->id;
  told.change.summary = "Hint for a slow read: the server " + chosen->aim;
  told.change.reason = fmt::format(
      "Measured in {} and {} executions in turns: {} without it and {} with it (ratio {}, 95 % "
      "interval {} to {}), and the same rows.",
      best->before.executions, best->after.executions,
      text::duration(best->before.median_ms / 1000), text::duration(best->after.median_ms / 1000),
      text::number(*best->ratio), text::number(best->ratio_low), text::number(best->ratio_high));
  told.change.action.kind = model::ActionKind::manual;
  told.change.action.statement = with_hint(one.statement->text, *chosen, snapshot_.server);
  if (chosen->form == HintForm::option) {
    const std::string all = hint_for_all(*one.statement, *chosen, snapshot_.server);
    if (!all.empty()) told.change.action.statement += "\n" + all;
  }
  told.change.affected = {one.statement->id};
  return told;
}

Result<std::vector<ChangeOutcome>> HintTrial::all() {
  std::vector<ChangeOutcome> told;
  PanelOptions panel;
  panel.reads_each = 2;
  panel.drawn_each = 4;
  auto reads = WHET_TRY(with_reads(slow_reads(), context_.engine, collected_, panel));
  WHET_TRY_VOID(calibrate(reads, measure_, panel.reads_each, context_));
  for (const Item& item : reads) add(item);
  if (candidates_.empty()) return told;
  context_.progress.report("Trying hints", -1);
  const auto series = WHET_TRY(measure(items_, measure_, context_));
  for (const Candidate& one : candidates_) {
    if (auto best = best_of(one, series)) told.push_back(*std::move(best));
  }
  return told;
}

}  // namespace

Result<std::vector<ChangeOutcome>> try_hints(const engine::Collected& collected,
                                             const MeasureOptions& measure,
                                             const RemedyOptions& options, Context& context) {
  const auto engine = collected.snapshot.server.engine;
  if (engine == model::EngineKind::postgresql) return std::vector<ChangeOutcome>{};
  return HintTrial(collected, measure, options, context).all();
}

}  // namespace whet::optimize
