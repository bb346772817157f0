#include "advise/innodb/joins.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace whet::advise::innodb {

namespace {

constexpr double buffered_row_bytes = 60;  // of the needed columns, in a join buffer
constexpr double pair_work = 0.02;         // of two rows compared in a join buffer
constexpr double least_fanout = 0.01;
constexpr double unknown_equality = 0.1;  // item.h: COND_FILTER_EQUALITY
constexpr std::size_t most_relations = 61;
constexpr std::size_t most_steps = 5000;  // of one search; then the best so far

using Mask = std::uint64_t;
constexpr Mask bit(std::size_t at) { return Mask{1} << at; }
constexpr double infinity = std::numeric_limits<double>::infinity();

struct State {
  double price = 0;
  double rows = 1, believed = 1;
  double work = 0;
  Mask joined = 0;
  std::vector<Step> steps;
};

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
        keys_(keys) {
    if (relations_.size() > most_relations) relations_.resize(most_relations);
    memory_.resize(relations_.size());
    for (const std::size_t i : relations_)
      believed_.push_back(Paths(constants_, query_.relations[i], keys_(i)).believed());
    find_key_dependence();
    sort();
  }

  Joined join() {
    search({});
    return {std::move(best_.steps), best_.rows, best_.price, best_.work};
  }

 private:
  void find_key_dependence();
  void sort();
  void search(const State& from);
  State with_unique_lookups(State from);
  [[nodiscard]] Mask all() const { return bit(relations_.size()) - 1; }
  [[nodiscard]] bool may_follow(std::size_t at, Mask before) const;
  [[nodiscard]] std::size_t position(std::size_t relation) const;
  [[nodiscard]] bool known(std::size_t relation, Mask before) const;
  [[nodiscard]] bool ties_known(std::size_t at, Mask before) const;
  [[nodiscard]] double matching(std::size_t at, Mask before) const;
  [[nodiscard]] double fanout(std::size_t at, Mask before, double rows) const;
  [[nodiscard]] double believed_rows(std::size_t at, Mask before, const Step& step) const;
  [[nodiscard]] Bound bound(std::size_t at, Mask before) const;
  [[nodiscard]] bool is_unique_lookup(const Step& step) const {
    return step.path.way == Way::unique_lookup && !step.buffered;
  }
  const Path& reach(std::size_t at, const Bound& columns);
  State extended(const State& from, std::size_t at);
  void choose(Step& step, std::size_t at, const Bound& columns, double& price);

  const Facts& facts_;
  const Constants& constants_;
  const Query& query_;
  std::vector<std::size_t> relations_;
  const std::vector<std::size_t>& outer_;
  const KeysOf& keys_;
  std::vector<std::map<Bound, Path>> memory_;
  std::vector<double> believed_;     ///< part of each relation that passes, by the server
  std::vector<Mask> key_dependent_;  ///< those that a relation's keys could be found by
  std::vector<std::size_t> order_;   ///< in which relations are tried
  State best_;
  double best_price_ = infinity;
  std::size_t tried_ = 0;
};

void Joiner::find_key_dependence() {
  for (const std::size_t i : relations_) {
    Mask mask = 0;
    for (const Equality& one : query_.relations[i].equalities) {
      const std::size_t other = position(one.other);
      const bool leads = std::any_of(keys_(i).begin(), keys_(i).end(), [&](const Key* key) {
        return key->parts.front().column == one.column;
      });
      if (leads && other < relations_.size()) mask |= bit(other);
    }
    key_dependent_.push_back(mask);
  }
}

// Small ones first, those that are found by others' values behind these (Join_tab_compare_default).
void Joiner::sort() {
  std::vector<double> rows;
  for (std::size_t at = 0; at < relations_.size(); ++at) {
    order_.push_back(at);
    rows.push_back(reach(at, {}).examined);
  }
  const auto before = [&](std::size_t a, std::size_t b) {
    const bool a_needs_b = (key_dependent_[a] & bit(b)) != 0;
    const bool b_needs_a = (key_dependent_[b] & bit(a)) != 0;
    if (a_needs_b != b_needs_a) return b_needs_a;
    return rows[a] < rows[b];
  };
  // No strict order: what the server's merge sort makes of it is close to an insertion.
  for (std::size_t i = 1; i < order_.size(); ++i) {
    for (std::size_t j = i; j > 0 && before(order_[j], order_[j - 1]); --j)
      std::swap(order_[j], order_[j - 1]);
  }
}

std::size_t Joiner::position(std::size_t relation) const {
  const auto at = std::find(relations_.begin(), relations_.end(), relation);
  return static_cast<std::size_t>(at - relations_.begin());
}

