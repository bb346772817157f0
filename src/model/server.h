// The server of a snapshot: what it is, its settings, roles, databases, extensions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fields.h"

namespace whet::model {

enum class EngineKind : std::uint8_t { postgresql, mysql, mariadb, mongodb };
constexpr auto enum_names(EngineKind) {
  return Names<4>{"postgresql", "mysql", "mariadb", "mongodb"};
}

/// One setting. `number` is the value in base units: bytes for memory, seconds for times, a plain
/// figure else.
struct Setting {
  std::string name;
  std::string value;   ///< as the server shows it: "128MB", "on"
  std::string unit;    ///< the server's own unit: "8kB", "ms"; empty when there is none
  std::string type;    ///< bool, integer, real, string, enum
  std::string source;  ///< default, configuration file, database, user, override, ...
  std::string
      context;  ///< internal, postmaster, sighup, superuser, user, ... : what a change needs
  std::string default_value;  ///< the built-in default, in the form of `value`
  std::optional<double> number;
  std::optional<double> default_number;
  bool pending_restart = false;
  std::optional<std::string> persisted;  ///< MySQL: the value in mysqld-auto.cnf, when there is one

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("name", s.name), v("value", s.value), v("unit", s.unit), v("type", s.type),
        v("source", s.source);
    v("context", s.context), v("default", s.default_value), v("number", s.number),
        v("default_number", s.default_number);
    v("pending_restart", s.pending_restart), v("persisted", s.persisted);
  }
};

/// One of the server's own status values: SHOW GLOBAL STATUS, InnoDB's metrics
/// ("innodb_metrics.trx_rseg_history_len"), the optimizer's cost constants
/// ("cost.row_evaluate_cost"), serverStatus ("wiredTiger.cache.bytes currently in the cache").
struct StatusValue {
  std::string name;
  double total = 0;   ///< since the server started, or as it is now
  double window = 0;  ///< what it grew by in the snapshot's window; 0 when it fell
  std::string text;   ///< when it is no number: "Primary"

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("name", s.name), v("total", s.total), v("window", s.window), v("text", s.text);
  }
};

/// A setting that holds for one database and/or role only.
struct SettingOverride {
  std::string database;  ///< empty: all
  std::string role;      ///< empty: all
  std::string name;
  std::string value;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("database", s.database), v("role", s.role), v("name", s.name), v("value", s.value);
  }
};

/// A line of a configuration file that the server refuses or does not apply.
struct ConfigError {
  std::string file;
  std::int64_t line = 0;
  std::string name;
  std::string error;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("file", s.file), v("line", s.line), v("name", s.name), v("error", s.error);
  }
};

struct Extension {
  std::string name;
  std::string schema;
  std::string version;            ///< empty: available, not installed
  std::string available_version;  ///< what the server's files hold

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("name", s.name), v("schema", s.schema), v("version", s.version),
        v("available_version", s.available_version);
  }
};

struct Role {
  std::string name;
  bool superuser = false;
  bool can_login = false;
  bool bypass_row_security = false;
  bool replication = false;
  bool system = false;        ///< made by the server itself (pg_monitor, ...)
  std::string password_kind;  ///< scram-sha-256, md5, none; empty when it may not be read
  std::optional<double> expires_in_seconds;  ///< negative: expired already
  std::int64_t connection_limit = 0;         ///< 0: no limit
  std::string host;           ///< MySQL: the part of the account after the @, "%" for any
  bool requires_tls = false;  ///< MySQL: REQUIRE SSL or stricter
  bool locked = false;        ///< MySQL: ACCOUNT LOCK

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("name", s.name), v("superuser", s.superuser), v("can_login", s.can_login);
    v("bypass_row_security", s.bypass_row_security), v("replication", s.replication),
        v("system", s.system);
    v("password_kind", s.password_kind), v("expires_in_seconds", s.expires_in_seconds);
    v("connection_limit", s.connection_limit), v("host", s.host);
    v("requires_tls", s.requires_tls), v("locked", s.locked);
  }
};

