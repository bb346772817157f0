#include "engine/mongodb/errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/mongodb/connection_state.h"
#include "engine/mongodb/doctor_parts.h"

namespace whet::engine::mongodb {
namespace {

using mql::Value;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

Value json(std::string_view text) { return *mql::parse_json(text); }

constexpr Errand errand{"db1:27017", "whet@admin", "shop"};

TEST(Errors, NameTheRoleThatIsMissing) {
  const Value reply = json(
      R"({"ok":0,"code":13,"errmsg":"not authorized on shop to execute command { find: \"orders\", filter: { email: \"a@b.c\" } }"})");
  Error error = command_error(errand, json(R"({"find":"orders"})"), reply);
  EXPECT_EQ(error.kind, ErrorKind::refused);
  EXPECT_EQ(error.sqlstate, "13");
  EXPECT_THAT(error.message, HasSubstr("'find on orders'"));
  EXPECT_THAT(error.message, Not(HasSubstr("a@b.c")));
  EXPECT_THAT(error.hint, HasSubstr(R"(grantRolesToUser("whet", [{role: "read", db: "shop"}]))"));
  error = command_error(errand, json(R"({"serverStatus":1})"), reply);
  EXPECT_THAT(error.hint, HasSubstr(R"({role: "clusterMonitor", db: "admin"})"));
  error =
      command_error(errand, json(R"({"aggregate":"a","pipeline":[{"$indexStats":{}}]})"), reply);
  EXPECT_THAT(error.hint, HasSubstr("clusterMonitor"));
  error = command_error(errand, json(R"({"createIndexes":"a"})"), reply);
  EXPECT_THAT(error.hint, HasSubstr(R"({role: "dbAdmin", db: "shop"})"));
  error = command_error({"db1:27017", "", "shop"}, json(R"({"find":"a"})"), reply);
  EXPECT_THAT(error.hint, HasSubstr("wants a login"));
}

TEST(Errors, LeaveValuesOut) {
  const Value reply = json(
      R"({"ok":0,"code":11000,"errmsg":"E11000 duplicate key error collection: shop.users index: email_1 dup key: { email: \"a@b.c\" }"})");
  const Error error = command_error(errand, json(R"({"insert":"users"})"), reply);
  EXPECT_THAT(error.message, HasSubstr("email_1 dup key: {…}"));
  EXPECT_THAT(error.message, Not(HasSubstr("a@b.c")));
}

TEST(Errors, TellLimitsFromRefusals) {
  const auto kind = [](int code) {
    const Value reply = Value::object({{"ok", Value::of(0)}, {"code", Value::of(code)}});
    return command_error(errand, Value::object({{"find", Value::of("a")}}), reply).kind;
  };
  EXPECT_EQ(kind(50), ErrorKind::timeout);
  EXPECT_EQ(kind(24), ErrorKind::timeout);
  EXPECT_EQ(kind(59), ErrorKind::refused);
  EXPECT_EQ(kind(133), ErrorKind::unreachable);
  EXPECT_TRUE(primary_changed(10107));
  EXPECT_TRUE(primary_changed(189));
  EXPECT_FALSE(primary_changed(13));
  EXPECT_TRUE(killed(11601));
}

TEST(Errors, SayWhyThereIsNoConnection) {
  EXPECT_EQ(connect_error("h", NoConnection::credentials, "no", false, 18).kind,
            ErrorKind::refused);
  EXPECT_EQ(connect_error("h", NoConnection::credentials, "no", false, 18).sqlstate, "18");
  EXPECT_THAT(connect_error("h", NoConnection::credentials, "no", false, 18).hint,
              HasSubstr("authSource"));
  EXPECT_EQ(connect_error("h", NoConnection::address, "no", false).kind, ErrorKind::unreachable);
  EXPECT_THAT(connect_error("h", NoConnection::no_answer, "no", false).hint, HasSubstr("tls=true"));
  EXPECT_THAT(connect_error("h", NoConnection::no_answer, "no", true).hint,
              Not(HasSubstr("tls=true")));
}

TEST(Errors, NameCommands) {
  EXPECT_EQ(name_of_command(json(R"({"find":"a"})")), "find on a");
  EXPECT_EQ(name_of_command(json(R"({"explain":{"count":"a"}})")), "explain of count on a");
  EXPECT_EQ(name_of_command(json(R"({"getMore":7,"collection":"a"})")), "getMore on a");
  EXPECT_EQ(name_of_command(json(R"({"serverStatus":1})")), "serverStatus");
}

TEST(Identity, IsReadFromHello) {
  const Value build =
      json(R"({"version":"7.0.15","versionArray":[7,0,15,0],"modules":["enterprise"]})");
  const Identity set = identity_of(
      json(
          R"({"setName":"rs","me":"a:1","primary":"b:1","hosts":["a:1","b:1"],"passives":["c:1"],"arbiters":["d:1"],"secondary":true,"isWritablePrimary":false})"),
      build, "x:1");
  EXPECT_EQ(set.version, 70015);
  EXPECT_EQ(set.topology, "replica set");
  EXPECT_EQ(set.self, "a:1");
  EXPECT_THAT(set.members, ElementsAre("a:1", "b:1", "c:1"));
  EXPECT_TRUE(set.is_secondary);
  EXPECT_FALSE(set.is_primary);
  EXPECT_TRUE(set.enterprise);
  const Identity mongos = identity_of(json(R"({"msg":"isdbgrid","ismaster":true})"), build, "x:1");
  EXPECT_EQ(mongos.topology, "sharded");
  EXPECT_EQ(mongos.self, "x:1");
  EXPECT_EQ(identity_of(json(R"({"ismaster":true})"), build, "x:1").topology, "standalone");
  EXPECT_EQ(identity_of(json(R"({"isreplicaset":true})"), build, "x:1").topology, "replica set");
}

TEST(Doctor, KnowsHowLongReleasesLive) {
  constexpr double november_2026 = 1793491200;
  EXPECT_LT(*end_of_life(40400), november_2026);
  EXPECT_LT(*end_of_life(60000), november_2026);
  EXPECT_GT(*end_of_life(70000), november_2026);
  EXPECT_LT(*end_of_life(60300), november_2026);  // a release of a few months
  EXPECT_FALSE(end_of_life(90000).has_value());
}

}  // namespace
}  // namespace whet::engine::mongodb
