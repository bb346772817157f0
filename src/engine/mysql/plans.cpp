// Plans of the statements that matter most, without running any: with a text that was seen with its
// values, since the server plans nothing that has ? in it.
#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"
#include "engine/mysql/application_session.h"
#include "engine/mysql/collector.h"
#include "engine/mysql/errors.h"
#include "engine/mysql/explain.h"
#include "engine/mysql/replay.h"
#include "engine/mysql/resolved.h"
#include "sql/mysql/kind.h"
#include "sql/mysql/mode.h"

namespace whet::engine::mysql {

namespace {

using Kind = model::StatementKind;

/// Of the server's own tables nobody wants to know, and without a table there is nothing to know.
bool reads_user_tables(const model::Statement& statement) {
  if (is_system_schema(statement.database)) return false;
  const std::string text = text::replace_all(text::lower(statement.text), "`", "");
  for (const auto* schema : {"information_schema .", "performance_schema .", "mysql .", "sys .",
                             "information_schema.", "performance_schema.", "mysql.", "sys."}) {
    if (text::contains(text, " " + std::string(schema))) return false;
  }
  return statement.kind != Kind::select || text::contains(text, " from ");
}

bool can_be_planned(const model::Statement& statement) {
  const bool reads_or_changes = statement.kind == Kind::select || statement.kind == Kind::update ||
                                statement.kind == Kind::remove;
  // An INSERT has a plan when it takes its rows from a query.
  const bool inserts_query =
      statement.kind == Kind::insert && text::contains(text::lower(statement.text), "select");
  return (reads_or_changes || inserts_query) && !statement.own && !statement.text.empty() &&
         reads_user_tables(statement);
}

/// The most important by time, calls, rows examined and temporary tables on disk, taken in turns:
/// a statement that is cheap but spills, or is called without end, matters as well.
std::vector<std::size_t> most_important(const std::vector<model::Statement>& statements,
                                        std::size_t at_most) {
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < statements.size(); ++i) {
    if (can_be_planned(statements[i])) all.push_back(i);
  }
  using Weight = double (*)(const model::StatementCounters&);
  constexpr std::array<Weight, 4> weights{
      [](const model::StatementCounters& n) { return n.execution_ms; },
      [](const model::StatementCounters& n) { return static_cast<double>(n.calls); },
      [](const model::StatementCounters& n) { return static_cast<double>(n.rows_examined); },
      [](const model::StatementCounters& n) {
        return static_cast<double>(n.temp_disk_tables + n.sort_merge_passes);
      }};
  std::vector<std::vector<std::size_t>> ranks;
  for (const Weight weight : weights) {
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
      if (k == 0 || weights.at(k)(statements[i].total) > 0) chosen.insert(i);
    }
  }
  return {chosen.begin(), chosen.end()};
}

/// Each refusal may be in the server's log: after so many it is clear what the account may not.
constexpr int refusals_at_most = 3;

bool is_privilege_error(const Error& error) {
  // Access denied to a database, table, column, view or routine; EXPLAIN of a view's tables.
  constexpr std::array<std::string_view, 8> numbers{"1044", "1142", "1143", "1227",
                                                    "1345", "1356", "1370", "1045"};
  return std::find(numbers.begin(), numbers.end(), error.sqlstate) != numbers.end();
}

struct Refusals {
  int reads = 0, writes = 0;

  int& of(const model::Statement& statement) {
    return statement.kind == Kind::select ? reads : writes;
  }
  void tell(Collector& c) const {
    const std::string reason = "The server plans a statement only for accounts that may run it.";
    if (reads > 0) c.note("plans of reads", reason, c.grant("SELECT, SHOW VIEW ON *.*"));
    if (writes > 0) {
      c.note("plans of writes", reason,
             c.grant("INSERT, UPDATE, DELETE ON *.*") +
                 " Or let an account that has them run whet: nothing is executed all the same.");
    }
  }
};

/// A stored function may be evaluated while a statement is planned, and it may do anything.
bool calls_stored_function(const std::string& text, const std::set<std::string>& stored,
                           const sql::mysql::Mode& mode) {
  for (const auto& name : sql::mysql::classify(text, mode).functions) {
    if (text::contains(name, ".") || stored.contains(name)) return true;
  }
  return false;
}

