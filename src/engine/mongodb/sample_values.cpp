#include "engine/mongodb/sample_values.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/text.h"

namespace whet::engine::mongodb {

namespace {

using Leaf = PathValues::Leaf;

constexpr std::size_t common_at_most = 20, buckets_at_most = 100, singles_at_most = 100;
constexpr std::size_t value_bytes_at_most = 256;
/// Fewer documents say nothing about an order.
constexpr std::size_t order_at_least = 20;
constexpr double rising = 0.95;
constexpr double looks_share = 0.95;
constexpr std::int64_t looks_at_least = 5;
/// More different values than this part of the rows: they grow with the collection.
constexpr double grows_with_rows = 0.1;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

/// 2026-11-26, 2026/11/26, and the same with a time behind.
bool is_date(std::string_view text) {
  constexpr std::string_view form = "dddd-dd-dd";
  if (text.size() < form.size()) return false;
  for (std::size_t i = 0; i < form.size(); ++i) {
    const bool fits = form[i] == 'd' ? is_digit(text[i]) : text[i] == '-' || text[i] == '/';
    if (!fits) return false;
  }
  return text.size() == form.size() || text[form.size()] == 'T' || text[form.size()] == ' ';
}

/// An ObjectId or UUID in hex.
bool is_id(std::string_view text) {
  constexpr std::size_t object_id = 24, uuid = 36;
  if (text.size() == object_id) return std::all_of(text.begin(), text.end(), is_hex);
  if (text.size() != uuid) return false;
  constexpr std::string_view form = "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh";
  for (std::size_t i = 0; i < uuid; ++i) {
    if (form[i] == '-' ? text[i] != '-' : !is_hex(text[i])) return false;
  }
  return true;
}

/// Equal values side by side.
struct Group {
  const mql::Value* value = nullptr;
  double values = 0;     ///< how often it was seen
  double documents = 0;  ///< in so many documents
};

std::vector<Leaf> sorted_leaves(const PathValues& values) {
  std::vector<Leaf> leaves;
  for (const auto& leaf : values.leaves) {
    if (!leaf.value->is_null()) leaves.push_back(leaf);
  }
  std::stable_sort(leaves.begin(), leaves.end(), [](const Leaf& a, const Leaf& b) {
    return mql::compare(*a.value, *b.value) < 0;
  });
  return leaves;
}

std::vector<Group> groups_of(const std::vector<Leaf>& sorted) {
  std::vector<Group> groups;
  std::int64_t last_document = -1;
  for (const auto& leaf : sorted) {
    if (groups.empty() || mql::compare(*groups.back().value, *leaf.value) != 0) {
      groups.push_back({leaf.value, 0, 0});
      last_document = -1;
    }
    ++groups.back().values;
    if (leaf.document != last_document) ++groups.back().documents;
    last_document = leaf.document;
  }
  return groups;
}

double distinct_of(const std::vector<Group>& groups, double seen, double documents,
                   const SampleRequest& request) {
  const auto different = static_cast<double>(groups.size());
  if (different == 0) return 0;
  if (request.complete) return different;
  const double per_document = seen / documents;
  const double rows = std::max(request.rows, documents);
  // No value came twice: as far as one can see, each is its own.
  if (different == seen) return -per_document;
  const auto once = static_cast<double>(
      std::count_if(groups.begin(), groups.end(), [](const auto& g) { return g.values == 1; }));
  const double estimate = estimate_distinct(seen, different, once, rows * per_document);
  return estimate > grows_with_rows * rows ? -estimate / rows : std::round(estimate);
}

/// Whether a value that came so often is commoner than the rest, or may have come so often by
/// chance: more than two standard deviations of a hypergeometric distribution beyond its share (as
/// PostgreSQL's ANALYZE has it since version 11).
bool stands_out(double count, double rest_share, double seen, double all) {
  const double others = all * rest_share;
  const double variance =
      all > 1 ? seen * others * (all - others) * (all - seen) / (all * all * (all - 1)) : 0;
  return count > rest_share * seen + 2 * std::sqrt(std::max(variance, 0.0)) + 0.5;
}

/// The commonest values, the first being the commonest.
std::vector<Group> common_groups(const std::vector<Group>& groups, double seen, double different,
                                 double all) {
  std::vector<Group> common;
  for (const auto& group : groups) {
    if (group.values >= 2) common.push_back(group);
  }
  std::stable_sort(common.begin(), common.end(),
                   [](const Group& a, const Group& b) { return a.values > b.values; });
  // Every value was seen again and again: these are all.
  if (common.size() == groups.size() && common.size() <= common_at_most) return common;
  if (common.size() > common_at_most) common.resize(common_at_most);
  double covered = 0;
  for (const auto& group : common) covered += group.values / seen;
  while (!common.empty()) {
    const double others = std::max(1.0, different - static_cast<double>(common.size()));
    if (stands_out(common.back().values, std::max(0.0, 1 - covered) / others, seen, all)) break;
    covered -= common.back().values / seen;
    common.pop_back();
  }
  return common;
}

/// Spearman's rank correlation of values with the order of their documents.
std::optional<double> correlation_of(const std::vector<Leaf>& sorted,
                                     const std::vector<Group>& groups) {
  if (sorted.size() < order_at_least || groups.size() < 2) return std::nullopt;
  std::vector<double> positions;
  for (const auto& leaf : sorted) positions.push_back(static_cast<double>(leaf.document));
  const auto n = static_cast<double>(sorted.size());
  double sum_x = 0, sum_y = 0, sum_xx = 0, sum_yy = 0, sum_xy = 0;
  std::size_t at = 0;
  for (const auto& group : groups) {
    // Ties share the middle of their ranks.
    const double rank = static_cast<double>(at) + (group.values - 1) / 2;
    const std::size_t end = at + static_cast<std::size_t>(group.values);
    for (; at < end; ++at) {
      sum_x += rank, sum_xx += rank * rank;
      sum_y += positions[at], sum_yy += positions[at] * positions[at];
      sum_xy += rank * positions[at];
    }
  }
  const double spread = (n * sum_xx - sum_x * sum_x) * (n * sum_yy - sum_y * sum_y);
  if (spread <= 0) return std::nullopt;
  return std::clamp((n * sum_xy - sum_x * sum_y) / std::sqrt(spread), -1.0, 1.0);
}

void add_histogram(model::ColumnStats& stats, const std::vector<Group>& groups, double seen,
                   const std::vector<Group>& common) {
  for (const auto& group : groups) {
    if (mql::bson_bytes(*group.value) > static_cast<std::int64_t>(value_bytes_at_most)) return;
  }
  const double present = stats.average_elements > 0 ? 1 : 1 - stats.null_fraction;
  const bool singles = groups.size() <= singles_at_most;
  stats.histogram_kind = singles ? "singleton" : "equi-height";
  stats.has_histogram = true;
  const double height = singles ? 0 : seen / static_cast<double>(buckets_at_most);
  double passed = 0, in_bucket = 0;
  model::HistogramBucket bucket;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (in_bucket == 0) bucket.low = mql::canonical_json(*groups[i].value);
    in_bucket += groups[i].values;
    passed += groups[i].values;
    ++bucket.distinct;
    if (in_bucket < height && i + 1 < groups.size()) continue;
    bucket.high = mql::canonical_json(*groups[i].value);
    bucket.cumulative = present * passed / seen;
    stats.histogram.push_back(std::move(bucket));
    bucket = {};
    in_bucket = 0;
  }
  for (const auto& group : common) stats.samples.push_back(mql::canonical_json(*group.value));
}

}  // namespace

