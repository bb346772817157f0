// What the tests of changes on MongoDB share: a collection that takes a while to index, changes on
// it, a ledger, and the check that the target is whole and the ledger true. On a scripted server or
// on a real one (support/mongo_target.h).
#pragma once

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/mongodb/connection.h"
#include "engine/mongodb/executor.h"
#include "ledger/ledger.h"
#include "optimize/optimize.h"
#include "support/fake_engine.h"
#include "support/mongo_target.h"
#include "support/shell.h"
#include "support/temp_folder.h"

namespace whet::test {

using engine::mongodb::Access;
using engine::mongodb::Connection;
using mql::Value;

inline constexpr engine::mongodb::ExecutorOptions swift = {.lock_timeout = 1,
                                                           .attempts = 3,
                                                           .backoff = 0.05,
                                                           .shortest_limit = 120,
                                                           .long_transaction = 60,
                                                           .reconnect = 60,
                                                           .look_every = 0.05};

/// Why a test is skipped on a server that somebody named.
inline constexpr const char* needs_fail_point =
    "builds are held by a fail point, which a named server need not have";
inline constexpr const char* dies_of_counters =
    "a standalone of this build ends under Wine when it is asked for serverStatus";
inline constexpr const char* would_disturb = "a named server is not disturbed";

/// A server: a standalone (0), or a replica set of so many. A named one is what it is.
class MongoServer {
 public:
  explicit MongoServer(int replicas, bool accounts = false)
      : replicas_(replicas),
        target_({.members = replicas,
                 .accounts = accounts,
                 .server_options = "--setParameter enableTestCommands=1"}) {}

  [[nodiscard]] const std::string& url() const { return target_.url(); }
  [[nodiscard]] std::string member_url(std::size_t number) const {
    return target_.member_url(number);
  }
  [[nodiscard]] bool replica_set() const { return target_.replica_set(); }
  [[nodiscard]] bool real() const { return target_.real(); }
  [[nodiscard]] bool may_break() const { return target_.may_break(); }
  [[nodiscard]] std::size_t members() const { return target_.members(); }
  /// Why a named server is not what tests on so many members are for; empty when it is.
  [[nodiscard]] std::string unfit() const {
    if (may_break()) return "";
    if (replicas_ == 0 && replica_set()) return "the named server is a replica set";
    if (replicas_ > 1 && !replica_set()) return "the named server is no replica set";
    return "";
  }
  void step_down() const { target_.step_down(); }
  void restart(std::size_t number = 0) const { target_.restart_member(number); }
  void kill(std::size_t number) const { target_.kill_member(number); }
  [[nodiscard]] testing::MongoTarget& target() const { return target_; }

 private:
  int replicas_;
  mutable testing::MongoTarget target_;
};

inline Connection connect(const std::string& url, Access access = Access::write) {
  auto opened = Connection::open({.url = url, .statement_timeout_seconds = 120}, access);
  if (!opened) throw std::runtime_error(opened.error().text());
  return std::move(opened).value();
}

/// An engine whose executor is real; nothing is measured with it.
class MongoExecutorOnly : public FakeEngine {
 public:
  MongoExecutorOnly(std::string url, const engine::mongodb::ExecutorOptions& options)
      : FakeEngine(world_),
        url_(std::move(url)),
        options_(options),
        watcher_(connect(url_, Access::read)) {}
  [[nodiscard]] std::string target() const override { return "live/mongodb"; }
  Result<std::string> identity() override { return std::string("live/mongodb"); }
  Result<std::unique_ptr<engine::Executor>> executor() override {
    return engine::mongodb::make_executor({.url = url_}, &watcher_, options_);
  }

 private:
  FakeWorld world_;
  std::string url_;
  engine::mongodb::ExecutorOptions options_;
  Connection watcher_;
};

/// After Ctrl-C, and what was told until then.
class Told : public Progress {
 public:
  void report(std::string_view what, double fraction) override {
    said.push_back(std::string(what));
    fractions.push_back(fraction);
    if (on_report) on_report(what, fraction);
  }
  [[nodiscard]] bool cancelled() const override { return stop; }
  [[nodiscard]] bool heard(std::string_view part) const {
    return std::any_of(said.begin(), said.end(),
                       [&](const std::string& one) { return one.find(part) != std::string::npos; });
  }

  bool stop = false;
  std::vector<std::string> said;
  std::vector<double> fractions;
  std::function<void(std::string_view, double)> on_report;
};

/// The parameter: members of the replica set, 0 for a standalone. The servers are shared by all
/// tests of a program; each test has its own data.
class MongoFaultTest : public ::testing::TestWithParam<int> {
 protected:
  static void TearDownTestSuite() { server_slot().reset(); }

