// Statements from several sources without counting an operation twice. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "model/workload.h"
#include "mql/operation.h"

namespace whet::engine::mongodb {

/// The profiler's operations, and those of the log that are not among them: the same one is in both
/// with the same figures, at nearly the same time. Within each list all are different ones.
[[nodiscard]] std::vector<mql::Operation> without_doubles(std::vector<mql::Operation> profiled,
                                                          std::vector<mql::Operation> logged);

/// Gives `statements` as their window what `later` counted.
void add_windows(std::vector<model::Statement>& statements,
                 const std::vector<model::Statement>& later);

/// Statements that $queryStats has as well get its counters, which know every call; the profiler's
/// and the log's details stay. Those that only it has are added.
void add_query_stats(std::vector<model::Statement>& statements,
                     const std::vector<model::Statement>& query_stats);

/// A second reading of $queryStats: later totals, and what they grew by.
void join_query_stats(std::vector<model::Statement>& first, std::vector<model::Statement> second);

/// By total time, falling.
void sort_statements(std::vector<model::Statement>& statements);

/// Positions of the most important ones that can be planned: by time, calls, documents examined and
/// sorts, taken in turns, so that what is cheap but called without end is among them.
[[nodiscard]] std::vector<std::size_t> worth_planning(
    const std::vector<model::Statement>& statements, std::size_t at_most);

}  // namespace whet::engine::mongodb
