// How a server and its replica set bear what is done to them: lag, members, cache, disk. Read
// through a connection; the judgements are pure.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "engine/mongodb/connection.h"
#include "engine/mongodb/executor.h"
#include "mql/value.h"

namespace whet::engine::mongodb {

/// The data-bearing member that is furthest behind the primary; a build does not make a delayed one
/// any later than it is meant to be.
struct Lag {
  std::string member;
  double seconds = 0;
};
[[nodiscard]] std::optional<Lag> worst_lag(const mql::Value& status, const mql::Value& config);

/// A voting, data-bearing member that cannot take part in an index build now; empty: none.
[[nodiscard]] std::string missing_voter(const mql::Value& status, const mql::Value& config);

/// For how long something has been missing without a break.
class Absence {
 public:
  /// Seconds until `now`; 0 when it is there.
  double seconds(bool missing, double now);

 private:
  std::optional<double> since_;
};

/// Part of WiredTiger's cache that is dirty; nothing: another storage engine.
[[nodiscard]] std::optional<double> dirty_part(const mql::Value& server_status);

struct Disk {
  double free = 0, total = 0;
};
[[nodiscard]] std::optional<Disk> disk_of(const mql::Value& database_stats);
/// So little room is left alone: 256 MB, but no more than 5 % of the disk.
[[nodiscard]] double least_free_bytes(double total);

/// Why a build of `needed` bytes must not begin now; fine also where the account may not look.
[[nodiscard]] Status check_pressure(Connection& connection, const std::string& database,
                                    double needed, bool needs_all_members,
                                    const ExecutorOptions& options);

/// What ends a build that runs.
class PressureWatch {
 public:
  explicit PressureWatch(const ExecutorOptions& options) : options_(options) {}
  /// Looks once; the reason to stop.
  [[nodiscard]] std::optional<Error> look(Connection& connection, const std::string& what);

 private:
  [[nodiscard]] std::optional<Error> look_at_members(Connection& connection,
                                                     const std::string& what);
  [[nodiscard]] std::optional<Error> look_at_cache(Connection& connection, const std::string& what);

  ExecutorOptions options_;
  bool sees_members_ = true, sees_cache_ = true;
  std::optional<mql::Value> config_;
  Absence voter_;
  int under_pressure_ = 0;
};

}  // namespace whet::engine::mongodb
