#include "advise/innodb/query.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/text.h"

namespace whet::advise::innodb {

std::string members_of(const std::string& column) { return "[" + column + "]"; }

namespace {

using model::PredicateKind;

constexpr double unknown_rows = 1000;  // of a view
constexpr double unknown_limit = 20;   // LIMIT ?
constexpr std::size_t most_conditions = 100;
constexpr double filter_unknown = 1.0;  // what the server expects a function to leave

constexpr double member_part = 0.005;  // of the rows, whose array has one given value

/// Conditions on the elements of a JSON array, which a multi-valued index finds.
bool is_of_members(const model::Predicate& predicate) {
  const std::string op = text::lower(predicate.op);
  return !predicate.negated && !predicate.column.empty() &&
         (op == "member of" || op == "json_contains" || op == "json_overlaps");
}

std::string key_of(const model::Predicate& predicate) {
  if (is_of_members(predicate)) return members_of(predicate.column);
  return predicate.column.empty() ? "(" + predicate.expression + ")" : predicate.column;
}

Use use_of(const model::Predicate& predicate) {
  if (is_of_members(predicate)) return Use::point;
  if (!predicate.row.empty()) return Use::none;
  switch (predicate.kind) {
    case PredicateKind::equality:
      return predicate.op == "=" && !predicate.negated ? Use::point : Use::none;
    case PredicateKind::null:
      return predicate.negated ? Use::none : Use::point;
    case PredicateKind::membership:
      return predicate.negated ? Use::none : Use::points;
    case PredicateKind::range:
      return predicate.negated ? Use::none : Use::range;
    case PredicateKind::pattern:
      return predicate.pattern != model::PatternKind::wildcard && !predicate.negated ? Use::range
                                                                                     : Use::none;
    case PredicateKind::other:
      break;
  }
  return Use::none;
}

/// The better use: a point before several before a range.
Use better(Use a, Use b) {
  if (a == Use::none) return b;
  return b == Use::none ? a : std::min(a, b);
}

Conditions conditions_of(const Statistics& statistics,
                         const std::vector<const model::Predicate*>& predicates) {
  Conditions out;
  for (const model::Predicate* one : predicates) {
    Condition& condition = out[key_of(*one)];
    condition.predicates.push_back(one);
    condition.use = better(condition.use, use_of(*one));
    if (use_of(*one) == Use::points) condition.values = value_count(*one);
  }
  for (auto& [key, condition] : out) {
    if (is_of_members(*condition.predicates.front())) {
      condition.share = {member_part, true};
      condition.believed = filter_unknown;
      continue;
    }
    condition.share = statistics.passes_all(condition.predicates);
    for (const auto* one : condition.predicates) condition.believed *= statistics.believed(*one);
  }
  return out;
}

double part_of(const Conditions& conditions) {
  double part = 1;
  for (const auto& [key, condition] : conditions) part *= condition.share.part;
  return part;
}

/// INSERT or REPLACE, behind a comment or none.
bool puts_rows(std::string_view statement) {
  while (true) {
    statement = text::trim(statement);
    const std::size_t end = statement.find("*/");
    if (!statement.starts_with("/*") || end == std::string_view::npos) break;
    statement.remove_prefix(end + 2);
  }
  const std::string word = text::lower(statement.substr(0, 7));
  return word.starts_with("insert") || word == "replace";
}

class Maker {
 public:
  Maker(const Facts& facts, model::Shape shape) : facts_(facts) { out_.shape = std::move(shape); }

  Query make(const std::string& statement) {
    inserts_ = puts_rows(statement);
    for (const model::ShapeRelation& one : out_.shape.relations) relation(one);
    equalities();
    roles();
    blocks();
    antijoin(statement);
    out_.limit = limit_of(statement);
    return std::move(out_);
  }

 private:
  void relation(const model::ShapeRelation& shape);
  void alternatives(const Statistics& statistics, Relation& relation);
  void equalities();
  void connect(const std::vector<std::pair<std::size_t, std::string>>& members, int group);
  void roles();
  /// What a block has to do with those around it.
  struct Ties {
    std::optional<std::int64_t> around;  ///< the number of the block
    bool in_list = false;                ///< by IN
    std::vector<std::size_t> outer;      ///< relations that it refers to
  };
  [[nodiscard]] Ties ties_of(std::int64_t number, const std::vector<std::size_t>& members) const;
  void blocks();
  void join_to(Block& block, const std::vector<std::size_t>& members);
  void antijoin(const std::string& statement);
  [[nodiscard]] std::optional<double> limit_of(const std::string& statement) const;

