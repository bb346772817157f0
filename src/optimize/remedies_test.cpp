// Hints and limits for reads of MySQL and MariaDB.
#include "optimize/remedies.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "optimize/hints.h"
#include "optimize/limits.h"
#include "support/fake_engine.h"
#include "support/temp_folder.h"

namespace whet::optimize {
namespace {

using model::EngineKind;

model::Server server_of(EngineKind engine, std::int64_t version) {
  model::Server server;
  server.engine = engine;
  server.version_number = version;
  return server;
}
const model::Server mysql = server_of(EngineKind::mysql, 90700);
const model::Server maria = server_of(EngineKind::mariadb, 101106);

model::Plan join_plan() {
  model::PlanNode orders;
  orders.type = "Index lookup";
  orders.relation = "orders";
  orders.alias = "o";
  orders.access = "ref";
  orders.index = "by_status";
  orders.possible_indexes = {"by_status", "by_customer"};
  model::PlanNode customers;
  customers.type = "Table scan";
  customers.relation = "customers";
  customers.alias = "c";
  customers.access = "ALL";
  customers.join_buffer = true;
  model::Plan plan;
  plan.root.type = "Hash join";
  plan.root.children = {orders, customers};
  return plan;
}

bool has(const std::vector<Hint>& hints, const std::string& text) {
  return std::any_of(hints.begin(), hints.end(),
                     [&](const Hint& hint) { return hint.text == text; });
}

TEST(Hints, AreChosenByThePlan) {
  const auto hints =
      hint_candidates("SELECT 1 FROM orders o JOIN customers c", join_plan(), mysql, 20);
  EXPECT_TRUE(has(hints, "NO_INDEX(`o` `by_status`)"));
  EXPECT_TRUE(has(hints, "INDEX(`o` `by_customer`)"));
  EXPECT_TRUE(has(hints, "JOIN_PREFIX(`c`)"));
  EXPECT_TRUE(has(hints, "NO_BNL()"));
  EXPECT_FALSE(has(hints, "NO_SEMIJOIN()"));
  EXPECT_EQ(hint_candidates("SELECT 1", join_plan(), mysql, 2).size(), 2U);
}

TEST(Hints, AreNotForEverybody) {
  EXPECT_TRUE(hint_candidates("SELECT /*+ NO_BNL() */ 1", join_plan(), mysql, 9).empty());
  EXPECT_TRUE(
      hint_candidates("SELECT 1", join_plan(), server_of(EngineKind::mysql, 50744), 9).empty());
  EXPECT_TRUE(hint_candidates("SELECT 1", join_plan(), server_of(EngineKind::postgresql, 180000), 9)
                  .empty());
  for (const Hint& hint : hint_candidates("SELECT 1", join_plan(), maria, 9))
    EXPECT_NE(hint.form, HintForm::comment) << hint.text;
}

TEST(Hints, ArePutBehindTheStatementsOwnSelect) {
  const Hint hint{HintForm::comment, "NO_BNL()", ""};
  EXPECT_EQ(with_hint("select a from t", hint, mysql), "select /*+ NO_BNL() */ a from t");
  EXPECT_EQ(with_hint("WITH x AS (SELECT 1) SELECT * FROM x", hint, mysql),
            "WITH x AS (SELECT 1) SELECT /*+ NO_BNL() */ * FROM x");
  EXPECT_EQ(with_hint("SELECT 'select' FROM t", {HintForm::word, "STRAIGHT_JOIN", ""}, maria),
            "SELECT STRAIGHT_JOIN 'select' FROM t");
  EXPECT_EQ(with_hint("SELECT 1", {HintForm::prefix, "join_cache_level=0", ""}, maria),
            "SET STATEMENT join_cache_level=0 FOR SELECT 1");
  EXPECT_EQ(with_hint("TABLE t", hint, mysql), "");
}

class RemedyTest : public ::testing::Test {
 protected:
  RemedyTest()
      : ledger_(ledger::Ledger::open(folder_ / "ledger.sqlite").value()),
        context_{engine_, ledger_, progress_, {[] { return 1.0; }, [] { return 1.0; }}} {
    model::Statement slow;
    slow.id = "q";
    slow.kind = model::StatementKind::select;
    slow.text = "SELECT q FROM orders o JOIN customers c";
    slow.total.calls = 10;
    slow.total.execution_ms = 200;
    slow.plan = join_plan();
    collected_.snapshot.workload.statements = {slow};
    collected_.snapshot.server = mysql;
    engine_.plan = join_plan();
  }

  std::vector<ChangeOutcome> tried() {
    auto told = try_hints(collected_, {}, {}, context_);
    EXPECT_TRUE(told.ok());
    return std::move(told).value();
  }

