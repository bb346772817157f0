#include "advise/choose/knowledge.h"

#include <algorithm>
#include <limits>
#include <ranges>

namespace whet::advise {

void Knowledge::learn(Fact fact) {
  const auto place =
      std::upper_bound(facts_.begin(), facts_.end(), fact, [](const Fact& a, const Fact& b) {
        return a.cost < b.cost || (a.cost == b.cost && a.used.count() < b.used.count());
      });
  facts_.insert(place, std::move(fact));
}

const Fact* Knowledge::best(const Bits& present) const {
  for (const Fact& fact : facts_) {
    if (fact.used.subset_of(present)) return &fact;
  }
  return nullptr;
}

double Knowledge::upper(const Bits& present) const {
  const Fact* fact = best(present);
  return fact == nullptr ? std::numeric_limits<double>::infinity() : fact->cost;
}

double Knowledge::lower(const Bits& present) const {
  for (const Fact& fact : facts_ | std::views::reverse) {
    if (present.subset_of(fact.asked)) return fact.cost;
  }
  return 0;
}

const Fact* Knowledge::asked(const Bits& present) const {
  for (const Fact& fact : facts_) {
    if (fact.asked == present) return &fact;
  }
  return nullptr;
}

const Fact* Knowledge::settled(const Bits& present) const {
  for (const Fact& fact : facts_) {
    if (fact.used.subset_of(present) && present.subset_of(fact.asked)) return &fact;
  }
  return nullptr;
}

}  // namespace whet::advise
