// The sharded cluster, from its mongos and its config database.
#include <algorithm>

#include "engine/mongodb/collector.h"
#include "engine/mongodb/sharding_parts.h"

namespace whet::engine::mongodb {

namespace {

using mql::Value;

/// config.chunks has the collection's uuid instead of its name.
constexpr std::int64_t chunks_by_uuid = 50000;
constexpr std::int64_t data_distribution = 60003;
constexpr double milliseconds_of_day = 86400.0 * 1000;

Value find(const char* collection) {
  return Value::object({{"find", Value::of(collection)}, {"filter", Value::object({})}});
}

std::vector<Value> read(Collector& c, const std::string& what, const Value& command) {
  return c.query(what, "config", command, c.grant("clusterMonitor")).value_or(std::vector<Value>());
}

Value grouped_chunks(const Collector& c) {
  const Value jumbo =
      Value::object({{"$cond", Value::array({Value::of("$jumbo"), Value::of(1), Value::of(0)})}});
  const Value group = Value::object(
      {{"_id", Value::object({{"of", Value::of(c.since(chunks_by_uuid) ? "$uuid" : "$ns")},
                              {"shard", Value::of("$shard")}})},
       {"chunks", Value::object({{"$sum", Value::of(1)}})},
       {"jumbo", Value::object({{"$sum", jumbo}})}});
  return Value::object({{"aggregate", Value::of("chunks")},
                        {"pipeline", Value::array({Value::object({{"$group", group}})})},
                        {"cursor", Value::object({})}});
}

Value migrations(const Collector& c) {
  Value since;
  since.type = mql::Type::date;
  since.integer = static_cast<std::int64_t>(c.now * 1000 - milliseconds_of_day);
  const Value names = Value::array({Value::of("moveChunk.commit"), Value::of("moveChunk.error")});
  const Value match = Value::object(
      {{"what", Value::object({{"$in", names}})}, {"time", Value::object({{"$gte", since}})}});
  const Value group =
      Value::object({{"_id", Value::of("$what")}, {"n", Value::object({{"$sum", Value::of(1)}})}});
  return Value::object({{"aggregate", Value::of("changelog")},
                        {"pipeline", Value::array({Value::object({{"$match", match}}),
                                                   Value::object({{"$group", group}})})},
                        {"cursor", Value::object({})}});
}

Value distribution() {
  return Value::object(
      {{"aggregate", Value::of(1)},
       {"pipeline",
        Value::array({Value::object({{"$shardedDataDistribution", Value::object({})}})})},
       {"cursor", Value::object({})}});
}

bool begins_with_key(const model::Index& index, const std::vector<model::IndexPart>& key) {
  if (index.parts.size() < key.size() || !index.predicate.empty()) return false;
  for (std::size_t i = 0; i < key.size(); ++i) {
    if (index.parts[i].column != key[i].column || index.parts[i].opclass != key[i].opclass)
      return false;
  }
  return true;
}

/// The collection needs one index that begins with its shard key: the shortest has that duty.
void mark_shard_keys(Collector& c, const std::vector<model::ShardedCollection>& collections) {
  for (const auto& collection : collections) {
    model::Table* table = c.table(collection.schema, collection.table);
    if (table == nullptr) continue;
    model::Index* chosen = nullptr;
    for (auto& index : table->indexes) {
      if (begins_with_key(index, collection.key) &&
          (chosen == nullptr || index.parts.size() < chosen->parts.size()))
        chosen = &index;
    }
    if (chosen != nullptr) chosen->shard_key = true;
  }
}

}  // namespace

void collect_sharding(Collector& c) {
  if (!c.connection.mongos() || c.stopped()) return;
  c.progress.report("reading the cluster", -1);
  auto& sharding = c.snapshot.replication.sharding.emplace();
  sharding.shards = shards_of(read(c, "shards", find("shards")));
  auto sharded = collections_of(read(c, "sharded collections", find("collections")));
  add_chunks(sharded, read(c, "chunks", grouped_chunks(c)));
  if (c.since(data_distribution)) {
    if (const auto documents = c.query_if_possible("admin", distribution()))
      add_distribution(sharded, *documents);
  }
  sharding.collections = std::move(sharded.collections);
  const auto sizes = c.run_if_possible("admin", Value::object({{"listDatabases", Value::of(1)}}));
  add_totals(sharding, sizes ? *sizes : Value());
  sharding.routers = routers_of(read(c, "routers", find("mongos")), c.now);
  const auto status =
      c.run("the balancer", "admin", Value::object({{"balancerStatus", Value::of(1)}}),
            c.grant("clusterMonitor"));
  Value settings = find("settings");
  settings.set("filter", Value::object({{"_id", Value::of("balancer")}}));
  const auto balancer = read(c, "the balancer's settings", settings);
  add_balancer(sharding, status ? *status : Value(), balancer.empty() ? Value() : balancer.front());
  add_migrations(sharding, read(c, "migrations", migrations(c)));
  const auto version = read(c, "the cluster's identity", find("version"));
  if (!version.empty()) {
    if (const Value* id = version.front().find("clusterId"))
      c.snapshot.server.system_identifier = id->text;
  }
  mark_shard_keys(c, sharding.collections);
}

}  // namespace whet::engine::mongodb
