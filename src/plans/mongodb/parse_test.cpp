#include "plans/mongodb/parse.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "plans/mongodb/bounds.h"
#include "plans/mongodb/conditions.h"

namespace whet::plans::mongodb {
namespace {

using model::Plan;
using model::PlanNode;

Plan read(std::string_view text) {
  auto plan = parse(text);
  EXPECT_TRUE(plan.ok()) << (plan.ok() ? "" : plan.error().text());
  return plan.ok() ? std::move(plan).value() : Plan();
}

mql::Value value(std::string_view text) { return mql::parse_json(text).value(); }

// Shortened from what a 7.0.15 says of {$match: {customerId: {$lt: 3}}} and a $lookup without an
// index on the foreign field, with the slot-based engine.
constexpr const char* hash_join = R"json({"explainVersion": "2", "queryPlanner": {
 "namespace": "shop.orders", "indexFilterSet": false, "queryHash": "D6A8CD3E",
 "optimizedPipeline": true, "winningPlan": {"queryPlan": {"stage": "EQ_LOOKUP", "planNodeId": 3,
  "foreignCollection": "shop.customers", "localField": "note", "foreignField": "city",
  "asField": "c", "strategy": "HashJoin", "inputStage": {"stage": "FETCH", "planNodeId": 2,
   "inputStage": {"stage": "IXSCAN", "planNodeId": 1, "keyPattern": {"customerId": 1},
    "indexName": "customerId_1", "isMultiKey": false, "direction": "forward",
    "indexBounds": {"customerId": ["[-inf.0, 3)"]}}}},
  "slotBasedPlan": {"slots": "", "stages": "[3] mkbson"}}, "rejectedPlans": []},
 "executionStats": {"executionSuccess": true, "nReturned": 120, "executionTimeMillis": 9,
  "totalKeysExamined": 120, "totalDocsExamined": 620, "executionStages": {
  "stage": "mkbson", "planNodeId": 3, "nReturned": 120, "executionTimeMillisEstimate": 8,
  "inputStage": {"stage": "hash_lookup", "planNodeId": 3, "nReturned": 120,
   "totalDocsExamined": 620, "usedDisk": true, "spilledRecords": 7, "spilledBytesApprox": 900,
   "inputStages": [
    {"stage": "nlj", "planNodeId": 2, "nReturned": 120, "executionTimeMillisEstimate": 5,
     "outerStage": {"stage": "cfilter", "planNodeId": 1, "nReturned": 120,
      "executionTimeMillisEstimate": 2, "inputStage": {"stage": "ixseek", "planNodeId": 1,
       "nReturned": 120, "indexName": "customerId_1", "keysExamined": 120, "seeks": 1,
       "numReads": 121}},
     "innerStage": {"stage": "limit", "planNodeId": 2, "nReturned": 120, "inputStage":
      {"stage": "seek", "planNodeId": 2, "nReturned": 120, "numReads": 120}}},
    {"stage": "scan", "planNodeId": 3, "nReturned": 500, "numReads": 500}]}}}, "ok": 1})json";

TEST(MongodbPlan, FiguresOfTheSlotBasedEngineGoToThePlannersStages) {
  const Plan plan = read(hash_join);
  EXPECT_EQ(plan.framework, "sbe");
  EXPECT_EQ(plan.query_id, "D6A8CD3E");
  EXPECT_EQ(plan.execution_ms.value_or(0), 9);
  EXPECT_EQ(plan.documents_examined, 620);
  const PlanNode& join = plan.root;
  EXPECT_EQ(join.type, "EQ_LOOKUP");
  EXPECT_EQ(join.strategy, "HashJoin");
  EXPECT_EQ(join.relation, "customers");
  EXPECT_EQ(join.join_filter, "note = customers.city");
  EXPECT_EQ(join.documents_examined.value_or(0), 500);
  EXPECT_EQ(join.sort_space_type, "Disk");
  EXPECT_EQ(join.spilled_bytes, 900);
  EXPECT_EQ(join.rows, 120);
  EXPECT_EQ(join.total_ms.value_or(0), 8);
  const PlanNode& fetch = join.children.at(0);
  EXPECT_EQ(fetch.documents_examined.value_or(0), 120);
  EXPECT_EQ(fetch.total_ms.value_or(0), 5);
  const PlanNode& scan = fetch.children.at(0);
  EXPECT_EQ(scan.keys_examined.value_or(0), 120);
  EXPECT_EQ(scan.seeks, 1);
  EXPECT_EQ(scan.index_condition, "customerId: [-inf, ?)");
}

