// Connections that come and go, and what programs do between their queries.
#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "advise/build.h"
#include "advise/check.h"
#include "advise/pool/sessions.h"
#include "base/text.h"

namespace whet::advise::pool {
namespace {

using model::Database;
using model::DatabaseCounters;
using model::Severity;
using model::Statement;
using model::SubjectKind;

constexpr double many_per_second = 5;
constexpr double short_seconds = 10;

double number_of(std::int64_t value) { return static_cast<double>(value); }

void short_sessions(const Facts& facts, std::vector<model::Finding>& out) {
  const double window = facts.snapshot().window_seconds;
  for (const Database& database : facts.server().databases) {
    const DatabaseCounters& recent = database.window;
    if (window < 5 || recent.sessions < 100 || database.total.sessions <= 0) continue;
    const double rate = number_of(recent.sessions) / window;
    const double length =
        database.total.session_time_ms / 1000 / number_of(database.total.sessions);
    if (rate < many_per_second || length >= short_seconds) continue;
    model::Finding finding;
    finding.severity = rate >= 10 * many_per_second ? Severity::high : Severity::medium;
    finding.subject = named(SubjectKind::database, database.name);
    finding.title = fmt::format("{} gets {} new connections a second, each lasting {}",
                                database.name, text::number(rate), text::duration(length));
    finding.detail =
        "Each new connection costs a process, an authentication and cold caches, often more than "
        "the "
        "query that it is for. Keep connections open in the program, or put a pooler in front.";
    finding.evidence = {
        count("sessions begun in the window", recent.sessions, "pg_stat_database.sessions"),
        time("window", window, "Whet"),
        time("mean length since the reset", length,
             "pg_stat_database.session_time / pg_stat_database.sessions")};
    finding.impact.arithmetic =
        fmt::format("{} sessions / {} s", text::count(recent.sessions), text::number(window));
    out.push_back(std::move(finding));
  }
}

void abandoned(const Facts& facts, std::vector<model::Finding>& out) {
  for (const Database& database : facts.server().databases) {
    const DatabaseCounters& total = database.total;
    if (total.sessions < 100 || !facts.ratio_age(database.stats_age_seconds)) continue;
    const double part = number_of(total.sessions_abandoned) / number_of(total.sessions);
    if (part < 0.05) continue;
    model::Finding finding;
    finding.severity = part >= 0.25 ? Severity::medium : Severity::low;
    finding.subject = named(SubjectKind::database, database.name);
    finding.title = fmt::format("{} of the sessions of {} ended because the client was gone",
                                text::percent(part), database.name);
    finding.detail =
        "Programs that crash or are killed, a network that cuts connections, or a pool that drops "
        "them without saying goodbye: open transactions are rolled back, and until the loss is "
        "noticed their locks stay.";
    finding.evidence = {
        count("abandoned", total.sessions_abandoned, "pg_stat_database.sessions_abandoned"),
        count("sessions", total.sessions, "pg_stat_database.sessions"),
        time("counted over", *database.stats_age_seconds, "pg_stat_database.stats_reset")};
    finding.impact.arithmetic =
        fmt::format("{} / {}", text::count(total.sessions_abandoned), text::count(total.sessions));
    out.push_back(std::move(finding));
  }
}

void idle_time(const Facts& facts, std::vector<model::Finding>& out) {
  for (const Database& database : facts.server().databases) {
    const double idle = database.total.idle_in_transaction_time_ms / 1000;
    const double active = database.total.active_time_ms / 1000;
    if (!facts.ratio_age(database.stats_age_seconds) || active <= 0 || idle < 2 * active) continue;
    const double sessions = idle / *database.stats_age_seconds;
    if (sessions < 1) continue;
    model::Finding finding;
    finding.severity = Severity::low;
    finding.subject = named(SubjectKind::database, database.name);
    finding.title = fmt::format("Transactions on {} are idle {} times as long as they work",
                                database.name, text::number(idle / active));
    finding.detail =
        "Between their statements the programs do something else (call other services, render "
        "pages) "
        "with the transaction open. Locks are held and pooled connections taken meanwhile. Fetch "
        "first, then open the transaction.";
    finding.evidence = {
        time("idle in transaction", idle, "pg_stat_database.idle_in_transaction_time"),
        time("active", active, "pg_stat_database.active_time"),
        number("sessions idle in transaction on average", sessions,
               "idle_in_transaction_time / age of the counters")};
    finding.impact.arithmetic =
        fmt::format("{} s / {} s", text::number(idle), text::number(active));
    out.push_back(std::move(finding));
  }
}

enum class Chore { none, reset, validation };

// Statements that pools send, not programs. Literals are placeholders in normalised text.
Chore chore_of(const Statement& statement) {
  std::string text = text::lower(text::squeeze(statement.text));
  while (!text.empty() && (text.back() == ';' || text.back() == ' ')) text.pop_back();
  if (text == "discard all" || text == "reset all") return Chore::reset;
  if (text == "select $1" || text == "select 1" || text == "select version()")
    return Chore::validation;
  return Chore::none;
}

void report_chore(const Facts& facts, const Statement& statement, double part, bool reset,
                  std::vector<model::Finding>& out) {
  const std::string text = text::shorten(text::squeeze(statement.text), 60);
  model::Finding finding;
  finding.severity = Severity::low;
  finding.subject = {SubjectKind::statement, "", "",
                     statement.fingerprint.empty() ? statement.id : statement.fingerprint};
  finding.title = fmt::format("{} of all calls are '{}'", text::percent(part), text);
  finding.detail =
      reset
          ? "A pool sends it each time that a connection is handed back. With transaction pooling "
            "it has no use (server_reset_query_always = 0 in PgBouncer); with session pooling it "
            "throws away prepared plans."
          : "A pool asks whether the connection lives before each use: one more round trip for "
            "each "
            "query. Ask only connections that were idle for a while, or let the driver find out.";
  finding.evidence = {count("calls", statement.total.calls, "pg_stat_statements.calls"),
                      share("of all calls", part, "pg_stat_statements.calls"),
                      number("calls per hour", facts.calls_per_hour(statement),
                             "pg_stat_statements.calls / age of the counters"),
                      fact("role", statement.role, "pg_stat_statements.userid")};
  finding.impact.seconds_per_hour = facts.seconds_per_hour(statement);
  finding.impact.share = facts.share(statement);
  finding.impact.arithmetic = "execution time of the statement; its round trips are not in it";
  out.push_back(std::move(finding));
}

// `wanted` calls must be a tenth of all, and there must be enough of them to matter.
void chores(const Facts& facts, Chore wanted, std::vector<model::Finding>& out) {
  double all = 0;
  for (const Statement& statement : facts.snapshot().workload.statements) {
    if (!statement.own && !statement.nested) all += number_of(statement.total.calls);
  }
  for (const Statement& statement : facts.snapshot().workload.statements) {
    const double part = all > 0 ? number_of(statement.total.calls) / all : 0;
    if (statement.own || statement.nested || statement.total.calls < 10000 || part < 0.1 ||
        chore_of(statement) != wanted)
      continue;
    report_chore(facts, statement, part, wanted == Chore::reset, out);
  }
}

void resets(const Facts& facts, std::vector<model::Finding>& out) {
  chores(facts, Chore::reset, out);
}

void validations(const Facts& facts, std::vector<model::Finding>& out) {
  chores(facts, Chore::validation, out);
}

const Register short_check{
    {
        .id = "pool.short_sessions",
        .area = Area::pool,
        .severity = Severity::high,
        .engines = postgresql,
        .summary = "Many connections that live for seconds (14+)",
        .why = "Making a connection often costs more than the query it is for.",
        .privileges = "",
        .guards = "fewer than 5 a second or 100 in the window; sessions of 10 s and more",
        .source = "5 a second and 10 s; postgresqltuner warns under 1 min",
    },
    short_sessions};

const Register abandoned_check{
    {
        .id = "pool.abandoned_sessions",
        .area = Area::pool,
        .severity = Severity::medium,
        .engines = postgresql,
        .summary = "Sessions that end because their client is gone (14+)",
        .why = "Crashes and cut connections roll back work and leave locks for a while.",
        .privileges = "",
        .guards = "fewer than 100 sessions or a day of counters; under 5 %",
        .source = "PostgreSQL manual, pg_stat_database.sessions_abandoned",
    },
    abandoned};

const Register idle_check{
    {
        .id = "pool.idle_transaction_time",
        .area = Area::pool,
        .severity = Severity::low,
        .engines = postgresql,
        .summary = "Transactions are open far longer than they work (14+)",
        .why = "Locks and pooled connections are held while the program does something else.",
        .privileges = "",
        .guards = "less than a day of counters; less than twice the active time, or less than one "
                  "session on average",
        .source = "PostgreSQL manual, pg_stat_database.idle_in_transaction_time",
    },
    idle_time};

const Register reset_check{
    {
        .id = "pool.reset_queries",
        .area = Area::pool,
        .severity = Severity::low,
        .engines = postgresql,
        .summary = "A pool resets its connections very often",
        .why = "One more round trip for each use, and prepared plans are lost.",
        .privileges = "pg_read_all_stats; pg_stat_statements with track_utility",
        .guards = "fewer than 10,000 calls or a tenth of all",
        .source = "PgBouncer, server_reset_query",
    },
    resets};

const Register validation_check{
    {
        .id = "pool.validation_queries",
        .area = Area::pool,
        .severity = Severity::low,
        .engines = postgresql,
        .summary = "A pool asks before each use whether the connection lives",
        .why = "One more round trip for each query.",
        .privileges = "pg_read_all_stats; pg_stat_statements",
        .guards = "fewer than 10,000 calls or a tenth of all",
        .source = "HikariCP and other pools: test on borrow",
    },
    validations};

}  // namespace
}  // namespace whet::advise::pool
