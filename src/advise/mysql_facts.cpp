#include "advise/mysql_facts.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace whet::advise {

namespace {

constexpr std::string_view status_source = "SHOW GLOBAL STATUS";
constexpr std::string_view variables_source = "SHOW GLOBAL VARIABLES";
constexpr double shortest_window = 5;

double window_of(const Facts& facts, std::string_view name) {
  return facts.server().status_window(name).value_or(0);
}

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

const model::Setting* variable(const Facts& facts, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (const model::Setting* setting = facts.server().setting(name)) return setting;
  }
  return nullptr;
}

std::optional<double> number_of(const model::Setting* setting) {
  if (setting == nullptr) return std::nullopt;
  return setting->number ? setting->number : text::to_double(setting->value);
}

double number_of(const Facts& facts, std::string_view name, double otherwise) {
  return number_of(facts.server().setting(name)).value_or(otherwise);
}

bool is_on(const model::Setting* setting) {
  if (setting == nullptr) return false;
  const std::string value = text::lower(setting->value);
  return value == "on" || value == "1" || value == "yes" || value == "true";
}

bool is_on(const Facts& facts, std::string_view name) {
  return is_on(facts.server().setting(name));
}

bool is_default(const model::Setting& setting) {
  return setting.source.empty() || setting.source == "default" || setting.source == "COMPILED" ||
         setting.source == "COMPILE-TIME" || setting.source == "AUTO";
}

bool set_while_running(const model::Setting& setting) {
  return setting.source == "set while running" || setting.source == "DYNAMIC" ||
         setting.source == "SQL";
}

double status(const Facts& facts, std::string_view name) {
  return facts.server().status_total(name).value_or(0);
}

double status_age(const Facts& facts) {
  const double flushed = status(facts, "Uptime_since_flush_status");
  return flushed > 0 ? flushed : facts.server().uptime_seconds;
}

bool status_is_old(const Facts& facts) { return facts.ratio_age(status_age(facts)); }

double per_second(const Facts& facts, std::string_view name) {
  return status_is_old(facts) ? status(facts, name) / status_age(facts) : 0;
}

double fastest_per_second(const Facts& facts, std::string_view name) {
  const double window = facts.snapshot().window_seconds;
  const double now = window >= shortest_window ? window_of(facts, name) / window : 0;
  return std::max(now, per_second(facts, name));
}

std::optional<Part> part_of(const Facts& facts, std::string_view part,
                            std::initializer_list<std::string_view> wholes, double least) {
  if (!status_is_old(facts)) return std::nullopt;
  Part out;
  out.part = status(facts, part);
  double now = 0;
  for (const std::string_view name : wholes) {
    out.whole += status(facts, name);
    now += window_of(facts, name);
  }
  if (out.whole <= 0 || out.whole < least) return std::nullopt;
  out.value = out.part / out.whole;
  constexpr double enough_now = 100;
  if (now >= std::max(enough_now, least / 100))
    out.value = std::min(out.value, window_of(facts, part) / now);
  return out;
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

model::Evidence status_fact(const Facts& facts, std::string_view name) {
  const model::StatusValue* found = facts.server().status_value(name);
  if (found == nullptr) return fact(name, "unknown", status_source);
  if (!found->text.empty()) return fact(name, found->text, status_source);
  return number(name, found->total, status_source);
}

model::Evidence status_size(const Facts& facts, std::string_view name) {
  return size(name, status(facts, name), status_source);
}

model::Evidence variable_fact(const model::Setting& setting) {
  model::Evidence evidence = fact(setting.name, setting.value, variables_source);
  evidence.number = number_of(&setting);
  return evidence;
}

model::Evidence variable_size(const model::Setting& setting) {
  return size(setting.name, number_of(&setting).value_or(0), variables_source);
}

model::Evidence age_fact(const Facts& facts) {
  return time("counted over", status_age(facts), "Uptime_since_flush_status");
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

model::Finding finding_of(model::Severity severity, model::Subject subject, std::string title,
                          std::string detail) {
  model::Finding finding;
  finding.severity = severity;
  finding.subject = std::move(subject);
  finding.title = std::move(title);
  finding.detail = std::move(detail);
  return finding;
}

std::string manual_page(const Facts& facts, std::string_view mysql_page,
                        std::string_view mariadb_page) {
  return is_mariadb(facts)
             ? fmt::format("https://mariadb.com/kb/en/{}/", mariadb_page)
             : fmt::format("https://dev.mysql.com/doc/refman/8.4/en/{}.html", mysql_page);
}

}  // namespace whet::advise
