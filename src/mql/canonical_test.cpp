#include "mql/canonical.h"

#include <gtest/gtest.h>

namespace whet::mql {
namespace {

TEST(Canonical, ConditionsThatSayTheSame) {
  const std::string want = R"({"a":1,"b":{"$gt":2,"$lt":5}})";
  EXPECT_EQ(canonical_text(R"({"b": {"$lt": 5.0, "$gt": {"$numberLong": "2"}}, "a": {"$eq": 1}})"),
            want);
  EXPECT_EQ(canonical_text("{$and: [{a: 1}, {b: {$gt: 2}}, {b: {$lt: 5}}]}"), want);
  EXPECT_EQ(canonical_text(R"({"$or":[{"b":1},{"a":1}]})"), R"({"$or":[{"a":1},{"b":1}]})");
  EXPECT_EQ(canonical_text(R"({"$and":[{"a":{"$gt":2}},{"a":{"$gt":1}}]})"),
            R"({"$and":[{"a":{"$gt":2}}],"a":{"$gt":1}})");
  EXPECT_EQ(canonical_text(" items.sku "), "items.sku");
  EXPECT_EQ(canonical_text("{ not this"), "{ not this");
  EXPECT_EQ(canonical_text(canonical_text(want)), want);
}

}  // namespace
}  // namespace whet::mql
