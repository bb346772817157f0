#include "engine/mongodb/executor_inspect.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "engine/mongodb/executor_session.h"
#include "engine/mongodb/executor_values.h"
#include "engine/mongodb/mongodb.h"
#include "engine/mongodb/render_commands.h"

namespace whet::engine::mongodb {
namespace {

using model::Action;
using model::ActionKind;
using mql::Value;

// What a build was seen to do on a small machine, and less: it only bounds how long it may take and
// draws the bar where the server tells nothing.
constexpr double documents_per_second = 100'000;
constexpr double bytes_per_second = 50e6;

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

HeldIndexes held_of(const Value& stats) {
  HeldIndexes held;
  held.shard = stats.string_at("shard");
  if (const Value* builds = stats.at("storageStats.indexBuilds")) {
    for (const mql::Field& one : builds->fields) held.building.push_back(one.value.text);
  }
  if (const Value* sizes = stats.at("storageStats.indexSizes")) {
    for (const mql::Field& one : sizes->fields) {
      if (!contains(held.building, one.name)) held.ready.push_back(one.name);
    }
  }
  return held;
}

/// The key of a text index as it was given: its weights, in the place of _fts and _ftsx.
Value given_key(const Value& spec) {
  const Value* key = spec.find("key");
  Value out = Value::object({});
  if (key == nullptr) return out;
  for (const mql::Field& part : key->fields) {
    if (part.name == "_ftsx") continue;
    if (part.name != "_fts") {
      out.set(part.name, part.value);
      continue;
    }
    if (const Value* weights = spec.find("weights")) {
      for (const mql::Field& weight : weights->fields) out.set(weight.name, Value::of("text"));
    }
  }
  return out;
}

bool same_keys(const Value& a, const Value& b) {
  if (a.fields.size() != b.fields.size()) return false;
  const bool text = std::any_of(a.fields.begin(), a.fields.end(),
                                [](const auto& one) { return one.value.text == "text"; });
  for (std::size_t i = 0; i < a.fields.size(); ++i) {
    // The server sorts the fields of a text index by name.
    const Value* other = text ? b.find(a.fields[i].name) : &b.fields[i].value;
    if (other == nullptr || (!text && a.fields[i].name != b.fields[i].name)) return false;
    if (!same_value(a.fields[i].value, *other)) return false;
  }
  return true;
}

ChangeState state_of_new(const IndexState& state, const std::string& name) {
  if (state.building(name)) return ChangeState::partial;
  if (state.ready_everywhere(name)) return ChangeState::present;
  return state.ready_somewhere(name) ? ChangeState::partial : ChangeState::absent;
}

ChangeState opposite(ChangeState state) {
  if (state == ChangeState::partial) return state;
  return state == ChangeState::present ? ChangeState::absent : ChangeState::present;
}

ChangeState done_if(bool done) { return done ? ChangeState::present : ChangeState::absent; }

/// An option of an index that is there; null: it is not set, or there is no index.
Value option_of(const IndexState& state, const Action& action, std::string_view option) {
  const Value* spec = state.spec(action.index->name);
  const Value* value = spec == nullptr ? nullptr : spec->find(option);
  return value == nullptr ? Value::null() : *value;
}

Result<ChangeState> inspect_index(Connection& connection, const Action& action) {
  const IndexState state = WHET_TRY(index_state(connection, action.schema, action.table));
  const std::string& name = action.index->name;
  switch (action.kind) {
    case ActionKind::create_index: {
      const Value* spec = state.spec(name);
      if (spec != nullptr && !same_index(*spec, index_spec(*action.index))) {
        return Error{ErrorKind::refused,
                     "Another index of " + action.schema + "." + action.table + " has the name " +
                         name + " already.",
                     "Rename one of them: drop it, and make it again with another name.", "86"};
      }
      return state_of_new(state, name);
    }
    case ActionKind::drop_index:
      return opposite(state_of_new(state, name));
    case ActionKind::hide_index:
      return done_if(option_of(state, action, "hidden").truthy());
    case ActionKind::show_index:
      return done_if(state.spec(name) != nullptr && !option_of(state, action, "hidden").truthy());
    default:
      return done_if(same_value(option_of(state, action, action.setting), value_of(action.value)));
  }
}

bool is_index_kind(ActionKind kind) {
  return kind == ActionKind::create_index || kind == ActionKind::drop_index ||
         kind == ActionKind::hide_index || kind == ActionKind::show_index ||
         kind == ActionKind::set_index_option;
}

bool is_setting_kind(ActionKind kind) {
  return kind == ActionKind::set_setting || kind == ActionKind::reset_setting;
}

bool is_query_kind(ActionKind kind) {
  return kind == ActionKind::set_query_settings || kind == ActionKind::remove_query_settings;
}

Result<ChangeState> inspect_table_option(Connection& connection, const Action& action) {
  const auto held = WHET_TRY(table_option(connection, action));
  const Value otherwise = table_option_of(action.setting).otherwise;
  const Value now = held.value_or(otherwise);
  return done_if(same_value(now, action.value.empty() ? otherwise : value_of(action.value)));
}

Result<ChangeState> inspect_query(Connection& connection, const Action& action) {
  const auto held = WHET_TRY(query_settings(connection, action));
  if (action.kind == ActionKind::remove_query_settings) return done_if(!held.has_value());
  if (!held) return ChangeState::absent;
  const auto wanted = forward(action, {.version = connection.version()});
  const Value* settings = wanted ? wanted->command.find("settings") : nullptr;
  if (settings == nullptr || settings->fields.empty()) return ChangeState::absent;
  // The server may add members of its own.
  const mql::Field& first = settings->fields.front();
  const Value* value = held->find(first.name);
  return done_if(value != nullptr && same_value(*value, first.value));
}

/// The index as it is, for the way back.
Status note_index(Connection& connection, Action& action) {
  const IndexState state = WHET_TRY(index_state(connection, action.schema, action.table));
  const Value* spec = state.spec(action.index->name);
  if (spec == nullptr) return {};
  model::Index& index = *action.index;
  index.definition = mql::canonical_json(clean_spec(*spec));
  index.unique = spec->flag_at("unique");
  if (action.kind == ActionKind::drop_index) index.hidden = spec->flag_at("hidden");
  if (action.kind != ActionKind::set_index_option) return {};
  const Value* held = spec->find(action.setting);
  action.previous = held == nullptr ? "" : mql::relaxed_json(*held);
  if (held != nullptr) index.options[action.setting] = action.previous;
  return {};
}

/// What can be said of a build before it begins.
Status expect(Connection& connection, model::Change& change) {
  const IndexState state =
      WHET_TRY(index_state(connection, change.action.schema, change.action.table));
  if (!change.expected_seconds) {
    change.expected_seconds = std::max(static_cast<double>(state.documents) / documents_per_second,
                                       static_cast<double>(state.data_bytes) / bytes_per_second);
  }
  return {};
}

/// Advice is for the member that was looked at, as it was then.
Status as_advised(const Connection& connection, const Action& action, const Value& held) {
  if (action.previous.empty() || held.is_object() || held.is_array() ||
      same_value(held, value_of(action.previous)))
    return {};
  return Error{ErrorKind::refused,
               action.setting + " is " + mql::relaxed_json(held) + " at " + connection.target() +
                   ", not " + action.previous + " as where and when it was looked at.",
               "Each member has its own: give the address of the one that is meant, or analyze "
               "again.",
               ""};
}

Status note_value(Connection& connection, Action& action) {
  if (is_of_member(action) && connection.identity().topology == "replica set")
    action.name = connection.identity().self;
  if (is_setting_kind(action.kind)) {
    const ParameterState held = WHET_TRY(parameter_state(connection, action.setting));
    WHET_TRY_VOID(as_advised(connection, action, held.value));
    action.previous = mql::relaxed_json(held.value);
    action.needs_restart = action.needs_restart || !held.at_runtime;
  } else if (action.kind == ActionKind::set_table_option) {
    const auto held = WHET_TRY(table_option(connection, action));
    action.previous = held ? mql::canonical_json(*held) : "";
  } else if (action.kind == ActionKind::set_database_option) {
    const Value held = WHET_TRY(database_option(connection, action));
    WHET_TRY_VOID(as_advised(connection, action, held));
    action.previous = mql::relaxed_json(held);
  } else if (is_query_kind(action.kind) && connection.version() >= 80000) {
    const auto held = WHET_TRY(query_settings(connection, action));
    action.previous = held ? mql::canonical_json(*held) : "";
  }
  return {};
}

}  // namespace

bool is_of_member(const Action& action) {
  return is_setting_kind(action.kind) || action.kind == ActionKind::set_database_option;
}

const Value* IndexState::spec(std::string_view name) const {
  for (const Value& one : specs) {
    if (one.string_at("name") == name) return &one;
  }
  return nullptr;
}

bool IndexState::ready_everywhere(std::string_view name) const {
  return !shards.empty() && std::all_of(shards.begin(), shards.end(), [&](const auto& shard) {
    return contains(shard.ready, name);
  });
}

bool IndexState::ready_somewhere(std::string_view name) const {
  return std::any_of(shards.begin(), shards.end(),
                     [&](const auto& shard) { return contains(shard.ready, name); });
}

bool IndexState::building(std::string_view name) const {
  return std::any_of(shards.begin(), shards.end(),
                     [&](const auto& shard) { return contains(shard.building, name); });
}

std::string IndexState::any_build() const {
  for (const HeldIndexes& shard : shards) {
    if (!shard.building.empty()) return shard.building.front();
  }
  return "";
}

bool same_index(const Value& listed, const Value& wanted) {
  if (!same_keys(given_key(listed), given_key(wanted))) return false;
  constexpr std::array<std::string_view, 5> options = {
      "unique", "sparse", "partialFilterExpression", "expireAfterSeconds", "wildcardProjection"};
  for (const std::string_view option : options) {
    const Value* a = listed.find(option);
    const Value* b = wanted.find(option);
    const bool absent_a = a == nullptr || (a->type == mql::Type::boolean && !a->truthy());
    const bool absent_b = b == nullptr || (b->type == mql::Type::boolean && !b->truthy());
    if (absent_a != absent_b) return false;
    if (!absent_a && !same_value(*a, *b)) return false;
  }
  // The server adds to a collation all that it implies.
  return listed.string_at("collation.locale", "simple") ==
         wanted.string_at("collation.locale", "simple");
}

Result<IndexState> index_state(Connection& connection, const std::string& database,
                               const std::string& collection) {
  IndexState state;
  // Builds are told by $collStats alone: listIndexes shows them like all others.
  const auto stats = connection.query(
      database,
      Value::object(
          {{"aggregate", Value::of(collection)},
           {"pipeline",
            Value::array({Value::object(
                {{"$collStats", Value::object({{"storageStats", Value::object({})}})}})})},
           {"cursor", Value::object({})}}));
  if (!stats && is_unknown_namespace(stats.error())) return state;
  if (!stats) return stats.error();
  for (const Value& one : *stats) {
    state.shards.push_back(held_of(one));
    state.documents += one.integer_at("storageStats.count");
    state.data_bytes += one.integer_at("storageStats.size");
    state.index_bytes += one.integer_at("storageStats.totalIndexSize");
  }
  auto specs = connection.query(database, Value::object({{"listIndexes", Value::of(collection)}}));
  if (!specs && !is_unknown_namespace(specs.error())) return specs.error();
  if (specs) state.specs = std::move(specs).value();
  // Older servers answer for a collection that is not there, with zeroes.
  if (!specs) state.shards.clear();
  return state;
}

model::Server server_of(const Connection& connection) {
  model::Server server;
  server.engine = model::EngineKind::mongodb;
  server.version = connection.identity().version_text;
  server.version_number = connection.version();
  server.topology = connection.identity().topology;
  return server;
}

bool leaves_a_trace(const model::Change& change) {
  const Action& action = change.action;
  if (is_index_kind(action.kind)) return action.index.has_value();
  return is_setting_kind(action.kind) || is_query_kind(action.kind) ||
         action.kind == ActionKind::set_table_option ||
         action.kind == ActionKind::set_database_option;
}

Result<ChangeState> inspect_change(Connection& connection, const model::Change& change) {
  const Action& action = change.action;
  if (!leaves_a_trace(change)) return ChangeState::absent;
  if (is_index_kind(action.kind)) return inspect_index(connection, action);
  if (is_query_kind(action.kind)) return inspect_query(connection, action);
  if (action.kind == ActionKind::set_table_option) return inspect_table_option(connection, action);
  const Value held = action.kind == ActionKind::set_database_option
                         ? WHET_TRY(database_option(connection, action))
                         : WHET_TRY(parameter_state(connection, action.setting)).value;
  return done_if(same_value(held, value_of(action.value)));
}

Result<model::Change> prepare_change(Connection& connection, const model::Change& change) {
  model::Change prepared = change;
  Action& action = prepared.action;
  if (is_index_kind(action.kind) && action.index) {
    if (action.kind == ActionKind::create_index) {
      WHET_TRY_VOID(expect(connection, prepared));
    } else {
      WHET_TRY_VOID(note_index(connection, action));
    }
  }
  WHET_TRY_VOID(note_value(connection, action));
  render(prepared, server_of(connection));
  return prepared;
}

}  // namespace whet::engine::mongodb
