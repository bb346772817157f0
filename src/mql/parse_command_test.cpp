#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "mql/command.h"

namespace whet::mql {
namespace {

std::string body_of(std::string_view text) {
  const auto command = parse_command(text);
  return command.ok() ? relaxed_json(command->body) : command.error().text();
}

TEST(ParseCommand, ValuesAsPeopleWriteThem) {
  EXPECT_EQ(
      body_of(R"(db.a.find({ // a comment
      status: 'open', "ship.country": `DE`, /* another */ n: {$gt: -1.5e3, $lt: 0x10,},
      flag: true, none: null, tags: ["a", 'b',], re: /^a\/b[/]c/i,
    }))"),
      R"({"find":"a","filter":{"status":"open","ship.country":"DE","n":{"$gt":-1500,"$lt":16},)"
      R"("flag":true,"none":null,"tags":["a","b"],)"
      R"("re":{"$regularExpression":{"pattern":"^a/b[/]c","options":"i"}}}})");
  EXPECT_EQ(
      body_of("db.a.find({d: ISODate('2026-10-01T12:30:00Z'), e: new Date(1000), f: new Date()})"),
      R"({"find":"a","filter":{"d":{"$date":"2026-10-01T12:30:00.000Z"},)"
      R"("e":{"$date":"1970-01-01T00:00:01.000Z"},"f":{"$placeholder":true}}})");
  const auto typed = parse_command(
      "db.a.find({o: ObjectId('65F0c0ffee0000000000abcd'), l: NumberLong('5'), i: NumberInt(6), "
      "m: NumberDecimal('9.99'), t: Timestamp(1, 2), k: MinKey, x: MaxKey(), d: Double(3), "
      "b: BinData(0, 'aGk='), big: 5000000000, late: 24 * 60 * 60, q: ?, s: 'a\\u00e9\\n\\x41'})");
  ASSERT_TRUE(typed.ok()) << typed.error().text();
  EXPECT_EQ(
      canonical_json(*typed->body.find("filter")),
      R"({"o":{"$oid":"65f0c0ffee0000000000abcd"},"l":{"$numberLong":"5"},"i":{"$numberInt":"6"},)"
      R"("m":{"$numberDecimal":"9.99"},"t":{"$timestamp":{"t":1,"i":2}},"k":{"$minKey":1},)"
      R"("x":{"$maxKey":1},"d":{"$numberDouble":"3.0"},)"
      R"("b":{"$binary":{"base64":"aGk=","subType":"00"}},"big":{"$numberDouble":"5000000000.0"},)"
      R"("late":{"$numberInt":"86400"},"q":{"$placeholder":true},"s":"aé\nA"})");
}

TEST(ParseCommand, WhereAndWhichMethod) {
  const auto command = parse_command(
      R"(db.getSiblingDB("x").getCollection("order-items").find().toArray();)", "shop");
  ASSERT_TRUE(command.ok());
  EXPECT_EQ(command->database, "x");
  EXPECT_EQ(command->collection, "order-items");
  EXPECT_EQ(parse_command("use crm\ndb.system.profile.findOne()")->database, "crm");
  EXPECT_EQ(parse_command("db.system.profile.findOne()")->collection, "system.profile");
  EXPECT_EQ(parse_command("db['a b'].find()")->collection, "a b");
  EXPECT_EQ(body_of("const n = await db.a.find({x: 1}).count()"),
            R"({"count":"a","query":{"x":1}})");
  EXPECT_EQ(
      body_of("db.a.find({x: 1}, {_id: 0}).sort({x: 1}).skip(5).limit(-3).hint('x_1')"),
      R"({"find":"a","filter":{"x":1},"projection":{"_id":0},"sort":{"x":1},"skip":5,"limit":3,)"
      R"("singleBatch":true,"hint":"x_1"})");
  EXPECT_EQ(body_of("db.a.find().forEach(function(d) { print(d / 2); })"),
            R"({"find":"a","filter":{}})");
  EXPECT_EQ(
      body_of("db.a.explain('executionStats').aggregate([{$match: {a: 1}}], {allowDiskUse: true})"),
      R"({"aggregate":"a","pipeline":[{"$match":{"a":1}}],"cursor":{},"allowDiskUse":true})");
  EXPECT_EQ(body_of("db.a.countDocuments({x: 1}, {limit: 5})"),
            R"({"aggregate":"a","pipeline":[{"$match":{"x":1}},{"$limit":5},)"
            R"({"$group":{"_id":1,"n":{"$sum":1}}}],"cursor":{}})");
  EXPECT_EQ(
      body_of(
          "db.a.findOneAndUpdate({x: 1}, {$set: {y: 2}}, {returnDocument: 'after', sort: {z: 1}})"),
      R"({"findAndModify":"a","query":{"x":1},"update":{"$set":{"y":2}},"sort":{"z":1},"new":true})");
  EXPECT_EQ(body_of("db.runCommand({distinct: 'a', key: 'x'})"),
            R"({"distinct":"a","key":"x","query":{}})");
  EXPECT_EQ(body_of("{find: 'a', filter: {x: {$oid: '65f0c0ffee0000000000abcd'}}}"),
            R"({"find":"a","filter":{"x":{"$oid":"65f0c0ffee0000000000abcd"}}})");
}

