// Texts with parameters: what makes them plannable and runnable.
#include <gtest/gtest.h>

#include "engine/postgres/errors.h"
#include "engine/postgres/explain.h"
#include "engine/postgres/postgres.h"
#include "engine/postgres/replay.h"

namespace whet::engine::postgres {
namespace {

TEST(Parameters, TheHighestCounts) {
  EXPECT_EQ(highest_parameter("SELECT 1"), 0);
  EXPECT_EQ(highest_parameter("SELECT $2, $10, $1"), 10);
  EXPECT_EQ(highest_parameter("SELECT '$3', \"$4\" -- $5"), 0);
}

TEST(Parameters, ConstantsWithATypeBecomeCasts) {
  EXPECT_EQ(with_castable_parameters("a > now() - interval $1 and b = $2"),
            "a > now() - $1::interval and b = $2");
  EXPECT_EQ(with_castable_parameters("d >= DATE $1"), "d >= $1::DATE");
  EXPECT_EQ(with_castable_parameters("SELECT date FROM t"), "SELECT date FROM t");
}

TEST(Parameters, ValuesTakeTheirPlaces) {
  EXPECT_EQ(with_values("SELECT * FROM t WHERE a = $2 AND b = $1 LIMIT $3", {"'x'", "7", "50"}),
            "SELECT * FROM t WHERE a = 7 AND b = 'x' LIMIT 50");
  EXPECT_EQ(with_values("SELECT '$1', $1", {"5"}), "SELECT '$1', 5");
  EXPECT_EQ(with_values("SELECT $2", {"5"}), "SELECT $2");
}

TEST(Errors, WhatTheServerSaidWithoutTheStatement) {
  const Error error =
      statement_error({"42501", "permission denied for table t", "", ""}, "SELECT 'a': x FROM t");
  EXPECT_EQ(said_by_server(error), "The server said: permission denied for table t.");
  EXPECT_EQ(said_by_server({ErrorKind::timeout, "Too late.", "", ""}), "Too late.");
}

TEST(Grants, NamesAreQuoted) {
  const std::string script = grants_script("o'hara");
  EXPECT_NE(script.find("rolname = 'o''hara'"), std::string::npos);
  EXPECT_NE(script.find("GRANT pg_monitor TO \"o'hara\""), std::string::npos);
  EXPECT_EQ(script.find('{'), std::string::npos);
  EXPECT_EQ(script.find("GRANT pg_read_all_data"), std::string::npos);
}

}  // namespace
}  // namespace whet::engine::postgres
