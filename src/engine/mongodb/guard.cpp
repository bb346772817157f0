#include "engine/mongodb/guard.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace whet::engine::mongodb {

namespace {

using mql::Value;

/// By name, without a look at what is in them. Names are case-sensitive on servers, too.
constexpr std::array<std::string_view, 52> reads{
    "analyzeShardKey",
    "balancerCollectionStatus",
    "balancerStatus",
    "buildInfo",
    "buildinfo",
    "collStats",
    "connPoolStats",
    "connectionStatus",
    "count",
    "currentOp",
    "dataSize",
    "dbStats",
    "distinct",
    "features",
    "find",
    "getAuditConfig",
    "getClusterParameter",
    "getCmdLineOpts",
    "getDefaultRWConcern",
    "getDiagnosticData",
    "getFreeMonitoringStatus",
    "getLog",
    "getMore",
    "getParameter",
    "getShardMap",
    "getShardVersion",
    "hello",
    "hostInfo",
    "isMaster",
    "isdbgrid",
    "ismaster",
    "killCursors",
    "listCollections",
    "listCommands",
    "listDatabases",
    "listIndexes",
    "listShards",
    "lockInfo",
    "ping",
    "planCacheListFilters",
    "replSetGetConfig",
    "replSetGetRBID",
    "replSetGetStatus",
    "rolesInfo",
    "serverInfo",
    "serverStatus",
    "shardConnPoolStats",
    "shardingState",
    "top",
    "usersInfo",
    "whatsmyuri",
    "checkMetadataConsistency",
};

/// Their explain with figures would run them.
constexpr std::array<std::string_view, 5> explainable_writes{"update", "delete", "findAndModify",
                                                             "findandmodify", "mapReduce"};

template <std::size_t n>
bool contains(const std::array<std::string_view, n>& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

/// A stage that writes, however deep (also in $facet, $lookup, $unionWith).
bool has_writing_stage(const Value& value) {
  return std::any_of(value.fields.begin(), value.fields.end(), [](const mql::Field& field) {
    return field.name == "$out" || field.name == "$merge" || has_writing_stage(field.value);
  });
}

/// $out and $merge inside a $match are no stages, but no sane query has them; they are refused
/// with the rest.
bool writes_result(const Value& aggregate) {
  const Value* pipeline = aggregate.find("pipeline");
  return pipeline != nullptr && has_writing_stage(*pipeline);
}

Error refused(const std::string& verb, const std::string& how = "") {
  return {ErrorKind::refused,
          "Whet did not send '" + verb + "'" + how + ": its reading connections only read.", "",
          ""};
}

Status explain_only_reads(const Value& command) {
  const Value& explained = command.fields.front().value;
  if (!explained.is_object() || explained.fields.empty()) return refused("explain");
  const std::string& verb = explained.fields.front().name;
  const bool plan_only = command.string_at("verbosity") == "queryPlanner";
  const bool writes =
      contains(explainable_writes, verb) || (verb == "aggregate" && writes_result(explained));
  if (writes) return plan_only ? Status() : refused("explain " + verb, " with its execution");
  return only_reads(explained);
}

}  // namespace

Status only_reads(const mql::Value& command) {
  if (!command.is_object() || command.fields.empty()) return refused("");
  const std::string& verb = command.fields.front().name;
  if (contains(reads, verb)) return {};
  if (verb == "aggregate")
    return writes_result(command) ? refused(verb, " with $out or $merge") : Status();
  if (verb == "explain") return explain_only_reads(command);
  // -1 only asks for the level; with a threshold or a filter it would set these.
  const bool asks = command.number_at("profile") == -1 && command.find("slowms") == nullptr &&
                    command.find("sampleRate") == nullptr && command.find("filter") == nullptr;
  if (verb == "profile" && asks) return {};
  return refused(verb);
}

bool takes_time_limit(const mql::Value& command) {
  // A cursor's time is that of the command that made it. The others answer at once, or would take
  // it for a parameter's name.
  constexpr std::array<std::string_view, 11> without{"getMore",
                                                     "killCursors",
                                                     "killOp",
                                                     "hello",
                                                     "isMaster",
                                                     "ismaster",
                                                     "endSessions",
                                                     "ping",
                                                     "getParameter",
                                                     "setParameter",
                                                     "getClusterParameter"};
  if (command.fields.empty() || command.find("maxTimeMS") != nullptr) return false;
  return !contains(without, command.fields.front().name);
}

}  // namespace whet::engine::mongodb
