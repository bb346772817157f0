// The best set of indexes by what is known: each statement at the cheapest of its known plans that
// the set allows. Nothing is asked here.
#pragma once

#include <cstddef>
#include <limits>
#include <vector>

#include "advise/choose/bits.h"
#include "advise/choose/problem.h"

namespace whet::advise {

/// What a plan costs more without one of its indexes.
struct Missing {
  double without = std::numeric_limits<double>::infinity();
  double instead = std::numeric_limits<double>::infinity();  ///< with one that can replace it
};

/// A plan that a statement could have: the indexes that it uses and its cost.
struct Package {
  Bits uses;
  double cost = 0;
  bool guessed = false;  ///< no planner has said so yet
  /// Of each of `uses`, rising. Empty: it needs them all.
  std::vector<Missing> missing;
};

/// For each statement its packages, cheapest first. The last one uses no index that can be left
/// out.
using Packages = std::vector<std::vector<Package>>;

struct Selection {
  Bits present;
  double total = 0;  ///< weighted cost of all statements, and upkeep
  double bytes = 0;
};

/// Local search from several starts, then moves that put a whole plan's indexes in and take the
/// least worthy out, until none helps. `start` is one of the starts; it must be within the limits.
/// `afresh`: from no index as well.
/// Deterministic. Time: about packages x indexes in the set for each round.
[[nodiscard]] Selection select_indexes(const Problem& problem, const Packages& packages,
                                       const Bits& start, bool afresh = true);

/// What a statement costs with a set, by its packages; those in no package are none of its own.
[[nodiscard]] double cost_under(const Problem& problem, const std::vector<Package>& packages,
                                const Bits& present);

/// The total of a set.
[[nodiscard]] double total_of(const Problem& problem, const Packages& packages,
                              const Bits& present);

}  // namespace whet::advise
