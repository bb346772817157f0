// The whole loop against a fake target: what is applied, measured, judged, taken back, and what the
// ledger says of it.
#include "optimize/optimize.h"

#include <gtest/gtest.h>

#include "support/fake_engine.h"
#include "support/temp_folder.h"

namespace whet::optimize {
namespace {

using ledger::State;

class OptimizeTest : public ::testing::Test {
 protected:
  OptimizeTest() {
    auto opened = ledger::Ledger::open(folder_ / "ledger.sqlite");
    EXPECT_TRUE(opened.ok());
    ledger_ = std::make_unique<ledger::Ledger>(std::move(opened).value());
    world_.read = [](const engine::Replayable& read, const std::set<std::string>& present) {
      engine::Measurement one;
      const bool helped = present.contains("good") && read.statement_id == "q";
      const bool harmed = present.contains("bad") && read.statement_id == "q2";
      one.elapsed_ms = helped ? 2 : harmed ? 90 : 20;
      one.plan_shape = helped   ? "Index Scan t good_idx"
                       : harmed ? "Index Scan t bad_idx"
                                : "Seq Scan t";
      one.result_digest = "same";
      return one;
    };
    for (const char* id : {"q", "q2", "c1", "c2"}) {
      model::Statement statement;
      statement.id = id;
      statement.kind = model::StatementKind::select;
      statement.text = std::string("SELECT * FROM ") + (id[0] == 'c' ? "other" : "t") + " " + id;
      statement.total.calls = 100;
      collected_.snapshot.workload.statements.push_back(statement);
    }
    collected_.snapshot.workload.age_seconds = 3600;
    options_.apply = true;
  }

  static model::Finding new_index(const std::string& id, const std::vector<std::string>& affected) {
    model::Change change;
    change.id = id;
    change.summary = "Create " + id;
    change.action.kind = model::ActionKind::create_index;
    change.action.schema = "public";
    change.action.table = "t";
    change.action.index = model::Index{};
    change.action.index->name = id + "_idx";
    change.action.inverse = "DROP";
    change.affected = affected;
    model::Finding finding;
    finding.id = "index.missing";
    finding.changes = {change};
    return finding;
  }

  Outcome run(const std::vector<model::Finding>& findings) {
    Context context{engine_, *ledger_, *progress_, clock_};
    auto outcome = optimize::run(collected_, findings, options_, context);
    EXPECT_TRUE(outcome.ok()) << outcome.error().text();
    return outcome ? std::move(outcome).value() : Outcome{};
  }
  State state(const std::string& id) { return ledger_->find(id)->state(); }

