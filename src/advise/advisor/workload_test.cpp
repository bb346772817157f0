#include <gtest/gtest.h>

#include "advise/advisor/advisor.h"

namespace whet::advise {
namespace {

model::Statement statement(const std::string& database, std::int64_t calls, double ms) {
  model::Statement one;
  one.id = database;
  one.database = database;
  one.text = "db.orders.find({status: ?})";
  one.kind = model::StatementKind::select;
  one.total.calls = calls;
  one.total.execution_ms = ms;
  return one;
}

TEST(Workload, MongodbsTextIsAnotherStatementInAnotherDatabase) {
  model::Snapshot snapshot;
  snapshot.server.engine = model::EngineKind::mongodb;
  snapshot.workload.age_seconds = 3600;
  snapshot.workload.statements = {statement("shop", 100, 5000), statement("clinic", 10, 10)};
  const Facts facts(snapshot, Policy{});
  const auto items = workload_items(facts);
  ASSERT_EQ(items.size(), 2U);
  EXPECT_EQ(items[0].database, "shop");
  EXPECT_DOUBLE_EQ(items[0].measured_us, 50000);
  EXPECT_EQ(items[1].database, "clinic");
  EXPECT_DOUBLE_EQ(items[1].measured_us, 1000);
  EXPECT_NE(items[0].asked(), items[1].asked());
  EXPECT_EQ(items[0].text, "db.orders.find({status: ?})");
}

TEST(Workload, MongodbsStatementOfTwoEntriesIsOne) {
  model::Snapshot snapshot;
  snapshot.server.engine = model::EngineKind::mongodb;
  snapshot.workload.age_seconds = 3600;
  snapshot.workload.statements = {statement("shop", 100, 5000), statement("shop", 100, 1000)};
  const Facts facts(snapshot, Policy{});
  const auto items = workload_items(facts);
  ASSERT_EQ(items.size(), 1U);
  EXPECT_DOUBLE_EQ(items[0].calls, 200);
  EXPECT_DOUBLE_EQ(items[0].measured_us, 30000);
}

}  // namespace
}  // namespace whet::advise
