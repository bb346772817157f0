#include "advise/choose/search_space.h"

#include <algorithm>

namespace whet::advise {

namespace {

constexpr std::size_t many_packages = 10000;

}  // namespace

SearchSpace::SearchSpace(const Problem& problem, const Packages& packages)
    : plans(packages.size()),
      users(problem.indexes.size()),
      indexes(packages.size()),
      replaces(problem.indexes.size()),
      single(problem.indexes.size()) {
  read(problem, packages);
  std::size_t count = 0;
  for (const auto& list : plans) {
    count += list.size();
    moves.emplace_back();
    for (const Plan& plan : list) {
      moves.back().push_back({plan.cost, {}});
      for (const Use& use : plan.uses) moves.back().back().indexes.push_back(use.index);
    }
  }
  large = count > many_packages;
  if (repairs) find_replacements(problem);
  list_users();
  if (repairs) list_singles(problem);
  for (std::size_t i = 0; i < problem.indexes.size(); ++i) {
    const ChoiceIndex& index = problem.indexes[i];
    tables = std::max(tables, index.table + 1);
    if (index.exists && !index.keep && index.upkeep > 0) droppable.push_back(static_cast<Index>(i));
  }
}

void SearchSpace::read(const Problem& problem, const Packages& packages) {
  for (std::size_t q = 0; q < packages.size(); ++q) {
    for (const Package& package : packages[q]) {
      Plan plan{package.cost, {}};
      std::size_t at = 0;
      package.uses.each([&](std::size_t i) {
        const Missing missing = package.missing.empty() ? Missing() : package.missing[at++];
        if (!problem.indexes[i].exists || !problem.indexes[i].keep)
          plan.uses.push_back({static_cast<Index>(i), missing});
      });
      repairs = repairs || !package.missing.empty();
      plans[q].push_back(std::move(plan));
    }
  }
}

std::vector<char> SearchSpace::in_plans() const {
  std::vector<char> used(users.size(), 0);
  for (const auto& list : plans) {
    for (const Plan& plan : list) {
      for (const Use& use : plan.uses) used[use.index] = 1;
    }
  }
  return used;
}

// Only one that can replace two is worth more than what it replaces.
void SearchSpace::find_replacements(const Problem& problem) {
  const std::vector<char> used = in_plans();
  for (std::size_t i = 0; i < used.size(); ++i) {
    if (used[i] == 0) continue;
    problem.indexes[i].replaced_by.each(
        [&](std::size_t wide) { replaces[wide].push_back(static_cast<Index>(i)); });
  }
  for (std::size_t i = 0; i < used.size(); ++i) {
    if (used[i] == 0 && !problem.indexes[i].exists && replaces[i].size() < 2) replaces[i].clear();
  }
}

void SearchSpace::list_users() {
  std::vector<std::vector<Index>> direct(users.size());
  for (std::size_t q = 0; q < plans.size(); ++q) {
    for (const Plan& plan : plans[q]) {
      for (const Use& use : plan.uses) {
        if (direct[use.index].empty() || direct[use.index].back() != q)
          direct[use.index].push_back(static_cast<Index>(q));
      }
    }
  }
  for (std::size_t i = 0; i < users.size(); ++i) {
    users[i] = direct[i];
    for (const Index other : replaces[i])
      users[i].insert(users[i].end(), direct[other].begin(), direct[other].end());
    std::sort(users[i].begin(), users[i].end());
    users[i].erase(std::unique(users[i].begin(), users[i].end()), users[i].end());
    for (const Index q : users[i]) indexes[q].push_back(static_cast<Index>(i));
  }
}

void SearchSpace::list_singles(const Problem& problem) {
  for (std::size_t i = 0; i < users.size(); ++i) {
    const ChoiceIndex& index = problem.indexes[i];
    if (users[i].empty() || index.exists || !(index.bytes <= problem.limits.bytes)) continue;
    single[i] = moves.size();
    moves.push_back({{0, {static_cast<Index>(i)}}});
  }
}

}  // namespace whet::advise
