#include "optimize/verify.h"

#include <gtest/gtest.h>

namespace whet::optimize {
namespace {

Series series(const std::vector<double>& ms, const std::string& shape = "scan",
              const std::string& digest = "d") {
  Series made;
  made.elapsed_ms = ms;
  made.shared_blocks.assign(ms.size(), 10);
  made.plan_shape = shape;
  made.result_digest = digest;
  return made;
}

Item item(const std::string& id, bool control = false) {
  Item made;
  made.statement_id = id;
  made.text = "SELECT " + id;
  made.control = control;
  made.calls_per_hour = 3600;
  made.reads.push_back({id, "SELECT 1", true});
  return made;
}

const std::vector<double> slow = {100, 101, 99, 102, 98, 100, 103};
const std::vector<double> fast = {10, 11, 9, 10, 10, 12, 9};

TEST(Compare, SaysFasterOnlyWhenTheIntervalDoes) {
  const auto gain = compare(item("q"), series(slow), series(fast), {});
  EXPECT_EQ(gain.verdict, Verdict::faster);
  EXPECT_NEAR(*gain.ratio, 0.1, 0.001);
  EXPECT_LE(gain.ratio_low, *gain.ratio);
  EXPECT_GE(gain.ratio_high, *gain.ratio);
  const auto noise =
      compare(item("q"), series({10, 30, 12, 25, 11}), series({9, 28, 13, 22, 12}), {});
  EXPECT_EQ(noise.verdict, Verdict::unchanged);
}

TEST(Compare, ARegressionMustMatter) {
  EXPECT_EQ(compare(item("q"), series(fast), series(slow), {}).verdict, Verdict::slower);
  // Twice as slow, but by 0.1 ms: nobody notices.
  const auto tiny =
      compare(item("q"), series({0.1, 0.1, 0.1, 0.1}), series({0.2, 0.2, 0.2, 0.2}), {});
  EXPECT_EQ(tiny.verdict, Verdict::unchanged);
  const auto slight = compare(item("q"), series(slow), series({110, 111, 109, 112, 108}), {});
  EXPECT_EQ(slight.verdict, Verdict::unchanged);
}

TEST(Compare, TooFewSamplesAreNoMeasurement) {
  const auto outcome = compare(item("q"), series({100, 100}), series(fast), {});
  EXPECT_EQ(outcome.verdict, Verdict::unmeasured);
  EXPECT_FALSE(outcome.ratio.has_value());
}

TEST(Compare, OtherRowsAreSaidUnlessTheyDifferAnyway) {
  EXPECT_TRUE(
      compare(item("q"), series(slow, "s", "a"), series(fast, "s", "b"), {}).result_changed);
  auto unstable = series(slow, "s", "a");
  unstable.results_stable = false;
  EXPECT_FALSE(compare(item("q"), unstable, series(fast, "s", "b"), {}).result_changed);
}

TEST(Compare, ATimeoutIsSaidInTheNoteAndOneIsEnoughBefore) {
  auto before = series({15000});
  before.timed_out = true;
  const auto outcome = compare(item("q"), before, series(fast), {});
  EXPECT_EQ(outcome.verdict, Verdict::faster);
  EXPECT_NE(outcome.note.find("the truth is more"), std::string::npos);
}

TEST(DriftOf, ComesFromControlsWhosePlansStayed) {
  const std::vector<Item> items = {item("c1", true), item("c2", true), item("c3", true), item("q")};
  const std::vector<Series> before = {series({10, 10, 10, 10}), series({20, 20, 20, 20}),
                                      series({5, 5, 5, 5}, "old plan"), series(slow)};
  const std::vector<Series> after = {series({15, 15, 15, 15}), series({30, 30, 30, 30}),
                                     series({50, 50, 50, 50}, "new plan"), series(slow)};
  const Drift drift = drift_of(items, before, after);
  ASSERT_TRUE(drift.ratio.has_value());
  EXPECT_NEAR(*drift.ratio, 1.5, 1e-9);
  // The same time on a machine that became slower is a gain.
  const auto outcome = compare(items[3], before[3], after[3], drift);
  EXPECT_NEAR(*outcome.ratio, 1 / 1.5, 1e-9);
  EXPECT_EQ(outcome.verdict, Verdict::faster);
}

TEST(DriftOf, NeedsTwoControls) {
  EXPECT_FALSE(drift_of({item("c", true)}, {series(fast)}, {series(slow)}).ratio.has_value());
}

TEST(UsesIndex, ReadsWholeNames) {
  EXPECT_TRUE(uses_index("Index Scan orders orders_a_idx\n", "orders_a_idx"));
  EXPECT_FALSE(uses_index("Index Scan orders orders_a_idx1\n", "orders_a_idx"));
  EXPECT_FALSE(uses_index("Index Scan orders old_orders_a_idx\n", "orders_a_idx"));
  EXPECT_FALSE(uses_index("Seq Scan", ""));
}

ChangeOutcome applied(model::ActionKind kind, const std::string& index,
                      const std::vector<std::string>& affected = {"q"}) {
  ChangeOutcome one;
  one.change.id = index;
  one.change.summary = index;
  one.change.action.kind = kind;
  one.change.action.schema = "public";
  one.change.action.table = "t";
  one.change.action.inverse = "UNDO";
  if (kind != model::ActionKind::set_setting) {
    one.change.action.index = model::Index{};
    one.change.action.index->name = index;
  }
  one.change.affected = affected;
  one.fate = Fate::applied;
  return one;
}

ChangeOutcome setting(const std::string& name) {
  auto one = applied(model::ActionKind::set_setting, name, {});
  one.change.action.setting = name;
  one.change.action.table.clear();
  return one;
}

model::Snapshot workload() {
  model::Snapshot snapshot;
  model::Statement statement;
  statement.id = "q";
  statement.kind = model::StatementKind::select;
  statement.text = "SELECT * FROM t WHERE a = $1";
  snapshot.workload.statements.push_back(statement);
  return snapshot;
}

TEST(Judge, ANewIndexMustBeUsedAndFaster) {
  const std::vector<ChangeOutcome> changes = {applied(model::ActionKind::create_index, "t_a_idx")};
  const auto snapshot = workload();
  auto good = compare_all({item("q")}, {series(slow)}, {series(fast, "Index Scan t t_a_idx")},
                          changes, snapshot);
  ASSERT_EQ(good[0].changes, std::vector<std::string>{"t_a_idx"});
  auto judgement = judge(changes[0], changes, good, snapshot);
  EXPECT_EQ(judgement.fate, Fate::verified);
  EXPECT_NE(judgement.reason.find("100 ms before and 10 ms after"), std::string::npos)
      << judgement.reason;

  // Faster, but by something else: the index gave nothing.
  auto other = compare_all({item("q")}, {series(slow)}, {series(fast, "Index Scan t t_b_idx")},
                           changes, snapshot);
  EXPECT_EQ(judge(changes[0], changes, other, snapshot).fate, Fate::reverted);
  auto used = compare_all({item("q")}, {series(slow)}, {series(slow, "Index Scan t t_a_idx")},
                          changes, snapshot);
  EXPECT_EQ(judge(changes[0], changes, used, snapshot).fate, Fate::applied);
}

TEST(Judge, WhatReadsCannotShowIsKeptAndSaid) {
  const auto snapshot = workload();
  const auto writes = applied(model::ActionKind::create_index, "t_w_idx", {"w"});
  auto judgement = judge(writes, {writes}, {}, snapshot);
  EXPECT_EQ(judgement.fate, Fate::applied);
  EXPECT_NE(judgement.reason.find("Not measured"), std::string::npos);
  const auto unreplayed = applied(model::ActionKind::create_index, "t_a_idx");
  judgement = judge(unreplayed, {unreplayed}, {}, snapshot);
  EXPECT_EQ(judgement.fate, Fate::applied);
  EXPECT_NE(judgement.reason.find("could not be replayed"), std::string::npos);
}

TEST(Judge, ADropIsVerifiedWhenNothingBecameSlower) {
  const std::vector<ChangeOutcome> changes = {applied(model::ActionKind::drop_index, "t_old", {})};
  const auto snapshot = workload();
  const auto same = compare_all({item("q")}, {series(slow)}, {series(slow)}, changes, snapshot);
  EXPECT_EQ(judge(changes[0], changes, same, snapshot).fate, Fate::verified);
  EXPECT_EQ(judge(changes[0], changes, {}, snapshot).fate, Fate::applied);
}

TEST(Judge, AnIndexesGainIsNotCreditedToTheOthers) {
  const std::vector<ChangeOutcome> changes = {applied(model::ActionKind::create_index, "t_a_idx"),
                                              applied(model::ActionKind::analyze_table, "analyze"),
                                              setting("work_mem")};
  const auto snapshot = workload();
  const auto by_index = compare_all({item("q")}, {series(slow)},
                                    {series(fast, "Index Scan t_a_idx t")}, changes, snapshot);
  EXPECT_EQ(judge(changes[0], changes, by_index, snapshot).fate, Fate::verified);
  EXPECT_EQ(judge(changes[1], changes, by_index, snapshot).fate, Fate::applied);
  EXPECT_EQ(judge(changes[2], changes, by_index, snapshot).fate, Fate::applied);
  const auto by_statistics =
      compare_all({item("q")}, {series(slow)}, {series(fast, "Hash Join t")}, changes, snapshot);
  EXPECT_EQ(judge(changes[1], changes, by_statistics, snapshot).fate, Fate::verified);
}

TEST(WithinBudget, SlowItemsKeepFewerReadsAndTheLastAreLeftOut) {
  std::vector<Item> items;
  for (int i = 0; i < 6; ++i) {
    items.push_back(item("q" + std::to_string(i)));
    items.back().expected_ms = 5000;
    items.back().reads.assign(3, {"q", "SELECT 1", true});
  }
  items.push_back(item("c", true));
  int left_out = 0;
  const auto kept = within_budget(items, {.budget_seconds = 60}, left_out);
  // Four executions of 5 s are 20 s: three fit, and the control goes before the rest.
  ASSERT_EQ(kept.size(), 4U);
  EXPECT_EQ(kept[0].reads.size(), 1U);
  EXPECT_TRUE(kept[3].control);
  EXPECT_EQ(left_out, 3);
}

TEST(WithinBudget, CheapItemsAreNeverLeftOut) {
  std::vector<Item> items;
  for (int i = 0; i < 10; ++i) {
    items.push_back(item("q" + std::to_string(i)));
    items.back().expected_ms = i < 4 ? 5000 : 100;
    items.back().reads.assign(1, {"q", "SELECT 1", true});
  }
  int left_out = 0;
  const auto kept = within_budget(items, {.budget_seconds = 60}, left_out);
  EXPECT_EQ(kept.size(), 9U);
  EXPECT_EQ(left_out, 1);
}

TEST(Suspects, TheIndexInThePlanComesBeforeTheSettingAndTheUninvolvedIsNone) {
  const std::vector<ChangeOutcome> changes = {setting("work_mem"), setting("log_lock_waits"),
                                              applied(model::ActionKind::create_index, "t_a_idx"),
                                              applied(model::ActionKind::create_index, "t_b_idx")};
  const auto outcomes = compare_all({item("q")}, {series(fast, "Seq Scan t")},
                                    {series(slow, "Index Scan t t_a_idx")}, changes, workload());
  ASSERT_EQ(outcomes[0].verdict, Verdict::slower);
  EXPECT_EQ(suspects(outcomes[0], changes), (std::vector<std::size_t>{2, 0}));
}

TEST(TotalsOf, WeighTimesByCalls) {
  const auto outcomes =
      compare_all({item("q")}, {series(slow)}, {series(fast)}, {}, model::Snapshot{});
  const Totals totals = totals_of(outcomes, {});
  EXPECT_EQ(totals.statements, 1);
  EXPECT_EQ(totals.faster, 1);
  EXPECT_NEAR(totals.seconds_per_hour_before, 360, 1e-6);
  EXPECT_NEAR(totals.seconds_per_hour_after, 36, 1e-6);
}

}  // namespace
}  // namespace whet::optimize
