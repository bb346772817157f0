#include "engine/mongodb/sample_statistics.h"

#include <string>

#include <gtest/gtest.h>

#include "engine/mongodb/sample_plan.h"

namespace whet::engine::mongodb {
namespace {

mql::Value parsed(const std::string& json) {
  auto value = mql::parse_json(json);
  EXPECT_TRUE(value.ok()) << json;
  return std::move(value).value();
}

const model::Column& path(const SampledCollection& sampled, std::string_view name) {
  static const model::Column none;
  for (const auto& column : sampled.columns) {
    if (column.name == name) return column;
  }
  return none;
}

/// 100 documents: n rises, status has three values (a third each), every fifth has a note, every
/// tenth a null; items and tags are arrays.
std::vector<mql::Value> documents() {
  std::vector<mql::Value> out;
  for (int i = 0; i < 100; ++i) {
    const std::string n = std::to_string(i);
    std::string json = R"({"_id": )" + n + R"(, "n": )" + n + R"(, "status": "s)" +
                       std::to_string(i % 3) + R"(", "tags": ["t)" + std::to_string(i % 4) +
                       R"(", "always"], "items": [{"sku": "a)" + n + R"("}, {"sku": "b", "q": 1}],
                       "at": "2026-11-26T10:00:00Z", "zip": "0123", "ref": "65a1f0c2d4e5f60718293a4b")";
    if (i % 5 == 0) json += i % 10 == 0 ? R"(, "note": null)" : R"(, "note": "x")";
    out.push_back(parsed(json + "}"));
  }
  return out;
}

SampledCollection sampled(double rows, bool complete, bool with_values = false) {
  return statistics_of(documents(), {rows, complete, with_values, 300});
}

TEST(SampleStatistics, PathsAndTypes) {
  const auto all = sampled(1000, false);
  EXPECT_EQ(all.sample.documents, 100);
  EXPECT_EQ(all.sample.max_depth, 2);
  const auto& sku = path(all, "items.sku");
  ASSERT_TRUE(sku.path.has_value());
  EXPECT_TRUE(sku.path->in_array);
  EXPECT_FALSE(sku.path->array);
  EXPECT_EQ(sku.base_type, "string");
  const auto& items = path(all, "items");
  EXPECT_TRUE(items.path->array);
  EXPECT_EQ(items.base_type, "array");
  EXPECT_DOUBLE_EQ(items.path->array_average, 2);
  EXPECT_EQ(path(all, "n").base_type, "int");
  EXPECT_DOUBLE_EQ(path(all, "items.q").path->present, 1);
}

TEST(SampleStatistics, MissingAndNull) {
  const auto all = sampled(1000, false);
  const auto& note = path(all, "note");
  EXPECT_DOUBLE_EQ(note.path->present, 0.2);
  EXPECT_DOUBLE_EQ(note.stats->null_fraction, 0.9);
  EXPECT_EQ(note.base_type, "string");
}

TEST(SampleStatistics, DistinctValues) {
  const auto all = sampled(1000, false);
  EXPECT_DOUBLE_EQ(path(all, "n").stats->distinct, -1);  // none twice
  EXPECT_DOUBLE_EQ(path(all, "status").stats->distinct, 3);
  EXPECT_DOUBLE_EQ(path(all, "tags").stats->distinct, 5);
  EXPECT_DOUBLE_EQ(path(sampled(100, true), "n").stats->distinct, 100);
}

TEST(SampleStatistics, EstimatorOfHaasAndStokes) {
  EXPECT_DOUBLE_EQ(estimate_distinct(100, 10, 0, 10000), 10);
  // 50 values came once and 25 twice: 100*75 / (100 - 50 + 50*100/10000).
  EXPECT_NEAR(estimate_distinct(100, 75, 50, 10000), 7500.0 / 50.5, 1e-9);
  EXPECT_DOUBLE_EQ(estimate_distinct(100, 75, 50, 100), 75);
}

TEST(SampleStatistics, Frequencies) {
  const auto all = sampled(1000, false);
  const auto& status = path(all, "status").stats->common_frequencies;
  ASSERT_EQ(status.size(), 3U);
  EXPECT_DOUBLE_EQ(status[0], 0.34);
  const auto& tags = *path(all, "tags").stats;
  ASSERT_FALSE(tags.element_frequencies.empty());
  EXPECT_DOUBLE_EQ(tags.element_frequencies[0], 1);
  EXPECT_DOUBLE_EQ(tags.average_elements, 2);
}

