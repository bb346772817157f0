// What the server and its host spend: checkpoints, WAL, block I/O, caches; CPU, memory, disks and
// pressure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/fields.h"

namespace whet::model {

/// Checkpoints and background writing (pg_stat_bgwriter, from 17 on also pg_stat_checkpointer).
struct CheckpointCounters {
  std::int64_t timed = 0, requested = 0;
  double write_ms = 0, sync_ms = 0;
  std::int64_t buffers_checkpoint = 0, buffers_clean = 0, buffers_allocated = 0;
  std::int64_t buffers_backend = 0, backend_fsyncs = 0;  ///< up to 16; later from the I/O table
  std::int64_t maxwritten_clean = 0;  ///< times the background writer stopped at its limit

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("timed", s.timed), v("requested", s.requested), v("write_ms", s.write_ms),
        v("sync_ms", s.sync_ms);
    v("buffers_checkpoint", s.buffers_checkpoint), v("buffers_clean", s.buffers_clean);
    v("buffers_allocated", s.buffers_allocated), v("buffers_backend", s.buffers_backend);
    v("backend_fsyncs", s.backend_fsyncs), v("maxwritten_clean", s.maxwritten_clean);
  }
};

struct WalCounters {
  std::int64_t records = 0, full_pages = 0, bytes = 0, buffers_full = 0, writes = 0, syncs = 0;
  double write_ms = 0, sync_ms = 0;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("records", s.records), v("full_pages", s.full_pages), v("bytes", s.bytes),
        v("buffers_full", s.buffers_full);
    v("writes", s.writes), v("syncs", s.syncs), v("write_ms", s.write_ms), v("sync_ms", s.sync_ms);
  }
};

struct IoCounters {
  std::int64_t reads = 0, read_bytes = 0, writes = 0, write_bytes = 0, extends = 0, hits = 0,
               evictions = 0, fsyncs = 0;
  double read_ms = 0, write_ms = 0, extend_ms = 0, fsync_ms = 0;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("reads", s.reads), v("read_bytes", s.read_bytes), v("writes", s.writes),
        v("write_bytes", s.write_bytes);
    v("extends", s.extends), v("hits", s.hits), v("evictions", s.evictions), v("fsyncs", s.fsyncs);
    v("read_ms", s.read_ms), v("write_ms", s.write_ms), v("extend_ms", s.extend_ms),
        v("fsync_ms", s.fsync_ms);
  }
};

/// A row of pg_stat_io (16+).
struct IoRow {
  std::string backend, object, context;
  IoCounters total, window;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("backend", s.backend), v("object", s.object), v("context", s.context), v("total", s.total),
        v("window", s.window);
  }
};

/// I/O on one kind of file (MySQL: file_summary_by_event_name: "innodb_data_file").
struct FileIo {
  std::string name;
  IoCounters total, window;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("name", s.name), v("total", s.total), v("window", s.window);
  }
};

/// Memory that one part of the server has (MySQL: memory_summary_global_by_event_name).
struct MemoryUse {
  std::string name;  ///< "memory/innodb/buf_buf_pool"
  double bytes = 0, highest_bytes = 0;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("name", s.name), v("bytes", s.bytes), v("highest_bytes", s.highest_bytes);
  }
};

struct SlruCounters {
  std::int64_t hits = 0, reads = 0, writes = 0;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("hits", s.hits), v("reads", s.reads), v("writes", s.writes);
  }
};

/// A small fixed cache of transaction status, subtransactions, multixacts, ... (pg_stat_slru).
/// The name is that of 17 and later: "transaction", "subtransaction", "multixact_member", ...
struct SlruRow {
  std::string name;
  SlruCounters total, window;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("name", s.name), v("total", s.total), v("window", s.window);
  }
};

/// Shares of time in which some (or all) tasks waited for a resource, 0 to 1 (Linux PSI, avg60).
struct Pressure {
  double some = 0, full = 0;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("some", s.some), v("full", s.full);
  }
};