TEST(MongodbPlan, ProfilersSlotsBecomeStages) {
  const auto document = value(hash_join);
  const auto plan = parse(*document.at("executionStats.executionStages"), "shop.orders");
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->root.type, "EQ_LOOKUP");
  ASSERT_EQ(plan->root.children.size(), 1U);
  EXPECT_EQ(plan->root.children[0].type, "FETCH");
  const PlanNode& scan = plan->root.children[0].children.at(0);
  EXPECT_EQ(scan.type, "IXSCAN");
  EXPECT_EQ(scan.index, "customerId_1");
  EXPECT_EQ(scan.relation, "orders");
  EXPECT_EQ(plan->documents_examined, 620);
}

TEST(MongodbPlan, ProfilersClassicStages) {
  const auto plan = parse(value(R"({"stage": "UPDATE", "nReturned": 0, "nMatched": 1,
    "nWouldModify": 1, "executionTimeMillisEstimate": 7, "inputStage": {"stage": "COLLSCAN",
    "filter": {"note": {"$eq": "n8"}}, "nReturned": 1, "docsExamined": 20000}})"),
                          "shop.orders");
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->root.type, "UPDATE");
  EXPECT_EQ(plan->root.relation, "orders");
  EXPECT_EQ(plan->root.other.at("Modified"), "1");
  EXPECT_EQ(plan->documents_examined, 20000);
  EXPECT_EQ(plan->framework, "classic");
}

TEST(MongodbPlan, PipelineIsAChainWithFacetsAndUnions) {
  const Plan plan = read(R"({"explainVersion": "1", "stages": [
    {"$cursor": {"queryPlanner": {"namespace": "shop.orders", "winningPlan": {"stage": "COLLSCAN",
      "direction": "forward"}, "rejectedPlans": []}, "executionStats": {"executionSuccess": true,
      "nReturned": 20, "executionTimeMillis": 3, "totalKeysExamined": 0, "totalDocsExamined": 20,
      "executionStages": {"stage": "COLLSCAN", "nReturned": 20, "docsExamined": 20,
      "direction": "forward"}}}, "nReturned": 20, "executionTimeMillisEstimate": 3},
    {"$lookup": {"from": "customers", "as": "c", "localField": "customerId", "foreignField": "_id",
      "unwinding": {"preserveNullAndEmptyArrays": false}}, "totalDocsExamined": 20,
      "totalKeysExamined": 20, "collectionScans": 0, "indexesUsed": ["_id_"], "nReturned": 20,
      "executionTimeMillisEstimate": 5},
    {"$facet": {"n": [{"$internalFacetTeeConsumer": {}}, {"$group": {"_id": "$c.city",
      "n": {"$sum": {"$const": 1}}}, "nReturned": 4, "usedDisk": true, "spills": 2}],
      "first": [{"$internalFacetTeeConsumer": {}}, {"$match": {"status": {"$eq": "secret"}}},
      {"$limit": 3}]}, "nReturned": 1, "executionTimeMillisEstimate": 11}], "ok": 1})");
  EXPECT_EQ(plan.root.type, "$facet");
  EXPECT_EQ(plan.execution_ms.value_or(0), 11);
  EXPECT_EQ(plan.keys_examined, 20);
  EXPECT_EQ(plan.documents_examined, 40);
  ASSERT_EQ(plan.root.children.size(), 3U);
  const PlanNode& lookup = plan.root.children[0];
  EXPECT_EQ(lookup.type, "$lookup");
  EXPECT_EQ(lookup.schema, "shop");
  EXPECT_EQ(lookup.indexes, std::vector<std::string>{"_id_"});
  EXPECT_EQ(lookup.other.at("Unwinding"), "c");
  EXPECT_EQ(lookup.children.at(0).type, "COLLSCAN");
  const PlanNode& group = plan.root.children[1];
  EXPECT_EQ(group.subplan_name, "facet n");
  EXPECT_EQ(group.group_keys, std::vector<std::string>{"\"$c.city\""});
  EXPECT_EQ(group.output, std::vector<std::string>{"n: {$sum: ?}"});
  EXPECT_EQ(group.spills, 2);
  EXPECT_EQ(plan.root.children[2].children.at(0).filter, "{status: ?}");
}

