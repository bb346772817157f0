#include "advise/naming.h"

#include <gtest/gtest.h>

namespace whet::advise {
namespace {

TEST(Naming, PlainNamesStayAsTheyAre) {
  EXPECT_EQ(quoted("orders"), "orders");
  EXPECT_EQ(quoted("public", "_t1$"), "public._t1$");
}

TEST(Naming, WhatSqlWouldMisreadIsQuoted) {
  EXPECT_EQ(quoted("Orders"), "\"Orders\"");
  EXPECT_EQ(quoted("order"), "\"order\"");
  EXPECT_EQ(quoted("user"), "\"user\"");
  EXPECT_EQ(quoted("1st"), "\"1st\"");
  EXPECT_EQ(quoted("a b"), "\"a b\"");
  EXPECT_EQ(quoted("say \"x\""), "\"say \"\"x\"\"\"");
  EXPECT_EQ(quoted(""), "\"\"");
}

TEST(Naming, LiteralsDoubleTheirQuotes) { EXPECT_EQ(literal("it's"), "'it''s'"); }

}  // namespace
}  // namespace whet::advise
