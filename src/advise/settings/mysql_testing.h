// Servers for the tests of the MySQL settings: any size, well or troubled.
#pragma once

#include <algorithm>
#include <map>
#include <string>

#include "advise/facts.h"
#include "base/units.h"
#include "model/snapshot.h"

namespace whet::advise::settings {

using Values = std::map<std::string, double>;

inline void put(model::Snapshot& snapshot, const std::string& name, double number) {
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

inline void put_text(model::Snapshot& snapshot, const std::string& name, const std::string& value) {
  put(snapshot, name, 0);
  for (auto& setting : snapshot.server.settings) {
    if (setting.name != name) continue;
    setting.value = value;
    setting.number.reset();
  }
}

inline void count(model::Snapshot& snapshot, const std::string& name, double total) {
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

inline void trouble(model::Snapshot& snapshot) {
  for (const auto& [name, total] : Values{{"Innodb_buffer_pool_reads", 5e8},
                                          {"Innodb_buffer_pool_read_requests", 5e9},
                                          {"Created_tmp_disk_tables", 6e6},
                                          {"Created_tmp_tables", 1e7},
                                          {"Sort_merge_passes", 1e6},
                                          {"Sort_scan", 2e6},
                                          {"Table_open_cache_misses", 5e6},
                                          {"Table_open_cache_hits", 5e6},
                                          {"Table_open_cache_overflows", 5e6},
                                          {"Open_tables", 4000},
                                          {"Threads_created", 9e6},
                                          {"Connections", 1e7},
                                          {"Binlog_cache_disk_use", 4e5},
                                          {"Binlog_cache_use", 1e6},
                                          {"Innodb_log_waits", 1e6},
                                          {"Innodb_os_log_written", 864000 * 3e6},
                                          {"Innodb_buffer_pool_pages_flushed", 864000.0 * 190}})
    count(snapshot, name, total);
}

inline model::Snapshot snapshot_of(const World& world) {
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

}  // namespace whet::advise::settings
