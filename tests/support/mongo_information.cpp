// The scripted MongoDB server's commands about itself: recorded replies of a real one, with names,
// versions, times and counters of this one.
#include <algorithm>

#include <fmt/format.h>
#include <unistd.h>

#include "support/mongo_aggregate.h"
#include "support/mongo_bson.h"

namespace whet::testing::mongo {

using mql::Field;
using mql::Type;
using mql::Value;

namespace {

Value number(std::int64_t n) { return Value::of(static_cast<int>(n)); }
Value wide(std::int64_t n) { return Value::of(n); }

Value version_array(const std::string& version) {
  Value out = Value::array({});
  int part[3] = {};
  std::sscanf(version.c_str(), "%d.%d.%d", &part[0], &part[1], &part[2]);
  for (const int one : part) out.push(Value::of(one));
  out.push(Value::of(0));
  return out;
}

Value build_info(Store& store, const Request&) {
  Value out = store.templates["buildInfo"];
  out.set("version", Value::of(store.version));
  out.set("versionArray", version_array(store.version));
  return out;
}

Value host_info(Store& store, const Request& request) {
  Value out = store.templates["hostInfo"];
  Value& system = *out.find("system");
  system.set("currentTime", date(now_ms()));
  system.set("hostname", Value::of(store.members[request.member]));
  return out;
}

int port_of(const Store& store, std::size_t member) {
  return std::atoi(store.members[member].substr(store.members[member].rfind(':') + 1).c_str());
}

Value options(Store& store, const Request& request) {
  Value parsed = json(
      R"({"net": {"bindIp": "127.0.0.1"}, "storage": {"dbPath": "/var/lib/mongodb", "wiredTiger": {"engineConfig": {"cacheSizeGB": 0.25}}}})");
  parsed.find("net")->set("port", number(port_of(store, request.member)));
  if (const auto tls = store.templates.find("tls"); tls != store.templates.end())
    parsed.find("net")->set("tls", Value::object({{"mode", tls->second}}));
  if (store.set) parsed.set("replication", json(R"({"replSet": "rs0", "oplogSizeMB": 64})"));
  if (!store.users.fields.empty()) parsed.set("security", json(R"({"authorization": "enabled"})"));
  return fine(Value::object({{"argv", Value::array({Value::of("mongod")})}, {"parsed", parsed}}));
}

// ---- parameters

Value get_parameter(Store& store, const Request& request) {
  const Value& asked = request.command.fields.front().value;
  const bool details = asked.flag_at("showDetails");
  Value out = Value::object({});
  if (asked.text == "*" || asked.flag_at("allParameters")) {
    for (const Field& f : store.parameters.fields) {
      const bool known = store.number() >= 50000 || f.name.find("Sbe") == std::string::npos;
      if (known && f.value.find("value") != nullptr)
        out.set(f.name, details ? f.value : *f.value.find("value"));
    }
  } else {
    for (const Field& f : request.command.fields) {
      const Value* const found = store.parameters.find(f.name);
      if (found != nullptr && found->find("value") != nullptr)
        out.set(f.name, details ? *found : *found->find("value"));
    }
  }
  if (out.fields.empty()) throw Failure(72, "InvalidOptions", "no option found to get");
  return fine(out);
}

Value set_parameter(Store& store, const Request& request) {
  Value out = Value::object({});
  for (std::size_t i = 1; i < request.command.fields.size(); ++i) {
    const Field& f = request.command.fields[i];
    if (f.name.starts_with('$') || f.name == "lsid" || f.name == "comment" ||
        f.name == "maxTimeMS" || f.name == "writeConcern")
      continue;
    Value* const found = store.parameters.find(f.name);
    if (found == nullptr)
      throw Failure(72, "InvalidOptions",
                    "attempted to set unrecognized parameter [" + f.name +
                        "], use help:true to see options ");
    if (!found->flag_at("settableAtRuntime"))
      throw Failure(20, "IllegalOperation", "not allowed to change [" + f.name + "] at runtime");
    Value& value = *found->find("value");
    if (value.is_number() && !f.value.is_number())
      throw Failure(2, "BadValue", "Failed to parse value for parameter " + f.name);
    out.set("was", value);
    // The type stays that of the parameter.
    if (value.type == Type::int32 && f.value.is_number())
      value = number(static_cast<std::int64_t>(*f.value.as_number()));
    else
      value = f.value;
  }
  return fine(out);
}

Value profile(Store& store, const Request& request) {
  Database& database = store.databases[request.database];
  Value out = Value::object({{"was", number(database.profile_level)},
                             {"slowms", number(database.slow_ms)},
                             {"sampleRate", Value::of(1.0)}});
  const std::int64_t level = request.command.fields.front().value.integer;
  if (level >= 0) database.profile_level = static_cast<int>(level);
  if (request.command.find("slowms") != nullptr)
    database.slow_ms = static_cast<int>(request.command.integer_at("slowms"));
  return fine(out);
}

// ---- counters

std::int64_t counted(const Store& store, std::initializer_list<const char*> names) {
  std::int64_t out = 0;
  for (const char* name : names)
    if (const auto found = store.command_counts.find(std::string_view(name));
        found != store.command_counts.end())
      out += found->second;
  return out;
}

Value server_status(Store& store, const Request& request) {
  Value out = store.templates["serverStatus"];
  const std::int64_t up = now_ms() - store.started_ms + 3'600'000;
  out.set("host", Value::of(store.members[request.member]));
  out.set("version", Value::of(store.version));
  out.set("process", Value::of(store.mongos ? "mongos" : "mongod"));
  out.set("pid", wide(::getpid()));
  out.set("uptime", Value::of(static_cast<double>(up / 1000)));
  out.set("uptimeMillis", wide(up));
  out.set("uptimeEstimate", wide(up / 1000));
  out.set("localTime", date(now_ms()));
  Value& operations = *out.find("opcounters");
  operations.set("insert", wide(counted(store, {"insert"})));
  operations.set("query", wide(counted(store, {"find"})));
  operations.set("update", wide(counted(store, {"update", "findAndModify"})));
  operations.set("delete", wide(counted(store, {"delete"})));
  operations.set("getmore", wide(counted(store, {"getMore"})));
  std::int64_t all = 0;
  for (const auto& [name, count] : store.command_counts) all += count;
  operations.set("command", wide(all));
  if (!store.set) out.erase("repl");
  for (const Field& f : request.command.fields)
    if (f.name != "serverStatus" && f.value.is_number() && !f.value.truthy()) out.erase(f.name);
  return fine(out);
}

Value top(Store& store, const Request&) {
  Value totals = Value::object({{"note", Value::of("all times in microseconds")}});
  for (const auto& [name, database] : store.databases)
    for (const auto& [unused, collection] : database.collections) {
      const auto timer = [](std::int64_t count) {
        return Value::object({{"time", wide(count * 100)}, {"count", wide(count)}});
      };
      Value one = Value::object({{"total", timer(collection.reads + collection.writes)},
                                 {"readLock", timer(collection.reads)},
                                 {"writeLock", timer(collection.writes)},
                                 {"queries", timer(collection.reads)},
                                 {"getmore", timer(0)},
                                 {"insert", timer(collection.writes)},
                                 {"update", timer(0)},
                                 {"remove", timer(0)},
                                 {"commands", timer(collection.commands)}});
      totals.set(collection.ns(), one);
    }
  return fine(Value::object({{"totals", totals}}));
}

Value database_stats(Store& store, const Request& request) {
  const auto found = store.databases.find(request.database);
  std::int64_t collections = 0, views = 0, objects = 0, indexes = 0;
  double bytes = 0;
  if (found != store.databases.end())
    for (const auto& [name, one] : found->second.collections) {
      (one.view() ? views : collections) += 1;
      objects += static_cast<std::int64_t>(one.documents.size());
      bytes += static_cast<double>(one.bytes());
      indexes += static_cast<std::int64_t>(one.indexes.size());
    }
  const double index_bytes = static_cast<double>(indexes) * 20480;
  return fine(Value::object(
      {{"db", Value::of(request.database)},
       {"collections", wide(collections)},
       {"views", wide(views)},
       {"objects", wide(objects)},
       {"avgObjSize", Value::of(objects == 0 ? 0 : bytes / static_cast<double>(objects))},
       {"dataSize", Value::of(bytes)},
       {"storageSize", Value::of(bytes / 2 + 4096)},
       {"indexes", wide(indexes)},
       {"indexSize", Value::of(index_bytes)},
       {"totalSize", Value::of(bytes / 2 + 4096 + index_bytes)},
       {"scaleFactor", wide(1)},
       {"fsUsedSize", Value::of(197988474880.0)},
       {"fsTotalSize", Value::of(270553174016.0)}}));
}

Value storage_of(Store& store, Collection& collection) {
  const auto count = static_cast<std::int64_t>(collection.documents.size());
  const std::int64_t bytes = collection.bytes();
  const Value& recorded = store.templates["collStats"];
  Value details = Value::object({}), sizes = Value::object({});
  std::int64_t total = 0;
  for (Index& index : collection.indexes) {
    const std::int64_t size =
        20480 + static_cast<std::int64_t>(store.entries(collection, index).size()) * 16;
    details.set(index.name(), *recorded.find("indexDetail"));
    sizes.set(index.name(), number(size));
    total += size;
  }
  Value out = Value::object({{"size", number(bytes)},
                             {"count", number(count)},
                             {"avgObjSize", number(count == 0 ? 0 : bytes / count)},
                             {"numOrphanDocs", number(0)},
                             {"storageSize", number(bytes / 2 + 4096)},
                             {"freeStorageSize", number(0)},
                             {"capped", Value::of(collection.options.flag_at("capped"))},
                             {"wiredTiger", *recorded.find("wiredTiger")}});
  out.set("nindexes", number(static_cast<std::int64_t>(collection.indexes.size())));
  out.set("indexDetails", details);
  Value builds = Value::array({});
  for (const std::string& name : store.being_built(collection)) builds.push(Value::of(name));
  out.set("indexBuilds", builds);
  out.set("totalIndexSize", number(total));
  out.set("indexSizes", sizes);
  out.set("totalSize", number(bytes / 2 + 4096 + total));
  out.set("scaleFactor", number(1));
  return out;
}

Value collection_stats(Store& store, const Request& request) {
  Collection* const found = store.find(request.database, request.collection());
  if (found == nullptr) {
    Value out = json(
        R"({"size": 0, "count": 0, "numOrphanDocs": 0, "storageSize": 0, "totalSize": 0, "nindexes": 0, "totalIndexSize": 0, "indexDetails": {}, "indexSizes": {}, "scaleFactor": 1})");
    out.set("ns", Value::of(request.database + "." + request.collection()));
    return fine(out);
  }
  if (found->view())
    throw Failure(166, "CommandNotSupportedOnView",
                  "Namespace " + found->ns() + " is a view, not a collection");
  Value out = storage_of(store, *found);
  out.set("ns", Value::of(found->ns()));
  return fine(out);
}

// ---- operations

Value operation_entry(const Store& store, const Operation& operation, const char* type) {
  const std::int64_t micros = (now_ms() - operation.started_ms) * 1000;
  Value command = operation.command;
  command.set("$db", Value::of(operation.database));
  Value out = Value::object({{"type", Value::of(type)},
                             {"host", Value::of(store.members[operation.member])},
                             {"desc", Value::of(fmt::format("conn{}", operation.connection))},
                             {"connectionId", number(operation.connection)},
                             {"client", Value::of(operation.client)}});
  if (!operation.application.empty()) out.set("appName", Value::of(operation.application));
  if (operation.driver.is_object()) out.set("clientMetadata", operation.driver);
  if (!operation.user.empty()) {
    const std::size_t at = operation.user.rfind('@');
    out.set("effectiveUsers",
            Value::array({Value::object({{"user", Value::of(operation.user.substr(0, at))},
                                         {"db", Value::of(operation.user.substr(at + 1))}})}));
  }
  out.set("active", Value::of(true));
  out.set("currentOpTime", Value::of("2026-11-26T17:41:22.458+00:00"));
  out.set("threaded", Value::of(true));
  out.set("opid", number(operation.id));
  out.set("secs_running", wide(micros / 1'000'000));
  out.set("microsecs_running", wide(micros));
  const std::string name =
      operation.command.fields.empty() ? "" : operation.command.fields.front().name;
  out.set("op", Value::of(name == "find"      ? "query"
                          : name == "getMore" ? "getmore"
                          : name == "insert"  ? "insert"
                          : name == "update"  ? "update"
                          : name == "delete"  ? "remove"
                                              : "command"));
  const bool named =
      !operation.command.fields.empty() && operation.command.fields.front().value.is_string();
  out.set("ns", Value::of(operation.database + "." +
                          (named ? operation.command.fields.front().value.text : "$cmd")));
  out.set("redacted", Value::of(false));
  out.set("command", command);
  out.set("numYields", number(0));
  out.set("locks", Value::object({}));
  out.set("waitingForLock", Value::of(false));
  out.set("lockStats", Value::object({}));
  return out;
}

/// The thread that builds the index for a client that waits.
Value build_entry(const Store& store, const Operation& operation, Value out) {
  const auto database = store.databases.find(operation.database);
  std::int64_t total = 0;
  if (database != store.databases.end())
    if (const auto found =
            database->second.collections.find(operation.command.fields.front().value.text);
        found != database->second.collections.end())
      total = static_cast<std::int64_t>(found->second.documents.size());
  for (const char* name : {"connectionId", "client", "appName", "clientMetadata", "effectiveUsers"})
    out.erase(name);
  out.set("desc", Value::of("IndexBuildsCoordinatorMongod-0"));
  out.set("opid", number(operation.id + 1'000'000));
  out.set("msg", Value::of(fmt::format(
                     "Index Build: scanning collection Index Build: scanning collection: {}/{} 50%",
                     total / 2, total)));
  out.set("progress", Value::object({{"done", number(total / 2)}, {"total", number(total)}}));
  return out;
}

Value current_op(Store& store, const Request& request) {
  Value list = Value::array({});
  for (Value& one : current_operations(store, request, request.command.flag_at("$all")))
    list.push(std::move(one));
  return fine(Value::object({{"inprog", list}}));
}

Value kill_op(Store& store, const Request& request) {
  const std::int64_t id = request.command.integer_at("op");
  for (auto& [unused, operation] : store.operations)
    if (operation.id == id || operation.id + 1'000'000 == id) operation.killed = 11601;
  return fine(Value::object({{"info", Value::of("attempting to kill op")}}));
}

/// What the roles let one do, as a real server lists it.
Value privileges_of(Store& store, const Value& roles) {
  Value out = Value::array({});
  for (const Field& role : roles.fields)
    for (const Field& known : store.templates["roles"].find("roles")->fields) {
      if (known.value.string_at("role") != role.value.string_at("role")) continue;
      for (Field one : known.value.find("privileges")->fields) {
        Value& resource = *one.value.find("resource");
        if (resource.string_at("db") == "shop") resource.set("db", *role.value.find("db"));
        out.push(one.value);
      }
    }
  return out;
}

Value fail_point(Store& store, const Request& request) {
  if (request.collection() != "hangAfterStartingIndexBuild")
    throw Failure(2, "BadValue", "failpoint not found");
  store.hang_builds = request.command.string_at("mode") == "alwaysOn";
  if (!store.hang_builds) store.finish_orphans();
  return fine(Value::object({{"count", number(0)}}));
}

Value connection_status(Store& store, const Request& request) {
  Value users = Value::array({}), roles = Value::array({});
  if (!request.user.empty()) {
    const std::size_t at = request.user.rfind('@');
    users.push(Value::object({{"user", Value::of(request.user.substr(0, at))},
                              {"db", Value::of(request.user.substr(at + 1))}}));
    for (const Field& f : store.users.fields)
      if (f.value.string_at("user") + "@" + f.value.string_at("db") == request.user)
        roles = *f.value.find("roles");
  }
  Value info = Value::object({{"authenticatedUsers", users}, {"authenticatedUserRoles", roles}});
  if (request.command.flag_at("showPrivileges"))
    info.set("authenticatedUserPrivileges", privileges_of(store, roles));
  return fine(Value::object({{"authInfo", info}}));
}

Value users_info(Store& store, const Request&) {
  return fine(Value::object({{"users", store.users}}));
}

Value get_log(Store& store, const Request& request) {
  if (request.collection() == "startupWarnings") return store.templates["getLog"];
  return fine(Value::object({{"totalLinesWritten", number(0)}, {"log", Value::array({})}}));
}

Value pools(Store& store, const Request&) { return store.templates["connPoolStats"]; }
Value concerns(Store& store, const Request&) {
  if (!store.set)
    throw Failure(20, "IllegalOperation",
                  "'getDefaultRWConcern' is not supported on standalone nodes.");
  return store.templates["getDefaultRWConcern"];
}
Value where(Store&, const Request& request) {
  return fine(Value::object({{"you", Value::of(request.client)}}));
}
Value nothing(Store&, const Request&) { return fine(); }
Value locks(Store&, const Request&) {
  return fine(Value::object({{"lockInfo", Value::array({})}}));
}

}  // namespace

Value statistics_of(Store& store, Collection& collection, const Value& asked, std::size_t member) {
  if (collection.view() && asked.find("storageStats") != nullptr)
    throw Failure(166, "CommandNotSupportedOnView",
                  "Namespace " + collection.ns() + " is a view, not a collection");
  Value out = Value::object({{"ns", Value::of(collection.ns())},
                             {"host", Value::of(store.members[member])},
                             {"localTime", date(now_ms())}});
  if (const Value* latency = asked.find("latencyStats")) {
    const auto one = [&](std::int64_t ops) {
      Value histogram = Value::array({});
      if (ops > 0) histogram.push(Value::object({{"micros", wide(128)}, {"count", wide(ops)}}));
      Value made = Value::object({{"latency", wide(ops * 150)}, {"ops", wide(ops)}});
      if (latency->flag_at("histograms"))
        made.fields.insert(made.fields.begin(), {"histogram", histogram});
      return made;
    };
    out.set("latencyStats", Value::object({{"reads", one(collection.reads)},
                                           {"writes", one(collection.writes)},
                                           {"commands", one(collection.commands)},
                                           {"transactions", one(0)}}));
  }
  if (asked.find("storageStats") != nullptr) out.set("storageStats", storage_of(store, collection));
  if (asked.find("count") != nullptr)
    out.set("count", number(static_cast<std::int64_t>(collection.documents.size())));
  if (asked.find("queryExecStats") != nullptr)
    out.set("queryExecStats",
            Value::object(
                {{"collectionScans", Value::object({{"total", wide(collection.scans)},
                                                    {"nonTailable", wide(collection.scans)}})}}));
  return out;
}

std::vector<Value> current_operations(const Store& store, const Request& request, bool idle) {
  static_cast<void>(idle);
  std::vector<Value> out;
  for (const auto& [id, operation] : store.operations) {
    if (operation.member != request.member) continue;
    Value entry = operation_entry(store, operation, "op");
    const bool builds = (operation.held || store.builds.contains(id)) &&
                        !operation.command.fields.empty() &&
                        operation.command.fields.front().name == "createIndexes";
    if (builds) out.push_back(build_entry(store, operation, entry));
    out.push_back(std::move(entry));
  }
  return out;
}

const Handlers& server_commands() {
  static const Handlers all{{"buildInfo", build_info},
                            {"buildinfo", build_info},
                            {"hostInfo", host_info},
                            {"getCmdLineOpts", options},
                            {"getParameter", get_parameter},
                            {"setParameter", set_parameter},
                            {"profile", profile},
                            {"serverStatus", server_status},
                            {"top", top},
                            {"dbStats", database_stats},
                            {"dbstats", database_stats},
                            {"collStats", collection_stats},
                            {"collstats", collection_stats},
                            {"currentOp", current_op},
                            {"killOp", kill_op},
                            {"connectionStatus", connection_status},
                            {"usersInfo", users_info},
                            {"getLog", get_log},
                            {"connPoolStats", pools},
                            {"getDefaultRWConcern", concerns},
                            {"whatsmyuri", where},
                            {"ping", nothing},
                            {"endSessions", nothing},
                            {"killSessions", nothing},
                            {"refreshSessions", nothing},
                            {"logout", nothing},
                            {"lockInfo", locks},
                            {"configureFailPoint", fail_point}};
  return all;
}

}  // namespace whet::testing::mongo
