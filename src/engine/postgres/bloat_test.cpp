// The sizes here are those that PostgreSQL 15 gave freshly built tables and indexes.
#include "engine/postgres/bloat.h"

#include <gtest/gtest.h>

namespace whet::engine::postgres {
namespace {

constexpr std::int64_t block = 8192;

model::Column column(const std::string& name, const std::string& type, std::int64_t length,
                     double width, double distinct, double nulls = 0) {
  model::Column made;
  made.name = name;
  made.base_type = type;
  made.type_kind = "base";
  made.length = length;
  made.alignment = length > 0 ? length : 4;
  made.stats = model::ColumnStats{};
  made.stats->average_width = width;
  made.stats->distinct = distinct;
  made.stats->null_fraction = nulls;
  return made;
}

model::Table table(double rows, std::int64_t pages) {
  model::Table made;
  made.row_estimate = rows;
  made.live_rows = static_cast<std::int64_t>(rows);
  made.pages = pages;
  made.heap_bytes = pages * block;
  return made;
}

model::Index btree(const std::vector<std::string>& columns, std::int64_t pages) {
  model::Index made;
  made.method = "btree";
  made.size_bytes = pages * block;
  for (const auto& name : columns) {
    model::IndexPart part;
    part.column = name;
    made.parts.push_back(part);
  }
  return made;
}

TEST(TableBloat, AFreshTableHasNone) {
  // 200,000 rows of one integer filled 885 pages.
  model::Table narrow = table(200000, 885);
  narrow.columns = {column("id", "int4", 4, 4, -1)};
  const auto bloat = table_bloat(narrow, block);
  ASSERT_TRUE(bloat.has_value());
  EXPECT_EQ(bloat->method, "estimate");
  EXPECT_LT(bloat->fraction, 0.005);
  EXPECT_FALSE(bloat->uncertain);
}

TEST(TableBloat, WhatDeletesLeaveCounts) {
  // 200,000 rows (integer, short text, integer) filled 1082 pages; 160,000 were deleted.
  model::Table bloated = table(40000, 1082);
  bloated.columns = {column("id", "int4", 4, 4, -1), column("v", "text", -1, 7, -1),
                     column("k", "int4", 4, 4, 50)};
  const auto bloat = table_bloat(bloated, block);
  ASSERT_TRUE(bloat.has_value());
  EXPECT_NEAR(bloat->fraction, 0.8, 0.01);
  EXPECT_NEAR(bloat->wasted_bytes, 0.8 * 1082 * block, 20.0 * block);
}

TEST(TableBloat, FillfactorIsNoBloat) {
  model::Table half = table(200000, 1770);
  half.columns = {column("id", "int4", 4, 4, -1)};
  half.options["fillfactor"] = "50";
  EXPECT_LT(table_bloat(half, block)->fraction, 0.01);
}

TEST(TableBloat, SilentWithoutStatistics) {
  model::Table unknown = table(1000, 100);
  unknown.columns = {column("t", "text", -1, 10, -1)};
  unknown.columns[0].stats.reset();
  EXPECT_FALSE(table_bloat(unknown, block).has_value());
  model::Table empty = table(0, 0);
  empty.columns = {column("id", "int4", 4, 4, -1)};
  EXPECT_FALSE(table_bloat(empty, block).has_value());
}

TEST(TableBloat, OldStatisticsMakeItUncertain) {
  model::Table old = table(1000, 100);
  old.columns = {column("id", "int4", 4, 4, -1)};
  old.modified_since_analyze = 500;
  EXPECT_TRUE(table_bloat(old, block)->uncertain);
}

TEST(BtreeBloat, FreshIndexesHaveNone) {
  model::Table mix = table(100000, 1409);
  mix.columns = {column("b", "int8", 8, 8, -1),  column("d", "int4", 4, 4, 1000),
                 column("c", "int2", 2, 2, 100), column("a", "bool", 1, 1, 2),
                 column("f", "text", -1, 8, 5),  column("e", "numeric", -1, 12, -1)};
  const auto fraction = [&](const std::vector<std::string>& columns, std::int64_t pages) {
    const auto bloat = btree_bloat(mix, btree(columns, pages), block);
    return bloat ? bloat->fraction : -1;
  };
  EXPECT_LT(fraction({"b"}, 276), 0.01);
  EXPECT_LT(fraction({"b"}, 276), 0.01);
  // Deduplicated.
  EXPECT_LT(fraction({"d"}, 86), 0.05);
  EXPECT_LT(fraction({"c"}, 91), 0.05);
  EXPECT_LT(fraction({"a"}, 87), 0.05);
  EXPECT_LT(fraction({"f", "d"}, 93), 0.05);
  // numeric is never deduplicated: this size is right for it.
  EXPECT_GE(fraction({"e"}, 372), 0);
  EXPECT_LT(fraction({"e"}, 372), 0.05);
}

TEST(BtreeBloat, DeletesLeaveEmptyPages) {
  model::Table bloated = table(40000, 1082);
  bloated.columns = {column("id", "int4", 4, 4, -1), column("k", "int4", 4, 4, 50)};
  EXPECT_NEAR(btree_bloat(bloated, btree({"id"}, 551), block)->fraction, 0.8, 0.01);
  EXPECT_NEAR(btree_bloat(bloated, btree({"k"}, 175), block)->fraction, 0.79, 0.02);
}

TEST(BtreeBloat, AUniqueIndexIsNotDeduplicated) {
  model::Table some = table(100000, 500);
  some.columns = {column("b", "int8", 8, 8, 1000)};
  auto unique = btree({"b"}, 276);
  unique.unique = true;
  EXPECT_LT(btree_bloat(some, unique, block)->fraction, 0.01);
  auto off = btree({"b"}, 276);
  off.options["deduplicate_items"] = "off";
  EXPECT_LT(btree_bloat(some, off, block)->fraction, 0.01);
  EXPECT_GT(btree_bloat(some, btree({"b"}, 276), block)->fraction, 0.5);
}

TEST(BtreeBloat, ExpressionsAndOtherMethodsAreNotEstimated) {
  model::Table some = table(1000, 10);
  some.columns = {column("t", "text", -1, 10, -1)};
  auto index = btree({""}, 10);
  index.parts[0].expression = "lower(t)";
  EXPECT_FALSE(btree_bloat(some, index, block).has_value());
  auto gin = btree({"t"}, 10);
  gin.method = "gin";
  EXPECT_FALSE(btree_bloat(some, gin, block).has_value());
}

}  // namespace
}  // namespace whet::engine::postgres
