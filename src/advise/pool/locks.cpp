// Who keeps whom waiting: the roots of blocking trees, and lock requests that others queue behind.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "advise/build.h"
#include "advise/check.h"
#include "advise/mysql_facts.h"
#include "advise/pool/sessions.h"
#include "base/text.h"

namespace whet::advise::pool {
namespace {

using model::LockWait;
using model::Session;
using model::Severity;
using model::SubjectKind;

constexpr double shortest_wait = 5;  // seconds: below, row locks of a busy program come and go
constexpr double long_total = 300;
constexpr std::size_t many_waiting = 5;

/// Where the figures come from, and how to end a session, on each kind of server.
struct Dialect {
  const char* who_waits;
  const char* since;
  const char* transaction;
  const char* query;
  const char* locks;
  const char* mode;
  const char* relation;
  const char* end_session;  ///< formats with the pid
  const char* cancel;
};
constexpr Dialect postgres_dialect{"pg_blocking_pids()",
                                   "pg_locks.waitstart",
                                   "pg_stat_activity.xact_start",
                                   "pg_stat_activity.query",
                                   "pg_locks",
                                   "pg_locks.mode",
                                   "pg_locks.relation",
                                   "SELECT pg_terminate_backend({});",
                                   "SELECT pg_cancel_backend({});"};
constexpr Dialect mysql_dialect{"data_lock_waits, metadata_locks",
                                "the wait's age, INNODB_TRX.trx_wait_started",
                                "INNODB_TRX.trx_started",
                                "performance_schema.threads",
                                "data_locks, metadata_locks",
                                "metadata_locks.LOCK_TYPE",
                                "metadata_locks.OBJECT_NAME",
                                "KILL {};",
                                "KILL QUERY {};"};

const Dialect& dialect(const Facts& facts) {
  return facts.server().engine == model::EngineKind::postgresql ? postgres_dialect : mysql_dialect;
}

/// Who waits for whom.
class Blocking {
 public:
  explicit Blocking(const Facts& facts) {
    for (const Session& session : facts.snapshot().activity.sessions) {
      sessions_[session.pid] = &session;
      for (const std::int64_t blocker : session.blocked_by) add(session.pid, blocker);
    }
    for (const LockWait& wait : facts.snapshot().activity.lock_waits) {
      waits_[wait.pid] = &wait;
      for (const std::int64_t blocker : wait.blockers) add(wait.pid, blocker);
    }
  }

  /// Those who block somebody and wait for nobody. A deadlock has none; the server breaks it.
  [[nodiscard]] std::vector<std::int64_t> roots() const {
    std::vector<std::int64_t> out;
    for (const auto& [pid, waiting] : waiting_for_) {
      if (!blocked_.contains(pid)) out.push_back(pid);
    }
    return out;
  }

  /// All who wait for `pid`, directly or behind others.
  [[nodiscard]] std::set<std::int64_t> behind(std::int64_t pid) const {
    std::set<std::int64_t> seen;
    std::vector<std::int64_t> todo{pid};
    while (!todo.empty()) {
      const auto at = waiting_for_.find(todo.back());
      todo.pop_back();
      if (at == waiting_for_.end()) continue;
      for (const std::int64_t waiter : at->second) {
        if (waiter != pid && seen.insert(waiter).second) todo.push_back(waiter);
      }
    }
    return seen;
  }

  [[nodiscard]] const Session* session(std::int64_t pid) const {
    const auto at = sessions_.find(pid);
    return at == sessions_.end() ? nullptr : at->second;
  }

  /// Seconds that `pid` has waited; of a server that does not tell, since its query began.
  [[nodiscard]] double waited(std::int64_t pid) const {
    const auto at = waits_.find(pid);
    if (at != waits_.end() && at->second->wait_seconds) return *at->second->wait_seconds;
    const Session* waiting = session(pid);
    return waiting == nullptr ? 0 : waiting->query_age_seconds.value_or(0);
  }

  [[nodiscard]] const LockWait* wait(std::int64_t pid) const {
    const auto at = waits_.find(pid);
    return at == waits_.end() ? nullptr : at->second;
  }

 private:
  void add(std::int64_t waiter, std::int64_t blocker) {
    waiting_for_[blocker].insert(waiter);
    blocked_.insert(waiter);
  }