/// Of one statement so many texts are tried, until one's values give a plan that tells something.
constexpr std::size_t texts_at_most = 3;

using TextsByStatement = std::map<std::string, std::vector<std::string>>;

TextsByStatement texts_by_statement(const Collector& c) {
  TextsByStatement out;
  for (const auto& captured : c.collected.captured) {
    auto& texts = out[captured.statement_id];
    if (texts.size() < texts_at_most) texts.push_back(captured.text);
  }
  return out;
}

/// Reads that nobody was seen running get values from the tables' rows or histograms; so many.
constexpr std::size_t drawn_at_most = 30;

class Planner {
 public:
  explicit Planner(Collector& c) : c_(c), session_(c.connection), texts_(texts_by_statement(c)) {
    for (const auto& function : c.snapshot.schema.functions)
      stored_.insert(text::lower(function.name));
  }

  void draw_missing(const std::vector<std::size_t>& chosen) {
    std::vector<std::string> ids;
    for (const std::size_t i : chosen) {
      const auto& statement = c_.snapshot.workload.statements[i];
      if (statement.kind == Kind::select && !texts_.contains(statement.id) &&
          ids.size() < drawn_at_most)
        ids.push_back(statement.id);
    }
    if (ids.empty()) return;
    const auto drawn = replayable_reads(c_.connection, c_.collected, ids, 1);
    if (!drawn) return;
    for (const auto& read : *drawn) texts_[read.statement_id].push_back(read.text);
  }

  void plan(model::Statement& statement) {
    if (refused_.of(statement) >= refusals_at_most) {
      statement.plan_problem = "The account may not run most statements like this one.";
      return;
    }
    const auto texts = texts_.find(statement.id);
    if (texts == texts_.end()) {
      statement.plan_problem = "No complete text of it with its values was seen.";
      return;
    }
    std::optional<WritesMayBePlanned> writes;
    if (statement.kind != Kind::select) writes.emplace(c_.connection);
    for (const auto& text : texts->second) {
      if (!plan_text(statement, text)) return;
    }
  }

  void finish() {
    refused_.tell(c_);
    c_.progress.report("planning the statements", 1);
  }

 private:
  /// True when another text may give a better plan.
  bool plan_text(model::Statement& statement, const std::string& text) {
    const auto mode = sql::mysql::mode_of(c_.snapshot.server, statement.database);
    if (statement.kind != Kind::select && calls_stored_function(text, stored_, mode)) {
      statement.plan_problem = "It writes and calls a stored function, which planning may run.";
      return false;
    }
    auto explained = explain_statement(c_.connection, statement.database, session_.translated(text),
                                       &c_.progress);
    if (!explained) return fail(statement, explained.error());
    name_relations(explained->plan.root, aliases_in(explained->resolved, mode),
                   [&](const std::string& schema, const std::string& table) {
                     return c_.table(schema, table) != nullptr;
                   });
    mask_literals(explained->plan, mode);
    const bool empty = is_empty_plan(explained->plan.root);
    statement.plan = std::move(explained->plan);
    statement.resolved = mask_resolved(explained->resolved, text, mode);
    statement.plan_kind = "custom";
    return empty;
  }

  bool fail(model::Statement& statement, const Error& error) {
    if (error.kind == ErrorKind::unreachable || error.kind == ErrorKind::interrupted) {
      c_.failure = error;
      return false;
    }
    if (!statement.plan) statement.plan_problem = said_by_server(error);
    if (is_privilege_error(error)) ++refused_.of(statement);
    return false;
  }

  Collector& c_;
  ApplicationSession session_;
  TextsByStatement texts_;
  std::set<std::string> stored_;
  Refusals refused_;
};

}  // namespace

void collect_plans(Collector& c) {
  if (c.stopped() || c.options.plans_at_most <= 0) return;
  auto& statements = c.snapshot.workload.statements;
  const auto chosen = most_important(statements, static_cast<std::size_t>(c.options.plans_at_most));
  if (chosen.empty()) return;
  Planner planner(c);
  planner.draw_missing(chosen);
  double done = 0;
  for (const std::size_t i : chosen) {
    if (c.stopped()) return;
    c.progress.report("planning the statements", done++ / static_cast<double>(chosen.size()));
    planner.plan(statements[i]);
  }
  planner.finish();
}

}  // namespace whet::engine::mysql