  void SetUp() override {
    auto& slot = server_slot();
    if (!slot || slot->second != GetParam()) {
      slot.reset();
      slot.emplace(std::make_unique<MongoServer>(GetParam()), GetParam());
      usual_timeout() = parameter();
    }
    ASSERT_FALSE(server().url().empty());
    if (!server().unfit().empty()) GTEST_SKIP() << server().unfit();
    command(shop(), Value::object({{"dropDatabase", Value::of(1)}}));
    command(shop(),
            Value::object({{"createIndexes", Value::of("orders")},
                           {"indexes", Value::array({Value::object(
                                           {{"key", Value::object({{"status", Value::of(1)}})},
                                            {"name", Value::of("orders_status")}})})}}));
    fill("orders", 3000, 100);
    restore_parameter();
  }
  void TearDown() override {
    if (server_slot()) restore_parameter();
  }

  /// The scratch database that all tests of a program work on, one after the other.
  static std::string shop() { return server().target().database("shop"); }

  static engine::mongodb::ExecutorOptions quick() {
    auto options = swift;
    if (server().target().dies_of_counters()) options.dirty_cache = 1;
    return options;
  }

  static const MongoServer& server() { return *server_slot()->first; }

  /// Runs a command on the primary; fails the test when it does.
  static Value command(const std::string& database, const Value& asked) {
    Connection connection = connect(server().url());
    auto reply = connection.command(database, asked);
    EXPECT_TRUE(reply.ok()) << reply.error().text();
    return reply ? std::move(reply).value() : Value::object({});
  }
  static std::vector<Value> query(const std::string& database, const Value& asked) {
    Connection connection = connect(server().url());
    auto reply = connection.query(database, asked);
    EXPECT_TRUE(reply.ok()) << reply.error().text();
    return reply ? std::move(reply).value() : std::vector<Value>();
  }

  /// Documents {_id, customer, status, note}, `bytes` each.
  static void fill(const std::string& collection, int documents, std::size_t bytes) {
    Connection connection = connect(server().url());
    constexpr int batch = 1000;
    for (int first = 0; first < documents; first += batch) {
      Value list = Value::array({});
      for (int i = first; i < std::min(documents, first + batch); ++i) {
        list.push(Value::object(
            {{"customer", Value::of(i * 7919 % 1000)},
             {"status", Value::of(i % 20 == 0 ? "open" : "done")},
             {"note", Value::of(std::to_string(i * 7919 % documents) + std::string(bytes, 'x'))}}));
      }
      const auto done = connection.command(
          shop(), Value::object({{"insert", Value::of(collection)}, {"documents", list}}));
      ASSERT_TRUE(done.ok()) << done.error().text();
    }
  }

  [[nodiscard]] ledger::Ledger ledger() const {
    auto opened = ledger::Ledger::open(folder_ / "ledger.sqlite");
    EXPECT_TRUE(opened.ok()) << opened.error().text();
    return std::move(opened).value();
  }

  /// Calls `act` with everything that a run has.
  void with_site(const std::function<void(optimize::Site&, optimize::Context&)>& act,
                 Progress* progress = nullptr,
                 const engine::mongodb::ExecutorOptions& options = quick(),
                 const std::string& url = "") const {
    MongoExecutorOnly engine(url.empty() ? server().url() : url, options);
    auto journal = ledger();
    NoProgress none;
    optimize::Context context{
        engine, journal, progress == nullptr ? none : *progress, {clock::now, clock::monotonic}};
    auto executor = engine.executor();
    ASSERT_TRUE(executor.ok()) << executor.error().text();
    optimize::Site site{**executor, engine.target(), engine.identity().value()};
    act(site, context);
  }

