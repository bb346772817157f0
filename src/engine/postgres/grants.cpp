// The script that makes a monitoring role.
#include "base/text.h"
#include "engine/postgres/postgres.h"
#include "sql/quote.h"

namespace whet::engine::postgres {

std::string grants_script(const std::string& role) {
  // psql's \password keeps the password out of the server's log and of the shell's history.
  constexpr std::string_view script =
      R"(-- A role for Whet: it sees all that Whet looks at, and changes nothing.
-- Run it as a superuser, in each database that Whet shall look at: psql -d DATABASE -f THIS_FILE
DO $whet$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {literal}) THEN
    CREATE ROLE {role} LOGIN CONNECTION LIMIT 5;
  END IF;
END
$whet$;
-- Give it a password: \password {role}

-- Statistics, settings and sessions of all roles.
GRANT pg_monitor TO {role};

-- Nothing in this role's sessions can write by mistake.
ALTER ROLE {role} SET default_transaction_read_only = on;

-- The database itself.
DO $whet$
BEGIN
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), {literal});
END
$whet$;

-- The workload. Needs pg_stat_statements in shared_preload_libraries (and a restart).
CREATE EXTENSION IF NOT EXISTS pg_stat_statements;

-- Access rules and errors in the configuration files.
GRANT SELECT ON pg_catalog.pg_hba_file_rules, pg_catalog.pg_file_settings TO {role};
GRANT EXECUTE ON FUNCTION pg_catalog.pg_hba_file_rules(), pg_catalog.pg_show_all_file_settings()
  TO {role};

-- Plans and planner statistics. The server plans a query only for a role that may read its tables,
-- and shows statistics only of columns that the role may read. This lets the role read the rows of
-- all schemas but the server's own (pg_read_all_data would show password hashes too): leave it out
-- where that must not be, and Whet will say what it could not see. For tables to come, run it again
-- or use ALTER DEFAULT PRIVILEGES.
DO $whet$
DECLARE
  space name;
BEGIN
  FOR space IN SELECT nspname FROM pg_namespace
               WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', space, {literal});
    EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO %I', space, {literal});
    EXECUTE format('GRANT SELECT ON ALL SEQUENCES IN SCHEMA %I TO %I', space, {literal});
  END LOOP;
END
$whet$;

-- For a shadow (whet shadow, whet index): all planner statistics, as the planner reads them.
GRANT SELECT ON pg_catalog.pg_statistic, pg_catalog.pg_statistic_ext_data TO {role};

-- Optional: what-if costs of indexes on the server itself. Needs the package postgresql-NN-hypopg on the server.
-- CREATE EXTENSION IF NOT EXISTS hypopg;

-- Optional: plans and values of slow statements from the server's log, when Whet does not run on the
-- server itself. It lets the role read all files in the data directory.
-- GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_binary_file(text, bigint, bigint, boolean)
--   TO {role};

-- 'whet optimize --apply' changes things: give it the URL of a role that owns the tables (indexes,
-- table options) and, for settings, of a superuser or, from 15 on: GRANT ALTER SYSTEM ON PARAMETER.
)";
  std::string out = text::replace_all(std::string(script), "{literal}", sql::quote_literal(role));
  return text::replace_all(out, "{role}", sql::quote_identifier(role));
}

}  // namespace whet::engine::postgres
