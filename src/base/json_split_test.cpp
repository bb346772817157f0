#include "base/json_split.h"

#include <gtest/gtest.h>

namespace whet::json {
namespace {

using Pieces = std::vector<std::string_view>;

TEST(SplitArray, TakesTheElementsOutOfTheDocument) {
  const auto split = split_array(
      R"({"a":[1],"b":{"x":"]","list":[ {"k":[1,"}"]} ,2, "\"]" ],"y":3}})", {"b", "list"});
  ASSERT_TRUE(split.has_value());
  EXPECT_EQ(split->elements, (Pieces{R"({"k":[1,"}"]})", "2", R"("\"]")"}));
  EXPECT_EQ(split->rest, R"({"a":[1],"b":{"x":"]","list":[],"y":3}})");
}

TEST(SplitArray, AnEmptyArrayHasNoElements) {
  const auto split = split_array(R"({"list":[ ]})", {"list"});
  ASSERT_TRUE(split.has_value());
  EXPECT_TRUE(split->elements.empty());
  EXPECT_EQ(split->rest, R"({"list":[]})");
}

TEST(SplitArray, NothingWhereThereIsNoSuchArray) {
  for (const std::string_view text :
       {"", "{", "[]", R"({"list":3})", R"({"other":[]})", R"({"list":[1)", R"({"list":[1,])",
        R"({"list":[1 2]})", R"({"list":["a]})", R"({"list":[{]})", R"({"list)", R"({"list":["\)"})
    EXPECT_FALSE(split_array(text, {"list"}).has_value()) << text;
}

}  // namespace
}  // namespace whet::json
