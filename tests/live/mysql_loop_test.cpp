// The whole loop on a real MySQL and MariaDB: a workload, collected; changes, tried, made,
// measured, judged; undone.
#include "engine/mysql/mysql.h"
#include "optimize/hints.h"
#include "support/mysql_faults.h"

namespace whet::test {
namespace {

using ledger::State;
using model::ActionKind;
using optimize::Fate;

class MysqlLoopTest : public MysqlFaultTest {
 protected:
  MysqlLoopTest() {
    auto opened = engine::mysql::open({.url = server_.url_for("root", "shop")}, progress_);
    EXPECT_TRUE(opened.ok()) << opened.error().text();
    engine_ = std::move(opened).value();
    // Large enough that a busy machine does not hide what an index gives.
    for (int i = 0; i < 3; ++i) {
      server_.sql(
          "INSERT INTO shop.orders (customer_id, status, note) SELECT customer_id, status, note "
          "FROM shop.orders");
    }
    // The application, so that there is a workload.
    std::string calls;
    for (int i = 0; i < 10; ++i) {
      calls += "SELECT SUM(LENGTH(note)) FROM orders WHERE customer_id = " + std::to_string(i * 7) +
               "; SELECT COUNT(*) FROM digits WHERE d = " + std::to_string(i % 8) +
               "; SELECT MAX(d) FROM digits WHERE d < " + std::to_string(i % 8) + ";";
    }
    server_.sql(calls, "shop");
  }

  void collect() {
    auto collected = engine_->collect({.window_seconds = 0}, progress_);
    ASSERT_TRUE(collected.ok()) << collected.error().text();
    collected_ = std::move(collected).value();
  }

  /// The statement that reads orders.
  [[nodiscard]] std::string slow_statement() const {
    for (const auto& one : collected_.snapshot.workload.statements) {
      if (one.text.find("customer_id") != std::string::npos &&
          one.text.find("LENGTH") != std::string::npos)
        return one.id;
    }
    return "";
  }

  [[nodiscard]] model::Finding new_index(const std::string& name, const std::string& column) const {
    model::Finding finding;
    finding.id = "index.missing";
    model::Change made = change(ActionKind::create_index);
    made.id = "index.missing/" + name;
    made.summary = "Create index " + name;
    made.action.index->name = name;
    made.action.index->parts = {{.column = column}};
    made.affected = {slow_statement()};
    finding.changes = {made};
    return finding;
  }

  optimize::Outcome run(const std::vector<model::Finding>& findings) {
    auto journal = ledger();
    optimize::Context context{
        *engine_, journal, progress_, {[this] { return clock::now() + later_; }, clock::monotonic}};
    optimize::Options options;
    options.apply = true;
    options.render = &engine::mysql::render;
    options.measure.budget_seconds = 10;
    options.remedies.least_ms = 1e9;  // hints have a test of their own
    auto outcome = optimize::run(collected_, findings, options, context);
    EXPECT_TRUE(outcome.ok()) << outcome.error().text();
    return outcome ? std::move(outcome).value() : optimize::Outcome{};
  }

  NoProgress progress_;
  std::unique_ptr<engine::Engine> engine_;
  engine::Collected collected_;
  double later_ = 0;  // seconds that passed meanwhile
};

TEST_P(MysqlLoopTest, AGoodIndexStaysAndAnIdleOneGoes) {
  collect();
  ASSERT_FALSE(slow_statement().empty());
  const auto outcome = run({new_index("good_idx", "customer_id"), new_index("idle_idx", "note")});
  ASSERT_EQ(outcome.changes.size(), 2U);
  for (const auto& one : outcome.changes) {
    SCOPED_TRACE(one.change.id + ": " + one.reason);
    const bool good = one.change.id == "index.missing/good_idx";
    EXPECT_EQ(one.fate, good                ? Fate::verified
                        : server_.mariadb() ? Fate::reverted
                                            : Fate::unhelpful)
        << name_of(one.fate);
  }
  EXPECT_TRUE(exists("good_idx"));
  EXPECT_FALSE(hidden("good_idx"));
  EXPECT_FALSE(exists("idle_idx"));
  EXPECT_GT(outcome.totals.faster, 0);
  EXPECT_LT(outcome.totals.seconds_per_hour_after, outcome.totals.seconds_per_hour_before / 2);
  const auto entries = ledger().entries({});
  ASSERT_TRUE(entries.ok());
  for (const auto& entry : *entries) {
    const bool good = entry.change.id == "index.missing/good_idx";
    EXPECT_EQ(entry.state(), good                ? State::verified
                             : server_.mariadb() ? State::reverted
                                                 : State::failed);
    // Each that stays can be taken back.
    if (!good) continue;
    auto again = ledger();
    optimize::Context context{*engine_, again, progress_, {clock::now, clock::monotonic}};
    std::vector<optimize::Recovered> recovered;
    const auto undone = optimize::undo_on_target(entry.id, context, recovered);
    ASSERT_TRUE(undone.ok()) << undone.error().text();
    EXPECT_TRUE(undone->front().done) << undone->front().reason;
  }
  EXPECT_FALSE(exists("good_idx"));
}

TEST_P(MysqlLoopTest, AnUnusedIndexIsHiddenFirstAndDroppedAWeekLater) {
  collect();
  model::Finding unused;
  unused.id = "index.unused";
  unused.changes = {change(ActionKind::drop_index)};
  const auto first = run({unused});
  ASSERT_EQ(first.changes.size(), 1U);
  EXPECT_EQ(first.changes[0].change.action.kind, ActionKind::hide_index);
  EXPECT_TRUE(first.changes[0].fate == Fate::applied || first.changes[0].fate == Fate::verified)
      << first.changes[0].reason;
  EXPECT_TRUE(hidden("orders_status"));

  collect();
  const auto soon = run({});
  EXPECT_TRUE(soon.changes.empty()) << "it is watched";
  later_ = 8 * 86400;
  const auto later = run({});
  ASSERT_EQ(later.changes.size(), 1U);
  EXPECT_EQ(later.changes[0].change.action.kind, ActionKind::drop_index);
  EXPECT_FALSE(exists("orders_status")) << later.changes[0].reason;
}

TEST_P(MysqlLoopTest, TheServerUnderstandsEveryHint) {
  server_.sql("ALTER TABLE shop.orders ADD KEY by_customer (customer_id)");
  const std::string text =
      "SELECT COUNT(*) FROM shop.orders o JOIN shop.digits d ON d.d = o.customer_id WHERE o.status "
      "= 'open' AND o.customer_id < 5 AND d.d IN (SELECT id FROM shop.customers)";
  const auto plan = engine_->explain(text, false);
  ASSERT_TRUE(plan.ok()) << plan.error().text();
  model::Server server;
  server.engine = server_.mariadb() ? model::EngineKind::mariadb : model::EngineKind::mysql;
  server.version_number = server_.mariadb() ? 101106 : 90700;
  const auto hints = optimize::hint_candidates(text, *plan, server, 99);
  EXPECT_GE(hints.size(), 2U);
  auto connection = connect(server_.url(), Access::read);
  for (const auto& hint : hints) {
    SCOPED_TRACE(hint.text);
    const std::string hinted = optimize::with_hint(text, hint, server);
    const auto rows = connection.query(hinted);
    ASSERT_TRUE(rows.ok()) << rows.error().text();
    EXPECT_EQ(rows->warnings, 0) << "a hint that is not understood is a warning";
  }
}

INSTANTIATE_TEST_SUITE_P(Forks, MysqlLoopTest, ::testing::Values("mysql", "mariadb"));

}  // namespace
}  // namespace whet::test
