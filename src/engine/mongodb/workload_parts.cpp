#include "engine/mongodb/workload_parts.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "model/delta.h"

namespace whet::engine::mongodb {

namespace {

using mql::Operation;
using Kind = model::StatementKind;

/// The log's line is written a moment after the profiler's document.
constexpr double same_moment_seconds = 1;

using Figures = std::tuple<std::string, std::string, double, std::int64_t, std::int64_t,
                           std::int64_t, std::int64_t>;

Figures figures_of(const Operation& operation) {
  // Both give whole milliseconds, rounded down.
  return {operation.database,      operation.collection,         std::floor(operation.duration_ms),
          operation.keys_examined, operation.documents_examined, operation.returned,
          operation.response_bytes};
}

using Key = std::pair<std::string, std::string>;

Key key_of(const model::Statement& statement) {
  return {statement.database, statement.fingerprint.empty() ? statement.id : statement.fingerprint};
}

std::map<Key, std::size_t> positions(const std::vector<model::Statement>& statements) {
  std::map<Key, std::size_t> out;
  for (std::size_t i = 0; i < statements.size(); ++i) out.emplace(key_of(statements[i]), i);
  return out;
}

bool can_be_planned(const model::Statement& statement) {
  const bool known = statement.kind == Kind::select || statement.kind == Kind::update ||
                     statement.kind == Kind::remove || statement.kind == Kind::merge;
  return known && !statement.own && !statement.text.empty();
}

}  // namespace

std::vector<Operation> without_doubles(std::vector<Operation> profiled,
                                       std::vector<Operation> logged) {
  std::map<Figures, std::vector<double>> times;
  for (const auto& operation : profiled) times[figures_of(operation)].push_back(operation.at);
  for (auto& operation : logged) {
    const auto known = times.find(figures_of(operation));
    if (known != times.end()) {
      auto& at = known->second;
      const auto same = std::find_if(at.begin(), at.end(), [&](double time) {
        return std::abs(time - operation.at) <= same_moment_seconds;
      });
      if (same != at.end()) {
        at.erase(same);
        continue;
      }
    }
    profiled.push_back(std::move(operation));
  }
  return profiled;
}

void add_windows(std::vector<model::Statement>& statements,
                 const std::vector<model::Statement>& later) {
  const auto at = positions(statements);
  for (const auto& statement : later) {
    const auto known = at.find(key_of(statement));
    if (known != at.end()) statements[known->second].window = statement.total;
  }
}

void add_query_stats(std::vector<model::Statement>& statements,
                     const std::vector<model::Statement>& query_stats) {
  const auto at = positions(statements);
  for (const auto& counted : query_stats) {
    const auto known = at.find(key_of(counted));
    if (known == at.end()) {
      statements.push_back(counted);
      continue;
    }
    auto& statement = statements[known->second];
    // A rate limit lets it see only some of the calls.
    if (counted.total.calls < statement.total.calls) continue;
    model::StatementCounters merged = counted.total;
    const auto& seen = statement.total;
    // What it does not count, from the operations that were slow enough to be recorded.
    merged.batches = std::max(merged.batches, seen.batches);
    merged.full_scans = std::max(merged.full_scans, seen.full_scans);
    merged.sort_scans = std::max(merged.sort_scans, seen.sort_scans);
    merged.temp_disk_tables = std::max(merged.temp_disk_tables, seen.temp_disk_tables);
    merged.time_limits = std::max(merged.time_limits, seen.time_limits);
    merged.lock_ms = std::max(merged.lock_ms, seen.lock_ms);
    merged.result_bytes = std::max(merged.result_bytes, seen.result_bytes);
    merged.replans = std::max(merged.replans, seen.replans);
    merged.multi_plans = std::max(merged.multi_plans, seen.multi_plans);
    statement.total = merged;
    statement.window = counted.window;
    statement.min_ms = counted.min_ms;
    statement.max_ms = std::max(statement.max_ms, counted.max_ms);
    statement.stddev_ms = counted.stddev_ms;
    statement.stats_age_seconds = counted.stats_age_seconds;
    if (statement.applications.empty()) statement.applications = counted.applications;
  }
}

void join_query_stats(std::vector<model::Statement>& first, std::vector<model::Statement> second) {
  const auto at = positions(first);
  for (auto& statement : second) {
    const auto known = at.find(key_of(statement));
    if (known == at.end()) {
      statement.window = statement.total;
    } else {
      statement.window = model::counters_between(first[known->second].total, statement.total);
    }
  }
  first = std::move(second);
}

void sort_statements(std::vector<model::Statement>& statements) {
  std::sort(statements.begin(), statements.end(), [](const auto& a, const auto& b) {
    if (a.total.execution_ms != b.total.execution_ms)
      return a.total.execution_ms > b.total.execution_ms;
    return std::tie(a.database, a.id) < std::tie(b.database, b.id);
  });
}

std::vector<std::size_t> worth_planning(const std::vector<model::Statement>& statements,
                                        std::size_t at_most) {
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < statements.size(); ++i) {
    if (can_be_planned(statements[i])) all.push_back(i);
  }
  using Weight = double (*)(const model::StatementCounters&);
  constexpr std::array<Weight, 4> weights{
      [](const model::StatementCounters& n) { return n.execution_ms; },
      [](const model::StatementCounters& n) { return static_cast<double>(n.calls); },
      [](const model::StatementCounters& n) { return static_cast<double>(n.rows_examined); },
      [](const model::StatementCounters& n) {
        return static_cast<double>(n.sort_scans + n.temp_disk_tables);
      }};
  std::vector<std::vector<std::size_t>> ranks;
  for (const Weight weight : weights) {
    auto rank = all;
    std::stable_sort(rank.begin(), rank.end(), [&](std::size_t a, std::size_t b) {
      return weight(statements[a].total) > weight(statements[b].total);
    });
    ranks.push_back(std::move(rank));
  }
  std::set<std::size_t> chosen;
  for (std::size_t turn = 0; turn < all.size() && chosen.size() < at_most; ++turn) {
    for (std::size_t k = 0; k < ranks.size() && chosen.size() < at_most; ++k) {
      const std::size_t i = ranks[k][turn];
      if (k == 0 || weights.at(k)(statements[i].total) > 0) chosen.insert(i);
    }
  }
  return {chosen.begin(), chosen.end()};
}

}  // namespace whet::engine::mongodb
