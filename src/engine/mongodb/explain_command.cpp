#include "engine/mongodb/explain_command.h"

#include <algorithm>
#include <array>

#include "mql/command.h"
#include "plans/mongodb/parse.h"

namespace whet::engine::mongodb {

namespace {

using mql::Value;

Error usage(std::string message, std::string hint) {
  return {ErrorKind::usage, std::move(message), std::move(hint), ""};
}

bool has_placeholder(const Value& value) {
  if (value.type == mql::Type::placeholder) return true;
  return std::any_of(value.fields.begin(), value.fields.end(),
                     [](const mql::Field& field) { return has_placeholder(field.value); });
}

bool writes(const mql::Command& command) {
  constexpr std::array<std::string_view, 3> verbs{"update", "delete", "findAndModify"};
  return std::find(verbs.begin(), verbs.end(), command.verb) != verbs.end();
}

Status may_be_explained(const mql::Command& command, bool analyze) {
  constexpr std::array<std::string_view, 7> explainable{
      "find", "aggregate", "count", "distinct", "update", "delete", "findAndModify"};
  if (std::find(explainable.begin(), explainable.end(), command.verb) == explainable.end())
    return usage("MongoDB does not plan '" + command.verb + "'.",
                 "It plans find, aggregate, count, distinct, update, delete and findAndModify.");
  if (command.database.empty())
    return usage("It is not known which database the query is for.",
                 "Name the database in the URL: mongodb://host/shop.");
  if (has_placeholder(command.body))
    return usage("MongoDB cannot plan a query with ? for a value.", "Put values in their place.");
  if (!analyze) return {};
  if (writes(command))
    return usage("Only queries that read are run to be explained; '" + command.verb + "' writes.",
                 "Leave out --analyze: its plan alone is safe.");
  const std::string obstacle = mql::obstacle_to_replay(command);
  if (!obstacle.empty())
    return usage("It is not run to be explained: " + obstacle + ".", "Leave out --analyze.");
  return {};
}

/// What an explain wants of the command that drivers add when they send it.
Value explainable_body(const mql::Command& command) {
  Value body = command.body;
  if (command.verb == "aggregate" && body.find("cursor") == nullptr)
    body.set("cursor", Value::object({}));
  return body;
}

}  // namespace

Result<model::Plan> explain_for_user(Connection& connection, const std::string& statement,
                                     bool analyze, const Progress* progress) {
  const mql::Command command = WHET_TRY(mql::parse_command(statement, connection.database()));
  WHET_TRY_VOID(may_be_explained(command, analyze));
  const Value explain =
      Value::object({{"explain", explainable_body(command)},
                     {"verbosity", Value::of(analyze ? "executionStats" : "queryPlanner")}});
  const Value reply = WHET_TRY(connection.command(command.database, explain, progress));
  return plans::mongodb::parse(reply);
}

}  // namespace whet::engine::mongodb
