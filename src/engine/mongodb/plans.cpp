// Plans of the statements that matter most, without running any: with a command that was seen with
// its values.
#include <algorithm>
#include <map>

#include "engine/mongodb/collector.h"
#include "engine/mongodb/workload_parts.h"
#include "mql/command.h"
#include "plans/mongodb/parse.h"

namespace whet::engine::mongodb {

namespace {

using mql::Value;

/// Of one statement so many texts are tried, until one gives a plan.
constexpr std::size_t texts_at_most = 2;

using Texts = std::map<std::string, std::vector<std::string>>;

Texts texts_by_statement(const Collector& c) {
  Texts out;
  for (const auto& captured : c.collected.captured) {
    auto& texts = out[captured.statement_id];
    if (texts.size() < texts_at_most) texts.push_back(captured.text);
  }
  return out;
}

/// The command without what explain refuses.
Value explain_command(const mql::Command& command) {
  Value body = command.body;
  for (const char* option : {"maxTimeMS", "comment", "writeConcern", "readConcern", "ordered",
                             "bypassDocumentValidation", "batchSize"})
    body.erase(option);
  if (command.verb == "aggregate" && body.find("cursor") == nullptr)
    body.set("cursor", Value::object({}));
  return Value::object({{"explain", body}, {"verbosity", Value::of("queryPlanner")}});
}

bool is_privilege_error(const Error& error) { return error.sqlstate == "13"; }

class Planner {
 public:
  explicit Planner(Collector& c) : c_(c), texts_(texts_by_statement(c)) {}

  void plan(model::Statement& statement) {
    const auto texts = texts_.find(statement.id);
    if (texts == texts_.end()) {
      statement.plan_problem = "No complete command with its values was seen.";
      return;
    }
    for (const auto& text : texts->second) {
      if (statement.plan || c_.stopped()) return;
      plan_text(statement, text);
    }
  }

 private:
  void plan_text(model::Statement& statement, const std::string& text) {
    const auto command = mql::parse_command(text, statement.database);
    if (!command) {
      statement.plan_problem = command.error().message;
      return;
    }
    const auto reply =
        c_.connection.command(statement.database, explain_command(*command), &c_.progress);
    if (!reply) {
      const Error& error = reply.error();
      statement.plan_problem = error.message;
      if (is_privilege_error(error)) {
        const bool reads = statement.kind == model::StatementKind::select;
        c_.failed(reads ? "plans of reads" : "plans of writes", error,
                  c_.grant(reads ? "read" : "readWrite", statement.database));
      } else {
        c_.failed("", error, "");
      }
      return;
    }
    auto plan = plans::mongodb::parse(*reply);
    if (!plan) {
      statement.plan_problem = plan.error().message;
      return;
    }
    statement.plan = std::move(plan).value();
    statement.plan_kind = "custom";
    statement.plan_problem.clear();
  }

  Collector& c_;
  Texts texts_;
};

}  // namespace

void collect_plans(Collector& c) {
  if (c.stopped() || c.options.plans_at_most <= 0) return;
  auto& statements = c.snapshot.workload.statements;
  const auto chosen = worth_planning(statements, static_cast<std::size_t>(c.options.plans_at_most));
  Planner planner(c);
  double done = 0;
  for (const std::size_t i : chosen) {
    if (c.stopped()) return;
    c.progress.report("planning the statements", done++ / static_cast<double>(chosen.size()));
    planner.plan(statements[i]);
  }
}

}  // namespace whet::engine::mongodb