struct Disk {
  std::string mount;
  std::string filesystem;          ///< ext4, xfs, nfs4, ...
  std::vector<std::string> holds;  ///< data, wal, tablespace NAME, log, temp
  std::int64_t size_bytes = 0, free_bytes = 0;
  std::optional<bool> rotational;  ///< a disk that spins; absent when it could not be told

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("mount", s.mount), v("filesystem", s.filesystem), v("holds", s.holds),
        v("size_bytes", s.size_bytes);
    v("free_bytes", s.free_bytes), v("rotational", s.rotational);
  }
};

/// The machine that the server runs on; only when Whet runs on it too (or the user stated its
/// size).
struct Host {
  bool stated = false;  ///< memory and CPUs were given by the user, not read
  std::int64_t cpus =
      0;  ///< usable: the smaller of the machine's and the control group's, rounded up
  std::int64_t memory_bytes = 0;  ///< the smaller of the machine's and the control group's limit
  std::int64_t available_bytes = 0;
  std::int64_t swap_bytes = 0, swap_used_bytes = 0;
  double load_1 = 0;    ///< load average over one minute
  double cpu_busy = 0;  ///< share of CPU time in the window, 0 to 1
  double io_wait = 0;
  std::optional<Pressure> cpu_pressure, memory_pressure, io_pressure;
  std::vector<Disk> disks;
  std::int64_t swappiness = 0;
  std::int64_t overcommit = 0;         ///< vm.overcommit_memory
  std::string transparent_huge_pages;  ///< always, madvise, never
  std::int64_t huge_pages_total = 0, huge_page_bytes = 0;
  std::int64_t dirty_background_bytes = 0;
  std::int64_t open_files_limit = 0;
  bool container = false;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("stated", s.stated), v("cpus", s.cpus), v("memory_bytes", s.memory_bytes);
    v("available_bytes", s.available_bytes), v("swap_bytes", s.swap_bytes),
        v("swap_used_bytes", s.swap_used_bytes);
    v("load_1", s.load_1), v("cpu_busy", s.cpu_busy), v("io_wait", s.io_wait),
        v("cpu_pressure", s.cpu_pressure);
    v("memory_pressure", s.memory_pressure), v("io_pressure", s.io_pressure), v("disks", s.disks);
    v("swappiness", s.swappiness), v("overcommit", s.overcommit);
    v("transparent_huge_pages", s.transparent_huge_pages),
        v("huge_pages_total", s.huge_pages_total);
    v("huge_page_bytes", s.huge_page_bytes), v("dirty_background_bytes", s.dirty_background_bytes);
    v("open_files_limit", s.open_files_limit), v("container", s.container);
  }
};

struct Resources {
  std::optional<double> checkpoint_age_seconds;  ///< since its counters were reset
  CheckpointCounters checkpoint_total, checkpoint_window;
  std::optional<double> wal_age_seconds;
  WalCounters wal_total, wal_window;
  std::int64_t wal_directory_bytes = 0;  ///< 0: not readable
  std::int64_t temp_directory_bytes = 0;
  std::optional<double> io_age_seconds;
  std::vector<IoRow> io;
  std::vector<SlruRow> slru;
  std::vector<FileIo> files;      ///< MySQL: by total time, falling
  std::vector<MemoryUse> memory;  ///< MySQL: the largest parts, falling
  std::optional<double>
      deadlock_age_seconds;  ///< MySQL: since the latest one that InnoDB remembers
  std::optional<Host> host;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("checkpoint_age_seconds", s.checkpoint_age_seconds),
        v("checkpoint_total", s.checkpoint_total);
    v("checkpoint_window", s.checkpoint_window), v("wal_age_seconds", s.wal_age_seconds),
        v("wal_total", s.wal_total);
    v("wal_window", s.wal_window), v("wal_directory_bytes", s.wal_directory_bytes);
    v("temp_directory_bytes", s.temp_directory_bytes), v("io_age_seconds", s.io_age_seconds),
        v("io", s.io);
    v("slru", s.slru), v("files", s.files), v("memory", s.memory);
    v("deadlock_age_seconds", s.deadlock_age_seconds), v("host", s.host);
  }
};

}  // namespace whet::model