StringLooks looks_of(const std::vector<Leaf>& leaves) {
  std::int64_t strings = 0, dates = 0, numbers = 0, ids = 0;
  for (const auto& leaf : leaves) {
    if (!leaf.value->is_string()) continue;
    ++strings;
    dates += is_date(leaf.value->text) ? 1 : 0;
    numbers += text::to_double(leaf.value->text).has_value() ? 1 : 0;
    ids += is_id(leaf.value->text) ? 1 : 0;
  }
  if (strings < looks_at_least) return {};
  const double enough = looks_share * static_cast<double>(strings);
  return {static_cast<double>(dates) >= enough, static_cast<double>(numbers) >= enough,
          static_cast<double>(ids) >= enough};
}

void add_value_statistics(model::ColumnStats& stats, const PathValues& values, double documents,
                          const SampleRequest& request) {
  const std::vector<Leaf> leaves = sorted_leaves(values);
  if (leaves.empty()) return;
  const auto seen = static_cast<double>(leaves.size());
  const std::vector<Group> groups = groups_of(leaves);
  stats.distinct = distinct_of(groups, seen, documents, request);
  const bool in_arrays = values.in_array || !values.array_sizes.empty();
  const double rows = std::max(request.rows, documents);
  const double different = stats.distinct < 0 ? -stats.distinct * rows : stats.distinct;
  const std::vector<Group> common = common_groups(groups, seen, different, rows * seen / documents);
  for (const auto& group : common) {
    stats.common_frequencies.push_back(group.documents / documents);
    if (in_arrays) stats.element_frequencies.push_back(group.documents / documents);
  }
  if (in_arrays) {
    double of_documents = 0;
    for (const auto& group : groups) of_documents += group.documents;
    stats.average_elements =
        values.documents > 0 ? of_documents / static_cast<double>(values.documents) : 0;
  } else {
    stats.correlation = correlation_of(leaves, groups);
  }
  if (request.with_values) add_histogram(stats, groups, seen, common);
}

bool rises(const model::ColumnStats& stats) {
  return stats.correlation && *stats.correlation >= rising;
}

}  // namespace whet::engine::mongodb
