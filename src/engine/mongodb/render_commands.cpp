#include "engine/mongodb/render_commands.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "engine/mongodb/replay_values.h"
#include "mql/command.h"

namespace whet::engine::mongodb {
namespace {

using model::Action;
using model::ActionKind;
using mql::Value;

/// Since 4.2 names may be long; people still have to read them.
constexpr std::size_t longest_name = 120;
/// The largest expireAfterSeconds: 68 years, which no document reaches.
constexpr int never_expires = 2147483647;
constexpr std::size_t shape_hash_length = 64;  // queryShapeHash, SHA-256 in hex

Value direction_of(const model::IndexPart& part) {
  if (!part.opclass.empty()) return Value::of(part.opclass);
  return Value::of(part.descending ? -1 : 1);
}

Command on(const Action& action, Value command) { return {action.schema, std::move(command)}; }

Command create(const Action& action, const Deployment& deployment) {
  Value command = Value::object({{"createIndexes", Value::of(action.table)},
                                 {"indexes", Value::array({index_spec(*action.index)})}});
  // "Standalones can't specify commitQuorum."
  if (deployment.replica_set) command.set("commitQuorum", Value::of("votingMembers"));
  return on(action, std::move(command));
}

/// By name: two indexes may have the same key.
Command drop(const Action& action) {
  return on(action, Value::object({{"dropIndexes", Value::of(action.table)},
                                   {"index", Value::of(action.index->name)}}));
}

Command modify_index(const Action& action, std::string_view option, Value value) {
  Value index = Value::object({{"name", Value::of(action.index->name)}});
  index.set(option, std::move(value));
  return on(action,
            Value::object({{"collMod", Value::of(action.table)}, {"index", std::move(index)}}));
}

std::optional<Command> index_option(const Action& action, const std::string& value,
                                    const Deployment& deployment, bool back) {
  if (action.setting == "expireAfterSeconds") {
    if (!value.empty()) return modify_index(action, action.setting, value_of(value));
    // No command takes the option away. The way back is a time that nothing reaches; as a change of
    // its own that would be a half-truth.
    if (back) return modify_index(action, action.setting, Value::of(never_expires));
    return std::nullopt;
  }
  if (action.setting == "prepareUnique" && deployment.version >= 60000)
    return modify_index(action, action.setting, Value::of(value == "true"));
  if (action.setting == "unique" && deployment.version >= 60000 && value == "true")
    return modify_index(action, action.setting, Value::of(true));
  return std::nullopt;
}

Command table_option(const Action& action, const std::string& value) {
  const TableOption option = table_option_of(action.setting);
  Value command = Value::object({{"collMod", Value::of(action.table)}});
  command.set(option.given, value.empty() ? option.otherwise : value_of(value));
  return on(action, std::move(command));
}

std::optional<Command> database_option(const Action& action, const std::string& value) {
  const std::string option = profile_option(action.setting);
  if (option.empty() || value.empty()) return std::nullopt;
  Value command = Value::object({});
  if (option == "level") {
    command.set("profile", value_of(value));
  } else {
    // -1 leaves the level as it is and takes the other options.
    command.set("profile", Value::of(-1));
    command.set(option, value_of(value));
  }
  return on(action, std::move(command));
}

std::optional<Command> parameter(const Action& action, const std::string& value) {
  if (value.empty() || action.needs_restart || action.setting.empty() ||
      action.setting.find('.') != std::string::npos)
    return std::nullopt;
  Value command = Value::object({{"setParameter", Value::of(1)}});
  command.set(action.setting, value_of(value));
  return Command{"admin", std::move(command)};
}

/// The query of a query setting: its hash, or the command with its database; the name of such an
/// action is either.
std::optional<Value> query_of(const Action& action) {
  const std::string& name = action.name;
  const auto hex = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
  };
  if (name.size() == shape_hash_length && std::all_of(name.begin(), name.end(), hex))
    return Value::of(name);
  auto command = mql::parse_command(name, action.schema);
  if (!command || has_placeholders(command->body)) return std::nullopt;
  Value query = std::move(command->body);
  query.set("$db", Value::of(command->database.empty() ? action.schema : command->database));
  return query;
}

std::optional<Command> set_query(const Action& action, const std::string& value) {
  const auto query = query_of(action);
  if (!query) return std::nullopt;
  Value settings = Value::object({});
  if (action.setting == "hint") {
    Value allowed = value_of(value);
    if (!allowed.is_array()) allowed = Value::array({std::move(allowed)});
    settings.set(
        "indexHints",
        Value::array({Value::object({{"ns", Value::object({{"db", Value::of(action.schema)},
                                                           {"coll", Value::of(action.table)}})},
                                     {"allowedIndexes", std::move(allowed)}})}));
  } else if (action.setting == "reject") {
    settings.set("reject", Value::of(value != "false"));
  } else {
    // The settings whole, as $querySettings shows them.
    settings = value_of(value);
    if (!settings.is_object()) return std::nullopt;
  }
  return Command{"admin",
                 Value::object({{"setQuerySettings", *query}, {"settings", std::move(settings)}})};
}

std::optional<Command> remove_query(const Action& action) {
  const auto query = query_of(action);
  if (!query) return std::nullopt;
  return Command{"admin", Value::object({{"removeQuerySettings", *query}})};
}

/// With the settings that were there before, as $querySettings shows them.
std::optional<Command> restore_query(const Action& action) {
  if (action.previous.empty()) return std::nullopt;
  Action before = action;
  before.setting.clear();
  return set_query(before, action.previous);
}

bool hides(ActionKind kind) { return kind == ActionKind::hide_index; }

}  // namespace

