#include "advise/proposals/proposals.h"

#include <iterator>
#include <set>

#include "advise/mysql_facts.h"
#include "advise/proposals/innodb.h"
#include "advise/proposals/needs.h"

namespace whet::advise {

namespace {

// B-trees of columns and expressions, as InnoDB can have them; it has no partial ones.
/// The server has one order of NULLs, which reading backwards turns round with the rest: as if each
/// key asked for PostgreSQL's usual one.
model::Shape in_usual_order(model::Shape shape) {
  for (model::ShapeRelation& relation : shape.relations) {
    for (auto* keys : {&relation.ordering, &relation.grouping, &relation.extremes}) {
      for (model::ShapeKey& key : *keys) key.nulls_first = key.descending;
    }
  }
  return shape;
}

void propose_for_innodb(const Facts& facts, const model::Shape& shape, std::size_t relation,
                        const ProposalLimits& limits, std::vector<Proposal>& out) {
  const model::Table* table = table_for(facts, shape.relations[relation]);
  const innodb::Constants constants = innodb::constants_of(facts.server(), 0);
  std::vector<Proposal> made;
  propose_btrees(facts, in_usual_order(shape), relation, limits, made);
  propose_innodb_expressions(facts, shape.relations[relation], key_rules(constants, *table), made);
  fit_to_innodb(constants, made);
  std::move(made.begin(), made.end(), std::back_inserter(out));
}

}  // namespace

std::vector<Proposal> proposals_for(const Facts& facts, const model::Shape& shape,
                                    const ProposalLimits& limits) {
  std::vector<Proposal> all;
  for (std::size_t i = 0; i < shape.relations.size(); ++i) {
    // The same for all kinds: no kind may propose for a view or a temporary table.
    if (table_for(facts, shape.relations[i]) == nullptr) continue;
    if (is_mysql(facts)) {
      propose_for_innodb(facts, shape, i, limits, all);
      continue;
    }
    propose_btrees(facts, shape, i, limits, all);
    propose_partials(facts, shape, i, limits, all);
    propose_expressions(facts, shape, i, limits, all);
    propose_other_methods(facts, shape, i, limits, all);
  }
  // Relations of one table, and kinds, may come to the same index.
  std::set<std::pair<const model::Table*, std::string>> seen;
  std::erase_if(
      all, [&](const Proposal& one) { return !seen.emplace(one.table, key_of(one.index)).second; });
  return all;
}

}  // namespace whet::advise