  test::FakeWorld world_;
  test::FakeEngine engine_{world_};
  test::TempFolder folder_;
  ledger::Ledger ledger_;
  NoProgress progress_;
  Context context_;
  engine::Collected collected_;
};

TEST_F(RemedyTest, TheBestHintIsToldWithItsFigures) {
  world_.read = [](const engine::Replayable& read, const std::set<std::string>&) {
    engine::Measurement one;
    one.elapsed_ms = read.text.find("JOIN_PREFIX") != std::string::npos ? 3
                     : read.text.find("NO_BNL") != std::string::npos    ? 10
                                                                        : 20;
    one.result_digest = "same";
    return one;
  };
  const auto told = tried();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].fate, Fate::told);
  EXPECT_EQ(told[0].change.action.kind, model::ActionKind::manual);
  EXPECT_EQ(told[0].change.action.statement,
            "SELECT /*+ JOIN_PREFIX(`c`) */ q FROM orders o JOIN customers c");
  EXPECT_NE(told[0].change.reason.find("20 ms without it and 3 ms with it"), std::string::npos)
      << told[0].change.reason;
}

TEST_F(RemedyTest, AHintThatChangesTheResultOrGivesLittleIsNone) {
  world_.read = [](const engine::Replayable& read, const std::set<std::string>&) {
    engine::Measurement one;
    const bool prefix = read.text.find("JOIN_PREFIX") != std::string::npos;
    one.elapsed_ms = prefix ? 3 : read.text.find("NO_BNL") != std::string::npos ? 17 : 20;
    one.result_digest = prefix ? "other" : "same";
    return one;
  };
  EXPECT_TRUE(tried().empty());
}

TEST_F(RemedyTest, FastReadsAndOtherServersAreLeftAlone) {
  world_.read = [](const engine::Replayable&, const std::set<std::string>&) {
    return engine::Measurement{};
  };
  collected_.snapshot.workload.statements[0].total.execution_ms = 10;
  EXPECT_TRUE(tried().empty());
  collected_.snapshot.server.engine = EngineKind::postgresql;
  collected_.snapshot.workload.statements[0].total.execution_ms = 1000;
  EXPECT_TRUE(tried().empty());
  EXPECT_EQ(engine_.measured, 0) << "fast ones are not even measured";
}

model::Snapshot busy(const model::Server& server, std::vector<double> slowest) {
  model::Snapshot snapshot;
  snapshot.server = server;
  int number = 0;
  for (const double ms : slowest) {
    model::Statement one;
    one.id = std::to_string(++number);
    one.kind = model::StatementKind::select;
    one.text = "SELECT a FROM t" + one.id;
    one.total.calls = 5000;
    one.p999_ms = ms;
    snapshot.workload.statements.push_back(one);
  }
  return snapshot;
}

TEST(Limits, AreWellAboveTheSlowestThousandth) {
  const auto told = proposed_limits(busy(mysql, {40, 260, 10, 20, 30}));
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].fate, Fate::told);
  EXPECT_EQ(told[0].change.action.statement, "SET PERSIST max_execution_time = 2000");
  EXPECT_NE(told[0].change.reason.find("260 ms"), std::string::npos) << told[0].change.reason;
}

TEST(Limits, AFarSlowerReadGetsItsOwn) {
  const auto told = proposed_limits(busy(mysql, {40, 60000, 10, 20, 30}));
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].change.action.statement, "SELECT /*+ MAX_EXECUTION_TIME(300000) */ a FROM t2");
  EXPECT_EQ(told[1].change.action.statement, "SET PERSIST max_execution_time = 1000");
}

TEST(Limits, OfMariadbAreForEachAccount) {
  model::Snapshot snapshot = busy(maria, {40, 260, 10, 20, 30});
  model::Role app;
  app.name = "app";
  app.host = "10.%";
  app.can_login = true;
  model::Role root = app;
  root.name = "root";
  root.superuser = true;
  snapshot.server.roles = {app, root};
  const auto told = proposed_limits(snapshot);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].change.action.statement, "ALTER USER 'app'@'10.%' WITH MAX_STATEMENT_TIME 2");
}

TEST(Limits, AreSilentWhereThereIsOneOrTooLittleIsKnown) {
  EXPECT_TRUE(proposed_limits(busy(mysql, {40, 260})).empty());
  EXPECT_TRUE(
      proposed_limits(busy(server_of(EngineKind::postgresql, 180000), {1, 2, 3, 4, 5})).empty());
  model::Snapshot limited = busy(mysql, {40, 260, 10, 20, 30});
  model::Setting set;
  set.name = "max_execution_time";
  set.value = "5000";
  set.number = 5;
  limited.server.settings = {set};
  EXPECT_TRUE(proposed_limits(limited).empty());
}

}  // namespace
}  // namespace whet::optimize
