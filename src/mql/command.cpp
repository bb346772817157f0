#include "mql/command.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "mql/arrange.h"

namespace whet::mql {

namespace {

Error invalid(std::string message, std::string hint = "") {
  return {ErrorKind::invalid, std::move(message), std::move(hint), ""};
}

// No server takes more.
constexpr int deepest = 200;

bool deeper_than(const Value& value, int levels) {
  return levels < 0 ||
         std::ranges::any_of(
             value.fields,
             [levels](const Field& field) { return deeper_than(field.value, levels - 1); });
}

// "shop.orders" in two parts; the database of `ns` wins.
std::pair<std::string, std::string> parts_of(std::string_view ns, std::string_view database) {
  const std::size_t dot = ns.find('.');
  if (dot == std::string_view::npos) {
    return {ns.empty() ? std::string(database) : std::string(ns), ""};
  }
  return {std::string(ns.substr(0, dot)), std::string(ns.substr(dot + 1))};
}

// {q, u, multi, upsert} or {q, limit} as the profiler has them, a command again.
Result<Value> command_of_write(const Value& write, const std::string& collection) {
  if (collection.empty()) {
    return invalid("The operation says which documents it writes, but not of which collection.",
                   "Take the whole document of the profiler or log, with `ns`.");
  }
  Value element = write;
  Value comment;
  if (const Value* there = element.find("comment")) comment = *there;
  element.erase("comment");
  const bool updates = element.find("u") != nullptr;
  Value out = Value::object({{updates ? "update" : "delete", Value::of(collection)},
                             {updates ? "updates" : "deletes", Value::array({element})}});
  if (!comment.is_null()) out.set("comment", comment);
  return out;
}

bool is_wrapper(const Value& document) {
  const Value* command = document.find("command");
  if (command == nullptr || document.fields.front().name == "command") {
    return command != nullptr && document.find("ns") != nullptr;
  }
  return document.find("ns") != nullptr || document.find("op") != nullptr ||
         document.find("type") != nullptr;
}

// $queryStats' key.queryShape: {cmdNs: {db, coll}, command: "find", filter: {...}}.
bool is_query_shape(const Value& document) {
  const Value* command = document.find("command");
  return command != nullptr && command->is_string() && document.find("cmdNs") != nullptr;
}

Value of_query_shape(const Value& shape) {
  const std::string collection = shape.string_at("cmdNs.coll");
  Value out = Value::object({{shape.string_at("command"), Value::of(collection)}});
  // {aggregate: 1} is on a collection of this name.
  if (collection.starts_with("$cmd")) out.fields.front().value = Value::of(1);
  for (const Field& field : shape.fields) {
    if (field.name != "cmdNs" && field.name != "command") out.fields.push_back(field);
  }
  return out;
}

// What the verb's own value says about the collection.
std::string collection_of(const Value& body, std::string_view verb, const std::string& otherwise) {
  if (verb == "getMore") return body.string_at("collection", otherwise);
  const Value& value = body.fields.front().value;
  if (value.is_string()) return value.text;
  // {aggregate: 1}, {dbStats: 1}: of the database.
  return "";
}

// Names of whole namespaces: {renameCollection: "shop.a"}, {dataSize: "shop.a"}.
bool names_namespace(std::string_view verb) {
  return verb == "renameCollection" || verb == "dataSize" || verb == "shardCollection";
}

Result<Command> made_of(const Value& document, std::string database, const std::string& collection);

Result<Command> made_of_explain(const Value& document, std::string database,
                                const std::string& collection) {
  const Value& inner = document.fields.front().value;
  if (!inner.is_object()) return invalid("`explain` has no command in it.");
  return made_of(inner, std::move(database), collection);
}

// Explicit fields of the wire protocol before 3.2 have $query; nothing that Whet supports sends it.
Result<Command> made_of(const Value& document, std::string database,
                        const std::string& collection) {
  if (!document.is_object() || document.fields.empty()) {
    return invalid("There is no command in the document.");
  }
  if (document.find("$truncated") != nullptr) {
    return invalid("The server cut the command's text off.",
                   "It shows at most 50 kB in the profiler; the statement's shape is unknown.");
  }
  const Field& first = document.fields.front();
  if (first.name == "explain") return made_of_explain(document, std::move(database), collection);
  if (document.find("$db") != nullptr) database = document.string_at("$db", database);
  if (document.find("q") != nullptr && verb_of(first.name).empty()) {
    return made_of(WHET_TRY(command_of_write(document, collection)), std::move(database), "");
  }
  Command out;
  out.verb = verb_of(first.name);
  if (out.verb.empty()) {
    return invalid("The document names no command that Whet knows: its first field is \"" +
                       text::shorten(first.name, 60) + "\".",
                   "A command begins with its name: {find: \"orders\", filter: {...}}.");
  }
  out.database = std::move(database);
  out.body = arranged(document);
  out.collection = collection_of(out.body, out.verb, collection);
  if (names_namespace(out.verb)) {
    std::tie(out.database, out.collection) = parts_of(out.collection, out.database);
  }
  return out;
}

bool has_writing_stage(const Command& command) {
  const Value* pipeline = command.body.find("pipeline");
  if (pipeline == nullptr || pipeline->fields.empty()) return false;
  const Value& last = pipeline->fields.back().value;
  return last.find("$out") != nullptr || last.find("$merge") != nullptr;
}

// Whether an operator that runs JavaScript stands anywhere.
bool runs_javascript(const Value& value) {
  return std::ranges::any_of(value.fields, [](const Field& field) {
    return field.name == "$where" || field.name == "$function" || field.name == "$accumulator" ||
           runs_javascript(field.value);
  });
}

bool waits_for_changes(const Command& command) {
  const Value* stage = command.body.at("pipeline.0");
  return command.body.flag_at("tailable") ||
         (stage != nullptr && stage->find("$changeStream") != nullptr);
}

template <std::size_t N>
bool among(std::string_view verb, const std::array<std::string_view, N>& names) {
  return std::ranges::find(names, verb) != names.end();
}

constexpr std::array<std::string_view, 12> definitions{"createIndexes",
                                                       "dropIndexes",
                                                       "create",
                                                       "drop",
                                                       "dropDatabase",
                                                       "collMod",
                                                       "renameCollection",
                                                       "convertToCapped",
                                                       "reIndex",
                                                       "cloneCollectionAsCapped",
                                                       "createSearchIndexes",
                                                       "shardCollection"};

}  // namespace

Result<Command> command_of(const Value& document, std::string_view database) {
  if (!document.is_object() || document.fields.empty()) {
    return invalid("There is no command in the document.");
  }
  if (deeper_than(document, deepest)) {
    return invalid("The command is nested more than 200 levels deep.", "No server takes it.");
  }
  if (is_query_shape(document)) {
    return made_of(of_query_shape(document), document.string_at("cmdNs.db", database), "");
  }
  if (!is_wrapper(document)) return made_of(document, std::string(database), "");
  auto [of_ns, collection] = parts_of(document.string_at("ns"), database);
  if (collection.starts_with("$cmd")) collection.clear();
  return made_of(*document.find("command"), std::move(of_ns), collection);
}

model::StatementKind kind_of(const Command& command) {
  using Kind = model::StatementKind;
  const std::string& verb = command.verb;
  if (verb == "aggregate") return has_writing_stage(command) ? Kind::merge : Kind::select;
  if (verb == "find" || verb == "count" || verb == "distinct" || verb == "getMore" ||
      verb == "mapReduce") {
    return Kind::select;
  }
  if (verb == "insert") return Kind::insert;
  if (verb == "update") return Kind::update;
  if (verb == "delete") return Kind::remove;
  if (verb == "findAndModify") return command.body.flag_at("remove") ? Kind::remove : Kind::update;
  if (verb == "commitTransaction" || verb == "abortTransaction") return Kind::transaction;
  return among(verb, definitions) ? Kind::ddl : Kind::utility;
}

std::string obstacle_to_replay(const Command& command) {
  const std::string& verb = command.verb;
  if (verb == "aggregate" && has_writing_stage(command)) {
    const bool merges =
        command.body.find("pipeline")->fields.back().value.find("$merge") != nullptr;
    return merges ? "it would merge its result into a collection"
                  : "it would write its result into a collection";
  }
  if (verb == "getMore") return "it continues a cursor that is gone";
  if (verb == "mapReduce") return "it runs JavaScript";
  if (verb != "find" && verb != "aggregate" && verb != "count" && verb != "distinct") {
    const model::StatementKind kind = kind_of(command);
    return kind == model::StatementKind::utility || kind == model::StatementKind::transaction
               ? "it is no query"
               : "it writes";
  }
  if (runs_javascript(command.body)) return "it runs JavaScript";
  if (waits_for_changes(command)) return "it waits for changes";
  return "";
}

}  // namespace whet::mql
