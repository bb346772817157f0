#include "mql/value.h"

#include <gtest/gtest.h>

namespace whet::mql {
namespace {

Value parsed(std::string_view text) {
  auto value = parse_json(text);
  EXPECT_TRUE(value.ok()) << text;
  return value.ok() ? *std::move(value) : Value();
}

TEST(MqlValue, CanonicalJsonSurvives) {
  constexpr const char* all =
      R"({"a":{"$numberInt":"1"},"b":{"$numberLong":"9007199254740993"},"c":{"$numberDouble":"1.0"},)"
      R"("d":{"$numberDecimal":"1.20"},"e":"x\n","f":{"$oid":"5f5e0f0f0f0f0f0f0f0f0f0f"},)"
      R"("g":{"$date":{"$numberLong":"-1"}},"h":{"$timestamp":{"t":1614816000,"i":7}},)"
      R"("i":{"$binary":{"base64":"AAEC","subType":"00"}},)"
      R"("j":{"$regularExpression":{"pattern":"^a","options":"i"}},"k":{"$code":"f"},)"
      R"("l":{"$undefined":true},"m":{"$minKey":1},"n":{"$maxKey":1},"o":null,"p":[true,{"q":[]}],)"
      R"("r":{"$numberDouble":"NaN"},"s":{"$regex":"a","$options":"i"},"t":{"$placeholder":true}})";
  EXPECT_EQ(canonical_json(parsed(all)), all);
}

TEST(MqlValue, RelaxedJson) {
  const Value value =
      parsed(R"({"a":1,"b":5000000000,"c":1.5,"d":{"$date":"2026-10-01T12:30:00.250Z"}})");
  EXPECT_EQ(value.find("a")->type, Type::int32);
  EXPECT_EQ(value.find("b")->type, Type::int64);
  EXPECT_EQ(value.find("c")->type, Type::number_double);
  EXPECT_EQ(value.find("d")->integer, 1790857800250);
  EXPECT_EQ(relaxed_json(value),
            R"({"a":1,"b":5000000000,"c":1.5,"d":{"$date":"2026-10-01T12:30:00.250Z"}})");
  EXPECT_EQ(parsed(R"({"$date":"2026-10-01T14:30:00.25+02:00"})").integer, 1790857800250);
  EXPECT_FALSE(parse_json("{").ok());
}

TEST(MqlValue, OrderOfTypesAndNumbers) {
  const std::vector<Value> rising{parsed(R"({"$minKey":1})"),
                                  Value::null(),
                                  parsed(R"({"$numberDouble":"NaN"})"),
                                  Value::of(-1),
                                  Value::of(2.5),
                                  parsed(R"({"$numberLong":"3"})"),
                                  Value::of("a"),
                                  Value::of("b"),
                                  parsed(R"({"a":1})"),
                                  parsed("[1]"),
                                  parsed(R"({"$oid":"5f5e0f0f0f0f0f0f0f0f0f0f"})"),
                                  Value::of(false),
                                  Value::of(true),
                                  parsed(R"({"$date":"2026-10-01T00:00:00Z"})"),
                                  parsed(R"({"$maxKey":1})")};
  for (std::size_t i = 0; i + 1 < rising.size(); ++i) {
    EXPECT_LT(compare(rising[i], rising[i + 1]), 0) << i;
    EXPECT_GT(compare(rising[i + 1], rising[i]), 0) << i;
  }
  EXPECT_EQ(compare(Value::of(1), Value::of(1.0)), 0);
  EXPECT_EQ(compare(Value::null(), parsed(R"({"$undefined":true})")), 0);
}

TEST(MqlValue, PathsAndDefaults) {
  const Value value = parsed(R"({"a":{"b":[{"c":7},{"c":8}]},"s":"x","d":2.0,"t":true})");
  EXPECT_EQ(value.integer_at("a.b.1.c"), 8);
  EXPECT_EQ(value.at("a.b.9.c"), nullptr);
  EXPECT_EQ(value.integer_at("d"), 2);
  EXPECT_EQ(value.string_at("s"), "x");
  EXPECT_EQ(value.string_at("d", "none"), "none");
  EXPECT_TRUE(value.flag_at("t"));
  EXPECT_FALSE(value.flag_at("missing"));
}

TEST(MqlValue, SizeInBson) {
  EXPECT_EQ(bson_bytes(parsed("{}")), 5);
  EXPECT_EQ(bson_bytes(parsed(R"({"a":1})")), 12);
  EXPECT_EQ(bson_bytes(parsed(R"({"a":["x",1.5]})")), 5 + 3 + 5 + 3 + 6 + 3 + 8);
}

}  // namespace
}  // namespace whet::mql
