// What the account may see. Asked for, not read from SHOW GRANTS: roles and wildcards hide there.
#include <utility>

#include "base/text.h"
#include "engine/mysql/doctor_parts.h"
#include "engine/mysql/executor_grants.h"
#include "engine/mysql/probes.h"

namespace whet::engine::mysql {

namespace {

/// Numbers of the server for "you may not".
bool denied(const Error& error) {
  return error.sqlstate == "1142" || error.sqlstate == "1143" || error.sqlstate == "1044" ||
         error.sqlstate == "1227" || error.sqlstate == "1370";
}

struct Look {
  std::string topic;
  std::string sql;      ///< reads the least that needs the privilege
  std::string good;     ///< "can be read"
  std::string missing;  ///< what Whet does not see
  std::string grant;
};

std::vector<Look> looks(const Connection& connection) {
  const bool mariadb = connection.mariadb();
  std::vector<Look> out{
      {"performance_schema", "SELECT 1 FROM performance_schema.events_statements_current LIMIT 1",
       "can be read", "cannot be read: the workload, waits and locks are unknown",
       "SELECT ON performance_schema.*"},
      {"PROCESS", "SELECT 1 FROM information_schema.INNODB_TRX LIMIT 1", "is granted",
       "is not granted: other accounts' sessions and transactions, and InnoDB's state are hidden",
       "PROCESS ON *.*"},
      {"replication",
       std::string(words_for(Ask::replica_status, connection.fork(), connection.version())),
       "can be looked at", "cannot be looked at: replicas and their lag are unknown",
       mariadb ? "REPLICA MONITOR, BINLOG MONITOR ON *.*" : "REPLICATION CLIENT ON *.*"},
      {"index statistics", "SELECT 1 FROM mysql.innodb_index_stats LIMIT 1", "can be read",
       "cannot be read: sizes of indexes, and how selective they are, are estimates",
       "SELECT ON mysql.innodb_index_stats"},
      {"table statistics", "SELECT 1 FROM mysql.innodb_table_stats LIMIT 1", "can be read",
       "cannot be read: sizes and rows of tables are estimates",
       "SELECT ON mysql.innodb_table_stats"},
  };
  if (mariadb) {
    out.push_back({"column statistics", "SELECT 1 FROM mysql.column_stats LIMIT 1", "can be read",
                   "cannot be read: how values are spread is unknown",
                   "SELECT ON mysql.column_stats"});
  }
  return out;
}

/// Schemas that are not the server's own and that the account sees.
std::vector<std::string> user_schemas_of(const Examination& x) {
  std::vector<std::string> out;
  const auto rows = x.connection.query(
      "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME NOT IN ('mysql', "
      "'sys', 'information_schema', 'performance_schema') ORDER BY 1");
  for (int i = 0; rows && i < rows->size(); ++i) out.emplace_back(rows->text(i, 0));
  return out;
}

/// EXPLAIN wants what the statement itself wants, and SHOW VIEW on views.
Diagnosis plans_line(const Examination& x) {
  std::vector<std::string> missing;
  for (const char* privilege : {"SELECT", "SHOW VIEW"}) {
    if (granted(x.grants, privilege, "", "") == Granted::yes) continue;
    // An account that sees no schema at all lacks everything.
    const auto schemas = user_schemas_of(x);
    bool everywhere = !schemas.empty();
    for (const std::string& schema : schemas)
      everywhere = everywhere && granted(x.grants, privilege, schema, "") != Granted::no;
    if (!everywhere) missing.emplace_back(privilege);
  }
  if (missing.empty())
    return {"EXPLAIN", true, "is possible for the tables and views that are seen", ""};
  return {"EXPLAIN", false,
          "wants " + text::join(missing, " and ") +
              " on each schema: tables without it are not seen, and their statements have no plans",
          x.grant(text::join(missing, ", ") + " ON *.*") +
              " Or the same for single schemas: 'whet "
              "grants' prints it."};
}

}  // namespace

void diagnose_access(const Examination& x, std::vector<Diagnosis>& out) {
  for (const Look& look : looks(x.connection)) {
    const auto rows = x.connection.query(look.sql);
    if (rows) {
      out.push_back({look.topic, true, look.good, ""});
    } else if (denied(rows.error())) {
      out.push_back({look.topic, false, look.missing, x.grant(look.grant)});
    } else {
      out.push_back({look.topic, false, "could not be looked at: " + rows.error().message,
                     rows.error().hint});
    }
  }
  out.push_back(plans_line(x));
}

}  // namespace whet::engine::mysql
