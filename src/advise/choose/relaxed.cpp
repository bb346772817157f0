#include "advise/choose/relaxed.h"

#include <array>
#include <cmath>
#include <limits>

namespace whet::advise {

namespace {

// Of the budget, kept back for what is nearly free; more when that was too little.
constexpr std::array reserves{0.005, 0.01, 0.02, 0.04, 0.08, 0.16};

Packages without(const Packages& packages, const Bits& free) {
  Packages out = packages;
  for (auto& list : out) {
    for (Package& package : list) {
      std::vector<Missing> missing;
      std::size_t at = 0;
      package.uses.each([&](std::size_t i) {
        if (!package.missing.empty() && !free.test(i)) missing.push_back(package.missing[at]);
        ++at;
      });
      package.missing = std::move(missing);
      package.uses -= free;
    }
  }
  return out;
}

// The free ones that the cheapest plans use which the large ones allow.
Bits with_used(const Problem& problem, const Packages& packages, const Packages& stripped,
               const Bits& large) {
  Bits out = large;
  for (std::size_t q = 0; q < packages.size(); ++q) {
    double best = std::numeric_limits<double>::infinity();
    std::size_t at = 0;
    for (std::size_t k = 0; k < packages[q].size(); ++k) {
      const double cost = cost_under(problem, {stripped[q][k]}, large);
      if (cost >= best) continue;
      best = cost;
      at = k;
    }
    out |= packages[q][at].uses - (stripped[q][at].uses - large);
  }
  return out;
}

double bytes_of(const Problem& problem, const Bits& set) {
  double bytes = 0;
  set.each([&](std::size_t i) { bytes += problem.indexes[i].bytes; });
  return bytes;
}

}  // namespace

Selection select_with_free(const Problem& problem, const Packages& packages, const Bits& start,
                           const Bits& free) {
  Selection best = select_indexes(problem, packages, start);
  if (free.empty() || !std::isfinite(problem.limits.bytes)) return best;
  const Packages stripped = without(packages, free);
  Problem relaxed = problem;
  Bits existing(problem.indexes.size());
  for (std::size_t i = 0; i < problem.indexes.size(); ++i) {
    if (problem.indexes[i].exists) existing.set(i);
  }
  for (const double reserve : reserves) {
    relaxed.limits.bytes = problem.limits.bytes * (1 - reserve);
    const Bits large = select_indexes(relaxed, stripped, existing).present;
    const Bits whole = with_used(problem, packages, stripped, large);
    if (bytes_of(problem, whole) > problem.limits.bytes) continue;
    const Selection other = select_indexes(problem, packages, whole);
    if (other.total < best.total) best = other;
    break;
  }
  return best;
}

}  // namespace whet::advise
