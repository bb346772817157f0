#include "engine/mysql/schema_parts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace whet::engine::mysql {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

using Cells = std::vector<Rows::Value>;

Rows one_row(Cells cells) {
  std::vector<std::string> names(cells.size());
  return {std::move(names), {std::move(cells)}};
}

model::Column column(Cells cells, model::EngineKind fork = model::EngineKind::mysql) {
  const Rows rows = one_row(std::move(cells));
  Row row(rows, 0);
  return column_of(row, fork);
}

TEST(SchemaParts, CreateOptions) {
  EXPECT_THAT(options_of("row_format=DYNAMIC stats_persistent=0 ENCRYPTION='Y' partitioned"),
              ElementsAre(Pair("encryption", "Y"), Pair("partitioned", "1"),
                          Pair("row_format", "DYNAMIC"), Pair("stats_persistent", "0")));
  EXPECT_THAT(options_of("`PAGE_COMPRESSED`=1"), ElementsAre(Pair("page_compressed", "1")));
  EXPECT_TRUE(options_of("").empty());
}

TEST(SchemaParts, WhatAColumnTakes) {
  EXPECT_EQ(length_of("bigint", "bigint unsigned", 0, false), 8);
  EXPECT_EQ(length_of("int", "int(11)", 0, false), 4);
  EXPECT_EQ(length_of("decimal", "decimal(12,2)", 0, false), 6);
  EXPECT_EQ(length_of("decimal", "decimal(65,30)", 0, false), 30);
  EXPECT_EQ(length_of("datetime", "datetime(6)", 0, false), 8);
  EXPECT_EQ(length_of("timestamp", "timestamp", 0, false), 4);
  EXPECT_EQ(length_of("bit", "bit(9)", 0, false), 2);
  EXPECT_EQ(length_of("enum", "enum('a','b')", 4, false), 1);
  EXPECT_EQ(length_of("set", "set('a','b')", 4, false), 1);
  EXPECT_EQ(length_of("binary", "binary(16)", 16, false), 16);
  EXPECT_EQ(length_of("char", "char(10)", 10, true), 10);
  EXPECT_EQ(length_of("char", "char(10)", 40, false), -1);
  EXPECT_EQ(length_of("varchar", "varchar(10)", 40, false), -1);
}

TEST(SchemaParts, Labels) {
  EXPECT_THAT(labels_of("enum('new','it''s','a,b','')"), ElementsAre("new", "it's", "a,b", ""));
  EXPECT_TRUE(labels_of("int").empty());
}

TEST(SchemaParts, InnodbNames) {
  const InnodbName plain = innodb_name("shop/order@002dlines");
  EXPECT_EQ(plain.schema, "shop");
  EXPECT_EQ(plain.table, "order-lines");
  const InnodbName part = innodb_name("shop/events#P#p2026#SP#s1");
  EXPECT_EQ(part.table, "events");
  EXPECT_EQ(part.partition, "p2026#SP#s1");
  EXPECT_EQ(innodb_name("shop/caf@00e9").table, "caf\xc3\xa9");
  EXPECT_EQ(innodb_name("shop/FTS_000000000000042a_CONFIG").table, "");
  EXPECT_EQ(innodb_name("shop/#sql-ib1069").table, "");
  EXPECT_EQ(innodb_name("innodb_system").table, "");
  EXPECT_EQ(stats_name("shop", "events#p#p2024").table, "events");
}

TEST(SchemaParts, ForeignKeyRules) {
  EXPECT_EQ(rules_of(0).on_delete, "restrict");
  EXPECT_EQ(rules_of(1).on_delete, "cascade");
  EXPECT_EQ(rules_of(1).on_update, "restrict");
  EXPECT_EQ(rules_of(2 + 4).on_delete, "set null");
  EXPECT_EQ(rules_of(2 + 4).on_update, "cascade");
  EXPECT_EQ(rules_of(16 + 32).on_update, "no action");
}

TEST(SchemaParts, WhatAViewReads) {
  EXPECT_THAT(relations_in("select `o`.`id` AS `id` from (`shop`.`orders` `o` join "
                           "`shop`.`customers` `c` on((`c`.`id` = `o`.`customer_id`)))"),
              ::testing::IsSupersetOf({Pair("shop", "orders"), Pair("shop", "customers")}));
  EXPECT_THAT(relations_in("select `shop`.`open_orders`.`id` AS `id` from `shop`.`open_orders`"),
              ElementsAre(Pair("shop", "open_orders")));
}

