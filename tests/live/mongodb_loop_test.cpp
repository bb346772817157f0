// The whole loop on a real MongoDB: a workload, collected; changes, tried, made, measured, judged;
// undone. And trials on a sample, which leave nothing.
#include "engine/mongodb/mongodb.h"
#include "support/mongo_faults.h"
#include "support/mortal.h"

namespace whet::test {
namespace {

using ledger::State;
using model::ActionKind;
using optimize::Fate;

class MongodbLoop : public MongoFaultTest {
 protected:
  void SetUp() override {
    MongoFaultTest::SetUp();
    if (IsSkipped()) return;
    if (server().target().dies_of_counters()) GTEST_SKIP() << dies_of_counters;
    fill("orders", 60000, 150);
    // The threshold is the whole server's: it is put back.
    const auto slow = command(shop(), mql::parse_json(R"({"profile": 2, "slowms": 0})").value())
                          .integer_at("slowms");
    Connection application = connect(server().url());
    for (int i = 0; i < 8; ++i) {
      for (const char* text : {R"({"find": "orders", "filter": {"customer": %}})",
                               R"({"count": "orders", "query": {"status": "open"}})"}) {
        std::string asked = text;
        if (const auto at = asked.find('%'); at != std::string::npos)
          asked.replace(at, 1, std::to_string(i * 7));
        ASSERT_TRUE(application.query(shop(), mql::parse_json(asked).value()).ok() ||
                    asked.find("count") != std::string::npos);
      }
    }
    command(shop(), Value::object({{"profile", Value::of(0)}, {"slowms", Value::of(slow)}}));
    before_ = scratch_databases();
    auto opened = engine::mongodb::open({.url = server().url()}, progress_);
    ASSERT_TRUE(opened.ok()) << opened.error().text();
    engine_ = std::move(opened).value();
    // Whet's own operations do not count, but those of this test have its name, too: so the
    // statement is written down here.
    model::Statement statement;
    statement.id = "by_customer";
    statement.text = "db.orders.find({customer: ?})";
    statement.database = shop();
    statement.kind = model::StatementKind::select;
    statement.total.calls = 1000;
    statement.total.execution_ms = 60000;
    collected_.snapshot.server.engine = model::EngineKind::mongodb;
    collected_.snapshot.server.version_number = 70015;
    collected_.snapshot.server.topology = "replica set";
    collected_.snapshot.workload.statements.push_back(statement);
    for (int i = 0; i < 4; ++i) {
      collected_.captured.push_back(
          {"by_customer", "db.orders.find({customer: " + std::to_string(i * 7) + "})"});
    }
    model::Table orders;
    orders.schema = shop();
    orders.name = "orders";
    model::Index status;
    status.name = "orders_status";
    status.method = "btree";
    status.parts = {{.column = "status"}};
    orders.indexes.push_back(status);
    collected_.snapshot.schema.tables.push_back(orders);
  }

  [[nodiscard]] static model::Finding new_index(const std::string& name,
                                                const std::string& column) {
    model::Finding finding;
    finding.id = "index.missing";
    model::Change made = change(ActionKind::create_index);
    made.id = "index.missing/" + name;
    made.summary = "Create index " + name;
    made.action.index->name = name;
    made.action.index->parts = {{.column = column}};
    made.affected = {"by_customer"};
    finding.changes = {made};
    return finding;
  }

  optimize::Outcome run(const std::vector<model::Finding>& findings, bool apply, bool sample,
                        const std::string& other = "") {
    auto journal = ledger();
    optimize::Context context{
        *engine_, journal, progress_, {[this] { return clock::now() + later_; }, clock::monotonic}};
    optimize::Options options;
    options.apply = apply;
    options.sample = {sample, other};
    options.render = &engine::mongodb::render;
    options.measure.budget_seconds = 10;
    options.remedies.least_ms = 1e9;
    auto outcome = optimize::run(collected_, findings, options, context);
    EXPECT_TRUE(outcome.ok()) << outcome.error().text();
    return outcome ? std::move(outcome).value() : optimize::Outcome{};
  }

  static std::size_t scratch_databases() {
    const Value reply = command("admin", mql::parse_json(R"({"listDatabases": 1, "nameOnly": true,
        "filter": {"name": {"$regex": "^whet_trial_"}}})")
                                             .value());
    return reply.find("databases")->fields.size();
  }

