#include "sql/mysql/quote.h"

#include <gtest/gtest.h>

namespace whet::sql::mysql {
namespace {

TEST(MysqlQuote, Identifiers) {
  EXPECT_EQ(quote_identifier("orders"), "orders");
  EXPECT_EQ(quote_identifier("Orders_2"), "Orders_2");
  EXPECT_EQ(quote_identifier("order"), "`order`");
  EXPECT_EQ(quote_identifier("a`b"), "`a``b`");
  EXPECT_EQ(quote_identifier("2024"), "`2024`");
  EXPECT_EQ(quote_identifier("1e5"), "`1e5`");
  EXPECT_EQ(quote_identifier(""), "``");
  EXPECT_EQ(quote_identifier("with space"), "`with space`");
  EXPECT_EQ(quote_qualified("shop", "order"), "shop.`order`");
  EXPECT_EQ(quote_qualified("", "t"), "t");
}

TEST(MysqlQuote, Literals) {
  EXPECT_EQ(quote_literal("it's"), "'it''s'");
  EXPECT_EQ(quote_literal("a\\b"), "'a\\\\b'");
  EXPECT_EQ(quote_literal("a\\b", false), "'a\\b'");
  EXPECT_EQ(quote_literal(std::string_view("a\0b", 3)), "'a\\0b'");
}

}  // namespace
}  // namespace whet::sql::mysql
