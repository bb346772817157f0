#include "engine/postgres/shadow/pages.h"

#include <cstring>

#include <gtest/gtest.h>

namespace whet::engine::postgres::shadow {
namespace {

std::uint32_t word(const std::string& bytes, std::size_t at) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

std::string new_btree() {
  std::string page(block_bytes, '\0');
  const std::uint32_t magic = 0x053162, version = 4;
  std::memcpy(page.data() + 24, &magic, 4);
  std::memcpy(page.data() + 28, &version, 4);
  return page;
}

TEST(Pages, AnEmptyBtreeGetsALeafAndLevels) {
  const auto raised = raised_btree(new_btree(), 2);
  ASSERT_TRUE(raised.has_value());
  ASSERT_EQ(raised->size(), 4 * block_bytes);
  EXPECT_EQ(word(*raised, 32), 3U);  // root
  EXPECT_EQ(word(*raised, 36), 2U);  // level
  EXPECT_EQ(word(*raised, 40), 3U);  // fast root
  EXPECT_EQ(word(*raised, 44), 2U);  // fast level
  const std::size_t opaque = block_bytes - 16;
  EXPECT_EQ(word(*raised, block_bytes + opaque + 8), 0U);
  EXPECT_EQ(word(*raised, 2 * block_bytes + opaque + 8), 1U);
  EXPECT_EQ(word(*raised, 3 * block_bytes + opaque + 8), 2U);
  EXPECT_EQ(word(*raised, 3 * block_bytes + opaque + 12) & 0xFFFFU, 2U);  // the root, no leaf
  // A second time there is nothing to add.
  EXPECT_EQ(raised_btree(*raised, 2), raised);
}

TEST(Pages, ForeignBytesAreLeftAlone) {
  EXPECT_EQ(raised_btree(std::string(block_bytes, '\0'), 2), std::nullopt);
  EXPECT_EQ(raised_btree("short", 2), std::nullopt);
  EXPECT_EQ(raised_btree(new_btree(), 0), std::nullopt);
  EXPECT_EQ(counted_gin(std::string(block_bytes, '\0'), {}), std::nullopt);
  EXPECT_EQ(mapped_brin(std::string(block_bytes, '\0'), 3), std::nullopt);
}

TEST(Pages, HeightsAreThoseOfRealTrees) {
  EXPECT_EQ(btree_height(1, 4), 0);
  EXPECT_EQ(btree_height(2, 4), 0);
  EXPECT_EQ(btree_height(4, 4), 1);
  EXPECT_EQ(btree_height(276, 8), 1);
  EXPECT_EQ(btree_height(2745, 8), 2);    // a million bigints
  EXPECT_EQ(btree_height(274194, 8), 3);  // a hundred million: 285^2 leaves are fewer
  EXPECT_EQ(brin_map_pages(128 * 1360.0, 128), 1);
  EXPECT_EQ(brin_map_pages(128 * 1360.0 + 1, 128), 2);
}

}  // namespace
}  // namespace whet::engine::postgres::shadow
