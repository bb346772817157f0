#include "engine/mongodb/executor_values.h"

#include "engine/mongodb/executor_session.h"
#include "engine/mongodb/render_commands.h"

namespace whet::engine::mongodb {
namespace {

using mql::Value;

/// The hash by which the server knows a query's settings: as explain tells it from 8.0 on.
Result<std::string> shape_hash(Connection& connection, const model::Action& action,
                               const Value& query) {
  if (query.is_string()) return query.text;
  Value command = query;
  command.erase("$db");
  const Value reply = WHET_TRY(connection.command(
      action.schema,
      Value::object({{"explain", std::move(command)}, {"verbosity", Value::of("queryPlanner")}})));
  return reply.string_at("queryShapeHash", reply.string_at("queryPlanner.queryShapeHash"));
}

}  // namespace

bool same_value(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) return mql::compare(a, b) == 0;
  const auto number_or_flag = [](const Value& one) {
    return one.is_number() || one.type == mql::Type::boolean;
  };
  // Parameters that are switches take numbers, too.
  if (number_or_flag(a) && number_or_flag(b)) return a.truthy() == b.truthy();
  return a == b || mql::compare(a, b) == 0;
}

Result<ParameterState> parameter_state(Connection& connection, const std::string& name) {
  Value detailed =
      Value::object({{"getParameter", Value::object({{"showDetails", Value::of(true)}})}});
  detailed.set(name, Value::of(1));
  auto told = connection.command("admin", detailed);
  if (told) {
    if (const Value* found = told->find(name); found != nullptr && found->is_object()) {
      if (const Value* value = found->find("value"))
        return ParameterState{*value, found->flag_at("settableAtRuntime", true)};
    }
  }
  // Older servers show no details.
  Value plain = Value::object({{"getParameter", Value::of(1)}});
  plain.set(name, Value::of(1));
  const Value reply = WHET_TRY(connection.command("admin", plain));
  const Value* value = reply.find(name);
  if (value == nullptr) {
    return Error{ErrorKind::refused, "The server has no parameter " + name + ".",
                 "Look at db.adminCommand({getParameter: \"*\"}).", "72"};
  }
  return ParameterState{*value, true};
}

Result<std::optional<Value>> table_option(Connection& connection, const model::Action& action) {
  const auto found = WHET_TRY(connection.query(
      action.schema,
      Value::object({{"listCollections", Value::of(1)},
                     {"filter", Value::object({{"name", Value::of(action.table)}})}})));
  if (found.empty()) {
    return Error{ErrorKind::refused,
                 "There is no collection " + action.schema + "." + action.table + ".",
                 "Analyze again.", "26"};
  }
  const Value* options = found.front().find("options");
  const Value* value =
      options == nullptr ? nullptr : options->find(table_option_of(action.setting).shown);
  if (value == nullptr) return std::optional<Value>();
  return std::optional<Value>(*value);
}

Result<Value> database_option(Connection& connection, const model::Action& action) {
  const Value reply =
      WHET_TRY(connection.command(action.schema, Value::object({{"profile", Value::of(-1)}})));
  const std::string option = profile_option(action.setting);
  const Value* value = reply.find(option == "level" ? "was" : option);
  if (value == nullptr) {
    return Error{ErrorKind::refused, "The server does not tell its " + action.setting + ".", "",
                 ""};
  }
  return *value;
}

Result<std::optional<Value>> query_settings(Connection& connection, const model::Action& action) {
  const auto removal = forward({.kind = model::ActionKind::remove_query_settings,
                                .schema = action.schema,
                                .name = action.name},
                               {.version = connection.version()});
  if (!removal)
    return Error{ErrorKind::refused, "The query of this change cannot be read.", "", ""};
  const Value& query = removal->command.fields.front().value;
  const std::string hash = WHET_TRY(shape_hash(connection, action, query));
  const auto held = WHET_TRY(connection.query(
      "admin",
      Value::object(
          {{"aggregate", Value::of(1)},
           {"pipeline",
            Value::array({Value::object({{"$querySettings", Value::object({})}}),
                          Value::object({{"$match", Value::object({{"queryShapeHash",
                                                                    Value::of(hash)}})}})})},
           {"cursor", Value::object({})}})));
  if (held.empty()) return std::optional<Value>();
  const Value* settings = held.front().find("settings");
  if (settings == nullptr) return std::optional<Value>();
  return std::optional<Value>(*settings);
}

}  // namespace whet::engine::mongodb
