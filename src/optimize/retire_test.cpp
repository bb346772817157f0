#include "optimize/retire.h"

#include <gtest/gtest.h>

namespace whet::optimize {
namespace {

using model::ActionKind;

constexpr double now = 1e9;

model::Snapshot snapshot_with(bool hidden) {
  model::Snapshot snapshot;
  snapshot.server.engine = model::EngineKind::mysql;
  snapshot.server.version_number = 90700;
  model::Table table;
  table.schema = "shop";
  table.name = "orders";
  model::Index index;
  index.name = "i";
  index.hidden = hidden;
  table.indexes = {index};
  snapshot.schema.tables = {table};
  return snapshot;
}

ChangeOutcome drop_of_i() {
  ChangeOutcome one;
  one.change.id = "index.unused/shop.orders.i";
  one.change.risk = model::Risk::medium;
  one.change.action.kind = ActionKind::drop_index;
  one.change.action.schema = "shop";
  one.change.action.table = "orders";
  one.change.action.index = model::Index{};
  one.change.action.index->name = "i";
  return one;
}

std::vector<ledger::Entry> hidden_before(double seconds) {
  ledger::Entry entry;
  entry.id = "1";
  entry.change = drop_of_i().change;
  entry.change.action.kind = ActionKind::hide_index;
  entry.transitions = {{ledger::State::applied, now - seconds, "", ""}};
  return {entry};
}

TEST(Retire, ADropBecomesHiding) {
  std::vector<ChangeOutcome> changes = {drop_of_i()};
  soften_drops(changes, snapshot_with(false), {}, now);
  EXPECT_EQ(changes[0].change.action.kind, ActionKind::hide_index);
  EXPECT_EQ(changes[0].change.risk, model::Risk::low);
  EXPECT_EQ(changes[0].change.summary, "Hide index i of shop.orders before it is dropped");
  EXPECT_EQ(changes[0].fate, Fate::proposed);
}

TEST(Retire, NotWhereTheServerCannotHide) {
  model::Snapshot snapshot = snapshot_with(false);
  snapshot.server.version_number = 50744;
  std::vector<ChangeOutcome> changes = {drop_of_i()};
  soften_drops(changes, snapshot, {}, now);
  EXPECT_EQ(changes[0].change.action.kind, ActionKind::drop_index);
  snapshot.server.engine = model::EngineKind::postgresql;
  snapshot.server.version_number = 180000;
  soften_drops(changes, snapshot, {}, now);
  EXPECT_EQ(changes[0].change.action.kind, ActionKind::drop_index);
}

TEST(Retire, WhatIsHiddenIsWatchedAndThenDropped) {
  const model::Snapshot snapshot = snapshot_with(true);
  std::vector<ChangeOutcome> changes = {drop_of_i()};
  soften_drops(changes, snapshot, hidden_before(3600), now);
  EXPECT_EQ(changes[0].fate, Fate::superseded);
  EXPECT_TRUE(drops_after_watch(hidden_before(3600), snapshot, now).empty());

  changes = {drop_of_i()};
  soften_drops(changes, snapshot, hidden_before(8 * 86400.0), now);
  EXPECT_EQ(changes[0].fate, Fate::proposed);
  EXPECT_EQ(changes[0].change.action.kind, ActionKind::drop_index);
  const auto drops = drops_after_watch(hidden_before(8 * 86400.0), snapshot, now);
  ASSERT_EQ(drops.size(), 1U);
  ASSERT_EQ(drops[0].changes.size(), 1U);
  EXPECT_EQ(drops[0].changes[0].action.kind, ActionKind::drop_index);
  EXPECT_EQ(drops[0].changes[0].summary, "Drop index i of shop.orders, hidden for 8 d");
}

TEST(Retire, WhatSomebodyShowedAgainStays) {
  EXPECT_TRUE(drops_after_watch(hidden_before(8 * 86400.0), snapshot_with(false), now).empty());
}

}  // namespace
}  // namespace whet::optimize
