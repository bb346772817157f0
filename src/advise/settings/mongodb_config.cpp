// Parameters and options that are seldom right: durability, checkpoints, limits, things switched
// off.
#include <array>
#include <string>

#include <fmt/format.h>

#include "advise/check.h"
#include "advise/mongodb_server.h"
#include "base/text.h"

namespace whet::advise::settings {
namespace {

using model::Severity;

void journal_off(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting = facts.server().setting("storage.journal.enabled");
  // 6.1 removed the option.
  if (!is_off(setting) || mongodb_since(facts, 6, 1)) return;
  model::Finding finding = finding_of(
      Severity::high, setting_subject(setting->name), "The journal is off",
      "After a crash everything since the last checkpoint is lost: up to a minute of writes that "
      "were acknowledged.");
  finding.evidence = {setting_fact(*setting)};
  finding.impact.outage_risk = 0.5;
  finding.changes = {edit_config(setting->name, "Switch the journal on, and restart",
                                 "storage:\n  journal:\n    enabled: true")};
  finding.references = {mongodb_manual(facts, "core/journaling")};
  out.push_back(std::move(finding));
}

void checkpoint_interval(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting = variable(facts, {"syncdelay", "storage.syncPeriodSecs"});
  const auto seconds = number_of(setting);
  if (setting == nullptr || !seconds || (*seconds >= 10 && *seconds <= 300)) return;
  const bool never = *seconds == 0;
  model::Finding finding = finding_of(
      never ? Severity::high : Severity::low, setting_subject(setting->name),
      never ? std::string("No checkpoints are made")
            : fmt::format("A checkpoint is made {} after the last", text::duration(*seconds)),
      never ? "The journal grows until the disk is full, and the next start reads all of it. Never "
              "set it to 0."
      : *seconds > 300
          ? "The journal of that time must be read again after a crash, and each checkpoint has "
            "more to write. The manual says not to change it from 60."
          : "Pages that change often are written again and again. The manual says not to "
            "change it from 60.");
  finding.evidence = {setting_fact(*setting)};
  if (never) finding.impact.outage_risk = 0.5;
  finding.changes = setting->name == "syncdelay"
                        ? change_parameter(facts, *setting, "60", "checkpoints come as usual")
                        : std::vector{edit_config(setting->name, "Take it out, and restart",
                                                  "storage:\n  syncPeriodSecs: 60")};
  finding.references = {mongodb_manual(facts, "reference/parameters")};
  out.push_back(std::move(finding));
}

void transaction_lifetime(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting = facts.server().setting("transactionLifetimeLimitSeconds");
  const auto seconds = number_of(setting);
  if (!seconds || *seconds <= 60) return;
  model::Finding finding = finding_of(
      *seconds > 600 ? Severity::medium : Severity::low, setting_subject(setting->name),
      fmt::format("A transaction may stay open for {}", text::duration(*seconds)),
      "Until it ends, its locks and all versions of documents since it began are kept, and the "
      "cache fills. 60 s is the default; long work is better done in batches.");
  finding.evidence = {setting_fact(*setting), status_fact(facts, "transactions.currentOpen"),
                      status_fact(facts, "transactions.totalStarted")};
  finding.changes = change_parameter(facts, *setting, "60", "forgotten transactions end sooner");
  // Programs that need longer see an error.
  finding.changes.front().risk = model::Risk::medium;
  finding.references = {mongodb_manual(facts, "core/transactions-production-consideration")};
  out.push_back(std::move(finding));
}

void flow_control_off(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting = facts.server().setting("enableFlowControl");
  if (!is_off(setting) || !is_replica_set(facts)) return;
  model::Finding finding = finding_of(
      Severity::low, setting_subject(setting->name), "Flow control is off",
      "When secondaries fall behind, nothing slows the writes: the lag grows, reads with majority "
      "grow old, and the primary's cache keeps what they have not seen.");
  finding.evidence = {setting_fact(*setting)};
  finding.changes =
      change_parameter(facts, *setting, "true", "the lag of the majority stays bounded");
  finding.references = {mongodb_manual(facts, "replication")};
  out.push_back(std::move(finding));
}

void no_table_scan(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting = facts.server().setting("notablescan");
  if (!is_on(setting)) return;
  model::Finding finding = finding_of(
      Severity::medium, setting_subject(setting->name),
      "Every query that needs a collection scan fails",
      "That is for tests. The manual says not to use it in production: administrative commands and "
      "small collections fail too.");
  finding.evidence = {setting_fact(*setting)};
  finding.changes = change_parameter(facts, *setting, "false", "queries no longer fail");
  finding.references = {mongodb_manual(facts, "reference/parameters")};
  out.push_back(std::move(finding));
}

void test_commands(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting = facts.server().setting("enableTestCommands");
  if (!is_on(setting)) return;
  model::Finding finding = finding_of(
      Severity::high, setting_subject(setting->name), "Test commands are enabled",
      "They can stop the server, fail its writes and change its clock on purpose, and they are "
      "allowed to whoever may run commands on admin. Never in production.");
  finding.evidence = {setting_fact(*setting)};
  finding.changes = {edit_config(setting->name, "Start the server without test commands",
                                 "setParameter:\n  enableTestCommands: 0")};
  finding.references = {mongodb_manual(facts, "reference/parameters")};
  out.push_back(std::move(finding));
}

void cursor_timeout(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting = facts.server().setting("cursorTimeoutMillis");
  // The text is in milliseconds, whatever the setting's number is in.
  const auto millis = setting == nullptr ? std::nullopt : text::to_double(setting->value);
  if (!millis || *millis <= 3'600'000) return;
  model::Finding finding = finding_of(
      Severity::low, setting_subject(setting->name),
      fmt::format("A forgotten cursor stays open for {}", text::duration(*millis / 1000)),
      "Each keeps memory, and what it reads from. 10 minutes without a getMore is the default; a "
      "program that works longer on a batch should ask for smaller ones, or refresh its session.");
  finding.evidence = {setting_fact(*setting), status_fact(facts, "metrics.cursor.open.total"),
                      status_fact(facts, "metrics.cursor.timedOut")};
  finding.changes =
      change_parameter(facts, *setting, "600000", "forgotten cursors are closed after 10 minutes");
  finding.references = {mongodb_manual(facts, "reference/parameters")};
  out.push_back(std::move(finding));
}

/// Operations of clients that have run for over a minute.
std::pair<std::int64_t, double> over_a_minute(const Facts& facts) {
  std::pair<std::int64_t, double> out{0, 0};
  for (const model::Session* session : mongodb_clients(facts)) {
    const double age = session->query_age_seconds.value_or(0);
    if (session->state != "active" || session->wait_type == "Client" || age < 60) continue;
    ++out.first;
    out.second = std::max(out.second, age);
  }
  return out;
}

void no_time_limit(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting =
      variable(facts, {"defaultMaxTimeMS.readOperations", "defaultMaxTimeMS"});
  if (!mongodb_since(facts, 8, 0) || number_of(setting).value_or(0) > 0) return;
  const auto [operations, longest] = over_a_minute(facts);
  if (operations == 0) return;
  model::Finding finding = finding_of(
      Severity::low, setting_subject("defaultMaxTimeMS"),
      fmt::format(
          "No read has a time limit by default, and {} for up to {}",
          operations == 1 ? std::string("one runs") : fmt::format("{} operations run", operations),
          text::duration(longest)),
      "When a user has gone, the query goes on. A default for all reads ends those that no program "
      "waits for; a program that needs longer sets maxTimeMS itself.");
  finding.evidence = {count("operations over a minute", operations, "currentOp.microsecs_running"),
                      time("longest", longest, "currentOp.microsecs_running"),
                      fact("defaultMaxTimeMS", setting == nullptr ? "not set" : setting->value,
                           "getClusterParameter")};
  finding.changes = {manual("setting/defaultMaxTimeMS", "End reads after five minutes by default",
                            "db.adminCommand({setClusterParameter: {defaultMaxTimeMS: "
                            "{readOperations: 300000}}})")};
  finding.references = {mongodb_manual(facts, "tutorial/specify-default-max-time-ms")};
  out.push_back(std::move(finding));
}

const Register journal_check{
    server_check("performance.durability_off", Severity::high, "A crash loses acknowledged writes",
                 "They were promised.", "the journal is on, or cannot be switched off (6.1)",
                 "MongoDB manual, storage.journal.enabled"),
    journal_off};
const Register interval_check{
    server_check("performance.checkpoint_interval", Severity::high,
                 "Checkpoints are switched off, too rare or too frequent",
                 "Starting again takes long, or pages are written too often.", "10 s to 5 min",
                 "MongoDB manual, syncdelay: do not set it"),
    checkpoint_interval};
const Register lifetime_check{
    server_check("performance.transaction_lifetime", Severity::medium,
                 "Transactions may stay open for long", "They keep locks and old versions.",
                 "up to 60 s, the default", "MongoDB manual, transactionLifetimeLimitSeconds"),
    transaction_lifetime};
const Register control_check{
    server_check("performance.flow_control_off", Severity::low, "Flow control is off",
                 "The lag of secondaries is not bounded.", "on; no replica set",
                 "MongoDB manual, enableFlowControl"),
    flow_control_off};
const Register scan_check{
    server_check("performance.notablescan", Severity::medium,
                 "Queries without an index fail on purpose", "It is meant for tests.", "off",
                 "MongoDB manual, notablescan"),
    no_table_scan};
const Register test_check{
    server_check("security.test_commands", Severity::high, "Commands for tests are enabled",
                 "They break the server on purpose.", "off", "MongoDB manual, enableTestCommands"),
    test_commands};
const Register cursor_check{
    server_check("performance.cursor_timeout", Severity::low,
                 "Forgotten cursors stay open for hours", "Each keeps memory.",
                 "up to an hour; the default is 10 min", "MongoDB manual, cursorTimeoutMillis"),
    cursor_timeout};
const Register limit_check{
    needing(
        "clusterMonitor; inprog",
        server_check("performance.statement_timeout_missing", Severity::low,
                     "Reads have no time limit by default, and some run for minutes",
                     "They go on when nobody waits for them any more.",
                     "before 8.0, which brought it; a limit is set; nothing runs for over a minute",
                     "MongoDB manual, defaultMaxTimeMS")),
    no_time_limit};

}  // namespace
}  // namespace whet::advise::settings
