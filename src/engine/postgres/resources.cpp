// Checkpoints, WAL, block I/O and the small caches, by version.
#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "engine/postgres/collector.h"
#include "model/delta.h"

namespace whet::engine::postgres {

namespace {

std::string age(const std::string& moment) {
  return "extract(epoch FROM clock_timestamp() - " + moment + ")";
}

void sample_checkpoints(Collector& c, Sample sample) {
  // 17 moved what a checkpoint does to pg_stat_checkpointer, and what backends write to pg_stat_io.
  const std::string sql =
      c.since(170000,
              R"(SELECT k.num_timed, k.num_requested, k.write_time, k.sync_time, k.buffers_written,
           b.buffers_clean, b.buffers_alloc, 0, 0, b.maxwritten_clean, )" +
                  age("k.stats_reset") + " FROM pg_stat_checkpointer k, pg_stat_bgwriter b",
              R"(SELECT b.checkpoints_timed, b.checkpoints_req, b.checkpoint_write_time,
           b.checkpoint_sync_time, b.buffers_checkpoint, b.buffers_clean, b.buffers_alloc,
           b.buffers_backend, b.buffers_backend_fsync, b.maxwritten_clean, )" +
                  age("b.stats_reset") + " FROM pg_stat_bgwriter b");
  const auto rows = c.read("checkpoints", sql);
  if (!rows || rows->empty()) return;
  Row row(*rows, 0);
  model::CheckpointCounters now;
  now.timed = row.integer();
  now.requested = row.integer();
  now.write_ms = row.number();
  now.sync_ms = row.number();
  for (auto* counter : {&now.buffers_checkpoint, &now.buffers_clean, &now.buffers_allocated,
                        &now.buffers_backend, &now.backend_fsyncs, &now.maxwritten_clean})
    *counter = row.integer();
  auto& resources = c.snapshot.resources;
  resources.checkpoint_age_seconds = row.maybe_number();
  keep_sample(sample, now, resources.checkpoint_total, resources.checkpoint_window);
}

void sample_wal(Collector& c, Sample sample) {
  if (c.version() < 140000) return;  // pg_stat_wal is new in 14
  // 18 counts writes and syncs of WAL in pg_stat_io.
  const std::string files =
      c.since(180000,
              "(SELECT sum(writes) FROM pg_stat_io WHERE object = 'wal'), "
              "(SELECT sum(fsyncs) FROM pg_stat_io WHERE object = 'wal'), "
              "(SELECT sum(write_time) FROM pg_stat_io WHERE object = 'wal'), "
              "(SELECT sum(fsync_time) FROM pg_stat_io WHERE object = 'wal')",
              "w.wal_write, w.wal_sync, w.wal_write_time, w.wal_sync_time");
  const auto rows = c.read("WAL",
                           "SELECT w.wal_records, w.wal_fpi, w.wal_bytes, "
                           "w.wal_buffers_full, " +
                               files + ", " + age("w.stats_reset") + " FROM pg_stat_wal w");
  if (!rows || rows->empty()) return;
  Row row(*rows, 0);
  model::WalCounters now;
  for (auto* counter :
       {&now.records, &now.full_pages, &now.bytes, &now.buffers_full, &now.writes, &now.syncs})
    *counter = row.integer();
  now.write_ms = row.number();
  now.sync_ms = row.number();
  auto& resources = c.snapshot.resources;
  resources.wal_age_seconds = row.maybe_number();
  keep_sample(sample, now, resources.wal_total, resources.wal_window);
}

void sample_io(Collector& c, Sample sample) {
  if (c.version() < 160000) return;  // pg_stat_io is new in 16
  // 18 counts bytes, before there were operations of op_bytes each.
  const std::string bytes =
      c.since(180000, "read_bytes, write_bytes", "reads * op_bytes, writes * op_bytes");
  const auto rows = c.read("block I/O",
                           "SELECT backend_type, object, context, reads, writes, "
                           "extends, hits, evictions, fsyncs, " +
                               bytes + ", read_time, write_time, extend_time, fsync_time, " +
                               age("stats_reset") + " FROM pg_stat_io ORDER BY 1, 2, 3");
  if (!rows) return;
  auto& resources = c.snapshot.resources;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    model::IoRow io;
    io.backend = row.text();
    io.object = row.text();
    io.context = row.text();
    model::IoCounters now;
    for (auto* counter : {&now.reads, &now.writes, &now.extends, &now.hits, &now.evictions,
                          &now.fsyncs, &now.read_bytes, &now.write_bytes})
      *counter = row.integer();
    for (auto* counter : {&now.read_ms, &now.write_ms, &now.extend_ms, &now.fsync_ms})
      *counter = row.number();
    resources.io_age_seconds = row.maybe_number();
    const auto at = std::find_if(resources.io.begin(), resources.io.end(), [&](const auto& known) {
      return known.backend == io.backend && known.object == io.object &&
             known.context == io.context;
    });
    if (at != resources.io.end()) {
      keep_sample(sample, now, at->total, at->window);
    } else {
      io.total = now;
      resources.io.push_back(std::move(io));
    }
  }
}

/// The names that 17 gave them.
std::string slru_name(const std::string& name) {
  static const std::map<std::string, std::string> renamed{{"CommitTs", "commit_timestamp"},
                                                          {"MultiXactMember", "multixact_member"},
                                                          {"MultiXactOffset", "multixact_offset"},
                                                          {"Notify", "notify"},
                                                          {"Serial", "serializable"},
                                                          {"Subtrans", "subtransaction"},
                                                          {"Xact", "transaction"}};
  const auto at = renamed.find(name);
  return at == renamed.end() ? name : at->second;
}

void sample_slru(Collector& c, Sample sample) {
  const auto rows = c.read("small caches",
                           "SELECT name, blks_hit, blks_read, blks_written FROM pg_stat_slru "
                           "ORDER BY name");
  if (!rows) return;
  auto& caches = c.snapshot.resources.slru;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    const std::string name = slru_name(row.text());
    model::SlruCounters now;
    for (auto* counter : {&now.hits, &now.reads, &now.writes}) *counter = row.integer();
    const auto at = std::find_if(caches.begin(), caches.end(),
                                 [&](const auto& known) { return known.name == name; });
    if (at != caches.end()) {
      keep_sample(sample, now, at->total, at->window);
    } else {
      caches.push_back({name, now, {}});
    }
  }
}

}  // namespace

void collect_resources(Collector& c) {
  const std::string remedy = "GRANT pg_monitor TO " + c.role + ";";
  if (const auto rows = c.read_if_allowed("the size of the WAL",
                                          "has_function_privilege('pg_ls_waldir()', 'EXECUTE')",
                                          "SELECT sum(size) FROM pg_ls_waldir()", remedy);
      rows && !rows->empty())
    c.snapshot.resources.wal_directory_bytes = Row(*rows, 0).integer();
  if (const auto rows =
          c.read("the size of temporary files", "SELECT sum(size) FROM pg_ls_tmpdir()", {}, remedy);
      rows && !rows->empty())
    c.snapshot.resources.temp_directory_bytes = Row(*rows, 0).integer();
}

void sample_resources(Collector& c, Sample sample) {
  sample_checkpoints(c, sample);
  sample_wal(c, sample);
  sample_io(c, sample);
  sample_slru(c, sample);
}

}  // namespace whet::engine::postgres
