#include "engine/mongodb/schema_parts.h"

#include <gtest/gtest.h>

namespace whet::engine::mongodb {
namespace {

mql::Value parsed(std::string_view json) {
  auto value = mql::parse_json(json);
  EXPECT_TRUE(value.ok());
  return std::move(value).value();
}

model::Table orders() { return table_of("shop", parsed(R"({"name": "orders", "options": {}})")); }

model::Index index(std::string_view json) { return index_of(orders(), parsed(json)); }

TEST(SchemaParts, CollectionsKeepTheirOptions) {
  const auto table = table_of("shop", parsed(R"({"name": "logs", "options": {"capped": true,
    "size": 1048576, "max": 5000, "validationLevel": "strict", "collation": {"locale": "en"},
    "validator": {"$jsonSchema": {"required": ["sku"]}}, "timeseries": {"timeField": "t"}}})"));
  EXPECT_EQ(table.qualified(), "shop.logs");
  EXPECT_EQ(table.options.at("capped"), "true");
  EXPECT_EQ(table.options.at("size"), "1048576");
  EXPECT_EQ(table.options.at("validationLevel"), "strict");
  EXPECT_EQ(table.options.at("timeseries"), R"({"timeField":"t"})");
  EXPECT_FALSE(table.options.contains("collation"));
  EXPECT_NE(table.collation.find("en"), std::string::npos);
  EXPECT_NE(table.id, orders().id);
}

TEST(SchemaParts, PlainIndexes) {
  const auto compound = index(R"({"v": 2, "key": {"status": 1, "at": -1.0}, "name": "s"})");
  EXPECT_EQ(compound.method, "btree");
  ASSERT_EQ(compound.parts.size(), 2U);
  EXPECT_EQ(compound.parts[1].column, "at");
  EXPECT_TRUE(compound.parts[1].descending);
  EXPECT_FALSE(compound.unique);
  EXPECT_TRUE(compound.options.empty());
  const auto primary = index(R"({"v": 2, "key": {"_id": 1}, "name": "_id_"})");
  EXPECT_TRUE(primary.primary);
  EXPECT_TRUE(primary.unique);
  const auto clustered =
      index(R"({"v": 2, "key": {"_id": 1}, "name": "c", "unique": true, "clustered": true})");
  EXPECT_TRUE(clustered.clustered && clustered.primary);
}

TEST(SchemaParts, IndexesWithOptions) {
  const auto all = index(R"({"v": 2, "unique": true, "hidden": true, "key": {"a": 1}, "name": "a",
    "sparse": true, "expireAfterSeconds": {"$numberLong": "3600"}, "collation": {"locale": "en", "strength": 2},
    "partialFilterExpression": {"status": "open"}})");
  EXPECT_TRUE(all.unique && all.hidden);
  EXPECT_EQ(all.options.at("sparse"), "true");
  EXPECT_EQ(all.options.at("expireAfterSeconds"), "3600");
  EXPECT_EQ(all.options.at("collation"), R"({"locale":"en","strength":{"$numberInt":"2"}})");
  EXPECT_EQ(all.predicate, R"({"status":"open"})");
  EXPECT_FALSE(
      index(R"({"key": {"a": 1}, "name": "a", "sparse": false})").options.contains("sparse"));
}

TEST(SchemaParts, OtherKindsOfIndexes) {
  EXPECT_EQ(index(R"({"key": {"_id": "hashed"}, "name": "h"})").method, "hashed");
  EXPECT_EQ(index(R"({"key": {"at": "2dsphere", "kind": 1}, "name": "g"})").method, "2dsphere");
  const auto wild = index(R"({"key": {"extra.$**": 1}, "name": "w"})");
  EXPECT_EQ(wild.method, "wildcard");
  EXPECT_EQ(wild.parts.at(0).column, "extra.$**");
  const auto words = index(R"({"key": {"shop": 1, "_fts": "text", "_ftsx": 1}, "name": "t",
    "weights": {"body": 1, "title": 5}, "default_language": "english", "textIndexVersion": 3})");
  EXPECT_EQ(words.method, "text");
  ASSERT_EQ(words.parts.size(), 3U);
  EXPECT_EQ(words.parts[0].opclass, "");
  EXPECT_EQ(words.parts[1].column, "body");
  EXPECT_EQ(words.parts[1].opclass, "text");
  EXPECT_EQ(words.options.at("default_language"), "english");
}

