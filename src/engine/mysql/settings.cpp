// Settings with where their values came from, and what is persisted.
#include "engine/mysql/settings.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/text.h"
#include "engine/mysql/collector.h"

namespace whet::engine::mysql {

namespace {

void collect_mysql_values(Collector& c, std::vector<model::Setting>& settings) {
  const auto rows = c.read("settings", "SHOW GLOBAL VARIABLES");
  if (!rows) return;
  for (int i = 0; i < rows->size(); ++i) {
    model::Setting setting;
    setting.name = text::lower(rows->text(i, 0));
    setting.value = rows->text(i, 1);
    settings.push_back(std::move(setting));
  }
}

model::Setting* find(std::vector<model::Setting>& settings, std::string_view name) {
  const std::string lowered = text::lower(name);
  const auto at = std::lower_bound(settings.begin(), settings.end(), lowered,
                                   [](const auto& a, const auto& b) { return a.name < b; });
  return at != settings.end() && at->name == lowered ? &*at : nullptr;
}

void sort_by_name(std::vector<model::Setting>& settings) {
  std::sort(settings.begin(), settings.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
}

void add_types(Collector& c, std::vector<model::Setting>& settings) {
  if (!c.has(Feature::variables_metadata)) return;
  const auto rows = c.read_if_possible(
      "SELECT VARIABLE_NAME, DATA_TYPE FROM performance_schema.variables_metadata");
  if (!rows) return;
  for (int i = 0; i < rows->size(); ++i) {
    if (auto* setting = find(settings, rows->text(i, 0))) setting->type = type_of(rows->text(i, 1));
  }
}

/// What the set-up of Whet's own session sets: the view remembers the last SET of any session (the
/// loader of a dump leaves unique_checks there), so of these nobody can say where the global value
/// is from.
bool is_of_own_session(std::string_view name) {
  constexpr std::array names{"autocommit",
                             "character_set_client",
                             "character_set_connection",
                             "character_set_results",
                             "collation_connection",
                             "explain_json_format_version",
                             "innodb_lock_wait_timeout",
                             "lock_wait_timeout",
                             "max_execution_time",
                             "optimizer_switch",
                             "sql_mode",
                             "time_zone",
                             "transaction_read_only"};
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Names that no session can set for itself; nothing where the server does not say (before 9).
std::set<std::string, std::less<>> global_only(Collector& c) {
  std::set<std::string, std::less<>> out;
  if (!c.has(Feature::variables_metadata)) return out;
  const auto rows = c.read_if_possible(
      "SELECT VARIABLE_NAME FROM performance_schema.variables_metadata "
      "WHERE VARIABLE_SCOPE = 'GLOBAL'");
  for (int i = 0; rows && i < rows->size(); ++i) out.emplace(rows->text(i, 0));
  return out;
}

/// Whether a SET of some session, for itself, may be all that the source tells of.
bool may_be_of_a_session(const model::Setting& setting,
                         const std::set<std::string, std::less<>>& global) {
  if (setting.source != "set while running" || setting.persisted) return false;
  if (!global.empty()) return !global.contains(setting.name);
  return !setting.name.starts_with("innodb_") || is_of_own_session(setting.name);
}

void add_sources(Collector& c, std::vector<model::Setting>& settings) {
  if (!c.has(Feature::variables_info)) return;
  const auto rows = c.read("where settings come from",
                           "SELECT VARIABLE_NAME, VARIABLE_SOURCE FROM "
                           "performance_schema.variables_info",
                           c.grant("SELECT ON performance_schema.*"));
  if (!rows) return;
  for (int i = 0; i < rows->size(); ++i) {
    auto* setting = find(settings, rows->text(i, 0));
    if (setting != nullptr && !is_of_own_session(setting->name))
      setting->source = source_of(rows->text(i, 1));
  }
  const auto global = global_only(c);
  for (auto& setting : settings) {
    if (may_be_of_a_session(setting, global)) setting.source.clear();
    if (setting.source != "default") continue;
    setting.default_value = setting.value;
    setting.default_number = setting.number;
  }
}

void add_persisted(Collector& c, std::vector<model::Setting>& settings) {
  if (!c.has(Feature::persisted_variables)) return;
  const auto rows = c.read("persisted settings",
                           "SELECT VARIABLE_NAME, VARIABLE_VALUE FROM "
                           "performance_schema.persisted_variables",
                           c.grant("SELECT ON performance_schema.*"));
  if (!rows) return;
  for (int i = 0; i < rows->size(); ++i) {
    if (auto* setting = find(settings, rows->text(i, 0)))
      note_persisted(*setting, rows->text(i, 1));
  }
}

void collect_mysql(Collector& c, std::vector<model::Setting>& settings) {
  collect_mysql_values(c, settings);
  sort_by_name(settings);
  add_types(c, settings);
  for (auto& setting : settings) fill_values(setting, std::string(setting.value), "");
  add_persisted(c, settings);
  add_sources(c, settings);
}

void collect_mariadb(Collector& c, std::vector<model::Setting>& settings) {
  const auto rows = c.read("settings", R"(
    SELECT VARIABLE_NAME, GLOBAL_VALUE, GLOBAL_VALUE_ORIGIN, DEFAULT_VALUE, VARIABLE_TYPE, READ_ONLY
    FROM information_schema.SYSTEM_VARIABLES WHERE VARIABLE_SCOPE <> 'SESSION ONLY')");
  if (!rows) return;
  for (int i = 0; i < rows->size(); ++i) settings.push_back(mariadb_setting(*rows, i));
  sort_by_name(settings);
}

}  // namespace

void collect_settings(Collector& c) {
  auto& settings = c.snapshot.server.settings;
  if (c.has(Feature::system_variables)) {
    collect_mariadb(c, settings);
  } else {
    collect_mysql(c, settings);
  }
}

}  // namespace whet::engine::mysql
