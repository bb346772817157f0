#include "advise/choose/selection.h"

#include <algorithm>
#include <limits>

namespace whet::advise {

namespace {

constexpr double tiny = 1e-9;
constexpr double hopeless = 0.02;

double cost_under(const std::vector<Package>& packages, const Bits& present) {
  for (const Package& package : packages) {
    if (package.uses.subset_of(present)) return package.cost;
  }
  return std::numeric_limits<double>::infinity();
}

// A set in the making, with what each statement costs under it.
struct State {
  Bits present;
  double total = 0;
  double bytes = 0;
  std::vector<double> costs;
};

class Search {
 public:
  Search(const Problem& problem, const Packages& packages)
      : problem_(problem), packages_(packages), users_(problem.indexes.size()) {
    for (std::size_t q = 0; q < packages.size(); ++q) {
      Bits all(problem.indexes.size());
      for (const Package& package : packages[q]) all |= package.uses;
      all.each([&](std::size_t i) { users_[i].push_back(q); });
    }
  }

  [[nodiscard]] State state_of(Bits present) const;
  [[nodiscard]] State empty() const;
  void improve(State& set) const;
  [[nodiscard]] const Bits* best_package(const State& set, bool by_density) const;
  void fill(State& set, bool by_density) const;
  void drop(State& set, std::size_t index) const;

 private:
  [[nodiscard]] bool fits(const State& set) const;
  [[nodiscard]] bool room_for(const State& set, const Bits& added, double bytes) const;
  [[nodiscard]] double gain_of(const State& set, const Bits& added) const;
  [[nodiscard]] double loss_of(const State& set, std::size_t index) const;
  [[nodiscard]] std::vector<std::size_t> touched_by(const Bits& added) const;
  void add(State& set, const Bits& added) const;
  void prune(State& set) const;
  [[nodiscard]] bool make_room(State& set, const Bits& kept) const;
  bool try_package(State& set, const Package& package) const;

