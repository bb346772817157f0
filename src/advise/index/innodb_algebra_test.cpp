#include "advise/index/innodb_algebra.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace whet::advise {
namespace {

using model::Index;
using model::IndexPart;
using model::Table;

IndexPart part(std::string column, std::int64_t prefix = 0, bool descending = false) {
  IndexPart out;
  out.column = std::move(column);
  out.prefix_length = prefix;
  out.descending = descending;
  return out;
}

Index index_of(std::string name, std::vector<IndexPart> parts, bool unique = false) {
  Index out;
  out.name = std::move(name);
  out.method = "btree";
  out.parts = std::move(parts);
  out.unique = unique;
  return out;
}

Table orders(std::vector<Index> indexes) {
  Table table;
  table.schema = "shop";
  table.name = "orders";
  table.storage_engine = "InnoDB";
  Index primary = index_of("PRIMARY", {part("id")}, true);
  primary.primary = true;
  table.indexes = {primary};
  table.indexes.insert(table.indexes.end(), indexes.begin(), indexes.end());
  return table;
}

/// Of the table's indexes after the primary key, whether the first covers the second.
InnodbCover first_covers_second(const Table& table) {
  return innodb_covers(table, table.indexes[1], table.indexes[2]);
}

TEST(InnodbAlgebra, TheSameKeyIsADuplicate) {
  const auto cover =
      first_covers_second(orders({index_of("a", {part("x")}), index_of("b", {part("x")})}));
  EXPECT_EQ(cover.kind, Cover::identical);
  EXPECT_FALSE(cover.order_lost);
}

TEST(InnodbAlgebra, APrefixOfALongerKeyLosesThePrimaryKeysOrder) {
  const auto cover = first_covers_second(
      orders({index_of("a", {part("x"), part("y")}), index_of("b", {part("x")})}));
  EXPECT_EQ(cover.kind, Cover::prefix);
  EXPECT_TRUE(cover.order_lost);
}

TEST(InnodbAlgebra, ThePrimaryKeyAtTheEndIsThereAnyway) {
  const Table table = orders({index_of("a", {part("x")}), index_of("b", {part("x"), part("id")})});
  const auto cover = first_covers_second(table);
  EXPECT_EQ(cover.kind, Cover::prefix);
  EXPECT_TRUE(cover.by_primary_key);
  EXPECT_FALSE(cover.order_lost);
  // And the shorter one is no more than the longer one is.
  const auto back = innodb_covers(table, table.indexes[2], table.indexes[1]);
  EXPECT_EQ(back.kind, Cover::prefix);
  EXPECT_FALSE(back.order_lost);
}

TEST(InnodbAlgebra, OnlyInnodbAddsThePrimaryKey) {
  Table table = orders({index_of("a", {part("x")}), index_of("b", {part("x"), part("id")})});
  table.storage_engine = "MyISAM";
  EXPECT_EQ(first_covers_second(table).kind, Cover::no);
}

TEST(InnodbAlgebra, AColumnsPrefixCoversNoColumn) {
  const Table table = orders({index_of("a", {part("x", 10)}), index_of("b", {part("x")})});
  EXPECT_EQ(first_covers_second(table).kind, Cover::no);
  EXPECT_TRUE(innodb_covers(table, table.indexes[2], table.indexes[1]).droppable());
}

TEST(InnodbAlgebra, UniqueKeysStay) {
  EXPECT_EQ(first_covers_second(
                orders({index_of("a", {part("x"), part("y")}), index_of("b", {part("x")}, true)}))
                .kind,
            Cover::no);
  EXPECT_EQ(
      first_covers_second(orders({index_of("a", {part("x")}, true), index_of("b", {part("x")})}))
          .kind,
      Cover::covered_by_unique);
  // UNIQUE (x, id) allows what UNIQUE (x) forbids; (x) alone does not enforce it.
  EXPECT_EQ(first_covers_second(
                orders({index_of("a", {part("x")}), index_of("b", {part("x"), part("id")}, true)}))
                .kind,
            Cover::no);
}

TEST(InnodbAlgebra, DirectionsAgreeOrAreAllReversed) {
  EXPECT_EQ(first_covers_second(orders({index_of("a", {part("x"), part("y")}),
                                        index_of("b", {part("x", 0, true), part("y", 0, true)})}))
                .kind,
            Cover::reversed);
  EXPECT_EQ(first_covers_second(orders({index_of("a", {part("x"), part("y")}),
                                        index_of("b", {part("x"), part("y", 0, true)})}))
                .kind,
            Cover::no);
}

TEST(InnodbAlgebra, HiddenIndexesCoverNothing) {
  Table table = orders({index_of("a", {part("x")}), index_of("b", {part("x")})});
  table.indexes[1].hidden = true;
  EXPECT_EQ(first_covers_second(table).kind, Cover::no);
}

TEST(InnodbAlgebra, FullTextOnlyRepeatsItself) {
  Table table = orders({index_of("a", {part("x"), part("y")}), index_of("b", {part("x")})});
  table.indexes[1].method = table.indexes[2].method = "fulltext";
  EXPECT_EQ(first_covers_second(table).kind, Cover::no);
  table.indexes[2].parts = table.indexes[1].parts;
  EXPECT_EQ(first_covers_second(table).kind, Cover::identical);
}

TEST(InnodbAlgebra, ForeignKeysNeedTheirColumnsAtTheBeginningInOrder) {
  Table table = orders({index_of("a", {part("x"), part("y")})});
  model::Constraint key;
  key.name = "fk";
  key.kind = model::ConstraintKind::foreign_key;
  key.columns = {"x"};
  table.constraints = {key};
  EXPECT_EQ(innodb_needed_by(table, table.indexes[1], {}).size(), 1U);
  table.indexes.push_back(index_of("b", {part("x")}));
  EXPECT_TRUE(innodb_needed_by(table, table.indexes[1], {}).empty());
  table.constraints[0].columns = {"y", "x"};
  EXPECT_TRUE(innodb_needed_by(table, table.indexes[1], {}).empty());
  model::Constraint referring = key;
  referring.columns = {"order_x"};
  referring.referenced_columns = {"x", "y"};
  EXPECT_EQ(innodb_needed_by(table, table.indexes[1], {&referring}).size(), 1U);
}

}  // namespace
}  // namespace whet::advise
