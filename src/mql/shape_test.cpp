#include <gtest/gtest.h>

#include "mql/shape_testing.h"

namespace whet::mql {
namespace {

using shape_testing::shape_text;

TEST(MqlShape, Find) {
  EXPECT_EQ(shape_text("db.orders.find({status: 'open', total: {$gte: 5, $lt: 9}}).sort({at: -1, "
                       "_id: 1}).limit(5)"),
            "shop.orders b1 sort(at-,_id) limited whole needs(_id,at,status,total)\n"
            "  equality status = always {\"status\":\"open\"}\n"
            "  range total >= always {\"total\":{\"$gte\":5}}\n"
            "  range total < always {\"total\":{\"$lt\":9}}");
  EXPECT_EQ(
      shape_text(
          "db.orders.find({status: ?, n: {$in: ?}}, {_id: 0, 'ship.city': 1}).skip(?).hint({a: 1})"
          ".collation({locale: 'de'})"),
      "shop.orders b1 offset projects(ship.city) needs(n,ship.city,status) collation "
      "{\"locale\":\"de\"} "
      "hint {\"a\":1}\n"
      "  equality status = ?1\n  membership n IN ?2");
  EXPECT_EQ(shape_text("db.orders.find({}, {a: 1, t: {$slice: 3}, m: {n: 1}})"),
            "shop.orders b1 projects(_id,a,m.n,t) needs(_id,a,m.n,t)");
  EXPECT_EQ(shape_text("db.orders.find({}, {a: 0, t: {$slice: 3}})"), "shop.orders b1 whole");
}

TEST(MqlShape, Operators) {
  EXPECT_EQ(
      shape_text("db.a.find({a: null, b: {$ne: null}, c: {$exists: false}, d: {$exists: true}})"),
      "shop.a b1 whole needs(a,b,c,d)\n  null a IS NULL always {\"a\":null}\n"
      "  null b IS NOT NULL not always {\"b\":{\"$ne\":null}}\n"
      "  null c $exists always {\"c\":{\"$exists\":false}}\n"
      "  null d $exists not always {\"d\":{\"$exists\":true}}");
  EXPECT_EQ(
      shape_text(
          "db.a.find({a: /^ab/, b: /ab/, c: {$regex: '^ab', $options: 'i'}, d: {$regex: ?}})"),
      "shop.a b1 whole needs(a,b,c,d)\n  pattern a $regex prefix\n  pattern b $regex wildcard\n"
      "  pattern c $regex prefix nocase\n  pattern d $regex parameter ?1");
  EXPECT_EQ(
      shape_text("db.a.find({a: {$ne: ?}, b: {$nin: ?}, c: {$not: {$gt: ?}}, d: {$size: ?}})"),
      "shop.a b1 whole needs(a,b,c,d)\n  other a <> not ?1\n  other b NOT IN not ?2\n"
      "  other c $not not ?3\n  other d $size ?4");
  EXPECT_EQ(shape_text("db.a.find({'items.0.sku': 'x', 'items.sku': ?})"),
            "shop.a b1 whole needs(items.sku)\n  other items.0.sku = of items.sku\n  equality "
            "items.sku = ?1");
  EXPECT_EQ(shape_text("db.a.find({tags: {$all: ['a', ?]}, x: {y: 1}})"),
            "shop.a b1 whole needs(tags,x)\n  equality tags $all always {\"tags\":\"a\"}\n"
            "  equality tags $all ?1\n  equality x = always {\"x\":{\"y\":1}}");
  EXPECT_EQ(shape_text("db.a.find({items: {$elemMatch: {sku: ?, qty: {$gt: ?}}}, s: {$elemMatch: "
                       "{$gt: 1, $lt: 5}}})"),
            "shop.a b1 whole needs(items.qty,items.sku,s)\n  equality items.sku = element1 ?1\n"
            "  range items.qty > element1 ?2\n  range s > element2\n  range s < element2");
  EXPECT_EQ(
      shape_text("db.a.find({place: {$near: {$geometry: {type: 'Point', coordinates: [1, 2]}}}})"),
      "shop.a b1 sort(near(place)) whole needs(place)\n  other place $near");
  EXPECT_EQ(shape_text("db.a.find({$text: {$search: ?}, $where: 'x'})"),
            "shop.a b1 whole\n  other {\"$text\":{\"$search\":{\"$placeholder\":true}}} $text ?1\n"
            "  other {\"$where\":\"x\"} $where");
}

TEST(MqlShape, Logic) {
  EXPECT_EQ(shape_text("db.a.find({z: ?, $or: [{a: ?, b: 1}, {c: {$gt: ?}}]})"),
            "shop.a b1 whole needs(a,b,c,z)\n  equality z = ?1\n  equality a = or1.1 ?2\n"
            "  equality b = or1.1\n  range c > or1.2 ?3");
  EXPECT_EQ(shape_text("db.a.find({$or: [{a: 1}, {a: {$eq: 2}}]})"),
            "shop.a b1 whole needs(a)\n  membership a IN always {\"a\":{\"$in\":[1,2]}}");
  EXPECT_EQ(
      shape_text("db.a.find({$and: [{a: ?}, {$or: [{b: ?}]}], $nor: [{c: 1}, {d: 2}]})"),
      "shop.a b1 whole needs(a,b,c,d)\n  equality a = ?1\n  equality b = ?2\n"
      "  other {\"$nor\":[{\"c\":1}]} $nor of c not\n  other {\"$nor\":[{\"d\":2}]} $nor of d not");
  EXPECT_EQ(
      shape_text(
          "db.a.find({$expr: {$and: [{$gt: ['$a', ?]}, {$eq: [5, '$b']}, {$lt: ['$c', '$d']}]}})"),
      "shop.a b1 whole needs(a,b,c,d)\n  range a $expr > ?1\n  equality b $expr =\n"
      "  other {\"$expr\":{\"$lt\":[\"$c\",\"$d\"]}} $expr of c,d");
  EXPECT_EQ(shape_text("db.a.find({$or: [{a: ?, $or: [{b: 1}, {c: 1}]}, {d: 1}]})"),
            "shop.a b1 whole needs(a,b,c,d)\n  equality a = or1.1 ?1\n"
            "  other {\"$or\":[{\"b\":1},{\"c\":1}]} $or of b,c or1.1\n  equality d = or1.2");
}

TEST(MqlShape, CountsAndDistinct) {
  EXPECT_EQ(shape_text("db.a.find({x: ?}).count()"),
            "shop.a b1 aggregated needs(x)\n  equality x = ?1");
  EXPECT_EQ(shape_text("db.a.countDocuments({x: ?})"),
            "shop.a b1 aggregated needs(x)\n  equality x = ?1");
  EXPECT_EQ(shape_text("db.a.distinct('k', {x: {$gt: ?}})"),
            "shop.a b1 distinct projects(k) needs(k,x)\n  range x > ?1");
}

TEST(MqlShape, Writes) {
  EXPECT_EQ(shape_text("db.a.updateMany({x: ?}, {$set: {'l.$[e].y': ?}, $inc: {n: 1}})"),
            "shop.a b1 written whole needs(l.y,n,x)\n  equality x = ?1");
  EXPECT_EQ(shape_text("db.a.deleteOne({x: ?})"),
            "shop.a b1 written limited whole needs(x)\n  equality x = ?1");
  EXPECT_EQ(shape_text("db.a.findOneAndUpdate({s: ?}, {$set: {t: ?}}, {sort: {at: 1}})"),
            "shop.a b1 written sort(at) limited whole needs(at,s,t)\n  equality s = ?1");
  EXPECT_EQ(shape_text("db.a.insertMany(?)"), "shop.a b1 written");
  EXPECT_EQ(shape_text("db.adminCommand({ping: 1})"), "\"ping\" is no query: it has no shape.");
}

}  // namespace
}  // namespace whet::mql
