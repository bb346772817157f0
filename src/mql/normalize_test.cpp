#include <gtest/gtest.h>

#include "mql/command.h"
#include "mql/normal_forms.h"

namespace whet::mql {
namespace {

Command command(std::string_view text) {
  auto made = parse_command(text, "shop");
  EXPECT_TRUE(made.ok()) << text << (made.ok() ? "" : made.error().text());
  return made.ok() ? *made : Command();
}

std::string normal(std::string_view text) { return print(normalize(command(text))); }
std::string id(std::string_view text) { return fingerprint(command(text)); }
std::string id_of(std::string_view json) {
  return fingerprint(command_of(parse_json(json).value(), "shop").value());
}

TEST(Normalize, Filters) {
  EXPECT_EQ(normal("db.a.find({b: 5, a: {$lt: 9, $gt: 1}, c: {$in: [1, 2]}, d: null, e: /^ab/i})"),
            "db.a.find({a: {$gt: ?, $lt: ?}, b: ?, c: {$in: ?}, d: null, e: /^?/i})");
  EXPECT_EQ(normal("db.a.find({$and: [{a: {$eq: 1}}, {$and: [{b: {x: 1}}]}], $comment: 'x'})"),
            "db.a.find({a: ?, b: ?})");
  EXPECT_EQ(normal("db.a.find({$or: [{b: 1}, {a: 2}]})"), "db.a.find({$or: [{a: ?}, {b: ?}]})");
  EXPECT_EQ(normal("db.a.find({$or: [{b: 1}]})"), "db.a.find({b: ?})");
  EXPECT_EQ(normal("db.a.find({$and: [{a: {$gt: 1}}, {a: {$gt: 2}}]})"),
            "db.a.find({$and: [{a: {$gt: ?}}], a: {$gt: ?}})");
  EXPECT_EQ(
      normal("db.a.find({a: {$not: {$in: [1]}}, b: {$not: {$exists: true}}, c: {$not: {$eq: 1}}})"),
      "db.a.find({a: {$nin: ?}, b: {$exists: false}, c: {$ne: ?}})");
  EXPECT_EQ(
      normal("db.a.find({a: {$elemMatch: {x: 1, y: {$gt: 2}}}, t: {$type: 2}, z: {$mod: [4, 0]}})"),
      "db.a.find({a: {$elemMatch: {x: ?, y: {$gt: ?}}}, t: {$type: \"string\"}, z: {$mod: ?}})");
  EXPECT_EQ(normal("db.a.find({$expr: {$gt: ['$a', 5]}})"),
            "db.a.find({$expr: {$gt: [\"$a\", ?]}})");
}

TEST(Normalize, WhatMakesAnotherQuery) {
  EXPECT_NE(id("db.a.find({a: null})"), id("db.a.find({a: 1})"));
  EXPECT_NE(id("db.a.find({a: /^b/})"), id("db.a.find({a: /b/})"));
  EXPECT_NE(id("db.a.find({a: /^b/})"), id("db.a.find({a: /^b/i})"));
  EXPECT_NE(id("db.a.find({a: {$exists: true}})"), id("db.a.find({a: {$exists: false}})"));
  EXPECT_NE(id("db.a.find().sort({a: 1, b: 1})"), id("db.a.find().sort({b: 1, a: 1})"));
  EXPECT_NE(id("db.a.find().sort({a: 1})"), id("db.a.find().sort({a: -1})"));
  EXPECT_NE(id("db.a.find({a: {$type: 'int'}})"), id("db.a.find({a: {$type: 'long'}})"));
  EXPECT_NE(id("db.a.deleteOne({a: 1})"), id("db.a.deleteMany({a: 1})"));
  EXPECT_NE(id("db.a.find({a: 1}, {b: 1})"), id("db.a.find({a: 1})"));
  EXPECT_NE(id("db.a.find({$expr: {$eq: ['$a', 1]}})"), id("db.a.find({$expr: {$eq: ['$b', 1]}})"));
}

TEST(Normalize, WhatDoesNot) {
  EXPECT_EQ(id("db.a.find({a: 1, b: 2})"),
            id("db.a.find({$and: [{b: {$eq: 'x'}}, {a: {$eq: 3}}]})"));
  EXPECT_EQ(id("db.a.find({a: {$in: [1]}})"), id("db.a.find({a: {$in: [1, 2, 3]}})"));
  EXPECT_EQ(id("db.a.find({a: 1}).limit(5)"),
            id("db.a.find({a: 1}).limit(NumberLong(50)).batchSize(9)"));
  EXPECT_EQ(id("db.a.find({}, {a: true, _id: 1})"), id("db.a.find({}, {a: 1})"));
  EXPECT_EQ(id("db.a.findOne({a: 1})"), id("db.a.find({a: 2}).limit(1)"));
  EXPECT_EQ(id("db.a.insertOne({a: 1})"),
            id("db.a.insertMany([{b: 1}, {c: 1}], {ordered: false})"));
  EXPECT_EQ(id("db.a.aggregate([{$set: {x: 1}}, {$unset: 'y'}])"),
            id("db.a.aggregate([{$addFields: {x: 2}}, {$project: {y: 0}}])"));
}

TEST(Normalize, Updates) {
  EXPECT_EQ(normal("db.a.updateOne({_id: 1}, {$set: {b: 1, a: {x: 1}}, $push: {l: {$each: [1], "
                   "$slice: -5}}})"),
            "db.a.updateOne({_id: ?}, {$push: {l: {$each: ?, $slice: ?}}, $set: {a: ?, b: ?}})");
  EXPECT_EQ(normal("db.a.replaceOne({_id: 1}, {x: 1})"), "db.a.replaceOne({_id: ?}, ?)");
  EXPECT_EQ(
      normal(
          "db.a.updateOne({a: 1}, {$pull: {l: {x: {$gt: 5}}, m: {$in: [1]}}, $rename: {x: 'y'}})"),
      "db.a.updateOne({a: ?}, {$pull: {l: {x: {$gt: ?}}, m: {$in: ?}}, $rename: {x: \"y\"}})");
  EXPECT_EQ(normal("db.a.updateMany({}, {$set: {'l.$[e].n': 1}}, {arrayFilters: [{'e.k': 3}]})"),
            "db.a.updateMany({}, {$set: {\"l.$[e].n\": ?}}, {arrayFilters: [{\"e.k\": ?}]})");
  EXPECT_EQ(normal("db.a.insertOne({secret: 'x'})"), "db.a.insertMany(?)");
}

TEST(Normalize, Pipelines) {
  EXPECT_EQ(
      normal("db.a.aggregate([{$match: {s: 'x'}}, {$group: {_id: '$c', n: {$sum: 1}, t: {$sum: "
             "'$x'}}},"
             "{$sort: {n: NumberLong(-1)}}, {$limit: 5}])"),
      "db.a.aggregate([{$match: {s: ?}}, {$group: {_id: \"$c\", n: {$sum: 1}, t: {$sum: \"$x\"}}}, "
      "{$sort: {n: -1}}, {$limit: ?}])");
  EXPECT_EQ(
      normal("db.a.aggregate([{$lookup: {from: 'b', let: {x: '$i'}, pipeline: [{$match: {$expr: "
             "{$eq: ['$k', '$$x']}, n: 5}}], as: 'l'}}])"),
      "db.a.aggregate([{$lookup: {as: \"l\", from: \"b\", let: {x: \"$i\"}, pipeline: [{$match: "
      "{$expr: {$eq: [\"$k\", \"$$x\"]}, n: ?}}]}}])");
  EXPECT_EQ(normal("db.a.aggregate([{$project: {x: {$cond: {if: {$gt: ['$a', 1]}, then: 'p', else: "
                   "'$b'}}}}])"),
            "db.a.aggregate([{$project: {x: {$cond: [{$gt: [\"$a\", ?]}, ?, \"$b\"]}}}])");
}

TEST(Normalize, OneStatementFromAllSources) {
  const std::string want = id("db.a.updateMany({s: 'x', n: {$gt: 1}}, {$set: {t: 1}})");
  EXPECT_EQ(id_of(R"({"op":"update","ns":"shop.a","command":{"q":{"n":{"$gt":1.5},"s":"y"},
                      "u":{"$set":{"t":{"$numberLong":"7"}}},"multi":true,"upsert":false}})"),
            want);
  EXPECT_EQ(
      id_of(
          R"({"update":"a","updates":[{"q":{"s":"x","n":{"$gt":1}},"u":{"$set":{"t":1}},"multi":true},
                      {"q":{"s":"z","n":{"$gt":2}},"u":{"$set":{"t":2}},"multi":true}],"ordered":true,
                      "lsid":{"id":1},"txnNumber":1,"writeConcern":{"w":1}})"),
      want);
  EXPECT_EQ(
      id_of(
          R"({"find":"a","filter":{"$and":[{"s":{"$eq":"?string"}},{"n":{"$in":"?array<?number>"}},
                      {"k":{"$not":{"$exists":"?bool"}}},{"z":{"$eq":"?null"}}]},"limit":"?number",
                      "sort":{"s":1},"projection":{"_id":true,"x":true}})"),
      id("db.a.find({s: 'x', n: {$in: [1, 2]}, k: {$exists: false}, z: null}, {x: 1})"
         ".sort({s: 1}).limit(3)"));
}

