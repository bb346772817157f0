// Every kind of change on real servers, a standalone and a replica set of three: done, seen in the
// catalog, taken back.
#include <algorithm>
#include <thread>

#include "support/mongo_faults.h"

namespace whet::test {
namespace {

using engine::ChangeState;
using model::ActionKind;
using optimize::Fate;

class MongodbExecutor : public MongoFaultTest {
 protected:
  /// Does a change and undoes it, and gives what was done.
  optimize::ChangeOutcome there_and_back(const model::Change& asked) {
    auto one = carry_out(asked);
    EXPECT_EQ(one.fate, Fate::applied) << one.reason;
    EXPECT_TRUE(in_force(asked.action.kind));
    undo_all();
    EXPECT_FALSE(in_force(asked.action.kind));
    return one;
  }
  static void make(const std::string& spec) {
    command(shop(), Value::object({{"createIndexes", Value::of("orders")},
                                   {"indexes", Value::array({mql::parse_json(spec).value()})}}));
  }
};

TEST_P(MongodbExecutor, EveryKindThereAndBack) {
  for (const ActionKind kind : {ActionKind::create_index, ActionKind::drop_index,
                                ActionKind::hide_index, ActionKind::set_setting}) {
    SCOPED_TRACE(name_of(kind));
    static_cast<void>(there_and_back(change(kind)));
    expect_whole(kind);
  }
}

TEST_P(MongodbExecutor, ADroppedIndexComesBackAsItWas) {
  const std::string spec =
      R"({"key": {"a.b": 1.0, "at": {"$numberLong": "-1"}}, "name": "odd 'name'", "sparse": true,
          "unique": false, "hidden": true,
          "collation": {"locale": "de", "strength": 2}})";
  const std::vector<std::string> specs = {
      spec,
      R"({"key": {"title": "text", "note": "text"}, "name": "words", "weights": {"note": 5},
                "default_language": "german"})",
      R"({"key": {"$**": 1}, "name": "all", "wildcardProjection": {"note": 0}})",
      R"({"key": {"at": 1}, "name": "ttl", "expireAfterSeconds": 1000000})",
      R"({"key": {"c": 1}, "name": "part", "partialFilterExpression": {"c": {"$gt": 5}}})",
      R"({"key": {"place": "2dsphere", "c": 1}, "name": "near"})",
      R"({"key": {"c": "hashed"}, "name": "hash"})"};
  for (const std::string& one : specs) {
    make(one);
    const std::string name = mql::parse_json(one)->string_at("name");
    SCOPED_TRACE(name);
    const auto before = index(name);
    ASSERT_TRUE(before.has_value());
    model::Change asked = change(ActionKind::drop_index);
    asked.action.index->name = name;
    asked.action.index->parts.clear();  // the target knows better
    const auto done = carry_out(asked);
    EXPECT_EQ(done.fate, Fate::applied) << done.reason;
    EXPECT_FALSE(index(name).has_value());
    undo_all();
    ASSERT_TRUE(index(name).has_value());
    EXPECT_EQ(mql::canonical_json(*index(name)), mql::canonical_json(*before));
  }
}

TEST_P(MongodbExecutor, OptionsComeBackAsTheyWere) {
  make(R"({"key": {"at": 1}, "name": "ttl", "expireAfterSeconds": 1000000})");
  model::Change ttl = change(ActionKind::set_index_option);
  ttl.action.index->name = "ttl";
  ttl.action.setting = "expireAfterSeconds";
  ttl.action.value = "2000000";
  EXPECT_EQ(carry_out(ttl).fate, Fate::applied);
  EXPECT_EQ(index("ttl")->integer_at("expireAfterSeconds"), 2000000);
  undo_all();
  EXPECT_EQ(index("ttl")->integer_at("expireAfterSeconds"), 1000000);

  const auto options = [] {
    const auto found =
        query(shop(), Value::object({{"listCollections", Value::of(1)},
                                     {"filter", Value::object({{"name", Value::of("orders")}})}}));
    return found.front().find("options")->find("validator") == nullptr
               ? std::string()
               : mql::relaxed_json(*found.front().at("options.validator"));
  };
  const std::string none = options();
  model::Change rule = change(ActionKind::set_table_option);
  rule.action.index.reset();
  rule.action.setting = "validator";
  rule.action.value = R"({"customer": {"$exists": true}})";
  EXPECT_EQ(carry_out(rule).fate, Fate::applied);
  EXPECT_EQ(options(), R"({"customer":{"$exists":true}})");
  rule.action.value = R"({"status": {"$type": "string"}})";
  EXPECT_EQ(carry_out(rule).fate, Fate::applied);
  undo_all();
  EXPECT_TRUE(options().empty() || options() == "{}") << options() << none;

  model::Change slow = change(ActionKind::set_database_option);
  slow.action.index.reset();
  slow.action.setting = "profile_slow_ms";
  slow.action.value = "77";
  const auto profile = [] { return command(shop(), Value::object({{"profile", Value::of(-1)}})); };
  const auto before = profile().integer_at("slowms");
  EXPECT_EQ(carry_out(slow).fate, Fate::applied);
  EXPECT_EQ(profile().integer_at("slowms"), 77);
  EXPECT_EQ(profile().integer_at("was"), 0);
  undo_all();
  EXPECT_EQ(profile().integer_at("slowms"), before);
  slow.action.setting = "profile_level";
  slow.action.value = "1";
  EXPECT_EQ(carry_out(slow).fate, Fate::applied);
  EXPECT_EQ(profile().integer_at("was"), 1);
  undo_all();
  EXPECT_EQ(profile().integer_at("was"), 0);
}

