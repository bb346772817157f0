#include "optimize/trial.h"

#include <algorithm>
#include <map>
#include <string>

#include <fmt/format.h>

#include "advise/index/algebra.h"
#include "base/text.h"
#include "optimize/measure.h"

namespace whet::optimize {
namespace {

using model::ActionKind;
using model::HypotheticalIndex;

// Planner costs are not exact to the percent: less is no gain. Source: checks PG-IDX-010.
constexpr double least_gain = 0.10;

HypotheticalIndex hypothetical(const model::Change& change) {
  return {change.action.schema, change.action.table, *change.action.index};
}

bool tried(const ChangeOutcome& one) {
  return one.fate == Fate::proposed && one.change.action.kind == ActionKind::create_index &&
         one.change.action.index && !one.change.action.index->method.empty();
}

class Trials {
 public:
  Trials(std::vector<ChangeOutcome>& changes, const model::Snapshot& snapshot,
         const Samples& samples, model::Oracle& oracle)
      : changes_(changes), snapshot_(snapshot), oracle_(oracle), texts_(samples) {
    for (const model::Statement& statement : snapshot.workload.statements)
      texts_.try_emplace(statement.id, std::vector<std::string>{statement.text});
  }

  void alone(ChangeOutcome& one);
  void together();

 private:
  /// The mean cost of the statement's texts with these indexes.
  Result<model::WhatIf> ask(const std::vector<std::string>& texts,
                            const std::vector<HypotheticalIndex>& added);
  /// The same without any.
  const Result<double>& before(const std::string& id, const std::vector<std::string>& texts);

  std::vector<ChangeOutcome>& changes_;
  const model::Snapshot& snapshot_;
  model::Oracle& oracle_;
  Samples texts_;
  std::map<std::string, Result<double>> before_;
};

Result<model::WhatIf> Trials::ask(const std::vector<std::string>& texts,
                                  const std::vector<HypotheticalIndex>& added) {
  model::WhatIf all;
  for (const std::string& text : texts) {
    const auto one = WHET_TRY(oracle_.cost(text, added));
    all.cost += one.cost / static_cast<double>(texts.size());
    for (const std::size_t position : one.used) {
      if (std::find(all.used.begin(), all.used.end(), position) == all.used.end())
        all.used.push_back(position);
    }
  }
  return all;
}

const Result<double>& Trials::before(const std::string& id, const std::vector<std::string>& texts) {
  auto found = before_.find(id);
  if (found == before_.end()) {
    auto asked = ask(texts, {});
    found = before_
                .emplace(id, asked ? Result<double>(asked->cost)
                                   : Result<double>(std::move(asked).error()))
                .first;
  }
  return found->second;
}

void Trials::alone(ChangeOutcome& one) {
  Trial trial;
  trial.oracle = oracle_.name();
  const HypotheticalIndex index = hypothetical(one.change);
  const auto bytes = oracle_.size_bytes(index);
  if (bytes) trial.index_bytes = *bytes;
  bool helps = false;
  for (const std::string& id : one.change.affected) {
    const auto text = texts_.find(id);
    if (text == texts_.end()) continue;
    const Result<double>& without = before(id, text->second);
    const auto with = without ? ask(text->second, {index}) : Result<model::WhatIf>(without.error());
    if (!with) {
      trial.problem = without_literals(with.error());
      continue;
    }
    const TrialCost cost{id, *without, with->cost, !with->used.empty()};
    helps = helps || (cost.used && cost.after <= cost.before * (1 - least_gain));
    trial.costs.push_back(cost);
  }
  if (!trial.costs.empty()) {
    trial.problem.clear();
    if (!helps && !serves_foreign_key(one.change, snapshot_)) {
      one.fate = Fate::unhelpful;
      one.reason = fmt::format("{} expects no plan to become {} cheaper by it.", trial.oracle,
                               text::percent(least_gain));
    }
  } else if (trial.problem.empty()) {
    trial.problem = "No statement of the workload is known to gain by it.";
  }
  one.trial = std::move(trial);
}

void Trials::together() {
  std::vector<HypotheticalIndex> all;
  std::vector<std::size_t> owners;
  for (std::size_t i = 0; i < changes_.size(); ++i) {
    if (!tried(changes_[i])) continue;
    all.push_back(hypothetical(changes_[i].change));
    owners.push_back(i);
  }
  if (all.size() < 2) return;
  std::vector<bool> used(changes_.size(), false);
  std::map<std::string, bool> asked;
  for (const std::size_t owner : owners) {
    for (const std::string& id : changes_[owner].change.affected) {
      const auto text = texts_.find(id);
      if (text == texts_.end() || !asked.emplace(id, true).second) continue;
      const auto answer = ask(text->second, all);
      // A question without an answer must not cost an index its place.
      if (!answer) used[owner] = true;
      for (const std::size_t position : answer ? answer->used : std::vector<std::size_t>())
        used[owners[position]] = true;
    }
  }
  for (const std::size_t owner : owners) {
    ChangeOutcome& one = changes_[owner];
    if (used[owner] || one.trial->costs.empty() || serves_foreign_key(one.change, snapshot_))
      continue;
    one.fate = Fate::unhelpful;
    one.reason = "Beside the other new indexes no plan uses it, as " + oracle_.name() + " says.";
  }
}

}  // namespace

bool serves_foreign_key(const model::Change& change, const model::Snapshot& snapshot) {
  if (!change.action.index) return false;
  for (const model::Table& table : snapshot.schema.tables) {
    if (table.schema != change.action.schema || table.name != change.action.table) continue;
    for (const model::Constraint& constraint : table.constraints) {
      if (constraint.kind != model::ConstraintKind::foreign_key ||
          !advise::supports_foreign_key(*change.action.index, constraint))
        continue;
      const bool served =
          std::any_of(table.indexes.begin(), table.indexes.end(), [&](const model::Index& index) {
            return index.usable() && advise::supports_foreign_key(index, constraint);
          });
      if (!served) return true;
    }
  }
  return false;
}

Status try_indexes(std::vector<ChangeOutcome>& changes, const model::Snapshot& snapshot,
                   const Samples& samples, model::Oracle& oracle, Progress& progress) {
  Trials trials(changes, snapshot, samples, oracle);
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (!tried(changes[i])) continue;
    if (progress.cancelled())
      return Error{ErrorKind::interrupted, "Stopped during the trials; nothing was changed.", "",
                   ""};
    progress.report("Trial: " + changes[i].change.summary,
                    static_cast<double>(i) / static_cast<double>(changes.size()));
    trials.alone(changes[i]);
  }
  trials.together();
  return {};
}

}  // namespace whet::optimize
