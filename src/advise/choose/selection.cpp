#include "advise/choose/selection.h"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace whet::advise {

namespace {

constexpr double tiny = 1e-9;
constexpr double hopeless = 0.02;
// A step of a large search gains at least this part.
constexpr double worth_a_step = 1e-6;
constexpr double unknown = -std::numeric_limits<double>::infinity();
// Above, a search looks only where its own last step changed something.
constexpr std::size_t many_packages = 10000;
// Prices of statements that one search looks at, at most; a second or two. Counted, not timed: the
// same input gives the same output.
constexpr std::size_t prices_at_most = 5'000'000;

using Index = std::uint32_t;

double cost_under(const std::vector<Package>& packages, const Bits& present) {
  for (const Package& package : packages) {
    if (package.uses.subset_of(present)) return package.cost;
  }
  return std::numeric_limits<double>::infinity();
}

// A package, as its search reads it: plain numbers, without those that are always there.
struct Plan {
  double cost = 0;
  std::vector<Index> uses;
};

// The package of a statement that a fill would take.
struct Pick {
  double score = 0;  ///< 0: none helps
  std::size_t package = 0;
  double bytes = 0;
  double left_out = std::numeric_limits<double>::infinity();  ///< the fewest bytes that did not fit
  bool fresh = false;  ///< else the score is of an earlier set
};
constexpr Pick never_looked{std::numeric_limits<double>::infinity(), 0, 0, 0, false};

// A set in the making, with what each statement costs under it. What is remembered of a set is part
// of it, so that a copy is a way back.
struct State {
  std::vector<char> present;
  std::vector<Index> chosen;  ///< new ones that are present, rising
  std::vector<double> loss;   ///< of each chosen one, when it would go; `unknown` when changed
  double total = 0;
  double bytes = 0;
  std::vector<double> costs;
  std::vector<std::size_t> on_table;  ///< chosen ones on each table
  std::vector<Pick> picks;            ///< of each statement, for one kind of fill
};

class Search {
 public:
  Search(const Problem& problem, const Packages& packages);

  [[nodiscard]] State state_of(const Bits& present) const;
  [[nodiscard]] State empty() const;
  void improve(State& set) const;
  void fill(State& set, bool by_density) const;
  [[nodiscard]] bool large() const { return large_; }
  [[nodiscard]] Bits bits_of(const State& set) const;

 private:
  [[nodiscard]] double price(std::size_t q, const State& set) const;
  [[nodiscard]] bool room_for(const State& set, const std::vector<Index>& fresh,
                              double bytes) const;
  [[nodiscard]] std::vector<Index> missing(const State& set, const Plan& plan) const;
  [[nodiscard]] double bytes_of(const std::vector<Index>& indexes) const;
  [[nodiscard]] const std::vector<Index>& touched_by(const std::vector<Index>& fresh) const;
  [[nodiscard]] double gain_of(State& set, const std::vector<Index>& fresh) const;
  [[nodiscard]] double loss_of(State& set, std::size_t index) const;
  [[nodiscard]] double known_loss(State& set, std::size_t at) const;
  void put(State& set, Index index) const;
  void take(State& set, Index index) const;
  void reprice(State& set, const std::vector<Index>& statements) const;
  void forget(State& set, const std::vector<Index>& statements) const;
  void add(State& set, const std::vector<Index>& fresh) const;
  void drop(State& set, std::size_t index) const;
  void prune(State& set) const;
  [[nodiscard]] bool make_room(State& set, const Plan& kept) const;
  void pick(State& set, std::size_t q, bool by_density) const;
  [[nodiscard]] std::size_t best_statement(State& set, bool by_density) const;
  [[nodiscard]] double cheapest_room(State& set) const;
  [[nodiscard]] bool promising(State& set, const Plan& plan, double least_density) const;
  bool try_package(State& set, const Plan& plan) const;
  bool try_packages(State& set, std::size_t q, std::vector<char>& look, double& least) const;
  bool pass(State& set, std::vector<char>& look) const;
  [[nodiscard]] bool tired() const { return priced_ > prices_at_most; }

