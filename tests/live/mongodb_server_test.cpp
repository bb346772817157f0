// The MongoDB servers of the live tests: what the scripted one answers is what a real one answers.
// With WHET_REAL_MONGODB=1 (or WHET_TEST_MONGODB_URL) the same expectations hold of a real server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/mongo_bson.h"
#include "support/mongo_target.h"

namespace whet::testing {
namespace {

using mql::Field;
using mql::Value;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class MongodbServer : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    target_ = new MongoTarget();
    shop_ = target_->database("shop");
    std::vector<std::string> orders;
    for (int i = 0; i < 200; ++i)
      orders.push_back("{\"_id\": " + std::to_string(i) + ", \"a\": " + std::to_string(i) +
                       ", \"b\": \"b" + std::to_string(i % 7) + "\", \"tags\": [" +
                       std::to_string(i % 3) + ", 9]}");
    target_->insert(shop_, "orders", orders);
    target_->must(
        shop_,
        R"({"createIndexes": "orders", "indexes": [{"key": {"b": 1, "a": 1}, "name": "b_1_a_1"}, {"key": {"a": 1}, "name": "a_1"}, {"key": {"tags": 1}, "name": "tags_1"}]})");
  }
  static void TearDownTestSuite() {
    delete target_;
    target_ = nullptr;
  }

  static Value explain(const std::string& command) {
    return target_->must(shop_,
                         R"({"explain": )" + command + R"(, "verbosity": "executionStats"})");
  }
  /// The names of the stages, from the root down.
  static std::vector<std::string> stages(const Value& reply) {
    std::vector<std::string> out;
    for (const Value* at = reply.at("executionStats.executionStages"); at != nullptr;
         at = at->find("inputStage"))
      out.push_back(at->string_at("stage"));
    return out;
  }
  static std::vector<std::string> names(const Value& object) {
    std::vector<std::string> out;
    for (const Field& f : object.fields) out.push_back(f.name);
    return out;
  }
  /// Code and text of the refusal.
  static std::string refusal(const std::string& command) {
    const Value reply = target_->run(shop_, command);
    EXPECT_EQ(reply.number_at("ok", 1), 0) << command;
    std::string text = reply.string_at("errmsg");
    for (std::size_t at = 0; (at = text.find(shop_)) != std::string::npos;)
      text.replace(at, shop_.size(), "shop");
    return std::to_string(reply.integer_at("code")) + " " + reply.string_at("codeName") + ": " +
           text;
  }

  static MongoTarget* target_;
  static std::string shop_;
};

MongoTarget* MongodbServer::target_ = nullptr;
std::string MongodbServer::shop_;

TEST_F(MongodbServer, ExplainsARangeByItsIndex) {
  const Value reply = explain(R"({"find": "orders", "filter": {"a": {"$gt": 5, "$lt": 9}}})");
  EXPECT_THAT(stages(reply), ElementsAre("FETCH", "IXSCAN"));
  const Value* const scan = reply.at("executionStats.executionStages.inputStage");
  EXPECT_EQ(scan->string_at("indexName"), "a_1");
  EXPECT_EQ(scan->at("indexBounds.a")->fields[0].value.text, "(5, 9)");
  EXPECT_EQ(reply.integer_at("executionStats.totalKeysExamined"), 3);
  EXPECT_EQ(reply.integer_at("executionStats.totalDocsExamined"), 3);
  EXPECT_EQ(reply.integer_at("executionStats.nReturned"), 3);
  EXPECT_EQ(mql::relaxed_json(*reply.at("queryPlanner.parsedQuery")),
            R"({"$and":[{"a":{"$lt":9}},{"a":{"$gt":5}}]})");
}

