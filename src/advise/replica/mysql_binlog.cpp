// MySQL and MariaDB: the binary log, which replicas and restores depend on; and the settings of a
// replica that decide whether it survives a crash.
#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "advise/check.h"
#include "advise/mysql_facts.h"
#include "base/text.h"
#include "base/units.h"

namespace whet::advise::replica {
namespace {

using model::Severity;

constexpr double day = 86400;

std::string binlog_page(const Facts& facts) {
  return manual_page(facts, "replication-options-binary-log",
                     "replication-and-binary-log-system-variables");
}

double user_bytes(const Facts& facts) {
  double bytes = 0;
  for (const model::Table* table : facts.user_tables())
    bytes += static_cast<double>(table->heap_bytes) + static_cast<double>(table->index_bytes);
  for (const model::Database& database : facts.server().databases)
    bytes = std::max(bytes, static_cast<double>(database.size_bytes));
  return bytes;
}

void binlog_off(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting = facts.server().setting("log_bin");
  const double data = user_bytes(facts);
  if (setting == nullptr || logs_binary(facts) || is_replica(facts) || is_galera(facts) ||
      is_managed(facts) || data < gigabyte)
    return;
  model::Finding finding = finding_of(
      Severity::low, setting_subject(setting->name),
      fmt::format("No binary log is written: {} of data can be restored only to the last backup",
                  text::bytes(data)),
      "With it a backup can be brought forward to any moment, and a replica can be added without "
      "stopping. It costs some disk and writes. On a server whose data can be made again, suppress "
      "this.");
  finding.evidence = {variable_fact(*setting), size("data", data, "information_schema.TABLES")};
  finding.changes = {manual("setting/log_bin", "Write a binary log, after a restart",
                            "log_bin = binlog  # and server_id = 1, and a limit of how long")};
  finding.references = {binlog_page(facts)};
  out.push_back(std::move(finding));
}

void binlog_format(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting = facts.server().setting("binlog_format");
  if (setting == nullptr || !logs_binary(facts)) return;
  const std::string value = text::lower(setting->value);
  if (value != "statement" && !(value == "mixed" && has_replicas(facts))) return;
  const bool statements = value == "statement";
  model::Finding finding = finding_of(
      statements ? Severity::medium : Severity::info, setting_subject(setting->name),
      statements ? "The binary log holds statements, which replicas may run to another result"
                 : "The binary log holds some statements as text",
      "LIMIT without ORDER BY, UUID(), triggers and many others give different rows there, and "
      "nobody notices. ROW logs the rows themselves; parallel appliers and other tools need it.");
  finding.evidence = {variable_fact(*setting),
                      fact("replicas follow", has_replicas(facts) ? "yes" : "none seen",
                           "SHOW REPLICAS, performance_schema.threads")};
  finding.changes = {set_variable(facts, *setting, "ROW", "replicas get the rows themselves")};
  // Sessions keep their own format, and the log grows.
  finding.changes.front().risk = model::Risk::medium;
  finding.references = {manual_page(facts, "binary-log-setting", "binary-log-formats")};
  out.push_back(std::move(finding));
}

/// Seconds until old logs are removed; 0: never; nothing: not known.
std::optional<double> kept_for(const Facts& facts) {
  const model::Setting* seconds = facts.server().setting("binlog_expire_logs_seconds");
  if (number_of(seconds).value_or(0) > 0) return number_of(seconds);
  const model::Setting* days = facts.server().setting("expire_logs_days");
  // As the server shows it: the snapshot's number may be in seconds already.
  const auto shown = days == nullptr ? std::nullopt : text::to_double(days->value);
  if (shown && *shown > 0) return *shown * day;
  if (seconds == nullptr && days == nullptr) return std::nullopt;
  return 0;
}

void binlog_short(const Facts& facts, std::vector<model::Finding>& out) {
  const auto kept = kept_for(facts);
  if (!logs_binary(facts) || !kept || *kept <= 0 || *kept >= day || is_managed(facts)) return;
  model::Finding finding = finding_of(
      Severity::medium, setting_subject("binlog_expire_logs_seconds"),
      fmt::format("Binary logs are removed after {}", text::duration(*kept)),
      "A replica that is away for longer must be built again, and a restore cannot be brought "
      "forward past the last backup if that is older. Keep some days.");
  finding.evidence = {time("kept for", *kept, "binlog_expire_logs_seconds, expire_logs_days")};
  if (const model::Setting* setting = facts.server().setting("binlog_expire_logs_seconds"))
    finding.changes = {set_variable(facts, *setting, "259200", "replicas may be away for days")};
  finding.references = {binlog_page(facts)};
  out.push_back(std::move(finding));
}

void gtid_off(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* mode = facts.server().setting("gtid_mode");
  const model::Setting* consistent = facts.server().setting("enforce_gtid_consistency");
  if (mode == nullptr || text::lower(mode->value) == "on" || !logs_binary(facts) ||
      !(has_replicas(facts) || is_replica(facts)) || is_managed(facts))
    return;
  model::Finding finding =
      finding_of(Severity::low, setting_subject(mode->name),
                 "Transactions have no global identifiers: a failover must find positions by hand",
                 "Switch it on in steps while the server runs, on all servers of the group: "
                 "enforce_gtid_consistency WARN, see the log for a while, then ON, then gtid_mode "
                 "OFF_PERMISSIVE, ON_PERMISSIVE, and ON when no anonymous transaction is left.");
  finding.evidence = {variable_fact(*mode)};
  if (consistent != nullptr) finding.evidence.push_back(variable_fact(*consistent));
  finding.changes = {manual("setting/gtid_mode", "Switch GTIDs on, step by step",
                            "SET PERSIST enforce_gtid_consistency = WARN;")};
  finding.references = {manual_page(facts, "replication-mode-change-online-enable-gtids", "gtid")};
  out.push_back(std::move(finding));
}

void relay_recovery(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting = facts.server().setting("relay_log_recovery");
  const auto& channels = facts.snapshot().replication.channels;
  if (channels.empty() || setting == nullptr || is_on(setting)) return;
  // By GTID the server asks for what is missing itself.
  const bool by_position = std::any_of(channels.begin(), channels.end(),
                                       [](const auto& channel) { return !channel.auto_position; });
  if (!by_position) return;
  model::Finding finding = finding_of(
      Severity::low, setting_subject(setting->name),
      "After a crash this replica may go on with a broken relay log",
      "With relay_log_recovery it throws away what it had received and asks the source again.");
  finding.evidence = {variable_fact(*setting), fact("follows by", "file and position",
                                                    "SHOW REPLICA STATUS, Auto_Position")};
  finding.changes = {
      set_variable(facts, *setting, "ON", "a crash leaves no half-written relay log behind")};
  finding.references = {manual_page(facts, "replication-solutions-unexpected-replica-halt",
                                    "replication-and-binary-log-system-variables")};
  out.push_back(std::move(finding));
}

void errors_ignored(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* skipped = variable(facts, {"replica_skip_errors", "slave_skip_errors"});
  const model::Setting* mode = variable(facts, {"replica_exec_mode", "slave_exec_mode"});
  if (facts.snapshot().replication.channels.empty()) return;
  for (const model::Setting* setting : {skipped, mode}) {
    if (setting == nullptr || setting->value.empty()) continue;
    const std::string value = text::lower(setting->value);
    if (setting == skipped ? value == "off" : value != "idempotent") continue;
    model::Finding finding = finding_of(
        Severity::high, setting_subject(setting->name),
        fmt::format("This replica goes on past errors ({} = {})", setting->name, setting->value),
        "Each error is a row that differs from the source. They grow in silence, until a failover "
        "makes them the truth. Compare the data (pt-table-checksum), repair it, and switch this "
        "off.");
    finding.evidence = {variable_fact(*setting)};
    finding.impact.outage_risk = 0.3;
    finding.changes = {set_variable(facts, *setting, setting == skipped ? "OFF" : "STRICT",
                                    "a difference stops the applier and is noticed")};
    finding.changes.front().risk = model::Risk::medium;
    finding.references = {manual_page(facts, "replication-options-replica",
                                      "replication-and-binary-log-system-variables")};
    out.push_back(std::move(finding));
  }
}

CheckInfo info(std::string_view id, Severity severity, std::string_view summary,
               std::string_view why, std::string_view guards, std::string_view source,
               unsigned engines = both_forks) {
  return {.id = id,
          .area = Area::replica,
          .severity = severity,
          .engines = engines,
          .summary = summary,
          .why = why,
          .privileges = "REPLICATION CLIENT; MariaDB: BINLOG MONITOR",
          .guards = guards,
          .source = source};
}

const Register off_check{info("replica.binlog_off", Severity::low, "No binary log is written",
                              "Data can be restored only to the last backup.",
                              "replicas, Galera, managed services; less than 1 GB of data", "PMM"),
                         binlog_off};
const Register format_check{info("replica.binlog_format", Severity::medium,
                                 "The binary log holds statements instead of rows",
                                 "Replicas may run them to another result.",
                                 "ROW; MIXED without replicas, which is MariaDB's default", "PMM"),
                            binlog_format};
const Register short_check{
    info("replica.binlog_short", Severity::medium, "Binary logs are removed within a day",
         "A replica that was away for a night must be built again.",
         "a day or more; managed services", "PMM"),
    binlog_short};
const Register gtid_check{
    info("replica.gtid_off", Severity::low, "Replication runs without global identifiers",
         "A failover must find positions by hand.",
         "no replication seen; managed services; MariaDB, which always has them", "PMM", mysql),
    gtid_off};
const Register relay_check{
    info("replica.relay_log_recovery", Severity::low,
         "A crash may leave a replica with a broken relay log", "It then stops, or misses changes.",
         "no replica; channels that follow by GTID", "PMM"),
    relay_recovery};
const Register ignored_check{
    info("replica.errors_ignored", Severity::high, "A replica goes on past errors",
         "Its data differs from the source's, and nobody knows.", "no replica; OFF and STRICT",
         "PMM"),
    errors_ignored};

}  // namespace
}  // namespace whet::advise::replica
