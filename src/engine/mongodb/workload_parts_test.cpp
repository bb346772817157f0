#include "engine/mongodb/workload_parts.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "engine/mongodb/log_tail.h"

namespace whet::engine::mongodb {
namespace {

mql::Operation operation(const char* collection, double at, double ms) {
  mql::Operation out;
  out.database = "shop";
  out.collection = collection;
  out.at = at;
  out.duration_ms = ms;
  return out;
}

TEST(WorkloadParts, AnOperationInBothCountsOnce) {
  const auto all =
      without_doubles({operation("orders", 100.2, 12), operation("orders", 100.4, 12)},
                      {operation("orders", 100.21, 12), operation("orders", 100.41, 12),
                       operation("orders", 100.6, 12), operation("orders", 200, 12),
                       operation("orders", 100.2, 13), operation("items", 100.2, 12)});
  // Two are known; a third alike, a later one, a longer one and one elsewhere are not.
  EXPECT_EQ(all.size(), 6U);
}

model::Statement statement(const char* fingerprint, std::int64_t calls, double ms) {
  model::Statement out;
  out.id = out.fingerprint = fingerprint;
  out.database = "shop";
  out.text = "db.orders.find({})";
  out.kind = model::StatementKind::select;
  out.total.calls = calls;
  out.total.execution_ms = ms;
  return out;
}

TEST(WorkloadParts, Windows) {
  std::vector<model::Statement> statements{statement("a", 10, 100), statement("b", 5, 50)};
  add_windows(statements, {statement("b", 2, 20)});
  EXPECT_EQ(statements[0].window.calls, 0);
  EXPECT_EQ(statements[1].window.calls, 2);
}

TEST(WorkloadParts, QueryStatsKnowEveryCall) {
  auto slow = statement("a", 10, 100);
  slow.total.full_scans = 10;
  slow.query_hash = "H";
  std::vector<model::Statement> statements{slow, statement("b", 5, 50)};
  add_query_stats(statements,
                  {statement("a", 1000, 2000), statement("b", 1, 1), statement("c", 7, 70)});
  ASSERT_EQ(statements.size(), 3U);
  EXPECT_EQ(statements[0].total.calls, 1000);
  EXPECT_EQ(statements[0].total.full_scans, 10);
  EXPECT_EQ(statements[0].query_hash, "H");
  EXPECT_EQ(statements[1].total.calls, 5);  // it saw fewer: a rate limit
  EXPECT_EQ(statements[2].fingerprint, "c");
}

TEST(WorkloadParts, GrowthOfQueryStats) {
  std::vector<model::Statement> first{statement("a", 10, 100)};
  join_query_stats(first, {statement("a", 15, 140), statement("b", 2, 20)});
  EXPECT_EQ(first[0].window.calls, 5);
  EXPECT_EQ(first[1].window.calls, 2);
  sort_statements(first);
  EXPECT_EQ(first[0].fingerprint, "a");
}

TEST(WorkloadParts, WhatIsPlanned) {
  std::vector<model::Statement> statements{statement("slow", 1, 900), statement("often", 5000, 10),
                                           statement("rare", 1, 1), statement("own", 1, 999)};
  statements[3].own = true;
  statements.push_back(statement("insert", 1, 5000));
  statements.back().kind = model::StatementKind::insert;
  EXPECT_EQ(worth_planning(statements, 2), (std::vector<std::size_t>{0, 1}));
  EXPECT_EQ(worth_planning(statements, 9).size(), 3U);
}

TEST(LogTail, BeginsWithALine) {
  const auto path = std::filesystem::temp_directory_path() / "whet_log_tail_test.log";
  std::ofstream(path) << "first line\nsecond line\nthird line\n";
  EXPECT_EQ(log_tail(path, 0).value(), "first line\nsecond line\nthird line\n");
  EXPECT_EQ(log_tail(path, 15).value(), "third line\n");
  std::filesystem::remove(path);
  EXPECT_FALSE(log_tail(path, 15).ok());
}

}  // namespace
}  // namespace whet::engine::mongodb
