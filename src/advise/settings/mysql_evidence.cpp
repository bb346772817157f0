// What the server's counters say about its settings: each a question with its threshold, asked by
// the settings set and by the finding that tells of it.
#include <algorithm>

#include "advise/mysql_facts.h"
#include "advise/settings/mysql_set.h"
#include "advise/settings/support.h"
#include "base/text.h"
#include "base/units.h"

namespace whet::advise::settings {

namespace {

const model::Disk* data_disk(const Facts& facts) {
  const model::Host* host = facts.host();
  if (host == nullptr) return nullptr;
  for (const model::Disk& disk : host->disks) {
    if (std::find(disk.holds.begin(), disk.holds.end(), "data") != disk.holds.end()) return &disk;
  }
  return nullptr;
}

}  // namespace

double data_bytes(const Facts& facts) {
  double tables = 0, databases = 0;
  for (const model::Table* table : facts.user_tables())
    tables += static_cast<double>(table->heap_bytes) + static_cast<double>(table->index_bytes);
  for (const model::Database& database : facts.server().databases)
    databases += static_cast<double>(database.size_bytes);
  return std::max(tables, databases);
}

double table_count(const Facts& facts) {
  double tables = 0;
  for (const model::Table* table : facts.user_tables())
    tables += std::max(1.0, static_cast<double>(table->partitions.size()));
  return tables;
}

std::optional<double> redo_capacity(const Facts& facts) {
  if (const auto capacity = number_of(facts.server().setting("innodb_redo_log_capacity")))
    return capacity;
  const auto file = number_of(facts.server().setting("innodb_log_file_size"));
  if (!file) return std::nullopt;
  return *file * std::max(1.0, number_of(facts, "innodb_log_files_in_group", 1));
}

std::optional<double> redo_used(const Facts& facts) {
  const auto capacity = redo_capacity(facts);
  const auto most = facts.server().status_total("Innodb_checkpoint_max_age");
  const auto age = facts.server().status_total("Innodb_checkpoint_age");
  if (most && age && *most > 0) return *age / *most;
  auto needed = facts.server().status_total("Innodb_redo_log_logical_size");
  if (!needed) needed = facts.server().status_total("innodb_monitor.checkpoint_age");
  if (!needed || !capacity || *capacity <= 0) return std::nullopt;
  return *needed / *capacity;
}

double redo_per_hour(const Facts& facts) {
  return 3600 * fastest_per_second(facts, "Innodb_os_log_written");
}

std::optional<double> pool_misses(const Facts& facts) {
  const auto misses =
      part_of(facts, "Innodb_buffer_pool_reads", {"Innodb_buffer_pool_read_requests"}, 1e6);
  if (!misses) return std::nullopt;
  // Scans ask for each page many times, so that their share of misses is small whatever they read
  // from the disk: 8 MB a second, hour after hour, are too much by themselves.
  constexpr double many_pages = 500;
  const bool reads_hard = per_second(facts, "Innodb_pages_read") >= many_pages;
  const bool often = misses->value > 0.01 && per_second(facts, "Innodb_buffer_pool_reads") >= 10;
  return often || reads_hard ? std::optional(misses->value) : std::nullopt;
}

bool memory_engine_temporaries(const Facts& facts) {
  const model::Setting* engine = facts.server().setting("internal_tmp_mem_storage_engine");
  return engine == nullptr || text::lower(engine->value) == "memory";
}

bool temporaries_spill(const Facts& facts) {
  const auto spilled = part_of(facts, "Created_tmp_disk_tables", {"Created_tmp_tables"}, 1000);
  return spilled && spilled->value > 0.25 && per_second(facts, "Created_tmp_disk_tables") > 1;
}

bool sorts_merge(const Facts& facts) {
  const auto merged = part_of(facts, "Sort_merge_passes", {"Sort_scan", "Sort_range"}, 1000);
  return merged && merged->value > 0.1;
}

bool table_cache_overflows(const Facts& facts) {
  const auto missed = part_of(facts, "Table_open_cache_misses",
                              {"Table_open_cache_misses", "Table_open_cache_hits"}, 10000);
  return missed && missed->value > 0.2 && status(facts, "Table_open_cache_overflows") > 0 &&
         per_second(facts, "Table_open_cache_overflows") > 1;
}

bool definitions_overflow(const Facts& facts) {
  const double cache = number_of(facts, "table_definition_cache", 0);
  return cache > 0 && status(facts, "Open_table_definitions") >= 0.98 * cache &&
         table_count(facts) > cache && per_second(facts, "Opened_table_definitions") > 1;
}

bool threads_are_made(const Facts& facts) {
  if (facts.server().text("thread_handling") == "pool-of-threads") return false;
  const auto made = part_of(facts, "Threads_created", {"Connections"}, 1000);
  return made && made->value > 0.5 && per_second(facts, "Threads_created") > 1;
}

bool binlog_cache_spills(const Facts& facts) {
  const auto spilled = part_of(facts, "Binlog_cache_disk_use", {"Binlog_cache_use"}, 1000);
  return spilled && spilled->value > 0.1;
}

bool log_buffer_waits(const Facts& facts) {
  constexpr double quarter_hour = 900;
  return per_second(facts, "Innodb_log_waits") * quarter_hour > 10;
}

bool flushing_at_its_limit(const Facts& facts) {
  const auto limit = number_of(facts.server().setting("innodb_io_capacity"));
  return limit && *limit > 0 &&
         fastest_per_second(facts, "Innodb_buffer_pool_pages_flushed") > 0.5 * *limit;
}

std::optional<bool> solid_state(const Facts& facts) {
  if (is_managed(facts)) return true;
  const model::Disk* disk = data_disk(facts);
  if (disk == nullptr || !disk->rotational) return std::nullopt;
  return !*disk->rotational;
}

}  // namespace whet::advise::settings
