// Row locks, the undo history, and sessions that run at once, over the whole server.
#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "advise/check.h"
#include "advise/mysql_facts.h"
#include "base/text.h"

namespace whet::advise::settings {
namespace {

using model::Severity;

void row_lock_waits(const Facts& facts, std::vector<model::Finding>& out) {
  const double rate = fastest_per_second(facts, "Innodb_row_lock_waits");
  const double waits = status(facts, "Innodb_row_lock_waits");
  const double milliseconds = status(facts, "Innodb_row_lock_time");
  const double mean = waits > 0 ? milliseconds / waits : 0;
  if (!status_is_old(facts) || rate <= 1 || mean <= 100) return;
  const double part = milliseconds / 1000 / status_age(facts);
  model::Finding finding = finding_of(
      part > 5 ? Severity::medium : Severity::low, server_subject(),
      fmt::format("{} times a second a statement waits for a row, {} each", text::number(rate),
                  text::duration(mean / 1000)),
      "Transactions hold rows for longer than they need, or lock more than they change: an update "
      "without an index locks all rows that it reads. Commit sooner, do slow work before the first "
      "lock, and give updates an index.");
  finding.evidence = {
      status_fact(facts, "Innodb_row_lock_waits"),
      number("time waited (ms)", milliseconds, "Innodb_row_lock_time"),
      number("longest (ms)", status(facts, "Innodb_row_lock_time_max"), "Innodb_row_lock_time_max"),
      age_fact(facts)};
  finding.impact.seconds_per_hour = part * 3600;
  finding.impact.arithmetic =
      fmt::format("{:.0f} ms / {} = {} sessions that wait on average", milliseconds,
                  text::duration(status_age(facts)), text::number(part));
  finding.references = {manual_page(facts, "innodb-locking", "innodb-lock-modes")};
  out.push_back(std::move(finding));
}

Severity history_severity(double length) {
  if (length >= 5'000'000) return Severity::high;
  return length >= 1'000'000 ? Severity::medium : Severity::low;
}

const model::Session* oldest_transaction(const Facts& facts) {
  const model::Session* oldest = nullptr;
  for (const model::Session& session : facts.snapshot().activity.sessions) {
    const double age = session.transaction_age_seconds.value_or(0);
    if (age > 0 && (oldest == nullptr || age > oldest->transaction_age_seconds.value_or(0)))
      oldest = &session;
  }
  return oldest;
}

void history(const Facts& facts, std::vector<model::Finding>& out) {
  const auto length = history_list(facts);
  if (!length || *length < 100'000) return;
  const model::Session* oldest = oldest_transaction(facts);
  const bool held = oldest != nullptr && oldest->transaction_age_seconds.value_or(0) >= 60;
  model::Finding finding = finding_of(
      history_severity(*length), server_subject(),
      fmt::format("{} old row versions wait to be purged",
                  text::count(static_cast<std::int64_t>(*length))),
      held
          ? "They are kept for a transaction that has been open for long, and every read goes past "
            "them. End it, or let its program commit."
          : "No old transaction holds them back: purging is slower than the changes. More purge "
            "threads help when the disk is not the limit.");
  finding.evidence = {number("history list", *length, "trx_rseg_history_len")};
  if (const model::Setting* threads = facts.server().setting("innodb_purge_threads"))
    finding.evidence.push_back(variable_fact(*threads));
  if (held) {
    finding.evidence.push_back(time("oldest transaction", *oldest->transaction_age_seconds,
                                    "information_schema.INNODB_TRX.trx_started"));
    finding.evidence.push_back(
        fact("its session", fmt::format("{} of {} ({})", oldest->pid, oldest->role, oldest->state),
             "performance_schema.threads"));
  }
  finding.references = {manual_page(facts, "innodb-purge-configuration", "innodb-purge")};
  out.push_back(std::move(finding));
}

void threads_running(const Facts& facts, std::vector<model::Finding>& out) {
  const model::WaitSamples& waits = facts.snapshot().activity.waits;
  const model::Host* host = facts.host();
  if (host == nullptr || host->cpus <= 0 || waits.samples < 5) return;
  const auto cpus = static_cast<double>(host->cpus);
  if (waits.average_active < std::max(16.0, 4 * cpus)) return;
  const double most = number_of(facts, "max_connections", 0);
  const bool full = most > 0 && waits.average_active > 0.6 * most;
  model::Finding finding = finding_of(
      full ? Severity::high : Severity::medium, server_subject(),
      fmt::format("{} statements run at once on {}", text::number(waits.average_active),
                  text::plural(host->cpus, "CPU", "CPUs")),
      "More of them at once do not finish sooner: they wait for each other, for locks or for the "
      "disk. Let pools queue what the server cannot serve; see which statements run longest.");
  finding.evidence = {
      number("active sessions on average", waits.average_active,
             "performance_schema.threads, "
             "sampled"),
      count("most at once", waits.peak_active, "performance_schema.threads, sampled"),
      count("CPUs", host->cpus, "operating system"), count("samples", waits.samples, "Whet"),
      status_fact(facts, "Threads_running")};
  finding.impact.arithmetic =
      fmt::format("{} > 4 x {} CPUs", text::number(waits.average_active), host->cpus);
  out.push_back(std::move(finding));
}

void detection_off(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting = facts.server().setting("innodb_deadlock_detect");
  const double timeout = number_of(facts, "innodb_lock_wait_timeout", 0);
  if (setting == nullptr || is_on(setting) || timeout <= 10) return;
  model::Finding finding = finding_of(
      Severity::medium, setting_subject(setting->name),
      fmt::format("Deadlocks are not looked for: both transactions wait {}",
                  text::duration(timeout)),
      "Without detection only innodb_lock_wait_timeout ends a deadlock, and all who need the rows "
      "wait as long. Detect them, or let waits end after a few seconds.");
  finding.evidence = {variable_fact(*setting),
                      variable_fact(*facts.server().setting("innodb_lock_wait_timeout"))};
  finding.changes = {set_variable(facts, *setting, "ON", "a deadlock ends at once")};
  finding.references = {manual_page(facts, "innodb-deadlock-detection", "innodb-system-variables")};
  out.push_back(std::move(finding));
}

CheckInfo info(std::string_view id, Severity severity, std::string_view summary,
               std::string_view why, std::string_view guards, std::string_view source,
               std::string_view privileges) {
  return {.id = id,
          .area = Area::performance,
          .severity = severity,
          .engines = both_forks,
          .summary = summary,
          .why = why,
          .privileges = privileges,
          .guards = guards,
          .source = source};
}

const Register lock_check{
    info("performance.innodb_row_lock_waits", Severity::medium, "Statements wait for rows",
         "Their clients wait with them.",
         "up to one a second, or 0.1 s each; counters younger than a day", "PMM", ""),
    row_lock_waits};
const Register history_check{
    info("performance.innodb_history", Severity::high, "Old row versions pile up",
         "Every read goes past them, and the undo space grows.",
         "under 100,000; the session is named only when its transaction is a minute old",
         "apa, MySQLTuner: 100,000", "PROCESS"),
    history};
const Register running_check{
    info("performance.threads_running", Severity::high,
         "More statements run at once than the CPUs can serve", "They slow each other down.",
         "under 16 or 4 for each CPU, on average over the samples; fewer than 5 samples; unknown "
         "CPUs",
         "apa", "PROCESS"),
    threads_running};
const Register detection_check{
    info("performance.innodb_deadlock_detect", Severity::medium,
         "Deadlocks end only by a long timeout", "All who need the rows wait as long.",
         "on; a timeout of 10 s or less, which goes well with it",
         "MySQL manual, innodb_deadlock_detect", ""),
    detection_off};

}  // namespace
}  // namespace whet::advise::settings