  const Facts& facts_;
  Query out_;
  bool inserts_ = false;
};

void Maker::relation(const model::ShapeRelation& shape) {
  Relation made;
  made.shape = &shape;
  made.block = shape.block;
  made.table = shape.opaque ? nullptr : facts_.table(shape.schema, shape.table);
  made.needed.insert(shape.needed.begin(), shape.needed.end());
  // Rows are put into it; nothing of it is read, whatever indexes it has.
  if (inserts_ && shape.written) {
    made.table = nullptr;
    made.rows = 1;
    out_.relations.push_back(std::move(made));
    return;
  }
  if (made.table == nullptr) {
    made.rows = unknown_rows;
    out_.relations.push_back(std::move(made));
    return;
  }
  const Statistics statistics(facts_, *made.table);
  made.rows = statistics.rows();
  std::vector<const model::Predicate*> all;
  for (std::size_t i = 0; i < std::min(shape.predicates.size(), most_conditions); ++i) {
    if (shape.predicates[i].disjunction == 0) all.push_back(&shape.predicates[i]);
  }
  made.conditions = conditions_of(statistics, all);
  made.filter = part_of(made.conditions);
  alternatives(statistics, made);
  // An estimate of nothing is not believed wholly.
  made.filter = std::clamp(made.filter, 0.1 / made.rows, 1.0);
  out_.relations.push_back(std::move(made));
}

void Maker::alternatives(const Statistics& statistics, Relation& relation) {
  std::map<std::int64_t, std::map<std::int64_t, std::vector<const model::Predicate*>>> all;
  const auto& predicates = relation.shape->predicates;
  for (std::size_t i = 0; i < std::min(predicates.size(), most_conditions); ++i) {
    if (predicates[i].disjunction != 0)
      all[predicates[i].disjunction][predicates[i].arm].push_back(&predicates[i]);
  }
  for (const auto& [number, arms] : all) {
    std::vector<Arm> made;
    double fails = 1;
    for (const auto& [arm, conditions] : arms) {
      Arm one{conditions_of(statistics, conditions), 1};
      one.part = part_of(one.conditions);
      fails *= 1 - one.part;
      made.push_back(std::move(one));
    }
    relation.filter *= 1 - fails;
    relation.other_filter *= 1 - fails;
    relation.alternatives.push_back(std::move(made));
  }
}

// Columns that are equal to a common one are equal to each other (the optimizer's multiple
// equalities).
void Maker::equalities() {
  using Member = std::pair<std::size_t, std::string>;
  std::map<Member, Member> parent;
  const auto find = [&](Member member) {
    while (parent.emplace(member, member).first->second != member) member = parent[member];
    return member;
  };
  const std::size_t count = out_.shape.relations.size();
  for (std::size_t i = 0; i < count; ++i) {
    for (const model::JoinEdge& edge : out_.shape.relations[i].joins) {
      const bool equal = edge.op == "=" || edge.op == "IN" || edge.op == "= ANY";
      if (!equal || edge.column.empty() || edge.other_column.empty() || !edge.other ||
          *edge.other < 0 || static_cast<std::size_t>(*edge.other) >= count)
        continue;
      const auto a = find({i, edge.column});
      const auto b = find({static_cast<std::size_t>(*edge.other), edge.other_column});
      parent[a] = b;
    }
  }
  std::map<Member, std::vector<Member>> groups;
  for (const auto& [member, ignored] : parent) groups[find(member)].push_back(member);
  int number = 0;
  for (const auto& [root, members] : groups) connect(members, number++);
}

void Maker::connect(const std::vector<std::pair<std::size_t, std::string>>& members, int group) {
  for (const auto& [i, column] : members) {
    for (const auto& [j, other_column] : members) {
      if (i != j) out_.relations[i].equalities.push_back({column, j, other_column, group});
    }
  }
}

void Maker::roles() {
  std::int64_t at = 0;
  for (Relation& relation : out_.relations) {
    bool tied = false, negated = false, outer = false;
    for (const model::JoinEdge& edge : relation.shape->joins) {
      const bool outwards =
          edge.subquery && edge.other && *edge.other >= 0 &&
          static_cast<std::size_t>(*edge.other) < out_.shape.relations.size() &&
          out_.shape.relations[static_cast<std::size_t>(*edge.other)].block < relation.block;
      tied = tied || outwards;
      negated = negated || (outwards && edge.optional);
      // The right side of a LEFT JOIN stands behind the left in the text.
      outer = outer || (edge.outer && !edge.subquery && edge.other && *edge.other < at);
    }
    ++at;
    if (tied) relation.role = negated ? Role::anti : Role::semi;
    // A condition on its values in WHERE would make it an inner join.
    const bool sought = std::any_of(relation.conditions.begin(), relation.conditions.end(),
                                    [](const auto& one) { return one.second.use != Use::none; });
    if (!tied && outer && !sought) relation.role = Role::outer;
  }
}

Maker::Ties Maker::ties_of(std::int64_t number, const std::vector<std::size_t>& members) const {
  Ties ties;
  for (const std::size_t i : members) {
    for (const model::JoinEdge& edge : out_.relations[i].shape->joins) {
      if (!edge.subquery || !edge.other || *edge.other < 0 ||
          static_cast<std::size_t>(*edge.other) >= out_.relations.size())
        continue;
      const auto other = static_cast<std::size_t>(*edge.other);
      if (out_.relations[other].block >= number) continue;
      ties.around = out_.relations[other].block;
      ties.in_list = ties.in_list || edge.op == "IN" || edge.op == "= ANY";
      ties.outer.push_back(other);
    }
  }
  return ties;
}

// A subquery that neither groups nor limits is joined to the block around it (a semijoin); one that
// does and refers to that block runs for each of its rows.
void Maker::blocks() {
  std::map<std::int64_t, std::vector<std::size_t>> members;
  for (std::size_t i = 0; i < out_.relations.size(); ++i)
    members[out_.relations[i].block].push_back(i);
  std::map<std::int64_t, std::size_t> position;
  for (const auto& [number, list] : members) {
    const Ties ties = ties_of(number, list);
    const auto around = ties.around ? position.find(*ties.around) : position.end();
    const model::ShapeRelation& first = *out_.relations[list.front()].shape;
    const bool closed = first.aggregated || first.limited || first.windowed;
    if (around != position.end() && !closed) {
      join_to(out_.blocks[around->second], list);
      position[number] = around->second;
      continue;
    }
    Block made;
    made.relations = list;
    // With groups it is a derived table, which is made once.
    made.dependent = ties.around.has_value() && !ties.in_list && first.grouping.empty();
    if (around != position.end()) made.around = around->second;
    if (made.dependent) made.outer = ties.outer;
    for (const std::size_t i : list) {
      if (out_.relations[i].role != Role::outer) out_.relations[i].role = Role::inner;
    }
    position[number] = out_.blocks.size();
    out_.blocks.push_back(std::move(made));
  }
}

void Maker::join_to(Block& block, const std::vector<std::size_t>& members) {
  for (const std::size_t i : members) {
    Relation& joined = out_.relations[i];
    if (joined.role == Role::inner) joined.role = Role::semi;
    block.relations.push_back(i);
  }
}

// The shape does not tell NOT EXISTS from EXISTS; the text of a statement with one of them does.
void Maker::antijoin(const std::string& statement) {
  std::set<std::int64_t> tied;
  for (const Relation& one : out_.relations) {
    if (one.role == Role::semi) tied.insert(one.block);
  }
  const std::string words = text::lower(text::squeeze(text::replace_all(statement, "(", " ( ")));
  const bool negated = text::contains(words, "not exists") || text::contains(words, "anti join") ||
                       text::contains(words, "not in ( select");
  if (tied.size() != 1 || !negated) return;
  for (Relation& one : out_.relations) {
    if (one.role == Role::semi) one.role = Role::anti;
  }
}

std::optional<double> Maker::limit_of(const std::string& statement) const {
  const bool any = std::any_of(out_.relations.begin(), out_.relations.end(),
                               [](const Relation& one) { return one.shape->limited; });
  if (!any) return std::nullopt;
  const std::string lower = text::lower(statement);
  const std::size_t at = lower.rfind("limit");
  if (at == std::string::npos) return unknown_limit;
  double sum = 0, number = -1;
  for (std::size_t i = at + 5; i <= lower.size(); ++i) {
    const char c = i < lower.size() ? lower[i] : ';';
    if (c >= '0' && c <= '9') {
      number = std::max(number, 0.0) * 10 + (c - '0');
    } else if (number >= 0) {
      sum += number;
      number = -1;
    }
  }
  return sum > 0 ? sum : unknown_limit;
}

}  // namespace

Query query_of(const Facts& facts, model::Shape shape, const std::string& statement) {
  return Maker(facts, std::move(shape)).make(statement);
}

}  // namespace whet::advise::innodb