  NoProgress progress_;
  std::unique_ptr<engine::Engine> engine_;
  engine::Collected collected_;
  double later_ = 0;
  std::size_t before_ = 0;  ///< scratch databases that others have on a named server
};

TEST_P(MongodbLoop, AGoodIndexStaysAndAnIdleOneGoes) {
  const auto outcome =
      run({new_index("good", "customer"), new_index("idle", "unknown")}, true, false);
  ASSERT_EQ(outcome.changes.size(), 2U);
  for (const auto& one : outcome.changes) {
    SCOPED_TRACE(one.change.id + ": " + one.reason);
    EXPECT_EQ(one.fate, one.change.id == "index.missing/good" ? Fate::verified : Fate::reverted)
        << name_of(one.fate);
  }
  EXPECT_TRUE(index("good").has_value());
  EXPECT_FALSE(index("idle").has_value());
  EXPECT_GT(outcome.totals.faster, 0);
  undo_all();
}

TEST_P(MongodbLoop, AnUnusedIndexIsHiddenFirstAndDroppedAWeekLater) {
  model::Finding unused;
  unused.id = "index.unused";
  unused.changes = {change(ActionKind::drop_index)};
  const auto first = run({unused}, true, false);
  ASSERT_EQ(first.changes.size(), 1U);
  EXPECT_EQ(first.changes[0].change.action.kind, ActionKind::hide_index);
  EXPECT_TRUE(index("orders_status")->flag_at("hidden"));
  collected_.snapshot.schema.tables[0].indexes[0].hidden = true;
  EXPECT_TRUE(run({}, true, false).changes.empty()) << "it is watched";
  later_ = 8 * 86400;
  const auto later = run({}, true, false);
  ASSERT_EQ(later.changes.size(), 1U);
  EXPECT_EQ(later.changes[0].change.action.kind, ActionKind::drop_index);
  EXPECT_FALSE(index("orders_status").has_value());
}

TEST_P(MongodbLoop, ASampleTellsTheGoodFromTheIdle) {
  const auto outcome =
      run({new_index("good", "customer"), new_index("idle", "unknown")}, false, true);
  ASSERT_EQ(outcome.changes.size(), 2U);
  for (const auto& one : outcome.changes) {
    SCOPED_TRACE(one.change.id + ": " + one.reason);
    const bool good = one.change.id == "index.missing/good";
    EXPECT_EQ(one.fate, good ? Fate::proposed : Fate::unhelpful) << name_of(one.fate);
    ASSERT_TRUE(one.trial.has_value());
    ASSERT_FALSE(one.trial->costs.empty()) << one.trial->problem;
    if (good) {
      EXPECT_LT(one.trial->costs[0].after, one.trial->costs[0].before / 10);
    }
  }
  EXPECT_EQ(scratch_databases(), before_);
  EXPECT_FALSE(index("good").has_value()) << "the target's own data was left alone";
  EXPECT_EQ(last_state(), State::reverted);
}

TEST_P(MongodbLoop, ASampleOfAKilledRunIsRemovedByTheNext) {
  const pid_t child = ::fork();
  if (child == 0) {
    auto opened = engine::mongodb::open({.url = server().url()}, progress_);
    engine_ = std::move(opened).value();
    class Dies final : public Progress {
     public:
      void report(std::string_view what, double /*fraction*/) override {
        if (what.find("Building an index on the sample") != std::string_view::npos) die();
      }
      [[nodiscard]] bool cancelled() const override { return false; }
    };
    Dies progress;
    auto journal = ledger();
    optimize::Context context{*engine_, journal, progress, {clock::now, clock::monotonic}};
    optimize::Options options;
    options.sample = {true, ""};
    options.render = &engine::mongodb::render;
    static_cast<void>(optimize::run(collected_, {new_index("good", "customer")}, options, context));
    ::_exit(0);
  }
  expect_killed(child);
  EXPECT_EQ(scratch_databases(), before_ + 1);
  EXPECT_EQ(last_state(), State::applying);
  // By a run that changes something, and by one that tries again.
  const auto outcome = run({new_index("good", "customer")}, false, true);
  EXPECT_EQ(scratch_databases(), before_);
  ASSERT_EQ(outcome.changes.size(), 1U);
  EXPECT_EQ(outcome.changes[0].fate, Fate::proposed);
}

INSTANTIATE_TEST_SUITE_P(One, MongodbLoop, ::testing::Values(1));

}  // namespace
}  // namespace whet::test
