// Which questions tell most.
//
// A budget makes indexes compete by what they gain for their bytes. So those that are nearly free
// are there in every question but the first: what small tables' indexes do is not worth asking one
// by one. Wide indexes hide what narrow ones could do, so the narrow ones are asked about without
// them. What those four answers leave open is asked about with the best set so far at hand: what a
// statement would use in the place of an index of it, what smaller ones it would use besides, and
// what its cheaper plans become without their largest index.
#include "advise/choose/explore.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace whet::advise {

namespace {

// Costs that differ by less are the same.
constexpr double same = 1e-6;
// Of the budget: 200 such indexes would fill it, and a workload's plans use a tenth of that.
constexpr double free_part = 0.005;
// The questions of look_around(), for each statement.
constexpr std::size_t first_calls = 4;
// Between two choices, so many of the statements are asked about.
constexpr std::size_t parts_of_statements = 3;
// Of the budget: indexes of at most so much are asked about without larger ones.
constexpr std::array parts_of_budget{0.3, 0.1, 0.03, 0.01};
// What a question is about must promise at least this part of a statement's cost.
constexpr double worth_asking = 0.001;

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
      repairs_(problem.statements.size()),
      dead_(problem.statements.size()),
      deeper_(problem.statements.size()),
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
  steps_.assign(1 + parts_of_budget.size(), existing_);
  everything_.each([&](std::size_t i) {
    const ChoiceIndex& index = problem_.indexes[i];
    for (std::size_t k = 0; k < parts_of_budget.size(); ++k) {
      if (index.bytes <= bytes * parts_of_budget[k]) steps_[1 + k].set(i);
    }
    const bool cheap = index.exists || index.bytes <= bytes * free_part;
    if (cheap) free_.set(i);
    if (cheap || index.narrow) narrow_.set(i);
  });
  steps_[0] = narrow_;
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
  // What statements without hope left of their calls goes to those that could gain most.
  const std::size_t most = first_calls * problem_.statements.size();
  for (bool any = true; any && calls_ < most && !enough();) {
    any = false;
    for (const std::size_t q : order_) {
      if (calls_ >= most || enough()) break;
      any = WHET_TRY(branch(q)) || any;
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

// What the statement would have besides the set, of ever smaller indexes.
std::optional<Bits> Explorer::question_besides(std::size_t q, const Bits& chosen) const {
  if (known_[q].upper(chosen) <= least(q) * (1 + worth_asking)) return std::nullopt;
  for (const Bits& step : steps_) {
    Bits more = (chosen | scope(q, step)) & problem_.statements[q].relevant;
    if (known_[q].settled(more) == nullptr) return more;
  }
  return std::nullopt;
}

// What takes the place of one that the statement uses of the set, the one first without which it
// seems to lose most.
std::optional<Bits> Explorer::question_instead(std::size_t q, const Bits& chosen) const {
  const Fact* now = known_[q].best(chosen);
  if (now == nullptr) return std::nullopt;
  const std::vector<std::size_t> used = members(now->used - existing_);
  const std::vector<Missing> losses = repairs_[q].missing(now->used - existing_, 1);
  std::vector<std::size_t> order(used.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return losses[a].without > losses[b].without;
  });
  for (const std::size_t k : order) {
    Bits rest = (chosen | scope(q, narrow_)) & problem_.statements[q].relevant;
    rest -= problem_.indexes[used[k]].replaced_by;
    rest.reset(used[k]);
    if (known_[q].settled(rest) == nullptr) return rest;
  }
  return std::nullopt;
}

// The cheapest plan that the set does not allow, without the largest index that it misses.
std::optional<Bits> Explorer::question_without(std::size_t q, const Bits& chosen) const {
  const double now = known_[q].upper(chosen);
  for (const Fact& fact : known_[q].facts()) {
    if (fact.cost >= now * (1 - worth_asking)) break;
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

std::optional<Bits> Explorer::next_question(std::size_t q, const Bits& chosen) {
  using Kind = std::optional<Bits> (Explorer::*)(std::size_t, const Bits&) const;
  constexpr std::array<Kind, 3> kinds{&Explorer::question_instead, &Explorer::question_besides,
                                      &Explorer::question_without};
  for (std::size_t tried = 0; tried < kinds.size(); ++tried) {
    const Kind kind = kinds[(deeper_[q] + tried) % kinds.size()];
    if (auto question = (this->*kind)(q, chosen)) return question;
  }
  return std::nullopt;
}

Result<bool> Explorer::look_deeper(const Bits& chosen) {
  std::vector<std::pair<double, std::size_t>> order;
  for (std::size_t q = 0; q < known_.size(); ++q) {
    if (dead_[q] || least(q) <= 0) continue;
    const auto asked = static_cast<double>(1 + deeper_[q]);
    const double open = known_[q].upper(existing_) - least(q);
    order.emplace_back(-problem_.statements[q].weight * open / (asked * asked), q);
  }
  std::sort(order.begin(), order.end());
  std::size_t left = std::max<std::size_t>(1, known_.size() / parts_of_statements);
  bool any = false;
  for (const auto& [value, q] : order) {
    if (enough() || left == 0) break;
    const auto question = next_question(q, chosen);
    ++deeper_[q];
    if (!question) continue;
    WHET_TRY_VOID(plan(q, *question));
    any = true;
    --left;
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

Packages Explorer::hoped(double trust) {
  Packages out = packages();
  for (std::size_t q = 0; q < known_.size(); ++q) {
    if (dead_[q]) continue;
    repairs_[q].learn(problem_, known_[q], existing_);
    for (Package& package : out[q]) package.missing = repairs_[q].missing(package.uses, trust);
  }
  return out;
}

}  // namespace whet::advise
