// Which reads could go to a secondary, and what is told of them.
#include "optimize/read_preference.h"

#include <gtest/gtest.h>

#include "support/fake_engine.h"
#include "support/temp_folder.h"

namespace whet::optimize {
namespace {

using model::GroupMember;

GroupMember member(const std::string& name, const std::string& state, std::int64_t reads) {
  GroupMember one;
  one.name = name;
  one.state = state;
  one.healthy = true;
  one.reached = true;
  one.self = state == "PRIMARY";
  one.reads = reads;
  if (state == "SECONDARY") one.lag_seconds = 2;
  return one;
}

model::Statement read(const std::string& id, double ms) {
  model::Statement one;
  one.id = id;
  one.text = "db.orders.find({" + id + ": ?})";
  one.kind = model::StatementKind::select;
  one.total.calls = 100;
  one.total.execution_ms = ms;
  return one;
}

model::Snapshot set_of_three() {
  model::Snapshot snapshot;
  snapshot.server.engine = model::EngineKind::mongodb;
  snapshot.server.topology = "replica set";
  snapshot.window_seconds = 10;
  snapshot.replication.members = {member("a:1", "PRIMARY", 900), member("b:1", "SECONDARY", 300),
                                  member("c:1", "SECONDARY", 20)};
  snapshot.workload.statements = {read("big", 9000), read("small", 10)};
  return snapshot;
}

TEST(IdleSecondary, IsTheOneWithTheLeastToDo) {
  auto snapshot = set_of_three();
  ASSERT_NE(idle_secondary(snapshot), nullptr);
  EXPECT_EQ(idle_secondary(snapshot)->name, "c:1");
}

TEST(IdleSecondary, IsSoundVisibleAndUpToDate) {
  const auto spoiled = [](void (*spoil)(GroupMember&)) {
    auto snapshot = set_of_three();
    spoil(snapshot.replication.members[2]);
    const GroupMember* found = idle_secondary(snapshot);
    return found == nullptr ? "" : found->name;
  };
  EXPECT_EQ(spoiled([](GroupMember& one) { one.hidden = true; }), "b:1");
  EXPECT_EQ(spoiled([](GroupMember& one) { one.delay_seconds = 3600; }), "b:1");
  EXPECT_EQ(spoiled([](GroupMember& one) { one.lag_seconds = 10; }), "b:1");
  EXPECT_EQ(spoiled([](GroupMember& one) { one.lag_seconds.reset(); }), "b:1");
  EXPECT_EQ(spoiled([](GroupMember& one) { one.reached = false; }), "b:1");
  EXPECT_EQ(spoiled([](GroupMember& one) { one.healthy = false; }), "b:1");
  EXPECT_EQ(spoiled([](GroupMember& one) { one.state = "RECOVERING"; }), "b:1");
  EXPECT_EQ(spoiled([](GroupMember& one) { one.writes = 1; }), "c:1");
}

TEST(IdleSecondary, IsNotEverywhere) {
  auto snapshot = set_of_three();
  snapshot.replication.members[0].reads = 30;
  EXPECT_EQ(idle_secondary(snapshot), nullptr) << "the primary has nothing to spare";
  snapshot = set_of_three();
  snapshot.replication.members[0].self = false;
  EXPECT_EQ(idle_secondary(snapshot), nullptr) << "the workload is not the primary's";
  snapshot = set_of_three();
  snapshot.replication.members.resize(1);
  EXPECT_EQ(idle_secondary(snapshot), nullptr) << "a set of one";
  for (const char* topology : {"standalone", "sharded"}) {
    snapshot = set_of_three();
    snapshot.server.topology = topology;
    EXPECT_EQ(idle_secondary(snapshot), nullptr) << topology;
  }
  snapshot = set_of_three();
  snapshot.server.engine = model::EngineKind::mysql;
  EXPECT_EQ(idle_secondary(snapshot), nullptr);
}

class ReadPreferenceTest : public ::testing::Test {
 protected:
  ReadPreferenceTest()
      : ledger_(ledger::Ledger::open(folder_ / "ledger.sqlite").value()),
        context_{engine_, ledger_, progress_, {[] { return 1.0; }, [] { return 1.0; }}} {
    collected_.snapshot = set_of_three();
    world_.read = [this](const engine::Replayable& one, const std::set<std::string>&) {
      asked_.push_back(one.statement_id + "@" + one.on_member);
      const bool secondary = one.on_member == "c:1";
      engine::Measurement measured;
      measured.elapsed_ms = secondary ? secondary_ms_ : 20;
      measured.result_digest = secondary ? secondary_rows_ : "same";
      return measured;
    };
  }

