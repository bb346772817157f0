#include "engine/mongodb/render_text.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "base/text.h"

namespace whet::engine::mongodb {
namespace {

using mql::Type;
using mql::Value;

bool is_identifier(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
  };
  if (name.empty() || !letter(name.front())) return false;
  return std::all_of(name.begin(), name.end(),
                     [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

std::string quoted(std::string_view text) { return mql::relaxed_json(Value::of(text)); }

/// Names that mongosh's database object has methods for.
bool is_method(std::string_view name) {
  constexpr std::array<std::string_view, 17> methods = {
      "aggregate", "auth",     "currentOp",  "hello",        "help",          "hostInfo",
      "killOp",    "logout",   "fsyncLock",  "sample",       "stats",         "version",
      "watch",     "commands", "runCommand", "serverStatus", "shutdownServer"};
  return std::find(methods.begin(), methods.end(), name) != methods.end() ||
         name.starts_with("get") || name.starts_with("_");
}

std::string number_text(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
  if (number == std::trunc(number) && std::fabs(number) < 9e15)
    return std::to_string(static_cast<std::int64_t>(number));
  return fmt::format("{}", number);
}

std::string fields_text(const Value& value) {
  std::string out;
  for (const mql::Field& field : value.fields) {
    if (!out.empty()) out += ", ";
    out += (is_identifier(field.name) ? field.name : quoted(field.name)) + ": " +
           shell_value(field.value);
  }
  return "{" + out + "}";
}

std::string elements_text(const Value& value) {
  std::string out;
  for (const mql::Field& element : value.fields)
    out += (out.empty() ? "" : ", ") + shell_value(element.value);
  return "[" + out + "]";
}

/// The text that extended JSON has for a date: {"$date":"2026-01-01T00:00:00Z"}.
std::string date_text(const Value& value) {
  const std::string relaxed = mql::relaxed_json(value);
  const std::size_t colon = relaxed.find(':');
  const std::string inner = relaxed.substr(colon + 1, relaxed.size() - colon - 2);
  if (inner.starts_with("\"")) return "ISODate(" + inner + ")";
  return "new Date(" + std::to_string(value.integer) + ")";
}

/// The options of createIndex: what the specification has besides the key.
Value options_of(const Value& index) {
  Value options = Value::object({});
  for (const mql::Field& field : index.fields) {
    if (field.name != "key" && field.name != "v") options.set(field.name, field.value);
  }
  return options;
}

std::string create_text(const std::string& collection, const Value& command) {
  const Value* indexes = command.find("indexes");
  if (indexes == nullptr || indexes->fields.size() != 1) return "";
  const Value& index = indexes->fields.front().value;
  const Value* key = index.find("key");
  if (key == nullptr) return "";
  std::string text =
      collection + ".createIndex(" + shell_value(*key) + ", " + shell_value(options_of(index));
  if (const Value* quorum = command.find("commitQuorum")) text += ", " + shell_value(*quorum);
  return text + ")";
}

std::string visibility_text(const std::string& collection, const Value& command) {
  const Value* index = command.find("index");
  const Value* hidden = index == nullptr ? nullptr : index->find("hidden");
  if (hidden == nullptr || index->fields.size() != 2) return "";
  return collection + (hidden->truthy() ? ".hideIndex(" : ".unhideIndex(") +
         quoted(index->string_at("name")) + ")";
}

std::string special_text(std::string_view database, const Value& command) {
  if (command.fields.empty()) return "";
  const mql::Field& first = command.fields.front();
  const std::string collection =
      first.value.is_string() ? shell_collection(database, first.value.text) : "";
  if (first.name == "createIndexes") return create_text(collection, command);
  if (first.name == "dropIndexes")
    return collection + ".dropIndex(" + quoted(command.string_at("index")) + ")";
  if (first.name == "collMod") return visibility_text(collection, command);
  if (first.name == "profile" && first.value.is_number() &&
      first.value.as_number().value_or(0) >= 0) {
    Value options = command;
    options.erase("profile");
    return shell_database(database) + ".setProfilingLevel(" + shell_value(first.value) +
           (options.fields.empty() ? "" : ", " + shell_value(options)) + ")";
  }
  return "";
}

}  // namespace

std::string shell_value(const Value& value) {
  switch (value.type) {
    case Type::object:
      return fields_text(value);
    case Type::array:
      return elements_text(value);
    case Type::number_double:
      return number_text(value.number);
    case Type::int64:
      // mongosh's numbers are doubles.
      if (std::abs(value.integer) > (std::int64_t{1} << 53))
        return "Long(\"" + std::to_string(value.integer) + "\")";
      return std::to_string(value.integer);
    case Type::date:
      return date_text(value);
    case Type::object_id:
      return "ObjectId(\"" + value.text + "\")";
    case Type::decimal:
      return "Decimal128(\"" + value.text + "\")";
    case Type::regex:
      return "RegExp(" + quoted(value.text) +
             (value.options.empty() ? "" : ", " + quoted(value.options)) + ")";
    case Type::min_key:
      return "MinKey()";
    case Type::max_key:
      return "MaxKey()";
    case Type::placeholder:
      return "?";
    case Type::null:
    case Type::boolean:
    case Type::int32:
    case Type::string:
      return mql::relaxed_json(value);
    default:
      return "EJSON.deserialize(" + mql::canonical_json(value) + ")";
  }
}

std::string shell_database(std::string_view database) {
  return "db.getSiblingDB(" + quoted(database) + ")";
}

std::string shell_collection(std::string_view database, std::string_view collection) {
  const bool plain = is_identifier(collection) && !is_method(collection);
  return shell_database(database) +
         (plain ? "." + std::string(collection) : ".getCollection(" + quoted(collection) + ")");
}

std::string shell_command(std::string_view database, const Value& command) {
  const std::string special = special_text(database, command);
  if (!special.empty()) return special;
  if (database == "admin") return "db.adminCommand(" + shell_value(command) + ")";
  return shell_database(database) + ".runCommand(" + shell_value(command) + ")";
}

}  // namespace whet::engine::mongodb
