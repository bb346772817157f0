// The executor on a real PostgreSQL: every kind of change is done, seen, and taken back.
#include <filesystem>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "base/text.h"
#include "engine/postgres/connection.h"
#include "engine/postgres/executor.h"
#include "support/pg_server.h"

namespace whet {
namespace {

using engine::ChangeState;
using engine::Executor;
using model::ActionKind;

constexpr engine::postgres::ExecutorOptions quick = {.lock_timeout = 0.3,
                                                     .attempts = 2,
                                                     .backoff = 0.05,
                                                     .long_transaction = 0.2,
                                                     .other_whet = 0.3};

class ExecutorLive : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    server = std::make_unique<testing::PgServer>(testing::live_version());
    server->sql(
        "CREATE TABLE orders (id int PRIMARY KEY, customer_id int, status text);"
        "INSERT INTO orders SELECT i, i % 100, 'open' FROM generate_series(1, 5000) i;"
        "ALTER TABLE orders ADD CONSTRAINT positive CHECK (id > 0) NOT VALID;"
        "CREATE INDEX orders_status ON orders (status);"
        "CREATE ROLE visitor LOGIN");
  }
  static void TearDownTestSuite() { server.reset(); }

  std::unique_ptr<Executor> executor(const std::string& url = server->url()) {
    auto made = engine::postgres::make_executor({.url = url}, quick);
    EXPECT_TRUE(made.ok()) << made.error().text();
    return made ? std::move(made).value() : nullptr;
  }

  static model::Change change(ActionKind kind) {
    model::Change made;
    made.id = "test";
    made.summary = "Test change";
    made.action.kind = kind;
    made.action.schema = "public";
    made.action.table = "orders";
    return made;
  }
  static model::Change new_index(const std::string& name = "orders_customer") {
    model::Change made = change(ActionKind::create_index);
    made.action.index = model::Index{};
    made.action.index->schema = "public";
    made.action.index->name = name;
    made.action.index->method = "btree";
    made.action.index->parts = {{.column = "customer_id"},
                                {.column = "id", .descending = true, .nulls_first = true}};
    return made;
  }
  static model::Change existing_index(ActionKind kind) {
    model::Change made = change(kind);
    made.action.index = model::Index{};
    made.action.index->schema = "public";
    made.action.index->name = "orders_status";
    made.action.index->method = "btree";
    made.action.index->parts = {{.column = "status"}};
    return made;
  }
  static model::Change setting(const std::string& name, const std::string& value) {
    model::Change made = change(ActionKind::set_setting);
    made.action.setting = name;
    made.action.value = value;
    return made;
  }

  /// There and back.
  void round_trip(const model::Change& asked) {
    const auto one = executor();
    ASSERT_NE(one, nullptr);
    const auto prepared = one->prepare(asked);
    ASSERT_TRUE(prepared.ok()) << prepared.error().text();
    ASSERT_EQ(one->inspect(*prepared).value(), ChangeState::absent);
    const auto checked = one->check(*prepared);
    ASSERT_TRUE(checked.ok()) << checked.error().text();
    const auto applied = one->apply(*prepared, progress);
    ASSERT_TRUE(applied.ok()) << applied.error().text();
    EXPECT_EQ(one->inspect(*prepared).value(), ChangeState::present);
    const auto reverted = one->revert(*prepared, progress);
    ASSERT_TRUE(reverted.ok()) << reverted.error().text();
    EXPECT_EQ(one->inspect(*prepared).value(), ChangeState::absent);
    EXPECT_TRUE(one->revert(*prepared, progress).ok()) << "nothing to take back is fine";
  }

  static std::unique_ptr<testing::PgServer> server;
  NoProgress progress;
};

std::unique_ptr<testing::PgServer> ExecutorLive::server;

TEST_F(ExecutorLive, BuildsAnIndexAndTakesItBack) { round_trip(new_index()); }

TEST_F(ExecutorLive, DropsAnIndexAndMakesItAgainFromTheServersOwnDefinition) {
  const std::string definition =
      server->sql("SELECT pg_get_indexdef('public.orders_status'::regclass)");
  round_trip(existing_index(ActionKind::drop_index));
  EXPECT_EQ(server->sql("SELECT pg_get_indexdef('public.orders_status'::regclass)"), definition);
}

