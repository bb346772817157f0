// Replies in the forms that the manual documents ("Config Database", "$shardedDataDistribution",
// "balancerStatus"): no cluster runs here.
#include "engine/mongodb/sharding_parts.h"

#include <gtest/gtest.h>

namespace whet::engine::mongodb {
namespace {

mql::Value parsed(std::string_view json) {
  auto value = mql::parse_json(json);
  EXPECT_TRUE(value.ok()) << json;
  return std::move(value).value();
}

std::vector<mql::Value> list(std::string_view json) {
  std::vector<mql::Value> out;
  for (const auto& field : parsed(json).fields) out.push_back(field.value);
  return out;
}

ShardedCollections sharded() {
  return collections_of(list(R"([
    {"_id": "shop.orders", "key": {"customerId": "hashed", "at": 1}, "unique": false, "noBalance": true,
     "uuid": {"$binary": {"base64": "APK0algET+GD0OHGaiSvhA==", "subType": "04"}}},
    {"_id": "config.system.sessions", "key": {"_id": 1}},
    {"_id": "shop.gone", "key": {"_id": 1}, "dropped": true}])"));
}

TEST(ShardingParts, Shards) {
  const auto shards = shards_of(list(R"([
    {"_id": "s0", "host": "rs0/h1:27018,h2:27018", "state": 1, "tags": ["EU", "fast"]},
    {"_id": "s1", "host": "rs1/h3:27018", "state": 1, "draining": true}])"));
  ASSERT_EQ(shards.size(), 2U);
  EXPECT_EQ(shards[0].tags, "EU, fast");
  EXPECT_TRUE(shards[1].draining);
  EXPECT_EQ(hosts_of_shard(shards[0].host), (std::vector<std::string>{"h1:27018", "h2:27018"}));
}

TEST(ShardingParts, CollectionsWithTheirKeys) {
  const auto all = sharded();
  ASSERT_EQ(all.collections.size(), 1U);
  EXPECT_EQ(all.collections[0].table, "orders");
  EXPECT_TRUE(all.collections[0].balancing_off);
  ASSERT_EQ(all.collections[0].key.size(), 2U);
  EXPECT_EQ(all.collections[0].key[0].opclass, "hashed");
}

TEST(ShardingParts, ChunksByUuidAndByName) {
  auto all = sharded();
  add_chunks(all, list(R"([
    {"_id": {"of": {"$binary": {"base64": "APK0algET+GD0OHGaiSvhA==", "subType": "04"}}, "shard": "s0"},
     "chunks": 8, "jumbo": 1},
    {"_id": {"of": "shop.orders", "shard": "s1"}, "chunks": 2, "jumbo": 0},
    {"_id": {"of": "shop.other", "shard": "s1"}, "chunks": 9, "jumbo": 0}])"));
  const auto& parts = all.collections[0].parts;
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0].chunks, 8);
  EXPECT_EQ(parts[0].jumbo_chunks, 1);
  EXPECT_EQ(parts[1].chunks, 2);
}

TEST(ShardingParts, DistributionAndTotals) {
  auto all = sharded();
  add_chunks(all,
             list(R"([{"_id": {"of": "shop.orders", "shard": "s0"}, "chunks": 3, "jumbo": 0}])"));
  add_distribution(all, list(R"([{"ns": "shop.orders", "shards": [
    {"shardName": "s0", "numOrphanedDocs": 7, "numOwnedDocuments": 1000, "ownedSizeBytes": 5000,
     "orphanedSizeBytes": 35}]}])"));
  EXPECT_EQ(all.collections[0].parts[0].documents, 1000);
  EXPECT_EQ(all.collections[0].parts[0].orphans, 7);
  EXPECT_EQ(all.collections[0].parts[0].bytes, 5000);
  model::Sharding sharding;
  sharding.shards = shards_of(list(R"([{"_id": "s0", "host": "rs0/h1:1"}])"));
  sharding.collections = all.collections;
  add_totals(sharding, parsed(R"({"databases": [{"name": "shop", "shards": {"s0": 400, "s1": 1}},
    {"name": "crm", "shards": {"s0": 100}}]})"));
  EXPECT_EQ(sharding.shards[0].data_bytes, 500);
  EXPECT_EQ(sharding.shards[0].chunks, 3);
}

TEST(ShardingParts, BalancerRoutersMigrations) {
  model::Sharding sharding;
  add_balancer(
      sharding, parsed(R"({"mode": "full", "inBalancerRound": true, "numBalancerRounds": 9})"),
      parsed(R"({"_id": "balancer", "activeWindow": {"start": "23:00", "stop": "6:00"}})"));
  EXPECT_EQ(sharding.balancer, "full");
  EXPECT_TRUE(sharding.balancer_running);
  EXPECT_EQ(sharding.balancer_window, "23:00 to 6:00");
  model::Sharding stopped;
  add_balancer(stopped, mql::Value(), parsed(R"({"_id": "balancer", "stopped": true})"));
  EXPECT_EQ(stopped.balancer, "off");
  add_migrations(
      sharding,
      list(R"([{"_id": "moveChunk.commit", "n": 12}, {"_id": "moveChunk.error", "n": 2}])"));
  EXPECT_EQ(sharding.migrations_done, 12);
  EXPECT_EQ(sharding.migrations_failed, 2);
  const auto routers = routers_of(list(R"([{"_id": "m1:27017", "mongoVersion": "7.0.15",
    "ping": {"$date": {"$numberLong": "90000"}}}])"),
                                  100);
  EXPECT_DOUBLE_EQ(routers[0].ping_age_seconds, 10);
}

}  // namespace
}  // namespace whet::engine::mongodb
