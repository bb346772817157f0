#include "engine/mongodb/sample_statistics.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "base/stats.h"
#include "engine/mongodb/sample_paths.h"
#include "engine/mongodb/sample_values.h"

namespace whet::engine::mongodb {

namespace {

using mql::Type;

constexpr double high_quantile = 0.95;

double highest(const std::vector<double>& values) {
  return values.empty() ? 0 : *std::max_element(values.begin(), values.end());
}

std::vector<model::TypeShare> shares_of(const PathValues& values, double documents) {
  std::vector<std::pair<Type, std::int64_t>> types(values.types.begin(), values.types.end());
  // Of an array and its elements the array comes first.
  std::stable_sort(types.begin(), types.end(), [](const auto& a, const auto& b) {
    if (a.second != b.second) return a.second > b.second;
    return a.first == Type::array && b.first != Type::array;
  });
  std::vector<model::TypeShare> shares;
  for (const auto& [type, count] : types)
    shares.push_back({std::string(mql::type_name(type)), static_cast<double>(count) / documents});
  return shares;
}

model::PathFacts facts_of(const PathValues& values, double documents) {
  model::PathFacts facts;
  facts.types = shares_of(values, documents);
  facts.present = static_cast<double>(values.documents) / documents;
  facts.in_array = values.in_array;
  facts.array = !values.array_sizes.empty();
  facts.array_average = stats::mean(values.array_sizes);
  facts.array_p95 = stats::quantile(values.array_sizes, high_quantile);
  facts.array_max = highest(values.array_sizes);
  if (values.values > 0)
    facts.value_average_bytes =
        static_cast<double>(values.bytes) / static_cast<double>(values.values);
  const StringLooks looks = looks_of(values.leaves);
  facts.looks_like_date = looks.date;
  facts.looks_like_number = looks.number;
  facts.looks_like_id = looks.id;
  return facts;
}

/// Nothing but null has no type worth naming.
std::string commonest_type(const model::PathFacts& facts) {
  for (const auto& share : facts.types) {
    if (share.type != "null") return share.type;
  }
  return facts.types.empty() ? "" : "null";
}

double average_leaf_bytes(const PathValues& values) {
  double bytes = 0, count = 0;
  for (const auto& leaf : values.leaves) {
    if (leaf.value->is_null()) continue;
    bytes += static_cast<double>(mql::bson_bytes(*leaf.value));
    ++count;
  }
  return count > 0 ? bytes / count : 0;
}

model::Column column_of(const std::string& path, const PathValues& values, double documents,
                        const SampleRequest& request) {
  model::Column column;
  column.name = path;
  column.path = facts_of(values, documents);
  column.base_type = column.type = commonest_type(*column.path);
  column.type_kind = column.path->array ? "array" : "base";
  column.length = -1;
  column.not_null = request.complete && values.documents == static_cast<std::int64_t>(documents) &&
                    values.nulls == 0;
  model::ColumnStats stats;
  stats.null_fraction = 1 - static_cast<double>(values.documents - values.nulls) / documents;
  const double width = average_leaf_bytes(values);
  stats.average_width = width > 0 ? width : column.path->value_average_bytes;
  add_value_statistics(stats, values, documents, request);
  if (stats.correlation) column.path->rises = rises(stats);
  column.stats = std::move(stats);
  return column;
}

model::DocumentSample sample_of(const DocumentPaths& paths, double documents) {
  model::DocumentSample sample;
  sample.documents = static_cast<std::int64_t>(documents);
  sample.average_bytes = stats::mean(paths.bytes);
  sample.p95_bytes = stats::quantile(paths.bytes, high_quantile);
  sample.max_bytes = highest(paths.bytes);
  sample.average_fields = stats::mean(paths.fields);
  sample.max_fields = highest(paths.fields);
  sample.max_depth = highest(paths.depths);
  sample.name_bytes = paths.name_bytes / documents;
  return sample;
}

}  // namespace

double estimate_distinct(double seen, double different, double once, double all) {
  if (seen <= 0 || different <= 0) return 0;
  if (all <= seen) return different;
  const double estimate = seen * different / (seen - once + once * seen / all);
  return std::clamp(estimate, different, all);
}

SampledCollection statistics_of(const std::vector<mql::Value>& documents,
                                const SampleRequest& request) {
  SampledCollection out;
  if (documents.empty()) return out;
  const auto count = static_cast<double>(documents.size());
  const DocumentPaths paths = paths_of(documents);
  out.sample = sample_of(paths, count);
  std::vector<std::pair<const std::string*, const PathValues*>> order;
  order.reserve(paths.paths.size());
  for (const auto& [path, values] : paths.paths) order.emplace_back(&path, &values);
  // Names are sorted already.
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    return a.second->documents > b.second->documents;
  });
  const std::size_t kept = std::min(order.size(), request.paths_at_most);
  out.sample.paths_left_out = paths.left_out + static_cast<std::int64_t>(order.size() - kept);
  for (std::size_t i = 0; i < kept; ++i) {
    out.columns.push_back(column_of(*order[i].first, *order[i].second, count, request));
    out.columns.back().position = static_cast<std::int64_t>(i) + 1;
  }
  return out;
}

}  // namespace whet::engine::mongodb
