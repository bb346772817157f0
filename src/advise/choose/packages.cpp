// What sets cost by the packages that are known.
#include "advise/choose/selection.h"

namespace whet::advise {

double cost_under(const Problem& problem, const std::vector<Package>& packages,
                  const Bits& present) {
  double best = std::numeric_limits<double>::infinity();
  for (const Package& package : packages) {
    if (package.cost >= best) break;
    double cost = package.cost;
    std::size_t at = 0;
    if (package.missing.empty() && !package.uses.subset_of(present)) continue;
    package.uses.each([&](std::size_t i) {
      const std::size_t here = at++;
      if (package.missing.empty() || present.test(i)) return;
      const Missing& missing = package.missing[here];
      cost += problem.indexes[i].replaced_by.meets(present) ? missing.instead : missing.without;
    });
    best = std::min(best, cost);
  }
  return best;
}

double total_of(const Problem& problem, const Packages& packages, const Bits& present) {
  double total = 0;
  for (std::size_t q = 0; q < packages.size(); ++q)
    total += problem.statements[q].weight * cost_under(problem, packages[q], present);
  present.each([&](std::size_t i) { total += problem.indexes[i].upkeep; });
  return total;
}

}  // namespace whet::advise
