#include "advise/innodb/joins.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace whet::advise::innodb {

namespace {

constexpr std::size_t exhaustive = 8;
constexpr double buffered_row_bytes = 60;  // of the needed columns, in a join buffer
constexpr double pair_work = 0.02;         // of two rows compared in a join buffer
constexpr double least_fanout = 0.01;

using Mask = std::uint64_t;

class Joiner {
 public:
  Joiner(const Facts& facts, const Constants& constants, const Query& query,
         const std::vector<std::size_t>& relations, const std::vector<std::size_t>& outer,
         const KeysOf& keys)
      : facts_(facts),
        constants_(constants),
        query_(query),
        relations_(relations),
        outer_(outer),
        keys_(keys),
        memory_(relations.size()),
        alone_(relations.size()) {}

  Joined join() {
    return relations_.size() <= exhaustive ? all_orders() : cheapest_next();
  }

 private:
  struct State {
    double price = std::numeric_limits<double>::infinity();
    double rows = 1, work = 0;
    std::vector<Step> steps;
  };

  Joined all_orders();
  Joined cheapest_next();
  [[nodiscard]] bool may_follow(std::size_t at, Mask before) const;
  [[nodiscard]] std::size_t position(std::size_t relation) const;
  [[nodiscard]] bool known(std::size_t relation, Mask before) const;
  [[nodiscard]] double fanout(std::size_t at, Mask before) const;
  [[nodiscard]] Bound bound(std::size_t at, Mask before) const;
  const Path& reach(std::size_t at, const Bound& columns);
  const Path& alone(std::size_t at);
  State extended(const State& from, std::size_t at, Mask before);
  void choose(Step& step, std::size_t at, const Bound& columns, double& price);