  const Problem& problem_;
  std::vector<std::vector<Plan>> plans_;
  std::vector<std::vector<Index>> users_;    ///< statements with a package that uses the index
  std::vector<std::vector<Index>> indexes_;  ///< in the packages of a statement
  std::vector<Index> droppable_;             ///< existing ones that cost something
  std::size_t tables_ = 0;
  bool large_ = false;
  mutable std::size_t priced_ = 0;
  mutable std::vector<Index> touched_;
};

Search::Search(const Problem& problem, const Packages& packages)
    : problem_(problem), plans_(packages.size()), users_(problem.indexes.size()) {
  std::size_t count = 0;
  for (std::size_t q = 0; q < packages.size(); ++q) {
    Bits all;
    for (const Package& package : packages[q]) {
      Plan plan{package.cost, {}};
      package.uses.each([&](std::size_t i) {
        if (!problem.indexes[i].exists || !problem.indexes[i].keep)
          plan.uses.push_back(static_cast<Index>(i));
      });
      plans_[q].push_back(std::move(plan));
      all |= package.uses;
    }
    count += packages[q].size();
    indexes_.emplace_back();
    all.each([&](std::size_t i) {
      users_[i].push_back(static_cast<Index>(q));
      indexes_[q].push_back(static_cast<Index>(i));
    });
  }
  for (std::size_t i = 0; i < problem.indexes.size(); ++i) {
    const ChoiceIndex& index = problem.indexes[i];
    tables_ = std::max(tables_, index.table + 1);
    if (index.exists && !index.keep && index.upkeep > 0)
      droppable_.push_back(static_cast<Index>(i));
  }
  large_ = count > many_packages;
}

double Search::price(std::size_t q, const State& set) const {
  ++priced_;
  for (const Plan& plan : plans_[q]) {
    if (std::all_of(plan.uses.begin(), plan.uses.end(),
                    [&](Index i) { return set.present[i] != 0; }))
      return plan.cost;
  }
  return std::numeric_limits<double>::infinity();
}

void Search::put(State& set, Index index) const {
  set.present[index] = 1;
  const ChoiceIndex& what = problem_.indexes[index];
  set.bytes += what.bytes;
  set.total += what.upkeep;
  if (what.exists) return;
  const auto at = std::lower_bound(set.chosen.begin(), set.chosen.end(), index);
  set.loss.insert(set.loss.begin() + (at - set.chosen.begin()), unknown);
  set.chosen.insert(at, index);
  ++set.on_table[what.table];
}

void Search::take(State& set, Index index) const {
  set.present[index] = 0;
  const ChoiceIndex& what = problem_.indexes[index];
  set.bytes -= what.bytes;
  set.total -= what.upkeep;
  if (what.exists) return;
  const auto at = std::lower_bound(set.chosen.begin(), set.chosen.end(), index);
  set.loss.erase(set.loss.begin() + (at - set.chosen.begin()));
  set.chosen.erase(at);
  --set.on_table[what.table];
}

State Search::state_of(const Bits& present) const {
  State set;
  set.present.assign(problem_.indexes.size(), 0);
  set.on_table.assign(tables_, 0);
  set.picks.assign(plans_.size(), never_looked);
  present.each([&](std::size_t i) { put(set, static_cast<Index>(i)); });
  for (std::size_t q = 0; q < plans_.size(); ++q) {
    // Those that are always there are not in the plans, whatever `present` says of them.
    set.costs.push_back(price(q, set));
    set.total += problem_.statements[q].weight * set.costs.back();
  }
  return set;
}

State Search::empty() const {
  Bits present;
  for (std::size_t i = 0; i < problem_.indexes.size(); ++i) {
    if (problem_.indexes[i].exists) present.set(i);
  }
  return state_of(present);
}

Bits Search::bits_of(const State& set) const {
  Bits out;
  for (std::size_t i = 0; i < set.present.size(); ++i) {
    if (set.present[i] != 0) out.set(i);
  }
  return out;
}

std::vector<Index> Search::missing(const State& set, const Plan& plan) const {
  std::vector<Index> out;
  for (const Index i : plan.uses) {
    if (set.present[i] == 0) out.push_back(i);
  }
  return out;
}

double Search::bytes_of(const std::vector<Index>& indexes) const {
  double bytes = 0;
  for (const Index i : indexes) bytes += problem_.indexes[i].bytes;
  return bytes;
}

bool Search::room_for(const State& set, const std::vector<Index>& fresh, double bytes) const {
  if (set.bytes + bytes > problem_.limits.bytes * (1 + tiny)) return false;
  if (problem_.limits.per_table >= problem_.indexes.size()) return true;
  for (const Index i : fresh) {
    const std::size_t table = problem_.indexes[i].table;
    const auto more = std::count_if(fresh.begin(), fresh.end(), [&](Index other) {
      return problem_.indexes[other].table == table && !problem_.indexes[other].exists;
    });
    if (set.on_table[table] + static_cast<std::size_t>(more) > problem_.limits.per_table)
      return false;
  }
  return true;
}

const std::vector<Index>& Search::touched_by(const std::vector<Index>& fresh) const {
  if (fresh.size() == 1) return users_[fresh.front()];
  touched_.clear();
  for (const Index i : fresh) touched_.insert(touched_.end(), users_[i].begin(), users_[i].end());
  std::sort(touched_.begin(), touched_.end());
  touched_.erase(std::unique(touched_.begin(), touched_.end()), touched_.end());
  return touched_;
}

// What the total falls by, all told, when these come in.
double Search::gain_of(State& set, const std::vector<Index>& fresh) const {
  double gain = 0;
  for (const Index i : fresh) {
    gain -= problem_.indexes[i].upkeep;
    set.present[i] = 1;
  }
  for (const Index q : touched_by(fresh))
    gain += problem_.statements[q].weight * (set.costs[q] - price(q, set));
  for (const Index i : fresh) set.present[i] = 0;
  return gain;
}

double Search::loss_of(State& set, std::size_t index) const {
  set.present[index] = 0;
  double loss = -problem_.indexes[index].upkeep;
  for (const Index q : users_[index])
    loss += problem_.statements[q].weight * (price(q, set) - set.costs[q]);
  set.present[index] = 1;
  return loss;
}

double Search::known_loss(State& set, std::size_t at) const {
  if (set.loss[at] == unknown) set.loss[at] = loss_of(set, set.chosen[at]);
  return set.loss[at];
}

// What was remembered of these statements, and of the indexes that matter for them, is no more.
void Search::forget(State& set, const std::vector<Index>& statements) const {
  for (const Index q : statements) {
    set.picks[q] = never_looked;
    for (const Index i : indexes_[q]) {
      for (const Index other : users_[i]) set.picks[other].fresh = false;
      if (set.present[i] == 0) continue;
      const auto at = std::lower_bound(set.chosen.begin(), set.chosen.end(), i);
      if (at != set.chosen.end() && *at == i)
        set.loss[static_cast<std::size_t>(at - set.chosen.begin())] = unknown;
    }
  }
}

void Search::reprice(State& set, const std::vector<Index>& statements) const {
  for (const Index q : statements) {
    const double now = price(q, set);
    set.total += problem_.statements[q].weight * (now - set.costs[q]);
    set.costs[q] = now;
  }
  forget(set, statements);
}

void Search::add(State& set, const std::vector<Index>& fresh) const {
  for (const Index i : fresh) put(set, i);
  reprice(set, touched_by(fresh));
}

void Search::drop(State& set, std::size_t index) const {
  take(set, static_cast<Index>(index));
  reprice(set, users_[index]);
}

// Takes out what costs more than it gains, the least worthy first.
void Search::prune(State& set) const {
  for (;;) {
    double worst = 0;
    std::size_t at = problem_.indexes.size();
    const auto look = [&](std::size_t i, double loss) {
      const ChoiceIndex& index = problem_.indexes[i];
      // Of two that are equally useless, the larger one goes first.
      const double worth = loss - tiny * set.total - tiny * index.bytes;
      if (worth >= worst) return;
      worst = worth;
      at = i;
    };
    for (const Index i : droppable_) {
      if (set.present[i] != 0) look(i, loss_of(set, i));
    }
    for (std::size_t i = 0; i < set.chosen.size(); ++i) {
      if (!problem_.indexes[set.chosen[i]].keep) look(set.chosen[i], known_loss(set, i));
    }
    if (at == problem_.indexes.size()) return;
    drop(set, at);
  }
}

bool Search::make_room(State& set, const Plan& kept) const {
  const auto crowded = [&] {
    if (set.bytes > problem_.limits.bytes * (1 + tiny)) return true;
    return problem_.limits.per_table < problem_.indexes.size() &&
           std::any_of(
               set.on_table.begin(), set.on_table.end(),
               [&](std::size_t n) { return n > problem_.limits.per_table; });
  };
  while (crowded()) {
    double least = std::numeric_limits<double>::infinity();
    std::size_t at = problem_.indexes.size();
    for (std::size_t i = 0; i < set.chosen.size(); ++i) {
      const Index index = set.chosen[i];
      if (std::find(kept.uses.begin(), kept.uses.end(), index) != kept.uses.end()) continue;
      const double worth = known_loss(set, i) / std::max(1.0, problem_.indexes[index].bytes);
      if (worth >= least) continue;
      least = worth;
      at = index;
    }
    if (at == problem_.indexes.size()) return false;
    drop(set, at);
  }
  return true;
}

// The package of a statement that fits and gains most for its bytes (or most).
void Search::pick(State& set, std::size_t q, bool by_density) const {
  Pick best;
  best.fresh = true;
  for (std::size_t p = 0; p < plans_[q].size(); ++p) {
    const Plan& plan = plans_[q][p];
    if (plan.cost >= set.costs[q]) break;
    const std::vector<Index> fresh = missing(set, plan);
    const double bytes = bytes_of(fresh);
    if (!room_for(set, fresh, bytes)) {
      best.left_out = std::min(best.left_out, bytes);
      continue;
    }
    const double gain = gain_of(set, fresh);
    const double score = by_density ? gain / std::max(1.0, bytes) : gain;
    if (gain <= tiny * set.total || score <= best.score) continue;
    best.score = score;
    best.package = p;
    best.bytes = bytes;
  }
  set.picks[q] = best;
}

// The statement whose package is the best of all; plans_.size() when none helps.
std::size_t Search::best_statement(State& set, bool by_density) const {
  const double room = problem_.limits.bytes * (1 + tiny) - set.bytes;
  for (;;) {
    double best = 0;
    std::size_t at = plans_.size();
    for (std::size_t q = 0; q < plans_.size(); ++q) {
      Pick& one = set.picks[q];
      const bool moved = one.bytes > room || one.left_out <= room;
      if ((!one.fresh && !large_) || moved) pick(set, q, by_density);
      if (one.score <= best) continue;
      best = one.score;
      at = q;
    }
    if (at == plans_.size() || set.picks[at].fresh) return at;
    pick(set, at, by_density);
  }
}

void Search::fill(State& set, bool by_density) const {
  while (!tired()) {
    const std::size_t q = best_statement(set, by_density);
    if (q == plans_.size()) return;
    add(set, missing(set, plans_[q][set.picks[q].package]));
  }
}

double Search::cheapest_room(State& set) const {
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < set.chosen.size(); ++i)
    least =
        std::min(least, known_loss(set, i) / std::max(1.0, problem_.indexes[set.chosen[i]].bytes));
  return std::max(0.0, least);
}

