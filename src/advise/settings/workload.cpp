// Where the time of the workload goes: statements that dominate, and those called far too often.
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "advise/check.h"
#include "advise/mysql_facts.h"
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
        Severity::low, statement_subject(statement),
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
  const bool one_key = has(" where ") && (has(" = $") || has("=$") || has(" = ?"));
  const bool gathers = has(" join ") || has(" group by ") || has("count(") || has("sum(") ||
                       has("count (") || has("sum (") || has(" any(") || has(" any (") ||
                       has(" in (") || has(" for update");
  return one_key && !gathers;
}

bool is_query(const model::Statement& statement) {
  return !statement.own && !statement.nested &&
         statement.kind != model::StatementKind::transaction &&
         statement.kind != model::StatementKind::utility;
}

double number_of(std::int64_t value) { return static_cast<double>(value); }

/// Several times as often: below that, two statements of one page or a cache that misses do it.
constexpr double several = 3;

/// What a fetch by its key is called for, as far as the counters tell.
struct Loop {
  const model::Statement* list = nullptr;     ///< returns about as many rows as there are calls
  const model::Statement* busiest = nullptr;  ///< the most frequent SELECT that is no such fetch
  double in_transaction = 0;                  ///< calls in each transaction; 0 when unknown
};

// The only table of such a statement, as it is written.
std::string table_fetched(const model::Statement& statement) {
  const std::string text = text::lower(text::squeeze(statement.text));
  const auto from = text.find(" from ");
  if (from == std::string::npos) return "";
  const auto begin = from + 6;
  return text.substr(begin, text.find(' ', begin) - begin);
}

// Of the database's transactions over the same time, within a fifth: rates of different times do
// not compare. Counters that were never reset may be older than the server's start; then there are
// more transactions than in that time, and the check is the more silent.
double calls_in_transaction(const Facts& facts, const model::Statement& statement) {
  const double since =
      statement.stats_age_seconds.value_or(facts.snapshot().workload.age_seconds.value_or(0));
  for (const model::Database& database : facts.server().databases) {
    if (database.name != statement.database || database.name.empty()) continue;
    const double age = database.stats_age_seconds.value_or(facts.server().uptime_seconds);
    if (age < 0.8 * since || age > 1.2 * since) return 0;
    const double done = number_of(database.total.commits + database.total.rollbacks);
    return fraction(facts.calls_per_hour(statement), per_hour(done, age));
  }
  return 0;
}

Loop loop_around(const Facts& facts, const model::Statement& fetch) {
  Loop loop;
  loop.in_transaction = calls_in_transaction(facts, fetch);
  const std::string table = table_fetched(fetch);
  const double calls = number_of(fetch.total.calls);
  const auto distance = [&](const model::Statement& one) {
    return std::abs(number_of(one.total.rows) - calls);
  };
  for (const model::Statement& one : facts.snapshot().workload.statements) {
    if (&one == &fetch || !is_query(one) || one.database != fetch.database) continue;
    if (one.kind != model::StatementKind::select || one.total.calls == 0) continue;
    if (looks_like_fetch_by_key(one) && one.total.rows <= one.total.calls &&
        table_fetched(one) == table)
      continue;  // another column of the same loop
    if (loop.busiest == nullptr || one.total.calls > loop.busiest->total.calls) loop.busiest = &one;
    const bool lists = one.total.rows >= 2 * one.total.calls &&
                       number_of(one.total.calls) * several <= calls &&
                       number_of(one.total.rows) >= 0.5 * calls;
    if (lists && (loop.list == nullptr || distance(one) < distance(*loop.list))) loop.list = &one;
  }
  return loop;
}

// Either each transaction asks several times, or far more is fetched than anything else is asked
// for, and there is a list that it may be fetched for. A load of nothing but fetches is neither.
bool is_loop(const Loop& loop, const model::Statement& fetch) {
  if (loop.busiest == nullptr) return false;
  if (loop.in_transaction >= several) return true;
  return loop.list != nullptr &&
         number_of(fetch.total.calls) >= several * number_of(loop.busiest->total.calls);
}

// As many rows listed as fetched, within a tenth: the list and its loop.
bool matches(const Loop& loop, const model::Statement& fetch) {
  return loop.list != nullptr &&
         std::abs(number_of(loop.list->total.rows) - number_of(fetch.total.calls)) <=
             0.1 * number_of(fetch.total.calls);
}

/// Where the figures of statements come from.
struct Counters {
  std::string_view calls = "pg_stat_statements.calls", rows = "pg_stat_statements.rows",
                   mean = "pg_stat_statements.mean_exec_time", text = "pg_stat_statements.query";
};

