#include "advise/choose/repairs.h"

#include <algorithm>
#include <limits>

namespace whet::advise {

namespace {

// Costs that differ by less are the same.
constexpr double same = 1e-3;
constexpr int rounds = 4;
// Of what reading the whole table costs: what the planner finds in place of an index may be
// cheaper.
constexpr double part_of_scan = 0.25;

}  // namespace

Repairs::Estimate Repairs::estimate(const Problem& problem, const Knowledge& known,
                                    const Fact& left_out, const Bits& existing) const {
  Estimate best{nullptr, std::numeric_limits<double>::infinity()};
  for (const Fact& fact : known.facts()) {
    if (&fact == &left_out) continue;
    if (fact.cost >= best.cost) break;
    double cost = fact.cost;
    (fact.used - left_out.asked - existing).each([&](std::size_t i) {
      const Missing& missing = costs_.at(i);
      cost +=
          problem.indexes[i].replaced_by.meets(left_out.asked) ? missing.instead : missing.without;
    });
    if (cost < best.cost) best = {&fact, cost};
  }
  return best;
}

// Makes the plan `from` cost as much as `to` for what that was asked with.
bool Repairs::raise(const Problem& problem, const Fact& from, const Fact& to,
                    const Bits& existing) {
  const Bits lacking = from.used - to.asked - existing;
  const double wanted = to.cost - from.cost;
  if (lacking.empty() || wanted <= 0) return false;
  double sum = 0;
  lacking.each([&](std::size_t i) {
    const bool instead = problem.indexes[i].replaced_by.meets(to.asked);
    sum += instead ? costs_[i].instead : costs_[i].without;
  });
  const double each = wanted / static_cast<double>(lacking.count());
  lacking.each([&](std::size_t i) {
    Missing& missing = costs_[i];
    const bool instead = problem.indexes[i].replaced_by.meets(to.asked);
    double& cost = instead ? missing.instead : missing.without;
    cost = sum > 0 ? cost * wanted / sum : each;
    missing.without = std::max(missing.without, missing.instead);
  });
  return true;
}

void Repairs::learn(const Problem& problem, const Knowledge& known, const Bits& existing) {
  if (known.facts().size() == learned_) return;
  learned_ = known.facts().size();
  for (const Fact& fact : known.facts()) {
    (fact.used - existing).each([&](std::size_t i) {
      costs_.try_emplace(i, Missing{problem.indexes[i].scan * part_of_scan, 0});
    });
  }
  for (int round = 0; round < rounds; ++round) {
    bool any = false;
    for (const Fact& fact : known.facts()) {
      const Estimate seems = estimate(problem, known, fact, existing);
      if (seems.from == nullptr || seems.cost >= fact.cost * (1 - same)) continue;
      any = raise(problem, *seems.from, fact, existing) || any;
    }
    if (!any) return;
  }
}

std::vector<Missing> Repairs::missing(const Bits& uses, double trust) const {
  std::vector<Missing> out;
  uses.each([&](std::size_t i) {
    const auto at = costs_.find(i);
    out.push_back(at == costs_.end()
                      ? Missing()
                      : Missing{at->second.without * trust, at->second.instead * trust});
  });
  return out;
}

}  // namespace whet::advise
