// What the collector reads from a MongoDB server: the server, its members, schema, documents and
// workload, compared with what the server says; what accounts with few privileges or none get; and
// a member that dies in the middle. On a scripted server, or on real ones (support/mongo_target.h).
#include <algorithm>
#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "engine/mongodb/collector.h"
#include "model/json.h"
#include "support/mongo_target.h"
#include "support/mongo_url.h"

namespace whet::engine::mongodb {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using whet::testing::MongoTarget;
using whet::testing::MongoUrl;

constexpr int orders_planted = 600;

/// The URL with a database; accounts stay admin's.
std::string with_database(const std::string& url, const std::string& database) {
  MongoUrl out(url);
  if (!out.login.empty() && !out.has("authSource"))
    out.set("authSource", out.database.empty() ? "admin" : out.database);
  out.database = database;
  return out.text();
}

constexpr const char* dies =
    "a standalone of this build ends under Wine when it is asked for serverStatus";

Result<Collected> try_collect(const std::string& url, const CollectOptions& options,
                              Progress& progress) {
  ConnectOptions to;
  to.url = url;
  auto connection = WHET_TRY(Connection::open(to, Access::read));
  return collect(connection, options, progress);
}

Collected collected(const std::string& url, const CollectOptions& options = {.window_seconds = 0}) {
  NoProgress progress;
  auto result = try_collect(url, options, progress);
  if (!result) {
    ADD_FAILURE() << result.error().text();
    std::abort();
  }
  return std::move(result).value();
}

const model::Table& table(const model::Snapshot& snapshot, std::string_view name) {
  static const model::Table none;
  for (const auto& known : snapshot.schema.tables) {
    if (known.name == name) return known;
  }
  ADD_FAILURE() << "no collection " << name;
  return none;
}

const model::Index& index(const model::Table& table, std::string_view name) {
  static const model::Index none;
  for (const auto& known : table.indexes) {
    if (known.name == name) return known;
  }
  ADD_FAILURE() << "no index " << name;
  return none;
}

const model::Column& path(const model::Table& table, std::string_view name) {
  static const model::Column none;
  for (const auto& known : table.columns) {
    if (known.name == name) return known;
  }
  ADD_FAILURE() << "no path " << name;
  return none;
}

std::vector<std::string> not_collected(const model::Snapshot& snapshot) {
  std::vector<std::string> out;
  for (const auto& fact : snapshot.not_collected) out.push_back(fact.what);
  return out;
}

std::vector<std::string> orders() {
  std::vector<std::string> out;
  const char* const states[] = {"delivered", "open", "new"};
  for (int i = 0; i < orders_planted; ++i) {
    const std::string n = std::to_string(i);
    out.push_back(R"({"_id": )" + n + R"(, "status": ")" + states[i % 3] + R"(", "customer": )" +
                  std::to_string(i % 50) + R"(, "mail": "planted-mail-)" + n +
                  R"(@secret.example", "items": [{"sku": "S)" + std::to_string(i % 20) +
                  R"("}, {"sku": "T"}]})");
  }
  return out;
}

/// A shop on a set of three, with the profiler on.
class MongodbCollect : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    target_ = new MongoTarget({.members = 3});
    shop_ = target_->database("shop");
    target_->insert(shop_, "orders", orders());
    target_->must(shop_, R"({"createIndexes": "orders", "indexes": [
      {"key": {"customer": 1}, "name": "customer_1"},
      {"key": {"customer": 1, "status": -1}, "name": "customer_1_status_-1"},
      {"key": {"mail": 1}, "name": "mail_1", "unique": true},
      {"key": {"items.sku": 1}, "name": "sku", "sparse": true},
      {"key": {"status": 1}, "name": "status_1", "hidden": true}]})");
    target_->must(shop_, R"({"create": "open_orders", "viewOn": "orders",
      "pipeline": [{"$match": {"status": "open"}}]})");
    target_->must(shop_, R"({"create": "log", "capped": true, "size": 65536})");
    target_->must(shop_, R"({"profile": 2})");
    for (int i = 0; i < 5; ++i) {
      target_->must(
          shop_,
          R"({"find": "orders", "filter": {"status": "open", "mail": {"$gt": "planted-mail-)" +
              std::to_string(i) + R"("}}, "batchSize": 1000})");
      target_->must(shop_, R"({"find": "orders", "filter": {"customer": )" + std::to_string(i) +
                               R"(}, "hint": "customer_1", "batchSize": 1000})");
    }
  }
  static void TearDownTestSuite() {
    target_->run(shop_, R"({"profile": 0})");
    delete target_;
    target_ = nullptr;
  }

  void SetUp() override {
    if (target_->dies_of_counters()) GTEST_SKIP() << dies;
  }
  static std::string url() { return with_database(target_->url(), shop_); }

  static MongoTarget* target_;
  static std::string shop_;
};

