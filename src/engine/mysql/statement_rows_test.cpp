#include <gtest/gtest.h>

#include "engine/mysql/collector.h"
#include "engine/mysql/statements.h"

namespace whet::engine::mysql {
namespace {

DigestRow read(std::vector<Rows::Value> cells) {
  std::vector<std::string> names(cells.size());
  const Rows rows(std::move(names), {std::move(cells)});
  Row row(rows, 0);
  return read_statement(row, {});
}

std::vector<Rows::Value> counters() {
  return {"4", "40", "400", "1",  "2",  "3",  "5",  "6",          "7",          "8",
          "9", "10", "11",  "12", "13", "14", "15", "8000000000", "2000000000", "1000000000"};
}

TEST(StatementRows, OfMysql8) {
  std::vector<Rows::Value> cells{"shop",
                                 "24fba0",
                                 "SELECT `id` FROM `orders` WHERE `state` = ?",
                                 "select id from orders where state = 'SECRET'",
                                 "5000000000",
                                 "6000000000",
                                 "7000000000",
                                 "1000000000",
                                 "9000000000",
                                 "3600.5",
                                 "1.5"};
  for (auto& cell : counters()) cells.push_back(std::move(cell));
  const DigestRow row = read(std::move(cells));
  EXPECT_EQ(row.statement.id, "24fba0@shop");
  EXPECT_EQ(row.statement.database, "shop");
  EXPECT_EQ(row.statement.kind, model::StatementKind::select);
  EXPECT_EQ(row.statement.text.find("SECRET"), std::string::npos);
  EXPECT_EQ(row.sample, "select id from orders where state = 'SECRET'");
  EXPECT_DOUBLE_EQ(row.statement.p95_ms, 5);
  EXPECT_DOUBLE_EQ(row.statement.max_ms, 9);
  EXPECT_DOUBLE_EQ(row.statement.stats_age_seconds.value_or(0), 3600.5);
  const auto& n = row.statement.total;
  EXPECT_EQ(n.calls, 4);
  EXPECT_EQ(n.rows, 40);
  EXPECT_EQ(n.rows_examined, 400);
  EXPECT_EQ(n.temp_disk_tables, 6);
  EXPECT_EQ(n.no_good_index_used, 15);
  EXPECT_DOUBLE_EQ(n.execution_ms, 8);
  EXPECT_DOUBLE_EQ(n.lock_ms, 2);
  EXPECT_DOUBLE_EQ(n.cpu_ms, 1);
  EXPECT_FALSE(row.statement.own);
}

TEST(StatementRows, OfServersWithoutSamples) {
  std::vector<Rows::Value> cells{{}, "ab", "SELECT ?", {}, "0", "0", "0", "1", "2", "3", "4"};
  for (auto& cell : counters()) cells.push_back(std::move(cell));
  const DigestRow row = read(std::move(cells));
  EXPECT_EQ(row.statement.id, "ab");
  EXPECT_TRUE(row.sample.empty());
}

TEST(StatementRows, TextsReadAsSqlIsWritten) {
  std::vector<Rows::Value> cells{
      "shop", "ab", "SELECT COUNT ( * ) FROM `t` WHERE `t` . `a` = ?", {}, "0", "0", "0", "1", "2",
      "3",    "4"};
  for (auto& cell : counters()) cells.push_back(std::move(cell));
  EXPECT_EQ(read(std::move(cells)).statement.text, "SELECT COUNT(*) FROM `t` WHERE `t`.`a` = ?");
}

TEST(StatementRows, CutOffSamplesAreNotKept) {
  std::vector<Rows::Value> cells{"shop", "ab", "SELECT ?", "select 'abc...", "0", "0", "0", "1",
                                 "2",    "3",  "4"};
  for (auto& cell : counters()) cells.push_back(std::move(cell));
  EXPECT_TRUE(read(std::move(cells)).sample.empty());
}

TEST(StatementRows, ColumnsByVersion) {
  const auto has = [](const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
  };
  const std::string old = statement_columns(model::EngineKind::mysql, 50744);
  EXPECT_FALSE(has(old, "QUANTILE"));
  EXPECT_FALSE(has(old, "CPU_TIME"));
  const std::string young = statement_columns(model::EngineKind::mysql, 80403);
  EXPECT_TRUE(has(young, "QUERY_SAMPLE_TEXT"));
  EXPECT_TRUE(has(young, "SUM_CPU_TIME"));
  EXPECT_FALSE(has(statement_columns(model::EngineKind::mariadb, 110402), "QUANTILE"));
}

TEST(OwnStatements, AreToldByTheirMarks) {
  EXPECT_EQ(marked("SELECT 1", model::EngineKind::mysql), "SELECT /*+ QB_NAME(whet) */ 1");
  EXPECT_EQ(marked("\n  SELECT 1", model::EngineKind::mariadb), "WITH whet AS (SELECT 1) SELECT 1");
  const std::string rows = "(SELECT a FROM t) UNION ALL (SELECT a FROM t)";
  EXPECT_EQ(marked(rows, model::EngineKind::mariadb), "WITH whet AS (SELECT 1) " + rows);
  EXPECT_EQ(marked(rows, model::EngineKind::mysql),
            "(SELECT /*+ QB_NAME(whet) */ a FROM t) UNION ALL (SELECT a FROM t)");
  EXPECT_TRUE(is_own("( SELECT /*+ QB_NAME ( `whet` ) */ a FROM `t` ) UNION ALL ( SELECT a"));
  EXPECT_EQ(marked("SHOW GLOBAL STATUS", model::EngineKind::mysql), "SHOW GLOBAL STATUS");
  EXPECT_TRUE(is_own("SELECT /*+ QB_NAME ( `whet` ) */ COUNT ( * ) FROM `t`"));
  EXPECT_TRUE(is_own("WITH `whet` AS ( SELECT ? ) SELECT ?"));
  EXPECT_TRUE(is_own("/*whet*/ SHOW GLOBAL STATUS"));
  EXPECT_FALSE(is_own("SELECT `whet` FROM `t`"));
}

TEST(Ids, AreStableAndApart) {
  EXPECT_EQ(id_of("shop", "orders"), id_of("shop", "orders"));
  EXPECT_NE(id_of("shop", "orders"), id_of("shoporders", ""));
  EXPECT_NE(id_of("shop", "orders"), id_of("shop", "orders", "PRIMARY"));
  EXPECT_GT(id_of("", ""), 0);
  EXPECT_LT(id_of("shop", "orders"), std::int64_t{1} << 53);
}

}  // namespace
}  // namespace whet::engine::mysql
