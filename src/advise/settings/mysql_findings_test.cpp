// Over all settings checks of MySQL together: no two findings contradict each other, and a managed
// service is left to its console.
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "advise/check.h"
#include "advise/mysql_facts.h"
#include "advise/settings/mysql_testing.h"
#include "base/units.h"

namespace whet::advise::settings {
namespace {

TEST(MysqlFindings, NoTwoGiveAVariableDifferentValues) {
  int repeated = 0, changed = 0;
  for (const bool mariadb : {false, true}) {
    for (const double buffers : {256 * kilobyte, 64 * megabyte}) {
      model::Snapshot snapshot = snapshot_of(
          {.mariadb = mariadb, .buffers = buffers, .connections = 500, .troubled = true});
      count(snapshot, "Innodb_buffer_pool_wait_free", 5e6);
      std::map<std::string, std::string> values;
      for (const model::Finding& finding : run_checks(Facts(snapshot, Policy{}), Selection{})) {
        for (const model::Change& change : finding.changes) {
          if (change.action.kind != model::ActionKind::set_setting) continue;
          const auto [at, fresh] = values.emplace(change.action.setting, change.action.value);
          EXPECT_EQ(at->second, change.action.value) << finding.id << ": " << change.action.setting;
          ++(fresh ? changed : repeated);
        }
      }
    }
  }
  EXPECT_GE(changed, 20);
  EXPECT_GE(repeated, 4) << "the test must see variables that several findings name";
}

// A buffer of each session must not go up while the same report says that memory is short.
TEST(MysqlFindings, NothingIsRaisedWhileMemoryIsShort) {
  model::Snapshot snapshot = snapshot_of({.memory = 2 * gigabyte,
                                          .pool = gigabyte + 512 * megabyte,
                                          .connections = 2000,
                                          .seen = 1500,
                                          .troubled = true});
  bool short_of_memory = false;
  for (const model::Finding& finding : run_checks(Facts(snapshot, Policy{}), Selection{})) {
    short_of_memory = short_of_memory || (finding.id == "performance.mysql_memory_overcommitted" &&
                                          finding.severity >= model::Severity::medium);
    for (const model::Change& change : finding.changes) {
      if (!change.action.setting.ends_with("_buffer_size") &&
          !change.action.setting.ends_with("_table_size"))
        continue;
      EXPECT_LE(std::stod(change.action.value), snapshot.server.number(change.action.setting))
          << finding.id << ": " << change.action.setting;
    }
  }
  EXPECT_TRUE(short_of_memory);
}

TEST(MysqlFindings, OnAManagedServiceVariablesAreForAPerson) {
  for (const char* flavour : {"rds", "percona"}) {
    model::Snapshot snapshot = snapshot_of({.troubled = true});
    snapshot.server.flavour = flavour;
    int by_hand = 0, by_whet = 0;
    for (const model::Finding& finding : run_checks(Facts(snapshot, Policy{}), Selection{})) {
      for (const model::Change& change : finding.changes)
        ++(change.action.kind == model::ActionKind::manual ? by_hand : by_whet);
    }
    const bool managed = std::string(flavour) == "rds";
    EXPECT_EQ(by_whet == 0, managed) << "Percona Server is not a service, only another build";
    EXPECT_GE(by_hand + by_whet, 5);
  }
}

TEST(MysqlFindings, AnEmptySnapshotIsNotAccused) {
  for (const auto engine : {model::EngineKind::mysql, model::EngineKind::mariadb}) {
    model::Snapshot snapshot;
    snapshot.server.engine = engine;
    const auto findings = run_checks(Facts(snapshot, Policy{}), Selection{});
    for (const model::Finding& finding : findings)
      ADD_FAILURE() << finding.id << ": " << finding.title;
  }
}

TEST(MysqlFacts, WhatCannotBeKeptIsForAPerson) {
  model::Snapshot snapshot = snapshot_of({});
  const Facts facts(snapshot, Policy{});
  model::Setting setting;
  setting.name = "innodb_doublewrite";
  setting.value = "OFF";
  setting.source = "configuration file";
  EXPECT_EQ(set_variable(facts, setting, "ON", "").action.kind, model::ActionKind::manual)
      << "MySQL refuses to persist it";
  setting.name = "innodb_flush_method";
  setting.value = "fsync";
  const model::Change change = set_variable(facts, setting, "O_DIRECT", "");
  EXPECT_EQ(change.action.kind, model::ActionKind::set_setting);
  EXPECT_TRUE(change.action.needs_restart);
  EXPECT_EQ(change.action.previous, "fsync");
  snapshot.server.engine = model::EngineKind::mariadb;
  snapshot.server.version_number = 101119;
  EXPECT_EQ(set_variable(facts, setting, "O_DIRECT", "").action.kind, model::ActionKind::manual)
      << "MariaDB has no SET PERSIST";
  setting.context = "superuser";
  setting.source = "default";
  EXPECT_EQ(set_variable(facts, setting, "O_DIRECT", "").action.previous, "");
}

TEST(MysqlFacts, ACounterOfMonthsDoesNotAccuseAServerThatIsWellNow) {
  model::Snapshot snapshot = snapshot_of({});
  count(snapshot, "Aborted_connects", 50000);
  count(snapshot, "Connections", 1e6);
  const Facts facts(snapshot, Policy{});
  const auto part = [&] { return part_of(facts, "Aborted_connects", {"Connections"}, 1000); };
  ASSERT_TRUE(part());
  EXPECT_DOUBLE_EQ(part()->value, 0.05);
  for (model::StatusValue& value : snapshot.server.status) {
    if (value.name == "Connections") value.window = 50;
  }
  EXPECT_DOUBLE_EQ(part()->value, 0.05) << "50 in the window say nothing";
  for (model::StatusValue& value : snapshot.server.status) {
    if (value.name == "Connections") value.window = 50000;
    if (value.name == "Aborted_connects") value.window = 5;
  }
  EXPECT_DOUBLE_EQ(part()->value, 0.0001);
  snapshot.server.uptime_seconds = 3600;
  EXPECT_FALSE(part()) << "an hour is no history";
}

}  // namespace
}  // namespace whet::advise::settings
