// Accounts, as far as limits, TLS and the way of logging in go. No hash of a password is read.
#include <algorithm>

#include "base/text.h"
#include "engine/mysql/collector.h"

namespace whet::engine::mysql {

namespace {

bool is_server_account(std::string_view name) {
  return name == "mysql.sys" || name == "mysql.session" || name == "mysql.infoschema" ||
         name == "mariadb.sys" || name == "PUBLIC" || name == "rdsadmin" || name == "cloudsqladmin";
}

/// Plugins that ask for a password, which may then be empty.
bool wants_password(std::string_view plugin) {
  return plugin.empty() || text::contains(plugin, "password") || plugin == "ed25519" ||
         plugin == "parsec";
}

model::Role role_of(const Rows& rows, int i) {
  Row row(rows, i);
  model::Role role;
  role.name = row.text();
  role.host = row.text();
  role.superuser = row.flag();
  role.replication = row.flag();
  const std::string plugin = row.text();
  const bool empty_password = row.flag();
  role.password_kind = empty_password && wants_password(plugin)
                           ? "none"
                           : (plugin.empty() ? "mysql_native_password" : plugin);
  role.requires_tls = !row.view().empty();
  role.connection_limit = row.integer();
  const bool expired = row.flag();
  role.locked = row.flag();
  const bool is_role = row.flag();
  role.expires_in_seconds = row.maybe_number();
  if (expired && !role.expires_in_seconds) role.expires_in_seconds = -1;
  role.system = is_server_account(role.name);
  role.can_login = !role.locked && !is_role;
  return role;
}

// A role is an account that was made locked, without a password, and expired.
constexpr std::string_view of_mysql = R"(
    SELECT User, Host, Super_priv, Repl_slave_priv, plugin, authentication_string = '', ssl_type,
           max_user_connections, password_expired, account_locked,
           account_locked = 'Y' AND password_expired = 'Y' AND authentication_string = '',
           IF(COALESCE(password_lifetime, @@default_password_lifetime) > 0,
              UNIX_TIMESTAMP(password_last_changed)
                + 86400 * COALESCE(password_lifetime, @@default_password_lifetime)
                - UNIX_TIMESTAMP(), NULL)
    FROM mysql.user ORDER BY User, Host)";

// MariaDB's mysql.user is a view that tells less than the table behind it.
constexpr std::string_view of_mariadb_view = R"(
    SELECT User, Host, Super_priv, Repl_slave_priv, plugin, authentication_string = '', ssl_type,
           max_user_connections, password_expired, 0, is_role, NULL
    FROM mysql.user ORDER BY User, Host)";

constexpr std::string_view of_mariadb = R"(
    SELECT u.User, u.Host, u.Super_priv, u.Repl_slave_priv, u.plugin,
           u.authentication_string = '', u.ssl_type, u.max_user_connections, u.password_expired,
           COALESCE(JSON_VALUE(g.Priv, '$.account_locked') IN ('1', 'true'), 0), u.is_role,
           IF(u.is_role = 'N' AND JSON_VALUE(g.Priv, '$.password_lifetime') > 0,
              JSON_VALUE(g.Priv, '$.password_last_changed')
                + 86400 * JSON_VALUE(g.Priv, '$.password_lifetime') - UNIX_TIMESTAMP(), NULL)
    FROM mysql.user u JOIN mysql.global_priv g ON g.User = u.User AND g.Host = u.Host
    ORDER BY u.User, u.Host)";

}  // namespace

void collect_users(Collector& c) {
  std::optional<Rows> rows;
  if (c.has(Feature::global_priv)) rows = c.read_if_possible(std::string(of_mariadb));
  if (!rows) {
    rows = c.read("accounts", std::string(c.has(Feature::global_priv) ? of_mariadb_view : of_mysql),
                  c.grant("SELECT ON mysql.user"));
  }
  if (!rows) return;
  for (int i = 0; i < rows->size(); ++i) c.snapshot.server.roles.push_back(role_of(*rows, i));
}

}  // namespace whet::engine::mysql
