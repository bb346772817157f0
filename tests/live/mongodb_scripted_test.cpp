// What only the scripted MongoDB server can do: logins of each kind, faults that a test orders,
// other versions, recorded conversations. Through libmongoc, as users' programs come.
#include <filesystem>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <mongoc/mongoc.h>

#include "support/mongo_bson.h"
#include "support/mongo_server.h"

namespace whet::testing {
namespace {

using mongo::json;
using mql::Value;
using ::testing::HasSubstr;

/// One command of a fresh client; the reply, or what the driver said as errmsg.
Value ask(const std::string& url, const std::string& database, const std::string& command) {
  mongoc_init();
  mongoc_uri_t* const uri = mongoc_uri_new(url.c_str());
  EXPECT_NE(uri, nullptr) << url;
  if (uri == nullptr) return Value::object({});
  mongoc_uri_set_option_as_int32(uri, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, 3000);
  mongoc_client_t* const client = mongoc_client_new_from_uri(uri);
  const std::string bytes = mongo::bson_of(json(command));
  bson_t sent, reply;
  bson_error_t error{};
  bson_init_static(&sent, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  const bool done =
      mongoc_client_command_simple(client, database.c_str(), &sent, nullptr, &reply, &error);
  Value out = mongo::document_of({reinterpret_cast<const char*>(bson_get_data(&reply)), reply.len})
                  .value_or(Value::object({}));
  if (!done && out.find("errmsg") == nullptr) out.set("errmsg", Value::of(error.message));
  bson_destroy(&reply);
  mongoc_client_destroy(client);
  mongoc_uri_destroy(uri);
  return out;
}

std::string as(const ScriptedMongo& server, const std::string& account, const std::string& more) {
  std::string url = server.url();
  url.insert(url.find("://") + 3, account + "@");
  return url + (url.find('?') == std::string::npos ? "?" : "&") + more;
}

TEST(ScriptedMongo, LogsInWithBothKindsOfScram) {
  ScriptedMongo server({.accounts = {{.user = "whet", .password = "a b%c"}}});
  for (const std::string mechanism : {"SCRAM-SHA-1", "SCRAM-SHA-256"}) {
    const Value reply = ask(as(server, "whet:a%20b%25c", "authMechanism=" + mechanism), "admin",
                            R"({"connectionStatus": 1})");
    ASSERT_NE(reply.at("authInfo.authenticatedUsers.0.user"), nullptr)
        << mechanism << mql::relaxed_json(reply);
    EXPECT_EQ(reply.string_at("authInfo.authenticatedUsers.0.user"), "whet");
    EXPECT_THAT(ask(as(server, "whet:wrong", "authMechanism=" + mechanism), "admin",
                    R"({"serverStatus": 1})")
                    .string_at("errmsg"),
                HasSubstr("Authentication failed"));
  }
  EXPECT_EQ(ask(as(server, "whet:a%20b%25c", "authSource=admin"), "admin", R"({"serverStatus": 1})")
                .number_at("ok"),
            1)
      << "negotiated";
  EXPECT_EQ(ask(server.url(), "admin", R"({"serverStatus": 1})").string_at("errmsg"),
            "Command serverStatus requires authentication");
}

TEST(ScriptedMongo, GivesUsersWhatTheirRolesAllow) {
  ScriptedMongo server(
      {.accounts = {{.user = "reader", .password = "pw", .roles = {"read@shop"}},
                    {.user = "monitor", .password = "pw", .roles = {"clusterMonitor@admin"}}}});
  const std::string reader = as(server, "reader:pw", "authSource=admin"),
                    monitor = as(server, "monitor:pw", "authSource=admin");
  EXPECT_EQ(ask(reader, "shop", R"({"find": "orders"})").number_at("ok"), 1);
  EXPECT_EQ(ask(reader, "admin", R"({"serverStatus": 1})").integer_at("code"), 13);
  EXPECT_EQ(ask(reader, "shop", R"({"createIndexes": "orders", "indexes": []})").integer_at("code"),
            13);
  EXPECT_EQ(ask(monitor, "admin", R"({"serverStatus": 1})").number_at("ok"), 1);
  const Value refused = ask(monitor, "shop", R"({"find": "orders", "filter": {"a": 1}})");
  EXPECT_THAT(
      refused.string_at("errmsg"),
      HasSubstr("not authorized on shop to execute command { find: \"orders\", filter: { a: 1 }"));
}

TEST(ScriptedMongo, SpeaksTlsAndKnowsCertificates) {
  ScriptedMongo server(
      {.tls = true,
       .accounts = {{.user = "CN=client,O=Whet", .password = "", .database = "$external"}}});
  const Value reply = ask(server.url() + "&authMechanism=MONGODB-X509&authSource=$external",
                          "admin", R"({"connectionStatus": 1})");
  EXPECT_EQ(reply.string_at("authInfo.authenticatedUsers.0.user"), "CN=client,O=Whet")
      << mql::relaxed_json(reply);
  EXPECT_NE(ask("mongodb://" + server.address(0) + "/?replicaSet=rs0", "admin", R"({"ping": 1})")
                .number_at("ok"),
            1)
      << "without TLS";
}

TEST(ScriptedMongo, FailsAndClosesWhereATestOrders) {
  ScriptedMongo server({.members = 0});
  const std::string url = server.url();
  server.fail("ping", mongo::Failure(8000, "AtlasError", "out of luck"), 1);
  EXPECT_EQ(ask(url, "admin", R"({"ping": 1})").number_at("ok"), 1);
  EXPECT_EQ(ask(url, "admin", R"({"ping": 1})").string_at("errmsg"), "out of luck");
  EXPECT_EQ(ask(url, "admin", R"({"ping": 1})").number_at("ok"), 1);
  server.close_after("create");
  EXPECT_NE(ask(url, "shop", R"({"create": "made"})").number_at("ok"), 1);
  server.close_before("create");
  EXPECT_NE(ask(url, "shop", R"({"create": "not_made"})").number_at("ok"), 1);
  const Value left = ask(url, "shop", R"({"listCollections": 1, "nameOnly": true})");
  ASSERT_EQ(left.at("cursor.firstBatch")->fields.size(), 1U);
  EXPECT_EQ(left.string_at("cursor.firstBatch.0.name"), "made");
  EXPECT_EQ(server.count("ping"), 3);
}

TEST(ScriptedMongo, HoldsAnIndexBuildThatCurrentOpShows) {
  ScriptedMongo server({});
  server.with_store([](mongo::Store& store) {
    store.make("shop", "orders").documents.assign(100, json(R"({"a": 1})"));
  });
  const auto gate = server.hold("createIndexes");
  Value built;
  std::thread builder([&] {
    built = ask(
        server.url(), "shop",
        R"({"createIndexes": "orders", "indexes": [{"key": {"a": 1}, "name": "a_1"}], "comment": "mine"})");
  });
  gate->wait_until_reached();
  const Value seen = ask(
      server.url(), "admin",
      R"({"aggregate": 1, "pipeline": [{"$currentOp": {"allUsers": true}}, {"$match": {"command.comment": "mine"}}], "cursor": {}})");
  ASSERT_EQ(seen.at("cursor.firstBatch")->fields.size(), 2U)
      << "the client's operation and the thread that builds";
  EXPECT_THAT(seen.string_at("cursor.firstBatch.0.msg"), HasSubstr("scanning collection"));
  EXPECT_EQ(seen.integer_at("cursor.firstBatch.0.progress.total"), 100);
  ask(server.url(), "admin",
      R"({"killOp": 1, "op": )" + std::to_string(seen.integer_at("cursor.firstBatch.1.opid")) +
          "}");
  builder.join();
  EXPECT_EQ(built.integer_at("code"), 11601) << mql::relaxed_json(built);
}

TEST(ScriptedMongo, StepsDownAndLosesMembers) {
  ScriptedMongo server({.members = 3});
  EXPECT_EQ(
      ask(server.url(), "shop", R"({"insert": "orders", "documents": [{"a": 1}]})").number_at("ok"),
      1);
  EXPECT_EQ(ask(server.member_url(1), "shop", R"({"insert": "orders", "documents": [{"a": 1}]})")
                .integer_at("code"),
            10107);
  const auto gate = server.hold("createIndexes");
  Value built;
  std::thread builder([&] {
    built = ask(server.url(), "shop",
                R"({"createIndexes": "orders", "indexes": [{"key": {"a": 1}, "name": "a_1"}]})");
  });
  gate->wait_until_reached();
  server.step_down();
  builder.join();
  EXPECT_EQ(built.integer_at("code"), 11602);
  EXPECT_EQ(server.primary(), 1U);
  server.cut_member(1);
  EXPECT_EQ(server.primary(), 2U);
  const Value status = ask(server.url(), "admin", R"({"replSetGetStatus": 1})");
  EXPECT_EQ(status.string_at("members.1.stateStr"), "(not reachable/healthy)")
      << mql::relaxed_json(status);
  EXPECT_NE(ask(server.member_url(1), "admin", R"({"ping": 1})").number_at("ok"), 1);
  server.revive_member(1);
  EXPECT_EQ(ask(server.member_url(1), "admin", R"({"ping": 1})").number_at("ok"), 1);
}

TEST(ScriptedMongo, IsOfTheVersionThatATestPicks) {
  for (const std::string version : {"4.4.4", "5.0.3", "6.0.9", "8.0.1"}) {
    ScriptedMongo server({.version = version, .members = 0});
    EXPECT_EQ(ask(server.url(), "admin", R"({"buildInfo": 1})").string_at("version"), version);
    const Value explained = ask(server.url(), "shop", R"({"explain": {"find": "none"}})");
    EXPECT_EQ(explained.find("explainVersion") != nullptr, version[0] != '4');
  }
}

TEST(ScriptedMongo, PlaysRecordedConversations) {
  const std::string file = "/work/shared/data/mongod-4.4/replicaset.jsonl";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "no recorded conversations on this machine";
  ScriptedMongo server({.version = "4.4.4", .members = 0});
  server.play(file, "rs0/0");
  const Value status = ask(server.url(), "admin", R"({"replSetGetStatus": 1})");
  EXPECT_EQ(status.string_at("members.0.name"), "db1:27118")
      << mql::relaxed_json(status).substr(0, 300);
}

}  // namespace
}  // namespace whet::testing
