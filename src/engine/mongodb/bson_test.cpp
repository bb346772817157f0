#include "engine/mongodb/bson.h"

#include <limits>

#include <gtest/gtest.h>

namespace whet::engine::mongodb {
namespace {

using mql::Value;

Value json(std::string_view text) {
  auto value = mql::parse_json(text);
  EXPECT_TRUE(value.ok()) << text;
  return value.ok() ? *std::move(value) : Value();
}

/// The way there and back.
std::string through(const Value& value) {
  const auto bytes = to_bson(value);
  if (!bytes.ok()) return bytes.error().message;
  const auto back = from_bson(*bytes);
  return back.ok() ? mql::canonical_json(*back) : back.error().message;
}

TEST(Bson, KeepsEachType) {
  for (const char* text : {R"({"a":{"$numberInt":"-7"}})",
                           R"({"a":{"$numberLong":"9223372036854775807"}})",
                           R"({"a":{"$numberDouble":"1.5"}})",
                           R"({"a":{"$numberDouble":"-Infinity"}})",
                           R"({"a":{"$numberDecimal":"12.340"}})",
                           R"({"a":{"$numberDecimal":"NaN"}})",
                           R"({"a":"grüß \" Gott"})",
                           R"({"a":true,"b":false,"c":null})",
                           R"({"a":{"$oid":"6b03f37e045796952691f2cd"}})",
                           R"({"a":{"$date":{"$numberLong":"-1"}}})",
                           R"({"a":{"$timestamp":{"t":4294967295,"i":7}}})",
                           R"({"a":{"$binary":{"base64":"AAEC","subType":"00"}}})",
                           R"({"a":{"$binary":{"base64":"/w==","subType":"80"}}})",
                           R"({"a":{"$binary":{"base64":"","subType":"02"}}})",
                           R"({"a":{"$regularExpression":{"pattern":"^a","options":"i"}}})",
                           R"({"a":{"$code":"return 1"}})",
                           R"({"a":{"$symbol":"s"}})",
                           R"({"a":{"$undefined":true}})",
                           R"({"a":{"$minKey":1},"b":{"$maxKey":1}})",
                           R"({})",
                           R"({"a":[],"b":{}})"}) {
    EXPECT_EQ(through(json(text)), mql::canonical_json(json(text)));
  }
}

TEST(Bson, KeepsTheOrderAndDoubledNames) {
  Value value = json(R"({"z":1,"a":2,"m":[3,{"y":1,"b":2}]})");
  value.fields.push_back({"z", Value::of(4)});
  EXPECT_EQ(*from_bson(*to_bson(value)), value);
}

TEST(Bson, KeepsNulsInTexts) {
  Value value = Value::object({{"a", Value::of(std::string_view("x\0y", 3))}});
  EXPECT_EQ(from_bson(*to_bson(value))->string_at("a").size(), 3U);
}

TEST(Bson, WritesWhatTheStandardSays) {
  // bsonspec.org: {"hello": "world"}
  const std::string expected("\x16\0\0\0\x02hello\0\x06\0\0\0world\0\0", 22);
  EXPECT_EQ(*to_bson(json(R"({"hello":"world"})")), expected);
  // Array elements are named by their positions.
  const std::string list(
      "\x14\0\0\0\x04"
      "a\0\x0c\0\0\0\x10"
      "0\0\x01\0\0\0\0\0",
      20);
  EXPECT_EQ(*to_bson(json(R"({"a":[1]})")), list);
  EXPECT_EQ(static_cast<std::int64_t>(list.size()), mql::bson_bytes(json(R"({"a":[1]})")));
}

TEST(Bson, GoesAsDeepAsServersDo) {
  Value value = Value::of(1);
  for (int i = 0; i < 200; ++i) value = Value::object({{"a", std::move(value)}});
  EXPECT_EQ(*from_bson(*to_bson(value)), value);
  for (int i = 0; i < 1000; ++i) value = Value::object({{"a", std::move(value)}});
  EXPECT_FALSE(to_bson(value).ok());
}

TEST(Bson, RefusesWhatItCannotHold) {
  EXPECT_FALSE(to_bson(Value::of(1)).ok());
  EXPECT_FALSE(to_bson(Value::object({{"a", Value::placeholder()}})).ok());
  EXPECT_FALSE(to_bson(Value::object({{std::string_view("a\0b", 3), Value::of(1)}})).ok());
  Value id;
  id.type = mql::Type::object_id;
  id.text = "12";
  EXPECT_FALSE(to_bson(Value::object({{"a", id}})).ok());
}

TEST(Bson, ReadsTheOldPointerAndScopedCode) {
  std::string bytes(
      "\0\0\0\0\x0c"
      "a\0\x02\0\0\0x\0",
      13);
  bytes += "ABCDEFGHIJKL";
  bytes += std::string(
      "\x0f"
      "b\0\x0f\0\0\0\x02\0\0\0y\0\x05\0\0\0\0",
      18);
  bytes += '\0';
  bytes[0] = static_cast<char>(bytes.size());
  const auto value = from_bson(bytes);
  ASSERT_TRUE(value.ok());
  EXPECT_EQ(value->find("b")->text, "y");
  EXPECT_EQ(value->find("a")->text, "4142434445464748494a4b4c");
}

TEST(Bson, RefusesBytesThatAreCutOrChanged) {
  const std::string good = *to_bson(json(
      R"({"a":"text","b":[1,{"c":{"$binary":{"base64":"AAEC","subType":"00"}}}],"d":{"$numberDecimal":"1"}})"));
  ASSERT_TRUE(from_bson(good).ok());
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(from_bson(std::string_view(good).substr(0, size)).ok()) << size;
  EXPECT_FALSE(from_bson(good + '\0').ok());
  // Any byte may come; nothing but an answer may happen.
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const char byte : {'\0', '\1', '\x7f', '\xff'}) {
      std::string changed = good;
      changed[at] = byte;
      static_cast<void>(from_bson(changed));
    }
  }
  std::string long_text = good;
  long_text[7] = '\x7f';
  EXPECT_FALSE(from_bson(long_text).ok());
}

}  // namespace
}  // namespace whet::engine::mongodb
