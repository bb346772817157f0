// The scripted MongoDB server's explain.
#include <functional>

#include <fmt/format.h>

#include "support/mongo_aggregate.h"
#include "support/mongo_bson.h"

namespace whet::testing::mongo {

using mql::Field;
using mql::Type;
using mql::Value;

namespace {

Value number(std::int64_t n) { return Value::of(static_cast<int>(n)); }

/// Eight hex digits that stay the same for the same text.
std::string hash_of(const std::string& text) {
  std::uint32_t hash = 2166136261U;
  for (const char c : text) hash = (hash ^ static_cast<std::uint8_t>(c)) * 16777619U;
  return fmt::format("{:08X}", hash);
}

/// The filter without its values.
std::string shape_of(const Value& filter) {
  if (filter.is_array() || filter.is_object()) {
    std::string out = "{";
    for (const Field& f : filter.fields) out += f.name + ":" + shape_of(f.value);
    return out + "}";
  }
  return "?";
}

const Value& or_empty(const Value* found) {
  static const Value empty = Value::object({});
  return found == nullptr ? empty : *found;
}

struct Explained {
  Query query;
  std::string collection, wrap;  ///< wrap: UPDATE or DELETE above the plan
  bool multi = false, returns = false;
  const Value* pipeline = nullptr;
  std::size_t taken = 0;
};

Query read_query(const Value& command, const char* filter) {
  Query out;
  out.filter = or_empty(command.find(filter));
  out.sort = or_empty(command.find("sort"));
  out.projection = or_empty(command.find("projection"));
  if (const Value* hint = command.find("hint");
      hint != nullptr && !(hint->is_object() && hint->fields.empty()))
    out.hint = *hint;
  if (const Value* collation = command.find("collation")) out.collation = *collation;
  out.skip = command.integer_at("skip");
  out.limit = std::abs(command.integer_at("limit"));
  return out;
}

Explained read_command(const Value& command) {
  const std::string& name = command.fields.front().name;
  Explained out;
  out.collection = command.fields.front().value.text;
  if (name == "find") {
    out.query = read_query(command, "filter");
  } else if (name == "count" || name == "distinct") {
    out.query = read_query(command, "query");
    out.query.count = name == "count";
    out.query.distinct = command.string_at("key");
  } else if (name == "update" || name == "delete") {
    const Value* const list = command.find(name == "update" ? "updates" : "deletes");
    const Value& one = list->fields.front().value;
    out.query = read_query(one, "q");
    out.query.limit = 0;
    out.wrap = name == "update" ? "UPDATE" : "DELETE";
    out.multi = name == "update" ? one.flag_at("multi") : one.integer_at("limit") == 0;
  } else if (name == "findAndModify" || name == "findandmodify") {
    out.query = read_query(command, "query");
    out.wrap = command.flag_at("remove") ? "DELETE" : "UPDATE";
    out.returns = true;
  } else if (name == "aggregate") {
    out.pipeline = command.find("pipeline");
    out.query = pushed_down(*out.pipeline, out.taken);
    if (const Value* hint = command.find("hint")) out.query.hint = *hint;
  } else {
    throw Failure(59, "CommandNotFound", "Explain failed due to unknown command: " + name);
  }
  return out;
}

/// An UPDATE or DELETE that changes nothing, above a plan that finds its documents.
void wrap(const Explained& explained, Execution& done) {
  Stage out{.name = explained.wrap};
  const std::int64_t found = done.returned;
  out.returned = explained.returns ? std::min<std::int64_t>(found, 1) : 0;
  out.works = done.root.works + (found > 0 && !explained.multi ? 1 : 0);
  out.counters = explained.wrap == "UPDATE" ? Value::object({{"nMatched", number(found)},
                                                             {"nWouldModify", number(found)},
                                                             {"nWouldUpsert", number(0)}})
                                            : Value::object({{"nWouldDelete", number(found)}});
  out.inputs.push_back(std::move(done.root));
  done.root = std::move(out);
  done.returned = done.root.returned;
  for (Stage& other : done.rejected) {
    Stage above{.name = explained.wrap};
    above.inputs.push_back(std::move(other));
    other = std::move(above);
  }
}

/// One document is enough for an update of one: the plan stops there.
Query limited(Query query, const Explained& explained) {
  if (!explained.wrap.empty() && !explained.multi) query.limit = 1;
  return query;
}

void take_limit_off(Execution& done) {
  const auto strip = [](Stage& stage) {
    if (stage.name != "LIMIT") return;
    Stage inner = std::move(stage.inputs.front());
    stage = std::move(inner);
  };
  strip(done.root);
  for (Stage& one : done.rejected) strip(one);
}

Value planner_of(const Store& store, const Explained& explained, const Execution& done,
                 const std::string& ns, bool exists) {
  Value out = Value::object({});
  if (store.number() < 50000) out.set("plannerVersion", Value::of(1));
  out.set("namespace", Value::of(ns));
  out.set("indexFilterSet", Value::of(false));
  const bool fast = done.root.name == "RECORD_STORE_FAST_COUNT";
  if (!fast) out.set("parsedQuery", parsed_query(explained.query.filter));
  if (exists && !fast) {
    const std::string shape = shape_of(explained.query.filter) + printed(explained.query.sort) +
                              printed(explained.query.projection);
    out.set("queryHash", Value::of(hash_of(shape)));
    out.set("planCacheKey", Value::of(hash_of(shape + done.index)));
  }
  if (explained.pipeline != nullptr && explained.taken == explained.pipeline->fields.size())
    out.set("optimizedPipeline", Value::of(true));
  if (store.number() >= 50000)
    for (const char* name : {"maxIndexedOrSolutionsReached", "maxIndexedAndSolutionsReached",
                             "maxScansToExplodeReached"})
      out.set(name, Value::of(false));
  out.set("winningPlan", plan_of(done.root));
  Value rejected = Value::array({});
  for (const Stage& one : done.rejected) rejected.push(plan_of(one));
  out.set("rejectedPlans", rejected);
  return out;
}

Value statistics_of_run(const Execution& done, const std::string& verbosity) {
  Value out = Value::object(
      {{"executionSuccess", Value::of(true)},
       {"nReturned", number(done.root.name == "COUNT" || done.root.name == "RECORD_STORE_FAST_COUNT"
                                ? 0
                                : done.returned)},
       {"executionTimeMillis", number(0)},
       {"totalKeysExamined", number(done.keys)},
       {"totalDocsExamined", number(done.documents)},
       {"executionStages", execution_of(done.root)}});
  if (verbosity == "allPlansExecution") out.set("allPlansExecution", Value::array({}));
  return out;
}

void pipeline_stages(Store& store, const Request& request, const Explained& explained,
                     const Execution& done, Collection* collection, const Value& planner,
                     const std::string& verbosity, Value& reply) {
  Value cursor = Value::object({{"queryPlanner", planner}});
  const bool executed = verbosity != "queryPlanner";
  if (executed) cursor.set("executionStats", statistics_of_run(done, verbosity));
  const auto finish = [&](Value stage, std::size_t count) {
    if (executed) {
      stage.set("nReturned", Value::of(static_cast<std::int64_t>(count)));
      stage.set("executionTimeMillisEstimate", Value::of(std::int64_t{0}));
    }
    return stage;
  };
  Value stages =
      Value::array({finish(Value::object({{"$cursor", cursor}}), done.positions.size())});
  std::vector<Value> documents;
  for (const std::size_t at : done.positions) documents.push_back(collection->documents[at]);
  for (std::size_t i = explained.taken; i < explained.pipeline->fields.size(); ++i) {
    const Value& stage = explained.pipeline->fields[i].value;
    const std::string& name = stage.fields.front().name;
    if (executed && name != "$out" && name != "$merge")
      documents = run_pipeline(store, request, std::move(documents), Value::array({stage}), 0);
    stages.push(finish(stage, documents.size()));
  }
  reply.set("stages", stages);
}

Value server_of(const Store& store, const Request& request) {
  const std::string& address = store.members[request.member];
  const std::size_t colon = address.rfind(':');
  return Value::object({{"host", Value::of(address.substr(0, colon))},
                        {"port", number(std::atoi(address.c_str() + colon + 1))},
                        {"version", Value::of(store.version)},
                        {"gitVersion", Value::of("57939cc60865b0ce431c7e08c2589fa266a1a740")}});
}

}  // namespace

Value explain_command(Store& store, const Request& request) {
  Value command = request.command.fields.front().value;
  if (!command.is_object() || command.fields.empty())
    throw Failure(9, "FailedToParse", "explain command requires a nested object");
  const std::string verbosity = request.command.string_at("verbosity", "allPlansExecution");
  const Explained explained = read_command(command);
  const std::string ns = request.database + "." + explained.collection;
  Collection* collection = store.find(request.database, explained.collection);
  if (collection != nullptr && collection->view())
    collection = store.find(request.database, collection->options.string_at("viewOn"));
  Execution done = execute(store, collection, ns, limited(explained.query, explained));
  if (!explained.wrap.empty()) {
    take_limit_off(done);
    wrap(explained, done);
  }
  Value reply = Value::object({});
  if (store.number() >= 50000) reply.set("explainVersion", Value::of("1"));
  const Value planner = planner_of(store, explained, done, ns, collection != nullptr);
  if (explained.pipeline != nullptr && explained.taken < explained.pipeline->fields.size()) {
    pipeline_stages(store, request, explained, done, collection, planner, verbosity, reply);
  } else {
    reply.set("queryPlanner", planner);
    if (verbosity != "queryPlanner")
      reply.set("executionStats", statistics_of_run(done, verbosity));
  }
  if (collection != nullptr && !done.index.empty() && verbosity != "queryPlanner")
    if (Index* used = collection->index(done.index)) ++used->uses[request.member];
  if (store.number() >= 50000) {
    command.set("$db", Value::of(request.database));
    reply.set("command", command);
  }
  reply.set("serverInfo", server_of(store, request));
  if (store.number() >= 50000)
    reply.set("serverParameters",
              json(R"({"internalQueryMaxBlockingSortMemoryUsageBytes": 104857600})"));
  return fine(reply);
}

}  // namespace whet::testing::mongo