  test::TempFolder folder_;
  std::unique_ptr<ledger::Ledger> ledger_;
  test::FakeWorld world_;
  test::FakeEngine engine_{world_};
  NoProgress silent_;
  Progress* progress_ = &silent_;
  double time_ = 1000;
  Clock clock_{[this] { return time_ += 1; }, [this] { return time_; }};
  engine::Collected collected_;
  Options options_;
};

TEST_F(OptimizeTest, ADryRunChangesNothing) {
  options_.apply = false;
  const Outcome outcome = run({new_index("good", {"q"})});
  EXPECT_TRUE(outcome.dry_run);
  EXPECT_EQ(outcome.count(Fate::proposed), 1);
  EXPECT_TRUE(world_.log.empty());
  EXPECT_EQ(engine_.measured, 0);
  EXPECT_TRUE(ledger_->entries({})->empty());
}

TEST_F(OptimizeTest, ADryRunTellsWhatAnEarlierRunLeft) {
  options_.apply = false;
  const auto id = ledger_->plan("fake", "7/db", new_index("a", {}).changes[0], 1).value();
  ASSERT_TRUE(ledger_->advance(id, {State::applying, 2, "", ""}).ok());
  const Outcome outcome = run({});
  ASSERT_EQ(outcome.notes.size(), 1U);
  EXPECT_NE(outcome.notes[0].find("left 1 change unfinished"), std::string::npos);
  EXPECT_EQ(state(id), State::applying);
}

TEST_F(OptimizeTest, AGoodChangeIsAppliedMeasuredAndVerified) {
  const Outcome outcome = run({new_index("good", {"q"})});
  ASSERT_EQ(outcome.changes.size(), 1U);
  const ChangeOutcome& one = outcome.changes[0];
  EXPECT_EQ(one.fate, Fate::verified) << one.reason;
  EXPECT_EQ(state(one.ledger_id), State::verified);
  const auto entry = ledger_->find(one.ledger_id);
  EXPECT_NE(entry->transitions.back().measurements.find("\"statement_id\":\"q\""),
            std::string::npos);
  ASSERT_EQ(outcome.statements.size(), 4U);
  EXPECT_EQ(outcome.statements[0].statement_id, "q");
  EXPECT_EQ(outcome.statements[0].verdict, Verdict::faster);
  EXPECT_TRUE(outcome.statements[3].control);
  ASSERT_TRUE(outcome.totals.drift.has_value());
  EXPECT_NEAR(*outcome.totals.drift, 1, 1e-9);
  EXPECT_EQ(outcome.totals.faster, 1);
  EXPECT_NE(to_json(outcome).find("\"fate\":\"verified\""), std::string::npos);
}

TEST_F(OptimizeTest, AHarmfulChangeIsTakenBackByItself) {
  const Outcome outcome = run({new_index("good", {"q"}), new_index("bad", {"q2"})});
  EXPECT_EQ(outcome.changes[0].fate, Fate::verified);
  EXPECT_EQ(outcome.changes[1].fate, Fate::reverted);
  EXPECT_NE(outcome.changes[1].reason.find("became slower"), std::string::npos);
  EXPECT_EQ(state(outcome.changes[1].ledger_id), State::reverted);
  EXPECT_EQ(world_.present, std::set<std::string>{"good"});
  EXPECT_EQ(outcome.totals.slower, 0) << "measured again after it was taken back";
}

TEST_F(OptimizeTest, AnIndexThatNothingUsesIsTakenBack) {
  const Outcome outcome = run({new_index("useless", {"q"})});
  EXPECT_EQ(outcome.changes[0].fate, Fate::reverted);
  EXPECT_TRUE(world_.present.empty());
}

TEST_F(OptimizeTest, ARefusedChangeIsJournalledAndTheOthersGoOn) {
  world_.check_fails["bad"] = Error{ErrorKind::refused, "Not the owner.", "", "42501"};
  const Outcome outcome = run({new_index("bad", {"q2"}), new_index("good", {"q"})});
  EXPECT_EQ(outcome.changes[0].fate, Fate::refused);
  EXPECT_EQ(state(outcome.changes[0].ledger_id), State::failed);
  EXPECT_EQ(outcome.changes[1].fate, Fate::verified);
}

TEST_F(OptimizeTest, AFailureThatLeftNothingIsFailed) {
  world_.apply_fails["bad"] = Error{ErrorKind::timeout, "Lock timeout.", "", "55P03"};
  const Outcome outcome = run({new_index("bad", {"q2"})});
  EXPECT_EQ(outcome.changes[0].fate, Fate::failed);
  EXPECT_EQ(state(outcome.changes[0].ledger_id), State::failed);
}

TEST_F(OptimizeTest, AFailureThatLeftSomethingStaysOpenUntilTheNextRunRemovesIt) {
  world_.apply_fails["bad"] = Error{ErrorKind::refused, "Disk full.", "", "53100"};
  world_.apply_breaks = {"bad"};
  const Outcome first = run({new_index("bad", {"q2"})});
  EXPECT_EQ(first.changes[0].fate, Fate::failed);
  EXPECT_EQ(state(first.changes[0].ledger_id), State::applying);
  const Outcome second = run({});
  ASSERT_EQ(second.recovered.size(), 1U);
  EXPECT_EQ(second.recovered[0].found, "partial");
  EXPECT_NE(second.recovered[0].done.find("removed"), std::string::npos);
  EXPECT_EQ(state(first.changes[0].ledger_id), State::failed);
  EXPECT_TRUE(world_.partial.empty());
}

TEST_F(OptimizeTest, WhatCannotBeRemovedStaysOpenAndIsSaid) {
  world_.apply_fails["bad"] = Error{ErrorKind::refused, "Disk full.", "", "53100"};
  world_.apply_breaks = world_.clean_fails = {"bad"};
  const Outcome first = run({new_index("bad", {"q2"})});
  const Outcome second = run({});
  ASSERT_EQ(second.recovered.size(), 1U);
  EXPECT_NE(second.recovered[0].done.find("the next run tries again"), std::string::npos);
  EXPECT_EQ(state(first.changes[0].ledger_id), State::applying);
}

TEST_F(OptimizeTest, AnAnswerThatWasLostIsFoundOut) {
  world_.apply_fails["good"] = Error{ErrorKind::unreachable, "Connection lost.", "", ""};
  world_.present = {"good"};
  const Outcome outcome = run({new_index("good", {"q"})});
  EXPECT_EQ(outcome.changes[0].fate == Fate::failed, false) << outcome.changes[0].reason;
  EXPECT_NE(state(outcome.changes[0].ledger_id), State::failed);
}

TEST_F(OptimizeTest, AReadThatFailsIsNotedWithoutItsValues) {
  world_.fails = {
      {"q2", Error{ErrorKind::refused, "The server refused 'SELECT secret'.", "", "42501"}}};
  const Outcome outcome = run({new_index("good", {"q"})});
  EXPECT_EQ(outcome.changes[0].fate, Fate::verified);
  const std::string json = to_json(outcome);
  EXPECT_EQ(json.find("secret"), std::string::npos);
  EXPECT_NE(json.find("SQLSTATE 42501"), std::string::npos);
}

TEST_F(OptimizeTest, ALostServerEndsTheRunAndPointsToTheLedger) {
  world_.fails = {{"c1", Error{ErrorKind::unreachable, "Gone.", "", ""}}};
  world_.fails_after = 42;  // before: ten rounds of four reads
  Context context{engine_, *ledger_, *progress_, clock_};
  const auto outcome = optimize::run(collected_, {new_index("good", {"q"})}, options_, context);
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().kind, ErrorKind::unreachable);
  EXPECT_NE(outcome.error().hint.find("whet ledger"), std::string::npos);
  EXPECT_EQ(ledger_->entries({})->front().state(), State::applied);
}

TEST_F(OptimizeTest, RecoversEveryKindOfOpenEntry) {
  Context context{engine_, *ledger_, *progress_, clock_};
  const auto entry = [&](const std::string& id, const std::vector<State>& states) {
    const auto finding = new_index(id, {});
    const std::string made = ledger_->plan("fake", "7/db", finding.changes[0], time_).value();
    for (const State one : states) EXPECT_TRUE(ledger_->advance(made, {one, time_, "", ""}).ok());
    return made;
  };
  const auto planned = entry("p", {});
  const auto absent = entry("a", {State::applying});
  const auto present = entry("done", {State::applying});
  const auto reverting = entry("r", {State::applying, State::applied, State::reverting});
  const auto elsewhere = ledger_->plan("fake2", "8/db", new_index("x", {}).changes[0], 1).value();
  world_.present = {"done", "r"};
  const Outcome outcome = run({});
  EXPECT_EQ(outcome.recovered.size(), 4U);
  EXPECT_EQ(state(planned), State::failed);
  EXPECT_EQ(state(absent), State::failed);
  EXPECT_EQ(state(present), State::applied);
  EXPECT_EQ(state(reverting), State::reverted);
  EXPECT_EQ(state(elsewhere), State::planned) << "another target's entries are not ours";
  EXPECT_EQ(world_.present, std::set<std::string>{"done"});
}

TEST_F(OptimizeTest, DeclinedChangesAreNotDoneAndSafeOnesAreNotAsked) {
  auto safe = new_index("good", {"q"});
  auto risky = new_index("bad", {"q2"});
  risky.changes[0].risk = model::Risk::low;
  int asked = 0;
  options_.approve = [&](const ChangeOutcome& one) {
    ++asked;
    EXPECT_EQ(one.change.id, "bad");
    return false;
  };
  const Outcome outcome = run({safe, risky});
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(outcome.count(Fate::declined), 1);
  EXPECT_EQ(outcome.count(Fate::verified), 1);
}

TEST_F(OptimizeTest, StoppingLeavesAConsistentLedger) {
  for (int after = 0; after < 120; after += 3) {
    test::StopAfter stop(after);
    progress_ = &stop;
    const Outcome outcome = run({new_index("good", {"q"})});
    const auto entries = ledger_->entries({});
    for (const auto& entry : *entries) {
      EXPECT_NE(entry.state(), State::applying) << after;
      EXPECT_NE(entry.state(), State::reverting) << after;
    }
    if (outcome.interrupted) {
      EXPECT_EQ(outcome.count(Fate::proposed), 0) << after;
    }
    world_.present.clear();
  }
}

TEST_F(OptimizeTest, UndoTakesBackTheNewestFirstAndOnlyOnItsTarget) {
  static_cast<void>(run({new_index("good", {"q"})}));
  auto other = new_index("writes", {"w"});
  static_cast<void>(run({other}));
  world_.log.clear();
  Context context{engine_, *ledger_, *progress_, clock_};
  std::vector<Recovered> recovered;
  const auto undone = undo_on_target("", context, recovered);
  ASSERT_TRUE(undone.ok());
  ASSERT_EQ(undone->size(), 2U);
  EXPECT_EQ(world_.log, (std::vector<std::string>{"revert writes", "revert good"}));
  const auto entries = ledger_->entries({});
  for (const auto& entry : *entries) EXPECT_EQ(entry.state(), State::reverted);
  EXPECT_EQ(undo_on_target("19", context, recovered).error().kind, ErrorKind::usage);
}

TEST_F(OptimizeTest, AnUndoThatFailsIsAppliedAgainAndSaysWhy) {
  const Outcome outcome = run({new_index("good", {"q"})});
  world_.revert_fails["good"] = Error{ErrorKind::timeout, "Lock timeout.", "", "55P03"};
  Context context{engine_, *ledger_, *progress_, clock_};
  std::vector<Recovered> recovered;
  const auto undone = undo_on_target(outcome.changes[0].ledger_id, context, recovered);
  ASSERT_TRUE(undone.ok());
  EXPECT_FALSE(undone->front().done);
  const auto entry = ledger_->find(outcome.changes[0].ledger_id);
  EXPECT_EQ(entry->state(), State::applied);
  EXPECT_NE(entry->transitions.back().reason.find("could not be taken back"), std::string::npos);
}

}  // namespace
}  // namespace whet::optimize
