// What sessions wait for, and transactions that end badly.
#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "advise/check.h"
#include "advise/settings/support.h"
#include "base/text.h"

namespace whet::advise::settings {
namespace {

using model::Severity;

// Waits that say nothing of the server: for the client, between work, asked for.
bool harmless(const model::WaitCount& wait) {
  return wait.type == "Client" || wait.type == "Activity" || wait.type == "Timeout" ||
         wait.type == "Extension" || wait.event == "CPU" || wait.type == "CPU";
}

std::string_view hint(const model::WaitCount& wait) {
  if (wait.type == "Lock")
    return "Sessions wait for locks that other transactions hold: shorten those transactions, and "
           "see which statements touch the same rows.";
  if (wait.event == "LockManager")
    return "Many relations are locked by each statement (partitions, many indexes): prune "
           "partitions, drop indexes, prepare statements.";
  if (wait.event == "WALWrite" || wait.event == "WALSync" || wait.event == "WalSync" ||
      wait.event == "WalWrite")
    return "Commits wait for the disk of the WAL: commit several changes in one transaction, or "
           "give the WAL a faster disk.";
  if (wait.type == "IO")
    return "Statements wait for the disk: look at those that read most, and at the size of the "
           "cache.";
  if (wait.type == "IPC")
    return "Processes wait for each other: parallel workers, replication or a barrier.";
  return "Sessions contend for one place in the server's memory: fewer sessions at once often do "
         "more work.";
}

void wait_concentration(const Facts& facts, std::vector<model::Finding>& out) {
  const model::WaitSamples& waits = facts.snapshot().activity.waits;
  std::int64_t all = 0;
  const model::WaitCount* most = nullptr;
  for (const model::WaitCount& wait : waits.counts) {
    if (!wait.query_id.empty()) continue;
    all += wait.count;
    if (!harmless(wait) && (most == nullptr || wait.count > most->count)) most = &wait;
  }
  // 300 observations put a share of 30 % between 25 % and 35 % (95 %, binomial).
  if (all < 300 || most == nullptr || waits.average_active < 1) return;
  const double part = fraction(static_cast<double>(most->count), static_cast<double>(all));
  if (part <= 0.3) return;
  model::Finding finding =
      make_finding(most->type == "Lock" ? Severity::medium : Severity::low, server_subject(),
                   fmt::format("{} of active sessions were seen waiting for {}:{}",
                               text::percent(part), most->type, most->event),
                   std::string(hint(*most)));
  finding.evidence = {
      count("seen waiting there", most->count, "pg_stat_activity.wait_event, sampled"),
      count("sessions seen active", all, "pg_stat_activity.state, sampled"),
      count("samples", waits.samples, "pg_stat_activity"),
      number("active sessions on average", waits.average_active,
             "pg_stat_activity.state, sampled")};
  finding.impact.share = part;
  finding.impact.seconds_per_hour = waits.average_active * part * 3600;
  finding.impact.arithmetic = fmt::format(
      "{} / {} = {}; {} active sessions x {} x 3600 s = {} of waiting an hour, if the "
      "window was typical",
      most->count, all, text::percent(part), text::number(waits.average_active),
      text::percent(part), text::duration(finding.impact.seconds_per_hour));
  finding.references = {"monitoring-stats"};
  out.push_back(std::move(finding));
}

void deadlocks(const Facts& facts, std::vector<model::Finding>& out) {
  for (const model::Database& database : facts.server().databases) {
    const double hourly =
        per_hour(static_cast<double>(database.total.deadlocks), database.stats_age_seconds);
    if (!facts.ratio_age(database.stats_age_seconds) || database.total.deadlocks < 5 || hourly < 1)
      continue;
    const bool many = hourly > 300;
    model::Finding finding = make_finding(
        many ? Severity::medium : Severity::low, named(model::SubjectKind::database, database.name),
        fmt::format("{} deadlocks an hour in {}", text::number(hourly), database.name),
        "Each ends one transaction with an error after a wait of deadlock_timeout. Transactions "
        "that change the same rows must do so in the same order; the server's log names both "
        "statements of each deadlock.");
    finding.evidence = {count("deadlocks", database.total.deadlocks, "pg_stat_database.deadlocks"),
                        time("age of the counter", database.stats_age_seconds.value_or(0),
                             "pg_stat_database.stats_reset")};
    finding.impact.arithmetic =
        fmt::format("{} / {} = {} an hour", database.total.deadlocks,
                    text::duration(database.stats_age_seconds.value_or(0)), text::number(hourly));
    finding.references = {"explicit-locking"};
    out.push_back(std::move(finding));
  }
}

void rollbacks(const Facts& facts, std::vector<model::Finding>& out) {
  for (const model::Database& database : facts.server().databases) {
    const std::int64_t all = database.total.commits + database.total.rollbacks;
    const double part =
        fraction(static_cast<double>(database.total.rollbacks), static_cast<double>(all));
    if (!facts.ratio_age(database.stats_age_seconds) || all < 10000 || part <= 0.1) continue;
    model::Finding finding = make_finding(
        Severity::low, named(model::SubjectKind::database, database.name),
        fmt::format("{} of transactions in {} are rolled back", text::percent(part), database.name),
        "Errors are the usual reason, and what they did was in vain; the server's log has them. "
        "Some "
        "drivers and health checks end read-only transactions with ROLLBACK, which is harmless.");
    finding.evidence = {
        count("rolled back", database.total.rollbacks, "pg_stat_database.xact_rollback"),
        count("committed", database.total.commits, "pg_stat_database.xact_commit"),
        time("age of the counters", database.stats_age_seconds.value_or(0),
             "pg_stat_database.stats_reset")};
    finding.impact.arithmetic =
        fmt::format("{} / ({} + {}) = {}", database.total.rollbacks, database.total.rollbacks,
                    database.total.commits, text::percent(part));
    finding.references = {"monitoring-stats"};
    out.push_back(std::move(finding));
  }
}

const Register concentration{
    {
        .id = "performance.wait_concentration",
        .area = Area::performance,
        .severity = Severity::medium,
        .engines = postgresql,
        .summary = "Many active sessions wait for one and the same thing",
        .why = "What all wait for is the bottleneck; improving anything else changes nothing.",
        .privileges = "pg_read_all_stats",
        .guards = "300 observations and one active session on average or more; over 30 %; not for "
                  "clients, timers and idle background processes",
        .source = "wait sampling as in pgsentinel and Performance Insights",
    },
    wait_concentration};

const Register dead{{
                        .id = "performance.deadlocks",
                        .area = Area::performance,
                        .severity = Severity::medium,
                        .engines = postgresql,
                        .summary = "Transactions deadlock again and again",
                        .why = "Each is a wait of a second and an error for a user.",
                        .privileges = "",
                        .guards = "5 deadlocks and one an hour or more, counters old enough",
                        .source = "the bound that health checks of the field take",
                    },
                    deadlocks};

const Register rolled_back{
    {
        .id = "performance.rollbacks",
        .area = Area::performance,
        .severity = Severity::low,
        .engines = postgresql,
        .summary = "Many transactions are rolled back",
        .why = "Work done in vain, and usually an error that somebody should know of.",
        .privileges = "",
        .guards = "10,000 transactions or more, counters old enough, over 10 %",
        .source = "check_pgactivity commit_ratio",
    },
    rollbacks};

}  // namespace
}  // namespace whet::advise::settings
