#include "advise/candidates/choose.h"

#include <algorithm>
#include <map>

#include "base/text.h"

namespace whet::advise {

namespace {

using model::HypotheticalIndex;
using model::Statement;

class Chooser {
 public:
  Chooser(const std::vector<Candidate>& candidates, model::Oracle& oracle,
          const ChooseLimits& limits)
      : candidates_(candidates), oracle_(oracle), limits_(limits), trials_(candidates.size()) {}

  Result<Choice> run() {
    for (std::size_t i = 0; i < candidates_.size(); ++i) try_alone(i);
    if (before_.empty() && first_error_) return *first_error_;
    pick();
    confirm();
    return std::move(choice_);
  }

 private:
  struct Trial {
    std::map<const Statement*, double> costs;  ///< with the candidate alone, where it is used
    double weight = 0;                         ///< execution time of its statements
    double gain = 0;                           ///< of that, by which the costs fall
    std::string reason;                        ///< why it is out; empty: it is in the running
  };

  std::optional<model::WhatIf> ask(const Statement& statement,
                                   const std::vector<HypotheticalIndex>& added);
  std::optional<double> before(const Statement& statement);
  std::vector<const Statement*> statements_of(std::size_t candidate) const;
  void try_alone(std::size_t candidate);
  double marginal(std::size_t candidate) const;
  void pick();
  void take(std::size_t candidate);
  void confirm();
  std::vector<std::size_t> unused_together();
  void reject(std::size_t candidate, std::string reason);