  std::map<std::int64_t, const Session*> sessions_;
  std::map<std::int64_t, const LockWait*> waits_;
  std::map<std::int64_t, std::set<std::int64_t>> waiting_for_;
  std::set<std::int64_t> blocked_;
};

std::string who(const Session* session, std::int64_t pid) {
  if (session == nullptr)
    return pid == 0 ? std::string("A prepared transaction") : fmt::format("Session {}", pid);
  return fmt::format("Session {} of {} (role {}, {})", pid,
                     session->application.empty() ? "an unnamed program" : session->application,
                     session->role, session->state.empty() ? session->kind : session->state);
}

std::vector<std::string> locked_things(const Blocking& blocking,
                                       const std::set<std::int64_t>& pids) {
  std::set<std::string> things;
  for (const std::int64_t pid : pids) {
    const LockWait* wait = blocking.wait(pid);
    if (wait != nullptr) things.insert(wait->relation.empty() ? wait->kind : wait->relation);
  }
  return {things.begin(), things.end()};
}

Severity blocking_severity(std::size_t waiting, double total) {
  if (waiting >= many_waiting || total >= long_total) return Severity::high;
  return total >= 30 ? Severity::medium : Severity::low;
}

void report_root(const Blocking& blocking, std::int64_t root, const Dialect& words,
                 std::vector<model::Finding>& out) {
  const std::set<std::int64_t> behind = blocking.behind(root);
  double total = 0, most = 0;
  for (const std::int64_t pid : behind) {
    total += blocking.waited(pid);
    most = std::max(most, blocking.waited(pid));
  }
  if (most < shortest_wait) return;
  const Session* session = blocking.session(root);
  model::Finding finding;
  finding.severity = blocking_severity(behind.size(), total);
  finding.subject = {SubjectKind::session, "", "", std::to_string(root)};
  finding.title =
      fmt::format("{} keeps {} waiting, together for {}", who(session, root),
                  text::plural(static_cast<std::int64_t>(behind.size()), "session", "sessions"),
                  text::duration(total));
  finding.detail =
      "It is the root of the tree: nothing else has to end for the others to go on. If it is idle, "
      "its program forgot to commit; if it works, see whether it can be done in smaller steps.";
  finding.evidence = {
      count("sessions behind it", static_cast<std::int64_t>(behind.size()), words.who_waits),
      time("longest wait", most, words.since), time("all waits together", total, words.since),
      fact("waited for", text::join(locked_things(blocking, behind), ", "), words.locks)};
  if (session != nullptr) {
    finding.evidence.push_back(time("its transaction is open since",
                                    session->transaction_age_seconds.value_or(0),
                                    words.transaction));
    finding.evidence.push_back(
        fact("its last query", text::shorten(text::squeeze(session->query), 200), words.query));
    if (session->rows_locked > 0)
      finding.evidence.push_back(
          count("rows that it locked", session->rows_locked, "INNODB_TRX.trx_rows_locked"));
  }
  finding.impact.arithmetic = "sum of the waits behind it";
  if (root > 0) {
    model::Change change = manual("pool.lock_blockers/" + std::to_string(root), "End the session",
                                  fmt::format(fmt::runtime(words.end_session), root));
    change.risk = model::Risk::high;
    change.preconditions = {"It is still the same session, and its work may be rolled back."};
    finding.changes = {std::move(change)};
  }
  out.push_back(std::move(finding));
}

void blockers(const Facts& facts, std::vector<model::Finding>& out) {
  const Blocking blocking(facts);
  for (const std::int64_t root : blocking.roots()) report_root(blocking, root, dialect(facts), out);
}

// Locks that conflict with what plain reads or writes take.
bool stops_readers_or_writers(std::string_view kind, std::string_view mode) {
  if (kind == "metadata")
    return mode == "EXCLUSIVE" || mode == "SHARED_NO_WRITE" || mode == "SHARED_NO_READ_WRITE";
  if (kind != "relation") return false;
  return mode == "AccessExclusiveLock" || mode == "ExclusiveLock" || mode == "ShareLock" ||
         mode == "ShareRowExclusiveLock";
}

void queue(const Facts& facts, std::vector<model::Finding>& out) {
  const Blocking blocking(facts);
  for (const LockWait& wait : facts.snapshot().activity.lock_waits) {
    const double waited = blocking.waited(wait.pid);
    const std::set<std::int64_t> behind = blocking.behind(wait.pid);
    if (!stops_readers_or_writers(wait.kind, wait.mode) || behind.empty() || waited < 1) continue;
    const Dialect& words = dialect(facts);
    const Session* session = blocking.session(wait.pid);
    model::Finding finding;
    finding.severity = waited >= shortest_wait ? Severity::high : Severity::medium;
    finding.subject = {SubjectKind::session, "", "", std::to_string(wait.pid)};
    finding.title = fmt::format(
        "{} waits for {} on {}, and {} behind it", who(session, wait.pid), wait.mode, wait.relation,
        text::plural(static_cast<std::int64_t>(behind.size()), "session queues", "sessions queue"));
    finding.detail = fmt::format(
        "A strong lock that has to wait stops everybody who comes after it, plain reads "
        "too. Cancel it, and run it again with a short {} and retries.",
        wait.kind == "metadata" ? "lock_wait_timeout" : "lock_timeout");
    finding.evidence = {
        time("it has waited for", waited, words.since), fact("mode", wait.mode, words.mode),
        fact("table", wait.relation, words.relation),
        count("sessions behind it", static_cast<std::int64_t>(behind.size()), words.who_waits),
        fact("its query",
             session == nullptr ? "" : text::shorten(text::squeeze(session->query), 200),
             words.query)};
    finding.changes = {manual("pool.ddl_queue/" + std::to_string(wait.pid), "Cancel the statement",
                              fmt::format(fmt::runtime(words.cancel), wait.pid))};
    out.push_back(std::move(finding));
  }
}

const Register blocker_check{
    {
        .id = "pool.lock_blockers",
        .area = Area::pool,
        .severity = Severity::high,
        .engines = static_cast<unsigned>(postgresql) | both_forks,
        .summary = "A session that keeps others waiting for locks",
        .why = "Until it ends nobody behind it goes on.",
        .privileges = "pg_monitor; MySQL and MariaDB: PROCESS, SELECT on performance_schema",
        .guards = "no wait as long as 5 s; sessions that wait themselves (only the root is named)",
        .source = "5 s: five times deadlock_timeout, after which log_lock_waits speaks",
    },
    blockers};

const Register queue_check{
    {
        .id = "pool.ddl_queue",
        .area = Area::pool,
        .severity = Severity::high,
        .engines = static_cast<unsigned>(postgresql) | both_forks,
        .summary = "A strong table lock that waits, with others queueing behind it",
        .why = "It stops even plain reads of the table while it waits.",
        .privileges = "pg_monitor; MySQL and MariaDB: PROCESS, SELECT on performance_schema",
        .guards = "nobody behind it; less than 1 s; locks that stop neither reads nor writes",
        .source = "PostgreSQL manual, 13.3.1 Table-Level Locks",
    },
    queue};

}  // namespace
}  // namespace whet::advise::pool
