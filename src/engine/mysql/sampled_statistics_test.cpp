#include "engine/mysql/sampled_statistics.h"

#include <gtest/gtest.h>

namespace whet::engine::mysql {
namespace {

using Values = std::vector<std::optional<std::string>>;

/// `count` values drawn evenly from `different` ones.
Values drawn(int count, int different) {
  Values out;
  unsigned state = 1;
  for (int i = 0; i < count; ++i) {
    state = state * 1664525U + 1013904223U;
    out.emplace_back(std::to_string((state >> 8U) % static_cast<unsigned>(different)));
  }
  return out;
}

TEST(SampledStatistics, NothingOfNothing) { EXPECT_FALSE(stats_of_sample({}, 1000)); }

TEST(SampledStatistics, FewValuesAreCounted) {
  const auto stats = stats_of_sample(drawn(600, 40), 1e6);
  ASSERT_TRUE(stats);
  EXPECT_EQ(stats->distinct, 40);
  EXPECT_FALSE(stats->common_frequencies.empty());
}

TEST(SampledStatistics, ManyValuesAreEstimated) {
  const auto stats = stats_of_sample(drawn(600, 5000), 1e6);
  ASSERT_TRUE(stats);
  EXPECT_GT(stats->distinct, 2500);
  EXPECT_LT(stats->distinct, 10000);
}

TEST(SampledStatistics, AKeyIsAKey) {
  Values values;
  for (int i = 0; i < 600; ++i) values.emplace_back(std::to_string(i));
  EXPECT_EQ(stats_of_sample(values, 1e6)->distinct, 1e6);
}

TEST(SampledStatistics, NullsAreApart) {
  Values values = drawn(300, 10);
  values.resize(600);
  const auto stats = stats_of_sample(values, 1e6);
  EXPECT_DOUBLE_EQ(stats->null_fraction, 0.5);
  EXPECT_EQ(stats->distinct, 10);
  EXPECT_EQ(stats_of_sample(Values(5), 1e6)->null_fraction, 1);
}

TEST(SampledStatistics, KeepsNoValue) {
  const auto stats = stats_of_sample({"secret", "secret"}, 2);
  EXPECT_TRUE(stats->samples.empty());
  EXPECT_TRUE(stats->histogram.empty());
}

}  // namespace
}  // namespace whet::engine::mysql
