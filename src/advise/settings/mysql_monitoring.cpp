// Whether the server shows what it does: performance_schema, statement digests, the slow log.
#include <string>
#include <vector>

#include <fmt/format.h>

#include "advise/check.h"
#include "advise/mysql_facts.h"
#include "base/text.h"
#include "base/units.h"

namespace whet::advise::settings {
namespace {

using model::Severity;

// A server of a few hundred megabytes is better off without.
constexpr double least_memory = gigabyte;

void instruments_off(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting = facts.server().setting("performance_schema");
  const auto memory = facts.memory_bytes();
  if (setting == nullptr || is_on(setting) || (memory && *memory < least_memory)) return;
  model::Finding finding = finding_of(
      is_mariadb(facts) ? Severity::low : Severity::medium, setting_subject(setting->name),
      "performance_schema is off: nobody can say which statements take the time",
      "Statements, waits, locks and memory are counted only by it, and Whet's findings about "
      "statements need it. It takes some 100 to 200 MB and a few percent of the CPU, and a "
      "restart.");
  finding.evidence = {variable_fact(*setting),
                      fact("set by", setting->source.empty() ? "unknown" : setting->source,
                           "SYSTEM_VARIABLES, variables_info")};
  finding.changes = {
      set_variable(facts, *setting, "ON", "statements, waits and locks are counted")};
  finding.references = {manual_page(facts, "performance-schema-startup-configuration",
                                    "performance-schema-overview")};
  out.push_back(std::move(finding));
}

void digests_lost(const Facts& facts, std::vector<model::Finding>& out) {
  const double lost = status(facts, "Performance_schema_digest_lost");
  const model::Setting* setting = facts.server().setting("performance_schema_digests_size");
  const double questions = status(facts, "Questions");
  if (setting == nullptr || lost < 1000 || questions <= 0 || lost / questions < 0.01) return;
  model::Finding finding = finding_of(
      Severity::low, setting_subject(setting->name),
      fmt::format("{} statements were not counted: the table of digests is full",
                  text::count(static_cast<std::int64_t>(lost))),
      "What ran first has a row of its own, all else falls together, however slow it is. Empty the "
      "table (TRUNCATE performance_schema.events_statements_summary_by_digest) when you begin to "
      "look at something; a larger one needs a restart. Very many digests also come from tables or "
      "schemas that are made as programs run.");
  finding.evidence = {status_fact(facts, "Performance_schema_digest_lost"),
                      status_fact(facts, "Questions"), variable_fact(*setting)};
  finding.impact.arithmetic =
      fmt::format("{:.0f} / {:.0f} = {}", lost, questions, text::percent(lost / questions));
  finding.references = {
      manual_page(facts, "performance-schema-statement-summary-tables",
                  "performance-schema-events_statements_summary_by_digest-table")};
  out.push_back(std::move(finding));
}

void slow_log(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* log = variable(facts, {"slow_query_log", "log_slow_query"});
  const model::Setting* limit = variable(facts, {"long_query_time", "log_slow_query_time"});
  const model::Setting* target = facts.server().setting("log_output");
  if (log == nullptr || limit == nullptr) return;
  const bool off = !is_on(log);
  const bool late = number_of(limit).value_or(0) > 1;
  const bool nowhere = target != nullptr && text::lower(target->value) == "none";
  if (!off && !late && !nowhere) return;
  model::Finding finding = finding_of(
      off ? Severity::info : Severity::low, setting_subject(log->name),
      off       ? std::string("No slow log is written")
      : nowhere ? std::string("The slow log is on, and log_output = NONE throws it away")
                : fmt::format("The slow log holds only what took longer than {}",
                              text::duration(number_of(limit).value_or(0))),
      "Counters say which statements are slow on average; only the log says when, with which "
      "values, and what they waited for. Half a second is a good start.");
  finding.evidence = {variable_fact(*log), variable_fact(*limit)};
  if (target != nullptr) finding.evidence.push_back(variable_fact(*target));
  if (off)
    finding.changes.push_back(set_variable(facts, *log, "ON", "slow statements can be read later"));
  if (late)
    finding.changes.push_back(set_variable(facts, *limit, "0.5", "what users feel is in the log"));
  if (nowhere) finding.changes.push_back(set_variable(facts, *target, "FILE", "it is kept"));
  finding.references = {manual_page(facts, "slow-query-log", "slow-query-log-overview")};
  out.push_back(std::move(finding));
}

void logs_in_tables(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* target = facts.server().setting("log_output");
  const model::Setting* log = variable(facts, {"slow_query_log", "log_slow_query"});
  if (target == nullptr || !is_on(log) || !text::contains(text::lower(target->value), "table"))
    return;
  const double slow = per_second(facts, "Slow_queries");
  if (slow < 1) return;
  model::Finding finding = finding_of(
      Severity::low, setting_subject(target->name),
      fmt::format("{} slow statements a second are written to mysql.slow_log", text::number(slow)),
      "The table is a CSV file behind one lock: each slow statement waits for those before it. A "
      "file is cheaper, and tools read it.");
  finding.evidence = {variable_fact(*target), variable_fact(*log),
                      status_fact(facts, "Slow_queries"), age_fact(facts)};
  finding.changes = {set_variable(facts, *target, "FILE", "slow statements need not queue")};
  finding.references = {manual_page(facts, "log-destinations", "writing-logs-into-tables")};
  out.push_back(std::move(finding));
}

void general_log(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting = facts.server().setting("general_log");
  if (!is_on(setting)) return;
  const double rate = fastest_per_second(facts, "Questions");
  model::Finding finding = finding_of(
      rate > 100 ? Severity::medium : Severity::low, setting_subject(setting->name),
      rate > 0 ? fmt::format("Every statement is written to the general log, {} a second",
                             text::number(rate))
               : std::string("Every statement is written to the general log"),
      "It costs writes and disk for all of them, and holds their values. It is for minutes of "
      "looking for something.");
  finding.evidence = {variable_fact(*setting), status_fact(facts, "Questions"), age_fact(facts)};
  finding.changes = {set_variable(facts, *setting, "OFF", "statements no longer write a log")};
  finding.references = {manual_page(facts, "query-log", "general-query-log")};
  out.push_back(std::move(finding));
}

double deadlocks(const Facts& facts) {
  const auto metric = facts.server().status_total("innodb_metrics.lock_deadlocks");
  return metric ? *metric : status(facts, "Innodb_deadlocks");
}

void deadlocks_unlogged(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting = facts.server().setting("innodb_print_all_deadlocks");
  const double seen = deadlocks(facts);
  if (setting == nullptr || is_on(setting) || seen < 10) return;
  model::Finding finding = finding_of(
      Severity::info, setting_subject(setting->name),
      fmt::format("{} deadlocks, and only the last one can be looked at",
                  text::count(static_cast<std::int64_t>(seen))),
      "With this on, each is written to the error log with both statements and their locks.");
  finding.evidence = {
      number("deadlocks", seen,
             is_mariadb(facts) ? "Innodb_deadlocks" : "innodb_metrics.lock_deadlocks"),
      variable_fact(*setting), age_fact(facts)};
  finding.changes = {set_variable(facts, *setting, "ON", "each deadlock can be explained")};
  finding.references = {manual_page(facts, "innodb-deadlocks", "innodb-system-variables")};
  out.push_back(std::move(finding));
}

void deadlock_rate(const Facts& facts, std::vector<model::Finding>& out) {
  const double seen = deadlocks(facts);
  const double age = status_age(facts);
  if (!status_is_old(facts) || seen < 24 || seen / age * 3600 < 1) return;
  const double hourly = seen / age * 3600;
  model::Finding finding = finding_of(
      hourly > 60 ? Severity::medium : Severity::low, server_subject(),
      fmt::format("{} deadlocks an hour", text::number(hourly)),
      "Each rolls a transaction back, and its program must try again. Touch rows in the same order "
      "everywhere, keep transactions short, and give updates an index to find their rows by: "
      "without one they lock all that they read.");
  finding.evidence = {
      number("deadlocks", seen,
             is_mariadb(facts) ? "Innodb_deadlocks" : "innodb_metrics.lock_deadlocks"),
      age_fact(facts)};
  if (facts.snapshot().resources.deadlock_age_seconds)
    finding.evidence.push_back(time("since the latest",
                                    *facts.snapshot().resources.deadlock_age_seconds,
                                    "SHOW ENGINE INNODB STATUS"));
  finding.impact.arithmetic = fmt::format("{:.0f} / {}", seen, text::duration(age));
  finding.references = {manual_page(facts, "innodb-deadlocks", "innodb-deadlocks")};
  out.push_back(std::move(finding));
}

CheckInfo info(std::string_view id, Area area, Severity severity, std::string_view summary,
               std::string_view why, std::string_view guards, std::string_view source,
               std::string_view privileges = "") {
  return {.id = id,
          .area = area,
          .severity = severity,
          .engines = both_forks,
          .summary = summary,
          .why = why,
          .privileges = privileges,
          .guards = guards,
          .source = source};
}

const Register instrument_check{
    info("monitoring.performance_schema_off", Area::monitoring, Severity::medium,
         "The server does not count its statements and waits",
         "Without it nobody can say what takes the time.",
         "a machine with less than 1 GB; low on MariaDB, where off is the default", "MySQLTuner"),
    instruments_off};
const Register digest_check{
    info("monitoring.digests_lost", Area::monitoring, Severity::low,
         "Statements are not counted any more: the table of digests is full",
         "The slow one may be among those.", "under 1,000, or 1 % of all statements", "PMM"),
    digests_lost};
const Register log_check{
    info("monitoring.slow_log", Area::monitoring, Severity::low,
         "The slow log is off, too late, or thrown away",
         "After an incident it is the first thing that is asked for.",
         "on, to 1 s or less; only for information when it is off, as servers come", "MySQLTuner"),
    slow_log};
const Register table_check{
    info("monitoring.slow_log_table", Area::monitoring, Severity::low,
         "The slow log goes to a table behind one lock", "Slow statements queue for it.",
         "files; under one slow statement a second; counters younger than a day",
         "the bound that health checks of the field take"),
    logs_in_tables};
const Register general_check{
    info("monitoring.general_log", Area::monitoring, Severity::medium,
         "Every statement is written to a log", "It costs writes, disk and privacy.", "off", "PMM"),
    general_log};
const Register unlogged_check{
    info("monitoring.deadlocks_unlogged", Area::monitoring, Severity::info,
         "Deadlocks leave no trace", "Only the last one can be explained.", "under 10 deadlocks",
         "MySQL manual, innodb_print_all_deadlocks", "PROCESS (information_schema.INNODB_METRICS)"),
    deadlocks_unlogged};
const Register deadlock_check{
    info("performance.innodb_deadlocks", Area::performance, Severity::medium,
         "Transactions deadlock again and again", "Each is rolled back and must be done again.",
         "under 24, or one an hour; counters younger than a day", "PMM",
         "PROCESS (information_schema.INNODB_METRICS)"),
    deadlock_rate};

}  // namespace
}  // namespace whet::advise::settings
