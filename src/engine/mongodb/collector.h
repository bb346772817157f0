// One collection from a MongoDB server: what its areas share, and the areas themselves (one file
// each).
//
// Every command stands alone. One that is refused costs its own fact only: it is noted as not
// collected, with the role that would allow it, and the rest goes on. What other clients drop or
// rename meanwhile is no error.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "engine/host.h"
#include "engine/mongodb/connection.h"
#include "engine/mongodb/usage_parts.h"
#include "mql/command.h"
#include "mql/value.h"

namespace whet::engine::mongodb {

/// Everything about the server and its workload. Whoever reads it offline needs nothing else.
[[nodiscard]] Result<Collected> collect(Connection& connection, const CollectOptions& options,
                                        Progress& progress);

/// Another member of the replica set, or a member of a shard, that is asked by itself.
struct Member {
  std::string address;                   ///< host:port as the set calls it
  std::string shard;                     ///< empty: of the replica set itself
  std::optional<Connection> connection;  ///< absent: not reached, or lost meanwhile
  std::string version;
  std::int64_t reads = 0, writes = 0;  ///< client operations since its start; asked of itself
};

class Collector {
 public:
  Collector(Connection& connection, const CollectOptions& options, Progress& progress,
            Collected& collected);

  /// The reply; nothing when the server refused, which is noted under `what` with the `remedy`.
  /// Nothing is noted of commands and sections that this kind of server does not have, nor of
  /// collections that are gone or are views.
  std::optional<mql::Value> run(const std::string& what, std::string_view database,
                                const mql::Value& command, const std::string& remedy = {});
  /// The same for a command that answers with a cursor.
  std::optional<std::vector<mql::Value>> query(const std::string& what, std::string_view database,
                                               const mql::Value& command,
                                               const std::string& remedy = {},
                                               std::int64_t limit = 1'000'000);
  /// The same for a fact that many servers do not have: nothing is noted.
  std::optional<mql::Value> run_if_possible(std::string_view database, const mql::Value& command);
  std::optional<std::vector<mql::Value>> query_if_possible(std::string_view database,
                                                           const mql::Value& command,
                                                           std::int64_t limit = 1'000'000);
  void note(const std::string& what, const std::string& reason, const std::string& remedy);
  /// What a failed command means: the end, a note, or nothing.
  void failed(const std::string& what, const Error& error, const std::string& remedy);

  /// "db.getSiblingDB("admin").grantRolesToUser("whet", [{role: "read", db: "local"}])"
  [[nodiscard]] std::string grant(std::string_view role, std::string_view database = "admin") const;

  /// Set after the connection broke or the user stopped it: nothing more can be read.
  [[nodiscard]] bool stopped() const { return failure.has_value(); }
  /// The server is of that version or a later one: 70000.
  [[nodiscard]] bool since(std::int64_t version) const { return connection.version() >= version; }

  /// nullptr for what is not in the snapshot. Valid after remember_tables(), as long as no table
  /// (index) is added.
  [[nodiscard]] model::Table* table(std::string_view schema, std::string_view name);
  [[nodiscard]] static model::Index* index(model::Table& table, std::string_view name);
  void remember_tables();

  /// Keeps a command that was seen, with its literals, in memory. Gives its fingerprint.
  std::string keep_text(const mql::Command& command);
  /// Those texts, by database and fingerprint.
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> texts;

  Connection& connection;
  const CollectOptions& options;
  Progress& progress;
  Collected& collected;
  model::Snapshot& snapshot;
  std::optional<Error> failure;
  std::vector<std::string> databases;         ///< whose collections are looked at
  std::vector<model::Statement> query_stats;  ///< of $queryStats, with their window
  std::vector<Member> members;                ///< all but the one that `connection` is of
  Top top;                                    ///< at the first sample; empty on a mongos
  bool all_operations = true;                 ///< $currentOp of all users is allowed
  double round_trip = 0;                      ///< seconds; the fastest answer to ping
  double now = 0;                             ///< the server's clock, seconds since 1970
  mql::Value set_config;                      ///< the reply of replSetGetConfig
  double front = 0;        ///< time of the target's last write at its last sample
  double window_from = 0;  ///< the same clock at the first sample
  double slow_ms = 100;    ///< slower operations are in the log

 private:
  std::unordered_map<std::string, std::size_t> tables_;
};

// The areas, in this order.
void collect_server(Collector& c);  ///< and databases, settings, warnings
void collect_users(Collector& c);
void collect_schema(Collector& c);    ///< collections, views, indexes
void collect_sharding(Collector& c);  ///< of a mongos
void collect_members(Collector& c);   ///< connects to them
void collect_sizes(Collector& c);     ///< and counters of collections and indexes
void collect_activity(Collector& c);
void collect_replication(Collector& c);
/// The members' states once more: one may have gone in the window.
void refresh_members(Collector& c);
void collect_workload(Collector& c);
void collect_samples(Collector& c);
void collect_plans(Collector& c);
void collect_plan_cache(Collector& c);

/// The machine; `process` is 0 when the server does not run here.
void collect_host(Collector& c, int process, const std::optional<CpuTimes>& earlier);
/// The server's process id when it runs on this machine; else 0.
[[nodiscard]] int server_process(const Collector& c);

/// So many texts of one statement are kept for plans and replays.
inline constexpr std::size_t texts_of_one_statement = 8;

/// Who asks one collection after the other, for so long: the server's time, as far as it can be
/// told from the way there and back.
class Budget {
 public:
  Budget(const Connection& connection, double round_trip, double seconds)
      : connection_(connection),
        before_(connection.cost()),
        round_trip_(round_trip),
        seconds_(seconds) {}
  [[nodiscard]] bool spent() const {
    const auto& cost = connection_.cost();
    const auto sent = static_cast<double>(cost.statements - before_.statements);
    return cost.server_seconds - before_.server_seconds - sent * round_trip_ > seconds_;
  }

 private:
  const Connection& connection_;
  model::CollectionCost before_;
  double round_trip_, seconds_;
};

/// Looks at the operations again and again until the window is over.
void sample_waits(Collector& c, double until);

/// Counters that are read twice: after the first reading they hold the total, after the second
/// `window` is the difference and the total is the later one.
enum class Sample : std::uint8_t { first, second };
void sample_query_stats(Collector& c, Sample sample);
void sample_status(Collector& c, Sample sample);
void sample_usage(Collector& c, Sample sample);    ///< collections, by what `top` says
void sample_members(Collector& c, Sample sample);  ///< and their use of indexes

/// The collections whose figures are asked for one by one: of very many the busiest and largest.
inline constexpr std::size_t collections_at_most = 3000;
/// Commands on collections one by one may keep the server busy for so long together, each kind of
/// them.
inline constexpr double seconds_for_collections = 15;

/// admin, config, local: the server's own.
[[nodiscard]] bool is_system_database(std::string_view name);
/// system.views, system.buckets.x, ...
[[nodiscard]] bool is_system_collection(std::string_view name);

}  // namespace whet::engine::mongodb