bool Joiner::known(std::size_t relation, Mask before) const {
  const std::size_t at = position(relation);
  if (at < relations_.size()) return (before & bit(at)) != 0;
  return std::find(outer_.begin(), outer_.end(), relation) != outer_.end();
}

// An outer join's right side, and what must not be there, come after what they are tied to.
bool Joiner::may_follow(std::size_t at, Mask before) const {
  const Relation& relation = query_.relations[relations_[at]];
  if (relation.role != Role::outer && relation.role != Role::anti) return true;
  return std::all_of(relation.equalities.begin(), relation.equalities.end(), [&](const auto& one) {
    const std::size_t other = position(one.other);
    return other >= relations_.size() || one.other > relations_[at] || (before & bit(other)) != 0;
  });
}

Bound Joiner::bound(std::size_t at, Mask before) const {
  Bound out;
  for (const Equality& one : query_.relations[relations_[at]].equalities) {
    if (known(one.other, before)) out.insert(one.column);
  }
  return out;
}

// Part of the relation's rows that fits to a row before it. Columns that are equal to several of
// one other relation hang together (a foreign key of two columns); what different relations ask for
// does not.
double Joiner::matching(std::size_t at, Mask before) const {
  const Relation& relation = query_.relations[relations_[at]];
  if (relation.table == nullptr) return bound(at, before).empty() ? 1 : 1 / relation.rows;
  const Statistics statistics(facts_, *relation.table);
  std::map<std::size_t, std::map<int, const Equality*>> by_other;
  for (const Equality& one : relation.equalities) {
    if (known(one.other, before)) by_other[one.other].emplace(one.group, &one);
  }
  double part = 1;
  while (!by_other.empty()) {
    const auto most = std::max_element(
        by_other.begin(), by_other.end(),
        [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); });
    const auto [other, groups] = *most;
    by_other.erase(most);
    if (groups.empty()) continue;
    std::vector<std::string> columns;
    for (const auto& [group, one] : groups) columns.push_back(one->column);
    double values = statistics.distinct(columns);
    const model::Table* table = query_.relations[other].table;
    if (groups.size() == 1 && table != nullptr)
      values = std::max(values,
                        Statistics(facts_, *table).distinct(groups.begin()->second->other_column));
    part /= std::max(values, 1.0);
    for (auto& [rest, remaining] : by_other) {
      for (const auto& [group, one] : groups) remaining.erase(group);
    }
  }
  return part;
}

bool Joiner::ties_known(std::size_t at, Mask before) const {
  const Relation& relation = query_.relations[relations_[at]];
  return std::all_of(relation.equalities.begin(), relation.equalities.end(),
                     [&](const auto& one) { return known(one.other, before); });
}

// Rows that come out for each row before it; `rows`: those that match.
double Joiner::fanout(std::size_t at, Mask before, double rows) const {
  const Relation& relation = query_.relations[relations_[at]];
  switch (relation.role) {
    case Role::outer:
      return std::max(1.0, rows);
    case Role::semi:
      return ties_known(at, before) ? std::min(1.0, rows) : rows;
    case Role::anti:
      return std::max(1 - std::min(1.0, rows), 0.3);
    case Role::inner:
      break;
  }
  return rows;
}

// What the server expects to come out for each row before it: equalities that no key part serves
// are a guess to it.
double Joiner::believed_rows(std::size_t at, Mask before, const Step& step) const {
  const Relation& relation = query_.relations[step.relation];
  std::set<std::string> served;
  if (!step.buffered && step.path.key != nullptr) {
    for (std::size_t i = 0; i < step.path.used_parts; ++i)
      served.insert(step.path.key->parts[i].column);
  }
  double rows = (served.empty() ? relation.rows : step.path.believed) * believed_[at];
  for (const auto& [column, condition] : relation.conditions) {
    if (served.contains(column)) rows /= std::max(condition.share.part, 1e-9);
  }
  std::set<int> groups;
  for (const Equality& one : relation.equalities) {
    if (known(one.other, before) && !served.contains(one.column)) groups.insert(one.group);
  }
  const double guess = std::max(unknown_equality, 1 / std::max(relation.rows, 1.0));
  rows *= std::pow(guess, static_cast<double>(groups.size()));
  return std::min(rows, relation.rows);
}

const Path& Joiner::reach(std::size_t at, const Bound& columns) {
  const auto [found, made] = memory_[at].try_emplace(columns);
  if (made) {
    const std::size_t relation = relations_[at];
    found->second = Paths(constants_, query_.relations[relation], keys_(relation)).best(columns);
  }
  return found->second;
}

