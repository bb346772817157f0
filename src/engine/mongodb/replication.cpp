// The replica set: members, configuration, default concerns, oplog.
#include <utility>

#include "engine/mongodb/collector.h"
#include "engine/mongodb/replication_parts.h"

namespace whet::engine::mongodb {

namespace {

using mql::Value;

Value ask(const char* command) { return Value::object({{command, Value::of(1)}}); }

Value first_entry() {
  return Value::object({{"find", Value::of("oplog.rs")},
                        {"sort", Value::object({{"$natural", Value::of(1)}})},
                        {"projection", Value::object({{"ts", Value::of(1)}})},
                        {"limit", Value::of(1)},
                        {"singleBatch", Value::of(true)}});
}

Value oplog_stats() {
  return Value::object(
      {{"aggregate", Value::of("oplog.rs")},
       {"pipeline",
        Value::array(
            {Value::object({{"$collStats", Value::object({{"storageStats", Value::object({})}})}}),
             Value::object(
                 {{"$project", Value::object({{"storageStats.size", Value::of(1)},
                                              {"storageStats.maxSize", Value::of(1)}})}})})},
       {"cursor", Value::object({})}});
}

void collect_oplog(Collector& c) {
  const std::string remedy = c.grant("read", "local");
  const auto stats = c.query("the oplog", "local", oplog_stats(), remedy);
  const auto first = c.query("the oplog", "local", first_entry(), remedy);
  if (!stats || stats->empty()) return;
  c.snapshot.replication.binary_logs =
      oplog_of(stats->front(), first && !first->empty() ? first->front() : Value(), c.now);
}

}  // namespace

void collect_replication(Collector& c) {
  const std::string monitor = c.grant("clusterMonitor");
  auto& replication = c.snapshot.replication;
  if (c.connection.identity().topology == "replica set") {
    const auto status =
        c.run("state of the replica set", "admin", ask("replSetGetStatus"), monitor);
    const auto config =
        c.run("configuration of the replica set", "admin", ask("replSetGetConfig"), monitor);
    const Value none;
    if (config) c.set_config = *config;
    replication.members = members_of(status ? *status : none, config ? *config : none);
    replication.set = set_of(status ? *status : none, config ? *config : none);
    const Value* object = config ? config->at("config.settings.replicaSetId") : nullptr;
    if (object != nullptr) c.snapshot.server.system_identifier = object->text;
    replication.set->min_retention_hours =
        c.snapshot.server.number("storage.oplogMinRetentionHours");
    collect_oplog(c);
  }
  if (c.connection.identity().topology == "standalone") return;
  const auto concerns =
      c.run("default read and write concern", "admin", ask("getDefaultRWConcern"), monitor);
  if (!replication.set) replication.set.emplace();
  add_concerns(*replication.set, concerns ? *concerns : Value(), replication.members,
               c.connection.version());
}

void refresh_members(Collector& c) {
  auto& members = c.snapshot.replication.members;
  if (c.stopped() || members.empty()) return;
  const auto status = c.run_if_possible("admin", ask("replSetGetStatus"));
  if (!status) return;
  auto later = members_of(*status, c.set_config);
  for (auto& member : later) {
    for (const auto& known : members) {
      if (known.name != member.name) continue;
      member.version = known.version;
      member.reached = known.reached;
      member.cache_bytes = known.cache_bytes;
      member.reads = known.reads, member.writes = known.writes;
      if (known.reached && known.lag_seconds) member.lag_seconds = known.lag_seconds;
    }
  }
  members = std::move(later);
}

}  // namespace whet::engine::mongodb
