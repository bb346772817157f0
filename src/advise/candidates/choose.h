// Which of the candidates to build, by what the planner says of them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "advise/candidates/candidates.h"
#include "model/oracle.h"

namespace whet::advise {

struct ChooseLimits {
  /// A candidate must lower the cost of its statements, weighted by their time, by this part.
  double min_gain = 0.10;
  std::size_t max_indexes = 20;
  std::size_t max_oracle_calls = 1000;
  std::optional<double> max_bytes;  ///< of all chosen indexes together
};

/// The planner's cost of a statement, without and with the chosen indexes.
struct StatementCost {
  const model::Statement* statement = nullptr;
  double before = 0;
  double after = 0;
};

struct Rejection {
  std::size_t candidate = 0;
  std::string reason;  ///< a clause: "the planner does not use it"
};

struct Choice {
  std::vector<std::size_t> candidates;    ///< positions in the given list, in order of their gain
  std::vector<StatementCost> statements;  ///< those that a chosen candidate touches
  std::vector<Rejection> rejected;        ///< all others
  double bytes = 0;                       ///< of the chosen, by the oracle
  std::size_t oracle_calls = 0;
};

/// Greedy by gain: each statement is planned once as it is, once for each candidate that it needs,
/// and once with the chosen set together, from which indexes that no plan uses are dropped. Weights
/// are the statements' execution times (calls x mean). An error of the oracle about a statement
/// takes that statement out; when none is left, it is returned.
[[nodiscard]] Result<Choice> choose_indexes(const std::vector<Candidate>& candidates,
                                            model::Oracle& oracle, const ChooseLimits& limits);

}  // namespace whet::advise