// Whether what a package gains may be worth the room that it needs.
bool Search::promising(State& set, const Plan& plan, double least_density) const {
  const std::vector<Index> fresh = missing(set, plan);
  const double bytes = bytes_of(fresh);
  const double needed = set.bytes + bytes - problem_.limits.bytes;
  const double price_of_room = needed > 0 ? needed * least_density : 0;
  return gain_of(set, fresh) > price_of_room + tiny * set.total;
}

bool Search::try_package(State& set, const Plan& plan) const {
  State next = set;
  add(next, missing(next, plan));
  if (!make_room(next, plan)) return false;
  // What is worse by more than a fill could repair is not worth one.
  const double allowed = large_ ? -worth_a_step : hopeless;
  if (next.total > set.total * (1 + allowed)) return false;
  fill(next, true);
  prune(next);
  if (next.total >= set.total * (1 - tiny)) return false;
  set = std::move(next);
  return true;
}

// Tries the packages of one statement. In a large problem, `look` then marks the statements whose
// costs have changed, and `least` is what room costs now.
bool Search::try_packages(State& set, std::size_t q, std::vector<char>& look, double& least) const {
  bool any = false;
  for (const Plan& plan : plans_[q]) {
    if (plan.cost >= set.costs[q]) break;
    if (large_ && !promising(set, plan, least)) continue;
    const std::vector<double> before = large_ ? set.costs : std::vector<double>();
    if (!try_package(set, plan)) continue;
    any = true;
    if (large_) least = cheapest_room(set);
    for (std::size_t other = 0; other < before.size(); ++other) {
      if (before[other] != set.costs[other]) look[other] = 1;
    }
  }
  return any;
}

