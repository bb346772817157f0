// Indexes that are not there and that the workload would use: the needs of its statements, merged.
#pragma once

#include <string>
#include <vector>

#include "advise/candidates/need.h"
#include "advise/facts.h"
#include "model/oracle.h"

namespace whet::advise {

struct Candidate {
  const model::Table* table = nullptr;
  model::Index index;           ///< without a name; schema, method, parts and predicate are set
  std::vector<Need> needs;      ///< of the statements that it would serve, the most expensive first
  double seconds_per_hour = 0;  ///< what those statements take now, each counted once
  double share = 0;             ///< of the workload's time

  /// Their ids, each once.
  [[nodiscard]] std::vector<std::string> statement_ids() const;
  /// "(customer_id, placed_at DESC) WHERE ...".
  [[nodiscard]] std::string key() const;
  [[nodiscard]] model::HypotheticalIndex hypothetical() const;
};

/// At most five for a table, the most expensive statements' first. Looks at the 400 most expensive
/// statements. Nothing here says that the planner would use one: ask the oracle.
[[nodiscard]] std::vector<Candidate> index_candidates(const Facts& facts);
/// Those of them whose statements take enough time to pay for an index: what index.missing tells.
[[nodiscard]] std::vector<Candidate> proposed_indexes(const Facts& facts);

}  // namespace whet::advise
