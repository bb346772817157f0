// Settings advice for MySQL and MariaDB as a set, on the same bands as PostgreSQL's (memory_set.h):
// every check that proposes a value takes it from here, so no two findings contradict each other,
// and all values together fit the machine, the limits of open files, and each other.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "advise/facts.h"
#include "advise/settings/memory_set.h"

namespace whet::advise::settings {

/// What the settings let the server take, in bytes.
struct MysqlEnvelope {
  double pool = 0;            ///< innodb_buffer_pool_size
  double log_buffer = 0;      ///< innodb_log_buffer_size
  double caches = 0;          ///< key_buffer_size, Aria's page cache, the query cache
  double instruments = 0;     ///< performance_schema, as it says itself
  double temporary_seen = 0;  ///< the most that TempTable had at once
  double temporary_most = 0;  ///< what TempTable may have in all
  double connection = 0;      ///< each one, idle too: stack and network buffers
  double statement = 0;       ///< one that works: its largest buffers, one temporary table
  double statement_most = 0;  ///< all buffers at once
  double connected = 0;       ///< the most connections so far
  double working = 0;         ///< sessions that work at once, realistically
  double connections = 0;     ///< max_connections

  /// The connections seen, those of them that really work with what a statement needs.
  [[nodiscard]] double realistic() const;
  /// Every connection that is let in, with all its buffers at once.
  [[nodiscard]] double worst() const;
  [[nodiscard]] std::string realistic_text() const;
  [[nodiscard]] std::string worst_text() const;
};

struct MysqlSet {
  std::vector<Recommendation> items;
  std::optional<double> memory;  ///< of the machine; nothing when it is not known
  double usable = 0;             ///< of it: less than all when other programs hold much
  double others = 0;
  bool shared_host = false;
  MysqlEnvelope now, then;  ///< then: with all items applied

  /// nullptr when the setting is right, unknown, or nothing can be said.
  [[nodiscard]] const Recommendation* find(std::string_view setting) const;
};

/// Pure; O(tables + statements).
[[nodiscard]] MysqlSet recommend_mysql(const Facts& facts);

[[nodiscard]] model::Change mysql_change_for(const Facts& facts, const Recommendation& advice);

/// Adds evidence, reason, arithmetic and change of those of `names` that the set changes. True when
/// it added any.
bool add_advice(const Facts& facts, const MysqlSet& set,
                std::initializer_list<std::string_view> names, model::Finding& finding);

/// The envelope as arithmetic, so that a reader can add up that a value fits with all others.
void add_envelope(const MysqlSet& set, model::Finding& finding);

/// Bytes of all data and indexes.
[[nodiscard]] double data_bytes(const Facts& facts);
/// Tables that the server may have open; partitions count for themselves.
[[nodiscard]] double table_count(const Facts& facts);

/// Bytes that the redo log may hold; nothing when the snapshot does not say.
[[nodiscard]] std::optional<double> redo_capacity(const Facts& facts);
/// Fuller, and the next burst of writes makes everybody wait.
inline constexpr double redo_full = 0.8;
/// The share of it that is needed now: log written since the last checkpoint.
[[nodiscard]] std::optional<double> redo_used(const Facts& facts);
/// Bytes of redo an hour, on average over a day or more; 0 before. (Ten seconds of a bulk load are
/// no hour.)
[[nodiscard]] double redo_per_hour(const Facts& facts);

/// The share of reads of pages that missed the buffer pool, when they are many; nothing when they
/// are not.
[[nodiscard]] std::optional<double> pool_misses(const Facts& facts);

/// In-memory temporary tables use the MEMORY engine, which obeys the smaller of tmp_table_size and
/// max_heap_table_size; false: TempTable.
[[nodiscard]] bool memory_engine_temporaries(const Facts& facts);
/// Temporary tables go to disk often: share of all, and each second.
[[nodiscard]] bool temporaries_spill(const Facts& facts);
[[nodiscard]] bool sorts_merge(const Facts& facts);
[[nodiscard]] bool table_cache_overflows(const Facts& facts);
[[nodiscard]] bool definitions_overflow(const Facts& facts);
[[nodiscard]] bool threads_are_made(const Facts& facts);
[[nodiscard]] bool binlog_cache_spills(const Facts& facts);
[[nodiscard]] bool log_buffer_waits(const Facts& facts);
[[nodiscard]] bool flushing_at_its_limit(const Facts& facts);

/// The disk of the data does not spin: true, spins: false, unknown: nothing.
[[nodiscard]] std::optional<bool> solid_state(const Facts& facts);

}  // namespace whet::advise::settings
