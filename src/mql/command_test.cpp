#include "mql/command.h"

#include <gtest/gtest.h>

#include "mql/print_value.h"

namespace whet::mql {
namespace {

Value json(std::string_view text) { return parse_json(text).value(); }

std::string print_of(std::string_view document, std::string_view database = "") {
  const auto command = command_of(json(document), database);
  return command.ok() ? command->database + "|" + print(*command) : command.error().text();
}

TEST(Command, OfDriversWithoutWhatTheyAdd) {
  const auto command = command_of(
      json(
          R"({"find":"orders","filter":{"status":"open"},"sort":{"at":-1},"limit":{"$numberLong":"5"},
               "lsid":{"id":1},"$db":"shop","$clusterTime":{},"apiVersion":"1",
               "$readPreference":{"mode":"secondary"}})"),
      "other");
  ASSERT_TRUE(command.ok());
  EXPECT_EQ(command->database, "shop");
  EXPECT_EQ(command->collection, "orders");
  EXPECT_EQ(command->verb, "find");
  EXPECT_EQ(relaxed_json(command->body),
            R"({"find":"orders","filter":{"status":"open"},"sort":{"at":-1},"limit":5})");
  EXPECT_EQ(print(*command), R"(db.orders.find({status: "open"}).sort({at: -1}).limit(5))");
}

TEST(Command, OfTheProfilerAndTheLog) {
  EXPECT_EQ(print_of(R"({"op":"update","ns":"shop.a.b","command":{"q":{"_id":1},
                     "u":{"$set":{"x":2}},"multi":false,"upsert":false}})"),
            "shop|db.a.b.updateOne({_id: 1}, {$set: {x: 2}})");
  EXPECT_EQ(print_of(R"({"op":"update","ns":"shop.a","command":{"q":{"_id":1},
                     "u":{"x":2},"multi":false,"upsert":true,"upsertSupplied":false}})"),
            "shop|db.a.replaceOne({_id: 1}, {x: 2}, {upsert: true})");
  EXPECT_EQ(print_of(R"({"op":"remove","ns":"shop.a","command":{"q":{"x":1},"limit":0}})"),
            "shop|db.a.deleteMany({x: 1})");
  EXPECT_EQ(print_of(R"({"type":"command","ns":"shop.$cmd","command":{"delete":"a","deletes":
                     [{"q":{"x":1},"limit":1}],"$db":"shop"}})"),
            "shop|db.a.deleteOne({x: 1})");
  EXPECT_EQ(print_of(R"({"explain":{"aggregate":"a","pipeline":[{"$match":{"x":1}}]},
                     "verbosity":"queryPlanner","$db":"shop"})",
                     "shop"),
            "shop|db.a.aggregate([{$match: {x: 1}}])");
  EXPECT_EQ(print_of(R"({"findandmodify":"a","query":{"x":1},"remove":1})"),
            "|db.a.findOneAndDelete({x: 1})");
  EXPECT_EQ(print_of(R"({"getMore":{"$numberLong":"77"},"collection":"a"})", "s"),
            "s|db.runCommand({getMore: NumberLong(\"77\"), collection: \"a\"})");
}

TEST(Command, WhatIsNone) {
  EXPECT_FALSE(command_of(json("{}"), "").ok());
  EXPECT_FALSE(command_of(json("5"), "").ok());
  EXPECT_FALSE(command_of(json(R"({"frobnicate":"a"})"), "").ok());
  EXPECT_FALSE(command_of(json(R"({"q":{},"u":{}})"), "shop").ok());
  const auto cut =
      command_of(json(R"({"ns":"s.a","op":"query","command":{"$truncated":"{ fin..."}})"), "");
  ASSERT_FALSE(cut.ok());
  EXPECT_EQ(cut.error().kind, ErrorKind::invalid);
  EXPECT_EQ(cut.error().message, "The server cut the command's text off.");
}

TEST(Command, Kinds) {
  using Kind = model::StatementKind;
  const auto kind = [](std::string_view text) { return kind_of(parse_command(text).value()); };
  EXPECT_EQ(kind("db.a.find()"), Kind::select);
  EXPECT_EQ(kind("db.a.aggregate([{$match: {}}])"), Kind::select);
  EXPECT_EQ(kind("db.a.aggregate([{$merge: {into: 'b'}}])"), Kind::merge);
  EXPECT_EQ(kind("db.a.insertOne({a: 1})"), Kind::insert);
  EXPECT_EQ(kind("db.a.updateMany({}, {$set: {a: 1}})"), Kind::update);
  EXPECT_EQ(kind("db.a.findOneAndDelete({})"), Kind::remove);
  EXPECT_EQ(kind("db.a.createIndex({a: 1})"), Kind::ddl);
  EXPECT_EQ(kind("db.adminCommand({ping: 1})"), Kind::utility);
}

TEST(Command, ObstaclesToReplay) {
  const auto why = [](std::string_view text) {
    return obstacle_to_replay(parse_command(text).value());
  };
  EXPECT_EQ(why("db.a.find({x: 1})"), "");
  EXPECT_EQ(why("db.a.find({$where: 'this.x == 1'})"), "it runs JavaScript");
  EXPECT_EQ(why("db.a.aggregate([{$out: 'b'}])"), "it would write its result into a collection");
  EXPECT_EQ(why("db.a.aggregate([{$merge: 'b'}])"), "it would merge its result into a collection");
  EXPECT_EQ(why("db.a.aggregate([{$changeStream: {}}])"), "it waits for changes");
  EXPECT_EQ(why("db.a.deleteOne({x: 1})"), "it writes");
  EXPECT_EQ(why("db.adminCommand({ping: 1})"), "it is no query");
}

}  // namespace
}  // namespace whet::mql
