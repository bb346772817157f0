#include "engine/mongodb/executor_pressure.h"

#include <algorithm>

#include "base/clock.h"
#include "base/text.h"

namespace whet::engine::mongodb {
namespace {

using mql::Value;

constexpr int state_primary = 1;
constexpr int state_secondary = 2;
constexpr double full_cache = 0.98;  // beyond it operations wait for room

const Value* config_of(const Value& config, std::int64_t id) {
  const Value* members = config.at("config.members");
  if (members == nullptr) return nullptr;
  for (const mql::Field& one : members->fields) {
    if (one.value.integer_at("_id", -1) == id) return &one.value;
  }
  return nullptr;
}

double delay_of(const Value* member) {
  if (member == nullptr) return 0;
  // Its name until 5.0.
  return std::max(member->number_at("secondaryDelaySecs"), member->number_at("slaveDelay"));
}

double seconds_of(const Value& member) {
  const Value* date = member.find("optimeDate");
  return date == nullptr ? 0 : static_cast<double>(date->integer) / 1000;
}

Result<Value> status_of(Connection& connection) {
  return connection.command("admin", Value::object({{"replSetGetStatus", Value::of(1)}}));
}

Result<Value> read_config(Connection& connection) {
  return connection.command("admin", Value::object({{"replSetGetConfig", Value::of(1)}}));
}

Result<Value> cache_of(Connection& connection) {
  Value command = Value::object({{"serverStatus", Value::of(1)}});
  for (const char* section : {"repl", "metrics", "locks", "transactions", "mirroredReads"})
    command.set(section, Value::of(0));
  return connection.command("admin", command);
}

Result<Value> stats_of(Connection& connection, const std::string& database) {
  return connection.command(database, Value::object({{"dbStats", Value::of(1)}}));
}

std::optional<double> used_part(const Value& server_status) {
  const double limit = server_status.number_at("wiredTiger.cache.maximum bytes configured");
  if (limit <= 0) return std::nullopt;
  return server_status.number_at("wiredTiger.cache.bytes currently in the cache") / limit;
}

Error lags(const Lag& lag, const std::string& what, double limit) {
  return {ErrorKind::refused,
          what + ": " + lag.member + " is " + text::duration(lag.seconds) +
              " behind the primary, more than " + text::duration(limit) + ".",
          "Run Whet again when it has caught up.", ""};
}

Error cache_is_full(double dirty, const std::string& what) {
  return {ErrorKind::refused,
          what + ": " + text::percent(dirty) +
              " of the cache is dirty, so operations have to write it out themselves.",
          "Do it at a quieter time.", ""};
}

bool is_replica_set(const Connection& connection) {
  return connection.identity().topology == "replica set";
}

}  // namespace

std::optional<Lag> worst_lag(const Value& status, const Value& config) {
  const Value* members = status.find("members");
  if (members == nullptr) return std::nullopt;
  double newest = 0;
  for (const mql::Field& one : members->fields) {
    if (one.value.integer_at("state") == state_primary) newest = seconds_of(one.value);
  }
  std::optional<Lag> worst;
  for (const mql::Field& one : members->fields) {
    if (one.value.integer_at("state") != state_secondary || newest == 0) continue;
    const double delay = delay_of(config_of(config, one.value.integer_at("_id", -1)));
    const double lag = newest - seconds_of(one.value) - delay;
    if (!worst || lag > worst->seconds) worst = Lag{one.value.string_at("name"), lag};
  }
  return worst;
}

std::string missing_voter(const Value& status, const Value& config) {
  const Value* members = status.find("members");
  if (members == nullptr) return "";
  for (const mql::Field& one : members->fields) {
    const Value* member = config_of(config, one.value.integer_at("_id", -1));
    if (member == nullptr || member->integer_at("votes", 1) == 0 || member->flag_at("arbiterOnly"))
      continue;
    const std::int64_t state = one.value.integer_at("state");
    const bool fit = state == state_primary || state == state_secondary;
    if (!fit || one.value.number_at("health", 1) == 0)
      return one.value.string_at("name") + " (" + one.value.string_at("stateStr") + ")";
  }
  return "";
}

double Absence::seconds(bool missing, double now) {
  if (!missing) since_.reset();
  if (missing && !since_) since_ = now;
  return since_ ? now - *since_ : 0;
}

std::optional<double> dirty_part(const Value& server_status) {
  const double limit = server_status.number_at("wiredTiger.cache.maximum bytes configured");
  if (limit <= 0) return std::nullopt;
  return server_status.number_at("wiredTiger.cache.tracked dirty bytes in the cache") / limit;
}

std::optional<Disk> disk_of(const Value& database_stats) {
  const double total = database_stats.number_at("fsTotalSize");
  if (total <= 0) return std::nullopt;
  return Disk{total - database_stats.number_at("fsUsedSize"), total};
}

double least_free_bytes(double total) { return std::min(256.0 * 1048576, total * 0.05); }

Status check_pressure(Connection& connection, const std::string& database, double needed,
                      bool needs_all_members, const ExecutorOptions& options) {
  if (is_replica_set(connection)) {
    const auto status = status_of(connection);
    const auto config = read_config(connection);
    const Value known = config ? *config : Value::object({});
    if (status && needs_all_members) {
      const std::string missing = missing_voter(*status, known);
      if (!missing.empty()) {
        return Error{
            ErrorKind::refused,
            "The member " + missing + " cannot take part: the build would wait for it to the end.",
            "Bring it back, or take its vote away, then run Whet again.", ""};
      }
    }
    const auto lag = status ? worst_lag(*status, known) : std::nullopt;
    if (lag && lag->seconds > options.lag_before) return lags(*lag, "Not now", options.lag_before);
  }
  const auto server =
      options.dirty_cache < 1 ? cache_of(connection) : Result<Value>(Value::object({}));
  const auto dirty = server ? dirty_part(*server) : std::nullopt;
  if (dirty && *dirty > options.dirty_cache) return cache_is_full(*dirty, "Not now");
  const auto stats = stats_of(connection, database);
  const auto disk = stats ? disk_of(*stats) : std::nullopt;
  if (!disk || disk->free - needed >= least_free_bytes(disk->total)) return {};
  return Error{ErrorKind::refused,
               "The server's disk has " + text::bytes(disk->free) + " free, and this needs " +
                   text::bytes(needed + least_free_bytes(disk->total)) + ".",
               "Make room first.", "14031"};
}

std::optional<Error> PressureWatch::look_at_members(Connection& connection,
                                                    const std::string& what) {
  if (!sees_members_ || !is_replica_set(connection)) return std::nullopt;
  if (!config_) {
    const auto config = read_config(connection);
    config_ = config ? *config : Value::object({});
  }
  const auto status = status_of(connection);
  sees_members_ = status.ok();
  const std::string missing = status ? missing_voter(*status, *config_) : "";
  if (voter_.seconds(!missing.empty(), clock::monotonic()) > options_.voter_away) {
    return Error{ErrorKind::refused,
                 "'" + what + "' was stopped: it would wait for the member " + missing +
                     ", which has been away for " + text::duration(options_.voter_away) + ".",
                 "Bring it back, or take its vote away, then run Whet again.", ""};
  }
  const auto lag = status ? worst_lag(*status, *config_) : std::nullopt;
  if (!lag || lag->seconds <= options_.lag_during) return std::nullopt;
  return lags(*lag, "'" + what + "' was stopped", options_.lag_during);
}

std::optional<Error> PressureWatch::look_at_cache(Connection& connection, const std::string& what) {
  if (!sees_cache_ || options_.dirty_cache >= 1) return std::nullopt;
  const auto status = cache_of(connection);
  sees_cache_ = status.ok();
  if (!status) return std::nullopt;
  const double dirty = dirty_part(*status).value_or(0);
  const bool pressed = dirty > options_.dirty_cache || used_part(*status).value_or(0) > full_cache;
  under_pressure_ = pressed ? under_pressure_ + 1 : 0;
  if (under_pressure_ < options_.looks_under_pressure) return std::nullopt;
  return cache_is_full(dirty, "'" + what + "' was stopped");
}

std::optional<Error> PressureWatch::look(Connection& connection, const std::string& what) {
  if (auto stop = look_at_members(connection, what)) return stop;
  if (auto stop = look_at_cache(connection, what)) return stop;
  // Of a database that the change does not touch: its own would be waited for with the change.
  const auto stats = stats_of(connection, "admin");
  const auto disk = stats ? disk_of(*stats) : std::nullopt;
  if (!disk || disk->free >= least_free_bytes(disk->total)) return std::nullopt;
  return Error{ErrorKind::refused,
               "'" + what + "' was stopped: the server's disk has only " + text::bytes(disk->free) +
                   " left.",
               "Make room first.", "14031"};
}

}  // namespace whet::engine::mongodb
