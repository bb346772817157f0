#include "engine/postgres/doctor.h"

#include <utility>

#include "base/text.h"
#include "engine/host.h"
#include "engine/postgres/collector.h"
#include "sql/quote.h"

namespace whet::engine::postgres {

namespace {

/// What one statement tells of the server.
struct Facts {
  std::string version, role, preloaded, statements_version, statements_available, hypopg_version,
      hypopg_available, compute_query_id, track_io_timing, track_activities, track_counts;
  bool superuser = false, all_stats = false, all_settings = false, scan_tables = false,
       extension_loaded = false, is_replica = false;
  std::int64_t hidden_tables = 0, query_size = 0;
};

Result<Facts> read_facts(Connection& connection) {
  const auto rows = WHET_TRY(connection.query(R"(
    SELECT split_part(current_setting('server_version'), ' ', 1), current_user,
           (SELECT setting FROM pg_settings WHERE name = 'shared_preload_libraries'),
           (SELECT extversion FROM pg_extension WHERE extname = 'pg_stat_statements'),
           (SELECT default_version FROM pg_available_extensions
            WHERE name = 'pg_stat_statements'),
           (SELECT extversion FROM pg_extension WHERE extname = 'hypopg'),
           (SELECT default_version FROM pg_available_extensions WHERE name = 'hypopg'),
           coalesce(current_setting('compute_query_id', true), 'auto'),
           current_setting('track_io_timing'), current_setting('track_activities'),
           current_setting('track_counts'),
           (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),
           pg_has_role('pg_read_all_stats', 'USAGE'), pg_has_role('pg_read_all_settings', 'USAGE'),
           pg_has_role('pg_stat_scan_tables', 'USAGE'),
           EXISTS (SELECT 1 FROM pg_settings WHERE name = 'pg_stat_statements.max'), pg_is_in_recovery(),
           (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'm', 'p') AND )" +
                                              user_namespace("n") + R"(
              AND NOT has_any_column_privilege(c.oid, 'SELECT')),
           (SELECT setting FROM pg_settings WHERE name = 'track_activity_query_size'))"));
  Row row(rows, 0);
  Facts f;
  for (auto* text : {&f.version, &f.role, &f.preloaded, &f.statements_version,
                     &f.statements_available, &f.hypopg_version, &f.hypopg_available,
                     &f.compute_query_id, &f.track_io_timing, &f.track_activities, &f.track_counts})
    *text = row.text();
  for (bool* flag : {&f.superuser, &f.all_stats, &f.all_settings, &f.scan_tables,
                     &f.extension_loaded, &f.is_replica})
    *flag = row.flag();
  f.hidden_tables = row.integer();
  f.query_size = row.integer();
  return f;
}

Diagnosis privileges(const Facts& f) {
  if (f.superuser) return {"privileges", true, "are those of a superuser", ""};
  if (f.all_stats && f.all_settings && f.scan_tables)
    return {"privileges", true, "include pg_monitor", ""};
  return {"privileges", false,
          "do not include pg_monitor: other roles' statements, sessions and "
          "some settings are hidden",
          "A superuser runs: GRANT pg_monitor TO " + sql::quote_identifier(f.role) + ";"};
}

Diagnosis statements(const Facts& f) {
  const std::string topic = "pg_stat_statements";
  if (!f.extension_loaded) {
    return {topic, false, "is not loaded: the workload is unknown",
            "A superuser runs: ALTER SYSTEM SET shared_preload_libraries = " +
                std::string(f.preloaded.empty() ? "pg_stat_statements"
                                                : f.preloaded + ", pg_stat_statements") +
                "; then restarts the server, then: CREATE EXTENSION pg_stat_statements;"};
  }
  if (f.statements_version.empty()) {
    return {topic, false, "is loaded, but not installed in this database",
            "A superuser runs here: CREATE EXTENSION pg_stat_statements;"};
  }
  if (f.statements_version != f.statements_available && !f.statements_available.empty()) {
    return {topic, false,
            "is of version " + f.statements_version + ", the server has " + f.statements_available,
            "Its owner runs: ALTER EXTENSION pg_stat_statements UPDATE;"};
  }
  return {topic, true, f.statements_version + " records the workload", ""};
}

Diagnosis planner_statistics(const Facts& f) {
  if (f.hidden_tables == 0) return {"pg_stats", true, "can be read for all tables", ""};
  return {"pg_stats", false,
          "hides " + text::plural(f.hidden_tables, "table", "tables") +
              " that the role may not read: bloat estimates, selectivities and plans of their "
              "queries are missing",
          "Their owner runs: GRANT USAGE ON SCHEMA ... TO " + sql::quote_identifier(f.role) +
              "; GRANT SELECT ON ALL TABLES IN SCHEMA ... TO " + sql::quote_identifier(f.role) +
              ";"};
}

Diagnosis switched_on(const std::string& name, const std::string& value, const std::string& why) {
  if (value == "on") return {name, true, "is on", ""};
  return {name, false, "is " + value + ": " + why,
          "A superuser runs: ALTER SYSTEM SET " + name + " = on; SELECT pg_reload_conf();"};
}

Diagnosis query_ids(const Facts& f, std::int64_t version) {
  if (version < 140000)
    return {"query ids", true, "are matched by text (the server has them from 14 on)", ""};
  if (f.compute_query_id == "on" || (f.compute_query_id != "off" && f.extension_loaded))
    return {"query ids", true, "tie sessions to statements", ""};
  return {"query ids", false, "are not computed: sessions cannot be tied to statements",
          "A superuser runs: ALTER SYSTEM SET compute_query_id = on; SELECT pg_reload_conf();"};
}

Diagnosis hypothetical(const Facts& f) {
  if (!f.hypopg_version.empty())
    return {"hypopg", true, f.hypopg_version + " costs indexes before they are built", ""};
  if (!f.hypopg_available.empty()) {
    return {"hypopg", false, "is there, but not installed in this database",
            "A superuser runs here: CREATE EXTENSION hypopg;"};
  }
  return {"hypopg", false, "is not on the server: indexes cannot be costed before they are built",
          "Install the package postgresql-NN-hypopg on the server, then: CREATE EXTENSION hypopg;"};
}

Diagnosis texts(const Facts& f) {
  // Statements are cut off at this size; a cut text cannot be replayed or told apart.
  constexpr std::int64_t roomy = 4096;
  const std::string size = text::bytes(static_cast<double>(f.query_size));
  if (f.query_size >= roomy)
    return {"track_activity_query_size", true, "keeps " + size + " of each statement", ""};
  return {"track_activity_query_size", false,
          "keeps " + size + " of each statement: longer ones cannot be replayed",
          "A superuser runs: ALTER SYSTEM SET track_activity_query_size = '16kB'; and restarts the "
          "server when it suits."};
}

}  // namespace