TEST_F(ExecutorLive, RebuildsAnIndex) {
  const auto one = executor();
  const auto prepared = one->prepare(existing_index(ActionKind::rebuild_index));
  ASSERT_TRUE(prepared.ok());
  EXPECT_EQ(one->inspect(*prepared).value(), ChangeState::absent);
  ASSERT_TRUE(one->check(*prepared).ok());
  ASSERT_TRUE(one->apply(*prepared, progress).ok());
  EXPECT_EQ(one->inspect(*prepared).value(), ChangeState::present);
  EXPECT_EQ(one->revert(*prepared, progress).error().kind, ErrorKind::refused);
}

TEST_F(ExecutorLive, SetsASettingAndRestoresWhatWasInAutoConf) {
  round_trip(setting("random_page_cost", "1.1"));
  EXPECT_EQ(server->sql("SELECT count(*) FROM pg_file_settings WHERE name = 'random_page_cost' "
                        "AND sourcefile LIKE '%auto.conf'"),
            "0");
  server->sql("ALTER SYSTEM SET work_mem = '5MB'");
  round_trip(setting("work_mem", "16MB"));
  EXPECT_EQ(server->sql("SELECT setting FROM pg_file_settings WHERE name = 'work_mem' AND "
                        "sourcefile LIKE '%auto.conf'"),
            "5MB");
  // Its own session has values for these two: the server's must be looked at.
  round_trip(setting("statement_timeout", "10min"));
  round_trip(setting("jit", "off"));
}

TEST_F(ExecutorLive, ResetsASetting) {
  server->sql(
      "ALTER SYSTEM SET effective_cache_size = '3GB';"
      "SELECT pg_reload_conf()");
  model::Change reset = change(ActionKind::reset_setting);
  reset.action.setting = "effective_cache_size";
  round_trip(reset);
  EXPECT_EQ(server->sql("SELECT setting FROM pg_file_settings WHERE name = "
                        "'effective_cache_size' AND sourcefile LIKE '%auto.conf'"),
            "3GB");
}

TEST_F(ExecutorLive, NeverSetsWhatNeedsARestart) {
  const auto one = executor();
  const auto refused = one->check(setting("shared_buffers", "256MB"));
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("only at a restart"), std::string::npos);
}

TEST_F(ExecutorLive, RefusesAValueThatTheServerRefusesAndLeavesNothing) {
  const auto one = executor();
  const auto prepared = one->prepare(setting("work_mem", "1kB"));
  const auto applied = one->apply(*prepared, progress);
  ASSERT_FALSE(applied.ok());
  EXPECT_EQ(applied.error().kind, ErrorKind::refused);
  EXPECT_NE(applied.error().message.find("outside the valid range"), std::string::npos);
}

TEST_F(ExecutorLive, OptionsConstraintsAndStatistics) {
  model::Change option = change(ActionKind::set_table_option);
  option.action.setting = "autovacuum_vacuum_scale_factor";
  option.action.value = "0.02";
  round_trip(option);
  model::Change column = change(ActionKind::set_column_option);
  column.action.setting = "statistics";
  column.action.value = "500";
  column.action.columns = {"status"};
  round_trip(column);
  model::Change statistics = change(ActionKind::create_statistics);
  statistics.action.name = "orders_stats";
  statistics.action.columns = {"customer_id", "status"};
  statistics.action.value = "ndistinct, dependencies";
  round_trip(statistics);
  model::Change validate = change(ActionKind::validate_constraint);
  validate.action.constraint = "positive";
  const auto one = executor();
  const auto prepared = one->prepare(validate);
  EXPECT_EQ(one->inspect(*prepared).value(), ChangeState::absent);
  ASSERT_TRUE(one->apply(*prepared, progress).ok());
  EXPECT_EQ(one->inspect(*prepared).value(), ChangeState::present);
  for (const ActionKind kind : {ActionKind::analyze_table, ActionKind::vacuum_table}) {
    const auto upkeep = one->prepare(change(kind));
    EXPECT_TRUE(one->check(*upkeep).ok());
    EXPECT_TRUE(one->apply(*upkeep, progress).ok());
  }
}

