#include "engine/postgres/log_matching.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "engine/postgres/explain.h"
#include "engine/postgres/replay.h"
#include "sql/fingerprint.h"
#include "sql/kind.h"
#include "sql/normalize.h"
#include "sql/quote.h"

namespace whet::engine::postgres {

namespace {

/// Each costs a parse: enough for the newest part of a log with different literals in each line.
constexpr std::size_t texts_at_most = 5000;
/// Longer ones are not parsed: bulk INSERTs mostly.
constexpr std::size_t text_bytes_at_most = 65536;

bool is_planned(const model::Statement& statement) {
  using Kind = model::StatementKind;
  const bool kind = statement.kind == Kind::select || statement.kind == Kind::insert ||
                    statement.kind == Kind::update || statement.kind == Kind::remove ||
                    statement.kind == Kind::merge;
  return kind && !statement.own && !statement.text.empty() && !statement.fingerprint.empty();
}

}  // namespace

LogMatcher::LogMatcher(const model::Workload& workload, std::string database)
    : workload_(workload), database_(std::move(database)) {
  for (std::size_t i = 0; i < workload.statements.size(); ++i) {
    const auto& statement = workload.statements[i];
    if (!is_planned(statement)) continue;
    if (statement.database == database_) {
      by_fingerprint_[statement.fingerprint].push_back(i);
      if (!statement.id.empty()) by_id_[statement.id].push_back(i);
    } else {
      elsewhere_.insert(statement.fingerprint);
    }
  }
}

const LogMatcher::Positions& LogMatcher::of_fingerprint(const std::string& fingerprint,
                                                        bool database_known) const {
  static const Positions none;
  if (!database_known && elsewhere_.contains(fingerprint)) return none;
  const auto at = by_fingerprint_.find(fingerprint);
  return at == by_fingerprint_.end() ? none : at->second;
}

LogMatcher::Positions LogMatcher::of_shape(const std::string& query, bool database_known) {
  const auto known = fingerprints_.find(query);
  if (known != fingerprints_.end()) return of_fingerprint(known->second, database_known);
  if (fingerprints_.size() >= texts_at_most) return {};
  std::string& fingerprint = fingerprints_[query];
  fingerprint = sql::fingerprint(query);
  if (!by_fingerprint_.contains(fingerprint)) {
    // "interval '1 day'" loses its grammar where the server normalises it: so does this one.
    fingerprint = sql::fingerprint(sql::normalize(query));
  }
  return of_fingerprint(fingerprint, database_known);
}

std::vector<std::size_t> LogMatcher::find(const logs::Entry& entry, const logs::Record& record) {
  if (!entry.database.empty() && entry.database != database_) return {};
  if (record.query.size() > text_bytes_at_most) return {};
  const auto keep_if = [&](Positions& all, auto test) {
    Positions kept;
    for (const std::size_t i : all) {
      if (test(workload_.statements[i])) kept.push_back(i);
    }
    if (!kept.empty()) all = std::move(kept);
  };
  // A message may carry the id of the statement that called this one: the shape must fit as well.
  Positions found =
      of_shape(record.query, !entry.database.empty() || by_id_.contains(record.query_id));
  if (!record.query_id.empty())
    keep_if(found, [&](const auto& one) { return one.id == record.query_id; });
  if (!entry.role.empty()) keep_if(found, [&](const auto& one) { return one.role == entry.role; });
  return found;
}

std::optional<std::string> complete_text(const logs::Record& record) {
  if (record.query.empty() || sql::split(record.query).size() != 1) return std::nullopt;
  const int wanted = highest_parameter(record.query);
  if (wanted == 0) return record.query;
  if (!record.parameters_whole || static_cast<std::size_t>(wanted) > record.parameters.size())
    return std::nullopt;
  std::vector<std::string> values;
  for (const auto& value : record.parameters)
    values.push_back(value ? sql::quote_literal(*value) : "NULL");
  return with_values(record.query, values);
}

std::vector<std::size_t> most_typical(const std::vector<double>& durations_ms, double mean_ms) {
  std::vector<std::size_t> order(durations_ms.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::abs(durations_ms[a] - mean_ms) < std::abs(durations_ms[b] - mean_ms);
  });
  return order;
}

bool is_outlier(double duration_ms, double mean_ms) {
  constexpr double times = 5, least_ms = 10;
  return mean_ms > 0 && duration_ms > times * mean_ms && duration_ms - mean_ms > least_ms;
}

}  // namespace whet::engine::postgres