// Tries each package of the statements to look at; `look` then says where to look next.
bool Search::pass(State& set, std::vector<char>& look) const {
  bool any = false;
  double least = large_ ? cheapest_room(set) : 0;
  for (std::size_t q = 0; q < plans_.size() && !tired(); ++q) {
    if (look[q] == 0) continue;
    look[q] = large_ ? 0 : 1;
    any = try_packages(set, q, look, least) || any;
  }
  return any;
}

void Search::improve(State& set) const {
  prune(set);
  for (Pick& one : set.picks) one = never_looked;
  std::vector<char> look(plans_.size(), 1);
  while (!tired() && pass(set, look)) {
  }
}

}  // namespace

double total_of(const Problem& problem, const Packages& packages, const Bits& present) {
  double total = 0;
  for (std::size_t q = 0; q < packages.size(); ++q)
    total += problem.statements[q].weight * cost_under(packages[q], present);
  present.each([&](std::size_t i) { total += problem.indexes[i].upkeep; });
  return total;
}

Selection select_indexes(const Problem& problem, const Packages& packages, const Bits& start) {
  const Search search(problem, packages);
  State best = search.state_of(start);
  if (search.large()) search.fill(best, true);
  search.improve(best);
  for (const bool by_density : {true, false}) {
    State set = search.empty();
    if (search.large() && set.present == search.state_of(start).present) break;
    search.fill(set, by_density);
    search.improve(set);
    if (set.total < best.total * (1 - tiny)) best = std::move(set);
  }
  const Bits present = search.bits_of(best);
  return {present, total_of(problem, packages, present), best.bytes};
}

}  // namespace whet::advise
