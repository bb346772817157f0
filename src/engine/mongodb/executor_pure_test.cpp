// What the executor makes of replies, without a server.
#include <gtest/gtest.h>

#include "engine/mongodb/executor_access.h"
#include "engine/mongodb/executor_inspect.h"
#include "engine/mongodb/executor_pressure.h"
#include "engine/mongodb/executor_values.h"
#include "engine/mongodb/executor_watch.h"

namespace whet::engine::mongodb {
namespace {

using mql::Value;

Value json(std::string_view text) {
  auto parsed = mql::parse_json(text);
  EXPECT_TRUE(parsed.ok()) << text;
  return std::move(parsed).value();
}

TEST(MongodbAccess, PrivilegesByResource) {
  const Value nobody = json(R"({"authInfo": {"authenticatedUsers": []}})");
  EXPECT_TRUE(allows(nobody, "shop", "orders", "createIndex")) << "no access control";
  const auto with = [](const std::string& resource, const std::string& action) {
    return json(R"({"authInfo": {"authenticatedUsers": [{"user": "u"}],
      "authenticatedUserPrivileges": [{"resource": )" +
                resource + R"(, "actions": [")" + action + R"("]}]}})");
  };
  const std::string all_of_shop = R"({"db": "shop", "collection": ""})";
  EXPECT_TRUE(allows(with(all_of_shop, "createIndex"), "shop", "orders", "createIndex"));
  EXPECT_FALSE(allows(with(all_of_shop, "createIndex"), "shop", "system.x", "createIndex"));
  EXPECT_FALSE(allows(with(all_of_shop, "createIndex"), "other", "orders", "createIndex"));
  EXPECT_FALSE(allows(with(all_of_shop, "find"), "shop", "orders", "createIndex"));
  EXPECT_TRUE(allows(with(R"({"db": "", "collection": ""})", "collMod"), "a", "b", "collMod"));
  EXPECT_TRUE(allows(with(R"({"db": "", "collection": "b"})", "collMod"), "a", "b", "collMod"));
  EXPECT_FALSE(allows(with(R"({"db": "", "collection": "b"})", "collMod"), "a", "c", "collMod"));
  EXPECT_TRUE(allows(with(R"({"cluster": true})", "setParameter"), "", "", "setParameter"));
  EXPECT_FALSE(allows(with(all_of_shop, "setParameter"), "", "", "setParameter"));
  EXPECT_TRUE(allows(with(R"({"anyResource": true})", "anyAction"), "a", "b", "dropIndex"));
}

constexpr std::string_view members = R"x({"members": [
  {"_id": 0, "name": "a:1", "state": 1, "stateStr": "PRIMARY", "health": 1,
   "optimeDate": {"$date": {"$numberLong": "100000"}}},
  {"_id": 1, "name": "b:1", "state": 2, "stateStr": "SECONDARY", "health": 1,
   "optimeDate": {"$date": {"$numberLong": "95000"}}},
  {"_id": 2, "name": "c:1", "state": 2, "stateStr": "SECONDARY", "health": 1,
   "optimeDate": {"$date": {"$numberLong": "10000"}}},
  {"_id": 3, "name": "d:1", "state": 8, "stateStr": "(not reachable/healthy)", "health": 0,
   "optimeDate": {"$date": {"$numberLong": "0"}}}]})x";

TEST(MongodbPressure, TheLagOfADelayedMemberIsMeant) {
  const Value config = json(R"({"config": {"members": [
    {"_id": 0}, {"_id": 1}, {"_id": 2, "slaveDelay": 88}, {"_id": 3, "votes": 0}]}})");
  const auto lag = worst_lag(json(members), config);
  ASSERT_TRUE(lag.has_value());
  EXPECT_EQ(lag->member, "b:1");
  EXPECT_DOUBLE_EQ(lag->seconds, 5);
  EXPECT_EQ(missing_voter(json(members), config), "") << "the one that is down has no vote";
  const Value voting = json(R"({"config": {"members": [{"_id": 0}, {"_id": 1}, {"_id": 2},
    {"_id": 3, "votes": 1}]}})");
  EXPECT_EQ(missing_voter(json(members), voting), "d:1 ((not reachable/healthy))");
  EXPECT_EQ(worst_lag(json(members), voting)->member, "c:1");
}

TEST(MongodbPressure, AMemberThatComesBackBeginsAnew) {
  Absence voter;
  EXPECT_EQ(voter.seconds(false, 10), 0);
  EXPECT_EQ(voter.seconds(true, 20), 0);
  EXPECT_EQ(voter.seconds(true, 50), 30);
  EXPECT_EQ(voter.seconds(false, 60), 0);
  EXPECT_EQ(voter.seconds(true, 70), 0);
  EXPECT_EQ(voter.seconds(true, 75), 5);
}

