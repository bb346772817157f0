// Over all settings checks together: a healthy server hears little, and no two findings contradict
// each other.
#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "advise/check.h"
#include "advise/settings/support.h"
#include "base/units.h"

namespace whet::advise::settings {
namespace {

void put(model::Snapshot& snapshot, const std::string& name, const std::string& value,
         std::optional<double> number = std::nullopt) {
  model::Setting setting;
  setting.name = name;
  setting.value = value;
  setting.number = number;
  setting.source = "configuration file";
  std::erase_if(snapshot.server.settings, [&](const auto& one) { return one.name == name; });
  snapshot.server.settings.push_back(setting);
  std::sort(snapshot.server.settings.begin(), snapshot.server.settings.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
}

void put_memory(model::Snapshot& snapshot, const std::string& name, double bytes) {
  put(snapshot, name, print_memory(bytes), bytes);
}

void put_number(model::Snapshot& snapshot, const std::string& name, double number) {
  put(snapshot, name, std::to_string(number), number);
}

void sensible_settings(model::Snapshot& snapshot) {
  put_memory(snapshot, "shared_buffers", 2 * gigabyte);
  put_memory(snapshot, "effective_cache_size", 5 * gigabyte);
  put_memory(snapshot, "work_mem", 4 * megabyte);
  put_memory(snapshot, "maintenance_work_mem", 256 * megabyte);
  put_memory(snapshot, "wal_buffers", 16 * megabyte);
  put_memory(snapshot, "max_wal_size", 4 * gigabyte);
  put_memory(snapshot, "min_wal_size", gigabyte);
  for (const auto& [name, number] :
       std::map<std::string, double>{{"hash_mem_multiplier", 2},
                                     {"autovacuum_work_mem", -1},
                                     {"autovacuum_max_workers", 3},
                                     {"checkpoint_timeout", 900},
                                     {"checkpoint_completion_target", 0.9},
                                     {"random_page_cost", 1.1},
                                     {"seq_page_cost", 1},
                                     {"effective_io_concurrency", 200},
                                     {"max_connections", 100},
                                     {"max_parallel_workers", 8},
                                     {"max_parallel_workers_per_gather", 2},
                                     {"max_worker_processes", 8},
                                     {"autovacuum_vacuum_cost_delay", 0.002},
                                     {"autovacuum_vacuum_cost_limit", -1},
                                     {"vacuum_cost_limit", 200},
                                     {"bgwriter_lru_maxpages", 100},
                                     {"jit_above_cost", 100000},
                                     {"default_statistics_target", 100},
                                     {"log_min_duration_statement", 1},
                                     {"log_temp_files", 10 * megabyte},
                                     {"log_autovacuum_min_duration", 600},
                                     {"statement_timeout", 30},
                                     {"lock_timeout", 10},
                                     {"idle_in_transaction_session_timeout", 600}})
    put_number(snapshot, name, number);
  for (const char* name : {"fsync", "full_page_writes", "synchronous_commit", "track_io_timing",
                           "track_counts", "track_activities", "log_checkpoints", "log_lock_waits",
                           "data_checksums", "enable_seqscan"})
    put(snapshot, name, "on");
  put(snapshot, "wal_compression", "lz4");
}

model::Statement statement(const char* id, const char* text, model::StatementKind kind,
                           double mean_ms) {
  model::Statement one;
  one.id = id;
  one.text = text;
  one.kind = kind;
  one.total.calls = 5000000;
  one.total.rows = 5000000;
  one.total.execution_ms = mean_ms * 5000000;
  return one;
}

// pgbench at scale 50 after a day and more, on 8 GB and 4 CPUs.
model::Snapshot healthy() {
  model::Snapshot snapshot;
  snapshot.collected_at = 1795392000;  // 2026-11-23
  snapshot.window_seconds = 10;
  model::Server& server = snapshot.server;
  server.version = "15.20";
  server.version_number = 150020;
  server.block_bytes = 8192;
  server.uptime_seconds = 10 * 86400;
  server.data_checksums = true;
  server.preloaded = {"pg_stat_statements"};
  model::Database database;
  database.name = "bench";
  database.current = true;
  database.size_bytes = static_cast<std::int64_t>(800 * megabyte);
  database.stats_age_seconds = 2 * 86400;
  database.connections = 10;
  database.total.commits = 5000000;
  database.total.rollbacks = 20;
  database.total.blocks_hit = 400000000;
  database.total.blocks_read = 110000;
  database.total.read_time_ms = 5000;
  database.total.active_time_ms = 9000000;
  server.databases = {database};
  sensible_settings(snapshot);
  snapshot.resources.checkpoint_age_seconds = 2 * 86400;
  snapshot.resources.checkpoint_total.timed = 190;
  snapshot.resources.checkpoint_total.requested = 3;
  snapshot.resources.wal_age_seconds = 2 * 86400;
  snapshot.resources.wal_total.bytes = static_cast<std::int64_t>(20 * gigabyte);
  model::Host host;
  host.cpus = 4;
  host.memory_bytes = static_cast<std::int64_t>(8 * gigabyte);
  host.available_bytes = static_cast<std::int64_t>(5.5 * gigabyte);
  host.load_1 = 3;
  host.cpu_pressure = model::Pressure{0.1, 0};
  host.transparent_huge_pages = "madvise";
  model::Disk disk;
  disk.mount = "/";
  disk.holds = {"data", "wal"};
  disk.size_bytes = static_cast<std::int64_t>(200 * gigabyte);
  disk.free_bytes = static_cast<std::int64_t>(120 * gigabyte);
  disk.rotational = false;
  host.disks = {disk};
  snapshot.resources.host = host;
  snapshot.workload.source = "pg_stat_statements 1.10";
  snapshot.workload.age_seconds = 2 * 86400;
  using enum model::StatementKind;
  snapshot.workload.statements = {
      statement("1", "UPDATE pgbench_branches SET bbalance = bbalance + $1 WHERE bid = $2", update,
                0.9),
      statement("2", "UPDATE pgbench_accounts SET abalance = abalance + $1 WHERE aid = $2", update,
                0.3),
      statement("3", "SELECT abalance FROM pgbench_accounts WHERE aid = $1", select, 0.02),
      statement("4", "INSERT INTO pgbench_history VALUES ($1, $2)", insert, 0.02)};
  return snapshot;
}

TEST(SettingsChecks, AHealthyServerHearsNothingAboveLow) {
  const model::Snapshot snapshot = healthy();
  const auto findings = run_checks(Facts(snapshot, Policy{}), Selection{});
  for (const model::Finding& finding : findings) {
    EXPECT_LE(finding.severity, model::Severity::low) << finding.id << ": " << finding.title;
    EXPECT_TRUE(finding.changes.empty()) << finding.id << " wants to change something";
  }
  EXPECT_LE(findings.size(), 2U);
}

TEST(SettingsChecks, AnEmptySnapshotIsNotAccused) {
  const model::Snapshot snapshot;
  for (const model::Finding& finding : run_checks(Facts(snapshot, Policy{}), Selection{}))
    EXPECT_EQ(finding.id, "performance.statements_missing") << finding.title;
}

TEST(SettingsChecks, NoTwoFindingsGiveASettingDifferentValues) {
  model::Snapshot snapshot = healthy();
  // Everything wrong at once: small caches, early checkpoints, full buffers, spills.
  put_memory(snapshot, "shared_buffers", 16 * megabyte);
  put_memory(snapshot, "work_mem", 64 * kilobyte);
  put_memory(snapshot, "max_wal_size", 32 * megabyte);
  put_memory(snapshot, "wal_buffers", 64 * kilobyte);
  put(snapshot, "wal_compression", "off");
  put_number(snapshot, "checkpoint_timeout", 60);
  auto& resources = snapshot.resources;
  resources.checkpoint_total.requested = 20000;
  resources.checkpoint_total.backend_fsyncs = 4;
  resources.wal_total.buffers_full = 90000000;
  resources.wal_total.full_pages = 2500000;
  auto& total = snapshot.server.databases.front().total;
  total.temp_files = 50000;
  total.temp_bytes = static_cast<std::int64_t>(200 * gigabyte);
  total.blocks_read = 300000000;
  total.read_time_ms = 5000000;
  snapshot.workload.statements.front().total.temp_written = 5000000;
  std::map<std::string, std::string> values;
  int repeated = 0;
  for (const model::Finding& finding : run_checks(Facts(snapshot, Policy{}), Selection{})) {
    for (const model::Change& change : finding.changes) {
      if (change.action.kind != model::ActionKind::set_setting) continue;
      const auto [at, fresh] = values.emplace(change.action.setting, change.action.value);
      EXPECT_EQ(at->second, change.action.value) << finding.id << ": " << change.action.setting;
      if (!fresh) ++repeated;
    }
  }
  EXPECT_GE(repeated, 4) << "the test must see settings that several findings name";
}

TEST(SettingsChecks, OnAManagedServiceSettingsAreForAPerson) {
  model::Snapshot snapshot = healthy();
  snapshot.server.flavour = "rds";
  put_memory(snapshot, "shared_buffers", 16 * megabyte);
  put(snapshot, "track_io_timing", "off");
  int changes = 0;
  for (const model::Finding& finding : run_checks(Facts(snapshot, Policy{}), Selection{})) {
    for (const model::Change& change : finding.changes) {
      EXPECT_EQ(change.action.kind, model::ActionKind::manual) << finding.id;
      ++changes;
    }
  }
  EXPECT_GE(changes, 2);
}

}  // namespace
}  // namespace whet::advise::settings
