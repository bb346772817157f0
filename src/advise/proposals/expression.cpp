// Expression indexes: for statements that compare, join, sort or group by what a function or an
// operator makes of columns.
#include <algorithm>
#include <set>

#include "advise/proposals/needs.h"

namespace whet::advise {

namespace {

using model::IndexPart;

constexpr std::size_t most_proposals = 12;

bool has_expression(const Parts& parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [](const IndexPart& part) { return !part.expression.empty(); });
}

class Expressions {
 public:
  Expressions(const model::Table& table, Needs needs, const ProposalLimits& limits,
              std::vector<Proposal>& out)
      : table_(table), needs_(std::move(needs)), limits_(limits), out_(out) {}

  void propose() {
    const Parts fixed = joined(needs_.equality, needs_.constant);
    for (const auto* list : {&fixed, &needs_.ranges, &needs_.alternatives}) {
      for (const IndexPart& one : *list) add({one});
    }
    for (const IndexPart& one : fixed) add(joined({one}, fixed));
    for (const IndexPart& range : needs_.ranges) add(joined(fixed, {range}));
    for (const Parts& group : needs_.joins) {
      for (const IndexPart& one : group) add({one});
      add(group);
      add(joined(fixed, group));
      add(joined(group, fixed));
      for (const Parts& order : needs_.orders) add(joined(joined(group, fixed), order));
    }
    for (const Parts& order : needs_.orders) {
      add(order);
      add(joined(fixed, order));
    }
  }

 private:
  // Only keys with an expression: the others are what propose_btrees() is for.
  void add(const Parts& key) {
    if (!has_expression(key) || key.size() > limits_.key_columns || made_ >= most_proposals) return;
    Proposal made;
    made.table = &table_;
    made.index.schema = table_.schema;
    made.index.method = "btree";
    made.index.parts = key;
    for (const IndexPart& part : key) {
      if (!part.expression.empty()) made.unknown_expressions.push_back(part.expression);
    }
    if (!seen_.insert(key_of(made.index)).second) return;
    ++made_;
    out_.push_back(std::move(made));
  }

  const model::Table& table_;
  const Needs needs_;
  const ProposalLimits& limits_;
  std::vector<Proposal>& out_;
  std::set<std::string> seen_;
  std::size_t made_ = 0;
};

}  // namespace

void propose_expressions(const Facts& facts, const model::Shape& shape, std::size_t relation,
                         const ProposalLimits& limits, std::vector<Proposal>& out) {
  const model::ShapeRelation& used = shape.relations[relation];
  const model::Table* table = table_for(facts, used);
  if (table == nullptr) return;
  Expressions(*table, needs_of(facts, used, *table), limits, out).propose();
}

}  // namespace whet::advise