TEST(MongodbPressure, CacheAndDisk) {
  const Value status = json(R"({"wiredTiger": {"cache": {"maximum bytes configured": 1000,
    "tracked dirty bytes in the cache": 250}}})");
  EXPECT_DOUBLE_EQ(dirty_part(status).value(), 0.25);
  EXPECT_FALSE(dirty_part(json("{}")).has_value());
  const auto disk = disk_of(json(R"({"fsTotalSize": 1000, "fsUsedSize": 900})"));
  ASSERT_TRUE(disk.has_value());
  EXPECT_DOUBLE_EQ(disk->free, 100);
  EXPECT_FALSE(disk_of(json("{}")).has_value());
  EXPECT_DOUBLE_EQ(least_free_bytes(1000), 50);
  EXPECT_DOUBLE_EQ(least_free_bytes(1e12), 256.0 * 1048576);
}

TEST(MongodbInspect, TheSameIndexWhateverItsName) {
  const Value asked = json(R"({"key": {"a": 1, "b": -1}, "name": "x"})");
  EXPECT_TRUE(same_index(json(R"({"v": 2, "key": {"a": 1.0, "b": {"$numberLong": "-1"}},
                                  "name": "y", "hidden": true})"),
                         asked));
  EXPECT_FALSE(same_index(json(R"({"key": {"b": -1, "a": 1}})"), asked)) << "the order counts";
  EXPECT_FALSE(same_index(json(R"({"key": {"a": 1, "b": -1}, "unique": true})"), asked));
  EXPECT_TRUE(same_index(json(R"({"key": {"a": 1, "b": -1}, "unique": false})"), asked));
  EXPECT_FALSE(same_index(
      json(R"({"key": {"a": 1, "b": -1}, "partialFilterExpression": {"c": 1}})"), asked));
  EXPECT_FALSE(
      same_index(json(R"({"key": {"a": 1, "b": -1}, "collation": {"locale": "de"}})"), asked));
  const Value text = json(R"({"key": {"title": "text", "note": "text", "at": 1}})");
  EXPECT_TRUE(same_index(json(R"({"key": {"_fts": "text", "_ftsx": 1, "at": 1},
                                  "weights": {"note": 1, "title": 1}})"),
                         text));
  EXPECT_FALSE(same_index(json(R"({"key": {"_fts": "text", "_ftsx": 1, "at": 1},
                                   "weights": {"note": 1, "body": 1}})"),
                          text));
}

TEST(MongodbInspect, AnIndexIsThereWhenAllShardsHaveIt) {
  IndexState state;
  EXPECT_FALSE(state.ready_everywhere("i")) << "no collection";
  state.shards = {{"s1", {"_id_", "i"}, {}}, {"s2", {"_id_"}, {"i"}}};
  EXPECT_FALSE(state.ready_everywhere("i"));
  EXPECT_TRUE(state.ready_somewhere("i"));
  EXPECT_TRUE(state.building("i"));
  EXPECT_EQ(state.any_build(), "i");
}

TEST(MongodbInspect, ValuesAreEqualByWhatTheyAreWorth) {
  EXPECT_TRUE(same_value(json("5"), json(R"({"$numberLong": "5"})")));
  EXPECT_TRUE(same_value(json("5.0"), json("5")));
  EXPECT_TRUE(same_value(json("true"), json("1")));
  EXPECT_FALSE(same_value(json("true"), json("0")));
  EXPECT_FALSE(same_value(json(R"("5")"), json("5")));
  EXPECT_TRUE(same_value(json(R"({"a": 1})"), json(R"({"a": 1.0})")));
}

TEST(MongodbWatch, WhatCurrentOpTellsOfABuild) {
  const std::vector<Value> operations = {
      json(R"({"desc": "conn2", "command": {"find": "t"}, "waitingForLock": true})"),
      json(R"({"desc": "conn3", "command": {"createIndexes": "t"}})"),
      json(R"({"desc": "IndexBuildsCoordinatorMongod-0", "command": {"createIndexes": "t"},
        "msg": "Index Build: scanning collection Index Build: scanning collection: 60/200 30%",
        "progress": {"done": 60, "total": 200}})")};
  const auto progress = build_progress(operations);
  EXPECT_EQ(progress.phase, "scanning collection");
  EXPECT_DOUBLE_EQ(progress.fraction, 0.3);
  EXPECT_FALSE(progress.waits) << "others wait, not the change";
  EXPECT_TRUE(
      build_progress({json(R"({"command": {"collMod": "t"}, "waitingForLock": true})")}).waits);
  EXPECT_LT(build_progress({}).fraction, 0);
}

}  // namespace
}  // namespace whet::engine::mongodb
