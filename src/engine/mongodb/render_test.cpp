#include <gtest/gtest.h>

#include "engine/mongodb/mongodb.h"
#include "engine/mongodb/render_commands.h"
#include "engine/mongodb/render_text.h"

namespace whet::engine::mongodb {
namespace {

using model::ActionKind;
using model::Risk;
using mql::Value;

model::Server server_of(std::int64_t version, const std::string& topology = "standalone") {
  model::Server server;
  server.engine = model::EngineKind::mongodb;
  server.version_number = version;
  server.topology = topology;
  return server;
}

const model::Server alone = server_of(70015);
const model::Server set44 = server_of(40404, "replica set");
const model::Server set80 = server_of(80000, "replica set");
const model::Server mongos = server_of(70015, "sharded");

model::Change change_of(ActionKind kind) {
  model::Change change;
  change.action.kind = kind;
  change.action.schema = "shop";
  change.action.table = "orders";
  return change;
}

model::Change index_change(ActionKind kind,
                           std::vector<model::IndexPart> parts = {
                               {.column = "status"}, {.column = "at", .descending = true}}) {
  model::Change change = change_of(kind);
  change.action.index = model::Index{};
  change.action.index->name = "i";
  change.action.index->method = "btree";
  change.action.index->parts = std::move(parts);
  return change;
}

model::Change rendered(model::Change change, const model::Server& server = alone) {
  render(change, server);
  return change;
}

TEST(MongodbRender, AnIndexIsBuiltOnline) {
  const auto done = rendered(index_change(ActionKind::create_index));
  EXPECT_EQ(done.action.statement,
            R"(db.getSiblingDB("shop").orders.createIndex({status: 1, at: -1}, {name: "i"}))");
  EXPECT_EQ(done.action.inverse, R"(db.getSiblingDB("shop").orders.dropIndex("i"))");
  EXPECT_NE(done.locks.find("reads and writes go on"), std::string::npos);
  EXPECT_EQ(done.risk, Risk::safe);

  const auto in_a_set = rendered(index_change(ActionKind::create_index), set44);
  EXPECT_EQ(in_a_set.action.statement,
            "db.getSiblingDB(\"shop\").orders.createIndex({status: 1, at: -1}, {name: \"i\"}, "
            "\"votingMembers\")");
  EXPECT_NE(in_a_set.locks.find("voting"), std::string::npos);
}

TEST(MongodbRender, EveryOptionIsKept) {
  auto change = index_change(ActionKind::create_index, {{.column = "a.b"}, {.column = "c"}});
  model::Index& index = *change.action.index;
  index.unique = true;
  index.hidden = true;
  index.predicate = R"({"c":{"$gt":{"$numberInt":"5"}}})";
  index.options = {{"sparse", "true"},
                   {"collation", R"({"locale":"de","strength":{"$numberInt":"2"}})"}};
  index.size_bytes = 1000;
  const auto done = rendered(change);
  EXPECT_EQ(done.action.statement,
            "db.getSiblingDB(\"shop\").orders.createIndex({\"a.b\": 1, c: 1}, {name: \"i\", "
            "unique: true, partialFilterExpression: {c: {$gt: 5}}, collation: {locale: \"de\", "
            "strength: 2}, sparse: true, hidden: true})");
  EXPECT_EQ(done.disk_bytes, 2000);
  EXPECT_EQ(done.risk, Risk::low) << "a unique one can fail";

  auto ttl = index_change(ActionKind::create_index, {{.column = "at"}});
  ttl.action.index->options = {{"expireAfterSeconds", "3600"}};
  EXPECT_EQ(rendered(ttl).risk, Risk::high) << "it deletes documents";
}

TEST(MongodbRender, KindsOfIndexes) {
  const auto key_of = [](std::vector<model::IndexPart> parts) {
    auto change = index_change(ActionKind::create_index, std::move(parts));
    return shell_value(*index_spec(*change.action.index).find("key"));
  };
  EXPECT_EQ(key_of({{.column = "a", .opclass = "hashed"}}), R"({a: "hashed"})");
  EXPECT_EQ(key_of({{.column = "loc", .opclass = "2dsphere"}, {.column = "kind"}}),
            R"({loc: "2dsphere", kind: 1})");
  EXPECT_EQ(key_of({{.column = "attrs.$**"}}), R"({"attrs.$**": 1})");
  EXPECT_EQ(key_of({{.column = "title", .opclass = "text"}, {.column = "note", .opclass = "text"}}),
            R"({title: "text", note: "text"})");
}

TEST(MongodbRender, AnIndexWithoutANameGetsTheServersOwn) {
  auto change = index_change(
      ActionKind::create_index,
      {{.column = "a"}, {.column = "b", .descending = true}, {.column = "c", .opclass = "hashed"}});
  change.action.index->name.clear();
  EXPECT_EQ(rendered(change).action.index->name, "a_1_b_-1_c_hashed");
  change.action.index->parts.assign(10, {.column = "a_rather_long_name"});
  const std::string one = index_name(*change.action.index);
  change.action.index->parts.back().column = "another_name";
  EXPECT_NE(index_name(*change.action.index), one);
  EXPECT_LE(one.size(), 120U);
}

TEST(MongodbRender, ADropKeepsTheDefinitionForTheWayBack) {
  auto change = index_change(ActionKind::drop_index);
  change.action.index->definition =
      R"({"v":{"$numberInt":"2"},"key":{"a":{"$numberDouble":"1.0"}},"name":"i","ns":"shop.orders",
          "background":true,"sparse":true})";
  const auto done = rendered(change);
  EXPECT_EQ(done.action.statement, R"(db.getSiblingDB("shop").orders.dropIndex("i"))");
  EXPECT_EQ(done.action.inverse,
            R"(db.getSiblingDB("shop").orders.createIndex({a: 1}, {name: "i", sparse: true}))");
  const auto spec = index_spec(*done.action.index);
  EXPECT_EQ(spec.find("key")->find("a")->type, mql::Type::number_double) << "to the letter";

