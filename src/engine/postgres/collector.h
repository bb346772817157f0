// One collection: what its areas share, and the areas themselves (one file each).
//
// Every statement is a transaction of its own, read-only like all of the session. So one that is
// refused costs its own fact only: it is noted as not collected, and the rest goes on.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "engine/postgres/connection.h"
#include "model/delta.h"

namespace whet::engine::postgres {

/// More tables than this, and sizes come from the pages that VACUUM counted: asking the file
/// system for each relation would take long.
inline constexpr std::size_t many_tables = 5000;

class Collector {
 public:
  Collector(Connection& connection, const CollectOptions& options, Progress& progress,
            Collected& collected);

  /// The rows; nothing when the server refused, which is noted under `what` with the `remedy`.
  std::optional<Rows> read(const std::string& what, const std::string& sql,
                           const Parameters& parameters = {}, const std::string& remedy = {});
  /// The same for a fact that needs a privilege: `allowed` is asked first, in SQL, so that a
  /// refusal leaves no error in the server's log.
  std::optional<Rows> read_if_allowed(const std::string& what, const std::string& allowed,
                                      const std::string& sql, const std::string& remedy);
  /// The same for a fact that many servers do not have: nothing is noted.
  std::optional<Rows> read_if_possible(const std::string& sql, const Parameters& parameters = {});
  void note(const std::string& what, const std::string& reason, const std::string& remedy);

  /// `then` from that server version (150000) on, else `otherwise`: for columns of the server's
  /// views.
  [[nodiscard]] std::string since(std::int64_t version, const std::string& then,
                                  const std::string& otherwise) const;
  [[nodiscard]] std::int64_t version() const { return connection.version(); }

  /// Set after the connection broke or the user stopped it: nothing more can be read.
  [[nodiscard]] bool stopped() const { return failure.has_value(); }

  /// nullptr for an id that is not in the snapshot. Valid once the tables (indexes) are there.
  [[nodiscard]] model::Table* table(std::int64_t id);
  [[nodiscard]] model::Index* index(std::int64_t id);
  void remember_tables();
  void remember_indexes();
  /// The name of a table's column, "" when there is none at that position.
  [[nodiscard]] std::string column_name(const model::Table& table, std::int64_t position) const;

  Connection& connection;
  const CollectOptions& options;
  Progress& progress;
  Collected& collected;
  model::Snapshot& snapshot;
  std::optional<Error> failure;
  std::string role;  ///< quoted, for remedies
  /// Plans from the server's log that do not stand for their statement (by position in the
  /// workload): better than none.
  std::map<std::size_t, model::Plan> spare_plans;

 private:
  std::unordered_map<std::int64_t, std::size_t> tables_;
  std::unordered_map<std::int64_t, std::pair<std::size_t, std::size_t>> indexes_;
};

// The areas. Those of the schema in this order.
void collect_server(Collector& collector);
void collect_settings(Collector& collector);
void collect_access(Collector& collector);  ///< roles, pg_hba.conf
void collect_databases(Collector& collector);
void collect_tables(Collector& collector);
void collect_columns(Collector& collector);
void collect_statistics(Collector& collector);
void collect_indexes(Collector& collector);
void collect_sizes(Collector& collector);
void collect_constraints(Collector& collector);
void collect_other_objects(Collector& collector);
void collect_planner_facts(Collector& collector);  ///< only with CollectOptions::planner_facts
void collect_table_state(Collector& collector);
void collect_activity(Collector& collector);
void collect_replication(Collector& collector);
void collect_resources(Collector& collector);
void collect_statements(Collector& collector);
/// Plans that the server executed and wrote to its log, and texts with their values. `here`: the
/// server runs on this machine.
void collect_log(Collector& collector, bool here);
void collect_plans(Collector& collector);
/// For the statements that have no plan after all.
void use_spare_plans(Collector& collector);
void estimate_bloat(Collector& collector);

/// Looks at the sessions again and again until the window is over.
void sample_waits(Collector& collector, double until);

/// So many texts of one statement are kept for replays.
inline constexpr std::size_t texts_of_one_statement = 24;

/// Counters that are read twice: after the first reading they hold the total, after the second
/// `window` is the difference and the total is the later one.
enum class Sample : std::uint8_t { first, second };
void sample_databases(Collector& collector, Sample sample);
void sample_tables(Collector& collector, Sample sample);
void sample_indexes(Collector& collector, Sample sample);
void sample_statements(Collector& collector, Sample sample);
void sample_resources(Collector& collector, Sample sample);
void sample_replication(Collector& collector, Sample sample);

/// Keeps a later reading of counters in `total`, and from the second on the difference in `window`.
template <class Counters>
void keep_sample(Sample sample, const Counters& later, Counters& total, Counters& window) {
  if (sample == Sample::second) window = model::counters_between(total, later);
  total = later;
}

/// Names of the pg_class entries that are the user's: not the server's own, not temporary TOAST.
/// `alias` is the pg_namespace in the statement.
[[nodiscard]] std::string user_namespace(const std::string& alias);

}  // namespace whet::engine::postgres