  const Facts& facts_;
  const Constants& constants_;
  const Query& query_;
  const std::vector<std::size_t>& relations_;
  const std::vector<std::size_t>& outer_;
  const KeysOf& keys_;
  std::vector<std::map<Bound, Path>> memory_;
  std::vector<std::optional<Path>> alone_;
};

std::size_t Joiner::position(std::size_t relation) const {
  const auto at = std::find(relations_.begin(), relations_.end(), relation);
  return static_cast<std::size_t>(at - relations_.begin());
}

bool Joiner::known(std::size_t relation, Mask before) const {
  const std::size_t at = position(relation);
  if (at < relations_.size()) return (before >> at & 1) != 0;
  return std::find(outer_.begin(), outer_.end(), relation) != outer_.end();
}

// An outer join's right side, and what must not be there, come after what they are tied to.
bool Joiner::may_follow(std::size_t at, Mask before) const {
  const Relation& relation = query_.relations[relations_[at]];
  if (relation.role != Role::outer && relation.role != Role::anti) return true;
  return std::all_of(relation.equalities.begin(), relation.equalities.end(), [&](const auto& one) {
    const std::size_t other = position(one.other);
    return other >= relations_.size() || one.other > relations_[at] ||
           (before >> other & 1) != 0;
  });
}

Bound Joiner::bound(std::size_t at, Mask before) const {
  Bound out;
  for (const Equality& one : query_.relations[relations_[at]].equalities) {
    if (known(one.other, before)) out.insert(one.column);
  }
  return out;
}

// Rows of the relation for each row before it.
double Joiner::fanout(std::size_t at, Mask before) const {
  const Relation& relation = query_.relations[relations_[at]];
  std::map<int, double> groups;  // different values on the other side
  std::vector<std::string> columns;
  for (const Equality& one : relation.equalities) {
    if (!known(one.other, before)) continue;
    double values = 1;
    if (const model::Table* other = query_.relations[one.other].table)
      values = Statistics(facts_, *other).distinct(one.other_column);
    double& most = groups[one.group];
    if (most == 0) columns.push_back(one.column);
    most = std::max(most, values);
  }
  double rows = relation.rows * relation.filter;
  if (!columns.empty() && relation.table != nullptr) {
    const Statistics statistics(facts_, *relation.table);
    double values = statistics.distinct(columns);
    if (groups.size() == 1) values = std::max(values, groups.begin()->second);
    rows /= values;
  } else if (!columns.empty()) {
    rows /= std::max(relation.rows, 1.0);
  }
  const bool all_known = std::all_of(relation.equalities.begin(), relation.equalities.end(),
                                     [&](const auto& one) { return known(one.other, before); });
  switch (relation.role) {
    case Role::outer:
      return std::max(1.0, rows);
    case Role::semi:
      return all_known ? std::min(1.0, rows) : rows;
    case Role::anti:
      return std::max(1 - std::min(1.0, rows), 0.3);
    case Role::inner:
      break;
  }
  return rows;
}

const Path& Joiner::reach(std::size_t at, const Bound& columns) {
  const auto [found, made] = memory_[at].try_emplace(columns);
  if (made) {
    const std::size_t relation = relations_[at];
    found->second = Paths(constants_, query_.relations[relation], keys_(relation)).best(columns);
  }
  return found->second;
}

const Path& Joiner::alone(std::size_t at) {
  if (!alone_[at]) alone_[at] = reach(at, {});
  return *alone_[at];
}

// A lookup for each row before it, or one scan with the rows before it in a buffer: by price.
void Joiner::choose(Step& step, std::size_t at, const Bound& columns, double& price) {
  const Relation& relation = query_.relations[relations_[at]];
  const Path& scan = alone(at);
  const double passing = relation.rows * relation.filter;
  const double buffers =
      std::max(1.0, std::ceil(step.before * buffered_row_bytes / constants_.join_buffer));
  const bool hashed = constants_.hash_join && !columns.empty();
  const double scans = hashed ? 1 : buffers;
  price = scan.price * buffers + step.before * passing * constants_.price.row;
  step.path = scan;
  step.buffered = true;
  const double spilled = buffers > 1 ? constants_.work.spill : 0;
  step.work = scan.work * scans +
              (hashed ? step.before * (constants_.work.build + spilled) +
                            passing * (constants_.work.probe + spilled)
                      : step.before * passing * pair_work);
  if (columns.empty()) return;
  const Path& lookup = reach(at, columns);
  if (!lookup.joined) return;
  const double each = step.before * lookup.price;
  if (each >= price) return;
  price = each;
  step.path = lookup;
  step.buffered = false;
  // Semijoins and antijoins stop at the first row.
  const bool first_only = relation.role == Role::semi || relation.role == Role::anti;
  const double part = first_only ? std::min(1.0, 2 / std::max(lookup.examined, 1.0)) : 1;
  step.work = step.before * lookup.work * std::max(part, 0.2);
}

Joiner::State Joiner::extended(const State& from, std::size_t at, Mask before) {
  State to;
  Step step;
  step.relation = relations_[at];
  step.before = from.rows;
  double price = 0;
  const Bound columns = bound(at, before);
  if (before == 0) {
    step.path = reach(at, columns);
    price = step.path.price;
    step.work = step.path.work;
  } else {
    choose(step, at, columns, price);
  }
  step.after = std::max(from.rows * fanout(at, before), least_fanout);
  to.rows = step.after;
  to.price = from.price + price;
  to.work = from.work + step.work;
  to.steps = from.steps;
  to.steps.push_back(std::move(step));
  return to;
}

Joined Joiner::all_orders() {
  const std::size_t count = relations_.size();
  std::vector<State> states(std::size_t{1} << count);
  states[0].price = 0;
  for (Mask mask = 0; mask + 1 < states.size(); ++mask) {
    if (!std::isfinite(states[mask].price)) continue;
    for (std::size_t at = 0; at < count; ++at) {
      if ((mask >> at & 1) != 0 || !may_follow(at, mask)) continue;
      State next = extended(states[mask], at, mask);
      State& there = states[mask | Mask{1} << at];
      if (next.price < there.price) there = std::move(next);
    }
  }
  State& all = states.back();
  return {std::move(all.steps), all.rows, all.price, all.work};
}

Joined Joiner::cheapest_next() {
  State state;
  state.price = 0;
  constexpr std::size_t most = 63;
  Mask mask = 0;
  for (std::size_t n = 0; n < std::min(relations_.size(), most); ++n) {
    State best;
    std::size_t chosen = 0;
    for (std::size_t at = 0; at < std::min(relations_.size(), most); ++at) {
      if ((mask >> at & 1) != 0) continue;
      if (!may_follow(at, mask) && std::isfinite(best.price)) continue;
      State next = extended(state, at, mask);
      // Few rows early are worth more than a cheap step.
      const auto rank = [](const State& one) { return one.price + one.rows; };
      if (!std::isfinite(best.price) || rank(next) < rank(best)) {
        best = std::move(next);
        chosen = at;
      }
    }
    state = std::move(best);
    mask |= Mask{1} << chosen;
  }
  return {std::move(state.steps), state.rows, state.price, state.work};
}

}  // namespace

Joined join(const Facts& facts, const Constants& constants, const Query& query,
            const std::vector<std::size_t>& relations, const std::vector<std::size_t>& outer,
            const KeysOf& keys) {
  return Joiner(facts, constants, query, relations, outer, keys).join();
}

}  // namespace whet::advise::innodb
