// Reads of the workload run again on real servers: as they were seen, or with values drawn from
// documents; their plans, rows and digests.
#include "engine/mongodb/mongodb.h"
#include "engine/mongodb/replay.h"
#include "optimize/read_preference.h"
#include "support/mongo_faults.h"

namespace whet::test {
namespace {

using engine::Replayable;
using engine::mongodb::measure_read;
using engine::mongodb::replayable_reads;

class MongodbReplay : public MongoFaultTest {
 protected:
  static Replayable read(const std::string& text) {
    Replayable one;
    one.text = text;
    one.database = shop();
    return one;
  }
  engine::Measurement measured(const std::string& text) {
    auto connection = connect(server().url(), Access::read);
    NoProgress progress;
    const auto done = measure_read(connection, read(text), 30, progress);
    EXPECT_TRUE(done.ok()) << text << ": " << done.error().text();
    return done ? *done : engine::Measurement();
  }
};

TEST_P(MongodbReplay, RowsPlansAndDigests) {
  const auto all = measured("db.orders.find({})");
  EXPECT_EQ(all.rows, 3000) << "to the end of the cursor";
  EXPECT_NE(all.plan_shape.find("COLLSCAN"), std::string::npos) << all.plan_shape;
  EXPECT_GT(all.elapsed_ms, 0);
  const auto open = measured(R"(db.orders.find({status: "open"}))");
  EXPECT_EQ(open.rows, 150);
  EXPECT_NE(open.plan_shape.find("orders_status"), std::string::npos) << open.plan_shape;
  EXPECT_EQ(measured(R"(db.orders.find({status: "open"}).sort({note: 1}))").result_digest,
            open.result_digest)
      << "the same rows in another order";
  EXPECT_NE(measured(R"(db.orders.find({status: "done"}))").result_digest, open.result_digest);
  EXPECT_EQ(measured(R"(db.orders.countDocuments({status: "open"}))").rows, 1);
  EXPECT_EQ(measured(R"(db.orders.distinct("status"))").rows, 2);
  EXPECT_EQ(measured(R"(db.orders.aggregate([{$group: {_id: "$status", n: {$sum: 1}}}]))").rows, 2);
}

TEST_P(MongodbReplay, WhatIsNoReadIsRefused) {
  auto connection = connect(server().url(), Access::read);
  NoProgress progress;
  for (const char* text :
       {R"(db.orders.deleteMany({}))", R"(db.orders.aggregate([{$out: "copy"}]))"}) {
    const auto done = measure_read(connection, read(text), 5, progress);
    ASSERT_FALSE(done.ok()) << text;
    EXPECT_EQ(done.error().kind, ErrorKind::refused);
  }
  EXPECT_EQ(measured("db.orders.find({})").rows, 3000);
}

TEST_P(MongodbReplay, ReadsAsTheyWereSeenOrWithDrawnValues) {
  engine::Collected collected;
  for (const auto& [id, text] : std::vector<std::pair<std::string, std::string>>{
           {"seen", "db.orders.find({status: ?})"},
           {"drawn", "db.orders.find({customer: ?, note: {$gte: ?, $lt: ?}})"},
           {"write", "db.orders.deleteMany({status: ?})"},
           {"odd", "db.orders.find({$expr: {$gt: ['$customer', ?]}})"}}) {
    model::Statement statement;
    statement.id = id;
    statement.text = text;
    statement.database = shop();
    collected.snapshot.workload.statements.push_back(statement);
  }
  for (const char* status : {"open", "done", "lost", "found"})
    collected.captured.push_back(
        {"seen", "db.orders.find({status: \"" + std::string(status) + "\"})"});
  auto connection = connect(server().url(), Access::read);
  const auto reads = replayable_reads(connection, collected, {"seen", "drawn", "write", "odd"}, 2);
  ASSERT_TRUE(reads.ok()) << reads.error().text();
  ASSERT_EQ(reads->size(), 4U);
  EXPECT_TRUE((*reads)[0].captured);
  EXPECT_NE((*reads)[0].text.find("open"), std::string::npos);
  EXPECT_NE((*reads)[1].text.find("lost"), std::string::npos) << "spread over all";
  for (int i = 2; i < 4; ++i) {
    const Replayable& one = (*reads)[static_cast<std::size_t>(i)];
    EXPECT_EQ(one.statement_id, "drawn");
    EXPECT_FALSE(one.captured);
    EXPECT_EQ(one.text.find('?'), std::string::npos) << one.text;
    static_cast<void>(measured(one.text));
  }
}

TEST_P(MongodbReplay, ALimitAndCtrlCEndARead) {
  fill("big", 20000, 400);
  auto connection = connect(server().url(), Access::read);
  Told told;
  const std::string slow = R"(db.big.aggregate([{$lookup: {from: "big", localField: "customer",
      foreignField: "customer", as: "x"}}, {$unwind: "$x"}, {$group: {_id: "$x.note"}}]))";
  const auto late = measure_read(connection, read(slow), 0.3, told);
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().kind, ErrorKind::timeout) << late.error().text();
  told.stop = true;
  const auto stopped = measure_read(connection, read(slow), 30, told);
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.error().kind, ErrorKind::interrupted) << stopped.error().text();
  EXPECT_EQ(measured("db.orders.find({})").rows, 3000) << "the server is as before";
}

TEST_P(MongodbReplay, AStepDownBetweenTwoReadsIsOutlived) {
  if (server().members() < 2) GTEST_SKIP() << "there is no other member";
  if (!server().may_break()) GTEST_SKIP() << would_disturb;
  auto connection = connect(server().url(), Access::read);
  NoProgress progress;
  const auto before = measure_read(connection, read("db.orders.find({})"), 30, progress);
  ASSERT_TRUE(before.ok());
  server().step_down();
  const auto after = measure_read(connection, read("db.orders.find({})"), 30, progress);
  ASSERT_TRUE(after.ok()) << after.error().text();
  EXPECT_EQ(after->result_digest, before->result_digest);
}

