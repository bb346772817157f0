// What the fault tests share: a table that takes a while to index, changes on it, somebody else's
// open transaction, a ledger, and the check that the database is whole and the ledger true.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/postgres/connection.h"
#include "engine/postgres/executor.h"
#include "ledger/ledger.h"
#include "optimize/optimize.h"
#include "support/fake_engine.h"
#include "support/pg_server.h"
#include "support/temp_folder.h"

namespace whet::test {

using engine::postgres::Access;
using engine::postgres::Connection;

inline constexpr engine::postgres::ExecutorOptions impatient = {.lock_timeout = 0.5,
                                                                .attempts = 2,
                                                                .backoff = 0.05,
                                                                .shortest_limit = 60,
                                                                .long_transaction = 60,
                                                                .other_whet = 15,
                                                                .reconnect = 20};

/// An engine whose executor is real; nothing is measured with it.
class ExecutorOnly : public FakeEngine {
 public:
  ExecutorOnly(std::string url, const engine::postgres::ExecutorOptions& options)
      : FakeEngine(world_), url_(std::move(url)), options_(options) {}
  [[nodiscard]] std::string target() const override { return "live/postgres"; }
  Result<std::string> identity() override { return std::string("live/postgres"); }
  Result<std::unique_ptr<engine::Executor>> executor() override {
    return engine::postgres::make_executor({.url = url_}, options_);
  }

 private:
  FakeWorld world_;
  std::string url_;
  engine::postgres::ExecutorOptions options_;
};

/// Somebody else's session with a transaction open.
class Blocker {
 public:
  Blocker(const std::string& url, const std::string& statement) : connection_(open(url)) {
    EXPECT_TRUE(connection_.execute("BEGIN").ok());
    EXPECT_TRUE(connection_.query_simple(statement).ok());
  }
  void release() { EXPECT_TRUE(connection_.execute("ROLLBACK").ok()); }

 private:
  static Connection open(const std::string& url) {
    auto opened = Connection::open({.url = url, .statement_timeout_seconds = 300}, Access::write);
    EXPECT_TRUE(opened.ok());
    return std::move(opened).value();
  }
  Connection connection_;
};

inline constexpr const char* writes = "UPDATE public.orders SET status = 'x' WHERE id = 1";
inline constexpr const char* reads = "SELECT count(*) FROM public.orders";

class FaultTest : public ::testing::Test {
 protected:
  FaultTest() : server_(testing::live_version()) {
    server_.sql(
        "CREATE TABLE orders (id int PRIMARY KEY, customer_id int, status text);"
        "INSERT INTO orders SELECT i, i % 1000, 'open' FROM generate_series(1, 50000) i;"
        "CREATE INDEX orders_status ON orders (status);"
        "CREATE ROLE visitor LOGIN");
  }
  void TearDown() override {
    // The small disk, should a failed test have left it mounted.
    if (std::filesystem::exists(folder_ / "disk"))
      testing::run("umount -q " + (folder_ / "disk") + " || true");
  }

  [[nodiscard]] ledger::Ledger ledger() const {
    auto opened = ledger::Ledger::open(folder_ / "ledger.sqlite");
    EXPECT_TRUE(opened.ok()) << opened.error().text();
    return std::move(opened).value();
  }

  /// Calls `act` with everything that a run has.
  void with_site(const std::function<void(optimize::Site&, optimize::Context&)>& act,
                 const engine::postgres::ExecutorOptions& options = impatient,
                 const std::string& role = "postgres") const {
    ExecutorOnly engine(server_.url_for(role), options);
    auto journal = ledger();
    NoProgress progress;
    optimize::Context context{engine, journal, progress, {clock::now, clock::monotonic}};
    auto executor = engine.executor();
    ASSERT_TRUE(executor.ok()) << executor.error().text();
    optimize::Site site{**executor, engine.target(), engine.identity().value()};
    act(site, context);
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

  [[nodiscard]] static model::Change change(model::ActionKind kind) {
    model::Change made;
    made.id = std::string(name_of(kind));
    made.summary = "Change of kind " + made.id;
    made.action.kind = kind;
    made.action.schema = "public";
    made.action.table = "orders";
    if (kind == model::ActionKind::set_setting) {
      made.action.setting = "work_mem";
      made.action.value = "17MB";
      return made;
    }
    const bool is_new = kind == model::ActionKind::create_index;
    made.action.index = model::Index{};
    made.action.index->schema = "public";
    made.action.index->name = is_new ? "orders_customer" : "orders_status";
    made.action.index->method = "btree";
    made.action.index->parts = {{.column = is_new ? "customer_id" : "status"}};
    return made;
  }

  /// Whether the change is in force, by the catalog alone.
  [[nodiscard]] bool in_force(model::ActionKind kind) const {
    switch (kind) {
      case model::ActionKind::create_index:
        return server_.sql("SELECT count(*) FROM pg_class WHERE relname = 'orders_customer'") ==
               "1";
      case model::ActionKind::drop_index:
        return server_.sql("SELECT count(*) FROM pg_class WHERE relname = 'orders_status'") == "0";
      case model::ActionKind::set_setting:
        return server_.sql("SHOW work_mem") == "17MB";
      default:
        return false;
    }
  }

  /// No invalid index, nothing half done, no open entry, and the last word of the ledger on each
  /// change is what the catalog shows.
  void expect_whole(model::ActionKind kind) const {
    EXPECT_EQ(server_.sql("SELECT count(*) FROM pg_index WHERE NOT (indisvalid AND indisready)"),
              "0");
    EXPECT_EQ(server_.sql("SELECT count(*) FROM pg_class WHERE relname ~ '_cc(new|old)'"), "0");
    EXPECT_EQ(server_.sql("SELECT count(*) FROM pg_file_settings WHERE name = 'work_mem' AND NOT "
                          "applied"),
              "0");
    const auto entries = ledger().entries({});
    ASSERT_TRUE(entries.ok());
    for (const auto& entry : *entries) {
      const auto state = entry.state();
      EXPECT_TRUE(state != ledger::State::planned && state != ledger::State::applying &&
                  state != ledger::State::reverting)
          << entry.id << " is " << name_of(state);
      if (kind != model::ActionKind::rebuild_index) {
        EXPECT_EQ(state == ledger::State::applied || state == ledger::State::verified,
                  in_force(kind))
            << entry.id << " is " << name_of(state);
      }
    }
    EXPECT_TRUE(recover().empty()) << "nothing is left to settle";
  }

  /// Waits until the session of Whet waits for somebody else's lock, with a statement that begins
  /// so.
  void wait_until_blocked(const std::string& statement = "") const {
    const std::string waiting =
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'whet apply' AND "
        "wait_event_type = 'Lock' AND starts_with(query, '" +
        statement + "')";
    const double deadline = clock::monotonic() + 20;
    while (server_.sql(waiting) == "0") {
      ASSERT_LT(clock::monotonic(), deadline) << "it never waited";
      clock::pause(0.02);
    }
  }

  testing::PgServer server_;
  test::TempFolder folder_;
};

}  // namespace whet::test
