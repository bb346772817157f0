#include <gtest/gtest.h>

#include "model/delta.h"
#include "model/json.h"

namespace whet::model {
namespace {

Snapshot small_snapshot() {
  Snapshot snapshot;
  snapshot.format = snapshot_format;
  snapshot.server.version = "15.18";
  snapshot.server.version_number = 150018;
  snapshot.server.settings = {{.name = "work_mem", .value = "4MB", .number = 4194304}};
  Table table;
  table.schema = "public";
  table.name = "orders";
  table.row_estimate = 0;  // known to be empty, which is not the same as unknown
  table.columns.resize(1);
  table.columns[0].stats = ColumnStats{.null_fraction = 0.25, .distinct = -1};
  snapshot.schema.tables = {table};
  Statement statement;
  statement.plan.emplace().root.children.resize(2);
  snapshot.workload.statements = {statement};
  return snapshot;
}

TEST(SnapshotJson, ComesBackAsItWas) {
  const std::string text = to_json(small_snapshot());
  const auto back = snapshot_from_json(text);
  ASSERT_TRUE(back.ok()) << back.error().text();
  EXPECT_EQ(to_json(*back), text);
  EXPECT_EQ(back->schema.tables[0].row_estimate, 0);
  EXPECT_EQ(back->workload.statements[0].plan->root.children.size(), 2U);
}

TEST(SnapshotJson, RefusesANewerFormatInASentence) {
  Snapshot snapshot = small_snapshot();
  snapshot.format = snapshot_format + 1;
  snapshot.whet_version = "9.9";
  const auto back = snapshot_from_json(to_json(snapshot));
  ASSERT_FALSE(back.ok());
  EXPECT_NE(back.error().text().find("9.9 or newer"), std::string::npos);
}

TEST(SnapshotJson, SaysWhereAWrongTypeIs) {
  const auto back =
      snapshot_from_json(R"({"format":1,"server":{"version":"16.4","settings":[{"name":3}]}})");
  ASSERT_FALSE(back.ok());
  EXPECT_NE(back.error().message.find("server.settings[0].name"), std::string::npos);
}

TEST(SnapshotJson, SaysWhereAWrongTypeIsInATable) {
  const auto back = snapshot_from_json(
      R"({"format":1,"server":{"version":"16.4"},"schema":{"tables":[{},{"columns":[{"name":3}]}]}})");
  ASSERT_FALSE(back.ok());
  EXPECT_NE(back.error().message.find("schema.tables[1].columns[0].name"), std::string::npos);
}

TEST(SnapshotJson, AnIndexHasAKey) {
  const auto back = snapshot_from_json(
      R"({"format":1,"server":{"version":"16.4"},"schema":{"tables":[{"name":"t","indexes":[{"name":"i"}]}]}})");
  ASSERT_FALSE(back.ok());
  EXPECT_NE(back.error().message.find("'i' of table 't'"), std::string::npos);
}

TEST(SnapshotJson, OtherJsonIsNoSnapshot) {
  EXPECT_FALSE(snapshot_from_json("[1]").ok());
  // What is read must be readable again: defaults are left out, so the head may not be made of
  // them.
  EXPECT_FALSE(snapshot_from_json(R"({"format":1,"server":{}})").ok());
  EXPECT_FALSE(snapshot_from_json(R"({"format":0,"server":{"version":"16.4"}})").ok());
}

TEST(SnapshotJson, FiguresThatNoServerHasAreHeldWhereArithmeticIsSafe) {
  const auto back = snapshot_from_json(
      R"({"format":1,"server":{"version":"16.4"},
          "schema":{"tables":[{"live_rows":9223372036854775807,"dead_rows":-9223372036854775808,
                               "row_estimate":1e300}],
                    "sequences":[{"maximum":9223372036854775807}]},
          "workload":{"statements":[{"plan":{"root":{"plan_rows":1e100}}}]}})");
  ASSERT_TRUE(back.ok());
  const Table& table = back->schema.tables.at(0);
  EXPECT_EQ(table.live_rows, 9007199254740992);
  EXPECT_EQ(table.dead_rows, -9007199254740992);
  EXPECT_EQ(table.row_estimate, 9007199254740992.0);
  EXPECT_EQ(back->schema.sequences.at(0).maximum, 9223372036854775807);
  EXPECT_EQ(back->workload.statements.at(0).plan->root.plan_rows, 1e100);
}

TEST(SnapshotSchema, IsJsonAndNamesTheParts) {
  const auto document = json::Document::parse(snapshot_schema());
  ASSERT_TRUE(document.ok());
  const auto parts = document->root()["allOf"].elements();
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_TRUE(
      parts[0]["properties"]["schema"]["properties"]["tables"]["items"]["properties"]["name"]
          .present());
}

TEST(Counters, AResetCountsFromZero) {
  IndexCounters before{.scans = 10, .entries_read = 100};
  IndexCounters after{.scans = 15, .entries_read = 7};
  const IndexCounters delta = counters_between(before, after);
  EXPECT_EQ(delta.scans, 5);
  EXPECT_EQ(delta.entries_read, 7);
}

TEST(Settings, AreFoundByName) {
  const Snapshot snapshot = small_snapshot();
  EXPECT_EQ(snapshot.server.number("work_mem"), 4194304);
  EXPECT_EQ(snapshot.server.setting("absent"), nullptr);
}

}  // namespace
}  // namespace whet::model
