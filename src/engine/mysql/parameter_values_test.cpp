#include "engine/mysql/parameter_values.h"

#include <gtest/gtest.h>

namespace whet::engine::mysql {
namespace {

TEST(ParameterValues, NeighboursOfNumbersAndOfTexts) {
  const std::vector<std::string> numbers = {"100", "9", "20", "-3"};
  EXPECT_EQ(neighbour(numbers, "9", true), "20");
  EXPECT_EQ(neighbour(numbers, "9", false), "-3");
  EXPECT_EQ(neighbour(numbers, "100", true), "100") << "nothing is above it";
  EXPECT_EQ(neighbour({"2026-01-01", "2025-12-31"}, "2025-12-31", true), "2026-01-01");
}

TEST(ParameterValues, PatternsBeginWithWholeCharacters) {
  EXPECT_EQ(as_pattern("smithers"), "smit%");
  EXPECT_EQ(as_pattern("a%b"), "a%");
  EXPECT_EQ(as_pattern("abc\xC3\xA9"), "abc%");
  EXPECT_EQ(as_pattern(""), "%");
}

TEST(ParameterValues, TypesDecideHowAValueIsWritten) {
  model::Column column;
  column.base_type = "BIGINT unsigned";
  EXPECT_TRUE(is_number(column));
  column.base_type = "varbinary";
  EXPECT_TRUE(is_binary(column));
  EXPECT_FALSE(is_number(column));
  column.base_type.clear();
  column.type = "decimal(10,2)";
  EXPECT_TRUE(is_number(column));
}

}  // namespace
}  // namespace whet::engine::mysql
