#include "advise/query/statement.h"

#include <algorithm>

#include "advise/build.h"
#include "base/text.h"

namespace whet::advise {

namespace {

constexpr double least_of_workload = 0.005;

struct Sources {
  std::string_view text, calls, mean, total;
};
constexpr Sources postgresql_sources{"pg_stat_statements.query", "pg_stat_statements.calls",
                                     "pg_stat_statements.mean_exec_time",
                                     "pg_stat_statements.total_exec_time, of all statements"};
constexpr Sources mysql_sources{"performance_schema digests, DIGEST_TEXT",
                                "performance_schema digests, COUNT_STAR",
                                "performance_schema digests, AVG_TIMER_WAIT",
                                "performance_schema digests, SUM_TIMER_WAIT of all statements"};

constexpr Sources mongodb_sources{"profiler, log or $queryStats: command",
                                  "profiler, log or $queryStats: operations",
                                  "profiler, log or $queryStats: millis",
                                  "profiler, log or $queryStats: millis of all operations seen"};

const Sources& sources_of(model::EngineKind engine) {
  if (engine == model::EngineKind::mongodb) return mongodb_sources;
  return engine == model::EngineKind::postgresql ? postgresql_sources : mysql_sources;
}

// A fifth of the 100 ms that a person takes for immediate (Nielsen, Usability Engineering, 1993): a
// page that asks five such questions is felt. Once may have been a cold cache.
bool slow_for_caller(const model::Statement& statement) {
  return statement.total.calls >= 2 && statement.mean_ms() >= 20;
}

}  // namespace

bool is_rare(const Facts& facts, const model::Statement& statement) {
  return facts.share(statement) < least_of_workload;
}

std::vector<const model::Statement*> costly_statements(const Facts& facts) {
  std::vector<const model::Statement*> out;
  for (const model::Statement& one : facts.snapshot().workload.statements) {
    if (one.own || one.total.calls == 0) continue;
    // A second in all says nothing of a counter that is half a minute old: there, the rate does.
    const bool often =
        one.total.calls >= 10 && one.mean_ms() >= 10 && facts.seconds_per_hour(one) >= 30;
    const bool much = (one.total.execution_ms >= 1000 || often) && !is_rare(facts, one);
    if (much || slow_for_caller(one)) out.push_back(&one);
  }
  return out;
}

void about_statement(const Facts& facts, const model::Statement& statement, double part,
                     model::Finding& finding) {
  const double of_all = facts.share(statement);
  if (is_rare(facts, statement))
    finding.severity = std::min(finding.severity, model::Severity::low);
  // "High" says that much of the server's time goes there (docs/analyze.md).
  constexpr double much = 0.05;
  if (of_all * part < much) finding.severity = std::min(finding.severity, model::Severity::medium);
  finding.subject = named(model::SubjectKind::statement,
                          statement.fingerprint.empty() ? statement.id : statement.fingerprint);
  finding.impact.share = of_all * part;
  finding.impact.seconds_per_hour = facts.seconds_per_hour(statement) * part;
  finding.impact.arithmetic = "the statement's share of the workload's time, " +
                              text::percent(of_all) +
                              ", times the part of it that this is about, " + text::percent(part);
  const Sources& from = sources_of(facts.server().engine);
  finding.evidence.push_back(
      fact("statement", text::shorten(text::squeeze(statement.text), 160), from.text));
  finding.evidence.push_back(count("calls", statement.total.calls, from.calls));
  finding.evidence.push_back(time("mean time", statement.mean_ms() / 1000, from.mean));
  finding.evidence.push_back(share("share of the workload's time", of_all, from.total));
}

}  // namespace whet::advise
