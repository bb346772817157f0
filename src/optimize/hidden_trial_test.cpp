// Indexes that are built hidden, tried, and revealed or dropped: against a fake target.
#include "optimize/hidden_trial.h"

#include <gtest/gtest.h>

#include "optimize/recover.h"
#include "support/fake_engine.h"
#include "support/temp_folder.h"

namespace whet::optimize {
namespace {

using ledger::State;

class HiddenTrialTest : public ::testing::Test {
 protected:
  HiddenTrialTest()
      : ledger_(ledger::Ledger::open(folder_ / "ledger.sqlite").value()),
        context_{engine_, ledger_, progress_, {[] { return 1.0; }, [] { return 1.0; }}} {
    world_.hides = true;
    world_.read = [](const engine::Replayable& read, const std::set<std::string>& present) {
      engine::Measurement one;
      const bool helped = present.contains("good") && read.statement_id == "q";
      const bool harmed = present.contains("bad") && read.statement_id == "q2";
      one.elapsed_ms = helped ? 2 : harmed ? 90 : 20;
      one.plan_shape = helped ? "ref t good_idx" : harmed ? "ref t bad_idx" : "ALL t";
      return one;
    };
    for (const char* id : {"q", "q2", "c"}) {
      model::Statement statement;
      statement.id = id;
      statement.text = std::string("SELECT * FROM ") + (id[0] == 'c' ? "other" : "t") + " " + id;
      snapshot_.workload.statements.push_back(statement);
      Item item;
      item.statement_id = id;
      item.control = id[0] == 'c';
      item.reads = {{id, statement.text, true}};
      items_.push_back(item);
    }
    for (const char* id : {"good", "idle", "bad"}) {
      ChangeOutcome one;
      one.change.id = id;
      one.change.action.kind = model::ActionKind::create_index;
      one.change.action.schema = "shop";
      one.change.action.table = "t";
      one.change.action.index = model::Index{};
      one.change.action.index->name = std::string(id) + "_idx";
      one.change.action.inverse = "DROP";
      one.change.affected = {"q"};
      changes_.push_back(one);
    }
  }

  Status run() {
    test::FakeExecutor executor(world_);
    Site site{executor, "fake", "7/db"};
    return try_hidden(changes_, items_, snapshot_, {}, site, context_);
  }
  State state_of(std::size_t i) { return ledger_.find(changes_[i].ledger_id)->state(); }

  test::FakeWorld world_;
  test::FakeEngine engine_{world_};
  test::TempFolder folder_;
  ledger::Ledger ledger_;
  NoProgress progress_;
  Context context_;
  model::Snapshot snapshot_;
  std::vector<Item> items_;
  std::vector<ChangeOutcome> changes_;
};

TEST_F(HiddenTrialTest, WinnersAreRevealedAndLosersDropped) {
  const Status done = run();
  ASSERT_TRUE(done.ok()) << done.error().text();
  EXPECT_EQ(changes_[0].fate, Fate::applied);
  EXPECT_EQ(state_of(0), State::applied);
  const auto entry = ledger_.find(changes_[0].ledger_id);
  EXPECT_NE(entry->transitions.back().reason.find("20 ms without and 2 ms with"), std::string::npos)
      << entry->transitions.back().reason;
  EXPECT_FALSE(entry->transitions.back().measurements.empty());
  for (const std::size_t loser : {1U, 2U}) {
    EXPECT_EQ(changes_[loser].fate, Fate::unhelpful);
    EXPECT_EQ(state_of(loser), State::failed);
    EXPECT_NE(changes_[loser].reason.find("dropped"), std::string::npos);
  }
  EXPECT_EQ(world_.present, (std::set<std::string>{"good"}));
  EXPECT_TRUE(world_.hidden.empty());
}

TEST_F(HiddenTrialTest, ReadsThatItIsNotForDoNotSpeakAgainstIt) {
  // Of the one that it is for nothing was measured; the other read of the table stays as it is.
  changes_.resize(2);
  changes_[1].change.affected = {"not measured"};
  ASSERT_TRUE(run().ok());
  EXPECT_EQ(changes_[1].fate, Fate::applied);
}

TEST_F(HiddenTrialTest, WithoutMeasuredReadsNothingSpeaksAgainstThem) {
  items_.clear();
  ASSERT_TRUE(run().ok());
  EXPECT_EQ(world_.present.size(), 3U);
  EXPECT_EQ(changes_[1].fate, Fate::applied);
}

TEST_F(HiddenTrialTest, FarLessWorkCountsWhereTimesAreNoisy) {
  int round = 0;
  world_.read = [&round](const engine::Replayable& read, const std::set<std::string>& present) {
    engine::Measurement one;
    const bool used = present.contains("good") && read.statement_id == "q";
    one.elapsed_ms = (used ? 10 : 12) * (++round % 3 == 0 ? 9 : 1);
    one.shared_blocks = used ? 10 : 1000;
    one.plan_shape = used ? "ref t good_idx" : "ALL t";
    return one;
  };
  ASSERT_TRUE(run().ok());
  EXPECT_EQ(changes_[0].fate, Fate::applied) << changes_[0].reason;
  EXPECT_NE(ledger_.find(changes_[0].ledger_id)->transitions.back().reason.find("far less work"),
            std::string::npos);
}

TEST_F(HiddenTrialTest, WhenStoppedNothingIsLeft) {
  world_.fails = {{"q", {ErrorKind::interrupted, "Stopped.", "", ""}}};
  world_.fails_after = 4;
  const Status done = run();
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().kind, ErrorKind::interrupted);
  for (std::size_t i = 0; i < changes_.size(); ++i) {
    EXPECT_EQ(changes_[i].fate, Fate::interrupted);
    EXPECT_EQ(state_of(i), State::failed);
  }
  EXPECT_TRUE(world_.hidden.empty());
  EXPECT_TRUE(world_.present.empty());
}

TEST_F(HiddenTrialTest, WhenTheServerIsLostTheNextRunRemovesThem) {
  world_.fails = {{"q", {ErrorKind::unreachable, "Gone.", "", ""}}};
  ASSERT_FALSE(run().ok());
  EXPECT_EQ(state_of(0), State::applying);
  EXPECT_EQ(world_.hidden.size(), 3U);
  world_.fails.clear();
  test::FakeExecutor executor(world_);
  Site site{executor, "fake", "7/db"};
  const auto settled = recover(site, context_);
  ASSERT_TRUE(settled.ok());
  ASSERT_EQ(settled->size(), 3U);
  EXPECT_EQ(settled->front().found, "partial");
  EXPECT_EQ(state_of(0), State::failed);
  EXPECT_TRUE(world_.hidden.empty());
}

TEST_F(HiddenTrialTest, ABuildThatFailsDoesNotStopTheOthers) {
  world_.apply_fails = {{"good", {ErrorKind::refused, "The disk is full.", "", "1021"}}};
  ASSERT_TRUE(run().ok());
  EXPECT_EQ(changes_[0].fate, Fate::failed);
  EXPECT_EQ(state_of(0), State::failed);
  EXPECT_EQ(changes_[1].fate, Fate::unhelpful);
}

TEST_F(HiddenTrialTest, IsOnlyForTargetsThatCan) {
  world_.hides = false;
  ASSERT_TRUE(run().ok());
  EXPECT_EQ(changes_[0].fate, Fate::proposed);
  EXPECT_TRUE(world_.log.empty());
}

}  // namespace
}  // namespace whet::optimize
