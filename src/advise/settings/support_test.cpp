#include "advise/settings/support.h"

#include <gtest/gtest.h>

#include "base/units.h"

namespace whet::advise::settings {
namespace {

TEST(Support, PrintsMemoryAsPostgresqlDoes) {
  EXPECT_EQ(print_memory(512 * megabyte), "512MB");
  EXPECT_EQ(print_memory(1.5 * gigabyte), "1536MB");
  EXPECT_EQ(print_memory(2 * gigabyte), "2GB");
  EXPECT_EQ(print_memory(64 * kilobyte), "64kB");
  EXPECT_EQ(print_memory(4 * megabyte + 512 * kilobyte), "4608kB");
  EXPECT_EQ(print_memory(1024 * gigabyte), "1TB");
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
  for (double bytes = 64 * kilobyte; bytes < 4 * gigabyte; bytes *= 1.013) {
    const double rounded = round_memory(bytes);
    EXPECT_LE(rounded, bytes);
    EXPECT_GT(rounded, bytes * 0.888);
    EXPECT_GE(rounded, last);
    last = rounded;
  }
  EXPECT_EQ(round_memory(1000), 64 * kilobyte);
}

TEST(Support, RatesWithoutAnAgeAreZero) {
  EXPECT_EQ(per_hour(10, std::nullopt), 0);
  EXPECT_EQ(per_hour(10, 0), 0);
  EXPECT_DOUBLE_EQ(per_hour(10, 1800), 20);
}

}  // namespace
}  // namespace whet::advise::settings