  change.action.index->shard_key = true;
  EXPECT_EQ(rendered(change, mongos).action.kind, ActionKind::manual);
  change.action.index->name = "_id_";
  EXPECT_EQ(rendered(change).action.kind, ActionKind::manual);
}

TEST(MongodbRender, HidingIsUndoneByShowing) {
  const auto done = rendered(index_change(ActionKind::hide_index), set44);
  EXPECT_EQ(done.action.statement, R"(db.getSiblingDB("shop").orders.hideIndex("i"))");
  EXPECT_EQ(done.action.inverse, R"(db.getSiblingDB("shop").orders.unhideIndex("i"))");
  const auto shown = rendered(index_change(ActionKind::show_index));
  EXPECT_EQ(shown.action.statement, done.action.inverse);
  EXPECT_EQ(shown.action.inverse, done.action.statement);
}

TEST(MongodbRender, ATimeToLiveIsChangedInPlace) {
  auto change = index_change(ActionKind::set_index_option, {{.column = "at"}});
  change.action.index->options = {{"expireAfterSeconds", "3600"}};
  change.action.setting = "expireAfterSeconds";
  change.action.value = "7200";
  change.action.previous = "3600";
  const auto longer = rendered(change, set44);
  EXPECT_EQ(longer.action.statement,
            "db.getSiblingDB(\"shop\").runCommand({collMod: \"orders\", index: {name: \"i\", "
            "expireAfterSeconds: 7200}})");
  EXPECT_NE(longer.action.inverse.find("expireAfterSeconds: 3600"), std::string::npos);
  EXPECT_EQ(longer.risk, Risk::safe);
  change.action.value = "60";
  EXPECT_EQ(rendered(change, set44).risk, Risk::high) << "it deletes";

  change.action.index->options.clear();
  change.action.previous.clear();
  EXPECT_EQ(rendered(change, set44).action.kind, ActionKind::manual) << "since 5.1 only";
  const auto made = rendered(change, set80);
  EXPECT_EQ(made.action.kind, ActionKind::set_index_option);
  EXPECT_NE(made.action.inverse.find("2147483647"), std::string::npos)
      << "the option cannot be taken away, but expire nothing";
  change.action.value.clear();
  EXPECT_EQ(rendered(change, set80).action.kind, ActionKind::manual);
}

