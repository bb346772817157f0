#include "engine/mongodb/sample_plan.h"

#include <algorithm>

namespace whet::engine::mongodb {

namespace {

constexpr std::int64_t bytes_of_sample = 2LL << 20U, bytes_of_scan = 8LL << 20U;
constexpr std::int64_t documents_at_least = 10, documents_unknown = 20;
/// Manual, "$sample": a random cursor serves less than 5 % of 100 documents or more.
constexpr std::int64_t random_part = 21, random_at_least = 100;

}  // namespace

SamplePlan plan_sample(const model::Table& table, int documents_at_most) {
  const std::int64_t rows = table.live_rows;
  // Of a small one that is hardly used, or one that told nothing of itself.
  if (table.sizes_skipped) return {std::min<std::int64_t>(documents_at_most, documents_unknown)};
  // A time series tells no number of its measurements.
  if (rows <= 0) return {table.data_bytes > 0 ? documents_at_most : 0};
  const std::int64_t average = std::max<std::int64_t>(1, table.data_bytes / rows);
  std::int64_t wanted = std::clamp<std::int64_t>(bytes_of_sample / average, documents_at_least,
                                                 std::max<std::int64_t>(documents_at_most, 1));
  wanted = std::min<std::int64_t>(wanted, documents_at_most);
  if (rows <= wanted) return {wanted};
  if (rows >= random_at_least && wanted <= rows / random_part) return {wanted, true};
  if (table.data_bytes <= bytes_of_scan) return {wanted, true};
  // Few and large ones.
  const std::int64_t fewer = rows / random_part;
  return fewer >= documents_at_least && rows >= random_at_least ? SamplePlan{fewer, true}
                                                                : SamplePlan{wanted};
}

mql::Value sample_command(const model::Table& table, const SamplePlan& plan) {
  using mql::Value;
  if (plan.random) {
    const Value size = Value::object({{"size", Value::of(plan.documents)}});
    return Value::object({{"aggregate", Value::of(table.name)},
                          {"pipeline", Value::array({Value::object({{"$sample", size}})})},
                          {"cursor", Value::object({{"batchSize", Value::of(plan.documents)}})}});
  }
  return Value::object({{"find", Value::of(table.name)},
                        {"limit", Value::of(plan.documents)},
                        {"batchSize", Value::of(plan.documents)}});
}

}  // namespace whet::engine::mongodb
