// What the fault tests of MySQL and MariaDB share: a table with rows, changes on it, somebody
// else's open transaction, a ledger, and the check that the target is whole and the ledger true.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/mysql/connection.h"
#include "engine/mysql/executor.h"
#include "ledger/ledger.h"
#include "optimize/optimize.h"
#include "support/fake_engine.h"
#include "support/mysql_server.h"
#include "support/temp_folder.h"

namespace whet::test {

using engine::mysql::Access;
using engine::mysql::Connection;

inline constexpr engine::mysql::ExecutorOptions hasty = {.lock_timeout = 1,
                                                         .attempts = 2,
                                                         .backoff = 0.05,
                                                         .shortest_limit = 60,
                                                         .long_transaction = 60,
                                                         .other_whet = 15,
                                                         .reconnect = 20,
                                                         .look_every = 0.1};

inline Connection connect(const std::string& url, Access access = Access::write) {
  auto opened = Connection::open({.url = url, .statement_timeout_seconds = 300}, access);
  EXPECT_TRUE(opened.ok()) << opened.error().text();
  return std::move(opened).value();
}

/// An engine whose executor is real; nothing is measured with it.
class MysqlExecutorOnly : public FakeEngine {
 public:
  MysqlExecutorOnly(std::string url, const engine::mysql::ExecutorOptions& options)
      : FakeEngine(world_),
        url_(std::move(url)),
        options_(options),
        watcher_(connect(url_, Access::read)) {}
  [[nodiscard]] std::string target() const override { return "live/mysql"; }
  Result<std::string> identity() override { return std::string("live/mysql"); }
  Result<std::unique_ptr<engine::Executor>> executor() override {
    return engine::mysql::make_executor({.url = url_}, &watcher_, options_);
  }

 private:
  FakeWorld world_;
  std::string url_;
  engine::mysql::ExecutorOptions options_;
  Connection watcher_;
};

/// Somebody else's session with a transaction open.
class MysqlBlocker {
 public:
  MysqlBlocker(const std::string& url, const std::string& statement) : connection_(connect(url)) {
    EXPECT_TRUE(connection_.execute("START TRANSACTION").ok());
    EXPECT_TRUE(connection_.query(statement).ok());
  }
  void release() { EXPECT_TRUE(connection_.execute("ROLLBACK").ok()); }

 private:
  Connection connection_;
};

inline constexpr const char* reads_orders = "SELECT COUNT(*) FROM shop.orders";

class MysqlFaultTest : public ::testing::TestWithParam<const char*> {
 protected:
  MysqlFaultTest() : server_(GetParam()) {
    server_.sql(
        "CREATE DATABASE shop; USE shop;"
        "CREATE TABLE customers (id INT PRIMARY KEY);"
        "CREATE TABLE digits (d INT); INSERT INTO digits VALUES (0),(1),(2),(3),(4),(5),(6),(7);"
        "CREATE TABLE orders (id INT PRIMARY KEY AUTO_INCREMENT, customer_id INT, status "
        "VARCHAR(20), note VARCHAR(200), KEY orders_status (status));"
        "INSERT INTO orders (customer_id, status, note) SELECT a.d * 64 + b.d * 8 + c.d, 'open', "
        "REPEAT('x', 150) FROM digits a, digits b, digits c, digits e, digits f;"
        "CREATE USER visitor@localhost; GRANT SELECT ON shop.* TO visitor@localhost");
  }

  [[nodiscard]] ledger::Ledger ledger() const {
    auto opened = ledger::Ledger::open(folder_ / "ledger.sqlite");
    EXPECT_TRUE(opened.ok()) << opened.error().text();
    return std::move(opened).value();
  }

  /// Calls `act` with everything that a run has.
  void with_site(const std::function<void(optimize::Site&, optimize::Context&)>& act,
                 const engine::mysql::ExecutorOptions& options = hasty,
                 const std::string& account = "root", Progress* progress = nullptr) const {
    MysqlExecutorOnly engine(server_.url_for(account, "shop"), options);
    auto journal = ledger();
    NoProgress none;
    optimize::Context context{
        engine, journal, progress == nullptr ? none : *progress, {clock::now, clock::monotonic}};
    auto executor = engine.executor();
    ASSERT_TRUE(executor.ok()) << executor.error().text();
    optimize::Site site{**executor, engine.target(), engine.identity().value()};
    act(site, context);
  }

  optimize::ChangeOutcome carry_out(const model::Change& asked,
                                    const engine::mysql::ExecutorOptions& options = hasty,
                                    const std::string& account = "root",
                                    Progress* progress = nullptr) const {
    optimize::ChangeOutcome one;
    one.change = asked;
    with_site(
        [&](optimize::Site& site, optimize::Context& context) {
          const Status done = optimize::carry_out(one, site, context);
          EXPECT_TRUE(done.ok()) << done.error().text();
        },
        options, account, progress);
    return one;
  }

