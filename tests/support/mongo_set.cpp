// The scripted MongoDB server as a member of a replica set: hello, status, configuration, oplog.
#include <fmt/format.h>

#include "support/mongo_bson.h"
#include "support/mongo_store.h"

namespace whet::testing::mongo {

using mql::Field;
using mql::Type;
using mql::Value;

namespace {

Value number(std::int64_t n) { return Value::of(static_cast<int>(n)); }
Value wide(std::int64_t n) { return Value::of(n); }

/// What the version speaks (a driver refuses what it does not know).
int wire_version(const Store& store) {
  const int version = store.number();
  if (version >= 80000) return 25;
  if (version >= 70000) return 21;
  if (version >= 60000) return 17;
  return version >= 50000 ? 13 : 9;
}

void describe_set(const Store& store, const Request& request, Value& out) {
  Value hosts = Value::array({});
  for (const std::string& one : store.members) hosts.push(Value::of(one));
  const bool primary = request.member == store.primary;
  out.set("hosts", hosts);
  out.set("setName", Value::of("rs0"));
  out.set("setVersion", number(1));
  out.set(request.name == "hello" ? "isWritablePrimary" : "ismaster", Value::of(primary));
  out.set("secondary", Value::of(!primary));
  if (store.primary < store.members.size())
    out.set("primary", Value::of(store.members[store.primary]));
  out.set("me", Value::of(store.members[request.member]));
  if (primary)
    out.set("electionId",
            {.type = Type::object_id, .text = fmt::format("7fffffff{:016x}", store.term)});
  const Value at = date(now_ms() / 1000 * 1000);
  out.set("lastWrite", Value::object({{"opTime", store.optime()},
                                      {"lastWriteDate", at},
                                      {"majorityOpTime", store.optime()},
                                      {"majorityWriteDate", at}}));
}

Value hello(Store& store, const Request& request) {
  Value out = Value::object({});
  if (store.set && !store.mongos)
    describe_set(store, request, out);
  else
    out.set(request.name == "hello" ? "isWritablePrimary" : "ismaster", Value::of(true));
  if (store.mongos) out.set("msg", Value::of("isdbgrid"));
  if (request.name != "hello") out.set("helloOk", Value::of(true));
  out.set("maxBsonObjectSize", number(16777216));
  out.set("maxMessageSizeBytes", number(48000000));
  out.set("maxWriteBatchSize", number(100000));
  out.set("localTime", date(now_ms()));
  out.set("logicalSessionTimeoutMinutes", number(30));
  out.set("connectionId", number(request.connection));
  out.set("minWireVersion", number(0));
  out.set("maxWireVersion", number(wire_version(store)));
  out.set("readOnly", Value::of(false));
  return fine(out);
}

[[noreturn]] void not_in_set() {
  throw Failure(76, "NoReplicationEnabled", "not running with --replSet");
}

Value member_status(const Store& store, std::size_t at, std::size_t self) {
  const bool up = store.reachable[at], primary = at == store.primary;
  Value out =
      Value::object({{"_id", number(static_cast<std::int64_t>(at))},
                     {"name", Value::of(store.members[at])},
                     {"health", Value::of(up ? 1.0 : 0.0)},
                     {"state", number(!up       ? 8
                                      : primary ? 1
                                                : 2)},
                     {"stateStr", Value::of(!up       ? "(not reachable/healthy)"
                                            : primary ? "PRIMARY"
                                                      : "SECONDARY")},
                     {"uptime", number(up ? (now_ms() - store.started_ms) / 1000 + 3600 : 0)}});
  const Value never = Value::object({{"ts", {.type = Type::timestamp}}, {"t", wide(-1)}});
  const std::int64_t now = up ? now_ms() / 1000 * 1000 : 0;
  out.set("optime", up ? store.optime() : never);
  if (at != self) out.set("optimeDurable", up ? store.optime() : never);
  out.set("optimeDate", date(now));
  if (at != self) out.set("optimeDurableDate", date(now));
  out.set("lastAppliedWallTime", date(now));
  out.set("lastDurableWallTime", date(now));
  if (at != self) {
    out.set("lastHeartbeat", date(now_ms()));
    out.set("lastHeartbeatRecv", date(now_ms()));
    out.set("pingMs", wide(0));
  }
  out.set("lastHeartbeatMessage", Value::of(up ? ""
                                               : "Error connecting to " + store.members[at] +
                                                     " :: caused by :: Connection refused"));
  out.set("syncSourceHost", Value::of(primary || !up || store.primary >= store.members.size()
                                          ? ""
                                          : store.members[store.primary]));
  out.set("syncSourceId", number(primary || !up ? -1 : static_cast<std::int64_t>(store.primary)));
  out.set("infoMessage", Value::of(""));
  if (primary) {
    out.set("electionTime", store.timestamp());
    out.set("electionDate", date(store.started_ms));
  }
  out.set("configVersion", number(1));
  out.set("configTerm", number(store.term));
  if (at == self) out.set("self", Value::of(true));
  return out;
}

Value status(Store& store, const Request& request) {
  if (!store.set) not_in_set();
  Value members = Value::array({});
  for (std::size_t i = 0; i < store.members.size(); ++i)
    members.push(member_status(store, i, request.member));
  const auto majority = static_cast<std::int64_t>(store.members.size() / 2 + 1),
             all = static_cast<std::int64_t>(store.members.size());
  const Value now = date(now_ms() / 1000 * 1000);
  Value optimes = Value::object({{"lastCommittedOpTime", store.optime()},
                                 {"lastCommittedWallTime", now},
                                 {"readConcernMajorityOpTime", store.optime()},
                                 {"appliedOpTime", store.optime()},
                                 {"durableOpTime", store.optime()},
                                 {"lastAppliedWallTime", now},
                                 {"lastDurableWallTime", now}});
  return fine(Value::object({{"set", Value::of("rs0")},
                             {"date", date(now_ms())},
                             {"myState", number(request.member == store.primary ? 1 : 2)},
                             {"term", wide(store.term)},
                             {"syncSourceHost", Value::of("")},
                             {"syncSourceId", number(-1)},
                             {"heartbeatIntervalMillis", wide(2000)},
                             {"majorityVoteCount", number(majority)},
                             {"writeMajorityCount", number(majority)},
                             {"votingMembersCount", number(all)},
                             {"writableVotingMembersCount", number(all)},
                             {"optimes", optimes},
                             {"members", members}}));
}

Value configuration(Store& store, const Request&) {
  if (!store.set) not_in_set();
  Value members = Value::array({});
  for (std::size_t i = 0; i < store.members.size(); ++i) {
    Value one = json(
        R"({"arbiterOnly": false, "buildIndexes": true, "hidden": false, "priority": {"$numberDouble": "1.0"}, "tags": {}, "secondaryDelaySecs": {"$numberLong": "0"}, "votes": 1})");
    one.fields.insert(one.fields.begin(), {{"_id", number(static_cast<std::int64_t>(i))},
                                           {"host", Value::of(store.members[i])}});
    members.push(one);
  }
  Value config = Value::object({{"_id", Value::of("rs0")},
                                {"version", number(1)},
                                {"term", wide(store.term)},
                                {"members", members},
                                {"protocolVersion", wide(1)},
                                {"writeConcernMajorityJournalDefault", Value::of(true)}});
  config.set(
      "settings",
      json(
          R"({"chainingAllowed": true, "heartbeatIntervalMillis": 2000, "heartbeatTimeoutSecs": 10, "electionTimeoutMillis": 10000, "catchUpTimeoutMillis": -1, "catchUpTakeoverDelayMillis": 30000, "getLastErrorModes": {}, "getLastErrorDefaults": {"w": 1, "wtimeout": 0}})"));
  config.find("settings")
      ->set("replicaSetId", {.type = Type::object_id, .text = "6b086ca5fabeacc4bc2757b8"});
  return fine(Value::object({{"config", config}}));
}

Value rollbacks(Store& store, const Request&) {
  if (!store.set) not_in_set();
  return fine(Value::object({{"rbid", number(1)}}));
}

}  // namespace

const Handlers& set_commands() {
  static const Handlers all{{"hello", hello},
                            {"isMaster", hello},
                            {"ismaster", hello},
                            {"replSetGetStatus", status},
                            {"replSetGetConfig", configuration},
                            {"replSetGetRBID", rollbacks}};
  return all;
}

}  // namespace whet::testing::mongo
