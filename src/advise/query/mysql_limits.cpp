// Limits that are missing: statements without an end, transactions that lock very many rows.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>

#include "advise/build.h"
#include "advise/check.h"
#include "advise/query/mysql_text.h"
#include "advise/query/plan_context.h"
#include "advise/query/statement.h"
#include "base/text.h"

namespace whet::advise {
namespace {

using model::Finding;
using model::Severity;

const model::Statement* slowest_read(const Facts& facts) {
  const model::Statement* slowest = nullptr;
  for (const model::Statement& one : facts.snapshot().workload.statements) {
    if (one.own || one.kind != model::StatementKind::select) continue;
    if (slowest == nullptr || one.max_ms > slowest->max_ms) slowest = &one;
  }
  return slowest;
}

/// The longest that one read in a thousand takes: a limit well above it stops no usual one.
double usual_longest_ms(const Facts& facts) {
  double longest = 0;
  for (const model::Statement& one : facts.snapshot().workload.statements) {
    if (one.own || one.kind != model::StatementKind::select || one.total.calls < 1000) continue;
    longest = std::max(longest, one.p999_ms);
  }
  return longest;
}

void no_time_limit(const Facts& facts, std::vector<Finding>& out) {
  const bool maria = facts.server().engine == model::EngineKind::mariadb;
  const std::string name = maria ? "max_statement_time" : "max_execution_time";
  const model::Setting* setting = facts.server().setting(name);
  const model::Statement* slowest = slowest_read(facts);
  constexpr double a_minute = 60000;
  if (setting == nullptr || setting->number.value_or(0) > 0) return;
  if (slowest == nullptr || slowest->max_ms < a_minute) return;
  const double usual = usual_longest_ms(facts);
  // Ten times what is usual, in whole seconds, half a minute at least.
  const double limit = std::max(30.0, std::ceil(usual * 10 / 1000));
  Finding finding;
  finding.severity = Severity::low;
  finding.subject = setting_subject(name);
  finding.title = "Reads may run for ever: one took " + text::duration(slowest->max_ms / 1000);
  finding.detail =
      "A forgotten or mistaken query keeps its rows' old versions from being purged and its "
      "connection from its pool. Limit the accounts of applications; reports and backups need "
      "more.";
  finding.evidence = {
      fact(name, setting->value, "SHOW GLOBAL VARIABLES"),
      time("longest read", slowest->max_ms / 1000, "performance_schema digests, MAX_TIMER_WAIT"),
      fact("statement", text::shorten(text::squeeze(slowest->text), 160),
           "performance_schema digests, DIGEST_TEXT")};
  if (usual > 0) {
    finding.evidence.push_back(time("one read in a thousand of usual ones", usual / 1000,
                                    "performance_schema digests, QUANTILE_999"));
  }
  const std::string seconds = text::number(limit, 6);
  finding.changes.push_back(manual(
      "limit/" + name, "Let reads of applications end after " + seconds + " s",
      maria ? "GRANT USAGE ON *.* TO the_application WITH MAX_STATEMENT_TIME " + seconds + ";"
            : "SET SESSION max_execution_time = " + text::number(limit * 1000, 9) +
                  "; -- when the application connects"));
  out.push_back(std::move(finding));
}

void many_rows_locked(const Facts& facts, std::vector<Finding>& out) {
  for (const model::Session& session : facts.snapshot().activity.sessions) {
    // MY-QRY-017. A load that changes what it locks is right to.
    if (session.rows_locked < 10000 || session.rows_modified * 2 > session.rows_locked) continue;
    Finding finding;
    finding.severity = Severity::medium;
    finding.subject = named(model::SubjectKind::session, std::to_string(session.pid));
    finding.title = "A transaction holds locks on " +
                    rows_text(static_cast<double>(session.rows_locked)) + " rows and changed " +
                    rows_text(static_cast<double>(session.rows_modified));
    finding.detail =
        "A locking read or a write without an index for its condition locks every row that it "
        "reads, "
        "and the gaps between. Others wait for rows that it never wanted. Give the condition an "
        "index, or use READ COMMITTED, where rows that do not match are let go.";
    finding.evidence = {
        count("rows locked", session.rows_locked, "INNODB_TRX.TRX_ROWS_LOCKED"),
        count("rows changed", session.rows_modified, "INNODB_TRX.TRX_ROWS_MODIFIED"),
        fact("statement", text::shorten(text::squeeze(session.query), 160), "its statement")};
    if (session.transaction_age_seconds) {
      finding.evidence.push_back(
          time("transaction open for", *session.transaction_age_seconds, "INNODB_TRX.TRX_STARTED"));
    }
    if (!session.isolation.empty()) {
      finding.evidence.push_back(
          fact("isolation", session.isolation, "INNODB_TRX.TRX_ISOLATION_LEVEL"));
    }
    out.push_back(std::move(finding));
  }
}

const Register on_time{
    {.id = "query.no_time_limit",
     .area = Area::query,
     .severity = Severity::low,
     .engines = mysql | mariadb,
     .summary = "Reads have no time limit, and some ran for minutes",
     .why = "A query that nobody waits for any more goes on working, and holds back purge.",
     .privileges = "SELECT on performance_schema",
     .guards = "servers with a limit, reads that all ended within a minute",
     .source = "checks list MY-QRY-013; MySQL manual, max_execution_time"},
    no_time_limit};
const Register on_locked{
    {.id = "query.many_rows_locked",
     .area = Area::query,
     .severity = Severity::medium,
     .engines = mysql | mariadb,
     .summary = "A transaction locks many rows that it does not change",
     .why = "Every row that a locking statement reads is locked, wanted or not.",
     .privileges = "PROCESS",
     .guards = "under 10,000 rows locked, transactions that changed half of them",
     .source = "checks list MY-QRY-017; MySQL manual, locks set by different SQL statements"},
    many_rows_locked};

}  // namespace
}  // namespace whet::advise