  const Problem& problem_;
  const Packages& packages_;
  std::vector<std::vector<std::size_t>> users_;  ///< statements with a package that uses the index
};

State Search::state_of(Bits present) const {
  State set;
  set.present = std::move(present);
  for (std::size_t q = 0; q < packages_.size(); ++q) {
    set.costs.push_back(cost_under(packages_[q], set.present));
    set.total += problem_.statements[q].weight * set.costs.back();
  }
  set.present.each([&](std::size_t i) {
    set.bytes += problem_.indexes[i].bytes;
    set.total += problem_.indexes[i].upkeep;
  });
  return set;
}

State Search::empty() const {
  Bits present(problem_.indexes.size());
  for (std::size_t i = 0; i < problem_.indexes.size(); ++i) {
    if (problem_.indexes[i].exists) present.set(i);
  }
  return state_of(std::move(present));
}

bool Search::room_for(const State& set, const Bits& added, double bytes) const {
  if (set.bytes + bytes > problem_.limits.bytes * (1 + tiny)) return false;
  if (problem_.limits.per_table >= problem_.indexes.size()) return true;
  std::vector<std::size_t> tables;
  (set.present | added).each([&](std::size_t i) {
    if (!problem_.indexes[i].exists) tables.push_back(problem_.indexes[i].table);
  });
  std::sort(tables.begin(), tables.end());
  std::size_t run = 0;
  for (std::size_t i = 0; i < tables.size(); ++i) {
    run = i > 0 && tables[i] == tables[i - 1] ? run + 1 : 1;
    if (run > problem_.limits.per_table) return false;
  }
  return true;
}

bool Search::fits(const State& set) const {
  return room_for(set, Bits(problem_.indexes.size()), 0);
}

std::vector<std::size_t> Search::touched_by(const Bits& added) const {
  std::vector<std::size_t> touched;
  added.each(
      [&](std::size_t i) { touched.insert(touched.end(), users_[i].begin(), users_[i].end()); });
  std::sort(touched.begin(), touched.end());
  touched.erase(std::unique(touched.begin(), touched.end()), touched.end());
  return touched;
}

// What the total falls by, all told, when these come in.
double Search::gain_of(const State& set, const Bits& added) const {
  const Bits with = set.present | added;
  const Bits fresh = added - set.present;
  double gain = 0;
  fresh.each([&](std::size_t i) { gain -= problem_.indexes[i].upkeep; });
  for (const std::size_t q : touched_by(fresh))
    gain += problem_.statements[q].weight * (set.costs[q] - cost_under(packages_[q], with));
  return gain;
}

double Search::loss_of(const State& set, std::size_t index) const {
  Bits without = set.present;
  without.reset(index);
  double loss = -problem_.indexes[index].upkeep;
  for (const std::size_t q : users_[index])
    loss += problem_.statements[q].weight * (cost_under(packages_[q], without) - set.costs[q]);
  return loss;
}

void Search::add(State& set, const Bits& added) const {
  const Bits fresh = added - set.present;
  set.present |= added;
  fresh.each([&](std::size_t i) {
    set.bytes += problem_.indexes[i].bytes;
    set.total += problem_.indexes[i].upkeep;
  });
  for (const std::size_t q : touched_by(fresh)) {
    const double now = cost_under(packages_[q], set.present);
    set.total += problem_.statements[q].weight * (now - set.costs[q]);
    set.costs[q] = now;
  }
}

void Search::drop(State& set, std::size_t index) const {
  set.present.reset(index);
  set.bytes -= problem_.indexes[index].bytes;
  set.total -= problem_.indexes[index].upkeep;
  for (const std::size_t q : users_[index]) {
    const double now = cost_under(packages_[q], set.present);
    set.total += problem_.statements[q].weight * (now - set.costs[q]);
    set.costs[q] = now;
  }
}

// Takes out what costs more than it gains, the least worthy first.
void Search::prune(State& set) const {
  for (bool again = true; again;) {
    again = false;
    double worst = 0;
    std::size_t at = 0;
    set.present.each([&](std::size_t i) {
      const ChoiceIndex& index = problem_.indexes[i];
      if (index.keep || (index.exists && index.upkeep <= 0)) return;
      // Of two that are equally useless, the larger one goes first.
      const double worth = loss_of(set, i) - tiny * set.total - tiny * index.bytes;
      if (worth >= worst) return;
      worst = worth;
      at = i;
      again = true;
    });
    if (again) drop(set, at);
  }
}

bool Search::make_room(State& set, const Bits& kept) const {
  while (!fits(set)) {
    double least = std::numeric_limits<double>::infinity();
    std::size_t at = problem_.indexes.size();
    set.present.each([&](std::size_t i) {
      const ChoiceIndex& index = problem_.indexes[i];
      if (index.exists || kept.test(i)) return;
      const double worth = loss_of(set, i) / std::max(1.0, index.bytes);
      if (worth >= least) return;
      least = worth;
      at = i;
    });
    if (at == problem_.indexes.size()) return false;
    drop(set, at);
  }
  return true;
}

// The package that fits and gains most for its bytes (or most); null when none does.
const Bits* Search::best_package(const State& set, bool by_density) const {
  double best = 0;
  const Bits* at = nullptr;
  for (std::size_t q = 0; q < packages_.size(); ++q) {
    for (const Package& package : packages_[q]) {
      if (package.cost >= set.costs[q]) break;
      double bytes = 0;
      (package.uses - set.present).each([&](std::size_t i) { bytes += problem_.indexes[i].bytes; });
      if (!room_for(set, package.uses, bytes)) continue;
      const double gain = gain_of(set, package.uses);
      const double score = by_density ? gain / std::max(1.0, bytes) : gain;
      if (gain <= tiny * set.total || score <= best) continue;
      best = score;
      at = &package.uses;
    }
  }
  return at;
}

void Search::fill(State& set, bool by_density) const {
  while (const Bits* package = best_package(set, by_density)) add(set, *package);
}

bool Search::try_package(State& set, const Package& package) const {
  State next = set;
  add(next, package.uses);
  if (!make_room(next, package.uses)) return false;
  // What is worse by more than a fill could repair is not worth one.
  if (next.total > set.total * (1 + hopeless)) return false;
  fill(next, true);
  prune(next);
  if (next.total >= set.total * (1 - tiny)) return false;
  set = std::move(next);
  return true;
}

void Search::improve(State& set) const {
  prune(set);
  for (bool again = true; again;) {
    again = false;
    for (std::size_t q = 0; q < packages_.size(); ++q) {
      for (const Package& package : packages_[q]) {
        if (package.cost >= set.costs[q]) break;
        again = try_package(set, package) || again;
      }
    }
  }
}

}  // namespace

double total_of(const Problem& problem, const Packages& packages, const Bits& present) {
  double total = 0;
  for (std::size_t q = 0; q < packages.size(); ++q)
    total += problem.statements[q].weight * cost_under(packages[q], present);
  present.each([&](std::size_t i) { total += problem.indexes[i].upkeep; });
  return total;
}

Selection select_indexes(const Problem& problem, const Packages& packages, const Bits& start) {
  const Search search(problem, packages);
  State best = search.state_of(start);
  search.improve(best);
  for (const bool by_density : {true, false}) {
    State set = search.empty();
    search.fill(set, by_density);
    search.improve(set);
    if (set.total < best.total * (1 - tiny)) best = std::move(set);
  }
  return {best.present, total_of(problem, packages, best.present), best.bytes};
}

}  // namespace whet::advise
