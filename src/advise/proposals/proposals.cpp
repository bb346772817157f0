#include "advise/proposals/proposals.h"

#include <set>

#include "advise/proposals/needs.h"

namespace whet::advise {

std::vector<Proposal> proposals_for(const Facts& facts, const model::Shape& shape,
                                    const ProposalLimits& limits) {
  std::vector<Proposal> all;
  for (std::size_t i = 0; i < shape.relations.size(); ++i) {
    // The same for all kinds: no kind may propose for a view or a temporary table.
    if (table_for(facts, shape.relations[i]) == nullptr) continue;
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
