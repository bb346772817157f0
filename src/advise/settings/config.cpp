// The configuration itself: lines that do not apply, values hidden behind roles and databases,
// planner features switched off, timeouts that nobody set.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "advise/check.h"
#include "advise/settings/support.h"
#include "base/text.h"

namespace whet::advise::settings {
namespace {

using model::Severity;

// A valid change that waits for a restart is reported as an error too ("could not be applied");
// performance.pending_restart tells of it.
bool waits_for_restart(const Facts& facts, const model::ConfigError& error) {
  const model::Setting* setting = facts.server().setting(error.name);
  return setting != nullptr && setting->pending_restart;
}

void config_errors(const Facts& facts, std::vector<model::Finding>& out) {
  std::vector<model::ConfigError> errors;
  for (const model::ConfigError& error : facts.server().config_errors) {
    if (!waits_for_restart(facts, error)) errors.push_back(error);
  }
  if (errors.empty()) return;
  const model::ConfigError& first = errors.front();
  model::Finding finding = make_finding(
      Severity::medium, server_subject(),
      fmt::format("{} of the configuration {} not valid, first {} in line {} of {}",
                  text::plural(static_cast<std::int64_t>(errors.size()), "line", "lines"),
                  errors.size() == 1 ? "is" : "are",
                  first.name.empty() ? std::string("one") : first.name, first.line, first.file),
      "A reload ignores the lines, or all changes with them, and at its next start the server may "
      "refuse to come up. Correct them, and look at pg_file_settings again before you restart.");
  constexpr std::size_t most = 10;
  for (const model::ConfigError& error : errors) {
    if (finding.evidence.size() == most) break;
    finding.evidence.push_back(fact(fmt::format("{}:{}", error.file, error.line),
                                    fmt::format("{}: {}", error.name, error.error),
                                    "pg_file_settings.error"));
  }
  finding.impact.outage_risk = 0.3;
  finding.references = {"view-pg-file-settings"};
  out.push_back(std::move(finding));
}

void planner_features_off(const Facts& facts, std::vector<model::Finding>& out) {
  for (const model::Setting& setting : facts.server().settings) {
    if (!text::starts_with_nocase(setting.name, "enable_") || setting.value != "off" ||
        setting.source == "default" || setting.default_value != "on")
      continue;
    model::Finding finding = make_finding(Severity::low, setting_subject(setting.name),
                                          fmt::format("{} is off for all statements", setting.name),
                                          "Somebody cured one statement by taking a method away "
                                          "from the planner everywhere. Cure that "
                                          "statement (statistics, an index, a rewrite), or set it "
                                          "for that transaction or role only.");
    finding.evidence = {setting_fact(setting), fact("set in", setting.source, "pg_settings.source"),
                        fact("default", setting.default_value, "pg_settings.boot_val")};
    finding.changes = {set_to(facts, setting, "on", "the planner may choose freely again")};
    // Plans change, for the better in most statements but not surely in all.
    finding.changes.front().risk = model::Risk::medium;
    finding.references = {"runtime-config-query"};
    out.push_back(std::move(finding));
  }
}

// Overrides of these change how statements run while the server's value says otherwise. Timeouts of
// roles are good practice and not meant.
bool hides(std::string_view name) {
  constexpr std::array names{"work_mem",
                             "hash_mem_multiplier",
                             "random_page_cost",
                             "seq_page_cost",
                             "effective_cache_size",
                             "jit",
                             "synchronous_commit",
                             "plan_cache_mode",
                             "join_collapse_limit",
                             "from_collapse_limit",
                             "temp_buffers",
                             "default_transaction_isolation"};
  return text::starts_with_nocase(name, "enable_") ||
         std::find(names.begin(), names.end(), name) != names.end();
}

void overrides_hidden(const Facts& facts, std::vector<model::Finding>& out) {
  for (const model::SettingOverride& one : facts.server().overrides) {
    const model::Setting* setting = facts.server().setting(one.name);
    if (!hides(one.name) || setting == nullptr || setting->value == one.value) continue;
    std::string where;
    if (!one.role.empty()) where += "role " + one.role;
    if (!one.database.empty()) where += (where.empty() ? "database " : " in ") + one.database;
    if (where.empty()) where = "all roles";
    model::Finding finding = make_finding(
        Severity::info, setting_subject(one.name),
        fmt::format("{} is {} for {}, the server says {}", one.name, one.value, where,
                    setting->value),
        "Statements of that role or database run with another value than the configuration shows, "
        "and a trial of a plan with another role does not see it. Fine when it is meant; find out "
        "whether it still is.");
    finding.evidence = {fact("override", one.value, "pg_db_role_setting.setconfig"),
                        fact("applies to", where, "pg_db_role_setting.setrole, setdatabase"),
                        setting_fact(*setting)};
    finding.references = {"sql-alterrole", "sql-alterdatabase"};
    out.push_back(std::move(finding));
  }
}

bool set_for_somebody(const Facts& facts, std::string_view name) {
  const auto& overrides = facts.server().overrides;
  return std::any_of(overrides.begin(), overrides.end(),
                     [&](const model::SettingOverride& one) { return one.name == name; });
}

struct Timeout {
  const char* name;
  const char* value;
  bool for_all;  ///< sensible for the whole server; the others are for the applications' roles
};
constexpr std::array timeouts{Timeout{"statement_timeout", "30s", false},
                              Timeout{"lock_timeout", "10s", false},
                              Timeout{"idle_in_transaction_session_timeout", "10min", true}};

model::Change timeout_change(const Facts& facts, const model::Setting& setting,
                             const Timeout& timeout) {
  if (timeout.for_all) {
    model::Change change = set_to(facts, setting, timeout.value,
                                  "a forgotten transaction ends before it stops vacuum");
    // It ends sessions that idle within a transaction for so long: a person must know of none.
    change.risk = model::Risk::medium;
    return change;
  }
  model::Change change = manual(
      "role/" + setting.name, fmt::format("Set {} for the applications' roles", setting.name),
      fmt::format("ALTER ROLE the_application SET {} = '{}';", setting.name, timeout.value));
  change.reason = "maintenance and backups need longer, so not for the whole server";
  return change;
}

void statement_timeout_missing(const Facts& facts, std::vector<model::Finding>& out) {
  model::Finding finding;
  std::vector<std::string> missing;
  // From 17 on, one limit for whole transactions does for statements too.
  const auto transactions = facts.server().number("transaction_timeout");
  const bool limited =
      (transactions && *transactions > 0) || set_for_somebody(facts, "transaction_timeout");
  for (const Timeout& timeout : timeouts) {
    const model::Setting* setting = facts.server().setting(timeout.name);
    if (setting == nullptr || !setting->number || *setting->number != 0 || limited ||
        set_for_somebody(facts, timeout.name))
      continue;
    missing.emplace_back(timeout.name);
    finding.evidence.push_back(setting_fact(*setting));
    finding.changes.push_back(timeout_change(facts, *setting, timeout));
  }
  if (missing.empty()) return;
  finding.severity = Severity::low;
  finding.subject = setting_subject(missing.front());
  finding.title = fmt::format("No limit for any role: {}", text::join(missing, ", "));
  finding.detail =
      "A statement that runs away, a wait for a lock or a forgotten transaction then lasts until "
      "somebody notices; meanwhile it holds locks and keeps vacuum from cleaning up. Choose limits "
      "well above what the application needs.";
  finding.evidence.push_back(
      fact("set for a role or database", "no", "pg_db_role_setting.setconfig"));
  finding.references = {"runtime-config-client"};
  out.push_back(std::move(finding));
}

const Register errors{
    {
        .id = "performance.config_errors",
        .area = Area::performance,
        .severity = Severity::medium,
        .engines = postgresql,
        .summary = "Lines of the configuration are not valid",
        .why = "The server ignores them now, and may not start the next time.",
        .privileges = "pg_read_all_settings and EXECUTE on pg_show_all_file_settings()",
        .guards = "not for valid changes that wait for a restart",
        .source = "PostgreSQL manual, pg_file_settings",
    },
    config_errors};
const Register features{{
                            .id = "performance.planner_features_off",
                            .area = Area::performance,
                            .severity = Severity::low,
                            .engines = postgresql,
                            .summary = "Methods of the planner are switched off for all",
                            .why = "One statement was cured at the cost of all others.",
                            .privileges = "",
                            .guards = "only what is on by default and was switched off",
                            .source = "postgresqltuner",
                        },
                        planner_features_off};
const Register overrides{
    {
        .id = "performance.overrides_hidden",
        .area = Area::performance,
        .severity = Severity::info,
        .engines = postgresql,
        .summary = "A role or database runs with other values than the configuration shows",
        .why = "What one tries with another role is not what the application gets.",
        .privileges = "",
        .guards = "only settings that change how statements run; timeouts of roles are good "
                  "practice",
        .source = "the bound that health checks of the field take",
    },
    overrides_hidden};
const Register no_timeouts{
    {
        .id = "performance.statement_timeout_missing",
        .area = Area::performance,
        .severity = Severity::low,
        .engines = postgresql,
        .summary = "Nothing limits statements, lock waits or idle transactions",
        .why = "What runs away is stopped by nobody.",
        .privileges = "",
        .guards = "silent for each that is set for the server, a role or a database, and when "
                  "transaction_timeout is",
        .source = "the bound that health checks of the field take",
    },
    statement_timeout_missing};

}  // namespace
}  // namespace whet::advise::settings
