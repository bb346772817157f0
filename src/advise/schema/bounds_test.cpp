#include "advise/schema/bounds.h"

#include <gtest/gtest.h>

namespace whet::advise::schema {
namespace {

TEST(ParseMoment, DatesTimesAndOffsets) {
  EXPECT_EQ(parse_moment("1970-01-02"), 86400);
  EXPECT_EQ(parse_moment("2026-11-01"), 1793491200);
  EXPECT_EQ(parse_moment("2026-11-01 00:00:00"), 1793491200);
  EXPECT_EQ(parse_moment("2026-11-01 00:00:00+02"), 1793491200 - 7200);
  EXPECT_EQ(parse_moment("2026-11-01 00:00:00-03:30"), 1793491200 + 12600);
}

TEST(ParseMoment, WhatIsNoMomentIsNothing) {
  EXPECT_FALSE(parse_moment(""));
  EXPECT_FALSE(parse_moment("100000"));
  EXPECT_FALSE(parse_moment("infinity"));
  EXPECT_FALSE(parse_moment("2026-13-01"));
  EXPECT_FALSE(parse_moment("2026-11-01 noon"));
}

TEST(ParsePeriod, ReadsRangesOverTimeOnly) {
  const auto month = parse_period("FOR VALUES FROM ('2026-11-01') TO ('2026-12-01')");
  ASSERT_TRUE(month);
  EXPECT_EQ(month->to - month->from, 30 * 86400);
  EXPECT_FALSE(parse_period("FOR VALUES FROM (1) TO (1000)"));
  EXPECT_FALSE(parse_period("FOR VALUES FROM (MINVALUE) TO ('2026-12-01')"));
  EXPECT_FALSE(parse_period("FOR VALUES IN ('2026-12-01')"));
  EXPECT_FALSE(parse_period("DEFAULT"));
}

}  // namespace
}  // namespace whet::advise::schema