TEST(MongodbPlan, ShardsOfAPipelineAndWhatTheMergerDoes) {
  const Plan plan = read(R"({"mergeType": "mongos", "splitPipeline": {"shardsPart": [],
    "mergerPart": [{"$mergeCursors": {}}, {"$group": {"_id": "$$ROOT._id", "$doingMerge": true}},
      {"$sort": {"sortKey": {"n": -1}, "limit": 3}}]},
    "shards": {"rs0": {"host": "a:27018", "explainVersion": "1", "queryPlanner": {"namespace":
      "shop.orders", "winningPlan": {"stage": "COLLSCAN"}, "rejectedPlans": []}},
     "rs1": {"host": "b:27018", "stages": [{"$cursor": {"queryPlanner": {"namespace":
      "shop.orders", "winningPlan": {"stage": "COLLSCAN"}, "rejectedPlans": []}}}]}}, "ok": 1})");
  EXPECT_EQ(plan.root.type, "$sort");
  EXPECT_EQ(plan.root.sort_keys, std::vector<std::string>{"n: -1"});
  const PlanNode& merge = plan.root.children.at(0).children.at(0);
  EXPECT_EQ(merge.type, "SHARD_MERGE");
  ASSERT_EQ(merge.children.size(), 2U);
  EXPECT_EQ(merge.children[0].shard, "rs0");
  EXPECT_EQ(merge.children[1].type, "COLLSCAN");
  EXPECT_EQ(merge.children[1].relation, "orders");
}

TEST(MongodbPlan, ShardsOfAFindWithTheirFigures) {
  const Plan plan = read(R"({"queryPlanner": {"winningPlan": {"stage": "SINGLE_SHARD", "shards": [
    {"shardName": "rs1", "namespace": "shop.orders", "indexFilterSet": true, "winningPlan":
     {"stage": "SHARDING_FILTER", "inputStage": {"stage": "COLLSCAN"}}, "rejectedPlans": []}]}},
    "executionStats": {"nReturned": 5, "executionTimeMillis": 4, "totalKeysExamined": 0,
     "totalDocsExamined": 9, "executionStages": {"stage": "SINGLE_SHARD", "nReturned": 5,
     "executionTimeMillis": 4, "shards": [{"shardName": "rs1", "executionStages": {"stage":
     "SHARDING_FILTER", "nReturned": 5, "chunkSkips": 4, "inputStage": {"stage": "COLLSCAN",
     "nReturned": 9, "docsExamined": 9}}}]}}, "ok": 1})");
  EXPECT_EQ(plan.root.type, "SINGLE_SHARD");
  EXPECT_EQ(plan.root.rows, 5);
  EXPECT_EQ(plan.settings_applied, "an index filter");
  const PlanNode& filter = plan.root.children.at(0);
  EXPECT_EQ(filter.shard, "rs1");
  EXPECT_EQ(filter.other.at("Chunk skips"), "4");
  EXPECT_EQ(filter.children.at(0).documents_examined.value_or(0), 9);
}

TEST(MongodbPlan, StagesOf8) {
  const Plan plan = read(R"({"explainVersion": "1", "queryShapeHash": "F00D", "queryPlanner": {
    "namespace": "shop.orders", "planCacheShapeHash": "AB", "optimizationTimeMillis": 2,
    "querySettings": {"indexHints": []}, "winningPlan": {"isCached": true, "stage":
    "EXPRESS_IXSCAN", "keyPattern": {"a": 1}, "indexName": "a_1", "isMultiKey": false,
    "direction": "forward", "indexBounds": {"a": ["[5, 5]"]}}, "rejectedPlans": []}, "ok": 1})");
  EXPECT_EQ(plan.framework, "express");
  EXPECT_EQ(plan.query_id, "F00D");
  EXPECT_EQ(plan.planning_ms.value_or(0), 2);
  EXPECT_EQ(plan.settings_applied, "query settings");
  EXPECT_EQ(plan.root.relation, "orders");
  EXPECT_EQ(plan.root.index_condition, "a: ?");
  EXPECT_EQ(plan.root.other.at("Cached"), "true");
}