Counters counters_of(const Facts& facts) {
  if (!is_mysql(facts)) return {};
  return {"events_statements_summary_by_digest.COUNT_STAR", "SUM_ROWS_SENT", "AVG_TIMER_WAIT",
          "DIGEST_TEXT"};
}

std::vector<model::Evidence> loop_evidence(const Facts& facts, const Loop& loop,
                                           const model::Statement& fetch, std::int64_t all) {
  const auto& total = fetch.total;
  const Counters from = counters_of(facts);
  std::vector<model::Evidence> evidence = {
      count("calls", total.calls, from.calls),
      count("calls of all statements", all, from.calls),
      number("rows a call", fraction(number_of(total.rows), number_of(total.calls)), from.rows),
      time("mean time", fetch.mean_ms() / 1000, from.mean),
      fact("statement", text::shorten(text::squeeze(fetch.text), 400), from.text),
      count("calls of the next most frequent SELECT", loop.busiest->total.calls, from.calls)};
  if (loop.in_transaction > 0)
    evidence.push_back(number("calls in each transaction", loop.in_transaction,
                              "pg_stat_statements.calls / pg_stat_database.xact_commit + "
                              "xact_rollback, per hour"));
  if (loop.list != nullptr) {
    evidence.push_back(
        count("rows of a list that it may be fetched for", loop.list->total.rows, from.rows));
    evidence.push_back(
        fact("that list", text::shorten(text::squeeze(loop.list->text), 160), from.text));
  }
  return evidence;
}

model::Finding loop_finding(const Facts& facts, const model::Statement& statement, const Loop& loop,
                            std::int64_t all) {
  const double part = fraction(number_of(statement.total.calls), number_of(all));
  const double time_share = facts.share(statement);
  model::Finding finding = make_finding(
      time_share >= 0.1 || matches(loop, statement) ? Severity::low : Severity::info,
      statement_subject(statement),
      fmt::format("{} of all calls fetch one row by its key: {}", text::percent(part),
                  text::shorten(text::squeeze(statement.text), 60)),
      "If the application calls it in a loop over the rows of another statement (N+1), one "
      "statement for all of them (IN, = ANY) or a join does the same in one round trip; the "
      "network and the "
      "client's time, which the server does not see, are the larger part of the gain. If each call "
      "stands for a request of its own, all is well.");
  finding.evidence = loop_evidence(facts, loop, statement, all);
  finding.impact.seconds_per_hour = facts.seconds_per_hour(statement);
  finding.impact.share = time_share;
  finding.impact.arithmetic =
      fmt::format("{} / {} calls = {}; {} calls an hour", statement.total.calls, all,
                  text::percent(part), text::number(facts.calls_per_hour(statement)));
  return finding;
}

void n_plus_one(const Facts& facts, std::vector<model::Finding>& out) {
  std::int64_t all = 0;
  for (const model::Statement& statement : facts.snapshot().workload.statements) {
    if (is_query(statement)) all += statement.total.calls;
  }
  for (const model::Statement& statement : facts.snapshot().workload.statements) {
    const auto& total = statement.total;
    if (!counts(facts, statement) || total.calls < 500 || facts.calls_per_hour(statement) < 1000 ||
        !looks_like_fetch_by_key(statement))
      continue;
    const double part = fraction(number_of(total.calls), number_of(all));
    if (part < 0.2 || total.rows > total.calls || statement.mean_ms() >= 1) continue;
    const Loop loop = loop_around(facts, statement);
    if (is_loop(loop, statement)) out.push_back(loop_finding(facts, statement, loop, all));
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
        .source = "pghero, pt-query-digest",
    },
    query_dominates};
const Register repeated{
    {
        .id = "performance.n_plus_one",
        .area = Area::performance,
        .severity = Severity::low,
        .engines = static_cast<unsigned>(postgresql) | both_forks,
        .summary = "One row at a time is fetched by its key, again and again",
        .why = "A loop in the application costs a round trip for each row.",
        .privileges = "pg_read_all_stats; MySQL and MariaDB: SELECT on performance_schema",
        .guards = "500 calls and 1,000 an hour or more, a fifth of all calls, under 1 ms and at "
                  "most one row each, statistics old enough; loads without other SELECTs; under "
                  "three calls in each transaction, unless three times as frequent as any other "
                  "SELECT and some list returned half as many rows or more",
        .source = "the bound that health checks of the field take",
    },
    n_plus_one};

}  // namespace
}  // namespace whet::advise::settings
