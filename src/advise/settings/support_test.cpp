#include "advise/settings/support.h"

#include <gtest/gtest.h>

namespace whet::advise::settings {
namespace {

constexpr double kB = 1024;
constexpr double MB = 1024 * kB;
constexpr double GB = 1024 * MB;

TEST(Support, PrintsMemoryAsPostgresqlDoes) {
  EXPECT_EQ(print_memory(512 * MB), "512MB");
  EXPECT_EQ(print_memory(1.5 * GB), "1536MB");
  EXPECT_EQ(print_memory(2 * GB), "2GB");
  EXPECT_EQ(print_memory(64 * kB), "64kB");
  EXPECT_EQ(print_memory(4 * MB + 512 * kB), "4608kB");
  EXPECT_EQ(print_memory(1024 * GB), "1TB");
}

TEST(Support, PrintsTimesAsPostgresqlDoes) {
  EXPECT_EQ(print_time(300), "5min");
  EXPECT_EQ(print_time(90), "90s");
  EXPECT_EQ(print_time(0.002), "2ms");
  EXPECT_EQ(print_time(3600), "1h");
  EXPECT_EQ(print_time(0), "0");
}

TEST(Support, RoundsMemoryDownByAnEighthAtMostAndNeverOutOfOrder) {
  double last = 0;
  for (double bytes = 64 * kB; bytes < 4 * GB; bytes *= 1.013) {
    const double rounded = round_memory(bytes);
    EXPECT_LE(rounded, bytes);
    EXPECT_GT(rounded, bytes * 0.888);
    EXPECT_GE(rounded, last);
    last = rounded;
  }
  EXPECT_EQ(round_memory(1000), 64 * kB);
}

TEST(Support, RatesWithoutAnAgeAreZero) {
  EXPECT_EQ(per_hour(10, std::nullopt), 0);
  EXPECT_EQ(per_hour(10, 0), 0);
  EXPECT_DOUBLE_EQ(per_hour(10, 1800), 20);
}

}  // namespace
}  // namespace whet::advise::settings
