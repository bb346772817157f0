#include "advise/advisor/refine.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace whet::advise {

namespace {

constexpr double loss_weight = 10;  // of what a statement loses beyond the limit

class Refiner {
 public:
  Refiner(const Problem& problem, const AskPlanner& ask, const RefineLimits& limits, Choice& choice)
      : problem_(problem), ask_(ask), limits_(limits), choice_(choice), best_(choice.present) {}

  Status refine();

 private:
  using Costs = std::vector<double>;

  [[nodiscard]] Result<const Answer*> plan(std::size_t q, const Bits& set);
  [[nodiscard]] double objective(std::size_t q, double cost) const;
  [[nodiscard]] Result<double> change(const Bits& set, const std::set<std::size_t>& tables);
  [[nodiscard]] double standing(const Bits& set) const;
  [[nodiscard]] bool allowed(const Bits& set) const;
  [[nodiscard]] bool enough() const {
    return asked_ >= limits_.questions || (problem_.limits.stop && problem_.limits.stop());
  }
  [[nodiscard]] Result<bool> try_set(const Bits& set, const std::set<std::size_t>& tables);
  [[nodiscard]] Result<bool> take_out();
  [[nodiscard]] Result<bool> put_in();
  [[nodiscard]] Result<bool> exchange();
  [[nodiscard]] Status tell();
  [[nodiscard]] std::vector<std::size_t> chosen() const;
  void find_tables();