  std::vector<ChangeOutcome> tried() {
    auto told = try_read_preference(collected_, {}, {}, context_);
    EXPECT_TRUE(told.ok()) << told.error().text();
    return told ? std::move(told).value() : std::vector<ChangeOutcome>{};
  }

  double secondary_ms_ = 5;
  std::string secondary_rows_ = "same";
  std::vector<std::string> asked_;
  test::FakeWorld world_;
  test::FakeEngine engine_{world_};
  test::TempFolder folder_;
  ledger::Ledger ledger_;
  NoProgress progress_;
  Context context_;
  engine::Collected collected_;
};

TEST_F(ReadPreferenceTest, IsToldWithItsFigures) {
  const auto told = tried();
  ASSERT_EQ(told.size(), 1U) << "the small one relieves nobody";
  EXPECT_EQ(told[0].fate, Fate::told) << "never applied";
  EXPECT_EQ(told[0].change.action.kind, model::ActionKind::manual);
  EXPECT_EQ(told[0].change.affected, std::vector<std::string>{"big"});
  EXPECT_NE(told[0].change.action.statement.find(
                "readPreference=secondaryPreferred&maxStalenessSeconds=120\ndb.orders.find"),
            std::string::npos)
      << told[0].change.action.statement;
  for (const char* part :
       {"20 ms in 9 executions on the primary a:1", "5 ms in 9 on the secondary c:1",
        "the same rows", "the primary for 900 operations and the secondary for 20", "was 2 s old",
        "99.9 % of the time of all statements"})
    EXPECT_NE(told[0].change.reason.find(part), std::string::npos)
        << part << ": " << told[0].change.reason;
  EXPECT_NE(told[0].reason.find("When a member fails"), std::string::npos) << told[0].reason;
}

TEST_F(ReadPreferenceTest, BothMembersAreAskedInTurns) {
  static_cast<void>(tried());
  ASSERT_GE(asked_.size(), 5U);
  const auto last = asked_.size() - 1;
  EXPECT_EQ(asked_[last], "big@c:1");
  EXPECT_EQ(asked_[last - 1], "big@a:1");
  EXPECT_EQ(asked_[last - 2], "big@c:1");
}

TEST_F(ReadPreferenceTest, AsFastIsEnoughToRelieveThePrimary) {
  secondary_ms_ = 20;
  const auto told = tried();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].fate, Fate::told);
}

TEST_F(ReadPreferenceTest, SlowerOrOtherRowsStayOnThePrimary) {
  secondary_ms_ = 60;
  auto told = tried();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].fate, Fate::unhelpful);
  EXPECT_NE(told[0].reason.find("slower"), std::string::npos) << told[0].reason;
  secondary_ms_ = 5;
  secondary_rows_ = "older";
  told = tried();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].fate, Fate::unhelpful);
  EXPECT_NE(told[0].reason.find("needs fresh data"), std::string::npos) << told[0].reason;
  EXPECT_NE(told[0].change.reason.find("and other rows."), std::string::npos)
      << told[0].change.reason;
}

TEST_F(ReadPreferenceTest, OnlyReadsOfThePrimary) {
  auto& one = collected_.snapshot.workload.statements[0];
  one.read_preference = "primary";
  EXPECT_EQ(tried().size(), 1U);
  for (const char* other : {"secondary", "secondaryPreferred", "primaryPreferred", "nearest"}) {
    one.read_preference = other;
    EXPECT_TRUE(tried().empty()) << other;
  }
  one.read_preference = "";
  one.read_concern = "linearizable";
  EXPECT_TRUE(tried().empty()) << "a secondary refuses it";
  one.read_concern = "";
  one.kind = model::StatementKind::update;
  EXPECT_TRUE(tried().empty());
}

TEST_F(ReadPreferenceTest, AReadThatCannotBeMeasuredIsNotTold) {
  world_.fails = {{"big", Error{ErrorKind::refused, "The member c:1 cannot be reached.", "", ""}}};
  world_.fails_after = 2;
  EXPECT_TRUE(tried().empty());
  collected_.snapshot.replication.members.resize(1);
  engine_.measured = 0;
  EXPECT_TRUE(tried().empty());
  EXPECT_EQ(engine_.measured, 0) << "a set of one is not even measured";
}

}  // namespace
}  // namespace whet::optimize
