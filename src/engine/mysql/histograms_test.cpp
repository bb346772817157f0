#include "engine/mysql/histograms.h"

#include <gtest/gtest.h>

#include "engine/mysql/status.h"

namespace whet::engine::mysql {
namespace {

constexpr const char* singleton =
    R"({"buckets": [["base64:type254:ZG9uZQ==", 0.858], ["base64:type254:b3Blbg==", 0.98]],
        "data-type": "string", "null-values": 0.02, "collation-id": 255,
        "last-updated": "2026-11-26 14:03:38.788808", "sampling-rate": 1.0,
        "histogram-type": "singleton", "number-of-buckets-specified": 8})";
constexpr const char* equi_height =
    R"({"buckets": [[1.0, 2.0, 0.2, 2], [3.0, 3.0, 0.7, 1], [4.0, 9.0, 1.0, 6]],
        "data-type": "double", "null-values": 0.0, "histogram-type": "equi-height"})";

TEST(MysqlHistogram, SingletonWithoutValues) {
  HistogramRequest request;
  request.now = *timestamp_seconds("2026-11-26 15:03:38.788808");
  const auto stats = mysql_histogram(singleton, request);
  ASSERT_TRUE(stats.ok());
  EXPECT_EQ(stats->histogram_kind, "singleton");
  EXPECT_TRUE(stats->has_histogram);
  EXPECT_DOUBLE_EQ(stats->null_fraction, 0.02);
  EXPECT_DOUBLE_EQ(stats->distinct, 2);
  ASSERT_EQ(stats->common_frequencies.size(), 2U);
  EXPECT_DOUBLE_EQ(stats->common_frequencies[0], 0.858);
  EXPECT_NEAR(stats->common_frequencies[1], 0.122, 1e-9);
  EXPECT_TRUE(stats->histogram.empty());
  EXPECT_NEAR(stats->histogram_age_seconds.value_or(0), 3600, 1e-3);
}

TEST(MysqlHistogram, ValuesWhenAskedFor) {
  HistogramRequest request;
  request.keep_values = true;
  const auto stats = mysql_histogram(singleton, request);
  ASSERT_TRUE(stats.ok());
  ASSERT_EQ(stats->histogram.size(), 2U);
  EXPECT_EQ(stats->histogram[0].low, "done");
  EXPECT_EQ(stats->histogram[1].high, "open");
  EXPECT_DOUBLE_EQ(stats->histogram[1].cumulative, 0.98);
}

TEST(MysqlHistogram, EnumValuesAreLabels) {
  HistogramRequest request;
  request.keep_values = true;
  request.labels = {"new", "active"};
  const auto stats = mysql_histogram(
      R"({"buckets": [[1, 0.1], [2, 1.0]], "data-type": "enum", "histogram-type": "singleton"})",
      request);
  ASSERT_TRUE(stats.ok());
  EXPECT_EQ(stats->histogram[1].low, "active");
}

TEST(MysqlHistogram, EquiHeightKnowsFrequentValues) {
  HistogramRequest request;
  request.keep_values = true;
  const auto stats = mysql_histogram(equi_height, request);
  ASSERT_TRUE(stats.ok());
  EXPECT_DOUBLE_EQ(stats->distinct, 9);
  ASSERT_EQ(stats->common_frequencies.size(), 1U);
  EXPECT_NEAR(stats->common_frequencies[0], 0.5, 1e-9);
  ASSERT_EQ(stats->histogram.size(), 3U);
  EXPECT_EQ(stats->histogram[2].low, "4");
  EXPECT_EQ(stats->histogram[2].high, "9");
  EXPECT_FALSE(stats->histogram_age_seconds);
}

TEST(MysqlHistogram, OtherTextIsRefused) {
  EXPECT_FALSE(mysql_histogram("{}", {}).ok());
  EXPECT_FALSE(mysql_histogram("nonsense", {}).ok());
}

TEST(MariadbStatistics, WithoutAHistogram) {
  MariadbStats row;
  row.nulls = 0.25;
  row.average_length = 8;
  row.average_frequency = 50;
  row.rows = 1000;
  const auto stats = mariadb_statistics(row, true);
  EXPECT_DOUBLE_EQ(stats.distinct, 15);
  EXPECT_DOUBLE_EQ(stats.null_fraction, 0.25);
  EXPECT_DOUBLE_EQ(stats.average_width, 8);
  EXPECT_FALSE(stats.has_histogram);
}

TEST(MariadbStatistics, WidthsBecomeValuesOfNumbers) {
  MariadbStats row;
  row.minimum = "0";
  row.maximum = "100";
  row.kind = "DOUBLE_PREC_HB";
  row.decoded = "0.10000,0.40000,0.50000,0.00000";
  row.numeric = true;
  const auto stats = mariadb_statistics(row, true);
  EXPECT_EQ(stats.histogram_kind, "double_prec_hb");
  ASSERT_EQ(stats.histogram.size(), 4U);
  EXPECT_EQ(stats.histogram[0].low, "0");
  EXPECT_EQ(stats.histogram[1].low, "10");
  EXPECT_EQ(stats.histogram[1].high, "50");
  EXPECT_DOUBLE_EQ(stats.histogram[1].cumulative, 0.5);
  EXPECT_TRUE(mariadb_statistics(row, false).histogram.empty());
  row.numeric = false;
  EXPECT_TRUE(mariadb_statistics(row, true).histogram.empty());
}

TEST(MariadbStatistics, JsonHistogram) {
  MariadbStats row;
  row.nulls = 0.5;
  row.kind = "JSON_HB";
  row.decoded = R"({"target_histogram_size": 254, "histogram_hb": [
      {"start": "a", "size": 0.6, "ndv": 1}, {"start": "b", "size": 0.3, "ndv": 7},
      {"start": "k", "end": "z", "size": 0.1, "ndv": 2}]})";
  const auto stats = mariadb_statistics(row, true);
  ASSERT_EQ(stats.histogram.size(), 3U);
  EXPECT_EQ(stats.histogram[0].high, "a");
  EXPECT_EQ(stats.histogram[1].high, "k");
  EXPECT_EQ(stats.histogram[2].high, "z");
  EXPECT_DOUBLE_EQ(stats.histogram[2].cumulative, 0.5);
  ASSERT_EQ(stats.common_frequencies.size(), 1U);
  EXPECT_DOUBLE_EQ(stats.common_frequencies[0], 0.3);
}

TEST(MariadbStatistics, DamagedHistogramIsLeftOut) {
  MariadbStats row;
  row.average_length = 4;
  row.kind = "JSON_HB";
  row.decoded = "{";
  const auto stats = mariadb_statistics(row, true);
  EXPECT_TRUE(stats.histogram.empty());
  EXPECT_DOUBLE_EQ(stats.average_width, 4);
}

}  // namespace
}  // namespace whet::engine::mysql
