// MySQL and MariaDB, on a replica: whether it follows its sources, how far behind, and whether it
// survives a crash.
#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "advise/check.h"
#include "advise/mysql_facts.h"
#include "base/text.h"

namespace whet::advise::replica {
namespace {

using model::ReplicationChannel;
using model::Severity;
using model::SubjectKind;

constexpr std::string_view channel_source = "SHOW REPLICA STATUS";

model::Subject channel_subject(const ReplicationChannel& channel) {
  return named(SubjectKind::replica, channel.name.empty() ? channel.source : channel.name);
}

std::string from(const ReplicationChannel& channel) {
  return channel.name.empty() ? channel.source
                              : fmt::format("{} ({})", channel.name, channel.source);
}

const std::vector<ReplicationChannel>& channels(const Facts& facts) {
  return facts.snapshot().replication.channels;
}

// A source that restarts cannot be reached for a while; stopped on purpose there is no error.
Severity stopped_severity(const ReplicationChannel& channel, bool failed) {
  if (!failed) return Severity::medium;
  return channel.applier_running && channel.receiver_connecting ? Severity::high
                                                                : Severity::critical;
}

void stopped(const Facts& facts, std::vector<model::Finding>& out) {
  for (const ReplicationChannel& channel : channels(facts)) {
    const bool receiving = channel.receiver_running || channel.receiver_connecting;
    const bool failed = channel.receiver_error != 0 || channel.applier_error != 0;
    if (receiving && channel.applier_running && !channel.receiver_connecting) continue;
    const std::int64_t error =
        channel.applier_error != 0 ? channel.applier_error : channel.receiver_error;
    const std::string& message =
        channel.applier_error != 0 ? channel.applier_message : channel.receiver_message;
    model::Finding finding = finding_of(
        stopped_severity(channel, failed), channel_subject(channel),
        !channel.applier_running ? fmt::format("Nothing from {} is applied any more", from(channel))
        : channel.receiver_connecting
            ? fmt::format("{} cannot be reached", from(channel))
            : fmt::format("Nothing is received from {} any more", from(channel)),
        failed
            ? "This server falls behind with every second, and the source keeps its logs only for "
              "a while. Read the error; never skip a transaction before you know what it changes "
              "here."
            : "There is no error: somebody stopped it, or the source is away. START REPLICA "
              "goes on where it stopped.");
    finding.evidence = {
        fact("receiver",
             channel.receiver_connecting ? "connecting"
             : channel.receiver_running  ? "runs"
                                         : "stopped",
             channel_source),
        fact("applier", channel.applier_running ? "runs" : "stopped", channel_source)};
    if (failed) {
      finding.evidence.push_back(
          fact("error", std::to_string(error), "Last_IO_Errno, Last_SQL_Errno"));
      finding.evidence.push_back(
          fact("message", text::shorten(text::squeeze(message), 200), channel_source));
    }
    finding.impact.outage_risk = failed ? 0.6 : 0.3;
    finding.references = {manual_page(facts, "replication-solutions", "replication")};
    out.push_back(std::move(finding));
  }
}

/// The largest figure that is trustworthy. Seconds_Behind_Source compares with what has been
/// received: a slow network hides from it; the origin's time stamps do not.
double behind(const ReplicationChannel& channel) {
  const double said = channel.applying_behind_seconds.value_or(channel.seconds_behind.value_or(0));
  return std::max(0.0, said - channel.delay_seconds);
}

Severity lag_severity(double seconds) {
  if (seconds >= 3600) return Severity::high;
  return seconds >= 300 ? Severity::medium : Severity::low;
}

void lag(const Facts& facts, std::vector<model::Finding>& out) {
  for (const ReplicationChannel& channel : channels(facts)) {
    const double seconds = behind(channel);
    if (!channel.applier_running || seconds <= 30) continue;
    model::Finding finding = finding_of(
        lag_severity(seconds), channel_subject(channel),
        fmt::format("Reads here are {} behind {}", text::duration(seconds), from(channel)),
        "If the applier is busy with one transaction, it is large or its table has no primary key; "
        "with many small ones, more workers help; if it is idle, the network is slow.");
    finding.evidence = {
        time("behind", seconds,
             channel.applying_behind_seconds ? "replication_applier_status_by_worker"
                                             : "Seconds_Behind_Source"),
        count("workers", channel.workers, channel_source),
        count("of those busy", channel.workers_busy, channel_source)};
    if (channel.delay_seconds > 0)
      finding.evidence.push_back(time("wanted delay", channel.delay_seconds, "SQL_Delay"));
    if (channel.unapplied_bytes)
      finding.evidence.push_back(size("received, not applied",
                                      static_cast<double>(*channel.unapplied_bytes),
                                      "Relay_Log_Space, log positions"));
    if (channel.missing_transactions)
      finding.evidence.push_back(count("transactions not applied", *channel.missing_transactions,
                                       "Retrieved_Gtid_Set - Executed_Gtid_Set"));
    finding.impact.outage_risk = seconds >= 3600 ? 0.4 : 0.1;
    finding.references = {
        manual_page(facts, "replication-administration-status", "show-replica-status")};
    out.push_back(std::move(finding));
  }
}

void serial_applier(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* workers =
      is_mariadb(facts) ? variable(facts, {"slave_parallel_threads"})
                        : variable(facts, {"replica_parallel_workers", "slave_parallel_workers"});
  if (workers == nullptr || number_of(workers).value_or(0) > 1) return;
  for (const ReplicationChannel& channel : channels(facts)) {
    if (!channel.applier_running || behind(channel) <= 10) continue;
    model::Finding finding = finding_of(
        Severity::medium, setting_subject(workers->name),
        fmt::format("One thread applies everything from {}, and is {} behind", from(channel),
                    text::duration(behind(channel))),
        "The source ran these transactions in many sessions at once. Independent ones can be "
        "applied in parallel too, in the same order of commits. The applier must be restarted "
        "(STOP "
        "and START REPLICA SQL_THREAD).");
    finding.evidence = {variable_fact(*workers), time("behind", behind(channel), channel_source)};
    for (const char* name : {"replica_preserve_commit_order", "slave_preserve_commit_order",
                             "slave_parallel_mode", "binlog_transaction_dependency_tracking"}) {
      if (const model::Setting* setting = facts.server().setting(name))
        finding.evidence.push_back(variable_fact(*setting));
    }
    const model::Host* host = facts.host();
    const double threads = host != nullptr && host->cpus > 0
                               ? std::clamp(static_cast<double>(host->cpus), 2.0, 16.0)
                               : 4;
    finding.changes = {set_variable(facts, *workers, fmt::format("{:.0f}", threads),
                                    "independent transactions are applied at once")};
    // MariaDB changes it only while the applier stands still.
    finding.changes.front().risk = model::Risk::medium;
    finding.references = {
        manual_page(facts, "replication-options-replica", "parallel-replication")};
    out.push_back(std::move(finding));
    return;
  }
}

void commit_order(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* order =
      variable(facts, {"replica_preserve_commit_order", "slave_preserve_commit_order"});
  const model::Setting* workers =
      variable(facts, {"replica_parallel_workers", "slave_parallel_workers"});
  if (channels(facts).empty() || order == nullptr || is_on(order) ||
      number_of(workers).value_or(0) <= 1)
    return;
  model::Finding finding = finding_of(
      Severity::medium, setting_subject(order->name),
      fmt::format("{} workers may commit in another order than the source", workers->value),
      "Reads here can see states that the source never had, and after a crash there can be gaps. "
      "Keeping the order costs little.");
  finding.evidence = {variable_fact(*order), variable_fact(*workers)};
  finding.changes = {
      set_variable(facts, *order, "ON", "reads see only states that the source had")};
  finding.changes.front().risk = model::Risk::medium;  // the applier must stand still for it
  finding.references = {manual_page(facts, "replication-options-replica", "parallel-replication")};
  out.push_back(std::move(finding));
}

void writable(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting = facts.server().setting("read_only");
  const model::Setting* strict = facts.server().setting("super_read_only");
  // Two servers that follow each other, or a cluster, are written to on purpose.
  if (channels(facts).empty() || setting == nullptr || is_galera(facts) ||
      !facts.snapshot().replication.members.empty())
    return;
  const bool open = !is_on(setting) && setting->value != "2" && setting->value != "3";
  const bool for_some = !open && strict != nullptr && !is_on(strict);
  if (!open && !for_some) return;
  const model::Setting& wanted = strict != nullptr ? *strict : *setting;
  model::Finding finding = finding_of(
      open ? Severity::medium : Severity::info, setting_subject(wanted.name),
      open ? "Programs can write to this replica, and nothing takes such writes back to the source"
           : "Administrators' accounts can write to this replica",
      "A row that differs here stops the applier when the source changes it, or is never noticed. "
      "Replication itself is not hindered. (If this server takes writes on purpose, as one of two "
      "sources that follow each other, suppress this.)");
  finding.evidence = {variable_fact(*setting),
                      fact("follows", from(channels(facts).front()), channel_source)};
  if (strict != nullptr) finding.evidence.push_back(variable_fact(*strict));
  if (open) finding.impact.outage_risk = 0.2;
  finding.changes = {set_variable(facts, wanted, "ON", "only replication changes what is here")};
  // A program that does write here would fail.
  finding.changes.front().risk = model::Risk::medium;
  finding.references = {manual_page(facts, "server-system-variables", "server-system-variables")};
  out.push_back(std::move(finding));
}

void errant(const Facts& facts, std::vector<model::Finding>& out) {
  if (is_galera(facts) || !facts.snapshot().replication.members.empty()) return;
  for (const ReplicationChannel& channel : channels(facts)) {
    if (channel.errant_transactions <= 0) continue;
    model::Finding finding = finding_of(
        Severity::high, channel_subject(channel),
        fmt::format(
            "{} on this replica that its source does not have",
            text::plural(channel.errant_transactions, "transaction ran", "transactions ran")),
        fmt::format(
            "When this server takes over, the others ask it for them: if its logs no longer "
            "hold them, they stop; if they do, the stray changes spread. See what they are "
            "in its binary log, and {}.",
            is_mariadb(facts) ? "undo them here with sql_log_bin = 0, or build the replica again"
                              : "let the source run empty transactions with their identifiers"));
    finding.evidence = {
        count("errant transactions", channel.errant_transactions,
              is_mariadb(facts) ? "gtid_binlog_state under this server's own server_id"
                                : "gtid_executed under this server's own server_uuid"),
        fact("source", channel.source, channel_source)};
    finding.impact.outage_risk = 0.3;
    finding.references = {manual_page(facts, "replication-gtids-failover", "gtid")};
    out.push_back(std::move(finding));
  }
}

void no_auto_position(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* mode = facts.server().setting("gtid_mode");
  if (mode == nullptr || text::lower(mode->value) != "on") return;
  for (const ReplicationChannel& channel : channels(facts)) {
    if (channel.auto_position || channel.source.empty()) continue;
    model::Finding finding = finding_of(
        Severity::low, channel_subject(channel),
        fmt::format("{} is followed by file and position, though both have GTIDs", from(channel)),
        "After a failover somebody must find the right position in other files by hand. With "
        "SOURCE_AUTO_POSITION = 1 the servers find it themselves.");
    finding.evidence = {fact("auto position", "no", "Auto_Position"), variable_fact(*mode)};
    finding.changes = {manual(
        "replica/" + channel.source + "/auto_position", "Follow by GTID",
        fmt::format("STOP REPLICA{0}; CHANGE REPLICATION SOURCE TO SOURCE_AUTO_POSITION = 1{0}; "
                    "START REPLICA{0};",
                    channel.name.empty() ? "" : fmt::format(" FOR CHANNEL '{}'", channel.name)))};
    finding.references = {manual_page(facts, "replication-gtids-auto-positioning", "gtid")};
    out.push_back(std::move(finding));
  }
}

void retries(const Facts& facts, std::vector<model::Finding>& out) {
  const double days = std::max(1.0, facts.server().uptime_seconds / 86400);
  for (const ReplicationChannel& channel : channels(facts)) {
    const double daily = static_cast<double>(channel.retries) / days;
    if (channel.retries < 100 || daily < 100) continue;
    model::Finding finding = finding_of(
        Severity::low, channel_subject(channel),
        fmt::format("The applier tried {} transactions again, {} a day",
                    text::count(channel.retries), text::number(daily)),
        "They met locks of readers here, or each other. After replica_transaction_retries of one "
        "transaction the applier stops. Look for programs that lock rows on this replica (SELECT "
        "... FOR UPDATE), and for tables without a primary key.");
    finding.evidence = {count("retries", channel.retries, "COUNT_TRANSACTIONS_RETRIES"),
                        time("uptime", facts.server().uptime_seconds, "Uptime")};
    if (const model::Setting* limit =
            variable(facts, {"replica_transaction_retries", "slave_transaction_retries"}))
      finding.evidence.push_back(variable_fact(*limit));
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
          .privileges = "REPLICATION CLIENT; MariaDB: SLAVE MONITOR",
          .guards = guards,
          .source = source};
}

const Register stopped_check{
    info("replica.channel_stopped", Severity::critical, "A replica does not follow its source",
         "It falls behind, and after a while cannot catch up.",
         "running; critical only with an error", "MySQLTuner, PMM"),
    stopped};
const Register lag_check{
    info("replica.channel_lag", Severity::high, "A replica is behind its source",
         "Reads are old, and a failover loses or waits.",
         "up to 30 s beyond the wanted delay; stopped ones (their own check)",
         "30 s: apa; the origin's time stamps where there are"),
    lag};
const Register serial_check{
    info("replica.applier_serial", Severity::medium, "One thread applies all changes, and is late",
         "The source made them in many sessions at once.", "more than one worker; not late by 10 s",
         "PMM"),
    serial_applier};
const Register order_check{
    info("replica.commit_order", Severity::medium,
         "A replica may commit in another order than its source",
         "Reads see states that never were, a crash leaves gaps.",
         "one worker; MariaDB, whose modes keep the order", "MySQL manual: ON from 8.0.27", mysql),
    commit_order};
const Register writable_check{
    info("replica.writable", Severity::medium, "A replica takes writes of programs",
         "Rows differ from the source's, and the applier stops one day.",
         "read_only with super_read_only where it exists; Galera and group replication", "PMM"),
    writable};
const Register errant_check{info("replica.errant_transactions", Severity::high,
                                 "A replica has transactions that its source does not have",
                                 "A failover to it stops the others or spreads the changes.",
                                 "none; Galera and group replication, where every member writes",
                                 "counted by the server, not by parsing sets as MySQLTuner does"),
                            errant};
const Register position_check{
    info("replica.no_auto_position", Severity::low,
         "A replica follows by file and position though it has GTIDs",
         "A failover must then be done by hand.", "gtid_mode other than ON",
         "MySQL manual, GTID auto-positioning", mysql),
    no_auto_position};
const Register retry_check{
    info("replica.applier_retries", Severity::low, "The applier retries many transactions",
         "It waits, and at its limit it stops.", "under 100, or 100 a day",
         "MySQL manual, replica_transaction_retries"),
    retries};

}  // namespace
}  // namespace whet::advise::replica
