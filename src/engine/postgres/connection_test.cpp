#include "engine/postgres/connection.h"

#include <gtest/gtest.h>

#include "engine/postgres/errors.h"

namespace whet::engine::postgres {
namespace {

TEST(Rows, ParsesArrays) {
  EXPECT_TRUE(parse_array("{}").empty());
  EXPECT_TRUE(parse_array("").empty());
  EXPECT_EQ(parse_array("{1,2}"), (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(parse_array(R"({"a,b","say \"x\"",NULL,"NULL",c d})"),
            (std::vector<std::string>{"a,b", "say \"x\"", "", "NULL", "c d"}));
}

TEST(Connection, MarksItsStatements) {
  EXPECT_EQ(with_mark("SELECT 1"), "SELECT /*whet*/ 1");
  EXPECT_EQ(with_mark("  COMMIT"), "  COMMIT /*whet*/");
}

TEST(Errors, TellsWrongPasswordsFromUnknownDatabases) {
  const Error password = connect_error(
      "db:5432/shop",
      "connection to server at \"db\", port 5432 failed: FATAL:  28P01: password authentication "
      "failed for user \"joe\"\nLOCATION:  auth_failed, auth.c:338\n");
  EXPECT_EQ(password.kind, ErrorKind::unreachable);
  EXPECT_EQ(password.sqlstate, "28P01");
  EXPECT_NE(password.hint.find("pgpass"), std::string::npos);
  EXPECT_EQ(password.message.find("LOCATION"), std::string::npos);
  EXPECT_EQ(password.message.find("28P01"), std::string::npos);

  const Error database =
      connect_error("db:5432/shop", "FATAL:  3D000: database \"shop\" does not exist\n");
  EXPECT_EQ(database.kind, ErrorKind::unreachable);
  EXPECT_EQ(database.message,
            "Could not connect to db:5432/shop: database \"shop\" does not exist.");

  const Error refused = connect_error("db:5432/shop",
                                      "connection to server at \"db\" (10.0.0.1), "
                                      "port 5432 failed: Connection refused\n\tIs "
                                      "the server running on that host?\n");
  EXPECT_EQ(refused.kind, ErrorKind::unreachable);
  EXPECT_NE(refused.hint.find("listen_addresses"), std::string::npos);
}

TEST(Errors, AUrlThatCannotBeReadIsTheUsersToMend) {
  const Error error = connect_error(
      "host:port/db", "invalid integer value \"port\" for connection option \"port\"\n");
  EXPECT_EQ(error.kind, ErrorKind::usage);
  EXPECT_NE(error.hint.find("postgresql://"), std::string::npos);
}

TEST(Errors, KnowsWhereAPasswordMayBe) {
  EXPECT_TRUE(may_hold_password("postgresql://joe:secret@db/shop"));
  EXPECT_TRUE(may_hold_password("host=db password=x"));
  EXPECT_FALSE(may_hold_password("postgresql://joe@db:5432/shop"));
}

TEST(Errors, AStatementsErrorKeepsNoValues) {
  const Error error =
      statement_error({"23505", "duplicate key value violates unique constraint \"k\"",
                       "Key (a)=(secret) exists.", ""},
                      "CREATE UNIQUE INDEX k ON t (a)");
  EXPECT_EQ(error.text().find("secret"), std::string::npos);
  EXPECT_EQ(statement_error({"57014", "canceling statement", "", ""}, "SELECT 1").kind,
            ErrorKind::timeout);
}

TEST(Connection, ABadUrlIsAUsageErrorWithoutThePassword) {
  const auto opened =
      Connection::open({.url = "postgresql://joe:top%zzsecret@db/shop"}, Access::read);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().kind, ErrorKind::usage);
  EXPECT_EQ(opened.error().text().find("secret"), std::string::npos);
}

TEST(Connection, NobodyThere) {
  const auto opened =
      Connection::open({.url = "postgresql://joe:secret@127.0.0.1:1/shop"}, Access::read);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().kind, ErrorKind::unreachable);
  EXPECT_EQ(opened.error().text().find("secret"), std::string::npos);
}

}  // namespace
}  // namespace whet::engine::postgres
