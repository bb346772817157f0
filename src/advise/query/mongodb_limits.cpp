// Waits, errors, concerns and limits of MongoDB's statements, and operations that run for minutes.
#include <algorithm>
#include <string>
#include <vector>

#include "advise/build.h"
#include "advise/check.h"
#include "advise/mongodb_facts.h"
#include "advise/query/mongodb_statement.h"
#include "advise/query/plan_context.h"
#include "advise/query/statement.h"
#include "base/text.h"

namespace whet::advise {
namespace {

using model::Finding;
using model::Severity;
using model::Statement;

void no_time_limit(const Facts& facts, std::vector<Finding>& out) {
  std::int64_t reads = 0, limited = 0;
  const Statement* slowest = nullptr;
  for (const Statement& one : facts.snapshot().workload.statements) {
    if (one.own || one.kind != model::StatementKind::select) continue;
    reads += one.total.calls;
    limited += one.total.time_limits;
    if (slowest == nullptr || one.max_ms > slowest->max_ms) slowest = &one;
  }
  // MG-QRY-001, and a read that nobody will have waited for.
  constexpr double minute = 60000;
  if (reads < 10 || limited * 2 > reads || slowest->max_ms < minute) return;
  for (const char* name : {"defaultMaxTimeMS.readOperations", "defaultMaxTimeMS"}) {
    const model::Setting* limit = facts.server().setting(name);
    if (limit != nullptr && text::to_double(limit->value).value_or(0) > 0) return;
  }
  Finding finding;
  finding.severity = Severity::low;
  finding.subject = server_subject();
  finding.title =
      "Reads have no time limit, and one ran for " + text::duration(slowest->max_ms / 1000);
  finding.detail =
      "Without maxTimeMS a read goes on when its client has given up, holds its tickets and keeps "
      "old versions of documents in the cache.";
  finding.evidence = {
      share("reads with a maxTimeMS",
            static_cast<double>(limited) / static_cast<double>(std::max<std::int64_t>(reads, 1)),
            counter(facts, "command.maxTimeMS")),
      time("longest read", slowest->max_ms / 1000, counter(facts, "millis")),
      fact("statement", text::shorten(text::squeeze(slowest->text), 160),
           counter(facts, "command"))};
  finding.changes.push_back(
      manual("limit/reads", "Let reads of applications end after a minute",
             mongodb_since(facts, 8, 0)
                 ? "db.adminCommand({setClusterParameter: {defaultMaxTimeMS: {readOperations: "
                   "60000}}})"
                 : "db.orders.find({...}).maxTimeMS(60000) // or the driver's timeoutMS"));
  out.push_back(std::move(finding));
}

void lock_wait(const Facts& facts, std::vector<Finding>& out) {
  for (const MongoStatement& one : mongodb_statements(facts)) {
    const model::StatementCounters& total = one.statement->total;
    const double part = total.execution_ms > 0 ? total.lock_ms / total.execution_ms : 0;
    // MG-QRY-007
    if (total.lock_ms < 1000 || part < 0.2) continue;
    Finding finding;
    finding.severity = Severity::medium;
    finding.title =
        "A statement waits for locks or tickets " + text::percent(part) + " of its time";
    finding.detail =
        "Something holds the collection or database for itself (an index build's end, collMod, a "
        "rename, a drop), or more operations run than the storage engine admits. No index helps "
        "that: look at db.currentOp({waitingForLock: true}) when it happens.";
    finding.evidence = {
        time("waited", total.lock_ms / 1000, counter(facts, "locks.*.timeAcquiringMicros, queues")),
        share("part of its time", part, counter(facts, "millis")),
        count("yields", total.yields, counter(facts, "numYields"))};
    about_statement(facts, *one.statement, part, finding);
    out.push_back(std::move(finding));
  }
}

void write_conflicts(const Facts& facts, std::vector<Finding>& out) {
  for (const MongoStatement& one : mongodb_statements(facts)) {
    const double conflicts = static_cast<double>(one.statement->total.write_conflicts);
    if (conflicts < 100 || conflicts < 0.1 * one.calls) continue;
    Finding finding;
    finding.severity = Severity::medium;
    finding.title =
        "A write meets " + text::number(conflicts / one.calls) + " write conflicts at each call";
    finding.detail =
        "Several clients change the same document at once; each conflict repeats the work. Spread "
        "counters over several documents, gather changes before writing, and keep transactions "
        "short.";
    finding.evidence = {count("write conflicts", one.statement->total.write_conflicts,
                              counter(facts, "writeConflicts"))};
    about_statement(facts, *one.statement, 0.5, finding);
    out.push_back(std::move(finding));
  }
}

void errors(const Facts& facts, std::vector<Finding>& out) {
  for (const Statement& one : facts.snapshot().workload.statements) {
    const auto calls = static_cast<double>(std::max<std::int64_t>(one.total.calls, 1));
    const double part = static_cast<double>(one.total.errors) / calls;
    if (one.own || one.total.errors < 100 || part < 0.01) continue;
    Finding finding;
    finding.severity = part >= 0.1 ? Severity::medium : Severity::low;
    finding.title = text::percent(part) + " of a statement's calls end in an error";
    finding.detail =
        "Duplicate keys, exceeded time limits, conflicts in transactions, interrupted operations: "
        "errName in the log's lines and the application's log say which. Each such call does its "
        "work in vain.";
    finding.evidence = {count("calls that failed", one.total.errors, counter(facts, "errName"))};
    const Severity severity = finding.severity;
    about_statement(facts, one, part, finding);
    finding.severity = severity;  // an error is no matter of time
    out.push_back(std::move(finding));
  }
}

void read_concern(const Facts& facts, std::vector<Finding>& out) {
  for (const MongoStatement& one : mongodb_statements(facts)) {
    // MG-QRY-006. Majority costs little in a read; linearizable waits for a majority each time.
    if (one.statement->read_concern != "linearizable") continue;
    Finding finding;
    finding.severity = Severity::low;
    finding.title = "A statement reads with read concern linearizable, " +
                    text::number(one.statement->mean_ms()) + " ms on average";
    finding.detail =
        "Each such read makes the primary confirm with a majority that it still is one. It is for "
        "single documents where nothing stale may be seen; read concern majority answers at once.";
    finding.evidence = {
        fact("read concern", one.statement->read_concern, counter(facts, "readConcern"))};
    about_statement(facts, *one.statement, 0.5, finding);
    out.push_back(std::move(finding));
  }
}

void write_concern(const Facts& facts, std::vector<Finding>& out) {
  if (!is_replica_set(facts) && !is_sharded(facts)) return;
  for (const MongoStatement& one : mongodb_statements(facts)) {
    const std::string& concern = one.statement->write_concern;
    const bool none = concern == "0";
    if (!none && concern != "1") continue;
    Finding finding;
    finding.severity = none ? Severity::medium : Severity::info;
    finding.title = none ? "A write does not wait for its acknowledgement (w: 0)"
                         : "A write is acknowledged by the primary alone (w: 1)";
    finding.detail =
        none ? "Errors, duplicate keys among them, go unnoticed, and a write may be lost without a "
               "trace. Use w: \"majority\", or w: 1 for what may be lost at a failover."
             : "What only the primary has is rolled back when another member takes over. Keep w: 1 "
               "for what may be lost; the server's default since 5.0 is \"majority\".";
    finding.evidence = {
        fact("write concern", "{w: " + concern + "}", counter(facts, "writeConcern"))};
    const Severity severity = finding.severity;
    about_statement(facts, *one.statement, 0, finding);
    finding.severity = severity;  // a risk is no matter of time
    out.push_back(std::move(finding));
  }
}

/// The farthest that a member which may be read from is behind.
double worst_lag(const Facts& facts) {
  double lag = 0;
  for (const model::GroupMember& member : facts.snapshot().replication.members) {
    if (member.state != "SECONDARY" || member.hidden || member.delay_seconds > 0) continue;
    lag = std::max(lag, member.lag_seconds.value_or(0));
  }
  return lag;
}

void stale_reads(const Facts& facts, std::vector<Finding>& out) {
  const double lag = worst_lag(facts);
  // MG-QRY-008. The least that maxStalenessSeconds can be is 90.
  if (lag < 90) return;
  for (const MongoStatement& one : mongodb_statements(facts)) {
    const std::string& preference = one.statement->read_preference;
    if (!preference.starts_with("secondary") && preference != "nearest") continue;
    Finding finding;
    finding.severity = Severity::medium;
    finding.title =
        "A statement reads from secondaries, and one is " + text::duration(lag) + " behind";
    finding.detail =
        "Without maxStalenessSeconds the driver asks members however far they are behind. Set it "
        "(90 s or more) where old data is worse than a busier member.";
    finding.evidence = {
        fact("read preference", preference, counter(facts, "$readPreference")),
        time("farthest member behind", lag, "replSetGetStatus, optimeDate of members")};
    const Severity severity = finding.severity;
    about_statement(facts, *one.statement, 0, finding);
    finding.severity = severity;
    out.push_back(std::move(finding));
  }
}

/// Waits for changes, and is right to wait.
bool waits(const model::Session& session) {
  return session.wait_type == "Client" || text::contains(session.query, "$changeStream") ||
         text::contains(session.query, "tailable") || text::contains(session.query, "getMore") ||
         text::contains(session.query, "createIndexes") || text::contains(session.query, "hello");
}

void long_operation(const Facts& facts, std::vector<Finding>& out) {
  for (const model::Session& session : facts.snapshot().activity.sessions) {
    // MG-QRY-009
    const double age = session.query_age_seconds.value_or(0);
    if (session.state != "active" || session.kind != "client backend" || age < 60) continue;
    if (session.query.empty() || waits(session)) continue;
    Finding finding;
    finding.severity = age >= 600 ? Severity::medium : Severity::low;
    finding.subject = named(model::SubjectKind::session, std::to_string(session.pid));
    finding.title = "An operation runs for " + text::duration(age);
    finding.detail =
        "It holds a ticket of the storage engine and old versions of documents in the cache. If "
        "nobody waits for it any more, end it.";
    finding.evidence = {
        time("runs for", age, "$currentOp, microsecs_running"),
        fact("statement", text::shorten(text::squeeze(session.query), 160), "$currentOp, command")};
    if (!session.application.empty()) {
      finding.evidence.push_back(fact("application", session.application, "$currentOp, appName"));
    }
    finding.changes.push_back(manual("kill/" + std::to_string(session.pid), "End the operation",
                                     "db.killOp(" + std::to_string(session.pid) + ")"));
    out.push_back(std::move(finding));
  }
}

CheckInfo info(std::string_view id, Severity severity, std::string_view summary,
               std::string_view why, std::string_view guards, std::string_view source,
               std::string_view privileges = "read on system.profile, or the log") {
  return mongodb_check(Area::query, id, severity, summary, why, privileges, guards, source);
}

const Register on_time{
    info("query.no_time_limit", Severity::low, "Reads have no time limit, and one ran for minutes",
         "A read that nobody waits for goes on working.",
         "half of the reads or more with maxTimeMS, a server-wide limit (8.0), reads that all "
         "ended within a minute, fewer than ten reads",
         "checks list MG-QRY-001; MongoDB manual, maxTimeMS"),
    no_time_limit};
const Register on_lock{
    info("query.lock_wait", Severity::medium, "A statement waits for locks or tickets",
         "Waiting looks like a slow plan, and no index helps.",
         "under a second in all or 20 % of its time, fewer than ten calls, statements that cost "
         "little",
         "checks list MG-QRY-007"),
    lock_wait};
const Register on_conflict{
    info("query.write_conflicts", Severity::medium, "A write often meets another on its document",
         "Each conflict does the work again.",
         "under 100 conflicts or one in ten calls, fewer than ten calls, statements that cost "
         "little",
         "checks list MG-QRY-007; writeConflicts"),
    write_conflicts};
const Register on_errors{
    info("query.errors", Severity::medium, "Many of a statement's calls end in an error",
         "Work is done in vain, and errors that are ignored hide bugs.",
         "under 1 % of the calls or 100 errors", "errCode of profiler and log"),
    errors};
const Register on_read_concern{
    info("query.read_concern", Severity::low, "A statement reads linearizably",
         "Each read waits for a majority of the members.",
         "other read concerns, fewer than ten calls, statements that cost little",
         "checks list MG-QRY-006; MongoDB manual, read concern linearizable"),
    read_concern};
const Register on_write_concern{
    info("query.write_concern", Severity::medium,
         "A write is acknowledged by the primary alone, or not at all",
         "A failover takes it back, or nobody notices that it failed.",
         "standalones, concerns that the client did not choose, fewer than ten calls, statements "
         "that cost little",
         "checks list MG-QRY-006; MongoDB manual, write concern"),
    write_concern};
const Register on_stale{
    info("query.stale_reads", Severity::medium, "A statement may read from a member far behind",
         "It returns what was true minutes ago.",
         "members within 90 s, hidden and delayed members, reads from the primary, fewer than ten "
         "calls, statements that cost little",
         "checks list MG-QRY-008; MongoDB manual, maxStalenessSeconds"),
    stale_reads};
const Register on_long{
    info("query.long_operation", Severity::medium, "An operation runs for minutes",
         "It holds a ticket, and keeps old versions in the cache.",
         "under a minute, index builds, change streams and other waits for data, Whet's own",
         "checks list MG-QRY-009; mongotop and mtools", "inprog"),
    long_operation};

}  // namespace
}  // namespace whet::advise
