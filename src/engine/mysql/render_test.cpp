#include "engine/mysql/render.h"

#include <gtest/gtest.h>

namespace whet::engine::mysql {
namespace {

using model::ActionKind;
using model::EngineKind;

model::Server server_of(EngineKind fork, std::int64_t version) {
  model::Server server;
  server.engine = fork;
  server.version_number = version;
  return server;
}

const model::Server mysql97 = server_of(EngineKind::mysql, 90700);
const model::Server mysql57 = server_of(EngineKind::mysql, 50744);
const model::Server maria = server_of(EngineKind::mariadb, 101106);
const model::Server old_maria = server_of(EngineKind::mariadb, 100523);

model::Change change_of(ActionKind kind) {
  model::Change change;
  change.summary = "A change";
  change.action.kind = kind;
  change.action.schema = "shop";
  change.action.table = "orders";
  return change;
}

model::Change index_change(ActionKind kind, std::vector<model::IndexPart> parts,
                           const std::string& method = "btree") {
  model::Change change = change_of(kind);
  change.action.index = model::Index{};
  change.action.index->name = "i";
  change.action.index->method = method;
  change.action.index->parts = std::move(parts);
  return change;
}

model::Change rendered(model::Change change, const model::Server& server = mysql97) {
  render(change, server);
  return change;
}

using Statements = std::vector<std::string>;

TEST(MysqlRender, AnIndexIsBuiltHiddenAndThenShown) {
  const auto change = index_change(ActionKind::create_index,
                                   {{.column = "customer"}, {.column = "at", .descending = true}});
  const auto done = rendered(change);
  EXPECT_EQ(statements_of(done.action.statement),
            (Statements{"ALTER TABLE `shop`.`orders` ADD INDEX `i` (`customer`, `at` DESC) "
                        "INVISIBLE, ALGORITHM=INPLACE, LOCK=NONE",
                        "ALTER TABLE `shop`.`orders` ALTER INDEX `i` VISIBLE, ALGORITHM=INPLACE, "
                        "LOCK=NONE"}));
  EXPECT_EQ(done.action.inverse,
            "ALTER TABLE `shop`.`orders` DROP INDEX `i`, ALGORITHM=INPLACE, LOCK=NONE");
  EXPECT_NE(done.locks.find("reads and writes go on"), std::string::npos);
  EXPECT_NE(done.locks.find("falls behind"), std::string::npos);
  EXPECT_EQ(done.risk, model::Risk::safe);

  EXPECT_EQ(statements_of(rendered(change, maria).action.statement),
            (Statements{"ALTER TABLE `shop`.`orders` ADD INDEX `i` (`customer`, `at` DESC) "
                        "IGNORED, ALGORITHM=NOCOPY, LOCK=NONE",
                        "ALTER TABLE `shop`.`orders` ALTER INDEX `i` NOT IGNORED, "
                        "ALGORITHM=INSTANT"}));
  for (const auto& server : {mysql57, old_maria}) {
    const auto plain = statements_of(rendered(change, server).action.statement);
    ASSERT_EQ(plain.size(), 1U);
    EXPECT_EQ(plain.front().find("INVISIBLE"), std::string::npos);
    EXPECT_EQ(plain.front().find("IGNORED"), std::string::npos);
  }
}

TEST(MysqlRender, LocksAreThoseOfTheServer) {
  auto change = index_change(ActionKind::create_index, {{.column = "a"}});
  change.locks = "SHARE UPDATE EXCLUSIVE on orders";
  EXPECT_NE(rendered(change).locks.find("Metadata lock on shop.orders"), std::string::npos);
}

TEST(MysqlRender, IndexesOfEveryKind) {
  auto unique = index_change(ActionKind::create_index, {{.column = "mail", .prefix_length = 20}});
  unique.action.index->unique = true;
  unique.action.index->options = {{"comment", "it's"}};
  EXPECT_EQ(statements_of(rendered(unique).action.statement),
            (Statements{"ALTER TABLE `shop`.`orders` ADD UNIQUE INDEX `i` (`mail`(20)) COMMENT "
                        "'it''s', ALGORITHM=INPLACE, LOCK=NONE"}));

  const auto text =
      rendered(index_change(ActionKind::create_index, {{.column = "note"}}, "FULLTEXT"));
  EXPECT_TRUE(text.action.statement.starts_with(
      "ALTER TABLE `shop`.`orders` ADD FULLTEXT INDEX `i` (`note`) INVISIBLE, ALGORITHM=INPLACE, "
      "LOCK=SHARED"))
      << text.action.statement;
  EXPECT_EQ(text.risk, model::Risk::medium) << "writes wait";

  const auto expression =
      index_change(ActionKind::create_index, {{.expression = "lower(`mail`)"}, {.column = "id"}});
  const auto done = rendered(expression);
  EXPECT_TRUE(done.action.statement.starts_with(
      "ALTER TABLE `shop`.`orders` ADD INDEX `i` ((lower(`mail`)), `id`) INVISIBLE, "
      "ALGORITHM=INPLACE, LOCK=SHARED"))
      << done.action.statement;
  EXPECT_EQ(rendered(expression, maria).action.kind, ActionKind::manual)
      << "MariaDB has no expressions as key parts";
}

TEST(MysqlRender, NamesAnIndexThatHasNone) {
  auto change = index_change(ActionKind::create_index, {{.column = "a"}, {.expression = "b + 1"}});
  change.action.index->name.clear();
  EXPECT_EQ(rendered(change).action.index->name, "orders_a_expr_idx");
  change.action.index->parts.assign(9, {.column = "a_rather_long_name"});
  const std::string one = rendered(change).action.index->name;
  change.action.index->parts.back().column = "another_name";
  EXPECT_NE(rendered(change).action.index->name, one);
  EXPECT_LE(one.size(), 64U);
}

TEST(MysqlRender, ADropKeepsTheDefinitionForTheWayBack) {
  auto change = index_change(ActionKind::drop_index, {{.column = "a"}});
  EXPECT_EQ(rendered(change).action.inverse,
            "ALTER TABLE `shop`.`orders` ADD INDEX `i` (`a`), ALGORITHM=INPLACE, LOCK=NONE");
  change.action.index->definition = "KEY `i` (`a`(7) DESC) COMMENT 'x' /*!80000 INVISIBLE */";
  const auto done = rendered(change);
  EXPECT_EQ(done.action.statement,
            "ALTER TABLE `shop`.`orders` DROP INDEX `i`, ALGORITHM=INPLACE, LOCK=NONE");
  EXPECT_EQ(done.action.inverse,
            "ALTER TABLE `shop`.`orders` ADD KEY `i` (`a`(7) DESC) COMMENT 'x' /*!80000 INVISIBLE "
            "*/, ALGORITHM=INPLACE, LOCK=NONE");
}

TEST(MysqlRender, HidingIsUndoneByShowing) {
  const auto change = index_change(ActionKind::hide_index, {{.column = "a"}});
  const auto done = rendered(change);
  EXPECT_EQ(done.action.statement,
            "ALTER TABLE `shop`.`orders` ALTER INDEX `i` INVISIBLE, ALGORITHM=INPLACE, LOCK=NONE");
  EXPECT_EQ(done.action.inverse,
            "ALTER TABLE `shop`.`orders` ALTER INDEX `i` VISIBLE, ALGORITHM=INPLACE, LOCK=NONE");
  EXPECT_EQ(rendered(change, maria).action.statement,
            "ALTER TABLE `shop`.`orders` ALTER INDEX `i` IGNORED, ALGORITHM=INSTANT");
  const auto old = rendered(change, mysql57);
  EXPECT_EQ(old.action.kind, ActionKind::manual);
  EXPECT_NE(old.action.statement.find("DROP INDEX `i`"), std::string::npos);
  EXPECT_NE(old.reason.find("cannot hide"), std::string::npos);
}

TEST(MysqlRender, SettingsArePersistedWhereTheServerCan) {
  auto change = change_of(ActionKind::set_setting);
  change.action.setting = "innodb_buffer_pool_size";
  change.action.value = "2GB";
  auto done = rendered(change);
  EXPECT_EQ(done.action.statement, "SET PERSIST innodb_buffer_pool_size = 2147483648");
  EXPECT_EQ(statements_of(done.action.inverse),
            (Statements{"RESET PERSIST IF EXISTS innodb_buffer_pool_size",
                        "SET GLOBAL innodb_buffer_pool_size = DEFAULT"}));
  change.action.previous = "134217728";
  EXPECT_EQ(rendered(change).action.inverse, "SET PERSIST innodb_buffer_pool_size = 134217728");

  const auto told = rendered(change, maria);
  EXPECT_EQ(statements_of(told.action.statement),
            (Statements{"SET GLOBAL innodb_buffer_pool_size = 2147483648"}));
  EXPECT_NE(told.action.statement.find("-- innodb_buffer_pool_size = 2147483648"),
            std::string::npos)
      << "the line for the option file";
  EXPECT_EQ(statements_of(told.action.inverse),
            (Statements{"SET GLOBAL innodb_buffer_pool_size = 134217728"}));

  change.action.needs_restart = true;
  EXPECT_EQ(rendered(change).action.statement,
            "SET PERSIST_ONLY innodb_buffer_pool_size = 2147483648");
  EXPECT_EQ(rendered(change).action.inverse, "SET PERSIST_ONLY innodb_buffer_pool_size = 134217728")
      << "SET PERSIST of what needs a restart is refused (1238)";
  EXPECT_TRUE(statements_of(rendered(change, maria).action.statement).empty());
  EXPECT_TRUE(statements_of(rendered(change, maria).action.inverse).empty());
  change.action.previous.clear();
  EXPECT_EQ(rendered(change).action.inverse, "RESET PERSIST IF EXISTS innodb_buffer_pool_size");
}

TEST(MysqlRender, WhatWasPersistedAndWhatRanComeBackEachInItsPlace) {
  const std::string persisted = "200";
  EXPECT_EQ(
      statements_of(
          restore_setting("max_connections", &persisted, "151", EngineKind::mysql, 80043)),
      (Statements{"SET PERSIST_ONLY max_connections = 200", "SET GLOBAL max_connections = 151"}));
  EXPECT_EQ(
      statements_of(restore_setting("max_connections", nullptr, "151", EngineKind::mysql, 80043)),
      (Statements{"RESET PERSIST IF EXISTS max_connections", "SET GLOBAL max_connections = 151"}));
}

TEST(MysqlRender, ValuesAreWrittenAsTheServerReadsThem) {
  EXPECT_EQ(setting_literal("ON"), "'ON'");
  EXPECT_EQ(setting_literal("0.75"), "0.75");
  EXPECT_EQ(setting_literal("64M"), "67108864");
  EXPECT_EQ(setting_literal("64 MB"), "67108864");
  EXPECT_EQ(setting_literal("it's \\"), "'it''s \\\\'");
  EXPECT_EQ(setting_literal("ROW"), "'ROW'");
}

TEST(MysqlRender, StatisticsStayOutOfTheBinaryLog) {
  EXPECT_EQ(rendered(change_of(ActionKind::analyze_table)).action.statement,
            "ANALYZE NO_WRITE_TO_BINLOG TABLE `shop`.`orders`");
  auto change = change_of(ActionKind::update_histogram);
  change.action.columns = {"status", "we`ird"};
  change.action.value = "64";
  const auto done = rendered(change);
  EXPECT_EQ(done.action.statement,
            "ANALYZE NO_WRITE_TO_BINLOG TABLE `shop`.`orders` UPDATE HISTOGRAM ON `status`, "
            "`we``ird` WITH 64 BUCKETS");
  EXPECT_EQ(done.action.inverse,
            "ANALYZE NO_WRITE_TO_BINLOG TABLE `shop`.`orders` DROP HISTOGRAM ON `status`, "
            "`we``ird`");
  const auto other = rendered(change, maria);
  EXPECT_EQ(other.action.statement,
            "SET STATEMENT histogram_size = 64 FOR ANALYZE NO_WRITE_TO_BINLOG TABLE "
            "`shop`.`orders` PERSISTENT FOR COLUMNS (`status`, `we``ird`) INDEXES ()");
  EXPECT_EQ(statements_of(other.action.inverse).front(),
            "DELETE FROM mysql.column_stats WHERE db_name = 'shop' AND table_name = 'orders' AND "
            "column_name IN ('status', 'we`ird')");
  EXPECT_EQ(rendered(change, mysql57).action.kind, ActionKind::manual);
  change.action.previous = "100";
  EXPECT_NE(rendered(change).action.inverse.find("WITH 100 BUCKETS"), std::string::npos);
}

TEST(MysqlRender, ARebuildIsDoneInPlace) {
  EXPECT_EQ(statements_of(rendered(change_of(ActionKind::vacuum_table)).action.statement),
            (Statements{"ALTER TABLE `shop`.`orders` FORCE, ALGORITHM=INPLACE, LOCK=NONE",
                        "ANALYZE NO_WRITE_TO_BINLOG TABLE `shop`.`orders`"}));
}

TEST(MysqlRender, WhatCopiesABigTableIsLeftToATool) {
  auto change = change_of(ActionKind::set_table_option);
  change.action.setting = "character_set";
  change.action.value = "utf8mb4";
  change.disk_bytes = std::int64_t{1} << 30;
  const auto big = rendered(change);
  EXPECT_EQ(big.action.kind, ActionKind::manual);
  EXPECT_EQ(big.risk, model::Risk::high);
  EXPECT_TRUE(big.action.statement.starts_with("gh-ost ")) << big.action.statement;
  EXPECT_TRUE(big.action.inverse.empty());
  EXPECT_TRUE(rendered(change, maria).action.statement.starts_with("pt-online-schema-change "));

  change.disk_bytes = 1 << 20;
  change.action.previous = "latin1";
  const auto small = rendered(change);
  EXPECT_EQ(small.action.kind, ActionKind::set_table_option);
  EXPECT_EQ(small.action.statement,
            "ALTER TABLE `shop`.`orders` CONVERT TO CHARACTER SET utf8mb4, ALGORITHM=COPY, "
            "LOCK=SHARED");
  EXPECT_NE(small.action.inverse.find("latin1"), std::string::npos);
  EXPECT_EQ(small.risk, model::Risk::medium);

  change = change_of(ActionKind::set_table_option);
  change.action.setting = "row_format";
  change.action.value = "DYNAMIC";
  EXPECT_EQ(rendered(change).action.statement,
            "ALTER TABLE `shop`.`orders` ROW_FORMAT=DYNAMIC, ALGORITHM=INPLACE, LOCK=NONE");
}

TEST(MysqlRender, AManualCopyIsToldWithTheTool) {
  auto change = change_of(ActionKind::manual);
  change.action.statement = "ALTER TABLE orders MODIFY id BIGINT NOT NULL;";
  const auto done = rendered(change);
  EXPECT_TRUE(done.action.statement.starts_with(change.action.statement));
  EXPECT_NE(done.action.statement.find("\n-- gh-ost "), std::string::npos);
  EXPECT_NE(done.action.statement.find("--database='shop'"), std::string::npos);
  EXPECT_EQ(rendered(done).action.statement, done.action.statement) << "once";
  change.action.statement = "CREATE USER x";
  EXPECT_EQ(rendered(change).action.statement, "CREATE USER x");
}

TEST(MysqlRender, TextsAreCutOutsideOfQuotesOnly) {
  EXPECT_EQ(statements_of("a ';\n' \"x;\" `;`;\n-- a; comment\nb '\\';' ;"),
            (Statements{"a ';\n' \"x;\" `;`", "b '\\';'"}));
  EXPECT_TRUE(statements_of("-- only; words").empty());
}

}  // namespace
}  // namespace whet::engine::mysql
