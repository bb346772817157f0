// What a search for a set of indexes works on: plans and moves as plain numbers, and which index
// matters to which statement. Only for this folder.
#pragma once

#include <cstdint>
#include <vector>

#include "advise/choose/problem.h"
#include "advise/choose/selection.h"

namespace whet::advise {

using Index = std::uint32_t;

struct Use {
  Index index = 0;
  Missing missing;
};

// A package, as its search reads it: plain numbers, without those that are always there.
struct Plan {
  double cost = 0;
  std::vector<Use> uses;
};

// Indexes that may come in together. None is worth more than a plan at `cost` is.
struct Move {
  double cost = 0;
  std::vector<Index> indexes;
};

struct SearchSpace {
  SearchSpace(const Problem& problem, const Packages& packages);

  std::vector<std::vector<Plan>> plans;      ///< of each statement, cheapest first
  std::vector<std::vector<Move>> moves;      ///< in groups: of each statement, and then the singles
  std::vector<std::vector<Index>> users;     ///< statements whose costs the index may change
  std::vector<std::vector<Index>> indexes;   ///< that may change a statement's cost
  std::vector<std::vector<Index>> replaces;  ///< of those in plans, what an index can replace
  std::vector<std::size_t> single;           ///< the group of an index; 0: none
  std::vector<Index> droppable;              ///< existing ones that cost something
  std::size_t tables = 0;
  bool repairs = false;  ///< plans can be had without some of their indexes
  bool large = false;    ///< a search can only look where its own last step changed something

 private:
  void read(const Problem& problem, const Packages& packages);
  void find_replacements(const Problem& problem);
  void list_users();
  void list_singles(const Problem& problem);
  [[nodiscard]] std::vector<char> in_plans() const;
};

}  // namespace whet::advise
