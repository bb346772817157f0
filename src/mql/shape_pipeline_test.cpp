#include <gtest/gtest.h>

#include "mql/shape_testing.h"

namespace whet::mql {
namespace {

using shape_testing::shape_text;

TEST(MqlPipelineShape, MatchSortLimit) {
  EXPECT_EQ(
      shape_text(
          "db.a.aggregate([{$match: {x: ?}}, {$sort: {y: -1}}, {$limit: 5}, {$project: {z: 1}}])"),
      "shop.a b1 sort(y-) limited projects(_id,z) needs(_id,x,y,z)\n  equality x = ?1");
  EXPECT_EQ(shape_text("db.a.aggregate([{$limit: 5}, {$match: {x: ?}}, {$sort: {y: 1}}])"),
            "shop.a b1 limited whole needs(x,y)");
}

TEST(MqlPipelineShape, MatchMovesBeforeWhatDoesNotComputeItsFields) {
  EXPECT_EQ(
      shape_text(
          "db.a.aggregate([{$addFields: {t: {$add: ['$a', '$b']}}}, {$match: {x: ?, t: ?}}])"),
      "shop.a b1 whole needs(a,b,x)\n  equality x = ?1");
  EXPECT_EQ(
      shape_text("db.a.aggregate([{$project: {x: 1, y: '$b'}}, {$match: {x: ?, y: ?, z: ?}}])"),
      "shop.a b1 projects(_id,x) needs(_id,b,x)\n  equality x = ?1\n  equality b = ?2");
  EXPECT_EQ(shape_text("db.a.aggregate([{$unwind: '$items'}, {$match: {'items.sku': ?, x: ?}}])"),
            "shop.a b1 whole needs(items,items.sku,x)\n  equality x = ?2");
  EXPECT_EQ(shape_text("db.a.aggregate([{$group: {_id: '$x'}}, {$match: {_id: ?}}])"),
            "shop.a b1 group(x) aggregated needs(x)\n  equality x = ?1");
}

TEST(MqlPipelineShape, Groups) {
  EXPECT_EQ(
      shape_text(
          "db.a.aggregate([{$match: {s: ?}}, {$sort: {c: 1, at: -1}}, {$group: {_id: '$c', last: "
          "{$first: '$at'}}}, {$sort: {last: 1}}])"),
      "shop.a b1 group(c) sort(c,at-) aggregated needs(at,c,s)\n  equality s = ?1");
  EXPECT_EQ(
      shape_text("db.a.aggregate([{$group: {_id: {p: '$a', q: {$year: '$b'}}, n: {$sum: 1}}}])"),
      "shop.a b1 group(a,{\"$year\":\"$b\"}) aggregated needs(a,b)");
  EXPECT_EQ(
      shape_text("db.a.aggregate([{$group: {_id: null, lo: {$min: '$x'}, hi: {$max: '$x'}}}])"),
      "shop.a b1 extremes(x,x-) aggregated needs(x)");
  EXPECT_EQ(shape_text("db.a.aggregate([{$group: {_id: '$x', all: {$push: '$$ROOT'}}}])"),
            "shop.a b1 group(x) aggregated whole needs(x)");
}

TEST(MqlPipelineShape, Joins) {
  EXPECT_EQ(
      shape_text("db.a.aggregate([{$match: {x: ?}}, {$lookup: {from: 'b', localField: 'bid', "
                 "foreignField: "
                 "'_id', as: 'l'}}, {$unwind: '$l'}, {$match: {'l.k': ?, y: ?}}])"),
      "shop.a b1 whole needs(bid,x,y)\n  join bid = 1._id\n  equality x = ?1\n  equality y = ?3\n"
      "shop.b as l b1 whole needs(_id,k)\n  join _id = 0.bid\n  equality k = ?2");
  EXPECT_EQ(
      shape_text(
          "db.a.aggregate([{$lookup: {from: 'b', let: {i: '$bid'}, pipeline: [{$match: {$expr: "
          "{$and: [{$eq: ['$k', '$$i']}, {$gt: ['$n', 5]}]}, m: ?}}, {$sort: {at: 1}}, {$limit: "
          "1}, "
          "{$project: {_id: 0, at: 1}}], as: 'l'}}])"),
      "shop.a b1 whole needs(bid)\n  join bid = 1.k sub\n"
      "shop.b as l b2 sort(at) limited projects(at) needs(at,k,m,n)\n  join k = 0.bid sub\n"
      "  range n $expr >\n  equality m = ?1");
  EXPECT_EQ(
      shape_text("db.a.aggregate([{$graphLookup: {from: 'a', startWith: '$boss', connectFromField: "
                 "'boss', "
                 "connectToField: 'name', as: 'up', restrictSearchWithMatch: {active: true}}}])"),
      "shop.a b1 whole needs(boss)\n  join boss = 1.name\n"
      "shop.a as up b1 whole needs(active,boss,name)\n  join name = 0.boss\n  join name = 1.boss\n"
      "  equality active = always {\"active\":true}");
}

TEST(MqlPipelineShape, OtherCollections) {
  EXPECT_EQ(shape_text("db.a.aggregate([{$match: {x: 1}}, {$unionWith: {coll: 'b', pipeline: "
                       "[{$match: {y: ?}}]}}, "
                       "{$match: {z: ?}}])"),
            "shop.a b1 whole needs(x,z)\n  equality x = always {\"x\":1}\n  equality z = ?2\n"
            "shop.b b2 whole needs(y,z)\n  equality y = ?1\n  equality z = ?2");
  EXPECT_EQ(shape_text("db.a.aggregate([{$group: {_id: {p: '$a', q: {$year: '$b'}}}}, {$match: "
                       "{'_id.p': ?, '_id.q': ?, n: ?}}, {$match: {'_id.p': ?}}])"),
            "shop.a b1 group(a,{\"$year\":\"$b\"}) aggregated needs(a,b)\n  equality a = ?1\n"
            "  equality a = ?4");
  EXPECT_EQ(shape_text("db.a.aggregate([{$lookup: {from: 'b', localField: 'x', foreignField: 'k', "
                       "as: 'l'}}, {$sort: {y: 1}}])"),
            "shop.a b1 sort(y) whole needs(x,y)\n  join x = 1.k\n"
            "shop.b as l b1 whole needs(k)\n  join k = 0.x");
  EXPECT_EQ(
      shape_text("db.a.aggregate([{$match: {x: ?}}, {$merge: {into: {db: 'other', coll: 'c'}}}])"),
      "shop.a b1 whole needs(x)\n  equality x = ?1\nother.c b2 written");
  EXPECT_EQ(shape_text("db.a.aggregate([{$facet: {p: [{$group: {_id: '$k'}}], q: [{$match: {z: "
                       "1}}, {$count: 'n'}]}}])"),
            "shop.a b1 aggregated needs(k,z)");
  EXPECT_EQ(shape_text("db.a.aggregate([{$geoNear: {near: [1, 2], key: 'place', distanceField: "
                       "'d', query: {k: ?}}}])"),
            "shop.a b1 sort(near(place)) whole needs(k,place)\n  equality k = ?1");
  EXPECT_EQ(
      shape_text(
          "db.a.aggregate([{$setWindowFields: {partitionBy: '$p', sortBy: {q: -1}, output: {n: "
          "{$documentNumber: {}}}}}])"),
      "shop.a b1 sort(p,q-) windowed whole needs(p,q)");
}

}  // namespace
}  // namespace whet::mql