// A lookup for each row before it, or one scan with the rows before it in a buffer: by price.
void Joiner::choose(Step& step, std::size_t at, const Bound& columns, double& price) {
  const Relation& relation = query_.relations[relations_[at]];
  const Path& scan = reach(at, {});
  const double passing = relation.rows * relation.filter;
  const auto buffers = [&](double rows) {
    return std::max(1.0, std::ceil(rows * buffered_row_bytes / constants_.join_buffer));
  };
  const double by_server = relation.rows * believed_[at];
  price = scan.price * buffers(step.believed) + step.believed * by_server * constants_.price.row;
  const bool hashed = constants_.hash_join && !columns.empty();
  const double spilled = buffers(step.before) > 1 ? constants_.work.spill : 0;
  step.path = scan;
  step.buffered = true;
  step.work = scan.work * (hashed ? 1 : buffers(step.before)) +
              (hashed ? step.before * (constants_.work.build + spilled) +
                            passing * (constants_.work.probe + spilled)
                      : step.before * passing * pair_work);
  if (columns.empty()) return;
  const Path& lookup = reach(at, columns);
  const double each = step.believed * lookup.price;
  if (!lookup.joined || each >= price) return;
  price = each;
  step.path = lookup;
  step.buffered = false;
  // Semijoins and antijoins stop at the first row.
  const bool first_only = relation.role == Role::semi || relation.role == Role::anti;
  const double part = first_only ? std::min(1.0, 2 / std::max(lookup.examined, 1.0)) : 1;
  step.work = step.before * lookup.work * std::max(part, 0.2);
}

State Joiner::extended(const State& from, std::size_t at) {
  State to = from;
  Step step;
  step.relation = relations_[at];
  step.before = from.rows;
  step.believed = from.believed;
  double price = 0;
  const Bound columns = bound(at, from.joined);
  if (from.joined == 0) {
    step.path = reach(at, columns);
    price = step.path.price;
    step.work = step.path.work;
  } else {
    choose(step, at, columns, price);
  }
  const Relation& relation = query_.relations[step.relation];
  // A semijoin's inner side that comes first is made distinct.
  if (relation.role == Role::semi && !ties_known(at, from.joined)) {
    const double rows = relation.rows * relation.filter;
    price += rows * (constants_.price.row + constants_.price.temporary_row);
    step.work += rows * (constants_.work.group + constants_.work.group_made);
  }
  const double matches = relation.rows * matching(at, from.joined) * relation.filter;
  step.after = std::max(from.rows * fanout(at, from.joined, matches), least_fanout);
  to.rows = step.after;
  to.believed = std::max(
      from.believed * fanout(at, from.joined, believed_rows(at, from.joined, step)), least_fanout);
  to.price += price;
  to.work += step.work;
  to.joined |= bit(at);
  to.steps.push_back(std::move(step));
  return to;
}

// Relations that are found by a whole unique key follow at once (eq_ref_extension_by_...).
State Joiner::with_unique_lookups(State from) {
  for (bool more = true; more;) {
    more = false;
    for (const std::size_t at : order_) {
      if ((from.joined & bit(at)) != 0 || !may_follow(at, from.joined)) continue;
      State next = extended(from, at);
      if (!is_unique_lookup(next.steps.back())) continue;
      from = std::move(next);
      more = true;
    }
  }
  return from;
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as there are relations
void Joiner::search(const State& from) {
  if (from.joined == all()) {
    if (from.price >= best_price_) return;
    best_price_ = from.price;
    best_ = from;
    return;
  }
  double least_rows = infinity, least_price = infinity;
  bool unique_done = false;
  const bool any_allowed = std::any_of(order_.begin(), order_.end(), [&](std::size_t at) {
    return (from.joined & bit(at)) == 0 && may_follow(at, from.joined);
  });
  for (const std::size_t at : order_) {
    if ((from.joined & bit(at)) != 0 || (any_allowed && !may_follow(at, from.joined))) continue;
    if (++tried_ > most_steps && std::isfinite(best_price_)) return;
    State next = extended(from, at);
    const Step& step = next.steps.back();
    const bool unique = is_unique_lookup(step) && from.joined != 0;
    if (unique && unique_done) continue;
    if (next.price >= best_price_) continue;
    // Beaten in rows and price by one that was tried before it: not looked at.
    if (next.believed >= least_rows && next.price >= least_price) continue;
    const bool settled = (key_dependent_[at] & ~next.joined) == 0 || step.path.examined < 2;
    if (next.believed <= least_rows && next.price <= least_price && settled) {
      least_rows = next.believed;
      least_price = next.price;
    }
    if (unique) {
      unique_done = true;
      next = with_unique_lookups(std::move(next));
    }
    search(next);
  }
}

}  // namespace

Joined join(const Facts& facts, const Constants& constants, const Query& query,
            const std::vector<std::size_t>& relations, const std::vector<std::size_t>& outer,
            const KeysOf& keys) {
  return Joiner(facts, constants, query, relations, outer, keys).join();
}

}  // namespace whet::advise::innodb
