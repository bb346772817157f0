#include "advise/maintenance/upkeep.h"

#include <gtest/gtest.h>

namespace whet::advise {
namespace {

model::Setting setting(const char* name, const char* value, double number) {
  model::Setting out;
  out.name = name;
  out.value = value;
  out.number = number;
  return out;
}

struct World {
  model::Snapshot snapshot;
  model::Table table;

  World() {
    table.schema = "public";
    table.name = "t";
    table.row_estimate = 1000000;
  }
};

TEST(Thresholds, DefaultsSettingsAndStorageParameters) {
  World world;
  EXPECT_DOUBLE_EQ(vacuum_threshold(Facts(world.snapshot, {}), world.table), 200050);
  world.snapshot.server.settings = {setting("autovacuum_vacuum_scale_factor", "0.1", 0.1)};
  EXPECT_DOUBLE_EQ(vacuum_threshold(Facts(world.snapshot, {}), world.table), 100050);
  world.table.options["autovacuum_vacuum_scale_factor"] = "0.01";
  world.table.options["autovacuum_vacuum_threshold"] = "1000";
  EXPECT_DOUBLE_EQ(vacuum_threshold(Facts(world.snapshot, {}), world.table), 11000);
}

TEST(Thresholds, UpperLimitFrom18On) {
  World world;
  world.table.row_estimate = 1e9;
  world.snapshot.server.version_number = 170000;
  EXPECT_DOUBLE_EQ(vacuum_threshold(Facts(world.snapshot, {}), world.table), 200000050);
  world.snapshot.server.version_number = 180000;
  EXPECT_DOUBLE_EQ(vacuum_threshold(Facts(world.snapshot, {}), world.table), 100e6);
  world.table.options["autovacuum_vacuum_max_threshold"] = "-1";
  EXPECT_DOUBLE_EQ(vacuum_threshold(Facts(world.snapshot, {}), world.table), 200000050);
}

TEST(Thresholds, Inserts) {
  World world;
  world.snapshot.server.version_number = 150000;
  EXPECT_DOUBLE_EQ(insert_threshold(Facts(world.snapshot, {}), world.table).value_or(0), 201000);
  world.table.options["autovacuum_vacuum_insert_threshold"] = "-1";
  EXPECT_FALSE(insert_threshold(Facts(world.snapshot, {}), world.table).has_value());
}

TEST(Thresholds, NeverVacuumedTableHasNoRowsYet) {
  World world;
  world.table.row_estimate.reset();
  EXPECT_DOUBLE_EQ(vacuum_threshold(Facts(world.snapshot, {}), world.table), 50);
  EXPECT_DOUBLE_EQ(analyze_threshold(Facts(world.snapshot, {}), world.table), 50);
}

TEST(Autovacuum, OffForTableOrServer) {
  World world;
  EXPECT_FALSE(autovacuum_off(Facts(world.snapshot, {}), world.table));
  world.table.options["autovacuum_enabled"] = "false";
  EXPECT_TRUE(autovacuum_off(Facts(world.snapshot, {}), world.table));
  world.table.options.clear();
  world.table.options["toast.autovacuum_enabled"] = "off";
  EXPECT_FALSE(autovacuum_off(Facts(world.snapshot, {}), world.table));
  EXPECT_TRUE(switched_off(world.table, "toast."));
  world.snapshot.server.settings = {setting("autovacuum", "off", 0)};
  EXPECT_TRUE(autovacuum_off(Facts(world.snapshot, {}), world.table));
}

TEST(Horizon, TheOldestComesFirstAndWalsendersAreNotCountedTwice) {
  model::Snapshot snapshot;
  model::Session session;
  session.pid = 7;
  session.xmin_age = 500;
  model::Session sender = session;
  sender.kind = "walsender";
  sender.xmin_age = 9000;
  snapshot.activity.sessions = {session, sender};
  model::ReplicationSlot slot;
  slot.name = "it's";
  slot.catalog_xmin_age = 800;
  snapshot.replication.slots = {slot};
  model::PreparedTransaction prepared;
  prepared.name = "p1";
  prepared.xid_age = 700;
  snapshot.activity.prepared_transactions = {prepared};
  const auto holders = horizon_holders(Facts(snapshot, {}));
  ASSERT_EQ(holders.size(), 3U);
  EXPECT_EQ(holders[0].name, "it's");
  EXPECT_EQ(holders[0].remedy, "SELECT pg_drop_replication_slot('it''s');");
  EXPECT_EQ(holders[1].remedy, "ROLLBACK PREPARED 'p1';");
  EXPECT_EQ(holders[2].kind, "session");
}

TEST(Changes, TableOptionKeepsWhatWasThere) {
  World world;
  world.table.options["autovacuum_enabled"] = "false";
  const auto change = table_option(world.table, "autovacuum_enabled", "", "why");
  EXPECT_EQ(change.action.previous, "false");
  EXPECT_EQ(change.action.value, "");
  EXPECT_EQ(change.risk, model::Risk::safe);
  EXPECT_EQ(change.id, "set_table_option/public.t.autovacuum_enabled");
}

}  // namespace
}  // namespace whet::advise
