// One operation as a server recorded it: from system.profile, from a "Slow query" line of the
// structured log (4.4 and later), both with the same members whatever their names there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/workload.h"
#include "mql/command.h"

namespace whet::mql {

struct Operation {
  std::string database, collection;
  /// With its literals: for memory only. Of a getMore: the originating command. Absent when the
  /// server cut it or it is no command on a collection.
  std::optional<Command> command;
  bool get_more = false;  ///< a further batch of `command`
  bool cut = false;       ///< the server cut the command's text
  std::string application, client, user;
  double at = 0;  ///< seconds since 1970, UTC; the operation's end
  double duration_ms = 0, planning_ms = 0, cpu_ms = 0, lock_wait_ms = 0, read_ms = 0,
         flow_control_ms = 0;
  std::int64_t keys_examined = 0, documents_examined = 0, returned = 0;
  std::int64_t inserted = 0, modified = 0, deleted = 0, keys_inserted = 0, keys_deleted = 0;
  std::int64_t response_bytes = 0, read_bytes = 0, yields = 0, write_conflicts = 0;
  bool sorted = false, spilled = false, multi_planned = false, replanned = false;
  std::string plan_summary, query_hash, plan_cache_key, framework;
  std::string error;  ///< the code's name, or its number
  std::string read_concern, write_concern, read_preference;
  std::optional<double> max_time_ms;
  std::optional<Value> plan;  ///< the profiler's execStats
};

/// A document of system.profile. ErrorKind::invalid when it is none.
[[nodiscard]] Result<Operation> operation_of_profile(const Value& document);

/// One line of a structured log. Nothing: a line about something else. ErrorKind::invalid: a line
/// about a slow operation that cannot be understood, or no JSON at all.
[[nodiscard]] Result<std::optional<Operation>> operation_of_log(std::string_view line);

/// What a reader of many lines found.
struct LogOperations {
  std::vector<Operation> operations;
  std::int64_t lines = 0;
  std::vector<std::int64_t> not_understood;  ///< line numbers from 1; empty lines do not count
};
[[nodiscard]] LogOperations operations_of_log(std::string_view log);

/// Operations as statements: one for each fingerprint and database, by total time, falling. Of the
/// operations of Whet itself (application "whet") the statements are `own`. `now`: seconds since
/// 1970, for ages. getMores count as batches of the command that they continue.
struct Aggregated {
  std::vector<model::Statement> statements;
  /// Commands as they were seen, at most `each` different ones for a statement: statement id and
  /// text (print()).
  std::vector<std::pair<std::string, std::string>> captured;
};
[[nodiscard]] Aggregated statements_of(const std::vector<Operation>& operations, double now,
                                       int each = 5);

/// A document of $queryStats (7.0.12, 8.0): a whole statement at once. Nothing for Whet's own and
/// the server's internal ones.
[[nodiscard]] Result<std::optional<model::Statement>> statement_of_query_stats(
    const Value& document);

}  // namespace whet::mql
