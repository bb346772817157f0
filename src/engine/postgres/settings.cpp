// Settings, their overrides and files; roles and access rules.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "engine/postgres/collector.h"
#include "engine/postgres/units.h"

namespace whet::engine::postgres {

namespace {

model::Setting read_setting(Row& row) {
  model::Setting setting;
  setting.name = row.text();
  const std::string raw = row.text();
  setting.unit = row.text();
  setting.type = row.text();
  setting.source = row.text();
  setting.context = row.text();
  const std::string boot = row.text();
  setting.pending_restart = row.flag();
  setting.value = without_secret(setting.name, shown_value(raw, setting.unit));
  setting.default_value = shown_value(boot, setting.unit);
  if (setting.type == "integer" || setting.type == "real") {
    setting.number = base_value(raw, setting.unit);
    setting.default_number = base_value(boot, setting.unit);
  }
  return setting;
}

/// Providers leave their own settings behind.
std::string flavour_of(const std::vector<model::Setting>& settings) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> marks{
      {{"aurora", "aurora"},
       {"apg_", "aurora"},
       {"rds.", "rds"},
       {"cloudsql.", "cloudsql"},
       {"alloydb.", "alloydb"},
       {"azure.", "azure"},
       {"neon.", "neon"}}};
  for (const auto& [prefix, flavour] : marks) {
    for (const auto& setting : settings) {
      if (setting.name.starts_with(prefix)) return std::string(flavour);
    }
  }
  return {};
}

/// Whet's own session has limits of its own: they are taken off for this one reading, and the
/// ROLLBACK brings them back.
std::optional<Rows> settings_of_others(Collector& c) {
  if (!c.read_if_possible("BEGIN READ ONLY")) return std::nullopt;
  c.read_if_possible("RESET ALL");
  auto rows = c.read("settings", R"(
    SELECT name, setting, unit, vartype, source, context, boot_val, pending_restart
    FROM pg_catalog.pg_settings)");
  c.read_if_possible("ROLLBACK");
  return rows;
}

void collect_overrides(Collector& c) {
  const auto rows = c.read("settings of databases and roles", R"(
    SELECT coalesce(d.datname, ''), coalesce(r.rolname, ''), split_part(x.entry, '=', 1),
           substr(x.entry, strpos(x.entry, '=') + 1)
    FROM pg_db_role_setting s
    CROSS JOIN LATERAL unnest(s.setconfig) AS x(entry)
    LEFT JOIN pg_database d ON d.oid = s.setdatabase
    LEFT JOIN pg_roles r ON r.oid = s.setrole
    ORDER BY 1, 2, 3)");
  if (!rows) return;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    model::SettingOverride override;
    override.database = row.text();
    override.role = row.text();
    override.name = row.text();
    override.value = without_secret(override.name, row.text());
    c.snapshot.server.overrides.push_back(std::move(override));
  }
}

void collect_config_errors(Collector& c) {
  const auto rows = c.read_if_allowed("errors in configuration files",
                                      "has_table_privilege('pg_file_settings', 'SELECT') AND "
                                      "has_function_privilege('pg_show_all_file_settings()', "
                                      "'EXECUTE')",
                                      R"(
    SELECT sourcefile, sourceline, name, error FROM pg_file_settings
    WHERE error IS NOT NULL ORDER BY seqno)",
                                      "GRANT SELECT ON pg_catalog.pg_file_settings TO " + c.role +
                                          "; GRANT EXECUTE ON FUNCTION "
                                          "pg_catalog.pg_show_all_file_settings() TO " +
                                          c.role + ";");
  if (!rows) return;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    model::ConfigError error;
    error.file = row.text();
    error.line = row.integer();
    error.name = row.text();
    error.error = row.text();
    c.snapshot.server.config_errors.push_back(std::move(error));
  }
}