  std::vector<optimize::Recovered> recover() const {
    std::vector<optimize::Recovered> settled;
    with_site([&](optimize::Site& site, optimize::Context& context) {
      auto done = optimize::recover(site, context);
      ASSERT_TRUE(done.ok()) << done.error().text();
      settled = *done;
    });
    return settled;
  }

  void undo_all() const {
    with_site([](optimize::Site& site, optimize::Context& context) {
      const auto undone = optimize::undo("", site, context);
      ASSERT_TRUE(undone.ok());
      for (const auto& one : *undone) EXPECT_TRUE(one.done) << one.reason;
    });
  }

  [[nodiscard]] static model::Change change(model::ActionKind kind) {
    model::Change made;
    made.id = std::string(name_of(kind));
    made.summary = "Change of kind " + made.id;
    made.action.kind = kind;
    if (kind == model::ActionKind::set_setting) {
      made.action.setting = "long_query_time";
      made.action.value = "3.5";
      return made;
    }
    made.action.schema = "shop";
    made.action.table = "orders";
    if (kind == model::ActionKind::update_histogram) {
      made.action.columns = {"customer_id", "note"};
      made.action.value = "16";
      return made;
    }
    const bool is_new = kind == model::ActionKind::create_index;
    made.action.index = model::Index{};
    made.action.index->schema = "shop";
    made.action.index->name = is_new ? "orders_customer" : "orders_status";
    made.action.index->method = "btree";
    made.action.index->parts = {{.column = is_new ? "customer_id" : "status"}};
    return made;
  }

  [[nodiscard]] std::string column_of_index(const std::string& index,
                                            const std::string& column) const {
    return server_.sql("SELECT " + column +
                       " FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = 'shop' AND "
                       "INDEX_NAME = '" +
                       index + "' AND SEQ_IN_INDEX = 1");
  }
  [[nodiscard]] bool exists(const std::string& index) const {
    return !column_of_index(index, "INDEX_NAME").empty();
  }
  [[nodiscard]] bool hidden(const std::string& index) const {
    return server_.mariadb() ? column_of_index(index, "IGNORED") == "YES"
                             : column_of_index(index, "IS_VISIBLE") == "NO";
  }

  /// Whether the change is in force, by the catalog alone.
  [[nodiscard]] bool in_force(model::ActionKind kind) const {
    switch (kind) {
      case model::ActionKind::create_index:
        return exists("orders_customer") && !hidden("orders_customer");
      case model::ActionKind::drop_index:
        return !exists("orders_status");
      case model::ActionKind::hide_index:
        return hidden("orders_status");
      case model::ActionKind::set_setting:
        return server_.sql("SELECT @@global.long_query_time = 3.5") == "1";
      case model::ActionKind::update_histogram:
        return server_.sql(server_.mariadb()
                               ? "SELECT COUNT(*) FROM mysql.column_stats WHERE db_name = 'shop' "
                                 "AND histogram IS NOT NULL"
                               : "SELECT COUNT(*) FROM information_schema.COLUMN_STATISTICS WHERE "
                                 "SCHEMA_NAME = 'shop'") == "2";
      default:
        return false;
    }
  }

  /// No hidden trial index, no open entry, and the last word of the ledger on each change is what
  /// the catalog shows.
  void expect_whole(model::ActionKind kind) const {
    EXPECT_FALSE(hidden("orders_customer")) << "a trial index survived";
    EXPECT_EQ(server_.sql("SELECT COUNT(*) FROM shop.orders"), "32768");
    const auto entries = ledger().entries({});
    ASSERT_TRUE(entries.ok());
    for (const auto& entry : *entries) {
      const auto state = entry.state();
      EXPECT_TRUE(state != ledger::State::planned && state != ledger::State::applying &&
                  state != ledger::State::reverting)
          << entry.id << " is " << name_of(state);
    }
    if (!entries->empty()) {
      const auto last = entries->back().state();
      EXPECT_EQ(last == ledger::State::applied || last == ledger::State::verified, in_force(kind))
          << "the ledger says " << name_of(last);
    }
    EXPECT_TRUE(recover().empty()) << "nothing is left to settle";
  }

  [[nodiscard]] ledger::State last_state() const {
    const auto entries = ledger().entries({});
    return entries->empty() ? ledger::State::failed : entries->back().state();
  }

  /// Waits until Whet's session waits for somebody else's metadata lock.
  void wait_until_blocked() const {
    const double deadline = clock::monotonic() + 20;
    while (server_.sql("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE STATE LIKE "
                       "'Waiting for table metadata lock%'") == "0") {
      ASSERT_LT(clock::monotonic(), deadline) << "it never waited";
      clock::pause(0.02);
    }
  }

  testing::MysqlServer server_;
  test::TempFolder folder_;
};

}  // namespace whet::test