TEST(SchemaParts, DefinitionMakesTheIndexAgain) {
  EXPECT_EQ(
      index(R"({"v": 2, "key": {"ship.country": 1, "at": -1}, "name": "x", "sparse": true})")
          .definition,
      R"(db.getSiblingDB("shop").getCollection("orders").createIndex({"ship.country": 1, at: -1}, )"
      R"({name: "x", sparse: true}))");
  EXPECT_NE(index(R"({"key": {"_fts": "text", "_ftsx": 1}, "name": "t", "weights": {"body": 1}})")
                .definition.find(R"({body: "text"})"),
            std::string::npos);
}

TEST(SchemaParts, Views) {
  const auto view = view_of("shop", parsed(R"({"name": "open", "type": "view",
    "options": {"viewOn": "orders", "pipeline": [{"$match": {"status": "open"}}]}})"));
  ASSERT_EQ(view.uses.size(), 1U);
  EXPECT_EQ(view.uses[0], orders().id);
  EXPECT_NE(view.definition.find("$match"), std::string::npos);
}

TEST(SchemaParts, SizesOfShardsAddUp) {
  auto table = orders();
  table.indexes.push_back(index(R"({"key": {"a": 1}, "name": "a_1"})"));
  const auto stats = parsed(R"({"storageStats": {"size": 1000, "count": 10, "storageSize": 4096,
    "freeStorageSize": 512, "indexSizes": {"a_1": 8192, "gone": 4096}, "indexBuilds": ["a_1"]},
    "free": [{"k": "a_1", "v": 4096}], "latencyStats": {"reads": {"ops": {"$numberLong": "3"}, "latency": 1500},
    "writes": {"ops": 2, "latency": 500}, "commands": {"ops": 1, "latency": 100}},
    "queryExecStats": {"collectionScans": {"total": 4, "nonTailable": 4}}})");
  for (int shard = 0; shard < 2; ++shard) {
    add_sizes(table, stats);
    add_counters(table.total, stats);
  }
  EXPECT_EQ(table.live_rows, 20);
  EXPECT_EQ(table.data_bytes, 2000);
  EXPECT_EQ(table.heap_bytes, 8192);
  EXPECT_EQ(table.free_bytes, 1024);
  EXPECT_EQ(table.index_bytes, 24576);
  EXPECT_EQ(table.indexes[0].size_bytes, 16384);
  EXPECT_TRUE(table.indexes[0].building);
  EXPECT_DOUBLE_EQ(table.indexes[0].bloat->fraction, 0.5);
  EXPECT_EQ(table.total.reads, 6);
  EXPECT_DOUBLE_EQ(table.total.read_ms, 3);
  EXPECT_EQ(table.total.sequential_scans, 8);
}

TEST(SchemaParts, UseOfIndexes) {
  const auto document =
      parsed(R"({"name": "a_1", "host": "vm:1", "accesses": {"ops": {"$numberLong": "7"},
    "since": {"$date": {"$numberLong": "1000000"}}}})");
  EXPECT_EQ(use_of(document, 1600, "db1:27017").member, "db1:27017");
  EXPECT_EQ(use_of(document, 1600).member, "vm:1");
  EXPECT_EQ(use_of(document, 1600).scans, 7);
  EXPECT_DOUBLE_EQ(use_of(document, 1600).age_seconds, 600);
}

}  // namespace
}  // namespace whet::engine::mongodb
