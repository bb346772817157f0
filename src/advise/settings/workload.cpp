// Where the time of the workload goes: statements that dominate, and those called far too often.
#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "advise/check.h"
#include "advise/settings/support.h"
#include "base/text.h"

namespace whet::advise::settings {
namespace {

using model::Severity;

bool counts(const Facts& facts, const model::Statement& statement) {
  const auto age = statement.stats_age_seconds ? statement.stats_age_seconds
                                               : facts.snapshot().workload.age_seconds;
  return !statement.own && !statement.nested && facts.ratio_age(age);
}

void query_dominates(const Facts& facts, std::vector<model::Finding>& out) {
  if (facts.workload_ms() < 60000 || facts.snapshot().workload.statements.size() < 3) return;
  for (const model::Statement& statement : facts.snapshot().workload.statements) {
    const double part = facts.share(statement);
    if (!counts(facts, statement) || part < 0.25) continue;
    const double seconds = facts.seconds_per_hour(statement);
    model::Finding finding = make_finding(
        Severity::low, named(model::SubjectKind::statement, statement.id),
        fmt::format("One statement takes {} of all execution time: {}", text::percent(part),
                    text::shorten(text::squeeze(statement.text), 60)),
        "Whatever makes it faster, or called less often, does more for the server than anything "
        "else. Look at its plan first.");
    finding.evidence = {
        time("its execution time", statement.total.execution_ms / 1000,
             "pg_stat_statements.total_exec_time"),
        time("that of all statements", facts.workload_ms() / 1000,
             "pg_stat_statements.total_exec_time"),
        count("calls", statement.total.calls, "pg_stat_statements.calls"),
        time("mean time", statement.mean_ms() / 1000, "pg_stat_statements.mean_exec_time"),
        fact("statement", text::shorten(text::squeeze(statement.text), 400),
             "pg_stat_statements.query")};
    finding.impact.seconds_per_hour = seconds;
    finding.impact.share = part;
    finding.impact.arithmetic = fmt::format(
        "{} / {} = {}; {} an hour", text::duration(statement.total.execution_ms / 1000),
        text::duration(facts.workload_ms() / 1000), text::percent(part), text::duration(seconds));
    finding.references = {"pgstatstatements"};
    out.push_back(std::move(finding));
  }
}

// "select ... from one_table where key = $1": one relation, an equality, nothing that gathers rows.
bool looks_like_fetch_by_key(const model::Statement& statement) {
  if (statement.kind != model::StatementKind::select) return false;
  const std::string text = text::lower(text::squeeze(statement.text));
  const auto has = [&](std::string_view part) { return text::contains(text, part); };
  const bool one_key = has(" where ") && (has(" = $") || has("=$"));
  const bool gathers = has(" join ") || has(" group by ") || has("count(") || has("sum(") ||
                       has(" any(") || has(" any (") || has(" in (") || has(" for update");
  return one_key && !gathers;
}

void n_plus_one(const Facts& facts, std::vector<model::Finding>& out) {
  std::int64_t all = 0;
  for (const model::Statement& statement : facts.snapshot().workload.statements) {
    const bool query = statement.kind != model::StatementKind::transaction &&
                       statement.kind != model::StatementKind::utility;
    if (!statement.own && !statement.nested && query) all += statement.total.calls;
  }
  for (const model::Statement& statement : facts.snapshot().workload.statements) {
    const auto& total = statement.total;
    if (!counts(facts, statement) || total.calls < 10000 ||
        facts.calls_per_hour(statement) < 1000 || !looks_like_fetch_by_key(statement))
      continue;
    const double part = fraction(static_cast<double>(total.calls), static_cast<double>(all));
    if (part < 0.2 || total.rows > total.calls || statement.mean_ms() >= 1) continue;
    const double time_share = facts.share(statement);
    model::Finding finding = make_finding(
        time_share >= 0.1 ? Severity::low : Severity::info,
        named(model::SubjectKind::statement, statement.id),
        fmt::format("{} of all calls fetch one row by its key: {}", text::percent(part),
                    text::shorten(text::squeeze(statement.text), 60)),
        "If the application calls it in a loop over the rows of another statement (N+1), one "
        "statement with = ANY($1) or a join does the same in one round trip; the network and the "
        "client's time, which the server does not see, are the larger part of the gain. If each "
        "call "
        "stands for a request of its own, all is well.");
    finding.evidence = {
        count("calls", total.calls, "pg_stat_statements.calls"),
        count("calls of all statements", all, "pg_stat_statements.calls"),
        number("rows a call",
               fraction(static_cast<double>(total.rows), static_cast<double>(total.calls)),
               "pg_stat_statements.rows"),
        time("mean time", statement.mean_ms() / 1000, "pg_stat_statements.mean_exec_time"),
        fact("statement", text::shorten(text::squeeze(statement.text), 400),
             "pg_stat_statements.query")};
    finding.impact.seconds_per_hour = facts.seconds_per_hour(statement);
    finding.impact.share = time_share;
    finding.impact.arithmetic =
        fmt::format("{} / {} calls = {}; {} calls an hour", total.calls, all, text::percent(part),
                    text::number(facts.calls_per_hour(statement)));
    out.push_back(std::move(finding));
  }
}

const Register dominates{
    {
        .id = "performance.query_dominates",
        .area = Area::performance,
        .severity = Severity::low,
        .engines = postgresql,
        .summary = "One statement takes a quarter of all execution time or more",
        .why = "It is the place to begin.",
        .privileges = "pg_read_all_stats for the statements of other roles",
        .guards = "a minute of execution and three statements or more, statistics old enough",
        .source = "pghero, pt-query-digest; checks.md PG-PERF-041",
    },
    query_dominates};
const Register repeated{
    {
        .id = "performance.n_plus_one",
        .area = Area::performance,
        .severity = Severity::low,
        .engines = postgresql,
        .summary = "One row at a time is fetched by its key, again and again",
        .why = "A loop in the application costs a round trip for each row.",
        .privileges = "pg_read_all_stats for the statements of other roles",
        .guards = "10,000 calls and 1,000 an hour or more, a fifth of all calls, under 1 ms and at "
                  "most one row each, statistics old enough",
        .source = "checks.md PG-PERF-042",
    },
    n_plus_one};

}  // namespace
}  // namespace whet::advise::settings
