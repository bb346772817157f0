// Plans of MongoDB in what the engines share: the format is found, the tree and the shape print.
#include <gtest/gtest.h>

#include "base/text.h"
#include "plans/parse.h"
#include "plans/render.h"
#include "plans/shape.h"

namespace whet::plans {
namespace {

constexpr const char* sorted = R"({"explainVersion": "1",
 "queryPlanner": {"namespace": "shop.orders", "indexFilterSet": false, "winningPlan": {
   "stage": "SORT", "sortPattern": {"total": -1}, "memLimit": 104857600, "inputStage": {
     "stage": "FETCH", "filter": {"at": {"$gt": 5}}, "inputStage": {"stage": "IXSCAN",
       "keyPattern": {"status": 1}, "indexName": "status_1", "isMultiKey": false,
       "direction": "forward", "indexBounds": {"status": ["[\"secret\", \"secret\"]"]}}}},
   "rejectedPlans": [{"stage": "COLLSCAN"}]},
 "executionStats": {"executionSuccess": true, "nReturned": 300, "executionTimeMillis": 12,
   "totalKeysExamined": 2500, "totalDocsExamined": 2500, "executionStages": {
   "stage": "SORT", "nReturned": 300, "executionTimeMillisEstimate": 10, "works": 2801,
   "sortPattern": {"total": -1}, "memLimit": 104857600, "totalDataSizeSorted": 40960,
   "usedDisk": false, "inputStage": {"stage": "FETCH", "filter": {"at": {"$gt": 5}},
     "nReturned": 300, "executionTimeMillisEstimate": 8, "docsExamined": 2500, "inputStage": {
       "stage": "IXSCAN", "nReturned": 2500, "executionTimeMillisEstimate": 2,
       "keyPattern": {"status": 1}, "indexName": "status_1", "isMultiKey": false,
       "direction": "forward", "indexBounds": {"status": ["[\"secret\", \"secret\"]"]},
       "keysExamined": 2500, "seeks": 1}}}}, "ok": 1})";

TEST(MongodbPlans, AnExplainOfMongodbIsReadAndPrinted) {
  const auto plan = parse(sorted);
  ASSERT_TRUE(plan.ok()) << plan.error().text();
  EXPECT_EQ(shape_text(*plan), "SORT(FETCH(IXSCAN status_1 orders))");
  const std::string tree = render(*plan, {.width = 100, .ascii = true});
  for (const char* part :
       {"SORT", "`- FETCH", "IXSCAN using status_1 on shop.orders", "bounds: status: ?",
        "filter: {at: {$gt: ?}}", "sort: total: -1  in memory 40 kB", "returned", "2,500",
        "execution 12 ms", "2,500 keys and 2,500 documents examined", "1 plan rejected"}) {
    EXPECT_TRUE(text::contains(tree, part)) << part << "\n" << tree;
  }
  EXPECT_FALSE(text::contains(tree, "secret")) << tree;
  EXPECT_FALSE(text::contains(tree, "estimated")) << tree;
}

TEST(MongodbPlans, PlanThatDidNotRunHasNoFigures) {
  const auto plan = parse(R"({"queryPlanner": {"namespace": "shop.orders", "winningPlan":
    {"stage": "COLLSCAN", "filter": {"a": {"$eq": "x"}}, "direction": "backward"},
    "rejectedPlans": []}, "ok": 1})");
  ASSERT_TRUE(plan.ok()) << plan.error().text();
  const std::string tree = render(*plan, {.width = 80, .ascii = true});
  EXPECT_TRUE(text::contains(tree, "COLLSCAN backward on shop.orders")) << tree;
  EXPECT_TRUE(text::contains(tree, "filter: {a: ?}")) << tree;
  EXPECT_TRUE(text::contains(tree, "not run")) << tree;
}

TEST(MongodbPlans, ShapeIsTheSameHoweverManyShardsDoTheSame) {
  const auto of = [](const std::string& shards) {
    const auto plan = parse(R"({"queryPlanner": {"winningPlan": {"stage": "SHARD_MERGE",
      "shards": [)" + shards +
                            R"(]}}, "ok": 1})");
    EXPECT_TRUE(plan.ok());
    return plan.ok() ? shape_text(*plan) : "";
  };
  const std::string scan = R"("namespace": "s.c", "winningPlan": {"stage": "COLLSCAN"}})";
  const std::string one = R"({"shardName": "a", )" + scan, two = R"({"shardName": "b", )" + scan;
  EXPECT_EQ(of(one + "," + two), "SHARD_MERGE(COLLSCAN c)");
  EXPECT_EQ(of(one + "," + two), of(one));
}

}  // namespace
}  // namespace whet::plans
