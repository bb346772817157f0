// B-trees: what the statement fixes, joins, bounds, sorts and groups by, in the orders that a plan
// could use; each also with the other columns that it needs, so that the table is not read at all.
#include <algorithm>
#include <map>
#include <set>

#include "advise/candidates/selectivity.h"
#include "advise/proposals/proposals.h"

namespace whet::advise {

namespace {

using model::IndexPart;
using model::PredicateKind;
using Parts = std::vector<IndexPart>;

bool has(const Parts& parts, const std::string& column) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](const IndexPart& part) { return part.column == column; });
}

Parts joined(Parts first, const Parts& second) {
  for (const IndexPart& part : second) {
    if (!has(first, part.column)) first.push_back(part);
  }
  return first;
}

class Btrees {
 public:
  Btrees(const Facts& facts, const model::Shape& shape, std::size_t relation,
         const model::Table& table, const ProposalLimits& limits)
      : facts_(facts),
        relation_(shape.relations[relation]),
        table_(table),
        limits_(limits),
        mysql_(facts.server().engine == model::EngineKind::mysql ||
               facts.server().engine == model::EngineKind::mariadb) {}

  std::vector<model::Index> all();

 private:
  void read_predicates();
  void read_joins();
  void read_keys();
  void single_keys();
  void filtered_keys();
  void joined_keys();
  void ordered_keys();
  void key(const Parts& parts);
  void add(const Parts& key, std::vector<std::string> includes);
  [[nodiscard]] bool indexable(const std::string& column) const;
  [[nodiscard]] IndexPart part(const std::string& column) const;
  [[nodiscard]] double distinct(const std::string& column) const;
  [[nodiscard]] Parts sort_parts(const std::vector<model::ShapeKey>& keys) const;

  const Facts& facts_;
  const model::ShapeRelation& relation_;
  const model::Table& table_;
  const ProposalLimits& limits_;
  const bool mysql_;
  Parts equal_;                          ///< = a value, IN, IS NULL; many values first
  Parts ranges_;                         ///< bounded
  Parts alternatives_;                   ///< below an OR
  std::map<std::int64_t, Parts> joins_;  ///< by the relation on the other side
  std::vector<Parts> orders_;            ///< sort, group, DISTINCT, min and max
  std::vector<model::Index> out_;
  std::set<std::string> seen_;
};

bool Btrees::indexable(const std::string& column) const {
  const model::Column* known = table_.column(column);
  return known != nullptr && has_order(*known);
}

IndexPart Btrees::part(const std::string& column) const {
  IndexPart made;
  made.column = column;
  made.opclass_is_default = true;
  return made;
}

double Btrees::distinct(const std::string& column) const {
  const model::Column* known = table_.column(column);
  if (known == nullptr || !known->stats) return 0;
  const double distinct = known->stats->distinct;
  return distinct >= 0 ? distinct : -distinct * table_.rows();
}

void Btrees::read_predicates() {
  const model::Database* database = facts_.server().current_database();
  // Every collation of MySQL has texts with a common beginning together.
  const bool c_order = mysql_ || (database != nullptr &&
                                  (database->collation == "C" || database->collation == "POSIX"));
  for (const model::Predicate& predicate : relation_.predicates) {
    if (!indexable(predicate.column)) continue;
    const bool fixed = predicate.kind == PredicateKind::membership ||
                       (predicate.kind == PredicateKind::equality && predicate.op == "=") ||
                       predicate.kind == PredicateKind::null;
    const bool prefix = predicate.kind == PredicateKind::pattern && c_order &&
                        !predicate.ignores_case &&
                        predicate.pattern != model::PatternKind::wildcard;
    const bool bounded = predicate.kind == PredicateKind::range || prefix;
    if ((!fixed && !bounded) || (predicate.negated && predicate.kind != PredicateKind::range))
      continue;
    Parts& list = predicate.disjunction != 0 ? alternatives_ : fixed ? equal_ : ranges_;
    if (!has(list, predicate.column)) list.push_back(part(predicate.column));
  }
  std::erase_if(ranges_, [&](const IndexPart& one) { return has(equal_, one.column); });
  std::stable_sort(equal_.begin(), equal_.end(), [&](const IndexPart& a, const IndexPart& b) {
    return distinct(a.column) > distinct(b.column);
  });
}

void Btrees::read_joins() {
  // Edges to derived tables (no position) are one group.
  constexpr std::int64_t derived = -1;
  for (const model::JoinEdge& edge : relation_.joins) {
    if (!indexable(edge.column)) continue;
    const bool listed = mysql_ && (edge.op == "IN" || edge.op == "= ANY");
    if (edge.op != "=" && !listed) {
      if (!has(ranges_, edge.column)) ranges_.push_back(part(edge.column));
      continue;
    }
    Parts& group = joins_[edge.other.value_or(derived)];
    if (!has(group, edge.column)) group.push_back(part(edge.column));
  }
}

