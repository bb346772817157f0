#include "engine/mysql/executor_check.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/text.h"
#include "engine/mysql/ddl_facts.h"
#include "engine/mysql/executor_grants.h"
#include "engine/mysql/executor_inspect.h"
#include "engine/mysql/executor_settings.h"
#include "engine/mysql/names.h"
#include "engine/mysql/render.h"

namespace whet::engine::mysql {
namespace {

using model::Action;
using model::ActionKind;

constexpr std::string_view privilege_number = "1142";
constexpr std::string_view no_privilege_for_server = "1227";

Error refused(std::string message, std::string hint, std::string_view number = "") {
  return {ErrorKind::refused, std::move(message), std::move(hint), std::string(number)};
}

std::string table_of(const Action& action) { return action.schema + "." + action.table; }

Result<std::vector<std::string>> grants_of(Connection& connection) {
  const Rows rows = WHET_TRY(connection.query("SHOW GRANTS"));
  std::vector<std::string> lines;
  for (int i = 0; i < rows.size(); ++i) lines.emplace_back(rows.text(i, 0));
  return lines;
}

/// Changes of a table's definition; the others only look at its rows.
bool alters(ActionKind kind) {
  return kind != ActionKind::analyze_table && kind != ActionKind::update_histogram &&
         kind != ActionKind::drop_histogram;
}

bool writes_much(ActionKind kind) {
  return kind == ActionKind::create_index || kind == ActionKind::rebuild_index ||
         kind == ActionKind::vacuum_table || kind == ActionKind::set_table_option;
}

Status check_setting(Connection& connection, const Action& action) {
  static_cast<void>(WHET_TRY(setting_state(connection, action.setting)));
  if (action.needs_restart) {
    return refused(action.setting + " takes effect only at a restart, which Whet never does.",
                   "Set it yourself and restart when it suits you.");
  }
  const auto grants = WHET_TRY(grants_of(connection));
  for (const char* enough : {"SUPER", "SYSTEM_VARIABLES_ADMIN"}) {
    if (granted(grants, enough, "", "") != Granted::no) return {};
  }
  // MariaDB has many small privileges for it, of which the server knows the right one.
  if (connection.mariadb()) return {};
  return refused("The account " + connection.user() + " may not change the server's settings.",
                 "GRANT SYSTEM_VARIABLES_ADMIN ON *.* TO that account.", no_privilege_for_server);
}

Status check_privileges(Connection& connection, const Action& action) {
  const auto grants = WHET_TRY(grants_of(connection));
  // Source: MySQL manual, ALTER TABLE and ANALYZE TABLE: what each needs.
  const std::vector<std::string> needed =
      alters(action.kind) ? std::vector<std::string>{"ALTER", "CREATE", "INSERT"}
                          : std::vector<std::string>{"SELECT", "INSERT"};
  std::vector<std::string> missing;
  for (const std::string& one : needed) {
    if (granted(grants, one, action.schema, action.table) == Granted::no) missing.push_back(one);
  }
  if (missing.empty()) return {};
  return refused("The account " + connection.user() + " lacks " + text::join(missing, ", ") +
                     " on " + table_of(action) + ".",
                 "GRANT " + text::join(missing, ", ") + " ON " +
                     qualified(action.schema, action.table) + " TO that account.",
                 privilege_number);
}

Status check_table(Connection& connection, const Action& action) {
  const Rows rows = WHET_TRY(connection.query(
      "SELECT TABLE_TYPE FROM information_schema.TABLES WHERE TABLE_SCHEMA = " +
      connection.quote(action.schema) + " AND TABLE_NAME = " + connection.quote(action.table)));
  // Without any privilege on a table it is not shown either.
  if (rows.empty()) {
    return refused(
        "There is no table " + table_of(action) + ", or " + connection.user() + " may not see it.",
        "Analyze again, or grant the account what it needs.", "1146");
  }
  if (rows.text(0, 0) == "BASE TABLE") return {};
  return refused(table_of(action) + " is no ordinary table.", "");
}

/// Sessions that have the table open in a transaction: a metadata lock waits for them, and
/// everybody else waits behind it.
Status check_transactions(Connection& connection, const Action& action, double longest) {
  const auto rows = connection.query(
      "SELECT t.PROCESSLIST_ID, COALESCE(t.PROCESSLIST_USER, ''), "
      "COALESCE(t.PROCESSLIST_COMMAND, ''), GREATEST(COALESCE(TIMESTAMPDIFF(SECOND, "
      "x.trx_started, CONVERT_TZ(NOW(), '+00:00', 'SYSTEM')), 0), "
      "IF(t.PROCESSLIST_COMMAND = 'Sleep', 0, COALESCE(t.PROCESSLIST_TIME, 0))) AS age "
      "FROM performance_schema.metadata_locks l "
      "JOIN performance_schema.threads t ON t.THREAD_ID = l.OWNER_THREAD_ID "
      "LEFT JOIN information_schema.INNODB_TRX x ON x.trx_mysql_thread_id = t.PROCESSLIST_ID "
      "WHERE l.OBJECT_TYPE = 'TABLE' AND l.LOCK_STATUS = 'GRANTED' AND l.OBJECT_SCHEMA = " +
      connection.quote(action.schema) + " AND l.OBJECT_NAME = " + connection.quote(action.table) +
      " AND t.PROCESSLIST_ID <> CONNECTION_ID() HAVING age > " + text::number(longest, 6) +
      " ORDER BY age DESC LIMIT 1");
  if (!rows) {
    if (rows.error().kind == ErrorKind::unreachable) return rows.error();
    return {};  // not for this account's eyes: the short lock timeout must do
  }
  if (rows->empty()) return {};
  Row row(*rows, 0);
  const std::string id = row.text();
  const std::string user = row.text();
  const std::string command = row.text();
  return refused("Session " + id + " (" + user + ", " + command + ") has had " + table_of(action) +
                     " open for " + text::duration(row.number()) +
                     ": the change would wait for it, and everybody else behind the change.",
                 "Let it finish, or end it with KILL " + id + ", then run Whet again.", "1205");
}

/// Galera does a schema change on all nodes at once, and no node writes meanwhile.
Status check_cluster(Connection& connection, const Action& action) {
  const Rows rows =
      WHET_TRY(connection.query("SHOW GLOBAL VARIABLES WHERE Variable_name = 'wsrep_on'"));
  if (rows.empty() || rows.text(0, 1) != "ON") return {};
  return refused("This is a Galera cluster: all its nodes would stand still while '" +
                     std::string(name_of(action.kind)) + "' of " + table_of(action) + " is done.",
                 "Do it node by node (wsrep_OSU_method = RSU) or with pt-online-schema-change.");
}

Status check_space(Connection& connection, const model::Change& change) {
  if (change.disk_bytes <= 0) return {};
  for (const std::string& folder : folders_in_use(connection)) {
    const double free = free_bytes(folder);
    if (free < 0 || free > static_cast<double>(change.disk_bytes)) continue;
    return refused("The disk of " + folder + " has " + text::bytes(free) +
                       " free, and this needs " +
                       text::bytes(static_cast<double>(change.disk_bytes)) + ".",
                   "Make room first.", "1021");
  }
  return {};
}

Status check_name(Connection& connection, const model::Change& change) {
  const ChangeState state = WHET_TRY(inspect_change(connection, change));
  if (state == ChangeState::absent) return {};
  const std::string index = table_of(change.action) + "." + change.action.index->name;
  if (state == ChangeState::present)
    return refused("There is an index " + index + " already, and it is the same.", "Analyze again.",
                   "1061");
  return refused("There is an index " + index + " already, and it is hidden.",
                 "If a trial left it, drop it; if you want it, show it.", "1061");
}

/// The server refuses to drop an index that a foreign key needs, and says so only then; it hides it
/// without a word, which is fine for the key.
Status check_needed(Connection& connection, const Action& action) {
  if (action.kind != ActionKind::drop_index) return {};
  const Rows rows = WHET_TRY(connection.query(
      "SELECT CONSTRAINT_NAME, COLUMN_NAME FROM information_schema.KEY_COLUMN_USAGE "
      "WHERE ORDINAL_POSITION = 1 AND ((TABLE_SCHEMA = " +
      connection.quote(action.schema) + " AND TABLE_NAME = " + connection.quote(action.table) +
      " AND REFERENCED_TABLE_NAME IS NOT NULL AND COLUMN_NAME = " +
      connection.quote(action.index->parts.empty() ? "" : action.index->parts.front().column) +
      "))"));
  if (rows.empty()) return {};
  const Rows others = WHET_TRY(connection.query(
      "SELECT INDEX_NAME FROM information_schema.STATISTICS WHERE SEQ_IN_INDEX = 1 AND "
      "TABLE_SCHEMA = " +
      connection.quote(action.schema) + " AND TABLE_NAME = " + connection.quote(action.table) +
      " AND COLUMN_NAME = " + connection.quote(rows.text(0, 1)) + " AND INDEX_NAME <> " +
      connection.quote(action.index->name)));
  if (!others.empty()) return {};
  return refused("The foreign key " + std::string(rows.text(0, 0)) + " needs the index " +
                     action.index->name + " of " + table_of(action) + ".",
                 "Drop the foreign key first, if it is not wanted.", "1553");
}

}  // namespace

double free_bytes(const std::string& folder) {
  std::error_code unknown;
  const auto space = std::filesystem::space(folder, unknown);
  return unknown ? -1 : static_cast<double>(space.available);
}

std::vector<std::string> folders_in_use(Connection& connection) {
  const std::string target = connection.target();
  const bool same_machine = target.starts_with("/") || target.starts_with("127.0.0.1:") ||
                            target.starts_with("localhost:") || target.starts_with("[::1]:");
  if (!same_machine) return {};
  const auto rows = connection.query(
      "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('datadir', 'tmpdir', 'innodb_tmpdir')");
  std::vector<std::string> folders;
  for (int i = 0; rows && i < rows->size(); ++i) {
    const std::string folder(rows->text(i, 1));
    std::error_code unknown;
    if (!folder.empty() && std::filesystem::exists(folder, unknown)) folders.push_back(folder);
  }
  return folders;
}

Status check_change(Connection& connection, const model::Change& change,
                    const ExecutorOptions& options) {
  const Action& action = change.action;
  if (action.kind == ActionKind::manual)
    return refused("This change is for a person; Whet does not execute it.", "");
  if (action.kind == ActionKind::set_setting || action.kind == ActionKind::reset_setting)
    return check_setting(connection, action);
  WHET_TRY_VOID(check_privileges(connection, action));
  WHET_TRY_VOID(check_table(connection, action));
  if (action.index) WHET_TRY_VOID(check_needed(connection, action));
  if (action.kind == ActionKind::create_index) WHET_TRY_VOID(check_name(connection, change));
  if (writes_much(action.kind)) {
    WHET_TRY_VOID(check_cluster(connection, action));
    WHET_TRY_VOID(check_space(connection, change));
  }
  if (alters(action.kind))
    WHET_TRY_VOID(check_transactions(connection, action, options.long_transaction));
  return {};
}

}  // namespace whet::engine::mysql
