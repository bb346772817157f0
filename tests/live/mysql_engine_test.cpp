// What `whet doctor`, `grants` and `explain` do, on a real MySQL 9.7 and MariaDB 10.11.
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/progress.h"
#include "engine/mysql/mysql.h"
#include "support/mysql_server.h"

namespace whet::engine::mysql {
namespace {

using ::testing::HasSubstr;

/// The node that reads a table, or nullptr.
const model::PlanNode* reading(const model::PlanNode& node, const std::string& relation) {
  if (node.relation == relation && node.children.empty()) return &node;
  for (const auto& child : node.children) {
    if (const auto* found = reading(child, relation)) return found;
  }
  return nullptr;
}

class MysqlEngine : public ::testing::TestWithParam<std::string> {
 protected:
  static whet::testing::MysqlServer& server() {
    static std::map<std::string, std::unique_ptr<whet::testing::MysqlServer>> servers;
    auto& one = servers[GetParam()];
    if (one == nullptr) {
      one = std::make_unique<whet::testing::MysqlServer>(
          GetParam(), std::vector<std::string>{"-c", "sql_mode=ANSI_QUOTES"});
      one->sql(
          "CREATE DATABASE shop; CREATE DATABASE my_db; USE shop;"
          "CREATE TABLE orders (id INT PRIMARY KEY, customer INT, note VARCHAR(20), KEY "
          "(customer));"
          "INSERT INTO orders WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
          "WHERE "
          "i < 900) SELECT i, i % 90, 'secret' FROM n; ANALYZE TABLE orders;"
          "CREATE VIEW latest AS SELECT * FROM orders WHERE id > 800;"
          "CREATE USER low@localhost IDENTIFIED BY 'x'");
    }
    return *one;
  }
  static bool mariadb() { return GetParam() == "mariadb"; }
  static model::EngineKind fork() {
    return mariadb() ? model::EngineKind::mariadb : model::EngineKind::mysql;
  }

  std::unique_ptr<Engine> engine(const std::string& account = "root",
                                 const std::string& database = "shop") {
    ConnectOptions options;
    options.url = server().url_for(account, database);
    auto opened = open(options, progress_);
    if (!opened) {
      ADD_FAILURE() << opened.error().text();
      std::abort();
    }
    return std::move(opened).value();
  }
  static Diagnosis line(Engine& engine, const std::string& topic) {
    const auto lines = engine.diagnose();
    EXPECT_TRUE(lines.ok()) << (lines ? "" : lines.error().text());
    if (lines) {
      for (const Diagnosis& one : *lines) {
        if (one.topic == topic) return one;
      }
    }
    ADD_FAILURE() << "the doctor says nothing of " << topic;
    return {};
  }

