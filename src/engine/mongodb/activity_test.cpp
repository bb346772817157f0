#include "engine/mongodb/activity.h"

#include <gtest/gtest.h>

namespace whet::engine::mongodb {
namespace {

mql::Value parsed(std::string_view json) {
  auto value = mql::parse_json(json);
  EXPECT_TRUE(value.ok()) << json;
  return std::move(value).value();
}

const char* const waiting = R"({"type": "op", "desc": "conn38", "connectionId": 38,
  "client": "10.0.0.7:55186", "appName": "shop", "active": true, "opid": 6033,
  "effectiveUsers": [{"user": "app", "db": "admin"}],
  "microsecs_running": {"$numberLong": "2010020"}, "op": "update", "ns": "shop.customers",
  "command": {"q": {"_id": 1}, "u": {"$set": {"w": 1}}, "multi": false, "upsert": false},
  "locks": {"ParallelBatchWriterMode": "r", "ReplicationStateTransition": "w", "Global": "w"},
  "waitingForLock": true,
  "lockStats": {"Global": {"acquireWaitCount": {"w": 1}, "timeAcquiringMicros": {"w": 2008017}}}})";
const char* const locker = R"({"type": "op", "desc": "fsyncLockWorker", "active": true,
  "opid": 6031, "op": "none", "ns": "", "command": {}, "waitingForLock": false,
  "locks": {"ParallelBatchWriterMode": "r", "ReplicationStateTransition": "w", "Global": "R"}})";

TEST(Activity, ClientsAreToldFromTheServersOwn) {
  EXPECT_TRUE(is_client(parsed(waiting)));
  EXPECT_FALSE(is_client(parsed(locker)));
  EXPECT_FALSE(is_client(parsed(R"({"client": "127.0.0.1:1", "appName": "whet"})")));
  EXPECT_FALSE(is_client(parsed(
      R"({"client": "127.0.0.1:1", "effectiveUsers": [{"user": "__system", "db": "local"}]})")));
  EXPECT_FALSE(is_active(parsed(R"({"active": true, "command": {"hello": 1}})")));
}

TEST(Activity, Sessions) {
  const auto session = session_of(parsed(waiting));
  EXPECT_EQ(session.pid, 38);
  EXPECT_EQ(session.client, "10.0.0.7");
  EXPECT_EQ(session.role, "app@admin");
  EXPECT_EQ(session.application, "shop");
  EXPECT_EQ(session.database, "shop");
  EXPECT_EQ(session.state, "active");
  EXPECT_EQ(session.wait_type, "Lock");
  EXPECT_EQ(session.wait_event, "Global");
  EXPECT_NEAR(session.query_age_seconds.value_or(0), 2.01, 0.001);
}

TEST(Activity, IdleTransactions) {
  const auto session = session_of(parsed(R"({"type": "idleSession", "active": false,
    "client": "127.0.0.1:5", "ns": "", "transaction": {"timeOpenMicros": {"$numberLong": "9000000"},
    "timeInactiveMicros": {"$numberLong": "8000000"}}, "locks": {"Global": "w"}})"));
  EXPECT_EQ(session.state, "idle in transaction");
  EXPECT_DOUBLE_EQ(session.transaction_age_seconds.value_or(0), 9);
  EXPECT_DOUBLE_EQ(session.state_age_seconds.value_or(0), 8);
  EXPECT_TRUE(session.has_transaction_id);
  EXPECT_EQ(session.client, "local");
}

TEST(Activity, LockWaitsNameWhoHoldsTheLock) {
  const auto waits = lock_waits_of({parsed(waiting), parsed(locker)});
  ASSERT_EQ(waits.size(), 1U);
  EXPECT_EQ(waits[0].kind, "Global");
  EXPECT_EQ(waits[0].mode, "w");
  EXPECT_EQ(waits[0].relation, "shop.customers");
  EXPECT_NEAR(waits[0].wait_seconds.value_or(0), 2.008, 0.001);
  ASSERT_EQ(waits[0].blockers.size(), 1U);
  EXPECT_EQ(waits[0].blockers[0], 6031);
}

TEST(Activity, CompatibleLocksBlockNobody) {
  auto reader = parsed(locker);
  reader.find("locks")->set("Global", mql::Value::of("r"));
  EXPECT_TRUE(lock_waits_of({parsed(waiting), reader})[0].blockers.empty());
}

TEST(Activity, Waits) {
  EXPECT_EQ(wait_of(parsed(R"({"op": "query"})")).type, "CPU");
  EXPECT_EQ(wait_of(parsed(R"({"op": "query", "waitingForFlowControl": true})")).type,
            "FlowControl");
  EXPECT_EQ(
      wait_of(parsed(R"({"op": "getmore", "cursor": {"tailable": true, "awaitData": true}})")).type,
      "Client");
  EXPECT_EQ(wait_of(parsed(R"({"op": "query", "currentQueue": {"name": "execution"}})")).type,
            "Ticket");
}

TEST(Activity, IndexBuildsAreCountedOnce) {
  const auto running = running_of(
      {parsed(
           R"({"desc": "IndexBuildsCoordinatorMongod-3", "active": true, "opid": 6097, "op": "command",
        "ns": "shop.events", "command": {"createIndexes": "events"}, "microsecs_running": 140414,
        "msg": "Index Build: scanning collection Index Build: scanning collection: 10025/200126 5%",
        "progress": {"done": 10025, "total": 200126}})"),
       parsed(
           R"({"desc": "conn42", "connectionId": 42, "client": "127.0.0.1:1", "active": true, "opid": 6096,
        "ns": "shop.events", "command": {"createIndexes": "events"}})")});
  ASSERT_EQ(running.size(), 1U);
  EXPECT_EQ(running[0].command, "createIndexes");
  EXPECT_EQ(running[0].relation, "shop.events");
  EXPECT_EQ(running[0].phase, "Index Build: scanning collection");
  EXPECT_NEAR(running[0].done_fraction, 0.05, 0.001);
}

}  // namespace
}  // namespace whet::engine::mongodb