TEST_F(MongodbServer, ExplainHasTheFieldsThatSevenHas) {
  if (target_->version() / 10000 != 7) GTEST_SKIP() << "names are those of 7.0";
  const Value reply = explain(R"({"find": "orders", "filter": {"a": 7}})");
  EXPECT_THAT(names(reply),
              ::testing::IsSupersetOf({"explainVersion", "queryPlanner", "executionStats",
                                       "command", "serverInfo", "serverParameters", "ok"}));
  EXPECT_THAT(names(*reply.find("queryPlanner")),
              ElementsAre("namespace", "indexFilterSet", "parsedQuery", "queryHash", "planCacheKey",
                          "maxIndexedOrSolutionsReached", "maxIndexedAndSolutionsReached",
                          "maxScansToExplodeReached", "winningPlan", "rejectedPlans"));
  EXPECT_THAT(names(*reply.find("executionStats")),
              ElementsAre("executionSuccess", "nReturned", "executionTimeMillis",
                          "totalKeysExamined", "totalDocsExamined", "executionStages"));
  EXPECT_THAT(names(*reply.at("executionStats.executionStages")),
              ElementsAre("stage", "nReturned", "executionTimeMillisEstimate", "works", "advanced",
                          "needTime", "needYield", "saveState", "restoreState", "isEOF",
                          "docsExamined", "alreadyHasObj", "inputStage"));
  EXPECT_THAT(names(*reply.at("executionStats.executionStages.inputStage")),
              ElementsAre("stage", "nReturned", "executionTimeMillisEstimate", "works", "advanced",
                          "needTime", "needYield", "saveState", "restoreState", "isEOF",
                          "keyPattern", "indexName", "isMultiKey", "multiKeyPaths", "isUnique",
                          "isSparse", "isPartial", "indexVersion", "direction", "indexBounds",
                          "keysExamined", "seeks", "dupsTested", "dupsDropped"));
}

TEST_F(MongodbServer, ChoosesPlansAsARealServerDoes) {
  EXPECT_THAT(stages(explain(R"({"find": "orders", "filter": {"z": 5}})")),
              ElementsAre("COLLSCAN"));
  EXPECT_THAT(
      stages(explain(
          R"({"find": "orders", "filter": {"b": "b3"}, "sort": {"a": 1}, "limit": 3, "projection": {"_id": 0, "a": 1, "b": 1}})")),
      ElementsAre("LIMIT", "PROJECTION_COVERED", "IXSCAN"));
  EXPECT_THAT(
      stages(explain(
          R"({"find": "orders", "filter": {"b": "b3", "q": {"$ne": 1}}, "sort": {"q": -1}})")),
      ElementsAre("SORT", "FETCH", "IXSCAN"));
  EXPECT_THAT(stages(explain(R"({"count": "orders", "query": {"a": 4}})")),
              ElementsAre("COUNT", "COUNT_SCAN"));
  EXPECT_THAT(stages(explain(R"({"count": "orders", "query": {}})")),
              ElementsAre("RECORD_STORE_FAST_COUNT"));
  EXPECT_THAT(stages(explain(R"({"distinct": "orders", "key": "b", "query": {}})")),
              ElementsAre("PROJECTION_COVERED", "DISTINCT_SCAN"));
  EXPECT_THAT(
      stages(explain(
          R"({"update": "orders", "updates": [{"q": {"a": 3}, "u": {"$set": {"z": 1}}}]})")),
      ElementsAre("UPDATE", "FETCH", "IXSCAN"));
  EXPECT_THAT(stages(explain(R"({"delete": "orders", "deletes": [{"q": {"a": 3}, "limit": 1}]})")),
              ElementsAre("DELETE", "FETCH", "IXSCAN"));
  EXPECT_THAT(stages(explain(R"({"find": "orders", "filter": {"$or": [{"a": 4}, {"b": "b1"}]}})")),
              ElementsAre("SUBPLAN", "FETCH", "OR"));
  EXPECT_THAT(stages(explain(R"({"find": "nosuch", "filter": {"a": 4}})")), ElementsAre("EOF"));
}

TEST_F(MongodbServer, CountsTheKeysThatAScanReallyExamines) {
  const auto keys = [](const std::string& command) {
    const Value reply = explain(command);
    return std::pair(reply.integer_at("executionStats.totalKeysExamined"),
                     reply.integer_at("executionStats.totalDocsExamined"));
  };
  EXPECT_EQ(
      keys(
          R"({"find": "orders", "filter": {"a": {"$in": [1, 2, 3]}, "b": {"$in": ["b1", null]}}, "hint": "b_1_a_1"})"),
      std::pair(3L, 1L));
  EXPECT_EQ(keys(R"({"find": "orders", "filter": {"tags": 9}})"), std::pair(200L, 200L));
  EXPECT_EQ(keys(R"({"find": "orders", "filter": {"a": {"$in": [5, 7, 150]}}})"),
            std::pair(6L, 3L));
  EXPECT_EQ(
      keys(R"({"find": "orders", "filter": {"b": {"$gte": "b5"}, "a": 40}, "hint": "b_1_a_1"})"),
      std::pair(4L, 1L));
  EXPECT_EQ(keys(R"({"find": "orders", "filter": {}, "sort": {"a": -1}, "limit": 4})"),
            std::pair(4L, 4L));
}

