// Which questions tell most.
//
// A budget makes indexes compete by what they gain for their bytes. So those that are nearly free
// are there in every question but the first: what small tables' indexes do is not worth asking one
// by one. Wide indexes hide what narrow ones could do, so the narrow ones are asked about without
// them; and each index hides its rivals, so each that such a plan uses is left out once. Last, each
// used index alone: in a join of many tables a plan's indexes help each other, and no other
// question tells what one is worth by itself.
#include "advise/choose/explore.h"

#include <algorithm>
#include <numeric>

namespace whet::advise {

namespace {

// Costs that differ by less are the same.
constexpr double same = 1e-6;
// Of the budget: 200 such indexes would fill it, and a workload's plans use a tenth of that.
constexpr double free_part = 0.005;
// A guess must promise at least this part of a statement's cost.
constexpr double worth_guessing = 0.001;
// Pairs of a statement's cheapest plans, at most.
constexpr std::size_t paired_plans = 12;

std::vector<std::size_t> members(const Bits& set) {
  std::vector<std::size_t> out;
  set.each([&](std::size_t i) { out.push_back(i); });
  return out;
}

}  // namespace

Explorer::Explorer(const Problem& problem, const AskPlanner& ask)
    : problem_(problem),
      ask_(ask),
      known_(problem.statements.size()),
      dead_(problem.statements.size()),
      existing_(problem.indexes.size()),
      everything_(problem.indexes.size()),
      free_(problem.indexes.size()),
      narrow_(problem.indexes.size()) {
  order_.resize(problem.statements.size());
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  for (std::size_t i = 0; i < problem.indexes.size(); ++i) {
    const ChoiceIndex& index = problem.indexes[i];
    if (index.exists) existing_.set(i);
    if (!index.exists && index.bytes > problem.limits.bytes) continue;
    everything_.set(i);
  }
}

// What is nearly free, of the budget or of all that the plans would use without one.
void Explorer::find_free() {
  Bits used(problem_.indexes.size());
  for (const Knowledge& known : known_) {
    const Fact* best = known.best(everything_);
    if (best != nullptr) used |= best->used;
  }
  double bytes = 0;
  (used - existing_).each([&](std::size_t i) { bytes += problem_.indexes[i].bytes; });
  bytes = std::min(bytes, problem_.limits.bytes);
  everything_.each([&](std::size_t i) {
    const ChoiceIndex& index = problem_.indexes[i];
    const bool cheap = index.exists || index.bytes <= bytes * free_part;
    if (cheap) free_.set(i);
    if (cheap || index.narrow) narrow_.set(i);
  });
}

bool Explorer::enough() const {
  return calls_ >= problem_.limits.calls_per_statement * problem_.statements.size() ||
         (problem_.limits.stop && problem_.limits.stop());
}

Result<const Fact*> Explorer::plan(std::size_t q, const Bits& present, bool exact) {
  if (dead_[q]) return nullptr;
  const Bits relevant = present & problem_.statements[q].relevant;
  const Fact* fact = exact ? known_[q].asked(relevant) : known_[q].settled(relevant);
  if (fact != nullptr) return fact;
  ++calls_;
  auto answer = ask_(q, relevant);
  if (!answer) {
    const ErrorKind kind = answer.error().kind;
    if (kind == ErrorKind::unreachable || kind == ErrorKind::interrupted) return answer.error();
    failed_.emplace_back(q, std::move(answer).error());
    dead_[q] = true;
    return nullptr;
  }
  known_[q].learn({relevant, answer->used & relevant, answer->cost});
  return known_[q].asked(relevant);
}

Status Explorer::look_around() {
  using Step = Status (Explorer::*)(std::size_t);
  for (const Step step : {&Explorer::extremes, &Explorer::simple_sets}) {
    if (step == &Explorer::simple_sets) find_free();
    for (const std::size_t q : order_) {
      if (enough()) break;
      WHET_TRY_VOID((this->*step)(q));
    }
    sort_by_potential();
  }
  // In turns, one question each: where questions run out, no statement has had all of them.
  const double cap = getenv("WHET_CAP") ? atof(getenv("WHET_CAP")) : 99;
  const auto full = [&] {
    return enough() ||
           static_cast<double>(calls_) >= cap * static_cast<double>(problem_.statements.size());
  };
  for (bool any = true; any && !full();) {
    any = false;
    for (const std::size_t q : order_) {
      if (full()) break;
      any = WHET_TRY(branch(q)) || WHET_TRY(alone(q)) || any;
    }
  }
  return {};
}

void Explorer::sort_by_potential() {
  std::vector<double> potential(known_.size(), 0);
  for (std::size_t q = 0; q < known_.size(); ++q) {
    if (!dead_[q] && least(q) > 0)
      potential[q] = problem_.statements[q].weight * (known_[q].upper(existing_) - least(q));
  }
  std::stable_sort(order_.begin(), order_.end(),
                   [&](std::size_t a, std::size_t b) { return potential[a] > potential[b]; });
}

// The cheapest plan that the set does not allow, without the largest index that it misses.
std::optional<Bits> Explorer::question_without(std::size_t q, const Bits& chosen) const {
  const double now = known_[q].upper(chosen);
  for (const Fact& fact : known_[q].facts()) {
    if (fact.cost >= now * (1 - worth_guessing)) break;
    std::vector<std::size_t> missing = members(fact.used - chosen - free_);
    std::stable_sort(missing.begin(), missing.end(), [&](std::size_t a, std::size_t b) {
      return problem_.indexes[a].bytes > problem_.indexes[b].bytes;
    });
    for (const std::size_t i : missing) {
      Bits rest = fact.asked;
      rest.reset(i);
      if (known_[q].settled(rest) == nullptr) return rest;
    }
  }
  return std::nullopt;
}

Result<bool> Explorer::look_deeper(const Bits& chosen) {
  bool any = false;
  for (const std::size_t q : order_) {
    if (enough()) break;
    if (dead_[q]) continue;
    const auto question = question_without(q, chosen);
    if (!question) continue;
    WHET_TRY_VOID(plan(q, *question));
    any = true;
  }
  return any;
}

Bits Explorer::scope(std::size_t q, const Bits& set) const {
  return set & (problem_.statements[q].proposed | existing_);
}

double Explorer::least(std::size_t q) const {
  const Fact* fact = known_[q].asked(scope(q, everything_) & problem_.statements[q].relevant);
  return fact == nullptr ? 0 : fact->cost;
}

// As things are, and with everything.
Status Explorer::extremes(std::size_t q) {
  WHET_TRY(plan(q, existing_));
  if (dead_[q] || problem_.statements[q].proposed.empty()) return {};
  WHET_TRY(plan(q, scope(q, everything_)));
  return {};
}

// With what is nearly free, and with short keys.
Status Explorer::simple_sets(std::size_t q) {
  if (dead_[q] || problem_.statements[q].proposed.empty() ||
      known_[q].upper(everything_) > known_[q].upper(existing_) * (1 - same))
    return {};
  WHET_TRY(plan(q, scope(q, free_)));
  WHET_TRY(plan(q, scope(q, narrow_)));
  return {};
}

// Short keys, without each of those that the plan uses.
Result<bool> Explorer::branch(std::size_t q) {
  const Fact* full = known_[q].best(narrow_);
  if (dead_[q] || full == nullptr) return false;
  for (const std::size_t i : members(full->used - free_)) {
    Bits rest = scope(q, narrow_) & problem_.statements[q].relevant;
    rest.reset(i);
    if (known_[q].settled(rest) != nullptr) continue;
    WHET_TRY_VOID(plan(q, rest));
    return true;
  }
  return false;
}

Result<bool> Explorer::alone(std::size_t q) {
  if (dead_[q]) return false;
  Bits used(problem_.indexes.size());
  for (const Fact& fact : known_[q].facts()) used |= fact.used;
  for (const std::size_t i : members(used - free_)) {
    Bits one = scope(q, free_);
    one.set(i);
    if (known_[q].settled(one & problem_.statements[q].relevant) != nullptr) continue;
    WHET_TRY_VOID(plan(q, one));
    return true;
  }
  return false;
}

void Explorer::guess(std::size_t q, const Bits& uses, double cost, double known,
                     std::vector<Package>& list) const {
  const Bits present = (uses | existing_) & problem_.statements[q].relevant;
  if (known_[q].settled(present) != nullptr) return;
  cost = std::max({cost, known_[q].lower(scope(q, present)), least(q)});
  if (cost < known * (1 - worth_guessing)) list.push_back({uses, cost, true});
}

// A plan without its indexes on small tables: those are scanned instead, which costs what it costs.
std::vector<Package> Explorer::guessed_without_small(std::size_t q,
                                                     const std::vector<Package>& list) const {
  std::vector<Package> out;
  for (const Package& package : list) {
    std::vector<std::size_t> each = members(package.uses - existing_);
    std::stable_sort(each.begin(), each.end(), [&](std::size_t a, std::size_t b) {
      return problem_.indexes[a].scan < problem_.indexes[b].scan;
    });
    Bits rest = package.uses;
    double cost = package.cost;
    for (const std::size_t i : each) {
      rest.reset(i);
      cost += problem_.indexes[i].scan;
      guess(q, rest, cost, known_[q].upper(rest | existing_), out);
    }
  }
  return out;
}

// Two plans at once, as if their gains added up.
std::vector<Package> Explorer::guessed_together(std::size_t q,
                                                const std::vector<Package>& list) const {
  std::vector<Package> out;
  const double none = known_[q].upper(existing_);
  const std::size_t plans = std::min(list.size(), paired_plans);
  for (std::size_t a = 0; a < plans; ++a) {
    for (std::size_t b = a + 1; b < plans; ++b) {
      guess(q, list[a].uses | list[b].uses, list[a].cost + list[b].cost - none,
            std::min(list[a].cost, list[b].cost), out);
    }
  }
  return out;
}

// A plan with a wider index in the place of one of its own, if anybody wants that; and with those
// of the chosen set in the place of all that it can.
std::vector<Package> Explorer::guessed_instead(std::size_t q, const std::vector<Package>& list,
                                               const Bits& wanted, const Bits& chosen) const {
  std::vector<Package> out;
  for (const Package& package : list) {
    Bits all = package.uses;
    (package.uses - existing_).each([&](std::size_t i) {
      const Bits& wider = problem_.indexes[i].replaced_by;
      (wider & wanted).each([&](std::size_t other) {
        Bits uses = package.uses;
        uses.reset(i);
        uses.set(other);
        guess(q, uses, package.cost, known_[q].upper(uses | existing_), out);
      });
      const std::vector<std::size_t> there = members(wider & chosen);
      if (chosen.test(i) || there.empty()) return;
      all.reset(i);
      all.set(*std::min_element(there.begin(), there.end(), [&](std::size_t a, std::size_t b) {
        return problem_.indexes[a].bytes < problem_.indexes[b].bytes;
      }));
    });
    if (all != package.uses) guess(q, all, package.cost, known_[q].upper(all | existing_), out);
  }
  return out;
}

std::vector<Package> Explorer::plans_of(std::size_t q) const {
  std::vector<Package> list;
  if (dead_[q] || known_[q].facts().empty()) {
    list.push_back({Bits(problem_.indexes.size()), 0, false});
    return list;
  }
  for (const Fact& fact : known_[q].facts()) {
    const bool better = std::any_of(list.begin(), list.end(), [&](const Package& package) {
      return package.uses.subset_of(fact.used);
    });
    if (!better) list.push_back({fact.used, fact.cost, false});
  }
  return list;
}

Packages Explorer::packages() const {
  Packages out(known_.size());
  for (std::size_t q = 0; q < known_.size(); ++q) out[q] = plans_of(q);
  return out;
}

Packages Explorer::hoped(const Bits& chosen) const {
  Packages out = packages();
  Bits wanted(problem_.indexes.size());
  for (const auto& list : out) {
    for (const Package& package : list) wanted |= package.uses;
  }
  for (std::size_t q = 0; q < known_.size(); ++q) {
    if (dead_[q] || known_[q].facts().empty()) continue;
    std::vector<Package>& list = out[q];
    std::vector<Package> guessed = guessed_together(q, list);
    for (Package& package : guessed_without_small(q, list)) guessed.push_back(std::move(package));
    for (Package& package : guessed_instead(q, list, wanted, chosen))
      guessed.push_back(std::move(package));
    list.insert(list.end(), guessed.begin(), guessed.end());
    std::stable_sort(list.begin(), list.end(),
                     [](const Package& a, const Package& b) { return a.cost < b.cost; });
  }
  return out;
}

}  // namespace whet::advise
