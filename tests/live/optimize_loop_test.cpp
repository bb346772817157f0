// The whole loop on a real PostgreSQL: a missing index is tried, built, measured and kept; a
// useless and a harmful one are taken back; everything can be undone.
#include <algorithm>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/text.h"
#include "engine/postgres/postgres.h"
#include "optimize/optimize.h"
#include "support/pg_server.h"
#include "support/temp_folder.h"

namespace whet {
namespace {

using ledger::State;
using optimize::Fate;

class LoopLive : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    server = std::make_unique<testing::PgServer>(
        testing::live_version(), std::vector<std::string>{"--preload", "pg_stat_statements"});
    server->sql(
        "CREATE EXTENSION pg_stat_statements; CREATE EXTENSION hypopg;"
        "CREATE TABLE orders (id int PRIMARY KEY, customer_id int, status text, note text);"
        "INSERT INTO orders SELECT i, i % 5000, 'open', repeat('x', 100) "
        "  FROM generate_series(1, 200000) i;"
        "CREATE INDEX orders_status ON orders (status);"
        "CREATE TABLE other (id int PRIMARY KEY, v int);"
        "INSERT INTO other SELECT i, i FROM generate_series(1, 50000) i;"
        "CREATE TABLE third (id int PRIMARY KEY, v int);"
        "INSERT INTO third SELECT i, i FROM generate_series(1, 50000) i;"
        "VACUUM ANALYZE; SELECT pg_stat_statements_reset()");
    for (int i = 1; i <= 5; ++i) {
      const std::string n = std::to_string(i * 7);
      server->sql("SELECT count(note) FROM orders WHERE customer_id = " + n +
                  "; SELECT sum(v) FROM other WHERE v < " + n +
                  "; SELECT sum(v) FROM third WHERE v < " + n);
    }
  }
  static void TearDownTestSuite() { server.reset(); }

  LoopLive() {
    auto opened = ledger::Ledger::open(folder_ / "ledger.sqlite");
    EXPECT_TRUE(opened.ok());
    ledger_ = std::make_unique<ledger::Ledger>(std::move(opened).value());
    auto engine = engine::postgres::open({.url = server->url()}, progress_);
    EXPECT_TRUE(engine.ok()) << engine.error().text();
    engine_ = std::move(engine).value();
    auto collected = engine_->collect({.window_seconds = 0}, progress_);
    EXPECT_TRUE(collected.ok()) << collected.error().text();
    collected_ = std::move(collected).value();
  }

  /// The id of the statement that reads the table.
  [[nodiscard]] std::string reading(const std::string& part) const {
    for (const auto& statement : collected_.snapshot.workload.statements) {
      if (text::contains(statement.text, part) && !statement.own) return statement.id;
    }
    ADD_FAILURE() << "no statement with " << part;
    return {};
  }

  model::Finding new_index(const std::string& column) const {
    model::Change change;
    change.id = "create_index/public.orders(" + column + ")";
    change.summary = "Create index on orders (" + column + ")";
    change.action.kind = model::ActionKind::create_index;
    change.action.schema = "public";
    change.action.table = "orders";
    change.action.index = model::Index{};
    change.action.index->schema = "public";
    change.action.index->method = "btree";
    change.action.index->parts = {{.column = column}};
    change.affected = {reading("customer_id = ")};
    model::Finding finding;
    finding.id = "index.missing";
    finding.changes = {change};
    return finding;
  }

  optimize::Outcome run(const std::vector<model::Finding>& findings, bool apply) {
    optimize::Options options;
    options.apply = apply;
    options.measure.rounds = 7;
    options.render = engine::postgres::render;
    optimize::Context context{*engine_, *ledger_, progress_, {clock::now, clock::monotonic}};
    auto outcome = optimize::run(collected_, findings, options, context);
    EXPECT_TRUE(outcome.ok()) << outcome.error().text();
    return outcome ? std::move(outcome).value() : optimize::Outcome{};
  }

  static std::unique_ptr<testing::PgServer> server;
  test::TempFolder folder_;
  NoProgress progress_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<engine::Engine> engine_;
  engine::Collected collected_;
};

std::unique_ptr<testing::PgServer> LoopLive::server;

