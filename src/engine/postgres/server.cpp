// What the server is, its extensions and databases.
#include <algorithm>

#include "base/text.h"
#include "engine/postgres/collector.h"
#include "model/delta.h"
#include "sql/quote.h"

namespace whet::engine::postgres {

namespace {

constexpr std::string_view control_remedy = "GRANT pg_monitor TO ";

void collect_identity(Collector& c) {
  auto& server = c.snapshot.server;
  const auto rows = c.read("the server's identity", R"(
    SELECT split_part(current_setting('server_version'), ' ', 1), current_user,
           coalesce((SELECT rolsuper FROM pg_roles WHERE rolname = current_user), false),
           pg_is_in_recovery(),
           extract(epoch FROM clock_timestamp() - pg_postmaster_start_time()),
           current_setting('block_size'), current_setting('data_checksums') = 'on',
           extract(epoch FROM clock_timestamp()))");
  if (!rows || rows->empty()) return;
  Row row(*rows, 0);
  server.version = row.text();
  server.version_number = c.version();
  server.current_role = row.text();
  c.role = sql::quote_identifier(server.current_role);
  server.superuser = row.flag();
  server.is_replica = row.flag();
  server.uptime_seconds = row.number();
  server.block_bytes = row.integer();
  server.data_checksums = row.flag();
  c.snapshot.collected_at = row.number();
}

void collect_control(Collector& c) {
  const std::string remedy = std::string(control_remedy) + c.role + ";";
  if (const auto rows = c.read("the system identifier",
                               "SELECT system_identifier FROM pg_control_system()", {}, remedy);
      rows && !rows->empty())
    c.snapshot.server.system_identifier = Row(*rows, 0).text();
  if (const auto rows =
          c.read("the timeline", "SELECT timeline_id FROM pg_control_checkpoint()", {}, remedy);
      rows && !rows->empty())
    c.snapshot.server.timeline = Row(*rows, 0).integer();
}

void collect_extensions(Collector& c) {
  // Installed ones, and those that Whet would use if they were.
  const auto rows = c.read("extensions", R"(
    SELECT a.name, coalesce(n.nspname, ''), coalesce(e.extversion, ''), a.default_version
    FROM pg_available_extensions a
    LEFT JOIN pg_extension e ON e.extname = a.name
    LEFT JOIN pg_namespace n ON n.oid = e.extnamespace
    WHERE e.oid IS NOT NULL
       OR a.name IN ('pg_stat_statements', 'hypopg', 'pgstattuple', 'pg_buffercache',
                     'pg_repack', 'pg_qualstats', 'pg_stat_kcache', 'pg_trgm')
    UNION
    SELECT e.extname, n.nspname, e.extversion, NULL
    FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
    WHERE e.extname NOT IN (SELECT name FROM pg_available_extensions)
    ORDER BY 1)");
  if (!rows) return;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    model::Extension extension;
    extension.name = row.text();
    extension.schema = row.text();
    extension.version = row.text();
    extension.available_version = row.text();
    c.snapshot.server.extensions.push_back(std::move(extension));
  }
}

model::DatabaseCounters read_counters(Row& row) {
  model::DatabaseCounters n;
  for (auto* counter :
       {&n.commits, &n.rollbacks, &n.blocks_hit, &n.blocks_read, &n.rows_returned, &n.rows_fetched,
        &n.rows_inserted, &n.rows_updated, &n.rows_deleted, &n.conflicts, &n.deadlocks,
        &n.checksum_failures, &n.temp_files, &n.temp_bytes})
    *counter = row.integer();
  for (auto* counter : {&n.read_time_ms, &n.write_time_ms, &n.session_time_ms, &n.active_time_ms,
                        &n.idle_in_transaction_time_ms})
    *counter = row.number();
  for (auto* counter : {&n.sessions, &n.sessions_abandoned, &n.sessions_fatal, &n.sessions_killed,
                        &n.parallel_to_launch, &n.parallel_launched})
    *counter = row.integer();
  return n;
}

}  // namespace

void collect_server(Collector& c) {
  c.snapshot.target = c.connection.target();
  collect_identity(c);
  collect_control(c);
  collect_extensions(c);
}

void collect_databases(Collector& c) {
  // 15 records a collation version for each database; 17 names the locale of any provider.
  const std::string locale =
      c.since(170000, "coalesce(d.datlocale, d.datcollate)",
              c.since(150000, "coalesce(d.daticulocale, d.datcollate)", "d.datcollate"));
  const std::string recorded = c.since(150000, "d.datcollversion", "NULL");
  const std::string actual = c.since(150000, "pg_database_collation_actual_version(d.oid)", "NULL");
  const auto rows = c.read("databases", R"(
    SELECT d.datname, d.datname = current_database(), d.datistemplate, d.datallowconn,
           pg_encoding_to_char(d.encoding), )" +
                                            locale + ", " + recorded + ", " + actual + R"(,
           CASE WHEN has_database_privilege(d.oid, 'CONNECT')
                  OR pg_has_role('pg_read_all_stats', 'USAGE')
                THEN pg_database_size(d.oid) END,
           greatest(d.datconnlimit, 0),
           (SELECT s.numbackends FROM pg_stat_database s WHERE s.datid = d.oid),
           age(d.datfrozenxid), mxid_age(d.datminmxid),
           (SELECT extract(epoch FROM clock_timestamp() - s.stats_reset)
            FROM pg_stat_database s WHERE s.datid = d.oid)
    FROM pg_database d ORDER BY d.datname)");
  if (!rows) return;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    model::Database database;
    database.name = row.text();
    database.current = row.flag();
    database.is_template = row.flag();
    database.allows_connections = row.flag();
    database.encoding = row.text();
    database.collation = row.text();
    database.collation_version = row.text();
    database.actual_collation_version = row.text();
    database.size_bytes = row.integer();
    database.connection_limit = row.integer();
    database.connections = row.integer();
    database.frozen_xid_age = row.integer();
    database.frozen_mxid_age = row.integer();
    database.stats_age_seconds = row.maybe_number();
    c.snapshot.server.databases.push_back(std::move(database));
  }
}

void sample_databases(Collector& c, Sample sample) {
  const std::string sessions = c.since(140000,
                                       "session_time, active_time, idle_in_transaction_time, "
                                       "sessions, sessions_abandoned, sessions_fatal, "
                                       "sessions_killed",
                                       "0, 0, 0, 0, 0, 0, 0");
  const std::string workers =
      c.since(180000, "parallel_workers_to_launch, parallel_workers_launched", "0, 0");
  const auto rows = c.read("counters of the databases", R"(
    SELECT datname, xact_commit, xact_rollback, blks_hit, blks_read, tup_returned, tup_fetched,
           tup_inserted, tup_updated, tup_deleted, conflicts, deadlocks, checksum_failures,
           temp_files, temp_bytes, blk_read_time, blk_write_time, )" +
                                                            sessions + ", " + workers + R"(
    FROM pg_stat_database WHERE datname IS NOT NULL)");
  if (!rows) return;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    const std::string name = row.text();
    auto& databases = c.snapshot.server.databases;
    const auto at = std::find_if(databases.begin(), databases.end(),
                                 [&](const auto& database) { return database.name == name; });
    if (at != databases.end()) keep_sample(sample, read_counters(row), at->total, at->window);
  }
}

}  // namespace whet::engine::postgres
