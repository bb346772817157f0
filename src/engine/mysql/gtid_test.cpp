#include "engine/mysql/gtid.h"

#include <gtest/gtest.h>

namespace whet::engine::mysql {
namespace {

constexpr const char* a = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
constexpr const char* b = "ef7d83cf-e9a1-11f1-afd9-02fc00000001";

GtidSet set(const std::string& text) {
  auto parsed = GtidSet::parse(text);
  EXPECT_TRUE(parsed.has_value()) << text;
  return parsed.value_or(GtidSet{});
}

TEST(GtidSet, IsReadAndWritten) {
  EXPECT_EQ(set(std::string(a) + ":1-5:7").text(), std::string(a) + ":1-5:7");
  EXPECT_EQ(set(std::string(a) + ":7:1-3:4-5,\n" + b + ":9").count(), 7);
  EXPECT_EQ(set(std::string(a) + ":7:1-3:4-5").text(), std::string(a) + ":1-5:7");
  EXPECT_TRUE(set("").empty());
  EXPECT_EQ(set("").count(), 0);
}

TEST(GtidSet, TagsAreKeptApart) {
  const GtidSet tagged = set(std::string(a) + ":1-3:blue:1-2:green:5");
  EXPECT_EQ(tagged.count(), 6);
  EXPECT_EQ(tagged.of(a).count(), 6);
  EXPECT_EQ(tagged.without(set(std::string(a) + ":1-10")).text(),
            std::string(a) + ":blue:1-2," + a + ":green:5");
}

TEST(GtidSet, TellsWhatIsMissing) {
  const GtidSet received = set(std::string(a) + ":1-100," + b + ":1-10");
  const GtidSet executed = set(std::string(a) + ":1-40:45:50-90");
  const GtidSet missing = received.without(executed);
  EXPECT_EQ(missing.text(), std::string(a) + ":41-44:46-49:91-100," + b + ":1-10");
  EXPECT_EQ(missing.count(), 28);
  EXPECT_TRUE(executed.without(received).empty());
  EXPECT_TRUE(received.without(received).empty());
}

TEST(GtidSet, TellsWhatOneServerDid) {
  const GtidSet executed = set(std::string(a) + ":1-100," + b + ":3");
  EXPECT_EQ(executed.of("EF7D83CF-e9a1-11f1-afd9-02fc00000001").count(), 1);
  EXPECT_TRUE(executed.of("00000000-0000-0000-0000-000000000000").empty());
}

TEST(GtidSet, RefusesOtherText) {
  EXPECT_FALSE(GtidSet::parse("0-1-24"));
  EXPECT_FALSE(GtidSet::parse(std::string(a) + ":5-3"));
  EXPECT_FALSE(GtidSet::parse(std::string(a) + ":0"));
  EXPECT_FALSE(GtidSet::parse(std::string(a) + "::1"));
}

TEST(GtidPosition, CountsByDomain) {
  const auto behind = GtidPosition::parse("0-1-24,5-2-7");
  const auto ahead = GtidPosition::parse("0-1-30,5-3-7,9-1-2");
  ASSERT_TRUE(behind && ahead);
  EXPECT_EQ(transactions_between(*behind, *ahead), 8);
  EXPECT_EQ(transactions_between(*ahead, *behind), 0);
  EXPECT_TRUE(GtidPosition::parse("")->domains.empty());
  EXPECT_FALSE(GtidPosition::parse("0-1"));
}

}  // namespace
}  // namespace whet::engine::mysql