TEST(ParseCommand, ErrorsSayWhereAndWhatToDo) {
  EXPECT_EQ(body_of("db.a.find({x: open})"),
            "\"open\" is no value (line 1, column 15). Texts need quotes; write ? in place of a "
            "variable.");
  EXPECT_EQ(body_of("db.a.find({\n  a.b: 1})"),
            "A : is missing after \"a\" (line 2, column 4). A name with a dot needs quotes: "
            "{\"a.b\": 1}.");
  EXPECT_EQ(body_of("db.a.find({x: 1}"), "A , or a ) is missing (line 1, column 17).");
  EXPECT_EQ(body_of("db.a.find({x: 'open})"),
            "A string does not end (line 1, column 15). Close it with '.");
  EXPECT_EQ(
      body_of("select 1"),
      "A command begins with db. or { (line 1, column 1). Write db.orders.find({status: \"open\"}) "
      "or {find: \"orders\"}.");
  EXPECT_EQ(body_of("db.a.frob({})").substr(0, 71),
            "Whet does not know the method frob() of a collection (line 1, column 6)");
  EXPECT_FALSE(parse_command("").ok());
  EXPECT_FALSE(parse_command("db.a").ok());
  EXPECT_FALSE(parse_command("db.a.find({}) db.b.find({})").ok());
  EXPECT_FALSE(parse_command("db.a.find({o: ObjectId('xyz')})").ok());
  EXPECT_FALSE(parse_command("db.a.find(" + std::string(5000, '[')).ok());
  EXPECT_FALSE(parse_command("db.a.find(" + std::string(5000, '-') + "1)").ok());
}

void expect_round_trip(const Command& command) {
  const std::string text = print(command);
  const auto again = parse_command(text, command.database);
  ASSERT_TRUE(again.ok()) << text << "\n" << again.error().text();
  EXPECT_EQ(canonical_json(again->body), canonical_json(command.body)) << text;
  EXPECT_EQ(again->database, command.database) << text;
  EXPECT_EQ(again->collection, command.collection) << text;
  EXPECT_EQ(again->verb, command.verb) << text;
}

TEST(ParseCommand, PrintedAndReadIsTheSame) {
  const std::vector<std::string> texts{
      "db.a.find()",
      "db.a.find({}, {_id: 0, x: 1})",
      "db['a b'].findOne({x: ?}, {}, {sort: {a: 1}})",
      "db.a.find({x: {$in: [1, 2.5, NumberLong(3), Double(4)]}}).limit(5).allowDiskUse()",
      "db.a.find({r: RegExp('a/b', 'i'), s: BSONRegExp('x', 'x'), t: /[/]/, u: RegExp('')})",
      "db.a.find({u: UUID('3b241101-e2bb-4255-8caf-4136c566a962'), n: -0, i: -Infinity, d: new "
      "Date(-1)})",
      "db.a.countDocuments({a: 1}, {skip: 3, hint: 'a_1', maxTimeMS: 5})",
      "db.a.estimatedDocumentCount()",
      "db.a.count({a: 1})",
      "db.a.distinct('k', {a: null})",
      "db.a.aggregate([{$group: {_id: '$x', n: {$sum: 1}}}], {allowDiskUse: true, cursor: "
      "{batchSize: 5}})",
      "db.aggregate([{$currentOp: {}}])",
      "db.a.insertMany([{a: 1}, {a: 2}], {ordered: false})",
      "db.a.updateMany({a: 1}, [{$set: {b: '$a'}}], {collation: {locale: 'de'}})",
      "db.a.updateOne({a: 1}, {$set: {'b.$[e]': 1}}, {arrayFilters: [{e: 1}], upsert: true})",
      "db.a.replaceOne({a: 1}, {b: 2})",
      "db.a.deleteOne({a: 1}, {hint: {a: 1}})",
      "db.a.deleteMany({})",
      "db.a.bulkWrite([{updateOne: {filter: {a: 1}, update: {$inc: {n: 1}}}}, "
      "{updateMany: {filter: {}, update: {$inc: {n: 1}}}}], {ordered: false})",
      "db.a.findOneAndReplace({a: 1}, {b: 1}, {projection: {b: 1}, returnDocument: 'after'})",
      "db.a.createIndex({a: 1, b: -1}, {unique: true})",
      "db.a.hideIndex('a_1')",
      "db.adminCommand({currentOp: 1})",
      "{\"find\": \"a\", \"filter\": {\"x\": 1, \"x\": 2}}",
      "db.a.mapReduce(function() { emit(this.a, 1); }, 'x', {out: {inline: 1}})",
      "{\"renameCollection\": \"shop.a\", \"to\": \"shop.b\"}"};
  for (const std::string& text : texts) {
    const auto command = parse_command(text, "shop");
    ASSERT_TRUE(command.ok()) << text << "\n" << command.error().text();
    expect_round_trip(*command);
    expect_round_trip(normalize(*command));
  }
}

// All commands that a real server recorded and explained, where the recordings are.
void each_command(const Value& value, const std::function<void(const Command&)>& use) {
  for (const Field& field : value.fields) each_command(field.value, use);
  if (!value.is_object()) return;
  const auto command = command_of(value, "shop");
  if (command.ok()) use(*command);
}

TEST(ParseCommand, RecordedCommandsComeBack) {
  const std::string folder = "/work/shared/data/mongod-4.4/";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no recordings here";
  std::size_t seen = 0;
  for (const char* file : {"profile.jsonl", "explain.jsonl", "profile-rs.jsonl"}) {
    std::ifstream in(folder + file);
    for (std::string line; std::getline(in, line);) {
      each_command(parse_json(line).value(), [&](const Command& command) {
        ++seen;
        expect_round_trip(command);
        const Command normal = normalize(command);
        expect_round_trip(normal);
        EXPECT_EQ(canonical_json(normalize(normal).body), canonical_json(normal.body))
            << print(command);
      });
    }
  }
  EXPECT_GT(seen, 500U);
}

}  // namespace
}  // namespace whet::mql
