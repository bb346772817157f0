#include "advise/replica/sync_names.h"

#include <gtest/gtest.h>

namespace whet::advise::replica {
namespace {

using Names = std::vector<std::string>;

TEST(SyncNames, APlainListWaitsForOne) {
  const auto rule = parse_sync_names(" s1, \"Node, two\" ");
  ASSERT_TRUE(rule);
  EXPECT_EQ(rule->required, 1U);
  EXPECT_FALSE(rule->any);
  EXPECT_EQ(rule->names, (Names{"s1", "Node, two"}));
}

TEST(SyncNames, FirstAnyAndTheOldFormWithANumber) {
  EXPECT_EQ(parse_sync_names("FIRST 2 (a, b, c)")->required, 2U);
  EXPECT_EQ(parse_sync_names("3(a,b,c)")->required, 3U);
  const auto any = parse_sync_names("any 2 (a, b, c)");
  ASSERT_TRUE(any);
  EXPECT_TRUE(any->any);
  EXPECT_EQ(any->required, 2U);
  EXPECT_EQ(any->names.size(), 3U);
}

TEST(SyncNames, NothingOrNonsenseIsNoRule) {
  EXPECT_FALSE(parse_sync_names(""));
  EXPECT_FALSE(parse_sync_names("  "));
  EXPECT_FALSE(parse_sync_names("ANY x (a)"));
  EXPECT_FALSE(parse_sync_names("ANY 0 (a)"));
}

TEST(SyncNames, StarListsAllAndCaseDoesNotMatter) {
  EXPECT_TRUE(parse_sync_names("*")->lists("anything"));
  EXPECT_TRUE(parse_sync_names("Berlin")->lists("berlin"));
  EXPECT_FALSE(parse_sync_names("berlin")->lists("paris"));
}

}  // namespace
}  // namespace whet::advise::replica