TEST(SchemaParts, ColumnsOfMysql) {
  const auto id = column({"id",
                          "1",
                          "0",
                          {},
                          "NO",
                          "bigint",
                          {},
                          {},
                          {},
                          {},
                          "bigint unsigned",
                          "auto_increment",
                          ""});
  EXPECT_EQ(id.type, "bigint unsigned");
  EXPECT_EQ(id.length, 8);
  EXPECT_TRUE(id.not_null);
  EXPECT_TRUE(id.auto_increment);
  EXPECT_EQ(id.default_expression, "");
  const auto status = column({"status", "6", "1", "it's", "NO", "enum", "24", "6", "utf8mb4",
                              "utf8mb4_0900_ai_ci", "enum('new','it''s')", "INVISIBLE", ""});
  EXPECT_EQ(status.type_kind, "enum");
  EXPECT_EQ(status.default_expression, "'it''s'");
  EXPECT_TRUE(status.invisible);
  EXPECT_TRUE(status.equal_may_differ);
  const auto made = column({"created_at",
                            "9",
                            "1",
                            "CURRENT_TIMESTAMP",
                            "NO",
                            "timestamp",
                            {},
                            {},
                            {},
                            {},
                            "timestamp",
                            "DEFAULT_GENERATED",
                            ""});
  EXPECT_EQ(made.default_expression, "CURRENT_TIMESTAMP");
  const auto domain = column({"d",
                              "4",
                              "0",
                              {},
                              "YES",
                              "varchar",
                              "400",
                              "100",
                              "utf8mb4",
                              "utf8mb4_bin",
                              "varchar(100)",
                              "VIRTUAL GENERATED",
                              "substring_index(`email`,_utf8mb4\\'@\\',-(1))"});
  EXPECT_EQ(domain.generated, "virtual");
  EXPECT_EQ(domain.generation_expression, "substring_index(`email`,_utf8mb4'@',-(1))");
  EXPECT_FALSE(domain.equal_may_differ);
}

TEST(SchemaParts, ColumnsOfMariadb) {
  const auto status = column({"status",
                              "6",
                              "1",
                              "'new'",
                              "YES",
                              "varchar",
                              "10",
                              "10",
                              "latin1",
                              "latin1_swedish_ci",
                              "varchar(10)",
                              "",
                              {}},
                             model::EngineKind::mariadb);
  EXPECT_EQ(status.default_expression, "'new'");
  const auto nothing = column({"note",
                               "7",
                               "1",
                               "NULL",
                               "YES",
                               "text",
                               "65535",
                               "65535",
                               "latin1",
                               "latin1_swedish_ci",
                               "text",
                               "",
                               {}},
                              model::EngineKind::mariadb);
  EXPECT_EQ(nothing.default_expression, "");
}

model::Index index_of(const std::string& name, std::vector<Cells> parts) {
  model::Index index;
  index.name = name;
  for (auto& part : parts) {
    const Rows rows = one_row(std::move(part));
    Row row(rows, 0);
    add_index_part(row, index);
  }
  return index;
}

TEST(SchemaParts, IndexParts) {
  const auto placed = index_of("placed", {{"1", "placed_at", "D", "1000", {}, "BTREE", "YES", {}},
                                          {"1", "note", "A", "1200", "20", "BTREE", "YES", {}}});
  EXPECT_FALSE(placed.unique);
  EXPECT_FALSE(placed.hidden);
  EXPECT_EQ(placed.method, "btree");
  ASSERT_EQ(placed.parts.size(), 2U);
  EXPECT_TRUE(placed.parts[0].descending);
  EXPECT_EQ(placed.parts[1].prefix_length, 20);
  EXPECT_THAT(placed.prefix_distinct, ElementsAre(1000, 1200));
  model::Table table;
  table.schema = "shop";
  table.name = "or`ders";
  EXPECT_EQ(definition_of(table, placed),
            "CREATE INDEX `placed` ON `shop`.`or``ders` (`placed_at` DESC, `note`(20))");
}

TEST(SchemaParts, SpecialIndexes) {
  const auto hidden = index_of("h", {{"0", {}, "A", {}, {}, "BTREE", "NO", "lower(`name`)"}});
  EXPECT_TRUE(hidden.hidden);
  EXPECT_TRUE(hidden.unique);
  EXPECT_EQ(hidden.parts[0].expression, "lower(`name`)");
  EXPECT_TRUE(hidden.prefix_distinct.empty());
  const auto place = index_of("place", {{"1", "at", "A", "99", "32", "SPATIAL", "YES", {}}});
  EXPECT_EQ(place.parts[0].prefix_length, 0);
  EXPECT_TRUE(place.prefix_distinct.empty());
  model::Table table;
  table.schema = "s";
  table.name = "t";
  EXPECT_EQ(definition_of(table, place), "CREATE SPATIAL INDEX `place` ON `s`.`t` (`at`)");
  EXPECT_EQ(definition_of(table, hidden), "CREATE UNIQUE INDEX `h` ON `s`.`t` ((lower(`name`)))");
}

TEST(SchemaParts, Partitions) {
  const Rows rows = one_row({"p2024", {}, "RANGE", "to_days(`at`)", "739617", "213", "32768"});
  Row row(rows, 0);
  const auto partition = partition_of(row);
  EXPECT_EQ(partition.name, "p2024");
  EXPECT_EQ(partition.expression, "to_days(`at`)");
  EXPECT_EQ(partition.description, "739617");
  EXPECT_EQ(partition.rows, 213);
  EXPECT_EQ(partition.bytes, 32768);
}

}  // namespace
}  // namespace whet::engine::mysql
