// The parts of the settings set that do not depend on memory: WAL and checkpoints, the planner's
// costs, workers, the pace of autovacuum.
#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "advise/settings/set_builder.h"
#include "advise/settings/support.h"
#include "base/text.h"
#include "base/units.h"

namespace whet::advise::settings {
namespace {

const model::Disk* disk_with(const Facts& facts, std::string_view what) {
  const model::Host* host = facts.host();
  if (host == nullptr) return nullptr;
  for (const model::Disk& disk : host->disks) {
    if (std::find(disk.holds.begin(), disk.holds.end(), what) != disk.holds.end()) return &disk;
  }
  return nullptr;
}

// Bytes of WAL a second: the faster of now and on average.
double wal_rate(const Facts& facts) {
  const model::Resources& resources = facts.snapshot().resources;
  const double window = facts.snapshot().window_seconds;
  double rate = window >= 5 ? static_cast<double>(resources.wal_window.bytes) / window : 0;
  if (facts.ratio_age(resources.wal_age_seconds)) {
    rate =
        std::max(rate, static_cast<double>(resources.wal_total.bytes) / *resources.wal_age_seconds);
  }
  return rate;
}

bool mostly_page_images(const Facts& facts) {
  const model::Resources& resources = facts.snapshot().resources;
  const auto bytes = static_cast<double>(resources.wal_total.bytes);
  const double images = static_cast<double>(resources.wal_total.full_pages) * block_bytes(facts);
  return facts.ratio_age(resources.wal_age_seconds) && bytes >= gigabyte &&
         images / bytes > full_page_share_limit;
}

double consider_checkpoint_timeout(SetBuilder& builder) {
  const double target = mostly_page_images(builder.facts()) ? 900 : 300;
  return builder.consider({.setting = "checkpoint_timeout",
                           .band = {0.6 * target, target, 1800, 3600},
                           .print = print_time,
                           .reason = "fewer checkpoints write fewer whole pages to the WAL, and a "
                                     "crash is still recovered in minutes",
                           .arithmetic = "5 min is the default, 15 min when page images make up "
                                         "most of the WAL; over 1 h recovery takes too long"});
}

double consider_max_wal(SetBuilder& builder, double timeout) {
  const double rate = wal_rate(builder.facts());
  // WAL of the running and the previous checkpoint must fit, with a quarter to spare.
  const double wanted = std::max(gigabyte, rate * timeout * 2 * 1.25);
  double most = 64 * gigabyte;
  double high = 1024 * gigabyte;
  std::string room = "64 GB at most";
  if (const model::Disk* disk = disk_with(builder.facts(), "wal")) {
    const double space =
        static_cast<double>(disk->free_bytes) +
        static_cast<double>(builder.facts().snapshot().resources.wal_directory_bytes);
    most = std::min(most, 0.2 * space);
    high = std::max(0.5 * space, most);
    room =
        fmt::format("a fifth of the {} that the WAL's disk has for it at most", text::bytes(space));
  }
  const double target = round_memory(std::max(std::min(wanted, most), 64 * megabyte));
  high = std::max(high, target);
  return builder.consider(
      {.setting = "max_wal_size",
       .band = {0.6 * target, target, std::max(target, std::min(round_memory(most), high)), high},
       .print = print_memory,
       .reason = "checkpoints come by time, not because the WAL limit is reached",
       .arithmetic = fmt::format("{} of WAL a second x {} x 2 x 1.25 = {}; 1 GB at least, {}",
                                 text::bytes(rate), text::duration(timeout),
                                 text::bytes(rate * timeout * 2.5), room),
       .evidence = {size("WAL written a second", rate, "pg_stat_wal.wal_bytes")},
       .lower_reason = "the WAL must not fill its disk"});
}

}  // namespace

void consider_wal(SetBuilder& builder) {
  if (builder.facts().server().is_replica) return;
  const double timeout = consider_checkpoint_timeout(builder);
  const double max_wal = consider_max_wal(builder, timeout);
  const double quarter = round_memory(max_wal / 4);
  builder.consider({.setting = "min_wal_size",
                    .band = {0, quarter, quarter, 0.8 * max_wal},
                    .print = print_memory,
                    .reason = "it must stay below max_wal_size",
                    .arithmetic = fmt::format("a quarter of {}", text::bytes(max_wal))});
  builder.consider({.setting = "checkpoint_completion_target",
                    .band = {0.8, 0.9, 0.9, 1},
                    .print = print_decimal,
                    .reason = "the writes of a checkpoint are spread over nearly all of its time",
                    .arithmetic = "0.9 is the default from 14 on"});
}

FastReads fast_reads(const Facts& facts) {
  if (!facts.server().flavour.empty())
    return {fmt::format("{} runs on solid-state storage", facts.server().flavour),
            "the provider's settings in pg_settings", true};
  const model::Disk* disk = disk_with(facts, "data");
  if (disk != nullptr && disk->rotational && !*disk->rotational)
    return {fmt::format("the data is on a disk that does not spin ({})", disk->mount),
            "/sys/block/*/queue/rotational", true};
  const model::Database* database = facts.server().current_database();
  if (database != nullptr && database->total.blocks_read >= 10000 &&
      database->total.read_time_ms > 0) {
    const double mean =
        database->total.read_time_ms / static_cast<double>(database->total.blocks_read);
    if (mean < 1)
      return {fmt::format("a block is read in {} on average over {} reads",
                          text::duration(mean / 1000), text::count(database->total.blocks_read)),
              "pg_stat_database.blk_read_time / blks_read", false};
  }
  double data = 0;
  for (const model::Database& one : facts.server().databases)
    data += static_cast<double>(one.size_bytes);
  const auto memory = facts.memory_bytes();
  if (memory && data > 0 && data <= 0.5 * *memory)
    return {
        fmt::format("all data ({}) fits in memory ({})", text::bytes(data), text::bytes(*memory)),
        "pg_database_size(), host.memory", false};
  return {};
}

void consider_planner(SetBuilder& builder) {
  const FastReads fast = fast_reads(builder.facts());
  if (fast.reason.empty()) return;
  const double target = std::max(1.1, builder.current("seq_page_cost", 1));
  builder.consider(
      {.setting = "random_page_cost",
       .band = {0, target, target, std::max(1.99, target)},
       .print = print_decimal,
       .reason = "random reads cost little more than sequential ones here: " + fast.reason,
       .arithmetic = "1.1 when random reads are cheap; right up to 2",
       .evidence = {fact("random reads are cheap", fast.reason, fast.source)}});
  if (!fast.by_device) return;
  const bool asynchronous = builder.facts().server().major() >= 18;
  builder.consider({.setting = "effective_io_concurrency",
                    .band = {2, asynchronous ? 16.0 : 200.0, asynchronous ? 16.0 : 200.0, 1000},
                    .print = print_count,
                    .reason = "the storage serves many reads at once: " + fast.reason,
                    .arithmetic = "200 up to 17 (bitmap scans prefetch), 16, its default, from 18 "
                                  "on (all reads do)",
                    .evidence = {fact("the storage is fast", fast.reason, fast.source)}});
}

namespace {

bool parallel_starved(const Facts& facts) {
  const model::Database* database = facts.server().current_database();
  return database != nullptr && facts.ratio_age(database->stats_age_seconds) &&
         database->total.parallel_to_launch >= 1000 &&
         static_cast<double>(database->total.parallel_launched) <
             0.8 * static_cast<double>(database->total.parallel_to_launch);
}

void consider_parallel(SetBuilder& builder, double cpus) {
  const double wanted = parallel_starved(builder.facts()) ? cpus : 0;
  const double workers = builder.consider(
      {.setting = "max_parallel_workers",
       .band = {wanted, wanted, std::max(8.0, cpus), std::max(8.0, 2 * cpus)},
       .print = print_count,
       .reason = "as many parallel workers as the CPUs can serve",
       .arithmetic = fmt::format("{:.0f} CPUs; right up to twice that, or 8", cpus),
       .evidence = {number("CPUs", cpus, "host.cpus")}});
  for (const char* name : {"max_parallel_workers_per_gather", "max_parallel_maintenance_workers"}) {
    const double half = std::max(2.0, std::floor(cpus / 2));
    const double high = std::max(2.0, std::min(cpus, workers));
    builder.consider({.setting = name,
                      .band = {0, std::min(half, high), std::min(half, high), high},
                      .print = print_count,
                      .reason = "one query should not take all CPUs",
                      .arithmetic = fmt::format("half of {:.0f} CPUs, 2 at least", cpus)});
  }
  builder.consider({.setting = "max_worker_processes",
                    .band = {workers, workers, 262143, 262143},
                    .print = print_count,
                    .reason = "max_parallel_workers counts only up to this",
                    .arithmetic = fmt::format("max_parallel_workers = {:.0f}", workers)});
}

}  // namespace

void consider_workers(SetBuilder& builder) {
  const model::Host* host = builder.facts().host();
  if (host != nullptr && host->cpus > 0)
    consider_parallel(builder, static_cast<double>(host->cpus));
  builder.consider({.setting = "autovacuum_vacuum_cost_delay",
                    .band = {-1, 0.002, 0.002, 0.005},
                    .print = print_time,
                    .reason = "autovacuum must keep up with the changes",
                    .arithmetic = "2 ms is the default from 12 on; right up to 5 ms"});
  const double own = builder.current("autovacuum_vacuum_cost_limit", -1);
  const bool inherits = own < 0;
  if (inherits && builder.current("vacuum_cost_limit", 200) >= 200) return;
  builder.consider({.setting = "autovacuum_vacuum_cost_limit",
                    .band = {200, 200, 10000, 10000},
                    .print = print_count,
                    .reason = "all autovacuum workers share this much work between two pauses",
                    .arithmetic = "200 is the default of vacuum_cost_limit"});
}

}  // namespace whet::advise::settings