TEST_F(LoopLive, ADryRunTriesAndShowsStatementsAndChangesNothing) {
  const auto outcome = run({new_index("customer_id"), new_index("note")}, false);
  ASSERT_EQ(outcome.changes.size(), 2U);
  EXPECT_EQ(outcome.changes[0].fate, Fate::proposed);
  ASSERT_TRUE(outcome.changes[0].trial.has_value());
  EXPECT_TRUE(text::contains(outcome.changes[0].trial->oracle, "HypoPG"))
      << outcome.changes[0].trial->oracle;
  ASSERT_EQ(outcome.changes[0].trial->costs.size(), 1U) << outcome.changes[0].trial->problem;
  EXPECT_LT(outcome.changes[0].trial->costs[0].after,
            outcome.changes[0].trial->costs[0].before / 5);
  EXPECT_EQ(outcome.changes[0].change.action.statement,
            "CREATE INDEX CONCURRENTLY orders_customer_id_idx ON public.orders USING btree "
            "(customer_id)");
  EXPECT_EQ(outcome.changes[1].fate, Fate::unhelpful);
  EXPECT_EQ(server->sql("SELECT count(*) FROM pg_indexes WHERE tablename = 'orders'"), "2");
  EXPECT_TRUE(ledger_->entries({})->empty());
}

TEST_F(LoopLive, AMissingIndexIsBuiltMeasuredKeptAndUndone) {
  const auto outcome = run({new_index("customer_id")}, true);
  ASSERT_EQ(outcome.changes.size(), 1U);
  EXPECT_EQ(outcome.changes[0].fate, Fate::verified) << outcome.changes[0].reason;
  ASSERT_FALSE(outcome.statements.empty());
  const auto& read = outcome.statements.front();
  EXPECT_EQ(read.verdict, optimize::Verdict::faster);
  ASSERT_TRUE(read.ratio.has_value());
  EXPECT_LT(read.ratio_high, 0.5);
  EXPECT_FALSE(read.result_changed) << read.note;
  EXPECT_TRUE(text::contains(read.after.plan_shape, "orders_customer_id_idx"))
      << read.after.plan_shape;
  EXPECT_TRUE(outcome.totals.drift.has_value()) << "two controls stayed as they were";
  const auto entries = ledger_->entries({});
  ASSERT_EQ(entries->size(), 1U);
  EXPECT_EQ(entries->front().state(), State::verified);

  optimize::Context context{*engine_, *ledger_, progress_, {clock::now, clock::monotonic}};
  std::vector<optimize::Recovered> recovered;
  const auto undone = optimize::undo_on_target(entries->front().id, context, recovered);
  ASSERT_TRUE(undone.ok()) << undone.error().text();
  EXPECT_TRUE(undone->front().done);
  EXPECT_EQ(server->sql("SELECT count(*) FROM pg_class WHERE relname = 'orders_customer_id_idx'"),
            "0");
}

TEST_F(LoopLive, ASettingThatSlowsAReadIsTakenBack) {
  // Without index scans and bitmap scans the planner reads the whole table.
  server->sql("CREATE INDEX orders_customer ON orders (customer_id)");
  auto collected = engine_->collect({.window_seconds = 0}, progress_);
  collected_ = std::move(collected).value();
  std::vector<model::Finding> findings;
  for (const char* name : {"enable_indexscan", "enable_bitmapscan", "enable_indexonlyscan"}) {
    model::Change change;
    change.id = std::string("setting/") + name;
    change.summary = std::string("Set ") + name + " to off";
    change.action.kind = model::ActionKind::set_setting;
    change.action.setting = name;
    change.action.value = "off";
    model::Finding finding;
    finding.id = "settings.test";
    finding.changes = {change};
    findings.push_back(finding);
  }
  const auto outcome = run(findings, true);
  EXPECT_GE(outcome.count(Fate::reverted), 1);
  EXPECT_EQ(outcome.totals.slower, 0);
  EXPECT_TRUE(text::contains(server->sql("EXPLAIN SELECT count(note) FROM orders WHERE "
                                         "customer_id = 7"),
                             "orders_customer"));
  server->sql("DROP INDEX orders_customer");
}

}  // namespace
}  // namespace whet