/// One line of pg_hba.conf or its like.
struct AccessRule {
  std::int64_t line = 0;
  std::string type;  ///< local, host, hostssl, hostnossl, ...
  std::string databases;
  std::string users;
  std::string address;
  std::string method;
  std::string error;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("line", s.line), v("type", s.type), v("databases", s.databases), v("users", s.users);
    v("address", s.address), v("method", s.method), v("error", s.error);
  }
};

/// Counters of one database (pg_stat_database).
struct DatabaseCounters {
  std::int64_t commits = 0, rollbacks = 0;
  std::int64_t blocks_hit = 0, blocks_read = 0;
  std::int64_t rows_returned = 0, rows_fetched = 0, rows_inserted = 0, rows_updated = 0,
               rows_deleted = 0;
  std::int64_t conflicts = 0, deadlocks = 0, checksum_failures = 0;
  std::int64_t temp_files = 0, temp_bytes = 0;
  double read_time_ms = 0, write_time_ms = 0;
  double session_time_ms = 0, active_time_ms = 0, idle_in_transaction_time_ms = 0;  ///< 14+
  std::int64_t sessions = 0, sessions_abandoned = 0, sessions_fatal = 0,
               sessions_killed = 0;                            ///< 14+
  std::int64_t parallel_to_launch = 0, parallel_launched = 0;  ///< 18+

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("commits", s.commits), v("rollbacks", s.rollbacks), v("blocks_hit", s.blocks_hit),
        v("blocks_read", s.blocks_read);
    v("rows_returned", s.rows_returned), v("rows_fetched", s.rows_fetched),
        v("rows_inserted", s.rows_inserted);
    v("rows_updated", s.rows_updated), v("rows_deleted", s.rows_deleted),
        v("conflicts", s.conflicts);
    v("deadlocks", s.deadlocks), v("checksum_failures", s.checksum_failures),
        v("temp_files", s.temp_files);
    v("temp_bytes", s.temp_bytes), v("read_time_ms", s.read_time_ms),
        v("write_time_ms", s.write_time_ms);
    v("session_time_ms", s.session_time_ms), v("active_time_ms", s.active_time_ms);
    v("idle_in_transaction_time_ms", s.idle_in_transaction_time_ms), v("sessions", s.sessions);
    v("sessions_abandoned", s.sessions_abandoned), v("sessions_fatal", s.sessions_fatal);
    v("sessions_killed", s.sessions_killed), v("parallel_to_launch", s.parallel_to_launch);
    v("parallel_launched", s.parallel_launched);
  }
};

struct Database {
  std::string name;
  bool current = false;  ///< the one that the snapshot's schema is from
  bool is_template = false;
  bool allows_connections = false;
  std::string encoding;
  std::string collation;
  std::string collation_version;         ///< recorded when it was made; empty when not versioned
  std::string actual_collation_version;  ///< what the operating system's library has now
  std::int64_t size_bytes = 0;
  std::int64_t connection_limit = 0;  ///< 0: no limit
  std::int64_t connections = 0;
  std::int64_t frozen_xid_age = 0;          ///< transactions since the oldest unfrozen one
  std::int64_t frozen_mxid_age = 0;         ///< the same for multixacts
  std::optional<double> stats_age_seconds;  ///< since the counters were reset; absent when never
  DatabaseCounters total;                   ///< since the reset
  DatabaseCounters window;                  ///< in the snapshot's window
  // MongoDB. size_bytes is what it takes on disk, indexes included.
  std::int64_t collections = 0;
  std::optional<std::int64_t>
      profile_level;               ///< 0 to 2; absent: no profiler (mongos), not readable
  double profile_slow_ms = 0;      ///< slower operations are kept and logged
  double profile_sample_rate = 0;  ///< 0 to 1
  std::string profile_filter;      ///< extended JSON; empty: none

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("name", s.name), v("current", s.current), v("is_template", s.is_template);
    v("allows_connections", s.allows_connections), v("encoding", s.encoding),
        v("collation", s.collation);
    v("collation_version", s.collation_version),
        v("actual_collation_version", s.actual_collation_version);
    v("size_bytes", s.size_bytes), v("connection_limit", s.connection_limit),
        v("connections", s.connections);
    v("frozen_xid_age", s.frozen_xid_age), v("frozen_mxid_age", s.frozen_mxid_age);
    v("stats_age_seconds", s.stats_age_seconds), v("total", s.total), v("window", s.window);
    v("collections", s.collections), v("profile_level", s.profile_level);
    v("profile_slow_ms", s.profile_slow_ms), v("profile_sample_rate", s.profile_sample_rate);
    v("profile_filter", s.profile_filter);
  }
};

