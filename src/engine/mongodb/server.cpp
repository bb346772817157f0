// What the server is, what it was started with, its warnings, databases and users.
#include <algorithm>
#include <array>

#include "base/clock.h"
#include "base/text.h"
#include "engine/mongodb/collector.h"
#include "engine/mongodb/replication_parts.h"
#include "engine/mongodb/server_parts.h"
#include "engine/mongodb/settings.h"
#include "engine/mongodb/status.h"

namespace whet::engine::mongodb {

namespace {

using mql::Value;

/// getParameter tells where a parameter can be set.
constexpr std::int64_t parameter_details = 50000;
constexpr std::int64_t cluster_parameters = 60000;

/// What a command takes at least, with nothing to do for the server.
double fastest_answer(Collector& c) {
  constexpr int times = 3;
  double fastest = 1;
  for (int i = 0; i < times; ++i) {
    const double before = c.connection.cost().server_seconds;
    if (!c.run_if_possible("admin", Value::object({{"ping", Value::of(1)}}))) return 0;
    fastest = std::min(fastest, c.connection.cost().server_seconds - before);
  }
  return fastest;
}

void collect_identity(Collector& c) {
  auto& server = c.snapshot.server;
  const Identity& identity = c.connection.identity();
  server.engine = model::EngineKind::mongodb;
  server.version = identity.version_text;
  server.version_number = identity.version;
  server.topology = identity.topology;
  server.is_replica = identity.is_secondary;
  server.current_role = c.connection.user();
  c.now = clock::now();
  c.round_trip = fastest_answer(c);
  if (const auto hello =
          c.run("the server's identity", "admin", Value::object({{"hello", Value::of(1)}}))) {
    if (const double there = time_of(hello->find("localTime")); there > 0) c.now = there;
  }
  c.snapshot.collected_at = c.now;
  if (const auto info =
          c.run("the server's build", "admin", Value::object({{"buildInfo", Value::of(1)}})))
    add_build(server, *info, identity.self);
  if (const auto status =
          c.run_if_possible("admin", Value::object({{"connectionStatus", Value::of(1)}})))
    server.superuser = has_every_right(status->at("authInfo.authenticatedUserRoles"));
}

void collect_settings(Collector& c) {
  auto& settings = c.snapshot.server.settings;
  const std::string monitor = c.grant("clusterMonitor");
  const auto start = c.run("what the server was started with", "admin",
                           Value::object({{"getCmdLineOpts", Value::of(1)}}), monitor);
  if (start) {
    settings = settings_of_start(*start, c.connection.version());
    for (const auto& setting : settings) {
      if (setting.name == "storage.dbPath") c.snapshot.server.data_directory = setting.value;
    }
  }
  Value all = Value::object({{"getParameter", Value::of("*")}});
  if (c.since(parameter_details)) {
    all.set("getParameter",
            Value::object({{"showDetails", Value::of(true)}, {"allParameters", Value::of(true)}}));
  }
  if (const auto parameters = c.run("the server's parameters", "admin", all, monitor)) {
    auto more =
        settings_of_parameters(*parameters, start.value_or(Value()), c.connection.version());
    settings.insert(settings.end(), std::make_move_iterator(more.begin()),
                    std::make_move_iterator(more.end()));
  }
  if (c.since(cluster_parameters)) {
    if (const auto cluster =
            c.run_if_possible("admin", Value::object({{"getClusterParameter", Value::of("*")}}))) {
      auto more = settings_of_cluster(*cluster);
      settings.insert(settings.end(), std::make_move_iterator(more.begin()),
                      std::make_move_iterator(more.end()));
    }
  }
  std::sort(settings.begin(), settings.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
}

void collect_warnings(Collector& c) {
  const auto log =
      c.run("warnings of the server's start", "admin",
            Value::object({{"getLog", Value::of("startupWarnings")}}), c.grant("clusterMonitor"));
  if (log) c.snapshot.server.startup_warnings = warnings_of(*log);
}

void collect_profiler(Collector& c, model::Database& database) {
  if (c.connection.mongos()) return;
  const auto reply = c.run("the profiler's settings", database.name,
                           Value::object({{"profile", Value::of(-1)}}), c.grant("clusterMonitor"));
  if (!reply) return;
  database.profile_level = reply->integer_at("was");
  database.profile_slow_ms = reply->number_at("slowms");
  database.profile_sample_rate = reply->number_at("sampleRate", 1);
  if (const Value* filter = reply->find("filter"); filter != nullptr && filter->is_object())
    database.profile_filter = mql::relaxed_json(*filter);
  c.slow_ms = database.profile_slow_ms;
}

/// A mistyped name would look like an empty database: asking for one is no error here.
void tell_absent(Collector& c, const std::vector<model::Database>& databases) {
  std::vector<std::string> names;
  for (const auto& database : databases) {
    if (!is_system_database(database.name)) names.push_back(database.name);
  }
  c.note("the database " + c.connection.database(),
         "the server has none of that name" +
             (names.empty() ? std::string() : "; it has " + text::join(names, ", ")),
         "Correct the name in the URL, or leave it out to see all databases.");
}

void collect_databases(Collector& c) {
  const auto reply = c.run("databases", "admin", Value::object({{"listDatabases", Value::of(1)}}),
                           c.grant("clusterMonitor"));
  const std::string& only = c.connection.database();
  auto& databases = c.snapshot.server.databases;
  if (reply) databases = databases_of(*reply);
  const bool listed = std::any_of(databases.begin(), databases.end(),
                                  [&](const auto& known) { return known.name == only; });
  if (!only.empty() && !listed) {
    if (reply) tell_absent(c, databases);
    // Who may read one database only is not always told of it.
    databases.emplace_back().name = only;
  }
  for (auto& database : databases) {
    database.allows_connections = true;
    const bool wanted = only.empty() ? !is_system_database(database.name) : database.name == only;
    if (!wanted) continue;
    database.current = true;
    c.databases.push_back(database.name);
    collect_profiler(c, database);
    const auto stats = c.run("sizes of databases", database.name,
                             Value::object({{"dbStats", Value::of(1)}}), c.grant("clusterMonitor"));
    if (stats) add_database_stats(database, c.snapshot.resources, *stats);
  }
  std::sort(databases.begin(), databases.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
}

}  // namespace

void collect_server(Collector& c) {
  c.snapshot.target = c.connection.target();
  collect_identity(c);
  collect_settings(c);
  collect_warnings(c);
  collect_databases(c);
}

void collect_users(Collector& c) {
  // No built-in role has it that could not also change users.
  if (const auto users =
          c.run("users and their roles", "admin",
                Value::object({{"usersInfo", Value::object({{"forAllDBs", Value::of(true)}})}}),
                "Optional: 'whet grants mongodb' has the line with viewUser; without it nothing is "
                "said of users."))
    c.snapshot.server.roles = roles_of(*users);
}

void sample_status(Collector& c, Sample sample) {
  const auto reply =
      c.run("status values", "admin", Value::object({{"serverStatus", Value::of(1)}}),
            c.grant("clusterMonitor"));
  if (!reply) return;
  auto& server = c.snapshot.server;
  c.front = time_of(reply->at("repl.lastWrite.lastWriteDate"));
  auto values = status_values(*reply);
  if (sample == Sample::first) {
    server.status = std::move(values);
    c.window_from = time_of(reply->find("localTime"));
    if (c.window_from <= 0) c.window_from = c.now;
  } else {
    join_samples(server.status, std::move(values));
    if (const double there = time_of(reply->find("localTime")); there > 0) c.now = there;
  }
  server.uptime_seconds = reply->number_at("uptimeMillis") / 1000;
  // The size that holds when none was set.
  const auto cache = server.status_total("wiredTiger.cache.maximum bytes configured");
  constexpr std::string_view name = "storage.wiredTiger.engineConfig.cacheSizeGB";
  if (cache && server.setting(name) == nullptr && sample == Sample::first)
    add_cache_size(server, *cache);
}

}  // namespace whet::engine::mongodb
