#include "base/whole.h"

#include <cmath>

#include <gtest/gtest.h>

namespace whet {
namespace {

TEST(ToWhole, DropsTheFraction) {
  EXPECT_EQ(to_whole(2.9), 2);
  EXPECT_EQ(to_whole(-2.9), -2);
}

TEST(ToWhole, StopsAtTheEnds) {
  EXPECT_EQ(to_whole(1e100), INT64_MAX);
  EXPECT_EQ(to_whole(9223372036854775808.0), INT64_MAX);
  EXPECT_EQ(to_whole(-9223372036854775808.0), INT64_MIN);
  EXPECT_EQ(to_whole(-1e100), INT64_MIN);
  EXPECT_EQ(to_whole(std::nan("")), 0);
}

}  // namespace
}  // namespace whet
