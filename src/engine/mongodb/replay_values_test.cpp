#include "engine/mongodb/replay_values.h"

#include <gtest/gtest.h>

#include "engine/mongodb/replay.h"

namespace whet::engine::mongodb {
namespace {

using mql::Value;

Value json(std::string_view text) { return mql::parse_json(text).value(); }

const std::vector<Value> documents = {
    json(R"({"_id": 1, "status": "open", "at": 10, "tags": ["a", "b"], "items": [{"sku": "x"}]})"),
    json(R"({"_id": 2, "status": "done", "at": 5, "items": [{"sku": "y"}, {"sku": "z"}]})"),
    json(R"({"_id": 3, "status": "paid", "at": 7, "name": {"last": "Mayer"}})")};

std::string filled(std::string_view text, int turn = 0) {
  const auto command = mql::parse_command(text, "shop");
  EXPECT_TRUE(command.ok()) << text;
  const auto body = with_values(*command, documents, turn);
  if (!body) return "nothing";
  mql::Command complete = *command;
  complete.body = *body;
  return mql::print(complete);
}

TEST(ReplayValues, EqualityTakesWhatADocumentHas) {
  EXPECT_EQ(filled("db.o.find({status: ?})"), R"(db.o.find({status: "open"}))");
  EXPECT_EQ(filled("db.o.find({status: ?})", 1), R"(db.o.find({status: "done"}))");
  EXPECT_EQ(filled("db.o.find({'name.last': ?})"), R"(db.o.find({"name.last": "Mayer"}))")
      << "of the next document that has it";
  EXPECT_EQ(filled("db.o.find({'items.sku': ?}).sort({at: -1}).limit(?)", 1),
            R"(db.o.find({"items.sku": "z"}).sort({at: -1}).limit(20))");
  EXPECT_EQ(filled("db.o.find({nowhere: ?})"), "nothing");
}

TEST(ReplayValues, RangesHaveTheSmallerValueBelow) {
  EXPECT_EQ(filled("db.o.find({at: {$gte: ?, $lt: ?}})"), "db.o.find({at: {$gte: 5, $lt: 10}})");
  EXPECT_EQ(filled("db.o.find({at: {$gt: ?}, status: {$ne: ?}})"),
            R"(db.o.find({at: {$gt: 10}, status: {$ne: "open"}}))");
}

TEST(ReplayValues, ListsPatternsAndBranches) {
  EXPECT_EQ(filled("db.o.find({status: {$in: [?]}})"),
            R"(db.o.find({status: {$in: ["open", "done", "paid"]}}))");
  EXPECT_EQ(filled("db.o.find({$or: [{status: ?}, {items: {$elemMatch: {sku: ?}}}]})"),
            R"(db.o.find({$or: [{status: "open"}, {items: {$elemMatch: {sku: "x"}}}]}))");
  EXPECT_EQ(filled("db.o.find({status: {$regex: ?}})"), R"(db.o.find({status: {$regex: "^ope"}}))");
  EXPECT_EQ(filled("db.o.find({$expr: {$gt: ['$at', ?]}})"), "nothing");
  EXPECT_EQ(filled("db.o.find({tags: {$size: ?}})"), "nothing");
}

TEST(ReplayValues, OnlyTheFirstMatchesOfAPipelineSeeTheDocuments) {
  EXPECT_NE(filled("db.o.aggregate([{$match: {status: ?}}, {$group: {_id: '$at'}}, {$limit: ?}])")
                .find(R"({$match: {status: "open"}})"),
            std::string::npos);
  EXPECT_EQ(filled("db.o.aggregate([{$group: {_id: '$at', n: {$sum: 1}}}, {$match: {n: ?}}])"),
            "nothing");
}

TEST(Replay, WhatWasForOneTimeOnlyIsLeftOut) {
  EXPECT_EQ(mql::relaxed_json(replayed(json(
                R"({"find": "o", "filter": {"a": 1}, "maxTimeMS": 5, "comment": "x", "lsid": {},
                    "readConcern": {"level": "majority", "afterClusterTime": 1}, "$db": "shop"})"))),
            R"({"find":"o","filter":{"a":1},"readConcern":{"level":"local"}})");
}

}  // namespace
}  // namespace whet::engine::mongodb