Result<std::vector<Diagnosis>> diagnose(Connection& connection) {
  const Facts f = WHET_TRY(read_facts(connection));
  std::vector<Diagnosis> out;
  out.push_back({"server", true, "is PostgreSQL " + f.version + ", which Whet knows", ""});
  if (f.is_replica)
    out.push_back({"role of the server", false, "is replica: changes must be made on its source",
                   "Run whet against the primary as well."});
  out.push_back(privileges(f));
  out.push_back(statements(f));
  out.push_back(planner_statistics(f));
  out.push_back(switched_on("track_counts", f.track_counts,
                            "nothing is counted, and autovacuum does not work"));
  out.push_back(switched_on("track_activities", f.track_activities, "what sessions do is hidden"));
  out.push_back(switched_on("track_io_timing", f.track_io_timing,
                            "time spent on reading and writing is unknown"));
  out.push_back(query_ids(f, connection.version()));
  out.push_back(texts(f));
  out.push_back(hypothetical(f));
  for (auto& line : WHET_TRY(diagnose_log(connection))) out.push_back(std::move(line));
  if (runs_here("", connection.backend_pid(), "postgres")) {
    out.push_back({"machine", true, "is this one: CPU, memory and disks can be read", ""});
  } else {
    out.push_back({"machine", false, "is another one: its CPU, memory and disks are unknown",
                   "Run whet on the server, or state --memory and --cpus."});
  }
  return out;
}

}  // namespace whet::engine::postgres
