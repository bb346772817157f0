#include "advise/innodb/values.h"

#include <gmock/gmock.h>

namespace whet::advise::innodb {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Values, ComparisonHasOne) {
  EXPECT_THAT(values_in("status = 'open'"), ElementsAre("open"));
  EXPECT_THAT(values_in("(`l_quantity` < 24)"), ElementsAre("24"));
  EXPECT_THAT(values_in("a > -5"), ElementsAre("-5"));
  EXPECT_THAT(values_in("o_orderdate < DATE'1995-03-15'"), ElementsAre("1995-03-15"));
}

TEST(Values, ListsAndBounds) {
  EXPECT_THAT(values_in("kind IN ('a', 'it''s', 3)"), ElementsAre("a", "it's", "3"));
  EXPECT_THAT(values_in("x between 1 and 10"), ElementsAre("1", "10"));
}

TEST(Values, ArithmeticIsWorkedOut) {
  EXPECT_THAT(values_in("d < date '1994-01-01' + interval '1' year"), ElementsAre("1995-01-01"));
  EXPECT_THAT(values_in("d <= (DATE'1998-12-01' - interval 90 day)"), ElementsAre("1998-09-02"));
  EXPECT_THAT(values_in("d < date '1994-01-31' + interval 1 month"), ElementsAre("1994-02-28"));
  EXPECT_THAT(values_in("x between .06 - 0.01 and .06 + 0.01"), ElementsAre("0.05", "0.07"));
}

TEST(Values, UnknownOnesAreNone) {
  EXPECT_THAT(values_in("a = ?"), IsEmpty());
  EXPECT_THAT(values_in("a IN (1, ?)"), IsEmpty());
  EXPECT_THAT(values_in("a > now() - interval 1 day"), IsEmpty());
}

TEST(Values, Order) {
  EXPECT_LT(compare_values("9", "10"), 0);
  EXPECT_EQ(compare_values("Open", "open"), 0);
  EXPECT_GT(compare_values("1995-01-02", "1995-01-01"), 0);
}

TEST(Values, HowMany) {
  EXPECT_EQ(values_between("3", "12"), 10);
  EXPECT_EQ(values_between("1995-01-01", "1995-02-01"), 32);
  EXPECT_FALSE(values_between("0.5", "2").has_value());
  EXPECT_FALSE(values_between("a", "b").has_value());
}

TEST(Values, Positions) {
  EXPECT_DOUBLE_EQ(position_between("0", "10", "5"), 0.5);
  EXPECT_NEAR(position_between("1995-01-01", "1995-12-31", "1995-07-01"), 0.5, 0.01);
  EXPECT_NEAR(position_between("Brand#10", "Brand#50", "Brand#30"), 0.5, 0.02);
  EXPECT_DOUBLE_EQ(position_between("5", "5", "5"), 0.5);
}

}  // namespace
}  // namespace whet::advise::innodb
