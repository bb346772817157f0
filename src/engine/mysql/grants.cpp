// The script that makes a monitoring account.
#include "base/text.h"
#include "engine/mysql/connection.h"
#include "engine/mysql/mysql.h"

namespace whet::engine::mysql {

namespace {

// Tried on MySQL 9.7 and MariaDB 10.11; /*!80000 ... */ is for MySQL from 8.0 on, /*M!100509 for
// MariaDB from 10.5.9 on, and a comment for the others.
constexpr std::string_view head =
    R"(-- An account for Whet: it sees all that Whet looks at, and changes nothing.
-- Run it as an administrator: {client} < THIS_FILE
-- It is locked until it has a password:
--   ALTER USER {account} IDENTIFIED BY 'a long password' ACCOUNT UNLOCK;
CREATE USER IF NOT EXISTS {account} WITH MAX_USER_CONNECTIONS 5 ACCOUNT LOCK;

)";

constexpr std::string_view mysql_grants =
    R"(-- Sessions of all accounts, transactions, InnoDB's state; replicas and their lag.
GRANT PROCESS, REPLICATION CLIENT ON *.* TO {account};

-- The workload, waits, locks, and the use of tables and indexes. Without a privilege on it, a schema
-- is not shown at all: SHOW DATABASES shows their names.
GRANT SELECT ON performance_schema.* TO {account};
GRANT SHOW DATABASES ON *.* TO {account};

-- Statistics of tables and indexes, costs of the optimizer, components.
GRANT SELECT ON mysql.innodb_table_stats TO {account};
GRANT SELECT ON mysql.innodb_index_stats TO {account};
GRANT SELECT ON mysql.server_cost TO {account};
GRANT SELECT ON mysql.engine_cost TO {account};
/*!80000 GRANT SELECT ON mysql.component TO {account} */;

-- Optional: accounts without a password, without TLS, without limits. Whet reads no hash, but the
-- account could.
-- GRANT SELECT ON mysql.user TO {account};
)";

constexpr std::string_view mariadb_grants =
    R"(-- Sessions of all accounts, transactions, InnoDB's state; replicas and their lag.
GRANT PROCESS, REPLICATION CLIENT /*M!100509 , SLAVE MONITOR */ ON *.* TO {account};

-- The workload, waits, locks, and the use of tables and indexes. Without a privilege on it, a schema
-- is not shown at all: SHOW DATABASES shows their names.
GRANT SELECT ON performance_schema.* TO {account};
GRANT SHOW DATABASES ON *.* TO {account};

-- Statistics of tables, indexes and columns.
GRANT SELECT ON mysql.innodb_table_stats TO {account};
GRANT SELECT ON mysql.innodb_index_stats TO {account};
GRANT SELECT ON mysql.table_stats TO {account};
GRANT SELECT ON mysql.column_stats TO {account};
GRANT SELECT ON mysql.index_stats TO {account};

-- Optional: accounts without a password, without TLS, without limits. Whet reads no hash, but the
-- account could.
-- GRANT SELECT ON mysql.user TO {account};
-- GRANT SELECT ON mysql.global_priv TO {account};
)";

constexpr std::string_view plans_head = R"(
-- Plans, and the tables themselves. The server explains a statement only for an account that may run
-- it, and shows only tables on which the account has a privilege. This lets the account read rows:
-- leave it out where that must not be, and Whet will say what it could not see.
)";

constexpr std::string_view all_databases =
    R"(-- '--database NAME' prints it for single databases. This one is for all, the server's own too.
GRANT SELECT, SHOW VIEW ON *.* TO {account};
)";

constexpr std::string_view tail = R"(
-- 'whet optimize --apply' changes things: give it the URL of an account that has, on the databases,
--   SELECT, INSERT, UPDATE, ALTER, CREATE, DROP, INDEX, and for settings {settings}.
)";

/// 'name'@'host' of "name" or "name@host".
std::string account_literal(const std::string& account) {
  const std::size_t at = account.rfind('@');
  const auto quoted = [](std::string text) {
    text = text::replace_all(text, "\\", "\\\\");
    return "'" + text::replace_all(text, "'", "''") + "'";
  };
  return quoted(account.substr(0, at)) + "@" +
         quoted(at == std::string::npos ? "%" : account.substr(at + 1));
}

/// Names of databases in GRANT are patterns.
std::string database_pattern(const std::string& name) {
  std::string escaped;
  for (const char c : name) {
    if (c == '_' || c == '%' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return Connection::quote_identifier(escaped);
}

}  // namespace

std::string grants_script(model::EngineKind fork, const std::string& account,
                          const std::vector<std::string>& databases) {
  const bool mariadb = fork == model::EngineKind::mariadb;
  std::string out(head);
  out += mariadb ? mariadb_grants : mysql_grants;
  out += plans_head;
  if (databases.empty()) out += all_databases;
  for (const std::string& database : databases)
    out += "GRANT SELECT, SHOW VIEW ON " + database_pattern(database) + ".* TO {account};\n";
  out += tail;
  out = text::replace_all(out, "{client}", mariadb ? "mariadb" : "mysql");
  out = text::replace_all(out, "{settings}",
                          mariadb ? "SUPER" : "SYSTEM_VARIABLES_ADMIN (SUPER before MySQL 8.0)");
  return text::replace_all(out, "{account}", account_literal(account));
}

}  // namespace whet::engine::mysql
