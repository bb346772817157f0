#include "local_search.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "advise/choose/relaxed.h"

namespace whet::bench {

namespace {

constexpr double same = 1e-7;
// A step may cost this part before the room that it leaves is filled.
constexpr double hopeless = 0.004;
constexpr std::size_t refilled_from = 40;

}  // namespace

LocalSearch::LocalSearch(Setting& setting, double budget, std::size_t calls)
    : setting_(setting),
      budget_(budget),
      calls_(calls),
      there_(existing(setting)),
      known_(setting.questions().statements.size()) {}

Result<double> LocalSearch::cost(std::size_t q, const Bits& set, bool exact) {
  const Bits present = set & setting_.relevant(q);
  const advise::Fact* fact = exact ? known_[q].asked(present) : known_[q].settled(present);
  const double weight = setting_.questions().statements[q].item->calls;
  if (fact != nullptr) return fact->cost * weight;
  const advise::Answer answer = WHET_TRY(setting_.ask(q, present));
  known_[q].learn({present, answer.used & present, answer.cost});
  return answer.cost * weight;
}

Result<LocalSearch::State> LocalSearch::priced(const Bits& set, bool exact) {
  State state{set, {}, 0, 0};
  for (std::size_t q = 0; q < known_.size(); ++q) {
    state.costs.push_back(WHET_TRY(cost(q, set, exact)));
    state.total += state.costs.back();
  }
  (set - there_).each([&](std::size_t i) { state.bytes += setting_.bytes()[i]; });
  return state;
}

Result<double> LocalSearch::change(const State& state, std::size_t index) {
  Bits next = state.set;
  if (next.test(index)) {
    next.reset(index);
  } else {
    next.set(index);
  }
  double sum = 0;
  for (std::size_t q = 0; q < known_.size(); ++q) {
    if (setting_.relevant(q).test(index)) sum += WHET_TRY(cost(q, next)) - state.costs[q];
  }
  return sum;
}

Status LocalSearch::turn(State& state, std::size_t index) {
  const bool was = state.set.test(index);
  if (was) {
    state.set.reset(index);
  } else {
    state.set.set(index);
  }
  state.bytes += was ? -setting_.bytes()[index] : setting_.bytes()[index];
  for (std::size_t q = 0; q < known_.size(); ++q) {
    if (!setting_.relevant(q).test(index)) continue;
    const double now = WHET_TRY(cost(q, state.set));
    state.total += now - state.costs[q];
    state.costs[q] = now;
  }
  return {};
}

bool LocalSearch::fits(const State& state, std::size_t index) const {
  return state.bytes + setting_.bytes()[index] <= budget_;
}

Result<bool> LocalSearch::make_room(State& state, std::size_t kept) {
  while (state.bytes > budget_) {
    double least = std::numeric_limits<double>::infinity();
    std::size_t at = setting_.size();
    std::vector<std::size_t> chosen;
    (state.set - there_).each([&](std::size_t i) { chosen.push_back(i); });
    for (const std::size_t i : chosen) {
      if (i == kept) continue;
      const double worth = WHET_TRY(change(state, i)) / std::max(1.0, setting_.bytes()[i]);
      if (worth >= least) continue;
      least = worth;
      at = i;
    }
    if (at == setting_.size()) return false;
    WHET_TRY_VOID(turn(state, at));
  }
  return true;
}

Status LocalSearch::refill(State& state) {
  for (bool again = true; again;) {
    again = false;
    double best = 0;
    std::size_t at = 0;
    std::size_t looked = 0;
    for (const Gain& one : last_) {
      if (state.set.test(one.index) || !fits(state, one.index)) continue;
      if (++looked > refilled_from) break;
      const double gain = -WHET_TRY(change(state, one.index));
      const double density = gain / std::max(1.0, setting_.bytes()[one.index]);
      if (gain <= same * state.total || density <= best) continue;
      best = density;
      at = one.index;
      again = true;
    }
    if (again) WHET_TRY_VOID(turn(state, at));
  }
  return {};
}

Status LocalSearch::drop_useless(State& state) {
  std::vector<std::size_t> chosen;
  (state.set - there_).each([&](std::size_t i) { chosen.push_back(i); });
  for (const std::size_t i : chosen) {
    if (WHET_TRY(change(state, i)) <= same * state.total) WHET_TRY_VOID(turn(state, i));
  }
  return {};
}

Result<bool> LocalSearch::round(State& state) {
  bool any = false;
  std::vector<Gain> seen;
  for (std::size_t i = 0; i < setting_.size() && !enough(); ++i) {
    if (state.set.test(i) || !(setting_.bytes()[i] <= budget_)) continue;
    const double gain = -WHET_TRY(change(state, i));
    if (gain <= same * state.total) continue;
    seen.push_back({i, gain});
    State next = state;
    WHET_TRY_VOID(turn(next, i));
    if (!WHET_TRY(make_room(next, i))) continue;
    if (next.total > state.total * (1 + hopeless)) continue;
    WHET_TRY_VOID(refill(next));
    if (next.total >= state.total * (1 - same)) continue;
    WHET_TRY_VOID(drop_useless(next));
    state = std::move(next);
    any = true;
  }
  std::stable_sort(seen.begin(), seen.end(), [&](const Gain& a, const Gain& b) {
    return a.gain / setting_.bytes()[a.index] > b.gain / setting_.bytes()[b.index];
  });
  last_ = std::move(seen);
  return any;
}

namespace {

advise::Packages packages_of(const std::vector<advise::Knowledge>& known) {
  advise::Packages packages(known.size());
  for (std::size_t q = 0; q < known.size(); ++q) {
    for (const advise::Fact& fact : known[q].facts()) {
      const auto better = [&](const advise::Package& one) { return one.uses.subset_of(fact.used); };
      if (std::none_of(packages[q].begin(), packages[q].end(), better))
        packages[q].push_back({fact.used, fact.cost, false, {}});
    }
  }
  return packages;
}

}  // namespace

// The best set by all answers: asked about, which brings more answers, until it is not better.
Result<bool> LocalSearch::by_answers(State& state) {
  bool any = false;
  const advise::Problem problem = setting_.problem(budget_);
  while (!enough()) {
    const Bits best = advise::select_indexes(problem, packages_of(known_), state.set).present;
    State next = WHET_TRY(priced(best, false));
    if (next.total >= state.total * (1 - same)) break;
    state = std::move(next);
    any = true;
  }
  return any;
}

Result<Bits> LocalSearch::run(const Bits& set) {
  WHET_TRY(priced(there_, true));
  State state = WHET_TRY(priced(set, true));
  State best = state;
  for (bool again = true; again && !enough();) {
    again = WHET_TRY(round(state));
    again = WHET_TRY(by_answers(state)) || again;
    // What follows from other answers may be off by what the planner takes for equal.
    const State real = WHET_TRY(priced(state.set, true));
    if (real.total < best.total) best = real;
  }
  return best.set;
}

}  // namespace whet::bench
