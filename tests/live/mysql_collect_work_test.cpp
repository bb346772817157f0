// The same: workload, sessions, locks, plans, replication.
#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

#include "engine/mysql/connection.h"
#include "live/mysql_schema.h"
#include "model/json.h"

namespace whet::live {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class MysqlWork : public Shops {
 protected:
  engine::mysql::Connection session() {
    engine::ConnectOptions options;
    options.url = source().url_for("root", "shop");
    options.statement_timeout_seconds = 60;
    options.lock_timeout_seconds = 60;
    auto connection = engine::mysql::Connection::open(options, engine::mysql::Access::write);
    EXPECT_TRUE(connection.ok()) << (connection ? "" : connection.error().text());
    return std::move(connection).value();
  }
  /// Waits until the server says so, a minute at most.
  void until(const std::string& question) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (source().sql(question) != "1") {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << question;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }
};

INSTANTIATE_TEST_SUITE_P(Forks, MysqlWork, ::testing::Values("mysql", "mariadb"),
                         [](const auto& fork) { return std::string(fork.param); });

constexpr const char* load =
    "SELECT COUNT(*) FROM orders WHERE state = 'SECRETstate' AND total > 5;"
    "SELECT o.id AS `number` FROM orders o JOIN customers c ON c.id = o.customer_id "
    "WHERE c.note = 'SECRETnote' OR c.status = 'new' ORDER BY o.placed_at LIMIT 5;"
    "UPDATE customers SET balance = balance + 4711 WHERE id = 17;";

constexpr const char* at_gate =
    "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE INFO LIKE 'DO GET%998877%'";
constexpr const char* pid_at_gate =
    "SELECT ID FROM information_schema.PROCESSLIST WHERE INFO LIKE 'DO GET%998877%'";

TEST_P(MysqlWork, WorkloadOverAWindow) {
  source().sql(load, "shop");
  std::atomic<bool> done = false;
  std::thread worker([&] {
    while (!done) source().sql(load, "shop");
  });
  const auto collected = collect(source().url(), 2);
  done = true;
  worker.join();
  const auto& snapshot = collected.snapshot;
  EXPECT_EQ(snapshot.workload.source, "performance_schema digests");
  EXPECT_GE(snapshot.window_seconds, 2);
  const auto* count = find_statement(snapshot, "`total` > ?");
  ASSERT_NE(count, nullptr);
  EXPECT_EQ(count->database, "shop");
  EXPECT_EQ(count->kind, model::StatementKind::select);
  EXPECT_GT(count->window.calls, 0);
  EXPECT_EQ(count->window.rows_examined, count->window.calls * 8000);
  EXPECT_EQ(count->window.full_scans, count->window.calls);
  EXPECT_GT(count->total.execution_ms, 0);
  EXPECT_EQ(count->p95_ms > 0, !mariadb());
  EXPECT_TRUE(std::any_of(snapshot.workload.statements.begin(), snapshot.workload.statements.end(),
                          [](const auto& statement) { return statement.own; }));
  const auto& customers = find_table(snapshot, "customers");
  EXPECT_GT(customers.window.updates, 0);
  EXPECT_GT(find_index(customers, "PRIMARY").window.rows_fetched, 0);
  EXPECT_GT(find_table(snapshot, "orders").window.sequential_rows, 0);
  EXPECT_GT(snapshot.server.status_window("Com_update").value_or(0), 0);
  EXPECT_GT(snapshot.activity.waits.samples, 1);
  EXPECT_GT(snapshot.resources.files.size(), 3U);
  EXPECT_GT(snapshot.resources.memory.size(), 3U);
  EXPECT_THAT(model::to_json(snapshot), Not(HasSubstr("SECRET")));
  EXPECT_THAT(model::to_json(snapshot), Not(HasSubstr("4711")));
}

TEST_P(MysqlWork, SamplesOnlyWhenAskedFor) {
  // MariaDB keeps no texts: they have to be seen while they run.
  std::atomic<bool> done = false;
  std::thread worker([&] {
    while (!done) source().sql(load, "shop");
  });
  engine::CollectOptions options;
  options.window_seconds = 2;
  options.sample_interval_seconds = 0.005;
  options.with_samples = true;
  const auto collected = collect(source().url(), options);
  done = true;
  worker.join();
  EXPECT_FALSE(collected.captured.empty());
  const auto* count = find_statement(collected.snapshot, "`total` > ?");
  ASSERT_NE(count, nullptr);
  EXPECT_THAT(count->samples, Contains(HasSubstr("SECRETstate")));
}

TEST_P(MysqlWork, Plans) {
  source().sql(load, "shop");
  const auto collected = collect(source().url());
  const auto* count = find_statement(collected.snapshot, "`total` > ?");
  ASSERT_NE(count, nullptr);
  ASSERT_TRUE(count->plan.has_value()) << count->plan_problem;
  EXPECT_EQ(count->plan_kind, "custom");
  EXPECT_THAT(count->resolved, HasSubstr("`shop`.`orders`"));
  std::function<bool(const model::PlanNode&)> scans_orders = [&](const model::PlanNode& node) {
    if (node.relation == "orders" && node.schema == "shop") return true;
    return std::any_of(node.children.begin(), node.children.end(), scans_orders);
  };
  EXPECT_TRUE(scans_orders(count->plan->root));
  if (mariadb()) return;  // nobody was seen running the others
  const auto* update = find_statement(collected.snapshot, "UPDATE `customers`");
  ASSERT_NE(update, nullptr);
  ASSERT_TRUE(update->plan.has_value()) << update->plan_problem;
  EXPECT_EQ(source().sql("SELECT @@read_only"), "0");
  const auto* join = find_statement(collected.snapshot, "`number`");
  ASSERT_NE(join, nullptr);
  EXPECT_THAT(join->resolved, HasSubstr("AS `number`"));
}

TEST_P(MysqlWork, PlanningChangesNothing) {
  const std::string before = source().sql("SELECT balance FROM customers WHERE id = 17", "shop");
  source().sql(load, "shop");
  const std::string after = source().sql("SELECT balance FROM customers WHERE id = 17", "shop");
  ASSERT_NE(before, after);
  collect(source().url());
  EXPECT_EQ(source().sql("SELECT balance FROM customers WHERE id = 17", "shop"), after);
}

TEST_P(MysqlWork, RowLocks) {
  auto holder = session();
  auto waiter = session();
  ASSERT_TRUE(holder.execute("START TRANSACTION").ok());
  ASSERT_TRUE(holder.execute("UPDATE customers SET balance = 1 WHERE id = 5").ok());
  std::thread waiting(
      [&] { (void)waiter.execute("UPDATE customers SET balance = 2 WHERE id = 5"); });
  until("SELECT COUNT(*) FROM information_schema.INNODB_TRX WHERE trx_state = 'LOCK WAIT'");
  const auto collected = collect(source().url());
  ASSERT_TRUE(holder.execute("ROLLBACK").ok());
  waiting.join();
  const auto& activity = collected.snapshot.activity;
  ASSERT_EQ(activity.lock_waits.size(), 1U) << not_collected(collected.snapshot);
  const auto& wait = activity.lock_waits[0];
  EXPECT_EQ(wait.pid, waiter.thread_id());
  EXPECT_EQ(wait.kind, "record");
  EXPECT_EQ(wait.relation, "shop.customers");
  EXPECT_EQ(wait.index, "PRIMARY");
  EXPECT_EQ(wait.table, find_table(collected.snapshot, "customers").id);
  EXPECT_THAT(wait.blockers, ElementsAre(holder.thread_id()));
  EXPECT_GE(wait.wait_seconds.value_or(-1), 0);
}

// Sessions of Whet itself are not listed, so these are the client's. They wait at a gate.
TEST_P(MysqlWork, SessionsWithTransactions) {
  auto gate = session();
  ASSERT_TRUE(gate.query("SELECT GET_LOCK('gate 998877', 0)").ok());
  std::thread writer([&] {
    source().sql(
        "START TRANSACTION; UPDATE customers SET balance = 1 WHERE id = 6;"
        "DO GET_LOCK('gate 998877', 60); ROLLBACK",
        "shop");
  });
  until(at_gate);
  const auto collected = collect(source().url());
  const std::string pid = source().sql(pid_at_gate);
  ASSERT_TRUE(gate.query("SELECT RELEASE_LOCK('gate 998877')").ok());
  writer.join();
  const auto& sessions = collected.snapshot.activity.sessions;
  const auto found = std::find_if(sessions.begin(), sessions.end(),
                                  [&](const auto& one) { return std::to_string(one.pid) == pid; });
  ASSERT_NE(found, sessions.end());
  EXPECT_EQ(found->database, "shop");
  EXPECT_EQ(found->role, "root");
  EXPECT_EQ(found->client, "local");
  EXPECT_EQ(found->kind, "client backend");
  EXPECT_EQ(found->state, "active");
  EXPECT_EQ(found->wait_type, "Lock");
  EXPECT_EQ(found->rows_modified, 1);
  EXPECT_TRUE(found->has_transaction_id);
  EXPECT_GE(found->transaction_age_seconds.value_or(-1), 0);
  EXPECT_LT(found->transaction_age_seconds.value_or(3600), 3600);
  EXPECT_EQ(found->isolation, "repeatable read");
  EXPECT_THAT(found->query, HasSubstr("GET_LOCK"));
  EXPECT_THAT(found->query, Not(HasSubstr("998877")));
}

TEST_P(MysqlWork, MetadataLocks) {
  auto gate = session();
  ASSERT_TRUE(gate.query("SELECT GET_LOCK('gate 998877', 0)").ok());
  std::thread holder([&] {
    source().sql("START TRANSACTION; SELECT COUNT(*) FROM texts; DO GET_LOCK('gate 998877', 60)",
                 "shop");
  });
  until(at_gate);
  std::thread waiter([&] { source().sql("ALTER TABLE texts COMMENT = 'x'", "shop"); });
  constexpr const char* waiting =
      " FROM information_schema.PROCESSLIST WHERE STATE LIKE '%metadata lock%'";
  until(std::string("SELECT COUNT(*)") + waiting);
  const auto collected = collect(source().url());
  const std::string holder_pid = source().sql(pid_at_gate);
  const std::string waiter_pid = source().sql(std::string("SELECT ID") + waiting);
  ASSERT_TRUE(gate.query("SELECT RELEASE_LOCK('gate 998877')").ok());
  holder.join();
  waiter.join();
  const auto& waits = collected.snapshot.activity.lock_waits;
  ASSERT_EQ(waits.size(), 1U) << not_collected(collected.snapshot);
  EXPECT_EQ(std::to_string(waits[0].pid), waiter_pid);
  EXPECT_EQ(waits[0].kind, "metadata");
  if (mariadb()) {
    EXPECT_THAT(not_collected(collected.snapshot), HasSubstr("who holds the metadata locks"));
    return;
  }
  EXPECT_EQ(waits[0].relation, "shop.texts");
  EXPECT_EQ(waits[0].mode, "EXCLUSIVE");
  ASSERT_EQ(waits[0].blockers.size(), 1U);
  EXPECT_EQ(std::to_string(waits[0].blockers[0]), holder_pid);
}

TEST_P(MysqlWork, Replication) {
  const auto collected = collect(replica().url());
  const auto& replication = collected.snapshot.replication;
  EXPECT_TRUE(collected.snapshot.server.is_replica);
  ASSERT_EQ(replication.channels.size(), 1U);
  const auto& channel = replication.channels[0];
  EXPECT_EQ(channel.source, "127.0.0.1:" + std::to_string(source().port()));
  EXPECT_TRUE(channel.receiver_running && channel.applier_running);
  EXPECT_EQ(channel.receiver_error, 0);
  EXPECT_TRUE(channel.auto_position);
  EXPECT_TRUE(channel.missing_transactions.has_value());
  EXPECT_EQ(channel.errant_transactions, 0);
  EXPECT_TRUE(replication.binary_logs.enabled);
  EXPECT_GT(replication.binary_logs.bytes, 0);
  const auto of_source = collect(source().url());
  EXPECT_FALSE(of_source.snapshot.server.is_replica);
  ASSERT_EQ(of_source.snapshot.replication.replicas.size(), 1U);
  EXPECT_EQ(of_source.snapshot.replication.replicas[0].state, "streaming");
}

TEST_P(MysqlWork, ReplicaThatWasWrittenToAndIsStopped) {
  if (mariadb()) {
    replica().sql("SET GLOBAL read_only = OFF; CREATE DATABASE stray; STOP ALL SLAVES");
  } else {
    replica().sql(
        "SET GLOBAL super_read_only = OFF; CREATE DATABASE stray; STOP REPLICA SQL_THREAD");
  }
  const auto collected = collect(replica().url());
  ASSERT_EQ(collected.snapshot.replication.channels.size(), 1U);
  const auto& channel = collected.snapshot.replication.channels[0];
  EXPECT_FALSE(channel.applier_running);
  EXPECT_EQ(channel.receiver_running, !mariadb());
  EXPECT_FALSE(channel.seconds_behind.has_value());
  EXPECT_EQ(channel.errant_transactions, 1);
}

}  // namespace
}  // namespace whet::live
