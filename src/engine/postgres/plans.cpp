// Plans of the statements that matter most, without running any; those that have one from the
// server's log with actual figures keep it.
#include <algorithm>
#include <functional>
#include <set>

#include "base/text.h"
#include "engine/postgres/collector.h"
#include "engine/postgres/errors.h"
#include "engine/postgres/explain.h"

namespace whet::engine::postgres {

namespace {

bool can_be_planned(const model::Statement& statement, const std::string& database) {
  using Kind = model::StatementKind;
  const bool kind = statement.kind == Kind::select || statement.kind == Kind::insert ||
                    statement.kind == Kind::update || statement.kind == Kind::remove ||
                    statement.kind == Kind::merge;
  return kind && !statement.own && !statement.text.empty() && statement.database == database;
}

/// The most important by time, calls, blocks and temporary blocks, taken in turns: a statement
/// that is cheap but spills, or is called without end, matters as well.
std::vector<std::size_t> most_important(const std::vector<model::Statement>& statements,
                                        const std::string& database, std::size_t at_most) {
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < statements.size(); ++i) {
    if (can_be_planned(statements[i], database)) all.push_back(i);
  }
  using Weight = std::function<double(const model::StatementCounters&)>;
  const std::vector<Weight> weights{
      [](const auto& n) { return n.execution_ms; },
      [](const auto& n) { return static_cast<double>(n.calls); },
      [](const auto& n) { return static_cast<double>(n.shared_hit + n.shared_read); },
      [](const auto& n) { return static_cast<double>(n.temp_read + n.temp_written); }};
  std::vector<std::vector<std::size_t>> ranks;
  for (const auto& weight : weights) {
    auto rank = all;
    std::stable_sort(rank.begin(), rank.end(), [&](std::size_t a, std::size_t b) {
      return weight(statements[a].total) > weight(statements[b].total);
    });
    ranks.push_back(std::move(rank));
  }
  std::set<std::size_t> chosen;
  for (std::size_t turn = 0; turn < all.size() && chosen.size() < at_most; ++turn) {
    for (std::size_t k = 0; k < ranks.size() && chosen.size() < at_most; ++k) {
      const std::size_t i = ranks[k][turn];
      if (k == 0 || weights[k](statements[i].total) > 0) chosen.insert(i);
    }
  }
  return {chosen.begin(), chosen.end()};
}

/// Each refusal is an error in the server's log: after so many it is clear what the role may not.
constexpr int refusals_at_most = 3;

/// Statements that the server would not plan for this role.
struct Refusals {
  int reads = 0, writes = 0;

  int& of(const model::Statement& statement) {
    return statement.kind == model::StatementKind::select ? reads : writes;
  }
  void tell(Collector& c) const {
    const std::string reason = "The server plans a statement only for roles that may run it.";
    if (reads > 0) {
      c.note("plans of reads", reason,
             "GRANT USAGE ON SCHEMA ... TO " + c.role +
                 "; GRANT SELECT ON ALL TABLES IN SCHEMA "
                 "... TO " +
                 c.role + ";");
    }
    if (writes > 0) {
      c.note(
          "plans of writes", reason,
          "GRANT INSERT, UPDATE, DELETE ON ... TO " + c.role +
              "; or let a role that has them run whet: its sessions are read-only all the same.");
    }
  }
};

std::string problem_of(const Error& error) {
  if (error.sqlstate == "42P01") {  // undefined table
    return said_by_server(error) +
           " The statement may rely on a search_path that Whet's role does not have.";
  }
  return said_by_server(error);
}

}  // namespace

void collect_plans(Collector& c) {
  if (c.stopped() || c.options.plans_at_most <= 0) return;
  auto& statements = c.snapshot.workload.statements;
  const auto chosen = most_important(statements, c.connection.database(),
                                     static_cast<std::size_t>(c.options.plans_at_most));
  if (chosen.empty()) return;
  const DefaultSearchPath path(c.connection);
  double done = 0;
  Refusals refused;
  for (const std::size_t i : chosen) {
    // auto_explain wrote what really happened.
    if (statements[i].plan) continue;
    if (refused.of(statements[i]) >= refusals_at_most) {
      statements[i].plan_problem = "The role may not run most statements like this one.";
      continue;
    }
    c.progress.report("planning the statements", done++ / static_cast<double>(chosen.size()));
    auto plan = generic_plan(c.connection, statements[i].text, &c.progress);
    if (plan) {
      statements[i].plan = std::move(plan).value();
      statements[i].plan_kind = "generic";
      continue;
    }
    const Error& error = plan.error();
    if (error.kind == ErrorKind::unreachable || error.kind == ErrorKind::interrupted) {
      c.failure = error;
      return;
    }
    statements[i].plan_problem = problem_of(error);
    // A function that not everybody may call says nothing of the tables.
    if (error.sqlstate == "42501" && !text::contains(error.message, "for function"))
      ++refused.of(statements[i]);
  }
  refused.tell(c);
}

}  // namespace whet::engine::postgres
