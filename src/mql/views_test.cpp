#include "mql/views.h"

#include <gtest/gtest.h>

namespace whet::mql {
namespace {

TEST(Views, QueriesOfTheCollectionBelow) {
  const Command view =
      parse_command("db.a.aggregate([{$match: {s: 1}}, {$project: {x: 1}}])").value();
  const auto below = [&](std::string_view text) {
    const auto made = beneath_view(view, parse_command(text, "shop").value());
    return made ? made->database + "|" + print(*made) : "nothing";
  };
  EXPECT_EQ(below("db.v.find({x: 5}, {x: 1}).sort({x: 1}).limit(3)"),
            "shop|db.a.aggregate([{$match: {s: 1}}, {$project: {x: 1}}, {$match: {x: 5}}, "
            "{$sort: {x: 1}}, {$limit: 3}, {$project: {x: 1}}])");
  EXPECT_EQ(below("db.v.distinct('x')"),
            "shop|db.a.aggregate([{$match: {s: 1}}, {$project: {x: 1}}, {$group: {_id: \"$x\"}}])");
  EXPECT_EQ(
      below("db.v.aggregate([{$limit: 1}], {hint: 'h'})"),
      "shop|db.a.aggregate([{$match: {s: 1}}, {$project: {x: 1}}, {$limit: 1}], {hint: \"h\"})");
  EXPECT_EQ(below("db.v.deleteMany({})"), "nothing");
}

TEST(Views, SplitsTexts) {
  const auto good = split_commands(
      "use shop\ndb.a.find({x: ';',\n y: {\n}});\n\n// c\ndb.b.find()\n  .sort({a: "
      "1})\ndb.c.drop(); db.d.find()");
  ASSERT_EQ(good.size(), 4U);
  EXPECT_EQ(parse_command(good[0])->database, "shop");
  EXPECT_EQ(parse_command(good[1])->body.find("sort")->fields.size(), 1U);
  EXPECT_EQ(parse_command(good[3])->collection, "d");
  EXPECT_TRUE(split_commands(" ;\n").empty());
  EXPECT_EQ(split_commands("{\"find\": \"a\"}\n{\"find\": \"b\"}").size(), 2U);
}

TEST(Views, Parameters) {
  const auto places = parameters_of(
      parse_command("db.a.find({x: {$gt: ?}, 'l.0': ?, $or: [{y: ?}, {z: 1}]}).skip(?).limit(?)",
                    "s")
          .value());
  ASSERT_EQ(places.size(), 5U);
  EXPECT_EQ(places[0].column, "x");
  EXPECT_EQ(places[0].op, ">");
  EXPECT_EQ(places[0].database, "s");
  EXPECT_EQ(places[1].expression, "l.0");
  EXPECT_EQ(places[2].column, "y");
  EXPECT_TRUE(places[3].skip);
  EXPECT_TRUE(places[4].limit);
}

}  // namespace
}  // namespace whet::mql