MongoTarget* MongodbCollect::target_ = nullptr;
std::string MongodbCollect::shop_;

TEST_F(MongodbCollect, Server) {
  const auto snapshot = collected(url()).snapshot;
  const auto& server = snapshot.server;
  EXPECT_EQ(server.engine, model::EngineKind::mongodb);
  EXPECT_EQ(server.version_number, target_->version());
  EXPECT_EQ(server.topology, target_->replica_set() ? "replica set" : "standalone");
  EXPECT_EQ(server.system_identifier.empty(), !target_->replica_set());
  EXPECT_GT(server.uptime_seconds, 0);
  ASSERT_NE(server.setting("net.port"), nullptr);
  EXPECT_EQ(server.setting("net.port")->source, "configuration");
  EXPECT_NE(server.setting("cursorTimeoutMillis"), nullptr);
  EXPECT_GT(server.status_total("opcounters.insert").value_or(0), 0);
  EXPECT_GT(server.status_total("wiredTiger.cache.maximum bytes configured").value_or(0), 0);
  ASSERT_NE(server.current_database(), nullptr);
  EXPECT_EQ(server.current_database()->name, shop_);
  EXPECT_EQ(server.current_database()->profile_level, 2);
  ASSERT_TRUE(snapshot.resources.host.has_value());
  EXPECT_GT(snapshot.resources.host->memory_bytes, 0);
  EXPECT_GT(snapshot.cost.statements, 20);
}

TEST_F(MongodbCollect, SchemaIsWhatTheServerSays) {
  const auto snapshot = collected(url()).snapshot;
  const auto& orders = table(snapshot, "orders");
  EXPECT_EQ(orders.live_rows, target_->must(shop_, R"({"count": "orders"})").integer_at("n"));
  EXPECT_EQ(orders.indexes.size(), 6U);
  EXPECT_TRUE(index(orders, "mail_1").unique);
  EXPECT_TRUE(index(orders, "status_1").hidden);
  EXPECT_TRUE(index(orders, "_id_").primary);
  EXPECT_EQ(index(orders, "sku").options.at("sparse"), "true");
  ASSERT_EQ(index(orders, "customer_1_status_-1").parts.size(), 2U);
  EXPECT_TRUE(index(orders, "customer_1_status_-1").parts[1].descending);
  EXPECT_GT(index(orders, "customer_1").size_bytes, 0);
  EXPECT_GT(orders.data_bytes, 0);
  EXPECT_EQ(table(snapshot, "log").options.at("capped"), "true");
  ASSERT_EQ(snapshot.schema.views.size(), 1U);
  EXPECT_EQ(snapshot.schema.views[0].uses.at(0), orders.id);
}

TEST_F(MongodbCollect, UseOfIndexesByEachMember) {
  const auto snapshot = collected(url()).snapshot;
  EXPECT_EQ(snapshot.replication.members.size(), target_->members());
  for (const auto& member : snapshot.replication.members) {
    EXPECT_TRUE(member.reached) << member.name;
    EXPECT_TRUE(member.healthy) << member.name;
    EXPECT_FALSE(member.version.empty()) << member.name;
  }
  const auto& used = index(table(snapshot, "orders"), "customer_1");
  EXPECT_EQ(used.members.size(), target_->members());
  // Of five reads a real set of three, under load, once counted six; that all are doubled would
  // show.
  EXPECT_GE(used.total.scans, 5);
  EXPECT_LT(used.total.scans, 10);
  EXPECT_EQ(index(table(snapshot, "orders"), "sku").total.scans, 0);
}

