// How the server is configured: values that a restart changes, variables that the next version does
// not know, modes of SQL, name look-ups.
#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "advise/check.h"
#include "advise/mysql_facts.h"
#include "base/text.h"

namespace whet::advise::settings {
namespace {

using model::Severity;

// As numbers when both are, else without regard to case: ON and 1 are the same.
bool same_value(std::string_view a, std::string_view b) {
  const auto first = text::to_double(a), second = text::to_double(b);
  if (first && second) return *first == *second;
  const auto plain = [](std::string_view value) {
    const std::string lower = text::lower(value);
    return lower == "on" ? std::string("1") : (lower == "off" ? std::string("0") : lower);
  };
  return plain(a) == plain(b);
}

void persisted_differs(const Facts& facts, std::vector<model::Finding>& out) {
  for (const model::Setting& setting : facts.server().settings) {
    if (!setting.persisted || same_value(*setting.persisted, setting.value)) continue;
    const bool waits = needs_restart(facts, setting);
    model::Finding finding = finding_of(
        Severity::low, setting_subject(setting.name),
        fmt::format("{} is {}, and will be {} after a restart", setting.name, setting.value,
                    *setting.persisted),
        waits ? "It was persisted and waits for a restart, planned or not. Restart when it suits "
                "you, or take it back with RESET PERSIST."
              : "It was changed after it had been persisted: the next restart undoes that. Persist "
                "the value that is meant.");
    finding.evidence = {variable_fact(setting), fact("persisted", *setting.persisted,
                                                     "performance_schema.persisted_variables")};
    finding.references = {manual_page(facts, "persisted-system-variables", "set")};
    out.push_back(std::move(finding));
  }
}

// Changed by programs as they run, or by the server itself; and those that sessions set for
// themselves: MySQL tells of the latest SET of either scope (Whet's own session is one).
bool moves_by_itself(std::string_view name) {
  constexpr std::array names{"gtid_purged",
                             "gtid_executed",
                             "read_only",
                             "super_read_only",
                             "offline_mode",
                             "timestamp",
                             "general_log",
                             "slow_query_log",
                             "long_query_time",
                             "event_scheduler",
                             "wait_timeout",
                             "interactive_timeout",
                             "net_read_timeout",
                             "net_write_timeout",
                             "lock_wait_timeout",
                             "autocommit",
                             "time_zone",
                             "sql_mode",
                             "foreign_key_checks",
                             "unique_checks",
                             "max_execution_time",
                             "max_statement_time",
                             "optimizer_switch",
                             "optimizer_trace",
                             "transaction_isolation",
                             "transaction_read_only",
                             "tx_isolation",
                             "tx_read_only",
                             "innodb_lock_wait_timeout",
                             "information_schema_stats_expiry",
                             "explain_json_format_version",
                             "explain_format"};
  constexpr std::array prefixes{"rpl_semi_sync", "group_replication",       "innodb_monitor",
                                "sql_",          "innodb_buffer_pool_load", "character_set_",
                                "collation_"};
  return std::find(names.begin(), names.end(), name) != names.end() ||
         std::any_of(prefixes.begin(), prefixes.end(),
                     [&](const char* prefix) { return name.starts_with(prefix); });
}

void unkept_changes(const Facts& facts, std::vector<model::Finding>& out) {
  std::vector<const model::Setting*> changed;
  for (const model::Setting& setting : facts.server().settings) {
    if (set_while_running(setting) && !needs_restart(facts, setting) && !setting.persisted &&
        !moves_by_itself(setting.name) &&
        (setting.default_value.empty() || !same_value(setting.default_value, setting.value)))
      changed.push_back(&setting);
  }
  if (changed.empty()) return;
  std::vector<std::string> names;
  for (const model::Setting* setting : changed) names.push_back(setting->name);
  model::Finding finding = finding_of(
      Severity::low, server_subject(),
      fmt::format(
          "{} changed while the server runs, and a restart undoes {}: {}",
          changed.size() == 1 ? "1 variable was" : fmt::format("{} variables were", changed.size()),
          changed.size() == 1 ? "it" : "them", text::shorten(text::join(names, ", "), 80)),
      "Write the values that are meant into the option file (on MySQL: SET PERSIST).");
  constexpr std::size_t most = 20;
  for (const model::Setting* setting : changed) {
    if (finding.evidence.size() == most) break;
    finding.evidence.push_back(variable_fact(*setting));
  }
  finding.references = {manual_page(facts, "persisted-system-variables", "set")};
  out.push_back(std::move(finding));
}

struct Removed {
  const char* name;
  Since removed;  ///< not known from this version on: the server does not start with it
};
// MySQL: "Server Variables Removed" of the manuals of 8.0, 8.4 and 9.x. MariaDB: release notes.
constexpr std::array removed_variables{
    Removed{"query_cache_type", {80000, never}},
    Removed{"query_cache_size", {80000, never}},
    Removed{"query_cache_limit", {80000, never}},
    Removed{"innodb_file_format", {80000, 100600}},
    Removed{"innodb_large_prefix", {80000, 100600}},
    Removed{"innodb_locks_unsafe_for_binlog", {80000, 100600}},
    Removed{"innodb_support_xa", {80000, 100600}},
    Removed{"log_warnings", {80000, never}},
    Removed{"sync_frm", {80000, never}},
    Removed{"secure_auth", {80000, never}},
    Removed{"tx_isolation", {80000, never}},
    Removed{"tx_read_only", {80000, never}},
    Removed{"max_tmp_tables", {80000, never}},
    Removed{"expire_logs_days", {80400, never}},
    Removed{"default_authentication_plugin", {80400, never}},
    Removed{"binlog_transaction_dependency_tracking", {80400, never}},
    Removed{"transaction_write_set_extraction", {80400, never}},
    Removed{"log_bin_use_v1_row_events", {80400, never}},
    Removed{"master_info_repository", {80400, never}},
    Removed{"relay_log_info_repository", {80400, never}},
    Removed{"slave_rows_search_algorithms", {80400, never}},
    Removed{"have_ssl", {80400, never}},
    Removed{"avoid_temporal_upgrade", {80400, never}},
    Removed{"show_old_temporals", {80400, never}},
    Removed{"innodb_log_file_size", {90700, never}},
    Removed{"innodb_log_files_in_group", {90700, 100600}},
    Removed{"innodb_buffer_pool_instances", {never, 100600}},
    Removed{"innodb_page_cleaners", {never, 100600}},
    Removed{"innodb_log_optimize_ddl", {never, 110000}},
    Removed{"innodb_change_buffering", {never, 110000}},
    Removed{"innodb_change_buffer_max_size", {never, 110000}},
    Removed{"innodb_defragment", {never, 110100}},
    Removed{"innodb_defragment_n_pages", {never, 110100}},
    Removed{"old_passwords", {80000, never}}};

std::string version_name(std::int64_t number) {
  return fmt::format("{}.{}", number / 10000, number / 100 % 100);
}

void removed_later(const Facts& facts, std::vector<model::Finding>& out) {
  std::vector<model::Evidence> found;
  std::int64_t first = never;
  for (const Removed& removed : removed_variables) {
    const model::Setting* setting = facts.server().setting(removed.name);
    const std::int64_t gone =
        is_mariadb(facts) ? removed.removed.mariadb_version : removed.removed.mysql_version;
    if (setting == nullptr || gone == never || is_default(*setting) || set_while_running(*setting))
      continue;
    first = std::min(first, gone);
    found.push_back(fact(setting->name,
                         fmt::format("{} (gone from {} on)", setting->value, version_name(gone)),
                         "the manual's list of removed variables"));
  }
  if (found.empty()) return;
  model::Finding finding = finding_of(
      Severity::low, server_subject(),
      fmt::format(
          "{} configured that version {} does not know",
          found.size() == 1 ? "1 variable is" : fmt::format("{} variables are", found.size()),
          version_name(first)),
      "After an upgrade the server does not start with them in its option file. Take them out "
      "before, or put `loose_` before the names.");
  finding.evidence = std::move(found);
  finding.references = {manual_page(facts, "added-deprecated-removed", "system-variables")};
  out.push_back(std::move(finding));
}

void sql_mode(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting = facts.server().setting("sql_mode");
  if (setting == nullptr || text::contains(setting->value, "STRICT_TRANS_TABLES") ||
      text::contains(setting->value, "STRICT_ALL_TABLES") ||
      text::contains(setting->value, "TRADITIONAL"))
    return;
  model::Finding finding = finding_of(
      Severity::medium, setting_subject(setting->name),
      "Values that do not fit are cut, and the statement succeeds",
      "Without a strict mode a number too large becomes the largest, a text too long loses its "
      "end, and a missing value becomes 0 or ''. Programs that rely on it must be looked at before "
      "STRICT_TRANS_TABLES is added.");
  finding.evidence = {fact(setting->name, setting->value.empty() ? "(empty)" : setting->value,
                           "SHOW GLOBAL VARIABLES")};
  finding.changes = {manual("setting/sql_mode",
                            "Add STRICT_TRANS_TABLES, once the programs are known to bear it",
                            fmt::format("SET GLOBAL sql_mode = '{}{}STRICT_TRANS_TABLES';",
                                        setting->value, setting->value.empty() ? "" : ","))};
  finding.references = {manual_page(facts, "sql-mode", "sql-mode")};
  out.push_back(std::move(finding));
}

// A name that only DNS can tell; not an address, a pattern of addresses, or this machine.
bool is_host_name(std::string_view host) {
  if (host.empty() || host == "localhost" || text::contains(host, ":")) return false;
  return std::any_of(host.begin(), host.end(),
                     [](unsigned char c) { return std::isalpha(c) != 0; });
}

// Accounts of localhost that come through TCP are found only by the name of 127.0.0.1.
bool local_over_tcp(const Facts& facts) {
  const auto& sessions = facts.snapshot().activity.sessions;
  return std::any_of(sessions.begin(), sessions.end(), [](const model::Session& session) {
    return session.client.starts_with("127.") || session.client.starts_with("::1");
  });
}

void name_lookups(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting = facts.server().setting("skip_name_resolve");
  const auto& roles = facts.server().roles;
  if (setting == nullptr || is_on(setting) || roles.empty() || local_over_tcp(facts)) return;
  if (std::any_of(roles.begin(), roles.end(),
                  [](const model::Role& role) { return is_host_name(role.host); }))
    return;
  const double rate = per_second(facts, "Connections");
  const double errors = status(facts, "Connection_errors_peer_address");
  if (rate < 5 && errors < 1) return;
  model::Finding finding = finding_of(
      Severity::low, setting_subject(setting->name),
      errors >= 1 ? fmt::format("{:.0f} connections failed while the server looked up a name that "
                                "no account needs",
                                errors)
                  : fmt::format("The server looks up the name of each new client's address ({} a "
                                "second), and no account needs it",
                                text::number(rate)),
      "When the name server is slow, so is every new connection; when it fails, some fail. All "
      "accounts are for addresses, %, or localhost through the socket, so names are not needed.");
  finding.evidence = {variable_fact(*setting),
                      status_fact(facts, "Connections"),
                      status_fact(facts, "Connection_errors_peer_address"),
                      count("accounts", static_cast<std::int64_t>(roles.size()), "mysql.user"),
                      count("of those for a host's name", 0, "mysql.user.Host"),
                      age_fact(facts)};
  finding.changes = {set_variable(facts, *setting, "ON", "connections no longer wait for names")};
  finding.references = {manual_page(facts, "host-cache", "server-system-variables")};
  out.push_back(std::move(finding));
}

CheckInfo info(std::string_view id, unsigned engines, Severity severity, std::string_view summary,
               std::string_view why, std::string_view guards, std::string_view source) {
  return {.id = id,
          .area = Area::performance,
          .severity = severity,
          .engines = engines,
          .summary = summary,
          .why = why,
          .privileges = "",
          .guards = guards,
          .source = source};
}

const Register persisted_check{
    {.id = "performance.persisted_differs",
     .area = Area::performance,
     .severity = Severity::low,
     .engines = mysql,
     .summary = "A persisted value is not the one that the server runs with",
     .why = "The next restart changes how the server behaves.",
     .privileges = "SELECT on performance_schema.persisted_variables",
     .guards = "equal values, however they are written",
     .source = "MySQL manual, Persisted System Variables"},
    persisted_differs};
const Register unkept_check{
    info("performance.unkept_changes", both_forks, Severity::low,
         "Variables were changed and a restart undoes that",
         "The server behaves otherwise after a crash, at the worst moment.",
         "persisted ones; values back at their default; variables that tools switch as they work, "
         "or that sessions set for themselves",
         "MySQL manual, variables_info.VARIABLE_SOURCE; MariaDB, SYSTEM_VARIABLES"),
    unkept_changes};
const Register removed_check{
    info("performance.removed_variables", both_forks, Severity::low,
         "The next version does not know variables that are configured",
         "It does not start with them.", "defaults, and values set while the server runs",
         "MySQL and MariaDB manuals, removed variables, table of 2026-08-19"),
    removed_later};
const Register mode_check{
    info("performance.sql_mode", both_forks, Severity::medium,
         "Values that do not fit are stored all the same", "Data is lost without an error.",
         "any strict mode; ONLY_FULL_GROUP_BY is not asked for: MariaDB has it off by default",
         "PMM"),
    sql_mode};
const Register name_check{
    {.id = "performance.name_lookups",
     .area = Area::performance,
     .severity = Severity::low,
     .engines = both_forks,
     .summary = "Clients' names are looked up, and nobody needs them",
     .why = "Connections wait for a name server, or fail with it.",
     .privileges = "SELECT on mysql.user",
     .guards = "accounts for host names; sessions through 127.0.0.1; accounts that could not be "
               "read; under 5 connections a second and no failed look-up",
     .source = "MySQLTuner#671, whose advice locks such accounts out"},
    name_lookups};

}  // namespace
}  // namespace whet::advise::settings
