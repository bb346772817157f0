// The workload of a snapshot: normalised statements with their counters and plans.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/fields.h"
#include "model/plan.h"

namespace whet::model {

struct StatementCounters {
  std::int64_t calls = 0, rows = 0, plans = 0;
  double execution_ms = 0, planning_ms = 0;  ///< planning only with track_planning
  std::int64_t shared_hit = 0, shared_read = 0, shared_dirtied = 0, shared_written = 0;  ///< blocks
  std::int64_t local_hit = 0, local_read = 0, local_written = 0;
  std::int64_t temp_read = 0, temp_written = 0;
  double read_ms = 0, write_ms = 0;  ///< shared and local; only with track_io_timing
  double temp_read_ms = 0, temp_write_ms = 0;
  std::int64_t wal_records = 0, wal_full_pages = 0, wal_bytes = 0;
  std::int64_t jit_functions = 0;
  double jit_ms = 0;  ///< generation, inlining, optimisation and emission
  std::int64_t parallel_to_launch = 0, parallel_launched = 0;  ///< 18+
  // MySQL's statement digests, and what other servers have of it. `rows` are rows sent.
  std::int64_t rows_examined = 0, keys_examined = 0, rows_affected = 0, errors = 0, warnings = 0;
  double lock_ms = 0, cpu_ms = 0;  ///< waiting for table and row locks; the latter 8.0.28+
  std::int64_t temp_tables = 0, temp_disk_tables = 0;
  std::int64_t sort_merge_passes = 0, sort_rows = 0, sort_scans = 0, sort_ranges = 0;
  std::int64_t full_scans = 0, full_joins = 0, range_checks = 0;  ///< SUM_SELECT_SCAN, ...
  std::int64_t no_index_used = 0, no_good_index_used = 0;
  // MongoDB: `rows` are documents returned, rows_examined and keys_examined what was looked at,
  // rows_affected what was inserted, modified or deleted, full_scans calls with a COLLSCAN,
  // sort_scans calls that sorted, temp_disk_tables calls that spilled, read_ms reading from disk,
  // lock_ms waiting for locks, shared_read bytes read from disk.
  std::int64_t result_bytes = 0, yields = 0, replans = 0, multi_plans = 0, write_conflicts = 0;
  std::int64_t batches = 0;      ///< getMore calls; `calls` are without them
  std::int64_t time_limits = 0;  ///< calls with a maxTimeMS of their own
  std::int64_t cut_texts = 0;    ///< operations whose text the server cut

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("calls", s.calls), v("rows", s.rows), v("plans", s.plans), v("execution_ms", s.execution_ms);
    v("planning_ms", s.planning_ms), v("shared_hit", s.shared_hit), v("shared_read", s.shared_read);
    v("shared_dirtied", s.shared_dirtied), v("shared_written", s.shared_written),
        v("local_hit", s.local_hit);
    v("local_read", s.local_read), v("local_written", s.local_written), v("temp_read", s.temp_read);
    v("temp_written", s.temp_written), v("read_ms", s.read_ms), v("write_ms", s.write_ms);
    v("temp_read_ms", s.temp_read_ms), v("temp_write_ms", s.temp_write_ms),
        v("wal_records", s.wal_records);
    v("wal_full_pages", s.wal_full_pages), v("wal_bytes", s.wal_bytes),
        v("jit_functions", s.jit_functions);
    v("jit_ms", s.jit_ms), v("parallel_to_launch", s.parallel_to_launch);
    v("parallel_launched", s.parallel_launched), v("rows_examined", s.rows_examined);
    v("keys_examined", s.keys_examined), v("rows_affected", s.rows_affected);
    v("errors", s.errors), v("warnings", s.warnings), v("lock_ms", s.lock_ms);
    v("cpu_ms", s.cpu_ms), v("temp_tables", s.temp_tables);
    v("temp_disk_tables", s.temp_disk_tables), v("sort_merge_passes", s.sort_merge_passes);
    v("sort_rows", s.sort_rows), v("sort_scans", s.sort_scans), v("sort_ranges", s.sort_ranges);
    v("full_scans", s.full_scans), v("full_joins", s.full_joins);
    v("range_checks", s.range_checks), v("no_index_used", s.no_index_used);
    v("no_good_index_used", s.no_good_index_used), v("result_bytes", s.result_bytes);
    v("yields", s.yields), v("replans", s.replans), v("multi_plans", s.multi_plans);
    v("write_conflicts", s.write_conflicts), v("batches", s.batches);
    v("time_limits", s.time_limits), v("cut_texts", s.cut_texts);
  }
};