TEST(MongodbRender, ParametersAreSetWhileTheServerRuns) {
  auto change = change_of(ActionKind::set_setting);
  change.action.setting = "cursorTimeoutMillis";
  change.action.value = "300000";
  change.action.previous = "600000";
  const auto done = rendered(change, set44);
  EXPECT_TRUE(done.action.statement.starts_with(
      "db.adminCommand({setParameter: 1, cursorTimeoutMillis: 300000})\n//"))
      << done.action.statement;
  EXPECT_EQ(done.action.inverse, "db.adminCommand({setParameter: 1, cursorTimeoutMillis: 600000})");
  ASSERT_EQ(done.preconditions.size(), 1U);
  EXPECT_NE(done.preconditions[0].find("the others too"), std::string::npos);
  EXPECT_EQ(rendered(done, set44).preconditions.size(), 1U) << "once";

  change.action.needs_restart = true;
  const auto restart = rendered(change);
  EXPECT_EQ(restart.action.kind, ActionKind::manual);
  EXPECT_NE(restart.action.statement.find("setParameter.cursorTimeoutMillis: 300000"),
            std::string::npos);
  change.action.needs_restart = false;
  change.action.setting = "storage.wiredTiger.engineConfig.cacheSizeGB";
  EXPECT_EQ(rendered(change).action.kind, ActionKind::manual);

  change = change_of(ActionKind::reset_setting);
  change.action.setting = "cursorTimeoutMillis";
  EXPECT_EQ(rendered(change).action.kind, ActionKind::manual) << "its default is not known";
  model::Server known = alone;
  known.settings.push_back({.name = "cursorTimeoutMillis", .default_value = "600000"});
  EXPECT_TRUE(rendered(change, known)
                  .action.statement.starts_with(
                      "db.adminCommand({setParameter: 1, cursorTimeoutMillis: 600000})"));
}

TEST(MongodbRender, OptionsOfCollectionsAndDatabases) {
  auto change = change_of(ActionKind::set_table_option);
  change.action.setting = "validator";
  change.action.value = R"({"$jsonSchema":{"required":["at"]}})";
  const auto done = rendered(change);
  EXPECT_EQ(done.action.statement,
            "db.getSiblingDB(\"shop\").runCommand({collMod: \"orders\", validator: {$jsonSchema: "
            "{required: [\"at\"]}}})");
  EXPECT_EQ(done.action.inverse,
            "db.getSiblingDB(\"shop\").runCommand({collMod: \"orders\", validator: {}})");
  EXPECT_EQ(done.risk, Risk::medium);
  change.action.setting = "cappedSize";
  change.action.value = "100000";
  EXPECT_EQ(rendered(change, set44).action.kind, ActionKind::manual);
  EXPECT_EQ(rendered(change).risk, Risk::high);

  change = change_of(ActionKind::set_database_option);
  change.action.setting = "profile_level";
  change.action.value = "1";
  change.action.previous = "0";
  const auto level = rendered(change);
  EXPECT_EQ(level.action.statement, R"(db.getSiblingDB("shop").setProfilingLevel(1))");
  EXPECT_EQ(level.action.inverse, R"(db.getSiblingDB("shop").setProfilingLevel(0))");
  EXPECT_EQ(rendered(change, mongos).action.kind, ActionKind::manual);
  change.action.setting = "profile_slow_ms";
  change.action.value = "50";
  change.action.previous = "100";
  EXPECT_EQ(rendered(change).action.statement,
            "db.getSiblingDB(\"shop\").runCommand({profile: -1, slowms: 50})")
      << "the level stays";
}

