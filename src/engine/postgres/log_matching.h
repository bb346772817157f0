// Which statements of the workload a record of the log is about. Pure.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "logs/entry.h"
#include "logs/record.h"
#include "model/workload.h"

namespace whet::engine::postgres {

class LogMatcher {
 public:
  /// The workload must outlive it. `database`: the one that is looked at.
  LogMatcher(const model::Workload& workload, std::string database);

  /// Positions in the workload of the statements that the record is an execution of, falling by
  /// what is known: its shape must be that of the statement, and of several statements of one shape
  /// those with its query id are meant, and those of its role. Empty for other databases, and when
  /// the log does not name the database and the shape occurs in others, too.
  [[nodiscard]] std::vector<std::size_t> find(const logs::Entry& entry, const logs::Record& record);

 private:
  using Positions = std::vector<std::size_t>;
  [[nodiscard]] Positions of_shape(const std::string& query, bool database_known);
  [[nodiscard]] const Positions& of_fingerprint(const std::string& fingerprint,
                                                bool database_known) const;

  const model::Workload& workload_;
  std::string database_;
  std::unordered_map<std::string, Positions> by_fingerprint_;
  std::unordered_map<std::string, Positions> by_id_;
  std::set<std::string> elsewhere_;  ///< fingerprints of statements in other databases
  std::unordered_map<std::string, std::string> fingerprints_;  ///< of texts seen before
};

/// The complete text of the execution: literals as they were, or the values in the places of $n.
/// Nothing when values are missing, or there is more than one statement in it.
[[nodiscard]] std::optional<std::string> complete_text(const logs::Record& record);

/// Positions of the records, the most typical first: by how near their duration is to the mean.
[[nodiscard]] std::vector<std::size_t> most_typical(const std::vector<double>& durations_ms,
                                                    double mean_ms);

/// True when an execution took so much longer than the mean that its plan may be that of unusual
/// values: five times, and more than 10 ms. Logs hold the slow ones only. False without a mean.
[[nodiscard]] bool is_outlier(double duration_ms, double mean_ms);

}  // namespace whet::engine::postgres