TEST_F(MongodbCollect, DocumentsAreSampled) {
  const auto snapshot = collected(url()).snapshot;
  const auto& orders = table(snapshot, "orders");
  ASSERT_TRUE(orders.sample.has_value());
  EXPECT_GE(orders.sample->documents, 100);
  EXPECT_EQ(path(orders, "status").base_type, "string");
  EXPECT_DOUBLE_EQ(path(orders, "status").stats->distinct, 3);
  EXPECT_NEAR(path(orders, "customer").stats->distinct, 50, 5);
  EXPECT_TRUE(path(orders, "items.sku").path->in_array);
  EXPECT_TRUE(path(orders, "_id").path->rises);
}

TEST_F(MongodbCollect, NoValuesUnlessAskedFor) {
  const auto plain = collected(url());
  EXPECT_THAT(model::to_json(plain.snapshot), Not(HasSubstr("planted-")));
  const auto with = collected(url(), {.window_seconds = 0, .with_samples = true});
  EXPECT_TRUE(with.snapshot.with_samples);
  EXPECT_THAT(model::to_json(with.snapshot), HasSubstr("planted-"));
  const auto& status = *path(table(with.snapshot, "orders"), "status").stats;
  EXPECT_EQ(status.histogram.size(), 3U);
  EXPECT_EQ(status.histogram[0].low, R"("delivered")");
}

TEST_F(MongodbCollect, Workload) {
  const auto all = collected(url());
  const auto& workload = all.snapshot.workload;
  EXPECT_THAT(workload.source, HasSubstr("system.profile"));
  EXPECT_EQ(workload.slow_ms, 0);
  const model::Statement* scan = nullptr;
  for (const auto& statement : workload.statements) {
    if (!statement.own && text::contains(statement.text, "mail: {$gt: ?}")) scan = &statement;
  }
  ASSERT_NE(scan, nullptr);
  EXPECT_EQ(scan->total.calls, 5);
  EXPECT_THAT(scan->plan_summary, AnyOf(HasSubstr("mail"), HasSubstr("COLLSCAN")));
  ASSERT_TRUE(scan->plan.has_value()) << scan->plan_problem;
  EXPECT_EQ(scan->plan_kind, "custom");
  const bool captured =
      std::any_of(all.captured.begin(), all.captured.end(), [&](const Captured& one) {
        return one.statement_id == scan->id && text::contains(one.text, "planted-mail-");
      });
  EXPECT_TRUE(captured);
  for (const auto& one : all.captured) EXPECT_THAT(one.text, Not(HasSubstr("$collStats")));
}

TEST_F(MongodbCollect, WindowIsTheDifferenceOfTwoReadings) {
  class Reading final : public Progress {
   public:
    void report(std::string_view what, double /*fraction*/) override {
      if (what != "watching the operations" || done_) return;
      done_ = true;
      for (int i = 0; i < 7; ++i)
        target_->must(shop_,
                      R"({"find": "orders", "filter": {"customer": 3}, "hint": "customer_1"})");
    }
    [[nodiscard]] bool cancelled() const override { return false; }

   private:
    bool done_ = false;
  } progress;
  const auto result = try_collect(url(), {.window_seconds = 0.2}, progress);
  ASSERT_TRUE(result.ok()) << result.error().text();
  const auto& snapshot = result->snapshot;
  EXPECT_GE(snapshot.server.status_window("opcounters.query").value_or(0), 7);
  EXPECT_GT(snapshot.window_seconds, 0);
  EXPECT_GE(table(snapshot, "orders").window.reads, 7);
  std::int64_t calls = 0;
  for (const auto& statement : snapshot.workload.statements) {
    if (text::contains(statement.text, "customer: ?")) calls += statement.window.calls;
  }
  EXPECT_GE(calls, 7);
}

TEST_F(MongodbCollect, AMemberThatDiesMeanwhileIsNamed) {
  if (!target_->may_break()) GTEST_SKIP() << "a named server is not disturbed";
  const std::size_t victim = (target_->primary() + 1) % target_->members();
  class Killing final : public Progress {
   public:
    explicit Killing(std::size_t victim) : victim_(victim) {}
    void report(std::string_view what, double /*fraction*/) override {
      if (what != "watching the operations" || done_) return;
      done_ = true;
      target_->kill_member(victim_);
    }
    [[nodiscard]] bool cancelled() const override { return false; }

   private:
    std::size_t victim_;
    bool done_ = false;
  } progress(victim);
  const std::string direct = with_database(target_->member_url(target_->primary()), shop_);
  const auto result = try_collect(direct, {.window_seconds = 0.1}, progress);
  target_->restart_member(victim);
  ASSERT_TRUE(result.ok()) << result.error().text();
  EXPECT_THAT(not_collected(result->snapshot), Contains(HasSubstr("the load of ")));
  std::int64_t reached = 0;
  for (const auto& member : result->snapshot.replication.members) reached += member.reached ? 1 : 0;
  EXPECT_EQ(reached, static_cast<std::int64_t>(target_->members()) - 1);
  // What it said before stays.
  EXPECT_EQ(index(table(result->snapshot, "orders"), "sku").members.size(), target_->members());
}

