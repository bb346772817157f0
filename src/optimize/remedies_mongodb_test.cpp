// Hints and limits for reads of MongoDB.
#include <algorithm>

#include <gtest/gtest.h>

#include "optimize/hints_mongodb.h"
#include "optimize/limits.h"

namespace whet::optimize {
namespace {

model::Snapshot shop(std::int64_t version) {
  model::Snapshot snapshot;
  snapshot.server.engine = model::EngineKind::mongodb;
  snapshot.server.version_number = version;
  snapshot.server.topology = "replica set";
  model::Table orders;
  orders.schema = "shop";
  orders.name = "orders";
  const auto add = [&](const std::string& name, const std::string& column) {
    model::Index index;
    index.name = name;
    index.method = "btree";
    index.parts = {{.column = column}};
    orders.indexes.push_back(index);
  };
  add("status_1", "status");
  add("at_1", "at");
  add("other_1", "other");
  add("hidden_1", "at");
  orders.indexes.back().hidden = true;
  add("partial_1", "at");
  orders.indexes.back().predicate = "{}";
  snapshot.schema.tables.push_back(orders);
  return snapshot;
}

model::Statement read(const std::string& text) {
  model::Statement statement;
  statement.id = "s";
  statement.text = text;
  statement.database = "shop";
  statement.kind = model::StatementKind::select;
  return statement;
}

model::Plan plan_with(const std::string& index) {
  model::PlanNode scan;
  scan.type = index.empty() ? "COLLSCAN" : "IXSCAN";
  scan.schema = "shop";
  scan.relation = "orders";
  scan.index = index;
  model::Plan plan;
  plan.root.type = "FETCH";
  plan.root.children = {scan};
  return plan;
}

TEST(MongodbHints, OtherIndexesThatTheCommandCanUse) {
  const auto one = read("db.orders.find({status: ?, at: {$gt: ?}})");
  const auto hints = mongodb_hints(one, plan_with("status_1"), shop(70000), 6);
  ASSERT_EQ(hints.size(), 2U);
  EXPECT_EQ(hints[0].text, R"("at_1")");
  EXPECT_EQ(hints[1].text, R"({"$natural": 1})");
  EXPECT_EQ(with_hint("db.orders.find({status: 1})", hints[0], shop(70000).server),
            R"(db.orders.find({status: 1}).hint("at_1"))");
  EXPECT_EQ(mongodb_hints(one, plan_with(""), shop(70000), 6).size(), 2U)
      << "both indexes, and nothing but them";
  EXPECT_TRUE(mongodb_hints(read("db.orders.find({status: ?}).hint('at_1')"), plan_with("status_1"),
                            shop(70000), 6)
                  .empty());
}

TEST(MongodbHints, ForAllClientsFromEightOn) {
  const auto one = read("db.orders.find({status: ?})");
  const Hint hint{HintForm::option, R"("at_1")", ""};
  EXPECT_TRUE(hint_for_all(one, hint, shop(70000).server).empty());
  const std::string all = hint_for_all(one, hint, shop(80000).server);
  EXPECT_NE(all.find("setQuerySettings"), std::string::npos) << all;
  EXPECT_NE(all.find(R"(allowedIndexes: ["at_1"])"), std::string::npos) << all;
}

TEST(MongodbLimits, AreToldFromTheWorkloadItself) {
  auto snapshot = shop(80000);
  for (int i = 0; i < 6; ++i) {
    auto one = read("db.orders.find({a" + std::to_string(i) + ": ?})");
    one.id += std::to_string(i);
    one.total.calls = 500;
    one.max_ms = 100.0 + i;
    snapshot.workload.statements.push_back(one);
  }
  auto told = proposed_limits(snapshot);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].fate, Fate::told);
  EXPECT_EQ(told[0].change.action.statement,
            "db.adminCommand({setClusterParameter: {defaultMaxTimeMS: {readOperations: 1000}}})");
  snapshot.server.version_number = 70000;
  told = proposed_limits(snapshot);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_NE(told[0].change.action.statement.find(".maxTimeMS(1000)"), std::string::npos)
      << told[0].change.action.statement;
  snapshot.workload.statements[0].total.calls = 5;
  snapshot.workload.statements[1].total.calls = 5;
  EXPECT_TRUE(proposed_limits(snapshot).empty()) << "too short a workload";
}

}  // namespace
}  // namespace whet::optimize
