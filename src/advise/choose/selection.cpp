#include "advise/choose/selection.h"

#include <algorithm>
#include <limits>

#include "advise/choose/search_space.h"

namespace whet::advise {

namespace {

constexpr double tiny = 1e-9;
constexpr double hopeless = 0.02;
// A step of a large search gains at least this part.
constexpr double worth_a_step = 1e-6;
constexpr double unknown = -std::numeric_limits<double>::infinity();
// Prices of statements that one search looks at, at most; a second or two. Counted, not timed: the
// same input gives the same output.
constexpr std::size_t prices_at_most = 5'000'000;
// The same for plans that can lack indexes, among which there are many searches.
constexpr std::size_t repaired_prices_at_most = 600'000;

// Of a group of moves the one that a fill would take.
struct Pick {
  double score = 0;  ///< 0: none helps
  std::size_t move = 0;
  double bytes = 0;
  double left_out = std::numeric_limits<double>::infinity();  ///< the fewest bytes that did not fit
  bool fresh = false;  ///< else the score is of an earlier set
};
constexpr Pick never_looked{std::numeric_limits<double>::infinity(), 0, 0, 0, false};

// A set in the making, with what each statement costs under it. What is remembered of a set is part
// of it, so that a copy is a way back.
struct State {
  std::vector<char> present;
  std::vector<Index> replaced;  ///< how many of those present can replace it
  std::vector<Index> chosen;    ///< new ones that are present, rising
  std::vector<double> loss;     ///< of each chosen one, when it would go; `unknown` when changed
  double total = 0;
  double bytes = 0;
  std::vector<double> costs;
  std::vector<std::size_t> on_table;  ///< chosen ones on each table
  std::vector<Pick> picks;            ///< of each group of moves, for one kind of fill
};

class Search {
 public:
  Search(const Problem& problem, const Packages& packages)
      : problem_(problem), space_(problem, packages), seen_(problem.indexes.size(), 0) {}

  [[nodiscard]] State state_of(const Bits& present) const;
  [[nodiscard]] State empty() const;
  void improve(State& set) const;
  void fill(State& set, bool by_density) const;
  [[nodiscard]] bool large() const { return space_.large; }
  [[nodiscard]] Bits bits_of(const State& set) const;

 private:
  [[nodiscard]] double price(std::size_t q, const State& set) const;
  [[nodiscard]] bool room_for(const State& set, const std::vector<Index>& fresh,
                              double bytes) const;
  [[nodiscard]] std::vector<Index> missing(const State& set, const Move& move) const;
  [[nodiscard]] double bytes_of(const std::vector<Index>& indexes) const;
  [[nodiscard]] const std::vector<Index>& touched_by(const std::vector<Index>& fresh) const;
  [[nodiscard]] double gain_of(State& set, const std::vector<Index>& fresh) const;
  [[nodiscard]] double loss_of(State& set, std::size_t index) const;
  [[nodiscard]] double known_loss(State& set, std::size_t at) const;
  void show(State& set, Index index) const;
  void hide(State& set, Index index) const;
  void put(State& set, Index index) const;
  void take(State& set, Index index) const;
  void reprice(State& set, const std::vector<Index>& statements) const;
  void forget(State& set, const std::vector<Index>& statements) const;
  void add(State& set, const std::vector<Index>& fresh) const;
  void drop(State& set, std::size_t index) const;
  void prune(State& set) const;
  [[nodiscard]] bool make_room(State& set, const Move& kept) const;
  void pick(State& set, std::size_t group, bool by_density) const;
  [[nodiscard]] std::size_t best_group(State& set, bool by_density) const;
  [[nodiscard]] double cheapest_room(State& set) const;
  [[nodiscard]] bool promising(State& set, const Move& move, double least_density) const;
  bool try_move(State& set, const Move& move) const;
  bool try_moves(State& set, std::size_t group, std::vector<char>& look, double& least) const;
  bool pass(State& set, std::vector<char>& look) const;
  [[nodiscard]] bool tired() const {
    return priced_ > (space_.repairs ? repaired_prices_at_most : prices_at_most);
  }
  [[nodiscard]] bool worth_more(const State& set, std::size_t group, const Move& move) const {
    return group >= space_.plans.size() || move.cost < set.costs[group];
  }