TEST(SampleStatistics, OrderOfValues) {
  const auto all = sampled(1000, false);
  EXPECT_TRUE(path(all, "n").path->rises);
  EXPECT_NEAR(*path(all, "n").stats->correlation, 1, 1e-9);
  EXPECT_FALSE(path(all, "status").path->rises);
}

TEST(SampleStatistics, WhatStringsLookLike) {
  const auto all = sampled(1000, false);
  EXPECT_TRUE(path(all, "at").path->looks_like_date);
  EXPECT_TRUE(path(all, "zip").path->looks_like_number);
  EXPECT_TRUE(path(all, "ref").path->looks_like_id);
  EXPECT_FALSE(path(all, "status").path->looks_like_date);
}

TEST(SampleStatistics, ValuesAreKeptOnlyWhenAskedFor) {
  for (const auto& column : sampled(1000, false).columns) {
    EXPECT_TRUE(column.stats->histogram.empty());
    EXPECT_TRUE(column.stats->samples.empty());
  }
  const auto with = sampled(1000, false, true);
  const auto& status = *path(with, "status").stats;
  EXPECT_EQ(status.histogram_kind, "singleton");
  ASSERT_EQ(status.histogram.size(), 3U);
  EXPECT_EQ(status.histogram[0].low, R"("s0")");
  EXPECT_DOUBLE_EQ(status.histogram[2].cumulative, 1);
  EXPECT_EQ(status.samples.at(0), R"("s0")");
  EXPECT_EQ(path(with, "n").stats->histogram[7].low, R"({"$numberInt":"7"})");
}

TEST(SampleStatistics, ManyValuesGiveBucketsOfEqualHeight) {
  std::vector<mql::Value> many;
  for (int i = 0; i < 400; ++i) many.push_back(parsed(R"({"v": )" + std::to_string(i) + "}"));
  const auto all = statistics_of(many, {4000, false, true, 300});
  const auto& stats = *path(all, "v").stats;
  EXPECT_EQ(stats.histogram_kind, "equi-height");
  ASSERT_EQ(stats.histogram.size(), 100U);
  EXPECT_DOUBLE_EQ(stats.histogram[24].cumulative, 0.25);
  EXPECT_EQ(stats.histogram[0].high, R"({"$numberInt":"3"})");
  EXPECT_DOUBLE_EQ(stats.histogram[0].distinct, 4);
}

TEST(SampleStatistics, PathsAreLimited) {
  std::string json = "{";
  for (int i = 0; i < 50; ++i) json += (i > 0 ? ", \"k" : "\"k") + std::to_string(i) + "\": 1";
  const auto all = statistics_of({parsed(json + "}")}, {1, true, false, 10});
  EXPECT_EQ(all.columns.size(), 10U);
  EXPECT_EQ(all.sample.paths_left_out, 40);
}

model::Table table(std::int64_t rows, std::int64_t bytes) {
  model::Table out;
  out.name = "t";
  out.live_rows = rows;
  out.data_bytes = bytes;
  return out;
}

TEST(SamplePlan, SmallOnesWholeLargeOnesAtRandom) {
  EXPECT_EQ(plan_sample(table(50, 5000), 400).documents, 400);
  EXPECT_FALSE(plan_sample(table(50, 5000), 400).random);
  EXPECT_TRUE(plan_sample(table(1000000, 100000000), 400).random);
  EXPECT_EQ(plan_sample(table(1000000, 100000000), 400).documents, 400);
  EXPECT_EQ(plan_sample(table(0, 0), 400).documents, 0);
}

TEST(SamplePlan, NeverReadsALargeCollectionWhole) {
  // 400 of 2000 would not be served by a random cursor; these are 200 MB.
  const auto plan = plan_sample(table(2000, 200000000), 400);
  EXPECT_TRUE(plan.random);
  EXPECT_LT(plan.documents, 2000 / 20);
  // 60 documents of 15 MB: the first ten.
  const auto few = plan_sample(table(60, 900000000), 400);
  EXPECT_FALSE(few.random);
  EXPECT_EQ(few.documents, 10);
}

}  // namespace
}  // namespace whet::engine::mongodb