TEST_F(MongodbServer, RefusesIndexesWithTheServersWords) {
  if (target_->version() / 10000 != 7) GTEST_SKIP() << "texts are those of 7.0";
  const auto create = [](const std::string& spec) {
    return refusal(R"({"createIndexes": "orders", "indexes": [)" + spec + "]}");
  };
  EXPECT_EQ(create(R"({"key": {"a": 1}, "name": "other"})"),
            "85 IndexOptionsConflict: Index already exists with a different name: a_1");
  EXPECT_THAT(
      create(R"({"key": {"b": 1}, "name": "a_1"})"),
      HasSubstr(
          "86 IndexKeySpecsConflict: An existing index has the same name as the requested index."));
  EXPECT_EQ(
      create(R"({"key": {"a": 1}, "name": "a_ttl", "expireAfterSeconds": 10})"),
      "85 IndexOptionsConflict: An equivalent index already exists with a different name and "
      "options. Requested index: { v: 2, key: { a: 1 }, name: \"a_ttl\", expireAfterSeconds: 10 }, "
      "existing index: { v: 2, key: { a: 1 }, name: \"a_1\" }");
  EXPECT_THAT(
      create(R"({"key": {"b": 1}, "name": "dup", "unique": true})"),
      HasSubstr(
          "E11000 duplicate key error collection: shop.orders index: dup dup key: { b: \"b0\" }"));
  EXPECT_EQ(create(R"({"key": {"a": 0}, "name": "z"})"),
            "67 CannotCreateIndex: Error in specification { key: { a: 0 }, name: \"z\" } :: caused "
            "by :: Values in the index key pattern cannot be 0.");
  EXPECT_EQ(create(R"({"key": {"a": 1, "z": 1}, "name": "z", "expireAfterSeconds": 1})"),
            "67 CannotCreateIndex: TTL indexes are single-field indexes, compound indexes do not "
            "support TTL. Index spec: { key: { a: 1, z: 1 }, name: \"z\", expireAfterSeconds: 1 }");
  EXPECT_EQ(refusal(R"({"dropIndexes": "orders", "index": "nope"})"),
            "27 IndexNotFound: index not found with name [nope]");
  EXPECT_EQ(refusal(R"({"dropIndexes": "nosuch", "index": "x"})"),
            "26 NamespaceNotFound: ns not found shop.nosuch");
  EXPECT_EQ(refusal(R"({"collMod": "orders", "index": {"name": "nope", "hidden": true}})"),
            "27 IndexNotFound: cannot find index nope for ns shop.orders");
  EXPECT_EQ(refusal(R"({"collMod": "orders", "index": {"name": "_id_", "hidden": true}})"),
            "2 BadValue: can't hide _id index");
  EXPECT_EQ(refusal(R"({"find": "orders", "filter": {"a": {"$wat": 1}}})"),
            "2 BadValue: unknown operator: $wat");
  EXPECT_EQ(refusal(R"({"getMore": {"$numberLong": "77"}, "collection": "orders"})"),
            "43 CursorNotFound: cursor id 77 not found");
  EXPECT_THAT(refusal(R"({"find": "orders", "filter": {"a": 1}, "hint": "nope"})"),
              HasSubstr("planner returned error :: caused by :: hint provided does not correspond "
                        "to an existing index"));
}

TEST_F(MongodbServer, HidesAndRevealsAnIndex) {
  const std::string find = R"({"find": "orders", "filter": {"tags": 1}})";
  EXPECT_THAT(stages(explain(find)), ElementsAre("FETCH", "IXSCAN"));
  const Value hidden =
      target_->must(shop_, R"({"collMod": "orders", "index": {"name": "tags_1", "hidden": true}})");
  EXPECT_TRUE(hidden.flag_at("hidden_new"));
  EXPECT_THAT(stages(explain(find)), ElementsAre("COLLSCAN"));
  EXPECT_EQ(
      target_->must(shop_, R"({"collMod": "orders", "index": {"name": "tags_1", "hidden": true}})")
          .find("hidden_old"),
      nullptr);
  target_->must(shop_, R"({"collMod": "orders", "index": {"name": "tags_1", "hidden": false}})");
  EXPECT_THAT(stages(explain(find)), ElementsAre("FETCH", "IXSCAN"));
}

