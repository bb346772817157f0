#include "sql/quote.h"

#include <gtest/gtest.h>

namespace whet::sql {
namespace {

TEST(Quote, QuotesOnlyWhatNeedsIt) {
  EXPECT_EQ(quote_identifier("orders"), "orders");
  EXPECT_EQ(quote_identifier("_x9"), "_x9");
  EXPECT_EQ(quote_identifier("Orders"), "\"Orders\"");
  EXPECT_EQ(quote_identifier("order"), "\"order\"");
  EXPECT_EQ(quote_identifier("9lives"), "\"9lives\"");
  EXPECT_EQ(quote_identifier("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(quote_identifier(""), "\"\"");
  EXPECT_EQ(quote_identifier("größe"), "\"größe\"");
  EXPECT_EQ(quote_qualified("public", "user"), "public.\"user\"");
  EXPECT_EQ(quote_qualified("", "t"), "t");
}

TEST(Quote, Literals) {
  EXPECT_EQ(quote_literal("it's"), "'it''s'");
  EXPECT_EQ(quote_literal("a\\b'c"), "E'a\\\\b''c'");
}

TEST(Quote, ColumnWordsAreQuotedThoughTheyNeedNotBe) {
  // Like the server's own printing, which texts are compared with.
  EXPECT_EQ(quote_identifier("values"), "\"values\"");
  EXPECT_EQ(quote_identifier("a$"), "\"a$\"");
  EXPECT_FALSE(needs_quotes("values"));
  EXPECT_FALSE(needs_quotes("a$"));
}

TEST(Quote, SaysWhatSqlWouldMisread) {
  for (const char* name : {"", "Orders", "order", "1st", "$a", "a b"}) {
    EXPECT_TRUE(needs_quotes(name)) << name;
  }
  EXPECT_TRUE(is_reserved("user"));
  EXPECT_FALSE(is_reserved("orders"));
}

}  // namespace
}  // namespace whet::sql