  const Problem& problem_;
  const AskPlanner& ask_;
  const RefineLimits& limits_;
  Choice& choice_;
  Bits best_;
  Costs costs_;  ///< objectives with best_
  std::map<std::pair<std::size_t, std::vector<std::size_t>>, Answer> answers_;
  std::vector<std::set<std::size_t>> tables_;  ///< of each statement, by its indexes
  std::size_t asked_ = 0;
};

Result<const Answer*> Refiner::plan(std::size_t q, const Bits& set) {
  const Bits relevant = set & problem_.statements[q].relevant;
  std::vector<std::size_t> on;
  relevant.each([&](std::size_t i) { on.push_back(i); });
  const auto found = answers_.find({q, on});
  if (found != answers_.end()) return &found->second;
  ++asked_;
  const Answer answer = WHET_TRY(ask_(q, relevant));
  return &answers_.emplace(std::pair(q, std::move(on)), answer).first->second;
}

double Refiner::objective(std::size_t q, double cost) const {
  const double before = choice_.before[q];
  const double limit = before * (1 + limits_.max_regression);
  const double counted = cost > limit ? limit + loss_weight * (cost - limit) : cost;
  return counted * problem_.statements[q].weight;
}

// What a set costs by itself: its upkeep, and what each index must earn.
double Refiner::standing(const Bits& set) const {
  double sum = 0;
  set.each([&](std::size_t i) {
    const ChoiceIndex& index = problem_.indexes[i];
    sum += index.upkeep;
    if (!index.exists)
      sum += choice_.total_before *
             (problem_.limits.min_gain + problem_.limits.min_gain_per_byte * index.bytes);
  });
  return sum;
}

bool Refiner::allowed(const Bits& set) const {
  double bytes = 0;
  std::map<std::size_t, std::size_t> counts;
  bool good = true;
  set.each([&](std::size_t i) {
    const ChoiceIndex& index = problem_.indexes[i];
    if (index.exists) return;
    bytes += index.bytes;
    good = good && ++counts[index.table] <= problem_.limits.per_table;
  });
  return good && bytes <= problem_.limits.bytes;
}

// By how much the objective changes; statements of other tables stay as they are.
Result<double> Refiner::change(const Bits& set, const std::set<std::size_t>& tables) {
  double sum = standing(set) - standing(best_);
  for (std::size_t q = 0; q < problem_.statements.size(); ++q) {
    if (choice_.before[q] < 0) continue;
    const bool touched = std::any_of(tables.begin(), tables.end(),
                                     [&](std::size_t one) { return tables_[q].contains(one); });
    if (!touched) continue;
    const Answer* answer = WHET_TRY(plan(q, set));
    sum += objective(q, answer->cost) - costs_[q];
  }
  return sum;
}

Result<bool> Refiner::try_set(const Bits& set, const std::set<std::size_t>& tables) {
  if (!allowed(set)) return false;
  const double gain = -WHET_TRY(change(set, tables));
  // Figures of a model: what is less is none.
  if (gain <= 1e-6 * choice_.total_before) return false;
  best_ = set;
  for (std::size_t q = 0; q < problem_.statements.size(); ++q) {
    if (choice_.before[q] >= 0) costs_[q] = objective(q, WHET_TRY(plan(q, best_))->cost);
  }
  return true;
}

std::vector<std::size_t> Refiner::chosen() const {
  std::vector<std::size_t> out;
  best_.each([&](std::size_t i) {
    if (!problem_.indexes[i].exists) out.push_back(i);
  });
  return out;
}

Result<bool> Refiner::take_out() {
  bool better = false;
  // Few questions, asked even when time is up: what harms must go.
  for (const std::size_t i : chosen()) {
    Bits set = best_;
    set.reset(i);
    if (WHET_TRY(try_set(set, {problem_.indexes[i].table}))) better = true;
  }
  return better;
}

Result<bool> Refiner::put_in() {
  bool better = false;
  for (std::size_t i = 0; i < problem_.indexes.size() && !enough(); ++i) {
    const ChoiceIndex& index = problem_.indexes[i];
    if (index.exists || !std::isfinite(index.bytes) || best_.test(i)) continue;
    Bits set = best_;
    set.set(i);
    if (WHET_TRY(try_set(set, {index.table}))) better = true;
  }
  return better;
}

Result<bool> Refiner::exchange() {
  bool better = false;
  for (const std::size_t out : chosen()) {
    for (std::size_t i = 0; i < problem_.indexes.size() && !enough(); ++i) {
      const ChoiceIndex& index = problem_.indexes[i];
      if (index.exists || !std::isfinite(index.bytes) || best_.test(i) || !best_.test(out) ||
          index.table != problem_.indexes[out].table)
        continue;
      Bits set = best_;
      set.reset(out);
      set.set(i);
      if (WHET_TRY(try_set(set, {index.table}))) {
        better = true;
        break;
      }
    }
  }
  return better;
}

Status Refiner::tell() {
  choice_.present = best_;
  choice_.bytes = 0;
  choice_.total_after = 0;
  best_.each([&](std::size_t i) {
    choice_.total_after += problem_.indexes[i].upkeep;
    if (!problem_.indexes[i].exists) choice_.bytes += problem_.indexes[i].bytes;
  });
  for (std::size_t q = 0; q < problem_.statements.size(); ++q) {
    if (choice_.before[q] < 0) continue;
    const Answer* answer = WHET_TRY(plan(q, best_));
    choice_.after[q] = answer->cost;
    choice_.used[q] = answer->used;
    choice_.total_after += problem_.statements[q].weight * answer->cost;
  }
  return {};
}

void Refiner::find_tables() {
  for (const ChoiceStatement& statement : problem_.statements) {
    std::set<std::size_t> tables;
    statement.relevant.each([&](std::size_t i) { tables.insert(problem_.indexes[i].table); });
    tables_.push_back(std::move(tables));
  }
}

Status Refiner::refine() {
  find_tables();
  costs_.assign(problem_.statements.size(), 0);
  for (std::size_t q = 0; q < problem_.statements.size(); ++q) {
    if (choice_.before[q] >= 0) costs_[q] = objective(q, WHET_TRY(plan(q, best_))->cost);
  }
  for (bool better = true; better;) {
    better = WHET_TRY(take_out());
    if (enough()) continue;
    better = WHET_TRY(exchange()) || better;
    better = WHET_TRY(put_in()) || better;
  }
  return tell();
}

}  // namespace

Status refine(const Problem& problem, const AskPlanner& ask, const RefineLimits& limits,
              Choice& choice) {
  return Refiner(problem, ask, limits, choice).refine();
}

}  // namespace whet::advise