TEST_P(MongodbExecutor, CompactIsForStandalones) {
  model::Change asked = change(ActionKind::vacuum_table);
  asked.action.index.reset();
  const auto one = carry_out(asked);
  EXPECT_EQ(one.fate, server().replica_set() ? Fate::refused : Fate::applied) << one.reason;
}

TEST_P(MongodbExecutor, WhatIsThereAlreadyIsRefused) {
  make(R"({"key": {"other": 1}, "name": "orders_note"})");
  const auto taken = carry_out(change(ActionKind::create_index));
  EXPECT_EQ(taken.fate, Fate::refused);
  EXPECT_NE(taken.reason.find("has the name"), std::string::npos) << taken.reason;

  make(R"({"key": {"note": 1, "customer": -1}, "name": "same", "hidden": true})");
  model::Change asked = change(ActionKind::create_index);
  asked.action.index->name = "another";
  const auto same = carry_out(asked);
  EXPECT_EQ(same.fate, Fate::refused);
  EXPECT_NE(same.reason.find("hidden"), std::string::npos) << same.reason;

  model::Change missing = change(ActionKind::drop_index);
  missing.action.index->name = "nope";
  EXPECT_EQ(carry_out(missing).fate, Fate::refused);
  missing.action.table = "nowhere";
  EXPECT_EQ(carry_out(missing).fate, Fate::refused);
}

TEST_P(MongodbExecutor, ABuildThatFailsLeavesNothing) {
  model::Change asked = change(ActionKind::create_index);
  asked.action.index->unique = true;
  asked.action.index->parts = {{.column = "status"}};
  const auto one = carry_out(asked);
  EXPECT_EQ(one.fate, Fate::failed) << one.reason;
  EXPECT_FALSE(index("orders_note").has_value());
  expect_whole(ActionKind::create_index);
}

TEST_P(MongodbExecutor, TwoIndexesOfOneKeyAreToldApartByName) {
  make(R"({"key": {"status": 1}, "name": "status_ci",
           "collation": {"locale": "en", "strength": 2}})");
  static_cast<void>(there_and_back(change(ActionKind::hide_index)));
  static_cast<void>(there_and_back(change(ActionKind::drop_index)));
  EXPECT_TRUE(index("status_ci").has_value());
  EXPECT_FALSE(index("status_ci")->flag_at("hidden"));
}

TEST_P(MongodbExecutor, ALongBuildTellsHowFarItIs) {
  fill("big", 60000, 300);
  Told told;
  auto options = quick();
  options.look_every = 0;
  const auto one = carry_out(change(ActionKind::create_index, "big"), &told, options);
  EXPECT_EQ(one.fate, Fate::applied) << one.reason;
  EXPECT_TRUE(std::any_of(told.fractions.begin(), told.fractions.end(),
                          [](double part) { return part > 0 && part <= 1; }));
  EXPECT_TRUE(told.heard("collection")) << "the server's own word for what it does";
}

TEST_P(MongodbExecutor, NothingIsDoneWhileAnotherIndexIsBuilt) {
  if (!server().may_break()) GTEST_SKIP() << needs_fail_point;
  hold_builds(true);
  std::thread other([] {
    Connection connection = connect(server().url());
    static_cast<void>(connection.command(
        shop(),
        Value::object(
            {{"createIndexes", Value::of("orders")},
             {"indexes",
              Value::array({mql::parse_json(R"({"key": {"x": 1}, "name": "other"})").value()})}})));
  });
  wait_for_build();
  for (const ActionKind kind :
       {ActionKind::create_index, ActionKind::drop_index, ActionKind::hide_index}) {
    const auto one = carry_out(change(kind));
    EXPECT_EQ(one.fate, Fate::refused) << one.reason;
    EXPECT_NE(one.reason.find("other"), std::string::npos) << one.reason;
  }
  hold_builds(false);
  other.join();
  EXPECT_TRUE(index("other").has_value());
}

// Apart, so that each kind of server is started once.
INSTANTIATE_TEST_SUITE_P(Standalone, MongodbExecutor, ::testing::Values(0));
INSTANTIATE_TEST_SUITE_P(Set, MongodbExecutor, ::testing::Values(3));

}  // namespace
}  // namespace whet::test
