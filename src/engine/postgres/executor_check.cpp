#include "engine/postgres/executor_check.h"

#include <filesystem>
#include <string>
#include <system_error>

#include "base/text.h"
#include "engine/postgres/executor_inspect.h"
#include "engine/postgres/executor_settings.h"

namespace whet::engine::postgres {
namespace {

using model::Action;
using model::ActionKind;

Error refused(std::string message, std::string hint, std::string sqlstate = "") {
  return {ErrorKind::refused, std::move(message), std::move(hint), std::move(sqlstate)};
}

bool builds_index(const Action& action) {
  return action.kind == ActionKind::create_index || action.kind == ActionKind::rebuild_index;
}

bool waits_for_transactions(const Action& action) {
  return builds_index(action) || action.kind == ActionKind::drop_index;
}

Status check_setting(Connection& connection, const Action& action) {
  const SettingState state = WHET_TRY(setting_state(connection, action.setting));
  if (action.needs_restart || state.context == "postmaster") {
    return refused(action.setting + " takes effect only at a restart, which Whet never does.",
                   "Set it yourself and restart when it suits you.");
  }
  if (state.context == "internal")
    return refused(action.setting + " cannot be changed on a running server.", "");
  const bool granted_to_roles = connection.version() >= 150000;
  const Rows rows = WHET_TRY(connection.query(
      std::string("SELECT rolsuper, has_function_privilege('pg_reload_conf()', 'EXECUTE'), ") +
          (granted_to_roles ? "has_parameter_privilege($1, 'ALTER SYSTEM')" : "$1::text IS NULL") +
          ", current_user FROM pg_roles WHERE rolname = current_user",
      {action.setting}));
  Row row(rows, 0);
  const bool superuser = row.flag();
  const bool may_reload = row.flag();
  const bool may_set = row.flag();
  const std::string role = row.text();
  if (superuser || (may_reload && may_set)) return {};
  return refused("The role " + role + " may not change the server's settings.",
                 granted_to_roles
                     ? "Use a superuser, or GRANT ALTER SYSTEM ON PARAMETER " + action.setting +
                           " TO " + role + " and GRANT EXECUTE ON FUNCTION pg_reload_conf() TO " +
                           role + "."
                     : "Use a superuser.",
                 "42501");
}

Status check_extension(Connection& connection, const Action& action) {
  const Rows rows = WHET_TRY(connection.query(
      "SELECT pg_has_role(extowner, 'USAGE'), current_user FROM pg_extension WHERE extname = $1",
      {action.name}));
  if (rows.empty()) return refused("There is no extension " + action.name + " any more.", "");
  if (rows.text(0, 0) == "t") return {};
  return refused("The role " + std::string(rows.text(0, 1)) + " does not own the extension " +
                     action.name + ".",
                 "Use its owner or a superuser.", "42501");
}

/// Everything else is about a table: its owner may do it (and, from 17 on, who has MAINTAIN).
Status check_table(Connection& connection, const Action& action) {
  const bool maintenance = action.kind == ActionKind::analyze_table ||
                           action.kind == ActionKind::vacuum_table ||
                           action.kind == ActionKind::rebuild_index;
  const bool by_grant = maintenance && connection.version() >= 170000;
  const Rows rows = WHET_TRY(connection.query(
      std::string("SELECT pg_has_role(c.relowner, 'USAGE')") +
          (by_grant ? " OR has_table_privilege(c.oid, 'MAINTAIN')" : "") +
          ", has_schema_privilege(n.oid, 'CREATE'), current_user, c.relowner::regrole::text "
          "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
          "WHERE n.nspname = $1 AND c.relname = $2",
      {action.schema, action.table}));
  const std::string table = action.schema + "." + action.table;
  if (rows.empty())
    return refused("There is no table " + table + " any more.", "Analyze again.", "42P01");
  Row row(rows, 0);
  const bool owner = row.flag();
  const bool may_create = row.flag();
  const std::string role = row.text();
  const std::string owned_by = row.text();
  if (!owner) {
    return refused("The role " + role + " does not own " + table + ".",
                   "Use its owner " + owned_by + ", a member of that role, or a superuser.",
                   "42501");
  }
  const bool creates =
      action.kind == ActionKind::create_index || action.kind == ActionKind::create_statistics;
  if (creates && !may_create) {
    return refused(
        "The role " + role + " may not create anything in the schema " + action.schema + ".",
        "GRANT CREATE ON SCHEMA " + action.schema + " TO " + role + ".", "42501");
  }
  return {};
}

/// CREATE and REINDEX CONCURRENTLY wait for writers of the table and for every older snapshot in
/// the database; DROP INDEX CONCURRENTLY waits for whoever has a lock on the table.
/// Source: DefineIndex, index_drop and WaitForOlderSnapshots in PostgreSQL's sources.
Status check_transactions(Connection& connection, const Action& action, double longest) {
  const Rows rows = WHET_TRY(connection.query(
      "WITH holder AS (SELECT DISTINCT l.pid FROM pg_locks l JOIN pg_class c ON c.oid = l.relation "
      "  JOIN pg_namespace n ON n.oid = c.relnamespace WHERE l.granted AND n.nspname = $1 "
      "  AND c.relname = $2 AND l.database = (SELECT oid FROM pg_database "
      "    WHERE datname = current_database()) AND ($3 OR l.mode NOT IN "
      "    ('AccessShareLock', 'RowShareLock'))) "
      "SELECT a.pid, coalesce(nullif(a.application_name, ''), a.usename), coalesce(a.state, ''), "
      "  extract(epoch FROM now() - a.xact_start) "
      "FROM pg_stat_activity a WHERE a.pid <> pg_backend_pid() AND a.datname = current_database() "
      "AND extract(epoch FROM now() - a.xact_start) > $4 "
      "AND coalesce(a.backend_type, '') NOT IN ('autovacuum worker', 'parallel worker') "
      "AND (a.pid IN (SELECT pid FROM holder) OR (NOT $3 AND a.backend_xmin IS NOT NULL)) "
      "ORDER BY a.xact_start LIMIT 1",
      {action.schema, action.table, action.kind == ActionKind::drop_index ? "t" : "f",
       std::to_string(longest)}));
  if (rows.empty()) return {};
  Row row(rows, 0);
  const std::string pid = row.text();
  const std::string name = row.text();
  const std::string state = row.text();
  return refused("Session " + pid + " ('" + name + "', " + state +
                     ") has been in a transaction for " + text::duration(row.number()) +
                     ", and CONCURRENTLY would wait for its end.",
                 "Let it finish, or end it with SELECT pg_terminate_backend(" + pid +
                     "), then run Whet again.",
                 "55P03");
}

bool same_machine(const Connection& connection) {
  const std::string target = connection.target();
  return target.starts_with("/") || target.starts_with("127.0.0.1:") ||
         target.starts_with("localhost:") || target.starts_with("[::1]:");
}

Status check_space(Connection& connection, const model::Change& change) {
  if (change.disk_bytes <= 0 || !same_machine(connection)) return {};
  const Rows rows = WHET_TRY(connection.query(
      "SELECT coalesce(nullif(pg_tablespace_location(t.oid), ''), "
      "  (SELECT setting FROM pg_settings WHERE name = 'data_directory'), '') "
      "FROM pg_tablespace t WHERE t.spcname = coalesce(nullif(current_setting("
      "'default_tablespace'), ''), (SELECT s.spcname FROM pg_database d JOIN pg_tablespace s "
      "ON s.oid = d.dattablespace WHERE d.datname = current_database()))"));
  const std::string folder(rows.text(0, 0));
  std::error_code unknown;
  const auto space = std::filesystem::space(folder, unknown);
  if (folder.empty() || unknown) return {};  // not this machine's, or not for our eyes
  const auto free = static_cast<double>(space.available);
  if (free > static_cast<double>(change.disk_bytes)) return {};
  return refused("The disk of " + folder + " has " + text::bytes(free) + " free, and this needs " +
                     text::bytes(static_cast<double>(change.disk_bytes)) + ".",
                 "Make room first.", "53100");
}

Status check_name(Connection& connection, const model::Change& change) {
  const ChangeState state = WHET_TRY(inspect_change(connection, change));
  if (state == ChangeState::absent) return {};
  const std::string name =
      change.action.index->schema.empty() ? change.action.schema : change.action.index->schema;
  return refused("There is an index " + name + "." + change.action.index->name +
                     (state == ChangeState::partial ? " already, and it is invalid or being built."
                                                    : " already, and it is the same."),
                 state == ChangeState::partial
                     ? "If nobody is building it, drop it: DROP INDEX CONCURRENTLY " + name + "." +
                           change.action.index->name + "."
                     : "Analyze again.",
                 "42P07");
}

}  // namespace

Status check_change(Connection& connection, const model::Change& change,
                    const ExecutorOptions& options) {
  const Action& action = change.action;
  if (action.kind == ActionKind::manual)
    return refused("This change is for a person; Whet does not execute it.", "");
  if (action.kind == ActionKind::set_setting || action.kind == ActionKind::reset_setting)
    return check_setting(connection, action);
  if (action.kind == ActionKind::update_extension) return check_extension(connection, action);
  WHET_TRY_VOID(check_table(connection, action));
  if (action.kind == ActionKind::create_index) WHET_TRY_VOID(check_name(connection, change));
  if (waits_for_transactions(action))
    WHET_TRY_VOID(check_transactions(connection, action, options.long_transaction));
  if (builds_index(action)) WHET_TRY_VOID(check_space(connection, change));
  return {};
}

}  // namespace whet::engine::postgres