  const std::vector<Candidate>& candidates_;
  model::Oracle& oracle_;
  const ChooseLimits& limits_;
  std::vector<Trial> trials_;
  std::map<const Statement*, double> before_;
  std::map<const Statement*, double> best_;  ///< with what is chosen so far
  std::optional<Error> first_error_;
  Choice choice_;
};

std::optional<model::WhatIf> Chooser::ask(const Statement& statement,
                                          const std::vector<HypotheticalIndex>& added) {
  if (choice_.oracle_calls >= limits_.max_oracle_calls) return std::nullopt;
  ++choice_.oracle_calls;
  auto answer = oracle_.cost(statement.text, added);
  if (answer.ok()) return std::move(answer).value();
  if (!first_error_) first_error_ = std::move(answer).error();
  return std::nullopt;
}

std::optional<double> Chooser::before(const Statement& statement) {
  const auto at = before_.find(&statement);
  if (at != before_.end()) return at->second;
  const auto answer = ask(statement, {});
  if (!answer || answer->cost <= 0) return std::nullopt;
  before_.emplace(&statement, answer->cost);
  return answer->cost;
}

std::vector<const Statement*> Chooser::statements_of(std::size_t candidate) const {
  std::vector<const Statement*> out;
  for (const Need& need : candidates_[candidate].needs) {
    if (std::find(out.begin(), out.end(), need.statement) == out.end())
      out.push_back(need.statement);
  }
  return out;
}

void Chooser::try_alone(std::size_t candidate) {
  Trial& trial = trials_[candidate];
  bool answered = false;
  for (const Statement* statement : statements_of(candidate)) {
    const auto now = before(*statement);
    if (!now) continue;
    const auto answer = ask(*statement, {candidates_[candidate].hypothetical()});
    if (!answer) continue;
    answered = true;
    trial.weight += statement->total.execution_ms;
    if (answer->used.empty() || answer->cost >= *now) continue;
    trial.costs.emplace(statement, answer->cost);
    trial.gain += statement->total.execution_ms * (1 - answer->cost / *now);
  }
  if (!answered) {
    trial.reason = choice_.oracle_calls >= limits_.max_oracle_calls
                       ? "the limit of " + std::to_string(limits_.max_oracle_calls) +
                             " questions to the planner was reached"
                       : "its statements could not be planned";
  } else if (trial.costs.empty()) {
    trial.reason = "the planner does not use it";
  } else if (trial.gain < limits_.min_gain * trial.weight) {
    trial.reason = "it lowers the cost of its statements by " +
                   text::percent(trial.gain / trial.weight) + " only";
  }
}

// What the candidate gains on top of what is chosen, in milliseconds of the workload.
double Chooser::marginal(std::size_t candidate) const {
  double gain = 0;
  for (const auto& [statement, cost] : trials_[candidate].costs) {
    const double now = before_.at(statement);
    const auto at = best_.find(statement);
    const double reached = at == best_.end() ? now : at->second;
    gain += statement->total.execution_ms * std::max(0.0, reached - cost) / now;
  }
  return gain;
}

void Chooser::reject(std::size_t candidate, std::string reason) {
  choice_.rejected.push_back({candidate, std::move(reason)});
}

void Chooser::take(std::size_t candidate) {
  choice_.candidates.push_back(candidate);
  for (const auto& [statement, cost] : trials_[candidate].costs) {
    const auto [at, made] = best_.try_emplace(statement, cost);
    if (!made) at->second = std::min(at->second, cost);
  }
}

void Chooser::pick() {
  std::vector<std::size_t> left;
  for (std::size_t i = 0; i < trials_.size(); ++i) {
    if (trials_[i].reason.empty()) {
      left.push_back(i);
    } else {
      reject(i, trials_[i].reason);
    }
  }
  while (!left.empty()) {
    // The first of equals: candidates come with the most expensive statements first.
    const auto best = std::max_element(
        left.begin(), left.end(), [this](auto a, auto b) { return marginal(a) < marginal(b); });
    const std::size_t candidate = *best;
    left.erase(best);
    if (marginal(candidate) < limits_.min_gain * trials_[candidate].weight) {
      reject(candidate, "the chosen ones gain nearly as much for its statements");
      continue;
    }
    if (choice_.candidates.size() >= limits_.max_indexes) {
      reject(candidate,
             "the limit of " + std::to_string(limits_.max_indexes) + " indexes was reached");
      continue;
    }
    const auto bytes = oracle_.size_bytes(candidates_[candidate].hypothetical());
    const double size = bytes.ok() ? *bytes : 0;
    if (limits_.max_bytes && (!bytes.ok() || choice_.bytes + size > *limits_.max_bytes)) {
      reject(candidate, bytes.ok() ? "it would exceed the disk budget" : "its size is not known");
      continue;
    }
    choice_.bytes += size;
    take(candidate);
  }
}

// Plans every statement that they touch with all chosen ones. The chosen that no plan uses.
std::vector<std::size_t> Chooser::unused_together() {
  std::vector<HypotheticalIndex> set;
  for (const std::size_t candidate : choice_.candidates)
    set.push_back(candidates_[candidate].hypothetical());
  std::vector<bool> used(set.size(), false);
  std::map<const Statement*, double> after;
  for (const std::size_t candidate : choice_.candidates) {
    for (const Statement* statement : statements_of(candidate)) {
      if (!before_.contains(statement) || after.contains(statement)) continue;
      const auto answer = ask(*statement, set);
      if (!answer) continue;
      after.emplace(statement, answer->cost);
      for (const std::size_t position : answer->used) {
        if (position < used.size()) used[position] = true;
      }
      choice_.statements.push_back({statement, before_.at(statement), answer->cost});
    }
  }
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < used.size() && !after.empty(); ++i) {
    if (!used[i]) out.push_back(choice_.candidates[i]);
  }
  return out;
}

void Chooser::confirm() {
  while (!choice_.candidates.empty()) {
    choice_.statements.clear();
    const auto unused = unused_together();
    if (unused.empty()) break;
    for (const std::size_t candidate : unused) {
      std::erase(choice_.candidates, candidate);
      reject(candidate, "beside the other chosen ones the planner does not use it");
      const auto bytes = oracle_.size_bytes(candidates_[candidate].hypothetical());
      if (bytes.ok()) choice_.bytes -= *bytes;
    }
  }
  if (choice_.candidates.empty()) choice_.statements.clear();
}

}  // namespace

Result<Choice> choose_indexes(const std::vector<Candidate>& candidates, model::Oracle& oracle,
                              const ChooseLimits& limits) {
  return Chooser(candidates, oracle, limits).run();
}

}  // namespace whet::advise
