// A sharded cluster from what its mongos and its config database say. Pure functions.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "model/replication.h"
#include "mql/value.h"

namespace whet::engine::mongodb {

/// Documents of config.shards.
[[nodiscard]] std::vector<model::Shard> shards_of(const std::vector<mql::Value>& documents);
/// "rs0/h1:27018,h2:27018" as addresses.
[[nodiscard]] std::vector<std::string> hosts_of_shard(const std::string& host);

/// Documents of config.collections, without those that were dropped and without config's own; the
/// keys of `keys` are what config.chunks names the collection by: its uuid (5.0+) or its name.
struct ShardedCollections {
  std::vector<model::ShardedCollection> collections;
  std::map<std::string, std::size_t> keys;
};
[[nodiscard]] ShardedCollections collections_of(const std::vector<mql::Value>& documents);

/// One group of config.chunks: {_id: {of: uuid or name, shard}, chunks, jumbo}.
void add_chunks(ShardedCollections& sharded, const std::vector<mql::Value>& groups);
/// Documents of $shardedDataDistribution (6.0.3+).
void add_distribution(ShardedCollections& sharded, const std::vector<mql::Value>& documents);
/// Each shard's chunks, and the sizes that listDatabases on a mongos tells by shard.
void add_totals(model::Sharding& sharding, const mql::Value& databases);

/// Documents of config.mongos.
[[nodiscard]] std::vector<model::Router> routers_of(const std::vector<mql::Value>& documents,
                                                    double now);

/// balancerStatus, and the balancer's document in config.settings.
void add_balancer(model::Sharding& sharding, const mql::Value& status, const mql::Value& settings);
/// Groups of config.changelog: {_id: what, n}.
void add_migrations(model::Sharding& sharding, const std::vector<mql::Value>& groups);

}  // namespace whet::engine::mongodb
