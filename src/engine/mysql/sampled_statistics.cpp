#include "engine/mysql/sampled_statistics.h"

#include <algorithm>
#include <functional>
#include <map>

namespace whet::engine::mysql {

namespace {

/// A value seen so often in the sample is certainly common.
constexpr double certainly_common = 10;

double distinct_in_all(double sampled, double different, double once, double rows) {
  if (once == 0) return different;  // all were seen more than once: there are hardly others
  if (once == sampled) return rows;
  const double estimate =
      sampled * different / (sampled - once + once * sampled / std::max(rows, sampled));
  return std::clamp(estimate, different, rows);
}

}  // namespace

std::optional<model::ColumnStats> stats_of_sample(
    const std::vector<std::optional<std::string>>& values, double rows) {
  if (values.empty()) return std::nullopt;
  std::map<std::string_view, double> seen;
  double nulls = 0, bytes = 0;
  for (const auto& value : values) {
    if (!value) {
      ++nulls;
      continue;
    }
    ++seen[*value];
    bytes += static_cast<double>(value->size());
  }
  const auto size = static_cast<double>(values.size());
  const double sampled = size - nulls;
  model::ColumnStats stats;
  stats.null_fraction = nulls / size;
  if (seen.empty()) return stats;
  stats.average_width = bytes / sampled;
  double once = 0;
  for (const auto& [value, count] : seen) {
    if (count == 1) ++once;
    if (count >= certainly_common) stats.common_frequencies.push_back(count / size);
  }
  std::sort(stats.common_frequencies.begin(), stats.common_frequencies.end(), std::greater<>());
  stats.distinct = distinct_in_all(sampled, static_cast<double>(seen.size()), once,
                                   std::max(rows * (1 - stats.null_fraction), 1.0));
  return stats;
}

}  // namespace whet::engine::mysql
