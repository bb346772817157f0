// MongoDB: sessions that hold something, wait for something, run for long, or do not say who they
// are.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "advise/check.h"
#include "advise/mongodb_server.h"
#include "advise/pool/sessions.h"
#include "base/text.h"

namespace whet::advise::pool {
namespace {

using model::Session;
using model::Severity;
using model::SubjectKind;

constexpr double minute = 60, hour = 3600;

using Programs = std::map<std::string, std::vector<const Session*>>;

template <class Takes>
Programs by_program(const Facts& facts, Takes takes) {
  Programs programs;
  for (const Session* session : mongodb_clients(facts)) {
    if (takes(*session)) programs[mongodb_program(*session)].push_back(session);
  }
  return programs;
}

std::string sessions_text(const std::vector<const Session*>& sessions) {
  return text::plural(static_cast<std::int64_t>(sessions.size()), "session", "sessions");
}

template <class Age>
double longest(const std::vector<const Session*>& sessions, Age age) {
  double most = 0;
  for (const Session* session : sessions) most = std::max(most, age(*session));
  return most;
}

double running(const Session& session) { return session.query_age_seconds.value_or(0); }
double in_transaction(const Session& session) {
  return session.transaction_age_seconds.value_or(0);
}

/// For a person: end what these run. Where no operation runs, the connection's id means nothing.
model::Change kill(std::string_view check, const std::string& program,
                   const std::vector<const Session*>& sessions) {
  std::vector<std::string> ids;
  for (const Session* session : sessions) {
    if (ids.size() == 10) break;
    if (session->pid != 0) ids.push_back(std::to_string(session->pid));
  }
  model::Change change = manual(
      fmt::format("{}/{}", check, program), "End these operations",
      fmt::format("db.getSiblingDB(\"admin\").aggregate([{{$currentOp: {{allUsers: true}}}}, "
                  "{{$match: {{connectionId: {{$in: [{}]}}}}}}]).forEach(op => "
                  "db.adminCommand({{killOp: 1, op: op.opid}}))",
                  text::join(ids, ", ")));
  change.risk = model::Risk::high;
  change.preconditions = {"The same sessions still run the same."};
  return change;
}

bool holds_open(const Session& session) {
  return idle_in_transaction(session) && in_transaction(session) >= 15;
}

void idle_transactions(const Facts& facts, std::vector<model::Finding>& out) {
  for (const auto& [program, sessions] : by_program(facts, holds_open)) {
    const double age = longest(sessions, in_transaction);
    model::Finding finding;
    finding.severity = age >= 5 * minute ? Severity::high
                       : age >= minute   ? Severity::medium
                                         : Severity::low;
    finding.subject = {SubjectKind::session, "", "", program};
    finding.title =
        fmt::format("{} of {} {} in an open transaction, for up to {}", sessions_text(sessions),
                    program, sessions.size() == 1 ? "waits" : "wait", text::duration(age));
    finding.detail =
        "Nobody works, and what it wrote stays locked: other writers of these documents get write "
        "conflicts, and old versions are kept for it. Do nothing slow between two statements of a "
        "transaction, and commit or abort in every branch of the program.";
    finding.evidence = {
        count("sessions", static_cast<std::int64_t>(sessions.size()), "$currentOp idleSessions"),
        time("oldest transaction", age, "$currentOp transaction.timeOpenMicros"),
        status_fact(facts, "transactions.currentInactive")};
    if (const model::Setting* limit = facts.server().setting("transactionLifetimeLimitSeconds"))
      finding.evidence.push_back(setting_fact(*limit));
    finding.references = {mongodb_manual(facts, "core/transactions-production-consideration")};
    out.push_back(std::move(finding));
  }
}

// A tailing reader and a change stream wait for news; copies are long by nature.
bool runs_long(const Session& session) {
  const std::string name = text::lower(session.application);
  const bool copy = text::contains(name, "mongodump") || text::contains(name, "mongorestore") ||
                    text::contains(name, "mongoexport") || text::contains(name, "mongosync") ||
                    text::contains(name, "backup");
  const std::string what = text::lower(session.query);
  const bool build = text::contains(what, "createindexes") || text::contains(what, "compact");
  return session.state == "active" && session.wait_type != "Client" && !copy && !build &&
         running(session) >= minute;
}

void long_queries(const Facts& facts, std::vector<model::Finding>& out) {
  for (const auto& [program, sessions] : by_program(facts, runs_long)) {
    const double age = longest(sessions, running);
    model::Finding finding;
    finding.severity = age >= hour ? Severity::medium : Severity::low;
    finding.subject = {SubjectKind::session, "", "", program};
    finding.title =
        fmt::format("{} of {} {} one operation for up to {}", sessions_text(sessions), program,
                    sessions.size() == 1 ? "has run" : "have run", text::duration(age));
    finding.detail =
        "It reads through the cache what others need, and if its program has given up it goes on "
        "all the same. Give it an index, a maxTimeMS, or a secondary of its own.";
    finding.evidence = {
        count("sessions", static_cast<std::int64_t>(sessions.size()), "$currentOp"),
        fact("connections", pids_of(sessions), "$currentOp connectionId"),
        time("longest", age, "$currentOp microsecs_running"),
        fact("what it runs", text::shorten(text::squeeze(sessions.front()->query), 200),
             "$currentOp command")};
    finding.changes = {kill("pool.long_query", program, sessions)};
    finding.references = {mongodb_manual(facts, "tutorial/terminate-running-operations")};
    out.push_back(std::move(finding));
  }
}

bool waits_for_lock(const Session& session) {
  return session.wait_type == "Lock" && running(session) >= 5;
}

/// Who holds what others wait for, and waits for nobody: "reports (shop@admin), connection 7".
std::string holders(const Facts& facts) {
  const model::Activity& activity = facts.snapshot().activity;
  std::set<std::int64_t> waiting, holding;
  for (const model::LockWait& wait : activity.lock_waits) waiting.insert(wait.pid);
  for (const model::LockWait& wait : activity.lock_waits) {
    for (const std::int64_t pid : wait.blockers) {
      if (!waiting.contains(pid)) holding.insert(pid);
    }
  }
  std::vector<std::string> names;
  for (const Session& session : activity.sessions) {
    if (holding.contains(session.pid) && names.size() < 10)
      names.push_back(fmt::format("{}, connection {}", mongodb_program(session), session.pid));
  }
  return text::join(names, "; ");
}

void lock_waits(const Facts& facts, std::vector<model::Finding>& out) {
  std::vector<const Session*> waiting;
  std::map<std::string, std::int64_t> locks;
  for (const Session* session : mongodb_clients(facts)) {
    if (!waits_for_lock(*session)) continue;
    waiting.push_back(session);
    ++locks[session->wait_event.empty() ? std::string("unknown") : session->wait_event];
  }
  if (waiting.empty()) return;
  const double age = longest(waiting, running);
  model::Finding finding = finding_of(
      waiting.size() >= 10 || age >= minute ? Severity::high : Severity::medium, server_subject(),
      fmt::format("{} {} for a lock, for up to {}", sessions_text(waiting),
                  waiting.size() == 1 ? "waits" : "wait", text::duration(age)),
      "Reads and writes of documents do not wait for each other: something holds a whole "
      "collection, database or the server. A foreground change of the schema (createIndexes at its "
      "end, collMod, drop, rename) behind a long transaction, or fsyncLock, are the usual ones.");
  finding.evidence = {
      count("sessions", static_cast<std::int64_t>(waiting.size()), "$currentOp waitingForLock"),
      fact("connections", pids_of(waiting), "$currentOp connectionId"),
      time("longest", age, "$currentOp microsecs_running")};
  for (const auto& [lock, number] : locks)
    finding.evidence.push_back(count("lock " + lock, number, "$currentOp locks"));
  const std::string held = holders(facts);
  if (!held.empty()) finding.evidence.push_back(fact("held by", held, "$currentOp locks"));
  finding.references = {mongodb_manual(facts, "faq/concurrency")};
  out.push_back(std::move(finding));
}

void untagged(const Facts& facts, std::vector<model::Finding>& out) {
  const auto clients = mongodb_clients(facts);
  std::map<std::string, std::int64_t> accounts;
  std::int64_t nameless = 0;
  for (const Session* session : clients) {
    if (!session->application.empty()) continue;
    ++nameless;
    ++accounts[session->role.empty() ? std::string("(nobody)") : session->role];
  }
  const auto all = static_cast<double>(clients.size());
  if (clients.size() < 10 || static_cast<double>(nameless) <= 0.2 * all) return;
  model::Finding finding = finding_of(
      Severity::info, server_subject(),
      fmt::format("{} of {} connections do not say which program they belong to", nameless,
                  clients.size()),
      "When one of them blocks others or eats connections, nothing says whose it is; the "
      "log and the profiler show the name too. Set appName in the connection string of "
      "each program.");
  finding.evidence = {
      count("connections without a name", nameless, "$currentOp appName"),
      count("connections of clients", static_cast<std::int64_t>(clients.size()), "$currentOp")};
  for (const auto& [account, number] : accounts)
    finding.evidence.push_back(count("account " + account, number, "$currentOp effectiveUsers"));
  finding.references = {mongodb_manual(facts, "reference/connection-string")};
  out.push_back(std::move(finding));
}

const Register idle_check{
    needing("inprog (in clusterMonitor)",
            server_check("pool.idle_in_transaction", Severity::high,
                         "Sessions wait inside an open transaction",
                         "Their documents stay locked, and old versions are kept.",
                         "under 15 s: a program between two statements",
                         "transactionLifetimeLimitSeconds is 60 s")),
    idle_transactions};
const Register long_check{
    needing(
        "inprog (in clusterMonitor)",
        server_check("pool.long_query", Severity::medium,
                     "An operation has been running for minutes or hours",
                     "It takes the cache and a core, perhaps for nobody.",
                     "under a minute; readers that wait for news; index builds; dumps and restores",
                     "apa: 60 s")),
    long_queries};
const Register lock_check{
    needing("inprog (in clusterMonitor)",
            server_check("pool.lock_waits", Severity::high,
                         "Operations wait for a lock of a whole collection",
                         "Something holds up all of them.", "under 5 s",
                         "MongoDB manual, concurrency: documents are not locked")),
    lock_waits};
const Register untagged_check{
    needing("inprog (in clusterMonitor)",
            server_check("pool.untagged_sessions", Severity::info, "Connections without an appName",
                         "In trouble nobody knows which program they belong to.",
                         "fewer than 10 connections; up to 20 % of them", "20 %")),
    untagged};

}  // namespace
}  // namespace whet::advise::pool
