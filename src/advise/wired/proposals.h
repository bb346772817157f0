// Indexes that MongoDB's planner might use for a statement: what the index advisor asks the model
// about.
//
// Equality, sort, range in that order, and the range before the sort, since a selective range
// leaves little to sort; $in as equality and as range; each with the fields that the statement
// returns, so that no document is fetched; partial where a condition is the same in every call; the
// collation of the query; 2dsphere where it asks for places. At most one array in a key. Unique
// ones never: they are a promise, not a way to read.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "advise/facts.h"
#include "advise/proposals/proposals.h"
#include "advise/wired/query.h"

namespace whet::advise::wired {

/// `calls`: the same command as it was seen, with literals; for conditions that never change.
[[nodiscard]] std::vector<Proposal> proposals_for(const Facts& facts, const Query& query,
                                                  const std::vector<Query>& calls);

/// Wildcard indexes where statements ask for many different paths below one: for each, the
/// positions of the queries that it would serve.
struct WildcardProposal {
  Proposal proposal;
  std::vector<std::size_t> queries;
};
[[nodiscard]] std::vector<WildcardProposal> wildcards_for(const Facts& facts,
                                                          const std::vector<Query>& queries);

/// The server can build it: at most one array among its paths (and 32 parts).
[[nodiscard]] bool is_buildable(const model::Table& table, const model::Index& index);

}  // namespace whet::advise::wired