/// The set as its primary sees it, with an expensive read of open orders.
class MongodbMembers : public MongodbReplay {
 protected:
  void SetUp() override {
    MongodbReplay::SetUp();
    if (IsSkipped()) return;
    if (server().target().dies_of_counters()) GTEST_SKIP() << dies_of_counters;
    // All members have what was filled in before.
    command(shop(), mql::parse_json(R"({"insert": "orders", "documents": [{"status": "open"}],
                "writeConcern": {"w": )" +
                                    std::to_string(server().members()) + R"(, "wtimeout": 30000}})")
                        .value());
    const auto primary = server().target().primary();
    auto opened = engine::mongodb::open({.url = server().member_url(primary)}, progress_);
    ASSERT_TRUE(opened.ok()) << opened.error().text();
    engine_ = std::move(opened).value();
    auto collected = engine_->collect({.window_seconds = 0}, progress_);
    ASSERT_TRUE(collected.ok()) << collected.error().text();
    collected_ = std::move(collected).value();
    // Without a window nobody is known to be busy.
    for (auto& member : collected_.snapshot.replication.members) {
      if (member.self) member.reads = 1000;
    }
    model::Statement statement;
    statement.id = "open";
    statement.text = "db.orders.find({status: ?})";
    statement.database = shop();
    statement.kind = model::StatementKind::select;
    statement.total.calls = 100;
    statement.total.execution_ms = 1e9;
    collected_.snapshot.workload.statements = {statement};
    collected_.captured = {{"open", "db.orders.find({status: \"open\"})"}};
  }

  std::vector<optimize::ChangeOutcome> tried() {
    auto journal = ledger();
    optimize::Context context{*engine_, journal, progress_, {clock::now, clock::monotonic}};
    auto told = optimize::try_read_preference(collected_, {}, {}, context);
    EXPECT_TRUE(told.ok()) << told.error().text();
    return told ? std::move(told).value() : std::vector<optimize::ChangeOutcome>{};
  }

  NoProgress progress_;
  std::unique_ptr<engine::Engine> engine_;
  engine::Collected collected_;
};

TEST_P(MongodbMembers, AReadIsTriedOnThePrimaryAndOnASecondary) {
  const auto* secondary = optimize::idle_secondary(collected_.snapshot);
  if (server().members() < 2) {
    EXPECT_EQ(secondary, nullptr) << "a set of one";
    EXPECT_TRUE(tried().empty());
    return;
  }
  ASSERT_NE(secondary, nullptr);
  const auto cost = engine_->cost().statements;
  const auto told = tried();
  ASSERT_EQ(told.size(), 1U);
  // Which is faster depends on the machine; that they have the same rows does not.
  const auto& one = told[0];
  EXPECT_TRUE(one.fate == optimize::Fate::told || one.reason == "It is slower on the secondary.")
      << one.reason;
  EXPECT_NE(one.change.reason.find(secondary->name), std::string::npos) << one.change.reason;
  EXPECT_NE(one.change.reason.find("and the same rows"), std::string::npos) << one.change.reason;
  EXPECT_NE(one.change.action.statement.find("maxStalenessSeconds=120"), std::string::npos);
  EXPECT_GT(engine_->cost().statements, cost + 10) << "the other member's counted, too";
  EXPECT_TRUE(ledger().entries({}).value().empty()) << "nothing was changed";
}

TEST_P(MongodbMembers, AMemberThatGoesAwayEndsItsTrialOnly) {
  if (server().members() < 2) GTEST_SKIP() << "there is no other member";
  Replayable nowhere = read(R"(db.orders.find({status: "open"}))");
  nowhere.on_member = "127.0.0.1:1";
  for (int i = 0; i < 2; ++i) {
    const auto refused = engine_->measure(nowhere, 5);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().kind, ErrorKind::refused) << refused.error().text();
  }
  if (!server().may_break()) GTEST_SKIP() << would_disturb;
  const auto& members = collected_.snapshot.replication.members;
  const auto other =
      std::find_if(members.begin(), members.end(), [](const auto& one) { return !one.self; });
  ASSERT_NE(other, members.end());
  Replayable there = read(R"(db.orders.find({status: "open"}))");
  there.on_member = other->name;
  const auto before = engine_->measure(there, 30);
  ASSERT_TRUE(before.ok()) << before.error().text();
  EXPECT_EQ(before->rows, 151);
  std::size_t number = 0;
  while (server().member_url(number).find(other->name) == std::string::npos) ++number;
  server().kill(number);
  const auto gone = engine_->measure(there, 30);
  ASSERT_FALSE(gone.ok());
  EXPECT_EQ(gone.error().kind, ErrorKind::refused) << gone.error().text();
  there.on_member.clear();
  const auto here = engine_->measure(there, 30);
  ASSERT_TRUE(here.ok()) << here.error().text();
  EXPECT_EQ(here->result_digest, before->result_digest);
  server().restart(number);
}

// Apart, so that each kind of server is started once.
INSTANTIATE_TEST_SUITE_P(One, MongodbReplay, ::testing::Values(1));
INSTANTIATE_TEST_SUITE_P(Set, MongodbReplay, ::testing::Values(3));
INSTANTIATE_TEST_SUITE_P(One, MongodbMembers, ::testing::Values(1));
INSTANTIATE_TEST_SUITE_P(Set, MongodbMembers, ::testing::Values(3));

}  // namespace
}  // namespace whet::test
