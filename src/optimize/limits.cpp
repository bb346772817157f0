#include "optimize/limits.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "optimize/hints.h"
#include "optimize/hints_mongodb.h"

namespace whet::optimize {
namespace {

using model::EngineKind;
using model::Statement;

// A thousandth of fewer calls is no call at all.
constexpr std::int64_t least_calls = 1000;
constexpr std::size_t least_statements = 5;
// MongoDB's profiler holds a few thousand operations in all, and the slow ones first.
constexpr std::int64_t least_calls_profiled = 100;
// As many times the slowest thousandth: a limit is for what went wrong, not for a slow day.
constexpr double times_slowest = 5;
constexpr double least_limit_ms = 1000;
// A statement that is this many times slower than the next gets a limit of its own.
constexpr double far_slower = 10;

/// The upper end of what a thousandth of its executions take; without quantiles the slowest.
double slowest_ms(const Statement& one) { return one.p999_ms > 0 ? one.p999_ms : one.max_ms; }

std::int64_t calls_wanted(const model::Snapshot& snapshot) {
  return snapshot.server.engine == EngineKind::mongodb ? least_calls_profiled : least_calls;
}

std::vector<const Statement*> reads_by_slowness(const model::Snapshot& snapshot) {
  std::vector<const Statement*> reads;
  const std::int64_t wanted = calls_wanted(snapshot);
  for (const Statement& one : snapshot.workload.statements) {
    if (one.kind == model::StatementKind::select && !one.own && !one.nested &&
        one.total.calls >= wanted && slowest_ms(one) > 0)
      reads.push_back(&one);
  }
  std::stable_sort(reads.begin(), reads.end(), [](const Statement* a, const Statement* b) {
    return slowest_ms(*a) > slowest_ms(*b);
  });
  return reads;
}

/// Up to one significant digit: 1.3 s becomes 2 s.
double rounded_up(double ms) {
  const double power = std::pow(10, std::floor(std::log10(ms)));
  return std::ceil(ms / power) * power;
}

double limit_above(double ms) { return rounded_up(std::max(least_limit_ms, ms * times_slowest)); }

ChangeOutcome told(const std::string& id, std::string summary, std::string reason,
                   std::string statement) {
  ChangeOutcome one;
  one.finding = "query.limit";
  one.fate = Fate::told;
  one.reason = "For a person to review and run: a limit ends statements.";
  one.change.id = "query.limit/" + id;
  one.change.summary = std::move(summary);
  one.change.reason = std::move(reason);
  one.change.action.kind = model::ActionKind::manual;
  one.change.action.statement = std::move(statement);
  one.change.risk = model::Risk::medium;
  return one;
}

std::string figures(const Statement& slowest, std::size_t reads, std::int64_t calls) {
  return fmt::format(
      "Of {} reads with at least {} calls each the slowest is '{}', of which {} take up to {}; the "
      "limit is {} times that.",
      reads, text::count(calls), text::shorten(text::squeeze(slowest.text), 60),
      slowest.p999_ms > 0 ? "999 in 1,000" : "all", text::duration(slowest_ms(slowest) / 1000),
      text::number(times_slowest));
}

/// Accounts of people and programs that have no limit of their own.
std::vector<std::string> accounts(const model::Snapshot& snapshot) {
  std::vector<std::string> names;
  for (const model::Role& role : snapshot.server.roles) {
    if (role.system || !role.can_login || role.superuser || role.replication || role.locked)
      continue;
    const auto quoted = [](const std::string& text) {
      return "'" + text::replace_all(text, "'", "''") + "'";
    };
    names.push_back(quoted(role.name) + "@" + quoted(role.host.empty() ? "%" : role.host));
  }
  return names;
}

/// The server's own default comes with 8.0; until then the application gives the limit.
void limit_all_mongodb(const model::Snapshot& snapshot, const Statement& slowest, double limit,
                       const std::string& why, std::vector<ChangeOutcome>& out) {
  constexpr std::int64_t first_with_default = 80000;
  if (snapshot.server.number("defaultMaxTimeMS.readOperations").value_or(0) > 0) return;
  const bool has_default = snapshot.server.version_number >= first_with_default &&
                           snapshot.server.topology != "standalone";
  out.push_back(told(
      "all", "Limit every read to " + text::duration(limit / 1000), why,
      has_default
          ? fmt::format("db.adminCommand({{setClusterParameter: {{defaultMaxTimeMS: "
                        "{{readOperations: {:.0f}}}}}}})",
                        limit)
          : fmt::format("// In the application, for each read (its driver's maxTimeMS, or "
                        "timeoutMS of the client):\n{}",
                        with_option(slowest.text, "maxTimeMS", fmt::format("{:.0f}", limit)))));
}

void limit_all(const model::Snapshot& snapshot, const Statement& slowest, std::size_t reads,
               std::vector<ChangeOutcome>& out) {
  const double limit = limit_above(slowest_ms(slowest));
  const std::string shown = text::duration(limit / 1000);
  const std::string why = figures(slowest, reads, calls_wanted(snapshot));
  if (snapshot.server.engine == EngineKind::mongodb)
    return limit_all_mongodb(snapshot, slowest, limit, why, out);
  if (snapshot.server.engine == EngineKind::mysql) {
    if (snapshot.server.number("max_execution_time").value_or(0) > 0) return;
    const std::string set = snapshot.server.version_number >= 80000 ? "SET PERSIST" : "SET GLOBAL";
    out.push_back(told("all", "Limit every read to " + shown, why,
                       fmt::format("{} max_execution_time = {:.0f}", set, limit)));
    return;
  }
  // The server's own limit would end writes and schema changes too: only the applications'
  // accounts.
  if (snapshot.server.number("max_statement_time").value_or(0) > 0) return;
  for (const std::string& account : accounts(snapshot)) {
    out.push_back(told(account, "Limit the statements of " + account + " to " + shown,
                       why + " It ends writes, too.",
                       fmt::format("ALTER USER {} WITH MAX_STATEMENT_TIME {}", account,
                                   text::number(limit / 1000, 6))));
  }
}

void limit_alone(const model::Snapshot& snapshot, const Statement& one, double others_ms,
                 std::vector<ChangeOutcome>& out) {
  const double limit = limit_above(slowest_ms(one));
  const bool mysql = snapshot.server.engine == EngineKind::mysql;
  const Hint hint =
      mysql ? Hint{HintForm::comment, fmt::format("MAX_EXECUTION_TIME({:.0f})", limit), ""}
            : Hint{HintForm::prefix, "max_statement_time=" + text::number(limit / 1000, 6), ""};
  const std::string hinted = snapshot.server.engine == EngineKind::mongodb
                                 ? with_option(one.text, "maxTimeMS", fmt::format("{:.0f}", limit))
                                 : with_hint(one.text, hint, snapshot.server);
  if (hinted.empty()) return;
  ChangeOutcome alone =
      told(one.id, "Give a slow read its own limit of " + text::duration(limit / 1000),
           fmt::format("It takes up to {}, and every other read up to {}: with one limit for all "
                       "it would set that of the others.",
                       text::duration(slowest_ms(one) / 1000), text::duration(others_ms / 1000)),
           hinted);
  alone.change.affected = {one.id};
  out.push_back(std::move(alone));
}

}  // namespace

std::vector<ChangeOutcome> proposed_limits(const model::Snapshot& snapshot) {
  std::vector<ChangeOutcome> out;
  const EngineKind engine = snapshot.server.engine;
  if (engine == EngineKind::postgresql) return out;
  const auto reads = reads_by_slowness(snapshot);
  if (reads.size() < least_statements) return out;
  std::size_t first = 0;
  while (first + least_statements <= reads.size() && slowest_ms(*reads[first]) > least_limit_ms &&
         slowest_ms(*reads[first]) > far_slower * slowest_ms(*reads[first + 1])) {
    limit_alone(snapshot, *reads[first], slowest_ms(*reads[first + 1]), out);
    ++first;
  }
  limit_all(snapshot, *reads[first], reads.size(), out);
  return out;
}

}  // namespace whet::optimize