TEST(Normalize, WhatQueryStatsWritesOut) {
  // As 7.0.15 has them in key.queryShape.
  EXPECT_EQ(
      id_of(R"({"cmdNs":{"db":"shop","coll":"a"},"command":"find","filter":{"$and":[{"a":{"$eq":
                  "?number"}},{"a":{"$eq":"?number"}},{"e":{"$elemMatch":{"$and":[{"x":{"$eq":"?number"}},
                  {"y":{"$gt":"?number"}}]}}}]},"projection":{"c":{"d":true},"_id":true},
                  "limit":"?number"})"),
      id("db.a.find({a: {$all: [1, 2, 3]}, e: {$elemMatch: {y: {$gt: 1}, x: 5}}}, {'c.d': "
         "1}).limit(3)"));
  EXPECT_EQ(
      id_of(R"({"cmdNs":{"db":"shop","coll":"a"},"command":"aggregate","pipeline":[{"$match":{"a":
                  {"$type":[16]}}},{"$group":{"_id":"?null","n":{"$sum":"?number"}}},
                  {"$project":{"n":true,"_id":false}}]})"),
      id("db.a.aggregate([{$match: {a: {$type: 'int'}}}, {$count: 'n'}])"));
  EXPECT_EQ(
      id_of(
          R"({"cmdNs":{"db":"shop","coll":"a"},"command":"aggregate","pipeline":[{"$unwind":{"path":
                  "$e"}},{"$group":{"_id":"$e.f","count":{"$sum":"?number"}}},{"$sort":{"count":-1}}]})"),
      id("db.a.aggregate([{$unwind: '$e'}, {$sortByCount: '$e.f'}])"));
  EXPECT_EQ(normal("db.a.countDocuments({x: 5})"), "db.a.countDocuments({x: ?})");
  EXPECT_EQ(normal("db.a.find({a: {$all: [1, 2]}, b: {$all: [3]}})"),
            "db.a.find({a: {$all: ?}, b: ?})");
}

TEST(Normalize, PrefixesOfRegexes) {
  EXPECT_EQ(regex_prefix("^abc", ""), 3U);
  EXPECT_EQ(regex_prefix("\\Aabc.*", ""), 3U);
  EXPECT_EQ(regex_prefix("^ab*", ""), 1U);
  EXPECT_EQ(regex_prefix("^a\\.b", ""), 3U);
  EXPECT_EQ(regex_prefix("^a\\d", ""), 1U);
  EXPECT_EQ(regex_prefix("abc", ""), 0U);
  EXPECT_EQ(regex_prefix("^abc", "i"), 0U);
  EXPECT_EQ(regex_prefix("^abc", "m"), 0U);
  EXPECT_EQ(regex_prefix("^a|b", ""), 0U);
}

}  // namespace
}  // namespace whet::mql
