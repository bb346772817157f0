#include "engine/mysql/index_statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace whet::engine::mysql {
namespace {

using ::testing::ElementsAre;

IndexStats stats(std::vector<double> distinct, double leaves, double pages) {
  return {std::move(distinct), leaves, pages};
}

TEST(IndexStatistics, RowsOfOneIndex) {
  IndexStats out;
  add_stat(out, "n_diff_pfx02", 1000);
  add_stat(out, "n_diff_pfx01", 20);
  add_stat(out, "n_leaf_pages", 2);
  add_stat(out, "size", 3);
  add_stat(out, "n_diff_pfx99", 5);
  add_stat(out, "something", 5);
  EXPECT_THAT(out.distinct, ElementsAre(20, 1000));
  EXPECT_EQ(out.leaf_pages, 2);
  EXPECT_EQ(out.pages, 3);
}

TEST(IndexStatistics, ValuesThatRepeatInEachPartitionAreNotAddedUp) {
  const auto all = combined({stats({1, 213}, 1, 1), stats({2, 365}, 2, 3)}, 578);
  EXPECT_THAT(all.distinct, ElementsAre(2, 578));
  EXPECT_EQ(all.leaf_pages, 3);
  EXPECT_EQ(all.pages, 4);
}

TEST(IndexStatistics, LongerPrefixesNeverHaveFewerValues) {
  const auto all = combined({stats({100, 90}, 1, 1), stats({100, 90}, 1, 1)}, 1000);
  EXPECT_THAT(all.distinct, ElementsAre(200, 200));
}

TEST(IndexStatistics, OnePartitionIsTheTable) {
  EXPECT_THAT(combined({stats({7, 6}, 1, 1)}, 10).distinct, ElementsAre(7, 6));
  EXPECT_TRUE(combined({}, 10).distinct.empty());
}

}  // namespace
}  // namespace whet::engine::mysql