Value value_of(std::string_view text) {
  auto json = mql::parse_json(text);
  if (json) return std::move(json).value();
  return Value::of(text);
}

std::string index_name(const model::Index& index) {
  std::string name;
  for (const model::IndexPart& part : index.parts) {
    const std::string word = part.opclass.empty() ? (part.descending ? "-1" : "1") : part.opclass;
    name += (name.empty() ? "" : "_") + part.column + "_" + word;
  }
  if (name.size() <= longest_name) return name;
  const std::string hash = text::hash_hex(name).substr(0, 8);
  std::size_t keep = longest_name - hash.size() - 1;
  while (keep > 0 && (static_cast<unsigned char>(name[keep]) & 0xC0U) == 0x80U) --keep;
  return name.substr(0, keep) + "_" + hash;
}

Value clean_spec(const Value& listed) {
  constexpr std::array<std::string_view, 5> of_the_server = {"ns", "background", "buildUUID",
                                                             "building", "spec"};
  Value spec = Value::object({});
  for (const mql::Field& field : listed.fields) {
    if (std::find(of_the_server.begin(), of_the_server.end(), field.name) == of_the_server.end())
      spec.set(field.name, field.value);
  }
  return spec;
}

Value index_spec(const model::Index& index) {
  auto held = mql::parse_json(index.definition);
  if (held && held->find("key") != nullptr) {
    Value spec = clean_spec(*held);
    spec.set("name", Value::of(index.name));
    return spec;
  }
  Value key = Value::object({});
  for (const model::IndexPart& part : index.parts) key.set(part.column, direction_of(part));
  Value spec = Value::object({{"key", std::move(key)}, {"name", Value::of(index.name)}});
  if (index.unique) spec.set("unique", Value::of(true));
  if (!index.predicate.empty()) spec.set("partialFilterExpression", value_of(index.predicate));
  for (const auto& [name, value] : index.options)
    spec.set(name, value == "nan" ? Value::of(0.0 / 0.0) : value_of(value));
  if (index.hidden) spec.set("hidden", Value::of(true));
  return spec;
}

TableOption table_option_of(std::string_view setting) {
  if (setting == "validator") return {"validator", "validator", Value::object({})};
  if (setting == "validationLevel")
    return {"validationLevel", "validationLevel", Value::of("strict")};
  if (setting == "validationAction")
    return {"validationAction", "validationAction", Value::of("error")};
  if (setting == "cappedSize") return {"cappedSize", "size", Value::null()};
  if (setting == "cappedMax") return {"cappedMax", "max", Value::of(0)};
  if (setting == "expireAfterSeconds")
    return {"expireAfterSeconds", "expireAfterSeconds", Value::of("off")};
  if (setting == "changeStreamPreAndPostImages")
    return {"changeStreamPreAndPostImages", "changeStreamPreAndPostImages",
            Value::object({{"enabled", Value::of(false)}})};
  return {std::string(setting), std::string(setting), Value::null()};
}

std::string profile_option(std::string_view setting) {
  if (setting == "profile_level") return "level";
  if (setting == "profile_slow_ms") return "slowms";
  if (setting == "profile_sample_rate") return "sampleRate";
  return "";
}

std::optional<Command> forward(const Action& action, const Deployment& deployment) {
  switch (action.kind) {
    case ActionKind::create_index:
      return create(action, deployment);
    case ActionKind::drop_index:
      return drop(action);
    case ActionKind::hide_index:
    case ActionKind::show_index:
      return modify_index(action, "hidden", Value::of(hides(action.kind)));
    case ActionKind::set_index_option:
      return index_option(action, action.value, deployment, false);
    case ActionKind::set_table_option:
      return table_option(action, action.value);
    case ActionKind::set_database_option:
      return database_option(action, action.value);
    case ActionKind::set_setting:
    case ActionKind::reset_setting:
      return parameter(action, action.value);
    case ActionKind::set_query_settings:
      return set_query(action, action.value);
    case ActionKind::remove_query_settings:
      return remove_query(action);
    case ActionKind::vacuum_table:
      return on(action, Value::object({{"compact", Value::of(action.table)}}));
    default:
      return std::nullopt;
  }
}

std::optional<Command> backward(const Action& action, const Deployment& deployment) {
  switch (action.kind) {
    case ActionKind::create_index:
      return drop(action);
    case ActionKind::drop_index:
      return create(action, deployment);
    case ActionKind::hide_index:
    case ActionKind::show_index:
      return modify_index(action, "hidden", Value::of(!hides(action.kind)));
    case ActionKind::set_index_option:
      if (action.setting == "unique") return std::nullopt;
      if (action.setting == "prepareUnique")
        return index_option(action, action.previous == "true" ? "true" : "false", deployment, true);
      return index_option(action, action.previous, deployment, true);
    case ActionKind::set_table_option:
      if (action.previous.empty() && table_option_of(action.setting).otherwise.is_null())
        return std::nullopt;
      return table_option(action, action.previous);
    case ActionKind::set_database_option:
      return database_option(action, action.previous);
    case ActionKind::set_setting:
    case ActionKind::reset_setting:
      return parameter(action, action.previous);
    case ActionKind::set_query_settings:
      return action.previous.empty() ? remove_query(action) : restore_query(action);
    case ActionKind::remove_query_settings:
      return restore_query(action);
    default:
      return std::nullopt;
  }
}

}  // namespace whet::engine::mongodb
