#include "mql/text_methods.h"

#include <algorithm>
#include <array>

namespace whet::mql {

namespace {

Error wrong(std::string message, std::string hint = "") {
  return {ErrorKind::invalid, std::move(message), std::move(hint), ""};
}

Value argument(const Arguments& arguments, std::size_t at, Value otherwise = Value::object({})) {
  if (at >= arguments.size() || arguments[at].type == Type::undefined) return otherwise;
  return arguments[at];
}

Value begun(std::string_view verb, const Target& target) {
  return Value::object({{verb, Value::of(target.collection)}});
}

// Options that are the driver's business.
bool stays_in_shell(std::string_view name) {
  constexpr std::array names{"explain",         "session",
                             "readPreference",  "promoteValues",
                             "ignoreUndefined", "forceServerObjectId",
                             "checkKeys",       "raw"};
  return std::ranges::find(names, name) != names.end();
}

Result<Value> find(const Target& target, const Arguments& arguments, bool one) {
  Value out = begun("find", target);
  out.set("filter", argument(arguments, 0));
  const Value projection = argument(arguments, 1);
  if (!projection.is_object() || !projection.fields.empty()) out.set("projection", projection);
  add_options(out, argument(arguments, 2));
  if (one) out.set("limit", Value::of(1)).set("singleBatch", Value::of(true));
  return out;
}

// aggregate([stages], options), and the stages one by one as the old shell took them.
Result<Value> aggregate(const Target& target, const Arguments& arguments) {
  Value out = begun("aggregate", target);
  if (target.collection.empty()) out.fields.front().value = Value::of(1);
  const Value first = argument(arguments, 0, Value::array({}));
  if (first.is_object()) {
    out.set("pipeline", Value::array(arguments));
    return out;
  }
  if (!first.is_array() && first.type != Type::placeholder) {
    return wrong("aggregate() needs a list of stages", "Write aggregate([{$match: {...}}]).");
  }
  out.set("pipeline", first);
  Value cursor = Value::object({});
  Value options = argument(arguments, 1);
  if (const Value* there = options.find("cursor")) cursor = *there;
  if (const Value* size = options.find("batchSize")) cursor.set("batchSize", *size);
  options.erase("cursor");
  options.erase("batchSize");
  out.set("cursor", cursor);
  add_options(out, options);
  return out;
}

// The driver counts by an aggregation.
Result<Value> count_documents(const Target& target, const Arguments& arguments) {
  Value options = argument(arguments, 1);
  Value pipeline = Value::array({Value::object({{"$match", argument(arguments, 0)}})});
  for (const char* name : {"skip", "limit"}) {
    if (const Value* there = options.find(name)) {
      pipeline.push(Value::object({{"$" + std::string(name), *there}}));
    }
    options.erase(name);
  }
  pipeline.push(Value::object(
      {{"$group",
        Value::object({{"_id", Value::of(1)}, {"n", Value::object({{"$sum", Value::of(1)}})}})}}));
  return aggregate(target, {pipeline, options});
}

Result<Value> count(const Target& target, const Arguments& arguments, bool estimated) {
  Value out = begun("count", target);
  if (!estimated) out.set("query", argument(arguments, 0));
  add_options(out, argument(arguments, estimated ? 0 : 1));
  return out;
}

Result<Value> distinct(const Target& target, const Arguments& arguments) {
  Value out = begun("distinct", target);
  out.set("key", argument(arguments, 0, Value::of("")));
  out.set("query", argument(arguments, 1));
  add_options(out, argument(arguments, 2));
  return out;
}

Result<Value> insert(const Target& target, const Arguments& arguments, bool many) {
  Value out = begun("insert", target);
  const Value first = argument(arguments, 0);
  const bool list = many || first.is_array();
  out.set("documents", list ? first : Value::array({first}));
  add_options(out, argument(arguments, 1));
  return out;
}

void add_command_options(Value& out, Value options) {
  for (const char* name :
       {"hint", "collation", "arrayFilters", "upsert", "sort", "multi", "justOne"}) {
    options.erase(name);
  }
  add_options(out, options);
}

Result<Value> update(const Target& target, const Arguments& arguments, bool many) {
  if (arguments.size() < 2) {
    return wrong("An update needs a filter and what to change",
                 "Write updateMany({status: \"new\"}, {$set: {status: \"open\"}}).");
  }
  const Value options = argument(arguments, 2);
  Value out = begun("update", target);
  out.set("updates", Value::array({update_element(arguments[0], arguments[1], options,
                                                  many || options.flag_at("multi"))}));
  add_command_options(out, options);
  return out;
}

Result<Value> remove(const Target& target, const Arguments& arguments, bool many) {
  const Value options = argument(arguments, 1);
  const bool one = options.truthy() && (!options.is_object() || options.flag_at("justOne"));
  Value out = begun("delete", target);
  out.set("deletes", Value::array({delete_element(argument(arguments, 0), options, many && !one)}));
  if (options.is_object()) add_command_options(out, options);
  return out;
}

Result<Value> find_one_and(const Target& target, std::string_view method,
                           const Arguments& arguments) {
  const bool removes = method == "findOneAndDelete";
  Value out = begun("findAndModify", target);
  out.set("query", argument(arguments, 0));
  if (removes) out.set("remove", Value::of(true));
  if (!removes) out.set("update", argument(arguments, 1));
  Value options = argument(arguments, removes ? 1 : 2);
  if (const Value* fields = options.find("projection")) out.set("fields", *fields);
  if (options.string_at("returnDocument") == "after" || options.flag_at("returnNewDocument")) {
    out.set("new", Value::of(true));
  }
  for (const char* name : {"projection", "returnDocument", "returnNewDocument", "returnOriginal"}) {
    options.erase(name);
  }
  add_options(out, options);
  return out;
}

Result<Value> with_document(const Target& target, std::string_view verb, const Value& document) {
  Value out = begun(verb, target);
  add_options(out, document);
  return out;
}

// customers {city: 1, name: -1} -> city_1_name_-1
std::string name_of_index(const Value& keys) {
  std::string out;
  for (const Field& key : keys.fields) {
    if (!out.empty()) out += '_';
    out += key.name + "_";
    out += key.value.is_string() ? key.value.text : relaxed_json(key.value);
  }
  return out;
}

Result<Value> create_indexes(const Target& target, const Arguments& arguments, bool many) {
  const Value first = argument(arguments, 0);
  const Value list = many ? first : Value::array({first});
  if (!list.is_array()) return wrong("createIndexes() needs a list of key patterns");
  Value indexes = Value::array({});
  for (const Field& keys : list.fields) {
    Value index =
        Value::object({{"key", keys.value}, {"name", Value::of(name_of_index(keys.value))}});
    for (const Field& option : argument(arguments, 1).fields) {
      if (option.name != "commitQuorum") index.set(option.name, option.value);
    }
    indexes.push(std::move(index));
  }
  Value out = begun("createIndexes", target);
  out.set("indexes", std::move(indexes));
  return out;
}

Value hide_index(const Target& target, const Arguments& arguments, bool hidden) {
  const Value which = argument(arguments, 0);
  Value index = Value::object({{which.is_string() ? "name" : "keyPattern", which}});
  index.set("hidden", Value::of(hidden));
  Value out = begun("collMod", target);
  out.set("index", std::move(index));
  return out;
}

std::optional<Result<Value>> defines(const Target& target, std::string_view method,
                                     const Arguments& arguments) {
  if (method == "createIndex") return create_indexes(target, arguments, false);
  if (method == "createIndexes") return create_indexes(target, arguments, true);
  if (method == "dropIndex" || method == "dropIndexes") {
    Value out = begun("dropIndexes", target);
    out.set("index", argument(arguments, 0, Value::of("*")));
    return out;
  }
  if (method == "hideIndex") return hide_index(target, arguments, true);
  if (method == "unhideIndex") return hide_index(target, arguments, false);
  if (method == "drop") return begun("drop", target);
  if (method == "getIndexes") return begun("listIndexes", target);
  if (method == "stats") return begun("collStats", target);
  return std::nullopt;
}

std::optional<Result<Value>> reads(const Target& target, std::string_view method,
                                   const Arguments& arguments) {
  if (method == "find") return find(target, arguments, false);
  if (method == "findOne") return find(target, arguments, true);
  if (method == "aggregate") return aggregate(target, arguments);
  if (method == "countDocuments") return count_documents(target, arguments);
  if (method == "count") return count(target, arguments, false);
  if (method == "estimatedDocumentCount") return count(target, arguments, true);
  if (method == "distinct") return distinct(target, arguments);
  if (method == "mapReduce") {
    Value out = begun("mapReduce", target);
    out.set("map", argument(arguments, 0)).set("reduce", argument(arguments, 1));
    add_options(out, argument(arguments, 2));
    return out;
  }
  return std::nullopt;
}

std::optional<Result<Value>> writes(const Target& target, std::string_view method,
                                    const Arguments& arguments) {
  if (method == "insertOne" || method == "insert") return insert(target, arguments, false);
  if (method == "insertMany") return insert(target, arguments, true);
  if (method == "updateOne" || method == "replaceOne" || method == "update") {
    return update(target, arguments, false);
  }
  if (method == "updateMany") return update(target, arguments, true);
  if (method == "deleteOne") return remove(target, arguments, false);
  if (method == "deleteMany" || method == "remove") return remove(target, arguments, true);
  if (method == "findAndModify") {
    return with_document(target, "findAndModify", argument(arguments, 0));
  }
  if (method == "bulkWrite") return sent_by_bulk_write(target.collection, arguments);
  if (method.starts_with("findOneAnd")) return find_one_and(target, method, arguments);
  return std::nullopt;
}

Result<Value> on_database(Target& target, std::string_view method, const Arguments& arguments) {
  if (method == "aggregate") return aggregate(target, arguments);
  if (method == "dropDatabase") return Value::object({{"dropDatabase", Value::of(1)}});
  if (method == "createCollection") {
    Value out = Value::object({{"create", argument(arguments, 0)}});
    add_options(out, argument(arguments, 1));
    return out;
  }
  if (method == "runCommand" || method == "adminCommand") {
    if (method == "adminCommand") target.database = "admin";
    const Value document = argument(arguments, 0);
    if (document.is_string()) return Value::object({{document.text, Value::of(1)}});
    if (document.is_object() && !document.fields.empty()) return document;
    return wrong(std::string(method) + "() needs a command",
                 "Write db.runCommand({find: \"orders\", filter: {...}}).");
  }
  return wrong("Whet does not know the method db." + std::string(method) + "()",
               "Commands are methods of a collection (db.orders.find({...})) or go through "
               "db.runCommand({...}).");
}

}  // namespace

void add_options(Value& command, const Value& options) {
  for (const Field& option : options.fields) {
    if (!stays_in_shell(option.name)) command.set(option.name, option.value);
  }
}

Result<Value> sent_by(Target& target, std::string_view method, const Arguments& arguments) {
  if (target.collection.empty()) return on_database(target, method, arguments);
  if (auto made = reads(target, method, arguments)) return *std::move(made);
  if (auto made = writes(target, method, arguments)) return *std::move(made);
  if (auto made = defines(target, method, arguments)) return *std::move(made);
  return wrong("Whet does not know the method " + std::string(method) + "() of a collection",
               "It reads find, findOne, aggregate, countDocuments, distinct, the inserts, updates "
               "and deletes, and db.runCommand({...}).");
}

}  // namespace whet::mql