void collect_roles(Collector& c) {
  const auto rows = c.read("roles", R"(
    SELECT rolname, rolsuper, rolcanlogin, rolbypassrls, rolreplication, rolname LIKE 'pg\_%',
           CASE WHEN isfinite(rolvaliduntil)
                THEN extract(epoch FROM rolvaliduntil - clock_timestamp()) END,
           greatest(rolconnlimit, 0)
    FROM pg_roles)");
  if (!rows) return;
  auto& roles = c.snapshot.server.roles;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    model::Role role;
    role.name = row.text();
    role.superuser = row.flag();
    role.can_login = row.flag();
    role.bypass_row_security = row.flag();
    role.replication = row.flag();
    role.system = row.flag();
    role.expires_in_seconds = row.maybe_number();
    role.connection_limit = row.integer();
    roles.push_back(std::move(role));
  }
  std::sort(roles.begin(), roles.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
}

void collect_password_kinds(Collector& c) {
  // Only the kind leaves the server, never the hash.
  const auto rows = c.read_if_allowed(
      "how passwords are stored", "has_table_privilege('pg_authid', 'SELECT')", R"(
    SELECT rolname, CASE WHEN rolpassword IS NULL THEN 'none'
                         WHEN rolpassword LIKE 'SCRAM-SHA-256$%' THEN 'scram-sha-256'
                         WHEN rolpassword LIKE 'md5%' THEN 'md5' ELSE 'plain' END
    FROM pg_authid WHERE rolcanlogin)",
      "Only a superuser may read pg_authid; the rest does not need it.");
  if (!rows) return;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    const std::string name = row.text();
    for (auto& role : c.snapshot.server.roles) {
      if (role.name == name) role.password_kind = rows->text(i, 1);
    }
  }
}

void collect_access_rules(Collector& c) {
  const auto rows = c.read_if_allowed(
      "access rules (pg_hba.conf)",
      "has_table_privilege('pg_hba_file_rules', 'SELECT') AND "
      "has_function_privilege('pg_hba_file_rules()', 'EXECUTE')",
      R"(
    SELECT line_number, type, array_to_string(database, ','), array_to_string(user_name, ','),
           concat_ws('/', address, netmask), auth_method, error
    FROM pg_hba_file_rules ORDER BY line_number)",
      "GRANT SELECT ON pg_catalog.pg_hba_file_rules TO " + c.role +
          "; GRANT EXECUTE ON FUNCTION pg_catalog.pg_hba_file_rules() TO " + c.role + ";");
  if (!rows) return;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    model::AccessRule rule;
    rule.line = row.integer();
    rule.type = row.text();
    rule.databases = row.text();
    rule.users = row.text();
    rule.address = row.text();
    rule.method = row.text();
    rule.error = row.text();
    c.snapshot.server.access_rules.push_back(std::move(rule));
  }
}

}  // namespace

void collect_settings(Collector& c) {
  auto& server = c.snapshot.server;
  if (const auto rows = settings_of_others(c)) {
    for (int i = 0; i < rows->size(); ++i) {
      Row row(*rows, i);
      server.settings.push_back(read_setting(row));
    }
  }
  std::sort(server.settings.begin(), server.settings.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  server.flavour = flavour_of(server.settings);
  server.data_directory = server.text("data_directory");
  if (server.data_directory.empty()) {
    c.note("settings that show paths and the like", "The role may not read all settings.",
           "GRANT pg_monitor TO " + c.role + ";");
  }
  for (const auto& library : text::split(server.text("shared_preload_libraries"), ',')) {
    std::string name(text::trim(library));
    name.erase(std::remove(name.begin(), name.end(), '"'), name.end());
    if (!name.empty()) server.preloaded.push_back(std::move(name));
  }
  collect_overrides(c);
  collect_config_errors(c);
}

void collect_access(Collector& c) {
  collect_roles(c);
  collect_password_kinds(c);
  collect_access_rules(c);
}

}  // namespace whet::engine::postgres