// Read backwards, an ascending index gives a wholly descending order too.
Parts Btrees::sort_parts(const std::vector<model::ShapeKey>& keys) const {
  Parts parts;
  bool backwards = !keys.empty();
  for (const model::ShapeKey& key : keys) {
    if (!indexable(key.column)) break;
    if (has(equal_, key.column)) continue;
    IndexPart made = part(key.column);
    made.descending = key.descending;
    made.nulls_first = key.nulls_first;
    backwards = backwards && key.descending && key.nulls_first;
    parts.push_back(std::move(made));
  }
  for (IndexPart& made : parts) {
    if (backwards) made.descending = made.nulls_first = false;
  }
  return parts;
}

void Btrees::read_keys() {
  for (const auto* keys : {&relation_.ordering, &relation_.grouping, &relation_.extremes}) {
    Parts parts = sort_parts(*keys);
    if (!parts.empty()) orders_.push_back(std::move(parts));
  }
}

void Btrees::add(const Parts& key, std::vector<std::string> includes) {
  if (key.empty() || key.size() > limits_.key_columns) return;
  std::string name;
  for (const IndexPart& one : key)
    name += one.column + (one.descending ? " DESC" : "") + (one.nulls_first ? " NF" : "") + ",";
  std::sort(includes.begin(), includes.end());
  for (const std::string& column : includes) name += "|" + column;
  if (!seen_.insert(name).second) return;
  model::Index index;
  index.schema = table_.schema;
  index.method = "btree";
  index.parts = key;
  index.includes = std::move(includes);
  out_.push_back(std::move(index));
}

// The key alone, with the other filtered columns in it, and with all that the statement needs.
void Btrees::key(const Parts& parts) {
  if (parts.empty()) return;
  add(parts, {});
  Parts filtered = joined(joined(parts, equal_), ranges_);
  if (filtered.size() > limits_.key_columns)
    filtered.resize(std::max(parts.size(), limits_.key_columns));
  if (filtered.size() > parts.size()) add(filtered, {});
  if (relation_.whole_row || relation_.for_update || relation_.written) return;
  for (const Parts* begin : {&parts, static_cast<const Parts*>(&filtered)}) {
    std::vector<std::string> rest;
    for (const std::string& column : relation_.needed) {
      if (!has(*begin, column)) rest.push_back(column);
    }
    if (!rest.empty() && rest.size() <= limits_.include_columns) add(*begin, std::move(rest));
  }
}

void Btrees::single_keys() {
  for (const Parts* list : {&equal_, &ranges_, &alternatives_}) {
    for (const IndexPart& one : *list) key({one});
  }
}

void Btrees::filtered_keys() {
  if (equal_.size() > 1) key(equal_);
  for (const IndexPart& range : ranges_) key(joined(equal_, {range}));
  // Two fixed columns in either order: the second order serves other statements too.
  for (std::size_t i = 0; i < equal_.size() && i < 3; ++i) {
    for (std::size_t j = 0; j < equal_.size() && j < 3; ++j) {
      if (i != j) add({equal_[i], equal_[j]}, {});
    }
  }
}

void Btrees::joined_keys() {
  Parts all;
  for (const auto& [other, group] : joins_) {
    all = joined(all, group);
    for (const IndexPart& one : group) key({one});
    if (group.size() > 1) {
      key(group);
      key(Parts(group.rbegin(), group.rend()));
    }
    key(joined(equal_, group));
    key(joined(group, equal_));
    for (const IndexPart& range : ranges_) {
      key(joined(group, {range}));
      key(joined({range}, group));
    }
  }
  // A relation between two others: found by one, and the other's key is in the index.
  for (const IndexPart& first : all) {
    for (const IndexPart& second : all) {
      if (first.column != second.column) key({first, second});
    }
  }
}

void Btrees::ordered_keys() {
  for (const Parts& order : orders_) {
    key(order);
    key(joined(equal_, order));
    if (order.size() > 1) key({order.front()});
    for (const auto& [other, group] : joins_) key(joined(group, order));
  }
}

std::vector<model::Index> Btrees::all() {
  read_predicates();
  read_joins();
  read_keys();
  single_keys();
  filtered_keys();
  joined_keys();
  ordered_keys();
  return std::move(out_);
}

}  // namespace

void propose_btrees(const Facts& facts, const model::Shape& shape, std::size_t relation,
                    const ProposalLimits& limits, std::vector<Proposal>& out) {
  const model::ShapeRelation& used = shape.relations[relation];
  const model::Table* table = used.opaque ? nullptr : facts.table(used.schema, used.table);
  if (table == nullptr) return;
  for (model::Index& index : Btrees(facts, shape, relation, *table, limits).all())
    out.push_back({table, std::move(index)});
}

}  // namespace whet::advise
