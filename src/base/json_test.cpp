#include "base/json.h"

#include <gtest/gtest.h>

namespace whet::json {
namespace {

TEST(JsonWriter, NestsAndEscapes) {
  Writer out;
  out.begin_object();
  out.key("a");
  out.begin_array();
  out.value(1);
  out.value("q\"\n\x01");
  out.null();
  out.end_array();
  out.key("b");
  out.value(true);
  out.end_object();
  EXPECT_EQ(out.str(), "{\"a\":[1,\"q\\\"\\n\\u0001\",null],\"b\":true}");
}

TEST(JsonWriter, ReplacesBytesThatAreNotUtf8) { EXPECT_EQ(quote("a\xff"), "\"a\xEF\xBF\xBD\""); }

TEST(Json, NumbersComeBackAsTheyWere) {
  for (const double value : {0.1, 1e300, -2.5, 3.0, 1.0 / 3, 123456789012345.0}) {
    const auto document = Document::parse(format(value));
    ASSERT_TRUE(document.ok());
    EXPECT_EQ(document->root().number(), value);
  }
}

TEST(Json, MissingMembersAreAbsentNotFatal) {
  const auto document = Document::parse(R"({"a": {"b": [1, 2.5, "x"]}})");
  ASSERT_TRUE(document.ok());
  const View root = document->root();
  EXPECT_FALSE(root["z"]["y"].present());
  EXPECT_EQ(root["z"].string_or("none"), "none");
  const auto items = root["a"]["b"].elements();
  ASSERT_EQ(items.size(), 3U);
  EXPECT_EQ(items[0].integer(), 1);
  EXPECT_FALSE(items[1].integer().has_value());
  EXPECT_EQ(items[2].string(), "x");
}

TEST(Json, RefusesWhatIsNotJson) {
  const auto document = Document::parse(R"({"a": )");
  ASSERT_FALSE(document.ok());
  EXPECT_EQ(document.error().kind, ErrorKind::invalid);
}

}  // namespace
}  // namespace whet::json
