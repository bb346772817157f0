// What the shadow's tests share: planning over a connection.
#pragma once

#include <string>

#include <gtest/gtest.h>

#include "base/json.h"
#include "engine/postgres/connection.h"

namespace whet::live {

/// A session that resolves names as the database says.
inline engine::postgres::Connection open_session(const std::string& url) {
  engine::ConnectOptions options;
  options.url = url;
  options.statement_timeout_seconds = 60;
  auto opened = engine::postgres::Connection::open(options, engine::postgres::Access::write);
  EXPECT_TRUE(opened.ok()) << opened.error().text();
  EXPECT_TRUE(opened->execute("SET search_path TO DEFAULT").ok());
  return std::move(opened).value();
}

/// EXPLAIN's text; for messages.
inline std::string plan_text(engine::postgres::Connection& session, const std::string& query) {
  const auto rows = session.query("EXPLAIN (VERBOSE) " + query);
  if (!rows.ok()) return rows.error().text();
  std::string out;
  for (int i = 0; i < rows->size(); ++i) out += std::string(rows->text(i, 0)) + "\n";
  return out;
}

/// The planner's total cost; -1 when the server refuses the query (the test has failed then).
inline double total_cost(engine::postgres::Connection& session, const std::string& query) {
  const auto rows = session.query("EXPLAIN (FORMAT JSON) " + query);
  EXPECT_TRUE(rows.ok()) << query << ": " << rows.error().text();
  if (!rows.ok()) return -1;
  const auto document = json::Document::parse(rows->text(0, 0));
  EXPECT_TRUE(document.ok());
  return document->root().elements().front()["Plan"]["Total Cost"].number_or(-1);
}

}  // namespace whet::live
