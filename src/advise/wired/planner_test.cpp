#include "advise/wired/planner.h"

#include <gtest/gtest.h>

#include "advise/wired/testing.h"

namespace whet::advise::wired {
namespace {

using testing::index_of;
using testing::orders;
using testing::World;

TEST(WiredBounds, EveryPartOfAPrefixNarrows) {
  const World world(orders(), {R"({"status":1,"customer":1,"at":1})"});
  const Access one = world.best(R"(db.orders.find({status: "open"}))");
  EXPECT_NEAR(one.keys, 2000, 1);
  EXPECT_FALSE(one.covered);
  const Access two = world.best(R"(db.orders.find({status: "done", customer: 7}))");
  EXPECT_NEAR(two.keys, 18, 1);
  EXPECT_TRUE(two.bounds.unchecked.empty());
}

TEST(WiredBounds, ARangeBeforeAnEqualityIsJumpedThrough) {
  const World world(orders(), {R"({"country":1,"customer":1})"});
  // Twenty countries, not a range of all entries.
  const Access jumps = world.best("db.orders.find({country: {$exists: true}, customer: 7})");
  EXPECT_LT(jumps.keys, 100);
  EXPECT_GE(jumps.keys, 20);
  const World unique(orders(), {R"({"at":1,"customer":1})"});
  const Access scans =
      unique.best(R"(db.orders.find({at: {$gt: ISODate("2026-01-01")}, customer: 7}))");
  EXPECT_GT(scans.keys, 30000) << "each entry has its own date";
}

TEST(WiredBounds, ArraysTakeOneConditionUnlessOfOneElement) {
  const World world(orders(), {R"({"items.sku":1,"items.qty":1})"});
  const Access apart = world.best(R"(db.orders.find({"items.sku": "A", "items.qty": 3}))");
  const Access same = world.best(R"(db.orders.find({items: {$elemMatch: {sku: "A", qty: 3}}}))");
  EXPECT_GT(apart.keys, 5 * same.keys);
  EXPECT_TRUE(apart.bounds.parts[1].all());
  EXPECT_FALSE(same.bounds.parts[1].all());
  // Of both sides of a range only one bounds an array.
  const World tags(orders(), {R"({"tags":1})"});
  EXPECT_EQ(tags.best(R"(db.orders.find({tags: {$gte: "a", $lt: "b"}}))")
                .bounds.parts[0]
                .conditions.size(),
            1U);
}

TEST(WiredBounds, ArraysCoverNothing) {
  const World world(orders(), {R"({"tags":1,"customer":1})", R"({"customer":1,"status":1})"});
  EXPECT_FALSE(world.best(R"(db.orders.find({tags: "x"}, {_id: 0, customer: 1}))").covered);
  EXPECT_TRUE(world.best("db.orders.find({customer: 7}, {_id: 0, status: 1})").covered);
  EXPECT_FALSE(world.best("db.orders.find({customer: 7}, {status: 1})").covered)
      << "_id comes with it";
}

TEST(WiredBounds, PartialSparseAndHiddenOnesServeOnlyWhatTheyHold) {
  model::Table table = orders();
  table.indexes = {index_of(R"({"at":1})")};
  table.indexes[0].predicate = R"({"status":"open"})";
  const World partial(table);
  EXPECT_EQ(partial.winner(R"(db.orders.find({status: "open", at: {$gt: ISODate("2026-01-01")}}))"),
            "at_1");
  EXPECT_EQ(partial.winner(R"(db.orders.find({status: "done", at: {$gt: ISODate("2026-01-01")}}))"),
            "COLLSCAN");
  EXPECT_EQ(partial.winner(R"(db.orders.find({status: ?, at: {$gt: ISODate("2026-01-01")}}))"),
            "COLLSCAN")
      << "nobody knows that it is open";
  table.indexes = {index_of(R"({"note":1})")};
  table.indexes[0].options["sparse"] = "true";
  const World sparse(table);
  EXPECT_EQ(sparse.winner(R"(db.orders.find({note: "x"}))"), "note_1");
  EXPECT_EQ(sparse.winner("db.orders.find({note: null})"), "COLLSCAN");
  EXPECT_EQ(sparse.winner("db.orders.find().sort({note: 1})"), "COLLSCAN");
  table.indexes[0].options.clear();
  table.indexes[0].hidden = true;
  EXPECT_EQ(World(table).winner(R"(db.orders.find({note: "x"}))"), "COLLSCAN");
}

TEST(WiredBounds, ACollationMustAgreeForTexts) {
  model::Table table = orders();
  table.indexes = {index_of(R"({"country":1})"), index_of(R"({"customer":1})")};
  for (model::Index& index : table.indexes)
    index.options["collation"] = R"({"locale":"en","strength":2})";
  const World world(table);
  EXPECT_EQ(world.winner(R"(db.orders.find({country: "DE"}))"), "COLLSCAN");
  EXPECT_EQ(
      world.winner(R"(db.orders.find({country: "DE"}).collation({locale: "en", strength: 2}))"),
      "country_1");
  EXPECT_EQ(world.winner("db.orders.find({customer: 7})"), "customer_1")
      << "numbers have one order";
}

TEST(WiredBounds, WildcardServesOnePath) {
  model::Table table = orders();
  table.columns.push_back(testing::path("attrs.color", "string", 10, 0.5));
  table.indexes = {index_of(R"({"attrs.$**":1})")};
  table.indexes[0].method = "wildcard";
  const World world(table);
  EXPECT_EQ(world.winner(R"(db.orders.find({"attrs.color": "red"}))"), "attrs.$**_1");
  EXPECT_EQ(world.winner(R"(db.orders.find({country: "DE"}))"), "COLLSCAN");
  EXPECT_EQ(world.winner(R"(db.orders.find({"attrs.color": null}))"), "COLLSCAN");
}

TEST(WiredOrder, BehindEqualitiesBothWays) {
  const World world(orders(), {R"({"status":1,"at":-1,"total":1})"});
  EXPECT_FALSE(world.best(R"(db.orders.find({status: "open"}).sort({at: -1}))").sorts);
  EXPECT_FALSE(world.best(R"(db.orders.find({status: "open"}).sort({at: 1}))").sorts);
  EXPECT_FALSE(world.best(R"(db.orders.find({status: "open"}).sort({at: 1, total: -1}))").sorts);
  EXPECT_TRUE(world.best(R"(db.orders.find({status: "open"}).sort({at: 1, total: 1}))").sorts);
  EXPECT_TRUE(world.best(R"(db.orders.find({status: "open"}).sort({total: 1}))").sorts);
  EXPECT_TRUE(world.best(R"(db.orders.find({status: {$gt: "a"}}).sort({at: 1}))").sorts);
}

TEST(WiredOrder, AListIsMergedUpToTwoHundredScans) {
  const World world(orders(), {R"({"customer":1,"at":1})"});
  const Access few = world.best("db.orders.find({customer: {$in: [1, 2, 3]}}).sort({at: 1})");
  EXPECT_TRUE(few.merged);
  EXPECT_FALSE(few.sorts);
  std::string many = "0";
  for (int i = 1; i <= 200; ++i) many += ", " + std::to_string(i);
  EXPECT_TRUE(world.best("db.orders.find({customer: {$in: [" + many + "]}}).sort({at: 1})").sorts);
}

TEST(WiredPlans, ALimitMakesAnOrderedScanWin) {
  const World world(orders(), {R"({"customer":1})", R"({"at":1})"});
  // Half of all match: the newest ten are found after some twenty entries.
  EXPECT_EQ(world.winner("db.orders.find({customer: {$lt: ?}}).sort({at: -1}).limit(10)"), "at_1");
  EXPECT_EQ(world.winner("db.orders.find({customer: 7}).sort({at: -1}).limit(10)"), "customer_1");
}

TEST(WiredPlans, AlternativesNeedAnIndexEach) {
  const World both(orders(), {R"({"customer":1})", R"({"total":1})"});
  EXPECT_EQ(both.winner("db.orders.find({$or: [{customer: 7}, {total: 5}]})"),
            "customer_1|total_1");
  const World one(orders(), {R"({"customer":1})"});
  EXPECT_EQ(one.winner("db.orders.find({$or: [{customer: 7}, {total: 5}]})"), "COLLSCAN");
  EXPECT_EQ(one.winner("db.orders.find({$or: [{customer: 7}, {customer: 8}]})"), "customer_1")
      << "that is $in";
}

TEST(WiredPlans, IdAloneNeedsNoPlanner) {
  const World world(orders(), {R"({"_id":1})", R"({"customer":1})"});
  EXPECT_EQ(world.winner("db.orders.find({_id: 5})"), "IDHACK");
  EXPECT_EQ(world.winner("db.orders.find({_id: 5, customer: 7})"), "_id_1");
}

TEST(WiredPlans, DistinctJumps) {
  const World world(orders(), {R"({"status":1,"customer":1})"});
  const Access all = world.best(R"(db.orders.distinct("status"))");
  EXPECT_EQ(all.way, Way::distinct);
  EXPECT_LT(all.keys, 10);
  const Access group = world.best(R"(db.orders.aggregate([{$group: {_id: "$status"}}]))");
  EXPECT_EQ(group.way, Way::distinct);
}

TEST(WiredPlans, AHintDecides) {
  const World world(orders(), {R"({"customer":1})", R"({"status":1})"});
  const std::string query = R"(db.orders.find({customer: 7, status: "done"}))";
  EXPECT_EQ(world.winner(query), "customer_1");
  EXPECT_EQ(world.winner(query + R"(.hint("status_1"))"), "status_1");
  EXPECT_EQ(world.winner(query + ".hint({status: 1})"), "status_1");
  EXPECT_EQ(world.winner(query + ".hint({$natural: 1})"), "COLLSCAN");
}

class WiredPlanner : public ::testing::Test {
 protected:
  WiredPlanner() {
    snapshot_.server.engine = model::EngineKind::mongodb;
    snapshot_.server.version = "7.0.15";
    snapshot_.server.version_number = 70015;
    snapshot_.schema.tables = {orders(), customers()};
  }
  static model::Table customers() {
    model::Table table;
    table.id = 2;
    table.schema = "shop";
    table.name = "customers";
    table.live_rows = 50000;
    table.data_bytes = 50000 * 300;
    table.columns = {testing::path("number", "int", -1)};
    return table;
  }
  static model::SwitchedIndex asked(const std::string& table, const std::string& key) {
    return {{"shop", table, index_of(key)}, 0, {}};
  }
  static Result<mql::Command> command_of(const std::string& text) {
    return mql::parse_command(text, "shop");
  }
  model::Snapshot snapshot_;
  Policy policy_;
};

TEST_F(WiredPlanner, SwitchesIndexesOnAndOff) {
  const Facts facts(snapshot_, policy_);
  const auto planner = model_planner(facts, command_of);
  const auto sizes =
      planner->declare({asked("orders", R"({"customer":1})"), asked("orders", R"({"status":1})"),
                        asked("nowhere", R"({"a":1})")});
  ASSERT_TRUE(sizes.ok());
  EXPECT_GT(*(*sizes)[0], 100000);
  EXPECT_FALSE((*sizes)[2].ok());
  const std::string query = "db.orders.find({customer: 7})";
  const auto without = planner->plan(query, {});
  const auto with = planner->plan(query, {0, 1});
  ASSERT_TRUE(without.ok() && with.ok());
  EXPECT_EQ(without->plan.root.type, "COLLSCAN");
  EXPECT_EQ(with->used, std::vector<std::size_t>{0});
  EXPECT_LT(with->plan.root.total_cost * 50, without->plan.root.total_cost);
  EXPECT_EQ(with->names.at("customer_1"), 0U);
}

TEST_F(WiredPlanner, ALookupSearchesOnceForEachDocument) {
  const Facts facts(snapshot_, policy_);
  const auto planner = model_planner(facts, command_of);
  ASSERT_TRUE(planner->declare({asked("customers", R"({"number":1})")}).ok());
  const std::string query =
      R"(db.orders.aggregate([{$match: {status: "failed"}}, {$lookup: {from: "customers",
         localField: "customer", foreignField: "number", as: "c"}}]))";
  const auto without = planner->plan(query, {});
  const auto with = planner->plan(query, {0});
  ASSERT_TRUE(without.ok() && with.ok());
  EXPECT_EQ(with->used, std::vector<std::size_t>{0});
  EXPECT_GT(without->plan.root.total_cost, 100 * with->plan.root.total_cost);
}

TEST_F(WiredPlanner, WhatCannotBeReadIsAnError) {
  const Facts facts(snapshot_, policy_);
  const auto planner = model_planner(facts, command_of);
  ASSERT_TRUE(planner->declare({}).ok());
  EXPECT_FALSE(planner->plan("db.orders.", {}).ok());
  EXPECT_FALSE(planner->plan("db.orders.insertOne({a: 1})", {}).ok());
}

}  // namespace
}  // namespace whet::advise::wired
