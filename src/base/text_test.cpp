#include "base/text.h"

#include <gtest/gtest.h>

namespace whet::text {
namespace {

TEST(Text, FiguresReadWell) {
  EXPECT_EQ(bytes(0), "0 B");
  EXPECT_EQ(bytes(134217728), "128 MB");
  EXPECT_EQ(bytes(1.5 * 1024 * 1024 * 1024), "1.5 GB");
  EXPECT_EQ(duration(0.00123), "1.23 ms");
  EXPECT_EQ(duration(90), "90 s");
  EXPECT_EQ(duration(7800), "2 h 10 min");
  EXPECT_EQ(duration(86400.0 * 12), "12 d");
  EXPECT_EQ(count(-1234567), "-1,234,567");
  EXPECT_EQ(count(999), "999");
  EXPECT_EQ(percent(0.123), "12.3 %");
  EXPECT_EQ(percent(0.0034), "0.34 %");
}

TEST(Text, ShortenCountsCodePoints) {
  EXPECT_EQ(shorten("größer", 6), "größer");
  EXPECT_EQ(shorten("größer", 4), "grö…");
  EXPECT_EQ(shorten("abc", 0), "");
}

TEST(Text, SqueezeAndSplit) {
  EXPECT_EQ(squeeze("  a \n\t b "), "a b");
  EXPECT_EQ(split("a,,b", ','), (std::vector<std::string>{"a", "", "b"}));
  EXPECT_EQ(trim(" \n "), "");
}

TEST(Text, NumbersAreWholeOrNothing) {
  EXPECT_EQ(to_int("12"), 12);
  EXPECT_FALSE(to_int("12x").has_value());
  EXPECT_FALSE(to_double("").has_value());
}

TEST(Text, InvalidUtf8IsReplaced) {
  EXPECT_EQ(valid_utf8("a\xc3("), "a\xEF\xBF\xBD(");
  EXPECT_EQ(valid_utf8("\xed\xa0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(valid_utf8("é"), "é");
}

}  // namespace
}  // namespace whet::text