  NoProgress progress_;
};

TEST_P(MysqlEngine, KnowsWhoItTalksTo) {
  const auto by_socket = engine();
  EXPECT_EQ(by_socket->target(), server().socket() + "/shop");
  const auto identity = by_socket->identity();
  ASSERT_TRUE(identity.ok()) << identity.error().text();
  EXPECT_THAT(*identity, HasSubstr(GetParam() + "-"));
  ConnectOptions options;
  options.url = server().tcp_url_for("root");
  const auto by_port = open(options, progress_);
  ASSERT_TRUE(by_port.ok()) << by_port.error().text();
  EXPECT_EQ(*(*by_port)->identity(), *identity) << "the same server by another way";
  EXPECT_GT(by_socket->cost().statements, 0);
}

TEST_P(MysqlEngine, ExplainsReads) {
  const auto whet = engine();
  const auto plan = whet->explain("SELECT o.note FROM orders o WHERE o.customer = 7", false);
  ASSERT_TRUE(plan.ok()) << plan.error().text();
  const auto* scan = reading(plan->root, "orders");
  ASSERT_NE(scan, nullptr);
  EXPECT_EQ(scan->schema, "shop");
  EXPECT_EQ(scan->alias, "o");
  EXPECT_EQ(scan->index, "customer");
  EXPECT_NEAR(scan->plan_rows, 10, 5);
}

TEST_P(MysqlEngine, ReadsStatementsAsTheApplicationDoes) {
  const auto whet = engine();
  // ANSI_QUOTES is the server's mode, not that of Whet's own session.
  const auto plan =
      whet->explain(R"(SELECT "note" FROM "orders" WHERE "id" = 5 OR "id" = 6)", false);
  ASSERT_TRUE(plan.ok()) << plan.error().text();
  EXPECT_NE(reading(plan->root, "orders"), nullptr);
}

TEST_P(MysqlEngine, RunsReadsToExplainThem) {
  const auto whet = engine();
  const auto plan = whet->explain("SELECT * FROM orders WHERE customer = 7", true);
  ASSERT_TRUE(plan.ok()) << plan.error().text();
  const auto* scan = reading(plan->root, "orders");
  ASSERT_NE(scan, nullptr);
  EXPECT_EQ(scan->rows, 10);
  EXPECT_EQ(scan->loops, 1);
}

TEST_P(MysqlEngine, PlansWritesAndNeverRunsThem) {
  const auto whet = engine();
  const auto plan = whet->explain("UPDATE orders SET note = 'x' WHERE customer = 7", false);
  ASSERT_TRUE(plan.ok()) << plan.error().text();
  EXPECT_NE(reading(plan->root, "orders"), nullptr);
  const auto run = whet->explain("DELETE FROM orders", true);
  ASSERT_FALSE(run.ok());
  EXPECT_EQ(run.error().kind, ErrorKind::usage);
  EXPECT_EQ(server().sql("SELECT count(*), sum(note = 'x') FROM shop.orders"), "900|0");
}

TEST_P(MysqlEngine, NeverLetsPlanningWrite) {
  server().sql(
      "SET sql_log_bin = 0; CREATE TABLE IF NOT EXISTS touched (n INT) ENGINE = MyISAM;\n"
      "DELIMITER //\n"
      "CREATE FUNCTION touch() RETURNS INT DETERMINISTIC MODIFIES SQL DATA BEGIN INSERT INTO "
      "touched VALUES (1); RETURN 1; END//\n",
      "shop");
  const auto whet = engine();
  const auto write = whet->explain("UPDATE orders SET note = 'x' WHERE id = touch()", false);
  ASSERT_FALSE(write.ok());
  EXPECT_EQ(write.error().kind, ErrorKind::usage);
  (void)whet->explain("SELECT * FROM orders WHERE id = touch()", false);
  (void)whet->explain("SELECT * FROM orders WHERE id = touch()", true);
  EXPECT_EQ(server().sql("SELECT count(*) FROM shop.touched"), "0");
}

TEST_P(MysqlEngine, MeasuresReadsAsTheApplicationRunsThem) {
  const auto whet = engine("root", "");
  Replayable read;
  read.text = R"(SELECT "note" FROM "orders" WHERE "customer" = 7)";
  read.database = "shop";
  const auto one = whet->measure(read, 10), two = whet->measure(read, 10);
  ASSERT_TRUE(one.ok()) << one.error().text();
  ASSERT_TRUE(two.ok()) << two.error().text();
  EXPECT_EQ(one->rows, 10);
  EXPECT_GT(one->elapsed_ms, 0);
  EXPECT_EQ(one->result_digest, two->result_digest);
  EXPECT_FALSE(one->plan_shape.empty());
}

TEST_P(MysqlEngine, RefusesWhatCannotBePlanned) {
  const auto whet = engine();
  const auto parameter = whet->explain("SELECT * FROM orders WHERE id = ?", false);
  ASSERT_FALSE(parameter.ok());
  EXPECT_EQ(parameter.error().kind, ErrorKind::usage);
  const auto table = whet->explain("SELECT * FROM nothing", false);
  ASSERT_FALSE(table.ok());
  EXPECT_EQ(table.error().kind, ErrorKind::refused);
  EXPECT_THAT(table.error().message, HasSubstr("nothing"));
  const auto two = whet->explain("SELECT 1; DELETE FROM orders", false);
  ASSERT_FALSE(two.ok());
  EXPECT_EQ(server().sql("SELECT count(*) FROM shop.orders"), "900");
  // The session is as before.
  EXPECT_TRUE(whet->explain("SELECT * FROM orders", false).ok());
}

TEST_P(MysqlEngine, TheDoctorTellsWhatAnAccountMayNotSee) {
  const auto low = engine("low:x", "");
  for (const char* topic : {"performance_schema", "PROCESS", "replication", "index statistics",
                            "table statistics", "EXPLAIN"}) {
    const Diagnosis one = line(*low, topic);
    EXPECT_FALSE(one.good) << topic;
    EXPECT_THAT(one.remedy, HasSubstr("TO 'low'@'localhost'")) << topic;
  }
  const auto root = engine();
  for (const char* topic : {"performance_schema", "PROCESS", "replication", "index statistics",
                            "table statistics", "EXPLAIN", "digests", "server", "machine"})
    EXPECT_TRUE(line(*root, topic).good) << topic;
}

TEST_P(MysqlEngine, TheDoctorSeesWhatIsSwitchedOff) {
  server().sql(
      "UPDATE performance_schema.setup_consumers SET ENABLED = 'NO' WHERE NAME = "
      "'statements_digest'; UPDATE performance_schema.setup_instruments SET TIMED = 'NO' WHERE "
      "NAME "
      "= 'wait/io/table/sql/handler'");
  const auto whet = engine();
  EXPECT_FALSE(line(*whet, "statements_digest").good);
  EXPECT_FALSE(line(*whet, "instruments of tables").good);
  EXPECT_FALSE(line(*whet, "slow_query_log").good);
  // The remedies, as they stand.
  for (const char* topic : {"statements_digest", "instruments of tables", "slow_query_log"}) {
    std::string remedy = line(*whet, topic).remedy;
    const std::size_t begin = remedy.find(": ") + 2;
    server().sql(remedy.substr(begin, remedy.find(';') - begin));
  }
  EXPECT_TRUE(line(*whet, "slow_query_log").good);
  const auto lines = whet->diagnose();
  ASSERT_TRUE(lines.ok()) << lines.error().text();
  for (const Diagnosis& one : *lines) {
    EXPECT_NE(one.topic, "statements_digest");
    EXPECT_NE(one.topic, "instruments of tables");
  }
}

TEST_P(MysqlEngine, TheGrantsSuffice) {
  server().sql(grants_script(fork(), "watcher@localhost", {}));
  // Locked as it is made.
  ConnectOptions options;
  options.url = server().url_for("watcher");
  const auto locked = open(options, progress_);
  ASSERT_FALSE(locked.ok());
  EXPECT_EQ(locked.error().kind, ErrorKind::unreachable);
  server().sql("ALTER USER watcher@localhost IDENTIFIED BY 'pw' ACCOUNT UNLOCK");
  const auto watcher = engine("watcher:pw");
  for (const char* topic : {"performance_schema", "PROCESS", "replication", "index statistics",
                            "table statistics", "EXPLAIN"})
    EXPECT_TRUE(line(*watcher, topic).good) << topic;
  EXPECT_TRUE(watcher->explain("SELECT * FROM latest", false).ok());
  // Twice does no harm, and leaves the account open.
  server().sql(grants_script(fork(), "watcher@localhost", {}));
  EXPECT_TRUE(open(ConnectOptions{.url = server().url_for("watcher:pw")}, progress_).ok());
}

TEST_P(MysqlEngine, TheGrantsCanBeForSingleDatabases) {
  server().sql(grants_script(fork(), "single@localhost", {"shop", "my_db"}));
  server().sql("ALTER USER single@localhost IDENTIFIED BY 'pw' ACCOUNT UNLOCK");
  server().sql("CREATE DATABASE IF NOT EXISTS myxdb; CREATE TABLE IF NOT EXISTS myxdb.t (a INT)");
  const auto single = engine("single:pw");
  EXPECT_TRUE(single->explain("SELECT * FROM latest", false).ok());
  const auto other = single->explain("SELECT * FROM myxdb.t", false);
  ASSERT_FALSE(other.ok()) << "_ is no wildcard in a database's name";
  EXPECT_THAT(other.error().hint, HasSubstr("whet grants"));
}

INSTANTIATE_TEST_SUITE_P(Forks, MysqlEngine, ::testing::Values("mysql", "mariadb"),
                         [](const auto& one) { return one.param; });

}  // namespace
}  // namespace whet::engine::mysql
