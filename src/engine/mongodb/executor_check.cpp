#include "engine/mongodb/executor_check.h"

#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "engine/mongodb/executor_access.h"
#include "engine/mongodb/executor_inspect.h"
#include "engine/mongodb/executor_pressure.h"
#include "engine/mongodb/executor_session.h"
#include "engine/mongodb/executor_values.h"
#include "engine/mongodb/render_text.h"

namespace whet::engine::mongodb {
namespace {

using model::Action;
using model::ActionKind;
using mql::Value;

Error refused(std::string message, std::string hint, std::string_view code = "") {
  return {ErrorKind::refused, std::move(message), std::move(hint), std::string(code)};
}

std::string collection_of(const Action& action) { return action.schema + "." + action.table; }

bool is_setting(ActionKind kind) {
  return kind == ActionKind::set_setting || kind == ActionKind::reset_setting;
}

/// It waits for its collection, and others behind it.
bool locks_collection(ActionKind kind) {
  return kind == ActionKind::create_index || kind == ActionKind::drop_index ||
         kind == ActionKind::hide_index || kind == ActionKind::show_index ||
         kind == ActionKind::set_index_option || kind == ActionKind::set_table_option ||
         kind == ActionKind::vacuum_table;
}

/// It brings an index back on its way back, or makes one.
bool builds(ActionKind kind) { return kind == ActionKind::create_index; }

Status check_privileges(Connection& connection, const Action& action) {
  const Value status = WHET_TRY(connection.command(
      "admin",
      Value::object({{"connectionStatus", Value::of(1)}, {"showPrivileges", Value::of(true)}})));
  std::vector<std::string> missing;
  std::string database;
  for (const Need& need : needs_of(action)) {
    if (allows(status, need.database, need.collection, need.action)) continue;
    missing.push_back(need.action);
    database = need.database;
  }
  if (missing.empty()) return {};
  const bool cluster = database.empty();
  return refused("The account " + connection.user() + " lacks " + text::join(missing, ", ") +
                     (cluster ? " on the cluster." : " on " + collection_of(action) + "."),
                 cluster ? "Grant it clusterManager, or hostManager for parameters."
                         : "db.getSiblingDB(\"admin\").grantRolesToUser(..., [{role: \"dbAdmin\", "
                           "db: " +
                               shell_value(Value::of(database)) + "}]).",
                 "13");
}

Status check_collection(Connection& connection, const Action& action) {
  const auto found = WHET_TRY(connection.query(
      action.schema, Value::object({{"listCollections", Value::of(1)},
                                    {"filter", Value::object({{"name", Value::of(action.table)}})},
                                    {"nameOnly", Value::of(true)},
                                    {"authorizedCollections", Value::of(true)}})));
  if (found.empty()) {
    return refused("There is no collection " + collection_of(action) + ", or " + connection.user() +
                       " may not see it.",
                   "Analyze again, or grant the account what it needs.", "26");
  }
  if (found.front().string_at("type", "collection") == "view")
    return refused(collection_of(action) + " is a view.", "Change the collection below it.", "166");
  return {};
}

/// A collMod fails while an index is built, and two builds at a time are twice the load.
Status check_builds(const IndexState& state, const Action& action) {
  const std::string build = state.any_build();
  if (build.empty()) return {};
  return refused("The index " + build + " of " + collection_of(action) + " is being built now.",
                 "Run Whet again when it is there.", "12587");
}

Status check_index(Connection& connection, const IndexState& state, const model::Change& change) {
  const Action& action = change.action;
  const std::string index = collection_of(action) + "." + action.index->name;
  const ChangeState now = WHET_TRY(inspect_change(connection, change));
  if (now == ChangeState::partial) {
    return refused(
        "Only some shards have the index " + index + ".",
        "Make the shards equal first: checkMetadataConsistency() shows where they differ.", "");
  }
  if (action.kind == ActionKind::create_index) {
    if (now == ChangeState::absent) return {};
    return refused("There is an index " + index + " already, and it is the same.", "Analyze again.",
                   "85");
  }
  if (state.spec(action.index->name) == nullptr)
    return refused("There is no index " + index + ".", "Analyze again.", "27");
  return {};
}

/// One of the same key and options with another name would make the build fail.
Status check_equal_index(const IndexState& state, const Action& action) {
  if (action.kind != ActionKind::create_index) return {};
  const Value wanted = index_spec(*action.index);
  for (const Value& spec : state.specs) {
    if (!same_index(spec, wanted)) continue;
    return refused("The index " + spec.string_at("name") + " of " + collection_of(action) +
                       " is the same already" +
                       (spec.flag_at("hidden") ? ", and it is hidden." : "."),
                   spec.flag_at("hidden") ? "Show it: unhideIndex." : "Analyze again.", "85");
  }
  return {};
}

/// Open transactions: the change would wait for them, and all others behind it.
Status check_transactions(Connection& connection, const Action& action, double longest) {
  const auto operations = connection.query(
      "admin",
      Value::object(
          {{"aggregate", Value::of(1)},
           {"pipeline",
            Value::array(
                {Value::object(
                     {{"$currentOp", Value::object({{"allUsers", Value::of(true)},
                                                    {"idleSessions", Value::of(true)}})}}),
                 Value::object(
                     {{"$match",
                       Value::object({{"transaction.timeOpenMicros",
                                       Value::object({{"$gt", Value::of(longest * 1e6)}})}})}}),
                 Value::object({{"$limit", Value::of(1)}})})},
           {"cursor", Value::object({})}}));
  if (!operations) {
    if (operations.error().kind == ErrorKind::unreachable) return operations.error();
    return {};  // not for this account's eyes: the short limit must do
  }
  if (operations->empty()) return {};
  const Value& one = operations->front();
  return refused(
      "A transaction of " + one.string_at("appName", one.string_at("client", "somebody")) +
          " has been open for " +
          text::duration(one.number_at("transaction.timeOpenMicros") / 1e6) + ": the change of " +
          collection_of(action) + " may have to wait for it, and everybody else behind the change.",
      "Let it finish, or end it with killSessions, then run Whet again.", "24");
}

}  // namespace

Status check_change(Connection& connection, const model::Change& change,
                    const ExecutorOptions& options) {
  const Action& action = change.action;
  if (action.kind == ActionKind::manual)
    return refused("This change is for a person; Whet does not execute it.", "");
  WHET_TRY_VOID(check_privileges(connection, action));
  if (is_setting(action.kind)) {
    static_cast<void>(WHET_TRY(parameter_state(connection, action.setting)));
    return {};
  }
  if (!locks_collection(action.kind)) return {};
  WHET_TRY_VOID(check_collection(connection, action));
  const IndexState state = WHET_TRY(index_state(connection, action.schema, action.table));
  WHET_TRY_VOID(check_builds(state, action));
  if (action.index) {
    WHET_TRY_VOID(check_index(connection, state, change));
    WHET_TRY_VOID(check_equal_index(state, action));
  }
  WHET_TRY_VOID(check_transactions(connection, action, options.long_transaction));
  if (!builds(action.kind) && action.kind != ActionKind::vacuum_table) return {};
  return check_pressure(connection, action.schema, static_cast<double>(change.disk_bytes),
                        builds(action.kind), options);
}

}  // namespace whet::engine::mongodb
