#include "base/stats.h"

#include <gtest/gtest.h>

namespace whet::stats {
namespace {

TEST(Stats, QuantilesInterpolate) {
  EXPECT_DOUBLE_EQ(quantile({4, 1, 3, 2}, 0.5), 2.5);
  EXPECT_DOUBLE_EQ(quantile({1, 2, 3}, 1), 3);
  EXPECT_DOUBLE_EQ(quantile({}, 0.5), 0);
}

TEST(Stats, RatioIntervalHoldsTheTrueRatio) {
  Random random(7);
  std::vector<double> before;
  std::vector<double> after;
  for (int i = 0; i < 60; ++i) {
    before.push_back(10 + random.uniform());
    after.push_back(2 + 0.2 * random.uniform());
  }
  const Interval interval = ratio_interval(before, after, 0.95, 1000, 1);
  EXPECT_LT(interval.low, 0.2);
  EXPECT_GT(interval.high, 0.2);
  EXPECT_LT(interval.high - interval.low, 0.02);
}

TEST(Stats, TheSameSeedGivesTheSameInterval) {
  const std::vector<double> a{1, 2, 3, 4, 5};
  EXPECT_EQ(ratio_interval(a, a, 0.95, 200, 3).low, ratio_interval(a, a, 0.95, 200, 3).low);
}

TEST(Stats, NothingComesOfNothing) {
  EXPECT_EQ(ratio_interval({}, {1}, 0.95, 10, 1).high, 0);
  EXPECT_EQ(ratio_interval({0, 0}, {1}, 0.95, 10, 1).high, 0);
}

}  // namespace
}  // namespace whet::stats
