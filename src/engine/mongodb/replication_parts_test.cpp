#include "engine/mongodb/replication_parts.h"

#include <gtest/gtest.h>

namespace whet::engine::mongodb {
namespace {

mql::Value parsed(std::string_view json) {
  auto value = mql::parse_json(json);
  EXPECT_TRUE(value.ok()) << json;
  return std::move(value).value();
}

const char* const status =
    R"x({"set": "rs0", "date": {"$date": {"$numberLong": "100000"}}, "term": 3, "members": [
  {"name": "a:1", "health": 1, "stateStr": "PRIMARY", "optimeDate": {"$date": {"$numberLong": "99000"}},
   "electionDate": {"$date": {"$numberLong": "40000"}}, "self": true},
  {"name": "b:1", "health": 1, "stateStr": "SECONDARY", "optimeDate": {"$date": {"$numberLong": "92000"}},
   "syncSourceHost": "a:1"},
  {"name": "c:1", "health": 0, "stateStr": "(not reachable/healthy)", "optimeDate": {"$date": {"$numberLong": "0"}}},
  {"name": "d:1", "health": 1, "stateStr": "ARBITER"}]})x";
const char* const config = R"({"config": {"_id": "rs0", "version": 3, "term": 3,
  "writeConcernMajorityJournalDefault": true, "members": [
  {"host": "a:1", "priority": 2.0, "votes": 1, "buildIndexes": true, "tags": {"dc": "east", "use": "app"}},
  {"host": "b:1", "priority": 0, "votes": 1, "hidden": true, "secondaryDelaySecs": 3600, "buildIndexes": true},
  {"host": "c:1", "priority": 1, "votes": 1, "slaveDelay": 5, "buildIndexes": true},
  {"host": "d:1", "priority": 0, "votes": 1, "arbiterOnly": true, "buildIndexes": true}],
  "settings": {"chainingAllowed": true, "heartbeatIntervalMillis": 2000, "electionTimeoutMillis": 5000}}})";

TEST(ReplicationParts, MembersOfStatusAndConfiguration) {
  const auto members = members_of(parsed(status), parsed(config));
  ASSERT_EQ(members.size(), 4U);
  EXPECT_TRUE(members[0].self);
  EXPECT_EQ(members[0].role, "PRIMARY");
  EXPECT_EQ(members[0].tags, "dc: east, use: app");
  EXPECT_DOUBLE_EQ(members[0].lag_seconds.value_or(-1), 0);
  EXPECT_TRUE(members[1].hidden);
  EXPECT_DOUBLE_EQ(members[1].delay_seconds, 3600);
  EXPECT_DOUBLE_EQ(members[1].lag_seconds.value_or(-1), 7);
  EXPECT_EQ(members[1].sync_source, "a:1");
  EXPECT_FALSE(members[2].healthy);
  EXPECT_FALSE(members[2].lag_seconds.has_value());
  EXPECT_DOUBLE_EQ(members[2].delay_seconds, 5);
  EXPECT_TRUE(members[3].arbiter);
  EXPECT_FALSE(members[3].lag_seconds.has_value());
}

TEST(ReplicationParts, StatusAlone) {
  const auto members = members_of(parsed(status), mql::Value());
  ASSERT_EQ(members.size(), 4U);
  EXPECT_TRUE(members[3].arbiter);
  EXPECT_FALSE(members[0].priority.has_value());
}

TEST(ReplicationParts, Set) {
  const auto set = set_of(parsed(status), parsed(config));
  EXPECT_EQ(set.name, "rs0");
  EXPECT_DOUBLE_EQ(set.election_timeout_seconds, 5);
  EXPECT_DOUBLE_EQ(set.primary_age_seconds.value_or(0), 60);
  EXPECT_TRUE(set.chaining && set.majority_journaled);
}

TEST(ReplicationParts, Concerns) {
  const auto members = members_of(parsed(status), parsed(config));
  model::ReplicaSet set;
  add_concerns(set, parsed(R"({"defaultReadConcern": {"level": "local"},
    "defaultWriteConcern": {"w": "majority", "wtimeout": 5000}})"),
               members, 40404);
  EXPECT_EQ(set.default_read_concern, "local");
  EXPECT_EQ(set.default_write_concern, R"({"w":"majority","wtimeout":5000})");
  EXPECT_EQ(set.implicit_write_concern, "1");
  model::ReplicaSet implicit;
  add_concerns(implicit, parsed(R"({"defaultReadConcern": {"level": "local"},
    "defaultWriteConcern": {"w": "majority", "wtimeout": 0}, "defaultWriteConcernSource": "implicit",
    "defaultReadConcernSource": "implicit"})"),
               members, 70015);
  EXPECT_EQ(implicit.default_write_concern, "");
  EXPECT_EQ(implicit.implicit_write_concern, "majority");
}

TEST(ReplicationParts, AnArbiterMakesTheImplicitConcernOne) {
  // Primary, secondary, arbiter: two of three with data are no more than the majority.
  const auto members = members_of(mql::Value(), parsed(R"({"config": {"members": [
    {"host": "a:1", "votes": 1}, {"host": "b:1", "votes": 1}, {"host": "c:1", "votes": 1, "arbiterOnly": true}]}})"));
  model::ReplicaSet set;
  add_concerns(set, mql::Value(), members, 70015);
  EXPECT_EQ(set.implicit_write_concern, "1");
}

TEST(ReplicationParts, Oplog) {
  const auto oplog =
      oplog_of(parsed(R"({"storageStats": {"size": 19427127, "maxSize": 67108864}})"),
               parsed(R"({"ts": {"$timestamp": {"t": 1000, "i": 1}}})"), 4600);
  EXPECT_EQ(oplog.bytes, 19427127);
  EXPECT_EQ(oplog.max_bytes, 67108864);
  EXPECT_DOUBLE_EQ(oplog.oldest_age_seconds.value_or(0), 3600);
}

}  // namespace
}  // namespace whet::engine::mongodb
