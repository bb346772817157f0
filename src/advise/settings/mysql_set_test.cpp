// The MySQL settings set over many machines and configurations: what it recommends fits together,
// fits the machine, and once applied is never spoken of again.
#include "advise/settings/mysql_set.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "advise/mysql_facts.h"
#include "base/units.h"

namespace whet::advise::settings {
namespace {

using Values = std::map<std::string, double>;

void put(model::Snapshot& snapshot, const std::string& name, double number) {
  auto& settings = snapshot.server.settings;
  std::erase_if(settings, [&](const auto& one) { return one.name == name; });
  model::Setting setting;
  setting.name = name;
  setting.value = std::to_string(static_cast<long long>(number));
  setting.number = number;
  setting.source = "default";
  settings.push_back(setting);
  std::sort(settings.begin(), settings.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
}

void put_text(model::Snapshot& snapshot, const std::string& name, const std::string& value) {
  put(snapshot, name, 0);
  for (auto& setting : snapshot.server.settings) {
    if (setting.name != name) continue;
    setting.value = value;
    setting.number.reset();
  }
}

void count(model::Snapshot& snapshot, const std::string& name, double total) {
  auto& status = snapshot.server.status;
  std::erase_if(status, [&](const auto& one) { return one.name == name; });
  model::StatusValue value;
  value.name = name;
  value.total = total;
  status.push_back(value);
  std::sort(status.begin(), status.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
}

struct World {
  bool mariadb = false;
  double memory = 16 * gigabyte;
  double pool = 128 * megabyte;
  double buffers = 256 * kilobyte;  ///< each session's sort and join buffer
  double connections = 151;
  double seen = 80;
  double instances = 1;
  bool troubled = false;  ///< every counter says that something is too small
};

void trouble(model::Snapshot& snapshot) {
  for (const auto& [name, total] :
       Values{{"Innodb_buffer_pool_reads", 5e8},   {"Innodb_buffer_pool_read_requests", 5e9},
              {"Created_tmp_disk_tables", 6e6},    {"Created_tmp_tables", 1e7},
              {"Sort_merge_passes", 1e6},          {"Sort_scan", 2e6},
              {"Table_open_cache_misses", 5e6},    {"Table_open_cache_hits", 5e6},
              {"Table_open_cache_overflows", 5e6}, {"Open_tables", 4000},
              {"Threads_created", 9e6},            {"Connections", 1e7},
              {"Binlog_cache_disk_use", 4e5},      {"Binlog_cache_use", 1e6},
              {"Innodb_log_waits", 1e6},           {"Innodb_os_log_written", 864000 * 3e6},
              {"Innodb_buffer_pool_pages_flushed", 864000.0 * 190}})
    count(snapshot, name, total);
}

model::Snapshot snapshot_of(const World& world) {
  model::Snapshot snapshot;
  model::Server& server = snapshot.server;
  server.engine = world.mariadb ? model::EngineKind::mariadb : model::EngineKind::mysql;
  server.version_number = world.mariadb ? 101119 : 80043;
  server.uptime_seconds = 864000;
  snapshot.window_seconds = 10;
  Values values{{"innodb_buffer_pool_size", world.pool},
                {"innodb_buffer_pool_chunk_size", 128 * megabyte},
                {"innodb_log_buffer_size", 16 * megabyte},
                {"innodb_io_capacity", 200},
                {"innodb_io_capacity_max", 2000},
                {"key_buffer_size", 8 * megabyte},
                {"sort_buffer_size", world.buffers},
                {"join_buffer_size", world.buffers},
                {"read_buffer_size", 128 * kilobyte},
                {"read_rnd_buffer_size", 256 * kilobyte},
                {"thread_stack", megabyte},
                {"net_buffer_length", 16 * kilobyte},
                {"binlog_cache_size", 32 * kilobyte},
                {"tmp_table_size", 16 * megabyte},
                {"max_heap_table_size", 16 * megabyte},
                {"max_connections", world.connections},
                {"open_files_limit", 20000},
                {"table_open_cache", 4000},
                {"table_definition_cache", 2000},
                {"thread_cache_size", 9}};
  if (world.mariadb) {
    values["innodb_log_file_size"] = 96 * megabyte;
  } else {
    values["innodb_redo_log_capacity"] = 100 * megabyte;
    values["innodb_log_file_size"] = 48 * megabyte;
    values["innodb_buffer_pool_instances"] = world.instances;
  }
  for (const auto& [name, number] : values) put(snapshot, name, number);
  put_text(snapshot, "log_bin", "ON");
  if (!world.mariadb) put_text(snapshot, "internal_tmp_mem_storage_engine", "TempTable");
  if (world.troubled) trouble(snapshot);
  count(snapshot, "Max_used_connections", world.seen);
  model::Table table;
  table.schema = "shop";
  table.name = "orders";
  table.storage_engine = "InnoDB";
  table.heap_bytes = static_cast<std::int64_t>(500 * gigabyte);
  snapshot.schema.tables = {table};
  model::Host host;
  host.cpus = 8;
  host.memory_bytes = static_cast<std::int64_t>(world.memory);
  model::Disk disk;
  disk.holds = {"data"};
  disk.filesystem = "ext4";
  disk.size_bytes = static_cast<std::int64_t>(2000 * gigabyte);
  disk.free_bytes = static_cast<std::int64_t>(1000 * gigabyte);
  disk.rotational = false;
  host.disks = {disk};
  snapshot.resources.host = host;
  return snapshot;
}

std::vector<World> worlds() {
  std::vector<World> out;
  for (const bool mariadb : {false, true})
    for (const double memory : {gigabyte, 4 * gigabyte, 16 * gigabyte, 256 * gigabyte})
      for (const double pool : {0.01, 0.5, 0.79, 0.97})
        for (const double buffers : {256 * kilobyte, 4 * megabyte, 64 * megabyte})
          for (const double connections : {60.0, 500.0, 5000.0})
            for (const bool troubled : {false, true}) {
              const double unit = 128 * megabyte;
              out.push_back({mariadb, memory, std::max(unit, std::floor(pool * memory / unit) * unit),
                             buffers, connections, connections / 2, memory > gigabyte ? 4.0 : 1.0,
                             troubled});
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