TEST_F(MongodbServer, ReadsLargeResultsByCursor) {
  const Value first = target_->must(
      shop_, R"({"find": "orders", "filter": {}, "sort": {"_id": 1}, "batchSize": 150})");
  ASSERT_EQ(first.at("cursor.firstBatch")->fields.size(), 150U);
  const Value rest =
      target_->must(shop_, R"({"getMore": )" + mql::canonical_json(*first.at("cursor.id")) +
                               R"(, "collection": "orders"})");
  ASSERT_EQ(rest.at("cursor.nextBatch")->fields.size(), 50U);
  EXPECT_EQ(rest.at("cursor.nextBatch")->fields.back().value.integer_at("_id"), 199);
  EXPECT_EQ(rest.integer_at("cursor.id"), 0);
}

TEST_F(MongodbServer, AggregatesAndCounts) {
  const Value groups = target_->must(
      shop_,
      R"({"aggregate": "orders", "pipeline": [{"$match": {"a": {"$gte": 100}}}, {"$group": {"_id": "$b", "n": {"$sum": 1}, "top": {"$max": "$a"}}}, {"$sort": {"_id": 1}}], "cursor": {}})");
  ASSERT_EQ(groups.at("cursor.firstBatch")->fields.size(), 7U);
  EXPECT_EQ(mql::relaxed_json(groups.at("cursor.firstBatch")->fields[3].value),
            R"({"_id":"b3","n":15,"top":199})");
  EXPECT_EQ(target_->must(shop_, R"({"count": "orders", "query": {"tags": {"$in": [0, 1]}}})")
                .integer_at("n"),
            134);
  const Value distinct = target_->must(shop_, R"({"distinct": "orders", "key": "tags"})");
  EXPECT_EQ(mql::relaxed_json(*distinct.find("values")), "[0,1,2,9]");
}

TEST_F(MongodbServer, ChangesDocuments) {
  const Value inserted = target_->run(
      shop_, R"({"insert": "changes", "documents": [{"_id": 1, "a": 1}, {"_id": 1, "a": 2}]})");
  EXPECT_EQ(inserted.integer_at("n"), 1);
  EXPECT_THAT(inserted.at("writeErrors")->fields[0].value.string_at("errmsg"),
              HasSubstr("index: _id_ dup key: { _id: 1 }"));
  const Value updated = target_->must(
      shop_,
      R"({"update": "changes", "updates": [{"q": {"_id": 1}, "u": {"$inc": {"a": 4}, "$set": {"x.y": "new"}}}, {"q": {"_id": 2}, "u": {"$set": {"a": 1}}, "upsert": true}]})");
  EXPECT_EQ(updated.integer_at("nModified"), 1);
  const Value found =
      target_->must(shop_, R"({"find": "changes", "filter": {}, "sort": {"_id": 1}})");
  EXPECT_EQ(mql::relaxed_json(*found.at("cursor.firstBatch")),
            R"([{"_id":1,"a":5,"x":{"y":"new"}},{"_id":2,"a":1}])");
  EXPECT_EQ(
      target_
          ->must(shop_,
                 R"({"delete": "changes", "deletes": [{"q": {"a": {"$gte": 1}}, "limit": 0}]})")
          .integer_at("n"),
      2);
}

TEST_F(MongodbServer, ProfilesWhatItIsAsked) {
  // The threshold is the whole server's: it is put back.
  const Value before = target_->must(shop_, R"({"profile": 2, "slowms": 0})");
  target_->must(shop_, R"({"find": "orders", "filter": {"a": 12}, "comment": "profiled here"})");
  const Value was = target_->must(
      shop_, R"({"profile": 0, "slowms": )" + std::to_string(before.integer_at("slowms")) + "}");
  EXPECT_EQ(was.integer_at("was"), 2);
  const Value found = target_->must(
      shop_, R"({"find": "system.profile", "filter": {"command.comment": "profiled here"}})");
  ASSERT_EQ(found.at("cursor.firstBatch")->fields.size(), 1U);
  const Value& entry = found.at("cursor.firstBatch")->fields[0].value;
  EXPECT_EQ(entry.string_at("planSummary"), "IXSCAN { a: 1 }");
  EXPECT_EQ(entry.integer_at("keysExamined"), 1);
  EXPECT_EQ(entry.string_at("op"), "query");
}

}  // namespace
}  // namespace whet::testing
