// One collection from a MySQL or MariaDB server: what its areas share, and the areas themselves
// (one file each).
//
// Every statement stands alone in a read-only session. One that is refused costs its own fact only:
// it is noted as not collected, and the rest goes on.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "engine/host.h"
#include "engine/mysql/connection.h"
#include "engine/mysql/probes.h"
#include "model/delta.h"

namespace whet::engine::mysql {

/// Everything about the server and its workload. Whoever reads it offline needs nothing else.
[[nodiscard]] Result<Collected> collect(Connection& connection, const CollectOptions& options,
                                        Progress& progress);

/// More tables than this, and nothing is asked that would make the server open each of them: rows,
/// sizes and cardinalities (TABLES, STATISTICS; also in a server with a data dictionary, whose
/// cache of them a read-only session cannot fill).
inline constexpr std::size_t many_tables = 1000;

class Collector {
 public:
  Collector(Connection& connection, const CollectOptions& options, Progress& progress,
            Collected& collected);

  /// The rows; nothing when the server refused, which is noted under `what` with the `remedy`.
  std::optional<Rows> read(const std::string& what, const std::string& sql,
                           const std::string& remedy = {});
  /// The same for a fact that many servers do not have: nothing is noted.
  std::optional<Rows> read_if_possible(const std::string& sql);
  /// The same, row by row, so that their number does not matter here. False when refused.
  bool stream(const std::string& what, const std::string& sql, const Connection::Take& take,
              const std::string& remedy = {});
  void note(const std::string& what, const std::string& reason, const std::string& remedy);

  [[nodiscard]] std::int64_t version() const { return connection.version(); }
  [[nodiscard]] bool has(Feature feature) const {
    return mysql::has(feature, connection.fork(), version());
  }
  /// `then` when the server has that, else `otherwise`: for columns of its views.
  [[nodiscard]] std::string if_has(Feature feature, const std::string& then,
                                   const std::string& otherwise) const {
    return has(feature) ? then : otherwise;
  }
  [[nodiscard]] std::string words(Ask ask) const {
    return std::string(words_for(ask, connection.fork(), version()));
  }
  /// "GRANT SELECT ON performance_schema.* TO 'whet'@'%';"
  [[nodiscard]] std::string grant(std::string_view what) const;

  /// Set after the connection broke or the user stopped it: nothing more can be read.
  [[nodiscard]] bool stopped() const { return failure.has_value(); }

  /// Too many tables to ask anything that opens each of them.
  [[nodiscard]] bool too_many_to_open() const {
    return snapshot.schema.tables.size() > many_tables;
  }

  /// The same where already reading the schema opens tables, without a data dictionary.
  [[nodiscard]] bool definitions_only() const {
    return too_many_to_open() && !has(Feature::dictionary);
  }

  /// nullptr for what is not in the snapshot. Valid after remember_tables(), as long as no table
  /// (index) is added.
  [[nodiscard]] model::Table* table(std::string_view schema, std::string_view name);
  [[nodiscard]] static model::Index* index(model::Table& table, std::string_view name);
  void remember_tables();

  Connection& connection;
  const CollectOptions& options;
  Progress& progress;
  Collected& collected;
  model::Snapshot& snapshot;
  std::optional<Error> failure;
  std::string account;  ///< 'whet'@'%', for remedies
  /// performance_schema is on, and may be read.
  bool performance_schema = false;
  /// mysql.innodb_table_stats and innodb_index_stats may be read.
  bool statistics_tables = false;
  std::int64_t page_bytes = 16384;
  /// The time zone of the server's timestamps is UTC in this session; this is its now.
  double now = 0;

 private:
  std::unordered_map<std::string, std::size_t> tables_;
};

// The areas, in this order.
void collect_server(Collector& collector);
void collect_settings(Collector& collector);
void collect_extensions(Collector& collector);
void collect_users(Collector& collector);
void collect_tables(Collector& collector);  ///< and databases, views
void collect_columns(Collector& collector);
void collect_indexes(Collector& collector);
void collect_sizes(Collector& collector);
void collect_constraints(Collector& collector);
void collect_other_objects(Collector& collector);  ///< views, triggers, routines, partitions
void collect_index_statistics(Collector& collector);
void collect_column_statistics(Collector& collector);
/// Of columns that the server knows nothing of.
void collect_column_samples(Collector& c);
void collect_statements(Collector& collector);
void collect_activity(Collector& collector);
void collect_locks(Collector& collector);
void collect_replication(Collector& collector);
void collect_resources(Collector& collector);
void collect_plans(Collector& collector);

/// The machine; `process` is 0 when the server does not run here.
void collect_host(Collector& collector, int process, const std::optional<CpuTimes>& earlier);
/// The server's process id when it runs on this machine, by its pid file; else 0.
[[nodiscard]] int server_process(const model::Server& server, const std::string& root);

/// Looks at the sessions again and again until the window is over.
void sample_waits(Collector& collector, double until);

/// Counters that are read twice: after the first reading they hold the total, after the second
/// `window` is the difference and the total is the later one.
enum class Sample : std::uint8_t { first, second };
void sample_status(Collector& collector, Sample sample);
void sample_usage(Collector& collector, Sample sample);  ///< tables and indexes
void sample_statements(Collector& collector, Sample sample);
void sample_resources(Collector& collector, Sample sample);

/// Keeps a later reading of counters in `total`, and from the second on the difference in `window`.
template <class Counters>
void keep_sample(Sample sample, const Counters& later, Counters& total, Counters& window) {
  if (sample == Sample::second) window = model::counters_between(total, later);
  total = later;
}

/// The statement so marked that the server's digests, which forget comments, still tell that it is
/// Whet's.
[[nodiscard]] std::string marked(std::string_view sql, model::EngineKind fork);
/// True for a digest's text, or a statement's, that has one of the marks.
[[nodiscard]] bool is_own(std::string_view text);

/// "column NOT IN ('mysql', ...)": leaves out the server's own schemas.
[[nodiscard]] std::string user_schemas(std::string_view column);
[[nodiscard]] bool is_system_schema(std::string_view name);

/// The same for the same name in every snapshot, positive, and within 53 bits.
[[nodiscard]] std::int64_t id_of(std::string_view schema, std::string_view name,
                                 std::string_view index = {});

/// Picoseconds of performance_schema in milliseconds.
[[nodiscard]] constexpr double milliseconds(double picoseconds) { return picoseconds / 1e9; }

/// So many texts of one statement are kept for replays.
inline constexpr std::size_t texts_of_one_statement = 24;

}  // namespace whet::engine::mysql
