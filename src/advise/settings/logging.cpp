// What the server measures and logs: too little to explain trouble, or so much that it is trouble.
#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

#include "advise/check.h"
#include "advise/settings/support.h"
#include "base/text.h"

namespace whet::advise::settings {
namespace {

using model::Severity;

void io_timing_off(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting = facts.server().setting("track_io_timing");
  if (setting == nullptr || setting->value != "off") return;
  model::Finding finding = make_finding(
      Severity::low, setting_subject("track_io_timing"),
      "track_io_timing is off: nobody can tell waiting for the disk from computing",
      "EXPLAIN (ANALYZE, BUFFERS), pg_stat_statements and the I/O views then show no times of "
      "reading and writing. On nearly all machines a clock reading costs some 20 ns; "
      "pg_test_timing "
      "tells.");
  finding.evidence = {setting_fact(*setting)};
  finding.changes = {set_to(facts, *setting, "on", "times of reading and writing are recorded")};
  finding.references = {"runtime-config-statistics", "pgtesttiming"};
  out.push_back(std::move(finding));
}

bool explains_by_itself(const Facts& facts) {
  const auto threshold = facts.server().number("auto_explain.log_min_duration");
  return threshold && *threshold >= 0;
}

struct Gap {
  const char* setting;
  const char* value;
  const char* what;
  bool (*missing)(const Facts& facts, const model::Setting& setting);
};

bool is_off(const Facts& /*facts*/, const model::Setting& setting) {
  return setting.value == "off";
}
bool is_negative(const Facts& /*facts*/, const model::Setting& setting) {
  return setting.number && *setting.number < 0;
}
bool slow_statements_unseen(const Facts& facts, const model::Setting& setting) {
  const auto sampled = facts.server().number("log_min_duration_sample");
  return is_negative(facts, setting) && !explains_by_itself(facts) && !(sampled && *sampled >= 0);
}

constexpr std::array gaps{
    Gap{"log_min_duration_statement", "1s", "slow statements", slow_statements_unseen},
    Gap{"log_lock_waits", "on", "long waits for locks", is_off},
    Gap{"log_temp_files", "10MB", "large temporary files", is_negative},
    Gap{"log_checkpoints", "on", "checkpoints", is_off},
    Gap{"log_autovacuum_min_duration", "10min", "long automatic vacuums", is_negative},
};

void logging_gaps(const Facts& facts, std::vector<model::Finding>& out) {
  std::vector<std::string> unseen;
  model::Finding finding;
  for (const Gap& gap : gaps) {
    const model::Setting* setting = facts.server().setting(gap.setting);
    if (setting == nullptr || !gap.missing(facts, *setting)) continue;
    unseen.emplace_back(gap.what);
    finding.evidence.push_back(setting_fact(*setting));
    finding.changes.push_back(
        set_to(facts, *setting, gap.value, fmt::format("the log then tells of {}", gap.what)));
  }
  if (unseen.empty()) return;
  finding.severity = Severity::low;
  finding.subject = setting_subject(finding.evidence.front().name);
  finding.title = fmt::format("The log does not tell of {}", text::join(unseen, ", "));
  finding.detail =
      "After trouble, these lines are what explains it; they cost next to nothing while all is "
      "well. Logged statements hold their literals: take care who may read the log.";
  finding.references = {"runtime-config-logging"};
  out.push_back(std::move(finding));
}

// Transactions a second: now if there is a window, else on average.
double transaction_rate(const Facts& facts) {
  double now = 0;
  double average = 0;
  for (const model::Database& database : facts.server().databases) {
    if (facts.snapshot().window_seconds >= 5) {
      now += static_cast<double>(database.window.commits + database.window.rollbacks) /
             facts.snapshot().window_seconds;
    }
    if (facts.ratio_age(database.stats_age_seconds)) {
      average += static_cast<double>(database.total.commits + database.total.rollbacks) /
                 *database.stats_age_seconds;
    }
  }
  return std::max(now, average);
}

void overlogging(const Facts& facts, std::vector<model::Finding>& out) {
  const double rate = transaction_rate(facts);
  model::Finding finding;
  std::vector<std::string> reasons;
  const auto add = [&](const model::Setting& setting, const char* value, const char* reason) {
    reasons.push_back(fmt::format("{} = {}", setting.name, setting.value));
    finding.evidence.push_back(setting_fact(setting));
    finding.changes.push_back(set_to(facts, setting, value, reason));
  };
  const model::Setting* statements = facts.server().setting("log_statement");
  if (statements != nullptr && statements->value == "all" && rate > 100)
    add(*statements, "ddl", "only changes of the schema are logged, not every statement");
  const model::Setting* duration = facts.server().setting("log_min_duration_statement");
  if (duration != nullptr && duration->number && *duration->number == 0 && rate > 100)
    add(*duration, "1s", "only slow statements are logged");
  const model::Setting* host = facts.server().setting("log_hostname");
  if (host != nullptr && host->value == "on")
    add(*host, "off", "no look-up of a name at each connection");
  if (reasons.empty()) return;
  finding.severity = Severity::low;
  finding.subject = setting_subject(finding.evidence.front().name);
  finding.title =
      fmt::format("The server logs more than it should bear: {}{}", text::join(reasons, ", "),
                  rate > 0 ? fmt::format(", at {} transactions a second", text::number(rate)) : "");
  finding.detail =
      "Every statement in the log costs a write of its text, fills the disk, and puts literals, "
      "which may be private, into a file; a look-up of host names makes connections wait for DNS. "
      "pg_stat_statements gives the figures, and log_min_duration_sample a sample.";
  finding.evidence.push_back(
      number("transactions a second", rate, "pg_stat_database.xact_commit + xact_rollback"));
  finding.references = {"runtime-config-logging"};
  out.push_back(std::move(finding));
}

void statistics_off(const Facts& facts, std::vector<model::Finding>& out) {
  for (const char* name : {"track_counts", "track_activities"}) {
    const model::Setting* setting = facts.server().setting(name);
    if (setting == nullptr || setting->value != "off") continue;
    const bool counts = setting->name == "track_counts";
    model::Finding finding = make_finding(
        counts ? Severity::medium : Severity::low, setting_subject(name),
        counts ? "track_counts is off: autovacuum sees no changes and never runs"
               : "track_activities is off: nobody can see what runs",
        counts ? "Autovacuum decides by these counters. Without them dead rows pile up and the "
                 "planner's statistics grow old in every table."
               : "pg_stat_activity then shows no statements, so long ones and those that block "
                 "others cannot be found.");
    finding.evidence = {setting_fact(*setting)};
    finding.changes = {set_to(facts, *setting, "on", "the server counts and shows what it does")};
    finding.references = {"runtime-config-statistics"};
    out.push_back(std::move(finding));
  }
}

const Register timing{
    {
        .id = "performance.io_timing_off",
        .area = Area::performance,
        .severity = Severity::low,
        .engines = postgresql,
        .summary = "Times of reading and writing are not recorded",
        .why = "Without them nobody can tell waiting for the disk from computing.",
        .privileges = "",
        .guards = "none",
        .source = "postgres-checkup D001, pghero",
    },
    io_timing_off};
const Register gap_check{
    {
        .id = "monitoring.logging_gaps",
        .area = Area::monitoring,
        .severity = Severity::low,
        .engines = postgresql,
        .summary = "The log leaves out what explains trouble afterwards",
        .why =
            "Slow statements, lock waits, temporary files, checkpoints and vacuums are the first "
            "questions after an incident.",
        .privileges = "",
        .guards = "slow statements may also come from auto_explain or a sample",
        .source = "postgres-checkup D001",
    },
    logging_gaps};
const Register over{
    {
        .id = "monitoring.overlogging",
        .area = Area::monitoring,
        .severity = Severity::low,
        .engines = postgresql,
        .summary = "The server logs every statement under load, or looks up host names",
        .why = "Logging then costs writes, disk and privacy.",
        .privileges = "",
        .guards = "statements only over 100 transactions a second, measured",
        .source = "postgresqltuner",
    },
    overlogging};
const Register counters{
    {
        .id = "performance.statistics_off",
        .area = Area::performance,
        .severity = Severity::medium,
        .engines = postgresql,
        .summary = "The server does not count or show what it does",
        .why = "Autovacuum needs the counters, and people need to see what runs.",
        .privileges = "",
        .guards = "none",
        .source = "PostgreSQL manual, track_counts: needed by autovacuum",
    },
    statistics_off};

}  // namespace
}  // namespace whet::advise::settings
