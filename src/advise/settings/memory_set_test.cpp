// Properties of the settings set over many machines: it fits, asking again gives nothing, and more
// memory never means less.
#include "advise/settings/memory_set.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "advise/settings/support.h"
#include "base/stats.h"
#include "base/units.h"

namespace whet::advise::settings {
namespace {

struct Machine {
  model::Snapshot snapshot;
  double others = 0;  ///< memory that other programs hold
};

void put(model::Snapshot& snapshot, const std::string& name, double number) {
  auto& settings = snapshot.server.settings;
  const auto at = std::find_if(settings.begin(), settings.end(),
                               [&](const auto& setting) { return setting.name == name; });
  if (at != settings.end()) {
    at->number = number;
    return;
  }
  model::Setting setting;
  setting.name = name;
  setting.number = number;
  settings.push_back(setting);
  std::sort(settings.begin(), settings.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
}

double between(stats::Random& random, double low, double high) {
  return low * std::pow(high / low, random.uniform());
}

void see_available(Machine& machine) {
  auto& host = *machine.snapshot.resources.host;
  const double shared = machine.snapshot.server.number("shared_buffers").value_or(0);
  host.available_bytes = static_cast<std::int64_t>(
      std::max(1.0, static_cast<double>(host.memory_bytes) - machine.others - shared));
}

void default_settings(model::Snapshot& snapshot) {
  put(snapshot, "shared_buffers", 128 * megabyte);
  put(snapshot, "effective_cache_size", 4 * gigabyte);
  put(snapshot, "work_mem", 4 * megabyte);
  put(snapshot, "hash_mem_multiplier", 2);
  put(snapshot, "maintenance_work_mem", 64 * megabyte);
  put(snapshot, "autovacuum_work_mem", -1);
  put(snapshot, "autovacuum_max_workers", 3);
  put(snapshot, "wal_buffers", 4 * megabyte);
  put(snapshot, "max_wal_size", gigabyte);
  put(snapshot, "min_wal_size", 80 * megabyte);
  put(snapshot, "checkpoint_timeout", 300);
  put(snapshot, "checkpoint_completion_target", 0.9);
  put(snapshot, "random_page_cost", 4);
  put(snapshot, "seq_page_cost", 1);
  put(snapshot, "effective_io_concurrency", 1);
  put(snapshot, "max_parallel_workers", 8);
  put(snapshot, "max_parallel_workers_per_gather", 2);
  put(snapshot, "max_parallel_maintenance_workers", 2);
  put(snapshot, "max_worker_processes", 8);
  put(snapshot, "autovacuum_vacuum_cost_delay", 0.002);
  put(snapshot, "autovacuum_vacuum_cost_limit", -1);
  put(snapshot, "vacuum_cost_limit", 200);
}

void odd_settings(model::Snapshot& snapshot, stats::Random& random) {
  put(snapshot, "shared_buffers", between(random, megabyte, 512 * gigabyte));
  put(snapshot, "effective_cache_size", between(random, megabyte, 2048 * gigabyte));
  put(snapshot, "work_mem", between(random, 64 * kilobyte, 8 * gigabyte));
  put(snapshot, "hash_mem_multiplier", between(random, 1, 50));
  put(snapshot, "maintenance_work_mem", between(random, megabyte, 32 * gigabyte));
  put(snapshot, "autovacuum_work_mem",
      random.uniform() < 0.5 ? -1 : between(random, megabyte, 32 * gigabyte));
  put(snapshot, "autovacuum_max_workers", static_cast<double>(1 + random.below(20)));
  put(snapshot, "wal_buffers", between(random, 64 * kilobyte, 2 * gigabyte));
  put(snapshot, "max_wal_size", between(random, 32 * megabyte, 4096 * gigabyte));
  put(snapshot, "min_wal_size", between(random, 32 * megabyte, 64 * gigabyte));
  put(snapshot, "checkpoint_timeout", between(random, 30, 86400));
  put(snapshot, "checkpoint_completion_target", random.uniform());
  put(snapshot, "random_page_cost", between(random, 1, 10));
  put(snapshot, "effective_io_concurrency", static_cast<double>(random.below(1001)));
  put(snapshot, "max_parallel_workers", static_cast<double>(random.below(257)));
  put(snapshot, "max_parallel_workers_per_gather", static_cast<double>(random.below(65)));
  put(snapshot, "max_parallel_maintenance_workers", static_cast<double>(random.below(65)));
  put(snapshot, "max_worker_processes", static_cast<double>(1 + random.below(256)));
  put(snapshot, "autovacuum_vacuum_cost_delay", between(random, 0.0005, 0.1));
  put(snapshot, "autovacuum_vacuum_cost_limit",
      random.uniform() < 0.3 ? -1 : between(random, 1, 10000));
  put(snapshot, "vacuum_cost_limit", between(random, 1, 10000));
}

void random_workload(model::Snapshot& snapshot, stats::Random& random) {
  snapshot.window_seconds = 10;
  snapshot.resources.wal_age_seconds = 86400 * 3;
  snapshot.resources.wal_total.bytes =
      static_cast<std::int64_t>(between(random, megabyte, 20000 * gigabyte));
  snapshot.resources.wal_total.full_pages = static_cast<std::int64_t>(
      static_cast<double>(snapshot.resources.wal_total.bytes) / 8192 * random.uniform());
  snapshot.resources.wal_total.buffers_full =
      static_cast<std::int64_t>(between(random, 1, 10000000));
  snapshot.workload.age_seconds = 86400 * 3;
  for (int i = 0; i < 4; ++i) {
    model::Statement statement;
    statement.total.calls = 10;
    statement.total.temp_written = static_cast<std::int64_t>(between(random, 1, 1000000));
    snapshot.workload.statements.push_back(statement);
  }
  snapshot.activity.waits.peak_active = static_cast<std::int64_t>(random.below(200));
  snapshot.activity.waits.peak_connections = static_cast<std::int64_t>(random.below(2000));
  model::Database database;
  database.current = true;
  database.size_bytes = static_cast<std::int64_t>(between(random, 8 * megabyte, 4096 * gigabyte));
  snapshot.server.databases.push_back(database);
  model::Table table;
  table.heap_bytes = static_cast<std::int64_t>(between(random, 8 * kilobyte, 500 * gigabyte));
  snapshot.schema.tables.push_back(table);
}

Machine random_machine(stats::Random& random) {
  Machine machine;
  model::Snapshot& snapshot = machine.snapshot;
  snapshot.server.version_number = random.uniform() < 0.5 ? 150010 : 180001;
  model::Host host;
  host.memory_bytes = static_cast<std::int64_t>(between(random, gigabyte, 1024 * gigabyte));
  host.cpus = static_cast<std::int64_t>(1 + random.below(128));
  model::Disk disk;
  disk.holds = {"data", "wal"};
  disk.free_bytes = static_cast<std::int64_t>(between(random, gigabyte, 10000 * gigabyte));
  disk.rotational = random.uniform() < 0.3;
  host.disks = {disk};
  snapshot.resources.host = host;
  default_settings(snapshot);
  put(snapshot, "max_connections", std::floor(between(random, 20, 2000)));
  if (random.uniform() < 0.7) odd_settings(snapshot, random);
  if (random.uniform() < 0.8) random_workload(snapshot, random);
  return machine;
}

// REQUIRES: the snapshot outlives nothing here; recommendations point into it.
SettingsSet ask(const model::Snapshot& snapshot) { return recommend(Facts(snapshot, Policy{})); }

void apply(Machine& machine, bool shared) {
  std::vector<std::pair<std::string, double>> changes;
  for (const Recommendation& item : ask(machine.snapshot).items)
    changes.emplace_back(item.setting->name, item.number);
  for (const auto& [name, number] : changes) put(machine.snapshot, name, number);
  if (shared) see_available(machine);
}

std::string names_of(const SettingsSet& set) {
  std::string names;
  for (const Recommendation& item : set.items) names += item.setting->name + "=" + item.value + " ";
  return names;
}

TEST(SettingsSet, AlwaysFitsTheMachineAndItself) {
  stats::Random random(1);
  for (int i = 0; i < 1000; ++i) {
    Machine machine = random_machine(random);
    const SettingsSet before = ask(machine.snapshot);
    EXPECT_LE(before.then.realistic(), promised_share * before.usable * 1.0001)
        << before.then.realistic_text();
    apply(machine, false);
    const auto& server = machine.snapshot.server;
    const auto value = [&](const char* name) { return server.number(name).value_or(0); };
    const SettingsSet after = ask(machine.snapshot);
    EXPECT_NEAR(after.now.realistic(), before.then.realistic(), 1);
    EXPECT_GE(value("effective_cache_size"), value("shared_buffers"));
    EXPECT_LT(value("min_wal_size"), value("max_wal_size"));
    EXPECT_LE(value("max_parallel_workers"), value("max_worker_processes"));
    EXPECT_GE(value("work_mem"), 64 * kilobyte);
  }
}

TEST(SettingsSet, RaisesWorkMemOnlyAsFarAsAllConnectionsFit) {
  stats::Random random(2);
  int raised = 0;
  for (int i = 0; i < 1000; ++i) {
    const Machine machine = random_machine(random);
    const SettingsSet set = ask(machine.snapshot);
    const Recommendation* advice = set.find("work_mem");
    if (advice == nullptr || advice->number <= *advice->setting->number ||
        advice->number <= 4 * megabyte)
      continue;
    ++raised;
    EXPECT_LE(set.then.worst(), promised_share * set.usable * 1.0001) << set.then.worst_text();
  }
  EXPECT_GT(raised, 20);
}

TEST(SettingsSet, SaysNothingAboutWhatItHasSet) {
  stats::Random random(3);
  for (int i = 0; i < 1000; ++i) {
    Machine machine = random_machine(random);
    apply(machine, false);
    const SettingsSet again = ask(machine.snapshot);
    EXPECT_TRUE(again.items.empty()) << names_of(again);
  }
}

TEST(SettingsSet, SaysNothingAgainOnASharedHostEither) {
  stats::Random random(4);
  for (int i = 0; i < 500; ++i) {
    Machine machine = random_machine(random);
    const auto memory = static_cast<double>(machine.snapshot.resources.host->memory_bytes);
    put(machine.snapshot, "shared_buffers", 64 * megabyte);
    machine.others = memory * (0.3 + 0.4 * random.uniform());
    see_available(machine);
    const SettingsSet set = ask(machine.snapshot);
    EXPECT_TRUE(set.shared_host);
    EXPECT_LT(set.usable, memory);
    apply(machine, true);
    EXPECT_TRUE(ask(machine.snapshot).items.empty()) << names_of(ask(machine.snapshot));
  }
}

TEST(SettingsSet, MoreMemoryNeverMeansLess) {
  stats::Random random(5);
  for (int i = 0; i < 300; ++i) {
    const Machine machine = random_machine(random);
    std::map<std::string, double> last;
    for (double memory = gigabyte; memory <= 1024 * gigabyte; memory *= 1.17) {
      Machine larger = machine;
      larger.snapshot.resources.host->memory_bytes = static_cast<std::int64_t>(memory);
      apply(larger, false);
      for (const char* name : {"shared_buffers", "effective_cache_size", "work_mem",
                               "hash_mem_multiplier", "maintenance_work_mem", "wal_buffers"}) {
        const double now = larger.snapshot.server.number(name).value_or(0);
        EXPECT_GE(now, last[name]) << name << " at " << memory / gigabyte << " GB";
        last[name] = now;
      }
    }
  }
}

TEST(SettingsSet, WithoutKnownMemoryNothingThatDependsOnIt) {
  stats::Random random(6);
  for (int i = 0; i < 300; ++i) {
    Machine machine = random_machine(random);
    machine.snapshot.resources.host.reset();
    const SettingsSet set = ask(machine.snapshot);
    EXPECT_FALSE(set.memory);
    for (const char* name :
         {"shared_buffers", "effective_cache_size", "work_mem", "hash_mem_multiplier",
          "maintenance_work_mem", "autovacuum_work_mem", "wal_buffers"})
      EXPECT_EQ(set.find(name), nullptr) << name;
  }
}

TEST(SettingsSet, AKnownMachineByHand) {
  // 16 GB, 100 connections, defaults, 100 GB of data: 25 % = 4 GB, 65 % = 10.4 GB.
  Machine machine;
  machine.snapshot.server.version_number = 150010;
  model::Host host;
  host.memory_bytes = static_cast<std::int64_t>(16 * gigabyte);
  host.cpus = 8;
  machine.snapshot.resources.host = host;
  default_settings(machine.snapshot);
  put(machine.snapshot, "max_connections", 100);
  model::Database database;
  database.size_bytes = static_cast<std::int64_t>(100 * gigabyte);
  machine.snapshot.server.databases = {database};
  const SettingsSet set = ask(machine.snapshot);
  ASSERT_NE(set.find("shared_buffers"), nullptr);
  EXPECT_EQ(set.find("shared_buffers")->value, "4GB");
  ASSERT_NE(set.find("effective_cache_size"), nullptr);
  EXPECT_EQ(set.find("effective_cache_size")->value, "10GB");
  EXPECT_EQ(set.find("work_mem"), nullptr) << "no spill was seen, and 4 MB fits";
  EXPECT_EQ(set.find("maintenance_work_mem"), nullptr) << "no table needs more";
}

}  // namespace
}  // namespace whet::advise::settings
