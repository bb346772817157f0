// Indexes that the planner might use for a statement: what the index advisor asks the oracle about.
//
// A proposal is a question, not advice: whether it helps is for the planner to say. So proposals
// are generous where a question is cheap, and sparing where a table would get too many.
#pragma once

#include <string>
#include <vector>

#include "advise/facts.h"
#include "model/schema.h"
#include "model/shape.h"

namespace whet::advise {

struct Proposal {
  const model::Table* table = nullptr;
  model::Index index;  ///< without a name; schema, method, parts, includes and predicate are set
  /// Expressions in it of which the planner knows nothing yet: the table must be analysed once the
  /// index is there (or CREATE STATISTICS be made beforehand), else it assumes 0.5 % of the rows.
  std::vector<std::string> unknown_expressions;
};

struct ProposalLimits {
  std::size_t key_columns = 3;      ///< of one B-tree at most
  std::size_t include_columns = 6;  ///< of one covering index at most
  /// Propose what only the planner's word speaks for, where Whet knows better: for comparison with
  /// tools that take the planner at its word.
  bool trust_planner = false;
};

/// The proposals for one relation of a statement's shape, without repeats. Each kind of index has a
/// function of its own; `proposals_for` calls all of them for every relation.
void propose_btrees(const Facts& facts, const model::Shape& shape, std::size_t relation,
                    const ProposalLimits& limits, std::vector<Proposal>& out);
void propose_partials(const Facts& facts, const model::Shape& shape, std::size_t relation,
                      const ProposalLimits& limits, std::vector<Proposal>& out);
void propose_expressions(const Facts& facts, const model::Shape& shape, std::size_t relation,
                         const ProposalLimits& limits, std::vector<Proposal>& out);
/// BRIN, GIN, GiST and hash.
void propose_other_methods(const Facts& facts, const model::Shape& shape, std::size_t relation,
                           const ProposalLimits& limits, std::vector<Proposal>& out);

[[nodiscard]] std::vector<Proposal> proposals_for(const Facts& facts, const model::Shape& shape,
                                                  const ProposalLimits& limits);

}  // namespace whet::advise
