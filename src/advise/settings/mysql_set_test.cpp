// The MySQL settings set over many machines and configurations: what it recommends fits together,
// fits the machine, and once applied is never spoken of again.
#include "advise/settings/mysql_set.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "advise/settings/mysql_testing.h"
#include "base/units.h"

namespace whet::advise::settings {
namespace {

std::vector<World> worlds() {
  std::vector<World> out;
  for (const bool mariadb : {false, true})
    for (const double memory : {gigabyte, 4 * gigabyte, 16 * gigabyte, 256 * gigabyte})
      for (const double pool : {0.01, 0.5, 0.79, 0.97})
        for (const double buffers : {256 * kilobyte, 4 * megabyte, 64 * megabyte})
          for (const double connections : {60.0, 500.0, 5000.0})
            for (const bool troubled : {false, true}) {
              const double unit = 128 * megabyte;
              out.push_back(
                  {mariadb, memory, std::max(unit, std::floor(pool * memory / unit) * unit),
                   buffers, connections, connections / 2, memory > gigabyte ? 4.0 : 1.0, troubled});
            }
  return out;
}

std::string describe(const World& world) {
  return std::string(world.mariadb ? "MariaDB" : "MySQL") + ", memory " +
         std::to_string(world.memory / gigabyte) + " GB, pool " +
         std::to_string(world.pool / gigabyte) + " GB, buffers " +
         std::to_string(world.buffers / kilobyte) + " kB, connections " +
         std::to_string(world.connections) + (world.troubled ? ", troubled" : "");
}

void apply(model::Snapshot& snapshot, const MysqlSet& set) {
  for (const Recommendation& item : set.items) {
    const std::string name = item.setting->name;
    put(snapshot, name, item.number);
  }
}

double value(const model::Snapshot& snapshot, const char* name) {
  return snapshot.server.number(name).value_or(0);
}

TEST(MysqlSet, OnceAppliedItIsSilent) {
  for (const World& world : worlds()) {
    model::Snapshot snapshot = snapshot_of(world);
    const model::Snapshot before = snapshot;
    const MysqlSet first = recommend_mysql(Facts(before, Policy{}));
    apply(snapshot, first);
    const MysqlSet second = recommend_mysql(Facts(snapshot, Policy{}));
    for (const Recommendation& item : second.items)
      ADD_FAILURE() << describe(world) << ": " << item.setting->name << " = " << item.setting->value
                    << " again, to " << item.value;
  }
}

TEST(MysqlSet, AllOfItFitsTheMachine) {
  int shrunk = 0, grown = 0;
  for (const World& world : worlds()) {
    const model::Snapshot snapshot = snapshot_of(world);
    const MysqlSet set = recommend_mysql(Facts(snapshot, Policy{}));
    ASSERT_TRUE(set.memory);
    // Sessions of a configuration that lets thousands in may need more than a small machine has,
    // whatever their buffers: then the pool is at its least.
    const double least = 128 * megabyte * (world.mariadb ? 1 : world.instances);
    if (set.then.pool > least) {
      EXPECT_LE(set.then.realistic(), 0.9 * set.usable + 1) << describe(world);
    }
    const Recommendation* pool = set.find("innodb_buffer_pool_size");
    if (pool == nullptr) continue;
    ++(pool->number < world.pool ? shrunk : grown);
    EXPECT_LE(pool->number, std::max(0.8 * world.memory, least)) << describe(world);
  }
  EXPECT_GT(shrunk, 50);
  EXPECT_GT(grown, 50);
}

TEST(MysqlSet, ValuesAgreeWithEachOther) {
  for (const World& world : worlds()) {
    model::Snapshot snapshot = snapshot_of(world);
    const model::Snapshot before = snapshot;
    const MysqlSet set = recommend_mysql(Facts(before, Policy{}));
    apply(snapshot, set);
    SCOPED_TRACE(describe(world));
    EXPECT_GE(value(snapshot, "innodb_io_capacity_max"), value(snapshot, "innodb_io_capacity"));
    EXPECT_LE(value(snapshot, "thread_cache_size"), value(snapshot, "max_connections"));
    if (set.find("table_open_cache") != nullptr) {
      EXPECT_LE(2 * value(snapshot, "table_open_cache") + value(snapshot, "max_connections") + 10,
                value(snapshot, "open_files_limit"));
    }
    if (world.mariadb) {
      EXPECT_EQ(value(snapshot, "tmp_table_size"), value(snapshot, "max_heap_table_size"));
      EXPECT_EQ(set.find("innodb_redo_log_capacity"), nullptr);
    } else {
      EXPECT_EQ(set.find("max_heap_table_size"), nullptr) << "TempTable does not obey it";
      EXPECT_EQ(set.find("innodb_log_file_size"), nullptr) << "innodb_redo_log_capacity rules";
    }
    if (set.find("innodb_buffer_pool_size") != nullptr) {
      const double unit = 128 * megabyte * (world.mariadb ? 1 : world.instances);
      EXPECT_EQ(std::fmod(value(snapshot, "innodb_buffer_pool_size"), unit), 0);
    }
  }
}

TEST(MysqlSet, JoinBuffersAreNeverRaised) {
  for (const World& world : worlds()) {
    const model::Snapshot snapshot = snapshot_of(world);
    const MysqlSet set = recommend_mysql(Facts(snapshot, Policy{}));
    for (const char* name : {"join_buffer_size", "read_buffer_size", "read_rnd_buffer_size"}) {
      const Recommendation* advice = set.find(name);
      if (advice == nullptr) continue;
      EXPECT_LT(advice->number, advice->setting->number.value_or(0)) << describe(world);
    }
  }
}

TEST(MysqlSet, WhenMemoryIsOvercommittedNothingIsRaisedBeyondItsShare) {
  int overcommitted = 0;
  for (const World& world : worlds()) {
    const model::Snapshot snapshot = snapshot_of(world);
    const MysqlSet set = recommend_mysql(Facts(snapshot, Policy{}));
    if (set.now.realistic() <= 0.9 * set.usable) continue;
    ++overcommitted;
    EXPECT_LE(set.then.realistic(), set.now.realistic()) << describe(world);
  }
  EXPECT_GT(overcommitted, 100);
}

TEST(MysqlSet, NothingIsSaidOfVariablesThatTheServerLacks) {
  model::Snapshot snapshot = snapshot_of({.troubled = true});
  const model::Snapshot full = snapshot;
  for (const Recommendation& item : recommend_mysql(Facts(full, Policy{})).items) {
    std::erase_if(snapshot.server.settings,
                  [&](const auto& one) { return one.name == item.setting->name; });
  }
  for (const Recommendation& item : recommend_mysql(Facts(snapshot, Policy{})).items)
    EXPECT_NE(snapshot.server.setting(item.setting->name), nullptr);
  const model::Snapshot empty;
  EXPECT_TRUE(recommend_mysql(Facts(empty, Policy{})).items.empty());
}

TEST(MysqlSet, WithoutKnownMemoryTheRestIsStillSaid) {
  model::Snapshot snapshot = snapshot_of({.troubled = true});
  snapshot.resources.host.reset();
  const MysqlSet set = recommend_mysql(Facts(snapshot, Policy{}));
  EXPECT_FALSE(set.memory);
  EXPECT_EQ(set.find("innodb_buffer_pool_size"), nullptr);
  EXPECT_EQ(set.find("sort_buffer_size"), nullptr);
  EXPECT_NE(set.find("innodb_redo_log_capacity"), nullptr);
  EXPECT_NE(set.find("thread_cache_size"), nullptr);
}

}  // namespace
}  // namespace whet::advise::settings