enum class StatementKind : std::uint8_t {
  other,
  select,
  insert,
  update,
  remove,
  merge,
  ddl,
  utility,
  transaction
};
constexpr auto enum_names(StatementKind) {
  return Names<9>{"other", "select", "insert",  "update",     "delete",
                  "merge", "ddl",    "utility", "transaction"};
}

struct Statement {
  std::string id;  ///< the server's own (queryid), as text; unique together with role, database and
                   ///< top level
  std::string fingerprint;  ///< ours: equal for equal shapes on every server
  std::string database;
  std::string role;
  std::string text;  ///< normalised: no literals ($1 or ?)
  StatementKind kind = StatementKind::other;
  bool nested = false;                      ///< ran inside a function
  bool own = false;                         ///< Whet's
  std::optional<double> stats_age_seconds;  ///< 17+: since this entry was made; else the workload's
  double min_ms = 0, max_ms = 0, stddev_ms = 0;
  double p95_ms = 0, p99_ms = 0, p999_ms = 0;  ///< MySQL 8.0+: upper ends of the server's buckets
  std::optional<double> last_seen_age_seconds;
  /// MySQL: the statement as its server resolved it (SHOW WARNINGS after EXPLAIN): names qualified,
  /// everything in parentheses, literals as ?.
  std::string resolved;
  StatementCounters total, window;
  std::optional<Plan> plan;  ///< absent for the unimportant and the impossible
  std::string plan_kind;     ///< generic (without running it), custom, auto_explain (of one run)
  std::string plan_problem;  ///< why there is no plan; empty when none was wanted
  std::vector<std::string> samples;  ///< with literals; only with --with-samples
  // MongoDB.
  std::string query_hash, plan_summary;  ///< of the latest call: "IXSCAN { a: 1 }"
  std::string read_concern, write_concern, read_preference;  ///< of the latest call; empty: default
  std::vector<std::string> applications;  ///< appName of the clients seen, sorted

  [[nodiscard]] double mean_ms() const {
    return total.calls > 0 ? total.execution_ms / static_cast<double>(total.calls) : 0;
  }

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("id", s.id), v("fingerprint", s.fingerprint), v("database", s.database), v("role", s.role),
        v("text", s.text);
    v("kind", s.kind), v("nested", s.nested), v("own", s.own),
        v("stats_age_seconds", s.stats_age_seconds);
    v("min_ms", s.min_ms), v("max_ms", s.max_ms), v("stddev_ms", s.stddev_ms), v("total", s.total);
    v("p95_ms", s.p95_ms), v("p99_ms", s.p99_ms), v("p999_ms", s.p999_ms);
    v("last_seen_age_seconds", s.last_seen_age_seconds), v("resolved", s.resolved);
    v("window", s.window), v("plan", s.plan), v("plan_kind", s.plan_kind),
        v("plan_problem", s.plan_problem);
    v("samples", s.samples), v("query_hash", s.query_hash), v("plan_summary", s.plan_summary);
    v("read_concern", s.read_concern), v("write_concern", s.write_concern);
    v("read_preference", s.read_preference), v("applications", s.applications);
  }
};

struct Workload {
  std::string source;                 ///< pg_stat_statements 1.10, ...; empty: none could be read
  std::optional<double> age_seconds;  ///< since the statistics were reset
  std::int64_t entries = 0, max_entries = 0;
  std::int64_t evictions = 0;  ///< since the reset (14+)
  std::optional<double> evictions_age_seconds;
  std::int64_t text_bytes = 0;  ///< of all query texts
  bool track_utility = false, track_planning = false;
  std::string track;                ///< top, all, none
  std::int64_t not_understood = 0;  ///< entries of the source that could not be read
  double slow_ms = 0;               ///< the source has only calls that took longer; 0: all of them
  std::vector<Statement> statements;  ///< by total execution time, falling

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("source", s.source), v("age_seconds", s.age_seconds), v("entries", s.entries),
        v("max_entries", s.max_entries);
    v("evictions", s.evictions), v("evictions_age_seconds", s.evictions_age_seconds),
        v("text_bytes", s.text_bytes);
    v("track_utility", s.track_utility), v("track_planning", s.track_planning), v("track", s.track);
    v("not_understood", s.not_understood), v("slow_ms", s.slow_ms);
    v("statements", s.statements);
  }
};

}  // namespace whet::model