TEST_F(MongodbCollect, StopsOnRequest) {
  class Stopping final : public Progress {
   public:
    void report(std::string_view what, double /*fraction*/) override {
      stop_ |= what == "watching the operations";
    }
    [[nodiscard]] bool cancelled() const override { return stop_; }

   private:
    bool stop_ = false;
  } progress;
  const auto result = try_collect(url(), {.window_seconds = 60}, progress);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().kind, ErrorKind::interrupted);
}

/// Users that may do little.
class MongodbCollectUsers : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    target_ = new MongoTarget({.accounts = true});
    shop_ = target_->database("shop");
    target_->insert(shop_, "orders", {R"({"_id": 1, "a": "planted-value"})"});
    nobody_ = target_->account("nobody", password, "[]");
    monitor_ =
        target_->account("monitor", password, R"([{"role": "clusterMonitor", "db": "admin"}])");
    reader_ =
        target_->account("reader", password, R"([{"role": "read", "db": ")" + shop_ + R"("}])");
  }
  static void TearDownTestSuite() {
    delete target_;
    target_ = nullptr;
  }
  void SetUp() override {
    if (!target_->wants_login()) GTEST_SKIP() << "the named server asks nobody for a login";
    if (target_->dies_of_counters()) GTEST_SKIP() << dies;
  }
  static std::string url(const std::string& user) {
    return with_database(target_->url_for(user, password), shop_);
  }

  static constexpr const char* password = "planted-password";
  static MongoTarget* target_;
  static std::string shop_, nobody_, monitor_, reader_;
};

MongoTarget* MongodbCollectUsers::target_ = nullptr;
std::string MongodbCollectUsers::shop_, MongodbCollectUsers::nobody_, MongodbCollectUsers::monitor_,
    MongodbCollectUsers::reader_;

TEST_F(MongodbCollectUsers, TheMonitorSeesNoCollections) {
  const auto snapshot = collected(url(monitor_)).snapshot;
  EXPECT_GT(snapshot.server.status.size(), 50U);
  EXPECT_THAT(model::to_json(snapshot), Not(HasSubstr("planted-")));
  const std::string what = "collections of " + shop_;
  const auto refused = std::find_if(snapshot.not_collected.begin(), snapshot.not_collected.end(),
                                    [&](const auto& fact) { return fact.what == what; });
  ASSERT_NE(refused, snapshot.not_collected.end());
  EXPECT_EQ(refused->remedy, R"(db.getSiblingDB("admin").grantRolesToUser(")" + monitor_ +
                                 R"(", [{role: "read", db: ")" + shop_ + R"("}]))");
}

TEST_F(MongodbCollectUsers, TheReaderSeesCollectionsOnly) {
  const auto snapshot = collected(url(reader_)).snapshot;
  EXPECT_THAT(not_collected(snapshot), Contains("status values"));
  EXPECT_THAT(not_collected(snapshot), Contains("use of indexes"));
  ASSERT_EQ(snapshot.schema.tables.size(), 1U);
  EXPECT_EQ(snapshot.schema.tables[0].indexes.size(), 1U);
  EXPECT_TRUE(snapshot.schema.tables[0].sample.has_value());
  EXPECT_THAT(model::to_json(snapshot), Not(HasSubstr("planted-")));
}

TEST_F(MongodbCollectUsers, WithoutAnyRoleThereIsNothingToReport) {
  NoProgress progress;
  const auto result = try_collect(url(nobody_), {.window_seconds = 0}, progress);
  ASSERT_FALSE(result.ok()) << "an empty report would look like a healthy server";
  EXPECT_THAT(result.error().message, HasSubstr("Nothing of"));
  EXPECT_THAT(result.error().hint, HasSubstr(R"({role: "clusterMonitor", db: "admin"})"));
}

}  // namespace
}  // namespace whet::engine::mongodb
