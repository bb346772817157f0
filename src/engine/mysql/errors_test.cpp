#include "engine/mysql/errors.h"

#include <gtest/gtest.h>

namespace whet::engine::mysql {
namespace {

TEST(ConnectError, IsUnreachableAndHelps) {
  const Error with = connect_error("db:3306/", 1045,
                                   "Access denied for user 'joe'@'10.0.0.1' (using password: YES)");
  EXPECT_EQ(with.kind, ErrorKind::unreachable);
  EXPECT_EQ(with.sqlstate, "1045");
  EXPECT_EQ(with.message,
            "Could not connect to db:3306/: Access denied for user 'joe'@'10.0.0.1' (using "
            "password: YES).");
  const Error without = connect_error(
      "db:3306/", 1045, "Access denied for user 'joe'@'10.0.0.1' (using password: NO)");
  EXPECT_NE(without.hint.find("MYSQL_PWD"), std::string::npos);
  EXPECT_NE(with.hint, without.hint);
  EXPECT_FALSE(connect_error("db:3306/", 9999, "strange").hint.empty());
}

TEST(ConnectError, SpeaksOfSocketsOnlyWhereOneWasTried) {
  const auto hint = [](std::string_view text) { return connect_error("db/", 2002, text).hint; };
  EXPECT_EQ(hint("Can't connect to server on '127.0.0.1' (111)").find("socket"), std::string::npos);
  EXPECT_NE(hint("Can't connect to local server through socket '/run/x.sock' (2)").find("socket"),
            std::string::npos);
}

TEST(StatementError, HasItsKind) {
  const auto kind = [](unsigned number) {
    return statement_error("db:3306/", number, "x", "SELECT 1").kind;
  };
  EXPECT_EQ(kind(1142), ErrorKind::refused);
  EXPECT_EQ(kind(1205), ErrorKind::timeout);
  EXPECT_EQ(kind(1969), ErrorKind::timeout);
  EXPECT_EQ(kind(3024), ErrorKind::timeout);
  EXPECT_EQ(kind(2013), ErrorKind::unreachable);
  EXPECT_EQ(kind(1053), ErrorKind::unreachable);
}

TEST(StatementError, LeavesOutValuesThatTheServerQuotes) {
  const auto said = [](unsigned number, std::string_view text) {
    return said_by_server(statement_error("db:3306/", number, text, "INSERT INTO t VALUES (?)"));
  };
  EXPECT_EQ(said(1062, "Duplicate entry 'it's' for key 't.PRIMARY'"),
            "The server said: Duplicate entry '…' for key 't.PRIMARY'.");
  EXPECT_EQ(said(1064, "You have an error near 'secret FROM t' at line 1"),
            "The server said: You have an error near '…' at line 1.");
  EXPECT_EQ(said(1366, "Incorrect integer value: 'abc' for column 'a' at row 1"),
            "The server said: Incorrect integer value: '…' for column 'a' at row 1.");
  EXPECT_EQ(said(1146, "Table 'shop.nothing' doesn't exist"),
            "The server said: Table 'shop.nothing' doesn't exist.");
}

}  // namespace
}  // namespace whet::engine::mysql
