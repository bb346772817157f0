#include "advise/mysql_facts.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace whet::advise {

namespace {

constexpr std::string_view variables_source = "SHOW GLOBAL VARIABLES";

// MySQL refuses SET PERSIST and PERSIST_ONLY for these.
bool may_be_persisted(std::string_view name) {
  constexpr std::array refused{"innodb_doublewrite", "innodb_dedicated_server", "secure_file_priv"};
  return std::find(refused.begin(), refused.end(), name) == refused.end();
}

/// A variable that a running server does not change, up to a version of each fork. For snapshots
/// that do not say it of their variables: MySQL has no table of them.
struct Fixed {
  std::string_view name;
  Since until;
};
constexpr std::array fixed_variables{Fixed{"innodb_flush_method", {never, 110000}},
                                     Fixed{"performance_schema", {never, never}},
                                     Fixed{"performance_schema_digests_size", {never, never}},
                                     Fixed{"skip_name_resolve", {never, never}},
                                     Fixed{"open_files_limit", {never, never}},
                                     Fixed{"innodb_log_file_size", {never, 100900}},
                                     Fixed{"innodb_log_buffer_size", {80000, 110000}},
                                     Fixed{"innodb_doublewrite", {80030, 110000}},
                                     Fixed{"innodb_purge_threads", {never, 100502}},
                                     Fixed{"innodb_force_recovery", {never, never}},
                                     Fixed{"log_bin", {never, never}},
                                     Fixed{"log_replica_updates", {never, never}},
                                     Fixed{"log_slave_updates", {never, never}},
                                     Fixed{"relay_log_recovery", {never, never}},
                                     Fixed{"replica_skip_errors", {never, never}},
                                     Fixed{"slave_skip_errors", {never, never}},
                                     Fixed{"secure_file_priv", {never, never}},
                                     Fixed{"skip_networking", {never, never}},
                                     Fixed{"tls_version", {80016, never}}};

}  // namespace

bool needs_restart(const Facts& facts, const model::Setting& setting) {
  if (!setting.context.empty())
    return setting.context == "static" || setting.context == "postmaster";
  return std::any_of(fixed_variables.begin(), fixed_variables.end(), [&](const Fixed& fixed) {
    return fixed.name == setting.name && !holds(facts, fixed.until);
  });
}

bool is_managed(const Facts& facts) {
  const std::string& flavour = facts.server().flavour;
  return !flavour.empty() && flavour != "percona";
}

namespace {

// No way to keep the value from a session.
bool only_by_file(const Facts& facts, const model::Setting& setting) {
  if (is_managed(facts)) return true;
  if (is_mariadb(facts) || facts.server().version_number < 80000)
    return needs_restart(facts, setting);
  return !may_be_persisted(setting.name);
}

}  // namespace

bool is_mysql(const Facts& facts) {
  return facts.server().engine == model::EngineKind::mysql || is_mariadb(facts);
}

bool is_mariadb(const Facts& facts) { return facts.server().engine == model::EngineKind::mariadb; }

bool holds(const Facts& facts, const Since& since) {
  return facts.server().version_number >=
         (is_mariadb(facts) ? since.mariadb_version : since.mysql_version);
}

bool is_default(const model::Setting& setting) {
  return setting.source.empty() || setting.source == "default" || setting.source == "COMPILED" ||
         setting.source == "COMPILE-TIME" || setting.source == "AUTO";
}

bool set_while_running(const model::Setting& setting) {
  return setting.source == "set while running" || setting.source == "DYNAMIC" ||
         setting.source == "SQL";
}

std::optional<double> history_list(const Facts& facts) {
  const auto metric = facts.server().status_total("innodb_metrics.trx_rseg_history_len");
  if (metric) return metric;
  const auto value = facts.server().status_total("Innodb_history_list_length");
  return value ? value : facts.server().status_total("innodb_monitor.history_list_length");
}

bool is_replica(const Facts& facts) {
  return facts.server().is_replica || !facts.snapshot().replication.channels.empty();
}

bool has_replicas(const Facts& facts) {
  const auto& sessions = facts.snapshot().activity.sessions;
  return !facts.snapshot().replication.replicas.empty() || status(facts, "Slaves_connected") > 0 ||
         std::any_of(sessions.begin(), sessions.end(),
                     [](const model::Session& session) { return session.kind == "binlog dump"; });
}

bool is_galera(const Facts& facts) { return is_on(facts, "wsrep_on"); }

bool logs_binary(const Facts& facts) {
  return is_on(facts, "log_bin") || facts.snapshot().replication.binary_logs.enabled;
}

model::Evidence variable_fact(const model::Setting& setting) {
  model::Evidence evidence = fact(setting.name, setting.value, variables_source);
  evidence.number = number_of(&setting);
  return evidence;
}

model::Evidence variable_size(const model::Setting& setting) {
  return size(setting.name, number_of(&setting).value_or(0), variables_source);
}

model::Change set_variable(const Facts& facts, const model::Setting& setting,
                           std::string_view value, std::string_view reason) {
  if (only_by_file(facts, setting)) {
    model::Change change = manual(
        "setting/" + setting.name,
        !is_managed(facts) ? fmt::format("Set {} to {} in the option file, and restart (now {})",
                                         setting.name, value, setting.value)
                           : fmt::format("Set {} to {} in the service's parameters (now {})",
                                         setting.name, value, setting.value),
        fmt::format("{} = {}", setting.name, value));
    change.reason = reason;
    return change;
  }
  model::Change change;
  change.id = "setting/" + setting.name;
  change.summary = fmt::format("Set {} to {} (now {})", setting.name, value, setting.value);
  change.reason = reason;
  change.action.kind = model::ActionKind::set_setting;
  change.action.setting = setting.name;
  change.action.value = value;
  change.action.previous = is_default(setting) ? "" : setting.value;
  change.action.needs_restart = needs_restart(facts, setting);
  change.risk = needs_restart(facts, setting) ? model::Risk::medium : model::Risk::safe;
  change.locks = needs_restart(facts, setting)
                     ? "none, but it takes effect only when the server restarts"
                     : "none; sessions that are open keep their own value";
  return change;
}

std::string manual_page(const Facts& facts, std::string_view mysql_page,
                        std::string_view mariadb_page) {
  return is_mariadb(facts)
             ? fmt::format("https://mariadb.com/kb/en/{}/", mariadb_page)
             : fmt::format("https://dev.mysql.com/doc/refman/8.4/en/{}.html", mysql_page);
}

}  // namespace whet::advise