TEST_F(ExecutorLive, OnlyOneWhetChangesADatabase) {
  const auto first = executor();
  ASSERT_NE(first, nullptr);
  const auto second = engine::postgres::make_executor({.url = server->url()}, quick);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().kind, ErrorKind::refused);
  EXPECT_NE(second.error().message.find("Another Whet is changing"), std::string::npos);
  EXPECT_NE(second.error().message.find("'whet apply'"), std::string::npos);
}

TEST_F(ExecutorLive, SaysWhichPrivilegeIsMissing) {
  const auto one = executor(server->url_for("visitor"));
  ASSERT_NE(one, nullptr);
  const auto index = one->check(new_index());
  ASSERT_FALSE(index.ok());
  EXPECT_EQ(index.error().sqlstate, "42501");
  EXPECT_NE(index.error().message.find("visitor does not own public.orders"), std::string::npos);
  const auto set = one->check(setting("work_mem", "16MB"));
  ASSERT_FALSE(set.ok());
  EXPECT_NE(set.error().hint.find("GRANT ALTER SYSTEM ON PARAMETER work_mem"), std::string::npos);
}

TEST_F(ExecutorLive, SeesALongTransactionInTheWay) {
  auto opened =
      engine::postgres::Connection::open({.url = server->url()}, engine::postgres::Access::write);
  ASSERT_TRUE(opened.ok());
  auto& other = *opened;
  ASSERT_TRUE(other.execute("BEGIN ISOLATION LEVEL REPEATABLE READ").ok());
  ASSERT_TRUE(other.execute("SELECT count(*) FROM public.orders").ok());
  ASSERT_TRUE(other.execute("SELECT pg_sleep(0.3)").ok());
  const auto one = executor();
  const auto create = one->check(new_index());
  ASSERT_FALSE(create.ok());
  EXPECT_NE(create.error().message.find("would wait for its end"), std::string::npos)
      << create.error().text();
  EXPECT_FALSE(one->check(existing_index(ActionKind::drop_index)).ok());
  ASSERT_TRUE(other.execute("COMMIT").ok());
  // A transaction that reads another table, without a snapshot kept, is in nobody's way. (By the
  // extended protocol it would keep one, in its unnamed portal.)
  ASSERT_TRUE(other.execute("BEGIN").ok());
  ASSERT_TRUE(other.query_simple("SELECT count(*) FROM pg_class").ok());
  ASSERT_TRUE(other.query_simple("SELECT pg_sleep(0.3)").ok());
  EXPECT_TRUE(one->check(new_index()).ok());
}

TEST_F(ExecutorLive, KnowsWhenTheNameIsTakenAndNeverTouchesAForeignIndex) {
  server->sql("CREATE INDEX orders_taken ON public.orders (status)");
  const auto one = executor();
  const auto checked = one->check(new_index("orders_taken"));
  ASSERT_FALSE(checked.ok());
  EXPECT_NE(checked.error().message.find("has the name public.orders_taken"), std::string::npos);
  server->sql(
      "UPDATE pg_index SET indisvalid = false WHERE indexrelid = "
      "'public.orders_taken'::regclass");
  EXPECT_TRUE(one->clean(new_index("orders_taken")).ok());
  EXPECT_EQ(server->sql("SELECT count(*) FROM pg_class WHERE relname = 'orders_taken'"), "1");
  server->sql("DROP INDEX public.orders_taken");
}

TEST_F(ExecutorLive, AFailedUniqueBuildLeavesNothing) {
  model::Change unique = new_index("orders_unique");
  unique.action.index->parts.resize(1);
  unique.action.index->unique = true;
  const auto one = executor();
  const auto prepared = one->prepare(unique);
  const auto applied = one->apply(*prepared, progress);
  ASSERT_FALSE(applied.ok());
  EXPECT_EQ(applied.error().sqlstate, "23505");
  EXPECT_EQ(server->sql("SELECT count(*) FROM pg_class WHERE relname = 'orders_unique'"), "0");
}

TEST_F(ExecutorLive, RefusesWhatDoesNotFitOnTheDisk) {
  model::Change huge = new_index("orders_huge");
  const double free = static_cast<double>(std::filesystem::space("/tmp").available);
  huge.disk_bytes = static_cast<std::int64_t>(free * 4);
  const auto checked = executor()->check(huge);
  ASSERT_FALSE(checked.ok());
  EXPECT_EQ(checked.error().sqlstate, "53100");
}

}  // namespace
}  // namespace whet
