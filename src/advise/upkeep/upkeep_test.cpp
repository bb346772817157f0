#include "advise/upkeep/upkeep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace whet::advise {
namespace {

model::Column integers(const std::string& name, double correlation) {
  model::Column column;
  column.name = name;
  column.type = "integer";
  column.base_type = "int4";
  column.length = column.alignment = 4;
  column.stats = model::ColumnStats{.average_width = 4, .distinct = -1};
  column.stats->correlation = correlation;
  return column;
}

model::Index on(const std::vector<std::string>& columns, std::int64_t id = 0) {
  model::Index index;
  index.id = id;
  index.method = "btree";
  for (const auto& column : columns) {
    index.parts.emplace_back();
    index.parts.back().column = column;
  }
  return index;
}

/// A table of a million rows whose counters are of one hour.
model::Snapshot world() {
  model::Snapshot snapshot;
  model::Table table;
  table.id = 1;
  table.schema = "public";
  table.name = "items";
  table.row_estimate = 1e6;
  table.pages = 10000;
  table.columns = {integers("id", 1), integers("owner", 0), integers("state", 0)};
  table.indexes = {on({"id"}, 10)};
  table.total.inserts = 1000;
  snapshot.schema.tables = {table};
  snapshot.server.uptime_seconds = 3600;
  snapshot.workload.age_seconds = 3600;
  return snapshot;
}

void add_update(model::Snapshot& snapshot, const std::string& text, std::int64_t rows) {
  model::Statement statement;
  statement.kind = model::StatementKind::update;
  statement.text = text;
  statement.total.calls = statement.total.rows = rows;
  snapshot.workload.statements.push_back(statement);
}

Upkeep of(const model::Snapshot& snapshot, const model::Index& index) {
  const Facts facts(snapshot, {});
  const model::Table& table = *facts.table(1);
  return upkeep(facts, Writes(facts), table, index, index_size(facts, table, index));
}

TEST(Upkeep, RisesWithTheRowsThatEnter) {
  auto snapshot = world();
  const double few = of(snapshot, on({"owner"})).cost;
  EXPECT_GT(few, 1000);
  snapshot.schema.tables[0].total.inserts = 10000;
  const double many = of(snapshot, on({"owner"})).cost;
  EXPECT_GT(many, 5 * few);
  snapshot.schema.tables[0].total.inserts = 0;
  EXPECT_EQ(of(snapshot, on({"owner"})).cost, 0);
}

TEST(Upkeep, KeysInRowOrderAreCheaper) {
  const auto snapshot = world();
  EXPECT_LT(of(snapshot, on({"id"})).cost, of(snapshot, on({"owner"})).cost * 0.8);
}

TEST(Upkeep, PagesThatMustBeReadCount) {
  auto snapshot = world();
  const double cached = of(snapshot, on({"owner"})).cost;
  snapshot.schema.tables[0].total.index_blocks_hit = 5000;
  snapshot.schema.tables[0].total.index_blocks_read = 5000;
  EXPECT_GT(of(snapshot, on({"owner"})).cost, cached + 1000 * 1.4);
}

TEST(Upkeep, ABrinIndexCostsLittle) {
  const auto snapshot = world();
  auto brin = on({"id"});
  brin.method = "brin";
  EXPECT_LT(of(snapshot, brin).cost, of(snapshot, on({"owner"})).cost / 4);
}

TEST(Upkeep, PartialIndexesTakeTheirShare) {
  auto snapshot = world();
  snapshot.schema.tables[0].columns[2].stats->null_fraction = 0.99;
  auto partial = on({"owner"});
  partial.predicate = "(state IS NOT NULL)";
  EXPECT_LT(of(snapshot, partial).cost, of(snapshot, on({"owner"})).cost / 50);
}

TEST(Upkeep, LostHeapOnlyUpdatesPayForAllIndexes) {
  auto snapshot = world();
  auto& total = snapshot.schema.tables[0].total;
  total.inserts = 0;
  total.updates = total.hot_updates = 1000;
  add_update(snapshot, "UPDATE items SET state = $1 WHERE id = $2", 1000);
  EXPECT_EQ(of(snapshot, on({"owner"})).cost, 0);
  const Upkeep lost = of(snapshot, on({"state"}));
  EXPECT_GT(lost.cost, 1500);
  EXPECT_THAT(lost.arithmetic, ::testing::HasSubstr("1,000 updates no longer heap-only"));
  auto include = on({"owner"});
  include.includes = {"state"};
  EXPECT_GT(of(snapshot, include).cost, 1500);
  auto partial = on({"owner"});
  partial.predicate = "(state > 5)";
  EXPECT_GT(of(snapshot, partial).cost, 1000);
}

TEST(Upkeep, UpdatesThatAnotherIndexAlreadyBlocksAreNotLostTwice) {
  auto snapshot = world();
  auto& table = snapshot.schema.tables[0];
  table.total.inserts = 0;
  table.total.updates = 1000;
  table.indexes.push_back(on({"state"}, 11));
  add_update(snapshot, "UPDATE public.items SET state = $1 WHERE id = $2", 1000);
  const Upkeep second = of(snapshot, on({"owner", "state"}));
  EXPECT_THAT(second.arithmetic, ::testing::Not(::testing::HasSubstr("no longer")));
  EXPECT_GT(second.cost, 1000);
  // The one that blocks them would give them back.
  EXPECT_THAT(of(snapshot, table.indexes[1]).arithmetic, ::testing::HasSubstr("no longer"));
}

TEST(Upkeep, BrinKeepsUpdatesHeapOnlyFrom16On) {
  auto snapshot = world();
  snapshot.schema.tables[0].total.updates = snapshot.schema.tables[0].total.hot_updates = 1000;
  add_update(snapshot, "UPDATE items SET state = $1", 1000);
  auto brin = on({"state"});
  brin.method = "brin";
  snapshot.server.version_number = 150000;
  const double before = of(snapshot, brin).cost;
  snapshot.server.version_number = 160000;
  EXPECT_LT(of(snapshot, brin).cost, before / 5);
}

TEST(Upkeep, StatementsStandInForCounters) {
  auto snapshot = world();
  snapshot.schema.tables[0].total = {};
  model::Statement insert;
  insert.kind = model::StatementKind::insert;
  insert.text = "INSERT INTO \"items\" (id) VALUES ($1)";
  insert.total.calls = 10;
  insert.total.rows = 2000;
  snapshot.workload.statements = {insert};
  EXPECT_GT(of(snapshot, on({"owner"})).cost, 1000);
}

TEST(Upkeep, OfAPartitionedTableIsTheSumOfItsLeaves) {
  auto snapshot = world();
  auto leaf = snapshot.schema.tables[0];
  snapshot.schema.tables[0].kind = model::TableKind::partitioned;
  snapshot.schema.tables[0].total = {};
  const double one = of(world(), on({"owner"})).cost;
  for (int i = 2; i < 4; ++i) {
    leaf.id = i;
    leaf.name = "items_" + std::to_string(i);
    leaf.parent = 1;
    leaf.is_partition = true;
    snapshot.schema.tables.push_back(leaf);
  }
  EXPECT_NEAR(of(snapshot, on({"owner"})).cost, 2 * one, one * 0.01);
}

}  // namespace
}  // namespace whet::advise