  const Problem& problem_;
  const SearchSpace space_;
  mutable std::size_t priced_ = 0;
  mutable std::vector<Index> touched_;
  mutable std::vector<std::uint32_t> seen_;  ///< the stamp of when an index was last looked at
  mutable std::uint32_t stamp_ = 0;
};

double Search::price(std::size_t q, const State& set) const {
  ++priced_;
  double best = std::numeric_limits<double>::infinity();
  for (const Plan& plan : space_.plans[q]) {
    if (plan.cost >= best) break;
    double cost = plan.cost;
    for (const Use& use : plan.uses) {
      if (set.present[use.index] != 0) continue;
      cost += set.replaced[use.index] != 0 ? use.missing.instead : use.missing.without;
      if (cost >= best) break;
    }
    best = std::min(best, cost);
  }
  return best;
}

void Search::show(State& set, Index index) const {
  set.present[index] = 1;
  for (const Index i : space_.replaces[index]) ++set.replaced[i];
}

void Search::hide(State& set, Index index) const {
  set.present[index] = 0;
  for (const Index i : space_.replaces[index]) --set.replaced[i];
}

void Search::put(State& set, Index index) const {
  show(set, index);
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
  hide(set, index);
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
  set.replaced.assign(problem_.indexes.size(), 0);
  set.on_table.assign(space_.tables, 0);
  set.picks.assign(space_.moves.size(), never_looked);
  present.each([&](std::size_t i) { put(set, static_cast<Index>(i)); });
  for (std::size_t q = 0; q < space_.plans.size(); ++q) {
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

// A plan's index that another one present replaces is left out: where that is worth something, it
// comes in alone.
std::vector<Index> Search::missing(const State& set, const Move& move) const {
  std::vector<Index> out;
  for (const Index i : move.indexes) {
    if (set.present[i] == 0 && (set.replaced[i] == 0 || move.indexes.size() == 1)) out.push_back(i);
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
  if (fresh.size() == 1) return space_.users[fresh.front()];
  touched_.clear();
  for (const Index i : fresh)
    touched_.insert(touched_.end(), space_.users[i].begin(), space_.users[i].end());
  std::sort(touched_.begin(), touched_.end());
  touched_.erase(std::unique(touched_.begin(), touched_.end()), touched_.end());
  return touched_;
}

// What the total falls by, all told, when these come in.
double Search::gain_of(State& set, const std::vector<Index>& fresh) const {
  double gain = 0;
  for (const Index i : fresh) {
    gain -= problem_.indexes[i].upkeep;
    show(set, i);
  }
  for (const Index q : touched_by(fresh))
    gain += problem_.statements[q].weight * (set.costs[q] - price(q, set));
  for (const Index i : fresh) hide(set, i);
  return gain;
}

double Search::loss_of(State& set, std::size_t index) const {
  hide(set, static_cast<Index>(index));
  double loss = -problem_.indexes[index].upkeep;
  for (const Index q : space_.users[index])
    loss += problem_.statements[q].weight * (price(q, set) - set.costs[q]);
  show(set, static_cast<Index>(index));
  return loss;
}

double Search::known_loss(State& set, std::size_t at) const {
  if (set.loss[at] == unknown) set.loss[at] = loss_of(set, set.chosen[at]);
  return set.loss[at];
}

// What was remembered of these statements, and of the indexes that matter for them, is no more.
void Search::forget(State& set, const std::vector<Index>& statements) const {
  const std::uint32_t now = ++stamp_;
  for (const Index q : statements) {
    set.picks[q] = never_looked;
    for (const Index i : space_.indexes[q]) {
      if (seen_[i] == now) continue;
      seen_[i] = now;
      if (space_.single[i] != 0) set.picks[space_.single[i]] = never_looked;
      for (const Index other : space_.users[i]) set.picks[other].fresh = false;
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
  reprice(set, space_.users[index]);
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
    for (const Index i : space_.droppable) {
      if (set.present[i] != 0) look(i, loss_of(set, i));
    }
    for (std::size_t i = 0; i < set.chosen.size(); ++i) {
      if (!problem_.indexes[set.chosen[i]].keep) look(set.chosen[i], known_loss(set, i));
    }
    if (at == problem_.indexes.size()) return;
    drop(set, at);
  }
}

bool Search::make_room(State& set, const Move& kept) const {
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
      if (std::find(kept.indexes.begin(), kept.indexes.end(), index) != kept.indexes.end())
        continue;
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

// The move of a group that fits and gains most for its bytes (or most).
void Search::pick(State& set, std::size_t group, bool by_density) const {
  Pick best;
  best.fresh = true;
  for (std::size_t m = 0; m < space_.moves[group].size(); ++m) {
    const Move& move = space_.moves[group][m];
    if (!worth_more(set, group, move)) break;
    const std::vector<Index> fresh = missing(set, move);
    if (fresh.empty()) continue;
    const double bytes = bytes_of(fresh);
    if (!room_for(set, fresh, bytes)) {
      best.left_out = std::min(best.left_out, bytes);
      continue;
    }
    const double gain = gain_of(set, fresh);
    const double score = by_density ? gain / std::max(1.0, bytes) : gain;
    if (gain <= tiny * set.total || score <= best.score) continue;
    best.score = score;
    best.move = m;
    best.bytes = bytes;
  }
  set.picks[group] = best;
}

// The group whose move is the best of all; space_.moves.size() when none helps.
std::size_t Search::best_group(State& set, bool by_density) const {
  const double room = problem_.limits.bytes * (1 + tiny) - set.bytes;
  for (;;) {
    double best = 0;
    std::size_t at = space_.moves.size();
    for (std::size_t group = 0; group < space_.moves.size(); ++group) {
      Pick& one = set.picks[group];
      const bool moved = one.bytes > room || one.left_out <= room;
      const bool lazy = space_.large || space_.repairs;
      if ((!one.fresh && !lazy) || moved) pick(set, group, by_density);
      if (one.score <= best) continue;
      best = one.score;
      at = group;
    }
    if (at == space_.moves.size() || set.picks[at].fresh) return at;
    pick(set, at, by_density);
  }
}

void Search::fill(State& set, bool by_density) const {
  while (!tired()) {
    const std::size_t group = best_group(set, by_density);
    if (group == space_.moves.size()) return;
    add(set, missing(set, space_.moves[group][set.picks[group].move]));
  }
}

double Search::cheapest_room(State& set) const {
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < set.chosen.size(); ++i)
    least =
        std::min(least, known_loss(set, i) / std::max(1.0, problem_.indexes[set.chosen[i]].bytes));
  return std::max(0.0, least);
}

// Whether what a move gains may be worth the room that it needs.
bool Search::promising(State& set, const Move& move, double least_density) const {
  const std::vector<Index> fresh = missing(set, move);
  if (fresh.empty()) return false;
  const double bytes = bytes_of(fresh);
  const double needed = set.bytes + bytes - problem_.limits.bytes;
  const double price_of_room = needed > 0 ? needed * least_density : 0;
  return gain_of(set, fresh) > price_of_room + tiny * set.total;
}

bool Search::try_move(State& set, const Move& move) const {
  State next = set;
  add(next, missing(next, move));
  if (!make_room(next, move)) return false;
  // What is worse by more than a fill could repair is not worth one.
  const double allowed = space_.large ? -worth_a_step : hopeless;
  if (next.total > set.total * (1 + allowed)) return false;
  fill(next, true);
  prune(next);
  if (next.total >= set.total * (1 - tiny)) return false;
  set = std::move(next);
  return true;
}

// Tries the moves of one group. In a large problem, `look` then marks the groups to which the
// step may matter, and `least` is what room costs now.
bool Search::try_moves(State& set, std::size_t group, std::vector<char>& look,
                       double& least) const {
  const bool choosy = space_.large || space_.repairs;
  bool any = false;
  for (const Move& move : space_.moves[group]) {
    if (!worth_more(set, group, move)) break;
    if (choosy && !promising(set, move, least)) continue;
    const std::vector<double> before = choosy ? set.costs : std::vector<double>();
    if (!try_move(set, move)) continue;
    any = true;
    if (choosy) least = cheapest_room(set);
    for (std::size_t q = 0; q < before.size(); ++q) {
      if (before[q] == set.costs[q]) continue;
      look[q] = 1;
      for (const Index i : space_.indexes[q])
        look[space_.single[i] == 0 ? q : space_.single[i]] = 1;
    }
  }
  return any;
}

// Tries each move of the groups to look at; `look` then says where to look next.
bool Search::pass(State& set, std::vector<char>& look) const {
  const bool choosy = space_.large || space_.repairs;
  bool any = false;
  double least = choosy ? cheapest_room(set) : 0;
  for (std::size_t group = 0; group < space_.moves.size() && !tired(); ++group) {
    if (look[group] == 0) continue;
    look[group] = choosy ? 0 : 1;
    any = try_moves(set, group, look, least) || any;
  }
  return any;
}

void Search::improve(State& set) const {
  prune(set);
  for (Pick& one : set.picks) one = never_looked;
  std::vector<char> look(space_.moves.size(), 1);
  while (!tired() && pass(set, look)) {
  }
}

}  // namespace

Selection select_indexes(const Problem& problem, const Packages& packages, const Bits& start,
                         bool afresh) {
  const Search search(problem, packages);
  State best = search.state_of(start);
  if (search.large()) search.fill(best, true);
  search.improve(best);
  for (const bool by_density : {true, false}) {
    if (!afresh) break;
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