TEST(MongodbRender, QuerySettingsFromEightOn) {
  auto change = change_of(ActionKind::set_query_settings);
  change.action.name = std::string(64, 'A');
  change.action.setting = "hint";
  change.action.value = "status_1";
  EXPECT_EQ(rendered(change).action.kind, ActionKind::manual);
  const auto done = rendered(change, set80);
  EXPECT_EQ(done.action.statement,
            "db.adminCommand({setQuerySettings: \"" + change.action.name +
                "\", settings: {indexHints: [{ns: {db: \"shop\", coll: \"orders\"}, "
                "allowedIndexes: [\"status_1\"]}]}})");
  EXPECT_EQ(done.action.inverse,
            "db.adminCommand({removeQuerySettings: \"" + change.action.name + "\"})");
  change.action.previous = R"({"reject":true})";
  EXPECT_EQ(rendered(change, set80).action.inverse, "db.adminCommand({setQuerySettings: \"" +
                                                        change.action.name +
                                                        "\", settings: {reject: true}})");
}

TEST(MongodbRender, AQueryIsNamedByItsTextWithItsValues) {
  auto change = change_of(ActionKind::set_query_settings);
  change.action.name = R"(db.orders.find({status: "open"}))";
  change.action.setting = "reject";
  change.action.value = "true";
  const auto done = rendered(change, set80);
  EXPECT_EQ(done.action.statement,
            "db.adminCommand({setQuerySettings: {find: \"orders\", filter: {status: \"open\"}, "
            "$db: \"shop\"}, settings: {reject: true}})");
  EXPECT_EQ(done.risk, Risk::high);
  change.action.name = "db.orders.find({status: ?})";
  EXPECT_EQ(rendered(change, set80).action.kind, ActionKind::manual)
      << "its shape is that of the values' types";
}

TEST(MongodbRender, WhatOneMemberDoesAloneIsForAPersonInASet) {
  const auto compact = rendered(change_of(ActionKind::vacuum_table));
  EXPECT_EQ(compact.action.statement,
            "db.getSiblingDB(\"shop\").runCommand({compact: \"orders\"})");
  EXPECT_TRUE(compact.action.inverse.empty());
  for (const auto& server : {set44, mongos})
    EXPECT_EQ(rendered(change_of(ActionKind::vacuum_table), server).action.kind,
              ActionKind::manual);
  const auto rebuilt = rendered(index_change(ActionKind::rebuild_index));
  EXPECT_EQ(rebuilt.action.kind, ActionKind::manual);
  EXPECT_NE(rebuilt.action.statement.find("dropIndex"), std::string::npos);
  EXPECT_NE(rebuilt.action.statement.find("createIndex"), std::string::npos);
  EXPECT_EQ(rendered(change_of(ActionKind::analyze_table)).action.kind, ActionKind::manual);
}

TEST(MongodbRender, ValuesAndNamesAsMongoshReadsThem) {
  const auto json = [](std::string_view text) {
    return shell_value(mql::parse_json(text).value());
  };
  EXPECT_EQ(json(R"({"a-b":{"$numberLong":"9007199254740993"},"c":1.5,"d":null,"e":[true]})"),
            R"({"a-b": Long("9007199254740993"), c: 1.5, d: null, e: [true]})");
  EXPECT_EQ(json(R"({"t":{"$date":"2026-01-02T03:04:05Z"}})"),
            R"({t: ISODate("2026-01-02T03:04:05.000Z")})");
  EXPECT_EQ(json(R"({"$oid":"0123456789abcdef01234567"})"),
            R"(ObjectId("0123456789abcdef01234567"))");
  EXPECT_EQ(shell_collection("a b", "stats"), R"(db.getSiblingDB("a b").getCollection("stats"))");
  EXPECT_EQ(shell_collection("a", "x.y"), R"(db.getSiblingDB("a").getCollection("x.y"))");
}

}  // namespace
}  // namespace whet::engine::mongodb
