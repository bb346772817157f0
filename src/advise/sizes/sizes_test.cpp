// Page counts that are given here were read from PostgreSQL 15.
#include "advise/sizes/sizes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace whet::advise {
namespace {

model::Column column(const std::string& name, const std::string& type, double distinct) {
  model::Column out;
  out.name = name;
  out.type = out.base_type = type;
  out.length = type == "int8" ? 8 : type == "int4" ? 4 : -1;
  out.alignment = type == "int8" ? 8 : 4;
  out.stats = model::ColumnStats{};
  out.stats->average_width = type == "int8" ? 8 : type == "int4" ? 4 : 9;
  out.stats->distinct = distinct;
  return out;
}

model::Table table(double rows, std::vector<model::Column> columns) {
  model::Table out;
  out.id = 1;
  out.schema = "public";
  out.name = "t";
  out.row_estimate = rows;
  out.pages = static_cast<std::int64_t>(rows / 100);
  out.columns = std::move(columns);
  return out;
}

model::Index btree(const std::vector<std::string>& columns) {
  model::Index out;
  out.method = "btree";
  for (const auto& name : columns) {
    out.parts.emplace_back();
    out.parts.back().column = name;
  }
  return out;
}

TEST(IndexSize, UniqueIntegersFillPagesAsTheServerDoes) {
  const auto t = table(1e6, {column("id", "int4", -1), column("big", "int8", -1)});
  const IndexSize size = index_size(t, btree({"id"}));
  EXPECT_EQ(size.pages, 2745);
  EXPECT_EQ(size.entries, 1e6);
  EXPECT_EQ(size.height, 2);
  EXPECT_EQ(index_size(t, btree({"big"})).pages, 2745);
  EXPECT_NEAR(index_size(t, btree({"big", "id"})).pages, 3848, 1);
}

TEST(IndexSize, EqualKeysShareListsOfRows) {
  const auto t = table(1e6, {column("kind", "int4", 41)});
  EXPECT_NEAR(index_size(t, btree({"kind"})).pages, 851, 3);
}

TEST(IndexSize, NothingIsJoinedWhereTheServerDoesNot) {
  auto t = table(1e6, {column("kind", "int4", 41), column("amount", "numeric", 41)});
  t.columns[1].stats->average_width = 5;
  auto index = btree({"kind"});
  index.unique = true;
  EXPECT_NEAR(index_size(t, index).pages, 2745, 5);
  index.unique = false;
  index.options["deduplicate_items"] = "off";
  EXPECT_GT(index_size(t, index).pages, 2740);
  index.options.clear();
  index.includes = {"kind"};
  EXPECT_GT(index_size(t, index).pages, 2740);
  EXPECT_GT(index_size(t, btree({"amount"})).pages, 2740);
  t.columns[0].base_type = "text";
  t.columns[0].length = -1;
  t.columns[0].stats->average_width = 5;
  EXPECT_LT(index_size(t, btree({"kind"})).pages, 900);
  t.columns[0].equal_may_differ = true;
  EXPECT_GT(index_size(t, btree({"kind"})).pages, 2740);
}

TEST(IndexSize, NullsAreJoinedToo) {
  auto t = table(1e6, {column("gone", "int8", -0.05)});
  t.columns[0].stats->null_fraction = 0.95;
  const double all = index_size(t, btree({"gone"})).pages;
  // 950,000 NULLs in lists of 132, nine to a page, and 50,000 values.
  EXPECT_NEAR(all, 950000.0 / 132 / 9 + 50000.0 / 366, 12);
  auto partial = btree({"gone"});
  partial.predicate = "(gone IS NOT NULL)";
  EXPECT_NEAR(index_size(t, partial).pages, 139, 2);
  EXPECT_EQ(index_size(t, partial).entries, 50000);
}

TEST(IndexSize, ACallersRowEstimateComesBeforeThePredicate) {
  const auto t = table(1e6, {column("id", "int4", -1), column("status", "text", 5)});
  auto index = btree({"id"});
  index.predicate = "(status = 'open'::text)";
  EXPECT_EQ(index_size(t, index).entries, 200000);  // one of five values
  index.row_estimate = 1000;
  EXPECT_EQ(index_size(t, index).entries, 1000);
  EXPECT_LT(index_size(t, index).pages, 8);
}

TEST(IndexSize, FillfactorCounts) {
  const auto t = table(1e6, {column("id", "int4", -1)});
  auto index = btree({"id"});
  index.options["fillfactor"] = "50";
  const double half = index_size(t, index).pages;
  index.options["fillfactor"] = "100";
  EXPECT_NEAR(half / index_size(t, index).pages, 2, 0.05);
}

TEST(IndexSize, ValuesInRunsAreMoreThanAnalyzeSaw) {
  // 4 rows of each value, next to each other; ANALYZE reads 30,000 of 120,000 pages, and so
  // estimates a quarter of the values.
  auto t = table(6e6, {column("order", "int4", 390000)});
  t.pages = 120000;
  const double scattered = index_size(t, btree({"order"})).pages;
  t.columns[0].stats->correlation = 1;
  const double runs = index_size(t, btree({"order"})).pages;
  t.columns[0].stats->correlation = 0;
  t.columns[0].stats->distinct = 1.5e6;
  const double true_count = index_size(t, btree({"order"})).pages;
  EXPECT_NEAR(runs / true_count, 1, 0.1);
  EXPECT_LT(scattered / true_count, 0.7);
}

TEST(IndexSize, ExtendedStatisticsKnowCombinations) {
  model::Snapshot snapshot;
  snapshot.schema.tables = {
      table(200000, {column("city", "int4", 150), column("zip", "int4", 3000)})};
  const model::Table& t = snapshot.schema.tables.front();
  const double independent = index_size(Facts(snapshot, {}), t, btree({"city", "zip"})).pages;
  model::ExtendedStatistics known;
  known.table = 1;
  known.distinct = {{.columns = {"zip", "city"}, .count = 3000}};
  snapshot.schema.extended_statistics = {known};
  const double informed = index_size(Facts(snapshot, {}), t, btree({"city", "zip"})).pages;
  EXPECT_NEAR(informed, index_size(t, btree({"zip"})).pages, 5);
  EXPECT_GT(independent, 2 * informed);
}

TEST(IndexSize, PartsThatFollowTheRowsRiseTogether) {
  auto t = table(1e6, {column("day", "int4", 365), column("hour", "int4", 8760)});
  const double independent = index_size(t, btree({"day", "hour"})).pages;
  for (auto& one : t.columns) one.stats->correlation = 1;
  EXPECT_LT(index_size(t, btree({"day", "hour"})).pages, independent * 0.6);
}

TEST(IndexSize, OfAPartitionedTableIsTheSum) {
  model::Snapshot snapshot;
  auto parent = table(2e6, {column("id", "int4", -1)});
  parent.kind = model::TableKind::partitioned;
  snapshot.schema.tables = {parent};
  for (int i = 2; i < 4; ++i) {
    auto leaf = table(1e6, parent.columns);
    leaf.id = i;
    leaf.parent = 1;
    leaf.is_partition = true;
    leaf.name = "t" + std::to_string(i);
    snapshot.schema.tables.push_back(leaf);
  }
  const Facts facts(snapshot, {});
  const IndexSize size = index_size(facts, *facts.table(1), btree({"id"}));
  EXPECT_EQ(size.pages, 2 * 2745);
  EXPECT_EQ(size.entries, 2e6);
}

TEST(IndexSize, IsAFigureForAnyInput) {
  auto t = table(0, {column("a", "int4", 0)});
  EXPECT_EQ(index_size(t, btree({"a"})).pages, 1);
  t.row_estimate = 1e9;
  t.columns[0].stats->distinct = -7;
  t.columns[0].stats->null_fraction = 1;
  t.columns[0].stats->common_frequencies.assign(100, 0.5);
  for (const char* method : {"btree", "hash", "brin", "gin", "gist", "spgist", "", "rum"}) {
    auto index = btree(std::vector<std::string>(40, "a"));
    index.parts.push_back({.column = "missing"});
    index.parts.push_back({.expression = "((("});
    index.includes = {"missing"};
    index.predicate = "((((a = ANY (";
    index.method = method;
    index.options["fillfactor"] = "-5";
    const double pages = index_size(t, index).pages;
    EXPECT_GE(pages, 1) << method;
    EXPECT_LT(pages, 1e12) << method;
    EXPECT_GE(hypopg_size(t, index).pages, 1) << method;
  }
  EXPECT_EQ(index_size(t, model::Index{}).pages, 0);
}

TEST(HypopgSize, TakesEachEntryAlone) {
  const auto t = table(1e6, {column("id", "int4", -1), column("kind", "int4", 4)});
  // 1e6 * (4 + 8 + 8) * 1.3 / 8152
  EXPECT_EQ(hypopg_size(t, btree({"kind"})).pages, 3189);
  EXPECT_EQ(hypopg_size(t, btree({"kind", "id"})).pages, 5103);
}

}  // namespace
}  // namespace whet::advise