TEST(MongodbPlan, FailedExecutionIsSaidInOurWords) {
  const Plan plan = read(R"({"queryPlanner": {"namespace": "s.c", "winningPlan": {"stage":
    "COLLSCAN"}, "rejectedPlans": []}, "executionStats": {"executionSuccess": false,
    "errorMessage": "cannot compare 'secret'", "errorCode": 292, "nReturned": 0,
    "executionStages": {"stage": "COLLSCAN", "nReturned": 0}}, "ok": 1})");
  ASSERT_EQ(plan.warnings.size(), 1U);
  EXPECT_EQ(plan.warnings[0].code, 292);
  EXPECT_FALSE(text::contains(plan.warnings[0].message, "secret"));
}

TEST(MongodbPlan, WhatIsNone) {
  for (const char* text : {"", "db.orders.find()", "{", "{}", R"({"queryPlanner": {}})",
                           R"({"stages": []})", R"({"ok": 0, "errmsg": "no", "code": 20})"}) {
    const auto plan = parse(std::string_view(text));
    ASSERT_FALSE(plan.ok()) << text;
    EXPECT_EQ(plan.error().kind, ErrorKind::invalid);
  }
  EXPECT_FALSE(looks_like_plan("Seq Scan on orders"));
  EXPECT_TRUE(looks_like_plan(hash_join));
}

TEST(MongodbPlan, BoundsLoseValuesAndKeepEnds) {
  const auto bounds = [](const char* json) { return bounds_of(value(json)).text; };
  EXPECT_EQ(bounds(R"json({"a": ["[\"x, y\", \"x, y\"]"]})json"), "a: ?");
  EXPECT_EQ(bounds(R"json({"a": ["[1, 1]", "[2, 2]"]})json"), "a: [?, ...]");
  EXPECT_EQ(bounds(R"json({"a": ["[MinKey, \"d\")", "(\"d\", MaxKey]"]})json"),
            "a: [MinKey, ?) or (?, MaxKey]");
  EXPECT_EQ(bounds(R"json({"a": ["[MaxKey, MinKey]"],
                           "b": ["(new Date(5), new Date(9223372036854775807)]"]})json"),
            "a: [MinKey, MaxKey], b: (?, inf]");
  EXPECT_EQ(bounds(R"json({"a": ["[\"\", {})", "[/s/, /s/]"]})json"), "a: [\"\", {}) or ?");
  EXPECT_EQ(bounds(R"json({"a": ["", "x"]})json"), "a: [?, ...]");
  EXPECT_EQ(bounds_of(value(R"json({"a": ["[1, 1]", "[2, 2]"]})json")).intervals, 2);
  EXPECT_EQ(bounds_of_count(value(R"json({"startKey": {"s": "new"}, "startKeyInclusive": true,
                                          "endKey": {"s": "new"}, "endKeyInclusive": true})json"))
                .text,
            "s: ?");
}

TEST(MongodbPlan, ConditionsLoseValuesAndKeepNames) {
  const auto filter = [](const char* json) { return filter_text(value(json)); };
  EXPECT_EQ(filter(R"({"$and": [{"a": {"$eq": "x"}}, {"b.c": {"$in": [1, 2]}}]})"),
            "{$and: [{a: ?}, {\"b.c\": {$in: [?]}}]}");
  EXPECT_EQ(filter(R"({"a": {"$exists": true}, "b": {"$not": {"$gt": 5}}})"),
            "{a: {$exists: true}, b: {$not: {$gt: ?}}}");
  EXPECT_EQ(filter(R"({"$expr": {"$eq": ["$a", {"$const": "$secret"}]}})"),
            "{$expr: {$eq: [\"$a\", ?]}}");
  EXPECT_EQ(filter(R"({"a": {"$elemMatch": {"b": {"$gt": 1}}}, "n": {"$regex": "77$"}})"),
            "{a: {$elemMatch: {b: {$gt: ?}}}, n: {$regex: ?}}");
  EXPECT_EQ(filter(R"({"a": {"x": "$secret"}})"), "{a: ?}");
  EXPECT_EQ(filter("{}"), "");
  EXPECT_EQ(keys_of(value(R"({"a": -1, "t": {"$meta": "textScore"}, "p": "2dsphere"})")),
            (std::vector<std::string>{"a: -1", "t: $meta", "p: 2dsphere"}));
}

}  // namespace
}  // namespace whet::plans::mongodb
