#include "advise/wired/query.h"

#include <gtest/gtest.h>

#include "mql/command.h"

namespace whet::advise::wired {
namespace {

Query query(const std::string& text) {
  const auto command = mql::parse_command(text, "shop");
  EXPECT_TRUE(command.ok()) << text << ": " << (command ? "" : command.error().message);
  if (!command) return {};
  auto made = query_of(*command);
  EXPECT_TRUE(made.ok()) << text;
  return made ? std::move(made).value() : Query{};
}

Read read(const std::string& text) {
  const Query made = query(text);
  return made.reads.empty() ? Read{} : made.reads.front();
}

TEST(WiredQuery, ConditionsWithTheirValues) {
  const Read one = read(
      R"(db.orders.find({a: 1, b: {$gt: 2, $lte: 9}, c: {$in: [1, 2]}, d: /^ab/, e: /x/i, f: null}))");
  ASSERT_EQ(one.filter.conditions.size(), 7U);
  EXPECT_EQ(one.filter.conditions[0].op, Op::equal);
  EXPECT_EQ(one.filter.conditions[1].op, Op::greater);
  EXPECT_EQ(one.filter.conditions[2].op, Op::less_equal);
  EXPECT_EQ(one.filter.conditions[3].values.size(), 2U);
  EXPECT_EQ(one.filter.conditions[4].op, Op::prefix);
  EXPECT_EQ(one.filter.conditions[4].values.front().text, "ab");
  EXPECT_EQ(one.filter.conditions[5].op, Op::regex);
  EXPECT_TRUE(one.filter.conditions[6].takes_missing());
}

TEST(WiredQuery, BeginningsOfRegularExpressions) {
  const auto beginning = [](const std::string& pattern) {
    const Read one = read("db.c.find({a: {$regex: \"" + pattern + "\"}})");
    const Condition& condition = one.filter.conditions.front();
    return condition.op == Op::prefix ? condition.values.front().text : "";
  };
  EXPECT_EQ(beginning("^abc"), "abc");
  EXPECT_EQ(beginning("^abc.*"), "abc");
  EXPECT_EQ(beginning("^abc*"), "ab") << "c may be missing";
  EXPECT_EQ(beginning("^ab|cd"), "");
  EXPECT_EQ(beginning("abc"), "");
}

TEST(WiredQuery, ElementsAndAlternatives) {
  const Read one =
      read(R"(db.c.find({items: {$elemMatch: {sku: "a", qty: {$gt: 1}}}, $or: [{x: 1}, {y: 2}]}))");
  ASSERT_EQ(one.filter.conditions.size(), 2U);
  EXPECT_EQ(one.filter.conditions[0].path, "items.sku");
  EXPECT_EQ(one.filter.conditions[0].element, one.filter.conditions[1].element);
  EXPECT_NE(one.filter.conditions[0].element, 0);
  ASSERT_EQ(one.filter.alternatives.size(), 1U);
  EXPECT_EQ(one.filter.alternatives[0].size(), 2U);
  const Read list = read("db.c.find({$or: [{x: 1}, {x: {$in: [2, 3]}}]})");
  ASSERT_EQ(list.filter.conditions.size(), 1U);
  EXPECT_EQ(list.filter.conditions[0].values.size(), 3U);
  EXPECT_EQ(read(R"(db.c.find({"items.0.sku": "a"}))").filter.conditions[0].path, "items.sku");
}

TEST(WiredQuery, ThePipelinesBeginning) {
  const Read one = read(
      R"(db.c.aggregate([{$match: {a: 1}}, {$sort: {b: -1}}, {$skip: 5}, {$limit: 10},
         {$match: {c: 1}}, {$project: {_id: 0, d: 1}}]))");
  ASSERT_EQ(one.filter.conditions.size(), 1U) << "behind a limit nothing is searched by";
  ASSERT_EQ(one.sort.size(), 1U);
  EXPECT_TRUE(one.sort[0].descending);
  EXPECT_EQ(one.limit, 15);
  EXPECT_FALSE(one.whole);
  EXPECT_EQ(one.needed, std::set<std::string>{"d"});
  const Read group = read(
      R"(db.c.aggregate([{$match: {a: 1}}, {$group: {_id: "$x", n: {$sum: "$y"}}}, {$limit: 3}]))");
  EXPECT_EQ(group.needed, (std::set<std::string>{"x", "y"}));
  EXPECT_FALSE(group.limit) << "it limits groups";
  EXPECT_TRUE(read(R"(db.c.aggregate([{$match: {a: 1}}]))").whole);
}

TEST(WiredQuery, OtherCollections) {
  const Query made = query(
      R"(db.c.aggregate([{$lookup: {from: "d", localField: "x", foreignField: "y", as: "z"}},
         {$unionWith: {coll: "e", pipeline: [{$match: {k: 1}}]}}]))");
  ASSERT_EQ(made.lookups.size(), 1U);
  EXPECT_EQ(made.lookups[0].collection, "d");
  EXPECT_EQ(made.lookups[0].path, "y");
  ASSERT_EQ(made.reads.size(), 2U);
  EXPECT_EQ(made.reads[0].collection, "c");
  EXPECT_EQ(made.reads[1].collection, "e");
  EXPECT_EQ(made.reads[1].filter.conditions[0].path, "k");
}

TEST(WiredQuery, WritesSearchToo) {
  const Read one = read("db.c.updateOne({a: 1}, {$set: {b: 2}})");
  EXPECT_EQ(one.verb, Verb::update);
  EXPECT_EQ(one.limit, 1);
  EXPECT_FALSE(read("db.c.deleteMany({a: 1})").limit);
  EXPECT_EQ(read("db.c.countDocuments({a: 1})").whole, false);
  EXPECT_EQ(read(R"(db.c.distinct("x", {a: 1}))").distinct_path, "x");
}

}  // namespace
}  // namespace whet::advise::wired
