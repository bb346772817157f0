#include "advise/naming.h"

#include <gtest/gtest.h>

namespace whet::advise {
namespace {

TEST(Naming, PlainNamesStayAsTheyAre) {
  EXPECT_EQ(sql_name("orders"), "orders");
  EXPECT_EQ(sql_name("public", "_t1$"), "public._t1$");
}

TEST(Naming, WhatSqlWouldMisreadIsQuoted) {
  EXPECT_EQ(sql_name("Orders"), "\"Orders\"");
  EXPECT_EQ(sql_name("order"), "\"order\"");
  EXPECT_EQ(sql_name("user"), "\"user\"");
  EXPECT_EQ(sql_name("1st"), "\"1st\"");
  EXPECT_EQ(sql_name("a b"), "\"a b\"");
  EXPECT_EQ(sql_name("say \"x\""), "\"say \"\"x\"\"\"");
  EXPECT_EQ(sql_name(""), "\"\"");
}

TEST(Naming, LiteralsDoubleTheirQuotes) { EXPECT_EQ(literal("it's"), "'it''s'"); }

}  // namespace
}  // namespace whet::advise
