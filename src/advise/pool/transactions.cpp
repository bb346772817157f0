// Transactions and queries that have been open for too long.
#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "advise/build.h"
#include "advise/check.h"
#include "advise/pool/sessions.h"
#include "base/text.h"

namespace whet::advise::pool {
namespace {

using model::Session;
using model::Severity;
using model::SubjectKind;
using Sessions = std::vector<const Session*>;

constexpr double minute = 60, hour = 3600;
// Between two statements of one transaction a program takes milliseconds.
constexpr double idle_low = 15, idle_medium = 5 * minute, idle_high = hour;
constexpr double query_low = 5 * minute, query_medium = hour;
constexpr double transaction_low = hour, transaction_medium = 6 * hour;

using Age = std::optional<double> Session::*;

double longest(const Sessions& sessions, Age age) {
  double most = 0;
  for (const Session* session : sessions) most = std::max(most, (session->*age).value_or(0));
  return most;
}

std::int64_t oldest_xmin(const Sessions& sessions) {
  std::int64_t most = 0;
  for (const Session* session : sessions) most = std::max(most, session->xmin_age);
  return most;
}

/// How many sessions wait for one of these.
std::int64_t kept_waiting(const Facts& facts, const Sessions& sessions) {
  std::int64_t waiting = 0;
  for (const Session& other : facts.snapshot().activity.sessions) {
    const bool blocked = std::any_of(sessions.begin(), sessions.end(), [&](const Session* session) {
      return std::find(other.blocked_by.begin(), other.blocked_by.end(), session->pid) !=
             other.blocked_by.end();
    });
    if (blocked) ++waiting;
  }
  return waiting;
}

model::Finding group_finding(const Facts& facts, const Groups::key_type& key,
                             const Sessions& sessions) {
  model::Finding finding;
  finding.subject = {SubjectKind::session, "", "", group_name(key)};
  finding.evidence = {
      count("sessions", static_cast<std::int64_t>(sessions.size()), "pg_stat_activity.state"),
      fact("pids", pids_of(sessions), "pg_stat_activity.pid"),
      count("sessions that wait for them", kept_waiting(facts, sessions), "pg_blocking_pids()"),
      count("transactions that their snapshots hold back", oldest_xmin(sessions),
            "age(pg_stat_activity.backend_xmin)")};
  return finding;
}

std::string sessions_text(const Sessions& sessions) {
  return text::plural(static_cast<std::int64_t>(sessions.size()), "session", "sessions");
}

void idle(const Facts& facts, std::vector<model::Finding>& out) {
  const auto takes = [](const Session& session) {
    return idle_in_transaction(session) && session.state_age_seconds.value_or(0) >= idle_low;
  };
  for (const auto& [key, sessions] : grouped(facts, takes)) {
    const double age = longest(sessions, &Session::state_age_seconds);
    const std::int64_t waiting = kept_waiting(facts, sessions);
    model::Finding finding = group_finding(facts, key, sessions);
    finding.severity = waiting > 0 || age >= idle_high ? Severity::high
                       : age >= idle_medium            ? Severity::medium
                                                       : Severity::low;
    finding.title =
        sessions.size() == 1
            ? fmt::format("1 session of {} is idle in transaction for {}", group_name(key),
                          text::duration(age))
            : fmt::format("{} sessions of {} are idle in transaction, the longest for {}",
                          sessions.size(), group_name(key), text::duration(age));
    if (waiting > 0)
      finding.title +=
          fmt::format("; {} for it", text::plural(waiting, "session waits", "sessions wait"));
    finding.detail =
        "The transaction keeps its locks, its connection, and often all dead rows since it began, "
        "while nobody works. The program should commit before it does anything else; "
        "idle_in_transaction_session_timeout ends what is forgotten.";
    finding.evidence.push_back(time("longest in this state", age, "pg_stat_activity.state_change"));
    finding.evidence.push_back(time("oldest transaction",
                                    longest(sessions, &Session::transaction_age_seconds),
                                    "pg_stat_activity.xact_start"));
    finding.changes = {end_sessions("pool.idle_in_transaction", sessions)};
    finding.references = {"https://www.postgresql.org/docs/current/runtime-config-client.html"};
    out.push_back(std::move(finding));
  }
}

// Commands that are long by nature; other checks look at them.
bool is_maintenance(std::string_view query) {
  for (const std::string_view word :
       {"vacuum", "analyze", "create index", "create unique index", "reindex", "cluster", "refresh",
        "copy", "alter table", "start_replication", "create materialized", "create table", "call",
        "listen", "autovacuum"}) {
    if (text::starts_with_nocase(text::trim(query), word)) return true;
  }
  return false;
}

bool long_query(const Session& session) {
  return session.state == "active" && session.wait_type != "Lock" && !is_backup(session) &&
         !is_maintenance(session.query) && session.query_age_seconds.value_or(0) >= query_low;
}

void queries(const Facts& facts, std::vector<model::Finding>& out) {
  for (const auto& [key, sessions] : grouped(facts, long_query)) {
    const double age = longest(sessions, &Session::query_age_seconds);
    model::Finding finding = group_finding(facts, key, sessions);
    finding.severity = age >= query_medium ? Severity::medium : Severity::low;
    finding.title =
        fmt::format("{} of {} {} been running one query for {}", sessions_text(sessions),
                    group_name(key), sessions.size() == 1 ? "has" : "have", text::duration(age));
    finding.detail =
        "If nobody waits for the answer any more, end it: it uses a core and keeps dead rows from "
        "being removed. Reports that are meant to run this long belong on a replica, others under "
        "a "
        "statement_timeout.";
    const auto oldest =
        *std::max_element(sessions.begin(), sessions.end(), [](const Session* a, const Session* b) {
          return a->query_age_seconds.value_or(0) < b->query_age_seconds.value_or(0);
        });
    finding.evidence.push_back(time("longest", age, "pg_stat_activity.query_start"));
    finding.evidence.push_back(
        fact("query", text::shorten(text::squeeze(oldest->query), 200), "pg_stat_activity.query"));
    finding.changes = {manual("pool.long_query/" + group_name(key), "Cancel the query",
                              fmt::format("SELECT pg_cancel_backend({});", oldest->pid))};
    out.push_back(std::move(finding));
  }
}

// What the two checks above do not name: many short statements in one long transaction.
bool long_transaction(const Session& session) {
  return session.transaction_age_seconds.value_or(0) >= transaction_low && !is_backup(session) &&
         !is_maintenance(session.query) && !long_query(session) &&
         !(idle_in_transaction(session) && session.state_age_seconds.value_or(0) >= idle_low);
}

void transactions(const Facts& facts, std::vector<model::Finding>& out) {
  for (const auto& [key, sessions] : grouped(facts, long_transaction)) {
    const double age = longest(sessions, &Session::transaction_age_seconds);
    model::Finding finding = group_finding(facts, key, sessions);
    finding.severity = age >= transaction_medium ? Severity::medium : Severity::low;
    finding.title =
        fmt::format("{} of {} {} one transaction open for {}", sessions_text(sessions),
                    group_name(key), sessions.size() == 1 ? "has" : "have", text::duration(age));
    finding.detail =
        "Its locks stay until it ends, and so may every row version that died since it began, in "
        "all "
        "tables. Commit in batches.";
    finding.evidence.push_back(time("oldest transaction", age, "pg_stat_activity.xact_start"));
    out.push_back(std::move(finding));
  }
}

const Register idle_check{
    {
        .id = "pool.idle_in_transaction",
        .area = Area::pool,
        .severity = Severity::high,
        .engines = postgresql,
        .summary = "Sessions that wait inside an open transaction",
        .why = "They hold locks, connections and dead rows while doing nothing.",
        .privileges = "pg_monitor",
        .guards = "less than 15 s: a program between two statements",
        .source = "15 s is a thousand times a round trip; 5 min and 1 h as in check_postgres",
    },
    idle};

const Register query_check{
    {
        .id = "pool.long_query",
        .area = Area::pool,
        .severity = Severity::medium,
        .engines = postgresql,
        .summary = "A query that has been running for minutes or hours",
        .why = "It uses a core, and dead rows cannot be removed meanwhile.",
        .privileges = "pg_monitor",
        .guards = "under 5 min; maintenance, bulk copies, backups; those that wait for a lock",
        .source = "5 min and 1 h: check_postgres, query_time",
    },
    queries};

const Register transaction_check{
    {
        .id = "pool.long_transaction",
        .area = Area::pool,
        .severity = Severity::medium,
        .engines = postgresql,
        .summary = "A transaction of many statements that has been open for hours",
        .why = "Locks and dead rows stay until it ends.",
        .privileges = "pg_monitor",
        .guards = "under an hour; one long query or an idle session (their own checks); backups",
        .source = "1 h: check_pgactivity, oldest_xmin",
    },
    transactions};

}  // namespace
}  // namespace whet::advise::pool
