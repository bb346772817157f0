#include "advise/innodb/sizes.h"

#include <gtest/gtest.h>

#include "advise/innodb/widths.h"

namespace whet::advise::innodb {
namespace {

model::Column column(std::string name, std::string type, std::string set = "",
                     std::optional<double> width = std::nullopt, bool not_null = true) {
  model::Column out;
  out.name = std::move(name);
  out.type = type;
  out.base_type = type.substr(0, type.find('('));
  out.character_set = std::move(set);
  out.not_null = not_null;
  if (width) {
    out.stats.emplace();
    out.stats->average_width = *width;
  }
  return out;
}

model::Table table() {
  model::Table out;
  out.name = "a";
  out.row_estimate = 200000;
  out.columns = {column("id", "bigint"),
                 column("i", "int"),
                 column("d", "date"),
                 column("e", "enum('a','b','c')"),
                 column("u", "char(36)", "utf8mb4", 36),
                 column("s", "varchar(300)", "utf8mb4", 53, false),
                 column("t", "text", "utf8mb4", 96, false),
                 column("de", "decimal(30,10)"),
                 column("dt", "datetime(6)", "", std::nullopt, false)};
  model::Index primary;
  primary.primary = primary.unique = true;
  primary.parts.emplace_back().column = "id";
  out.indexes = {primary};
  return out;
}

IndexSize size_of(const std::vector<std::string>& columns, std::int64_t prefix = 0) {
  model::Index index;
  for (const std::string& one : columns) index.parts.emplace_back().column = one;
  index.parts.back().prefix_length = prefix;
  return index_size(constants_of({}, 0), table(), index);
}

// Pages that a real MySQL 9.7 and MariaDB 10.11 have for the same indexes (tests/live builds more).
TEST(InnodbSizes, AsBuilt) {
  EXPECT_EQ(size_of({"i"}).pages, 289);
  EXPECT_EQ(size_of({"i"}).leaf_pages, 216);
  EXPECT_EQ(size_of({"d"}).pages, 289);
  EXPECT_EQ(size_of({"e"}).pages, 225);
  EXPECT_EQ(size_of({"u"}).pages, 740);
  EXPECT_EQ(size_of({"de"}).pages, 417);
  EXPECT_EQ(size_of({"dt"}).pages, 353);
  EXPECT_EQ(size_of({"i", "d"}).pages, 289);
}

TEST(InnodbSizes, EntriesHoldThePrimaryKeyOnce) {
  EXPECT_EQ(size_of({"i"}).entry_bytes, 5 + 4 + 8);
  EXPECT_EQ(size_of({"i", "id"}).entry_bytes, size_of({"i"}).entry_bytes);
}

TEST(InnodbSizes, PrefixesAreShort) {
  EXPECT_EQ(size_of({"t"}, 20).entry_bytes, 5 + 1 + 20 + 1 + 8);
  EXPECT_LT(size_of({"t"}, 20).pages, size_of({"t"}, 90).pages / 2);
}

TEST(InnodbSizes, SmallIndexesAreOnePage) {
  model::Table small = table();
  small.row_estimate = 50;
  model::Index index;
  index.parts.emplace_back().column = "i";
  EXPECT_EQ(index_size(constants_of({}, 0), small, index).pages, 1);
}

TEST(InnodbSizes, WithoutAKeyTheRowIdIsHeld) {
  model::Table bare = table();
  bare.indexes.clear();
  model::Index index;
  index.parts.emplace_back().column = "i";
  EXPECT_EQ(index_size(constants_of({}, 0), bare, index).entry_bytes, 5 + 4 + 6);
}

TEST(InnodbWidths, TextOfUnknownLengthTakesWhatTheRowLeaves) {
  model::Table table;
  table.row_estimate = 100000;
  table.heap_bytes = 100000 * 100;
  table.columns = {column("id", "bigint"), column("a", "varchar(40)", "utf8mb4"),
                   column("b", "varchar(20)", "utf8mb4")};
  const double a = width_of(table, table.columns[1]).bytes;
  const double b = width_of(table, table.columns[2]).bytes;
  EXPECT_NEAR(a, 2 * b, 0.01);
  EXPECT_NEAR(a + b, 100 * 0.82 - 20 - 8, 1);
}

TEST(InnodbWidths, KeyLimitsCountCharacters) {
  EXPECT_EQ(most_key_bytes(column("s", "varchar(100)", "utf8mb4")), 402);
  EXPECT_EQ(most_key_bytes(column("s", "varchar(100)", "latin1")), 102);
  EXPECT_EQ(most_key_bytes(column("s", "text", "utf8mb4"), 32), 130);
  EXPECT_EQ(most_key_bytes(column("i", "bigint")), 8);
}

}  // namespace
}  // namespace whet::advise::innodb