struct Server {
  EngineKind engine = EngineKind::postgresql;
  std::string version;              ///< "15.18"
  std::int64_t version_number = 0;  ///< 150018; MySQL 8.4.3: 80403; MariaDB 10.11.6: 101106
  std::string flavour;              ///< rds, aurora, cloudsql, azure, ...; empty: self-managed
  std::string system_identifier;    ///< names the cluster; equal on all its replicas
  bool is_replica = false;
  std::string current_role;
  bool superuser = false;      ///< the role that collected
  std::string data_directory;  ///< empty when it may not be read
  double uptime_seconds = 0;
  std::int64_t timeline = 0;
  std::int64_t block_bytes = 0;
  bool data_checksums = false;
  std::vector<Setting> settings;    ///< sorted by name
  std::vector<StatusValue> status;  ///< sorted by name
  std::vector<SettingOverride> overrides;
  std::vector<ConfigError> config_errors;
  std::vector<Extension>
      extensions;  ///< installed ones, and those not installed that Whet could use
  std::vector<std::string> preloaded;  ///< shared_preload_libraries
  std::vector<Role> roles;
  std::vector<AccessRule> access_rules;
  std::vector<Database> databases;
  std::string topology;  ///< MongoDB: standalone, replica set, sharded (a mongos)
  /// MongoDB: what the server warned of when it started, and what build it is: "tcmalloc",
  /// "modules enterprise".
  std::vector<std::string> startup_warnings, build;

  /// Major version as people say it: 15 for 150018, 9 for MySQL's 90700, 10 for MariaDB's 101106.
  [[nodiscard]] int major() const { return static_cast<int>(version_number / 10000); }

  /// The setting, or nullptr. O(log n).
  [[nodiscard]] const Setting* setting(std::string_view name) const;
  /// Its value in base units (bytes, seconds, count); nothing when it is absent or no number.
  [[nodiscard]] std::optional<double> number(std::string_view name) const;
  /// Its text, "" when absent.
  [[nodiscard]] std::string text(std::string_view name) const;
  /// True when it is a boolean that is on. False also when absent.
  [[nodiscard]] bool on(std::string_view name) const;
  /// The status value, or nullptr. O(log n).
  [[nodiscard]] const StatusValue* status_value(std::string_view name) const;
  /// Its total, and what it grew by in the window; nothing when the server has no such value.
  [[nodiscard]] std::optional<double> status_total(std::string_view name) const;
  [[nodiscard]] std::optional<double> status_window(std::string_view name) const;
  /// The installed extension, or nullptr.
  [[nodiscard]] const Extension* extension(std::string_view name) const;
  /// The database that the schema is from, or nullptr.
  [[nodiscard]] const Database* current_database() const;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("engine", s.engine), v("version", s.version), v("version_number", s.version_number),
        v("flavour", s.flavour);
    v("system_identifier", s.system_identifier), v("is_replica", s.is_replica),
        v("current_role", s.current_role);
    v("superuser", s.superuser), v("data_directory", s.data_directory),
        v("uptime_seconds", s.uptime_seconds);
    v("timeline", s.timeline), v("block_bytes", s.block_bytes),
        v("data_checksums", s.data_checksums);
    v("settings", s.settings), v("status", s.status), v("overrides", s.overrides);
    v("config_errors", s.config_errors);
    v("extensions", s.extensions), v("preloaded", s.preloaded), v("roles", s.roles);
    v("access_rules", s.access_rules), v("databases", s.databases);
    v("topology", s.topology), v("startup_warnings", s.startup_warnings), v("build", s.build);
  }
};

}  // namespace whet::model