  optimize::ChangeOutcome carry_out(const model::Change& asked, Progress* progress = nullptr,
                                    const engine::mongodb::ExecutorOptions& options = quick(),
                                    const std::string& url = "") const {
    optimize::ChangeOutcome one;
    one.change = asked;
    with_site(
        [&](optimize::Site& site, optimize::Context& context) {
          const Status done = optimize::carry_out(one, site, context);
          EXPECT_TRUE(done.ok()) << done.error().text();
        },
        progress, options, url);
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
      ASSERT_TRUE(undone.ok()) << undone.error().text();
      for (const auto& one : *undone) EXPECT_TRUE(one.done) << one.reason;
    });
  }

  [[nodiscard]] ledger::State last_state() const {
    const auto entries = ledger().entries({});
    EXPECT_TRUE(entries.ok() && !entries->empty());
    return entries->back().state();
  }

  [[nodiscard]] static model::Change change(model::ActionKind kind,
                                            const std::string& collection = "orders") {
    model::Change made;
    made.id = std::string(name_of(kind));
    made.summary = "Change of kind " + made.id;
    made.action.kind = kind;
    if (kind == model::ActionKind::set_setting) {
      made.action.setting = "cursorTimeoutMillis";
      made.action.value = "345000";
      return made;
    }
    made.action.schema = shop();
    made.action.table = collection;
    const bool is_new = kind == model::ActionKind::create_index;
    made.action.index = model::Index{};
    made.action.index->name = is_new ? "orders_note" : "orders_status";
    made.action.index->method = "btree";
    if (is_new)
      made.action.index->parts = {{.column = "note"}, {.column = "customer", .descending = true}};
    else
      made.action.index->parts = {{.column = "status"}};
    return made;
  }

  [[nodiscard]] static std::optional<Value> index(const std::string& name,
                                                  const std::string& collection = "orders") {
    for (const Value& one :
         query(shop(), Value::object({{"listIndexes", Value::of(collection)}}))) {
      if (one.string_at("name") == name) return one;
    }
    return std::nullopt;
  }

  /// Whether the change is in force, by the catalog alone.
  [[nodiscard]] static bool in_force(model::ActionKind kind,
                                     const std::string& collection = "orders") {
    switch (kind) {
      case model::ActionKind::create_index:
        return index("orders_note", collection).has_value();
      case model::ActionKind::drop_index:
        return !index("orders_status", collection).has_value();
      case model::ActionKind::hide_index:
        return index("orders_status", collection)->flag_at("hidden");
      case model::ActionKind::set_setting:
        return parameter() == 345000;
      default:
        return false;
    }
  }

  /// No build goes on, no open entry, and the last word of the ledger on each change is what the
  /// catalog shows.
  void expect_whole(model::ActionKind kind, const std::string& collection = "orders") const {
    EXPECT_EQ(builds(collection), 0U);
    const auto entries = ledger().entries({});
    ASSERT_TRUE(entries.ok());
    for (const auto& entry : *entries) {
      const auto state = entry.state();
      EXPECT_TRUE(state != ledger::State::planned && state != ledger::State::applying &&
                  state != ledger::State::reverting)
          << entry.id << " is " << name_of(state);
    }
    if (!entries->empty()) {
      const auto state = entries->back().state();
      EXPECT_EQ(state == ledger::State::applied || state == ledger::State::verified,
                in_force(kind, collection))
          << entries->back().id << " is " << name_of(state);
    }
    EXPECT_TRUE(recover().empty()) << "nothing is left to settle";
  }

  [[nodiscard]] static std::size_t builds(const std::string& collection) {
    const auto stats =
        query(shop(),
              Value::object(
                  {{"aggregate", Value::of(collection)},
                   {"pipeline",
                    Value::array({Value::object(
                        {{"$collStats", Value::object({{"storageStats", Value::object({})}})}})})},
                   {"cursor", Value::object({})}}));
    const Value* running = stats.empty() ? nullptr : stats[0].at("storageStats.indexBuilds");
    return running == nullptr ? 0 : running->fields.size();
  }

  /// Builds begin and then stand still, on all members. Not on a named server.
  static void hold_builds(bool hold) {
    const std::string asked =
        std::string(R"({"configureFailPoint": "hangAfterStartingIndexBuild", "mode": ")") +
        (hold ? "alwaysOn" : "off") + "\"}";
    for (std::size_t i = 0; i < server().members(); ++i) {
      const Value reply = server().target().run("admin", asked, static_cast<int>(i));
      EXPECT_EQ(reply.number_at("ok"), 1) << mql::relaxed_json(reply);
    }
  }
  void wait_for_build(const std::string& collection = "orders") const {
    const double deadline = clock::monotonic() + 30;
    while (builds(collection) == 0) {
      ASSERT_LT(clock::monotonic(), deadline) << "it never began";
      clock::pause(0.02);
    }
  }

  static std::int64_t parameter() {
    return command("admin", Value::object({{"getParameter", Value::of(1)},
                                           {"cursorTimeoutMillis", Value::of(1)}}))
        .integer_at("cursorTimeoutMillis");
  }
  static void restore_parameter() {
    if (parameter() == usual_timeout()) return;
    command("admin", Value::object({{"setParameter", Value::of(1)},
                                    {"cursorTimeoutMillis", Value::of(usual_timeout())}}));
  }

  test::TempFolder folder_;

 private:
  using Slot = std::optional<std::pair<std::unique_ptr<MongoServer>, int>>;
  static Slot& server_slot() {
    static Slot slot;
    return slot;
  }
  static std::int64_t& usual_timeout() {
    static std::int64_t usual = 0;
    return usual;
  }
};

}  // namespace whet::test
