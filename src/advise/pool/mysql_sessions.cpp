// MySQL and MariaDB: sessions that hold something and do nothing.
#include "advise/pool/mysql_sessions.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "advise/check.h"
#include "advise/mysql_facts.h"
#include "base/text.h"

namespace whet::advise::pool {
namespace {

using model::Session;
using model::Severity;
using model::SubjectKind;

constexpr double minute = 60, hour = 3600;
constexpr double idle_low = 15;  // between two statements a program takes milliseconds
constexpr double transaction_low = 10 * minute, transaction_medium = hour;

using Groups = std::map<std::string, std::vector<const Session*>>;

template <class Takes>
Groups groups_of(const Facts& facts, Takes takes) {
  Groups groups;
  for (const Session* session : mysql_clients(facts)) {
    if (takes(*session)) groups[program_of(*session)].push_back(session);
  }
  return groups;
}

double oldest(const std::vector<const Session*>& sessions) {
  double most = 0;
  for (const Session* session : sessions)
    most = std::max(most, session->transaction_age_seconds.value_or(0));
  return most;
}

std::int64_t locked_rows(const std::vector<const Session*>& sessions) {
  std::int64_t rows = 0;
  for (const Session* session : sessions) rows += session->rows_locked;
  return rows;
}

std::int64_t kept_waiting(const Facts& facts, const std::vector<const Session*>& sessions) {
  const auto& all = facts.snapshot().activity.sessions;
  return std::count_if(all.begin(), all.end(), [&](const Session& waiting) {
    return std::any_of(sessions.begin(), sessions.end(), [&](const Session* session) {
      const auto& blockers = waiting.blocked_by;
      return std::find(blockers.begin(), blockers.end(), session->pid) != blockers.end();
    });
  });
}

model::Change kill(std::string_view check, const std::string& program,
                   const std::vector<const Session*>& sessions) {
  std::vector<std::string> statements;
  for (const Session* session : sessions) {
    if (statements.size() == 10) break;
    statements.push_back(fmt::format("KILL {};", session->pid));
  }
  model::Change change = manual(
      fmt::format("{}/{}", check, program),
      "End " + text::plural(static_cast<std::int64_t>(statements.size()), "session", "sessions"),
      text::join(statements, "\n"));
  change.risk = model::Risk::high;
  change.preconditions = {
      "The same sessions are still in the same state, and what they did may be rolled back."};
  return change;
}

model::Finding group_finding(const Facts& facts, std::string_view check, const std::string& program,
                             const std::vector<const Session*>& sessions) {
  model::Finding finding;
  finding.subject = {SubjectKind::session, "", "", program};
  finding.evidence = {
      count("sessions", static_cast<std::int64_t>(sessions.size()), "performance_schema.threads"),
      fact("ids", ids_of(sessions), "performance_schema.threads.PROCESSLIST_ID"),
      time("oldest transaction", oldest(sessions), "INNODB_TRX.trx_started"),
      count("rows that they lock", locked_rows(sessions), "INNODB_TRX.trx_rows_locked"),
      count("sessions that wait for them", kept_waiting(facts, sessions), "data_lock_waits")};
  finding.changes = {kill(check, program, sessions)};
  return finding;
}

bool sleeps_in_transaction(const Session& session) {
  return session.transaction_age_seconds.value_or(0) >= idle_low && session.state != "active" &&
         session.state_age_seconds.value_or(session.query_age_seconds.value_or(0)) >= idle_low;
}

void idle_transactions(const Facts& facts, std::vector<model::Finding>& out) {
  for (const auto& [program, sessions] : groups_of(facts, sleeps_in_transaction)) {
    const double age = oldest(sessions);
    const std::int64_t rows = locked_rows(sessions), waiting = kept_waiting(facts, sessions);
    // A snapshot that locks nothing only keeps old row versions: that takes time to hurt.
    if (rows == 0 && age < 5 * minute) continue;
    model::Finding finding = group_finding(facts, "pool.sleeping_transaction", program, sessions);
    finding.severity = waiting > 0 || age >= hour ? Severity::high
                       : age >= 5 * minute        ? Severity::medium
                                                  : Severity::low;
    finding.title =
        fmt::format("{} of {} {} in an open transaction, for up to {}{}",
                    text::plural(static_cast<std::int64_t>(sessions.size()), "session", "sessions"),
                    program, sessions.size() == 1 ? "sleeps" : "sleep", text::duration(age),
                    rows > 0 ? fmt::format("; {} stay locked", text::plural(rows, "row", "rows"))
                             : std::string());
    finding.detail =
        "Nobody works, and its locks and all row versions since it began are kept. The program "
        "should commit before it does anything else, after a read too: with autocommit off, that "
        "opens a transaction.";
    finding.references = {manual_page(facts, "innodb-autocommit-commit-rollback", "transactions")};
    out.push_back(std::move(finding));
  }
}

bool is_dump(const Session& session) {
  return text::contains(session.application, "dump") ||
         text::contains(session.application, "backup") ||
         text::contains(text::lower(session.query), "sql_no_cache");
}

bool long_transaction(const Session& session) {
  return session.transaction_age_seconds.value_or(0) >= transaction_low && !is_dump(session) &&
         !sleeps_in_transaction(session);
}

void long_transactions(const Facts& facts, std::vector<model::Finding>& out) {
  for (const auto& [program, sessions] : groups_of(facts, long_transaction)) {
    const double age = oldest(sessions);
    model::Finding finding =
        group_finding(facts, "pool.innodb_long_transaction", program, sessions);
    finding.severity = age >= transaction_medium ? Severity::medium : Severity::low;
    finding.title =
        fmt::format("{} of {} {} one transaction open for {}",
                    text::plural(static_cast<std::int64_t>(sessions.size()), "session", "sessions"),
                    program, sessions.size() == 1 ? "has" : "have", text::duration(age));
    finding.detail =
        "All row versions since it began are kept, and reads of changed rows grow slower. Commit "
        "in "
        "batches; run long reports on a replica.";
    finding.evidence.push_back(fact("what it runs",
                                    text::shorten(text::squeeze(sessions.front()->query), 200),
                                    "performance_schema.threads"));
    finding.references = {
        manual_page(facts, "innodb-transaction-isolation-levels", "transactions")};
    out.push_back(std::move(finding));
  }
}

void forgotten_sessions(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting = facts.server().setting("wait_timeout");
  const double most = number_of(facts, "max_connections", 0);
  const auto clients = mysql_clients(facts);
  std::vector<const Session*> asleep;
  double longest = 0;
  for (const Session* session : clients) {
    const double age = session->state_age_seconds.value_or(session->query_age_seconds.value_or(0));
    if (session->state == "active" || age < hour) continue;
    longest = std::max(longest, age);
    asleep.push_back(session);
  }
  const auto number_asleep = static_cast<double>(asleep.size());
  if (setting == nullptr || most <= 0 || asleep.size() < 10 || number_asleep < 0.25 * most) return;
  model::Finding finding = finding_of(
      number_asleep >= 0.6 * most ? Severity::medium : Severity::low,
      setting_subject(setting->name),
      fmt::format("{} of {:.0f} connections have slept for over an hour", asleep.size(), most),
      "Pools that are too large, or programs that forgot to close: each takes a place that others "
      "may need. Make the pools smaller, and let the server end what sleeps: wait_timeout a little "
      "above the pools' own maximal lifetime, so that the pool closes first.");
  finding.evidence = {count("asleep for an hour", static_cast<std::int64_t>(asleep.size()),
                            "performance_schema.threads.PROCESSLIST_TIME"),
                      time("longest", longest, "performance_schema.threads.PROCESSLIST_TIME"),
                      variable_fact(*setting),
                      number("max_connections", most, "SHOW GLOBAL VARIABLES")};
  if (number_of(setting).value_or(0) > 3600) {
    finding.changes = {set_variable(facts, *setting, "3600",
                                    "connections that nobody uses are closed after an hour")};
    // Pools that do not ask whether a connection lives will meet closed ones.
    finding.changes.front().risk = model::Risk::medium;
  }
  finding.references = {manual_page(facts, "server-system-variables", "server-system-variables")};
  out.push_back(std::move(finding));
}

CheckInfo info(std::string_view id, Severity severity, std::string_view summary,
               std::string_view why, std::string_view guards, std::string_view source) {
  return {.id = id,
          .area = Area::pool,
          .severity = severity,
          .engines = both_forks,
          .summary = summary,
          .why = why,
          .privileges = "PROCESS; SELECT on performance_schema",
          .guards = guards,
          .source = source};
}

const Register idle_check{
    info("pool.sleeping_transaction", Severity::high, "Sessions sleep inside an open transaction",
         "They hold locks, connections and old row versions while doing nothing.",
         "under 15 s: a program between two statements; under 5 min when no row is locked",
         "MySQLTuner, PMM"),
    idle_transactions};
const Register long_check{
    info("pool.innodb_long_transaction", Severity::medium, "A transaction has been open for long",
         "Old row versions and locks stay until it ends.",
         "under 10 min; dumps and backups; sleeping sessions (their own check)", "MySQLTuner: 1 h"),
    long_transactions};
const Register forgotten_check{
    info("pool.forgotten_connections", Severity::medium, "Many connections have slept for hours",
         "They take places that others may need.",
         "fewer than 10, or a quarter of max_connections; under an hour",
         "the server's timeout above the pool's lifetime"),
    forgotten_sessions};

}  // namespace
}  // namespace whet::advise::pool
