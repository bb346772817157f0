// What can go wrong while MongoDB is changed: Whet killed at every step, connections cut, a primary
// that steps down or restarts in the middle of a build, Ctrl-C, open transactions, no privilege, a
// secondary that lags. Afterwards the target is whole and the ledger true.
#include <atomic>
#include <thread>

#include "support/mongo_faults.h"
#include "support/mortal.h"

namespace whet::test {
namespace {

using engine::ChangeState;
using ledger::State;
using model::ActionKind;
using optimize::ChangeOutcome;
using optimize::Fate;

class MongodbFaults : public MongoFaultTest {
 protected:
  /// Runs in a process of its own until it is killed.
  pid_t start(const std::function<void(optimize::Site&, optimize::Context&)>& act) {
    const pid_t child = ::fork();
    if (child != 0) return child;
    with_site(act);
    ::_exit(0);
  }

  /// Does the change and takes it back; dies at the step.
  void die_at(Step step, ActionKind kind) {
    expect_killed(start([&](optimize::Site& site, optimize::Context& context) {
      MortalExecutor mortal(site.executor, step);
      optimize::Site place{mortal, site.target, site.identity};
      ChangeOutcome one;
      one.change = change(kind);
      static_cast<void>(optimize::carry_out(one, place, context));
      if (step == Step::after_applied) die();
      static_cast<void>(optimize::take_back(one.ledger_id, one.change, "test", "", place, context));
    }));
  }

  /// Builds the index in a thread; calls `meanwhile` once the server is at it, and stands still.
  ChangeOutcome build_while(const std::function<void()>& meanwhile, Progress* progress = nullptr,
                            const engine::mongodb::ExecutorOptions& options = quick()) {
    hold_builds(true);
    ChangeOutcome one;
    std::thread worker(
        [&] { one = carry_out(change(ActionKind::create_index), progress, options); });
    wait_for_build();
    meanwhile();
    worker.join();
    hold_builds(false);
    return one;
  }

  /// The client's createIndexes, as the server lists it.
  static std::vector<Value> build_operations() {
    return query("admin", mql::parse_json(R"({"aggregate": 1, "cursor": {}, "pipeline": [
          {"$currentOp": {"allUsers": true}},
          {"$match": {"command.createIndexes": "orders", "connectionId": {"$exists": true}}}]})")
                              .value());
  }
};

TEST_P(MongodbFaults, KilledAtEveryStepOfEveryKindOfChange) {
  for (const ActionKind kind : {ActionKind::create_index, ActionKind::drop_index,
                                ActionKind::hide_index, ActionKind::set_setting}) {
    for (const Step step : all_steps) {
      SCOPED_TRACE(std::string(name_of(kind)) + " step " + std::to_string(static_cast<int>(step)));
      die_at(step, kind);
      EXPECT_EQ(recover().size(), open_entries(step));
      if (step != Step::before_planned) {
        EXPECT_EQ(last_state(), settled_state(step));
      }
      EXPECT_EQ(in_force(kind), settled_state(step) == State::applied);
      undo_all();
      EXPECT_FALSE(in_force(kind));
      expect_whole(kind);
    }
  }
}

TEST_P(MongodbFaults, KilledInTheMiddleOfABuild) {
  if (!server().may_break()) GTEST_SKIP() << needs_fail_point;
  hold_builds(true);
  const pid_t child = start([&](optimize::Site& site, optimize::Context& context) {
    ChangeOutcome one;
    one.change = change(ActionKind::create_index);
    static_cast<void>(optimize::carry_out(one, site, context));
  });
  wait_for_build();
  ::kill(child, SIGKILL);
  expect_killed(child);
  EXPECT_EQ(last_state(), State::applying);
  const auto settled = recover();
  hold_builds(false);
  ASSERT_EQ(settled.size(), 1U);
  EXPECT_TRUE(settled[0].found == "partial" || settled[0].found == "absent") << settled[0].found;
  EXPECT_FALSE(in_force(ActionKind::create_index));
  EXPECT_EQ(last_state(), State::failed);
  expect_whole(ActionKind::create_index);
}

TEST_P(MongodbFaults, KilledWhileAnIndexComesBack) {
  if (!server().may_break()) GTEST_SKIP() << needs_fail_point;
  const auto one = carry_out(change(ActionKind::drop_index));
  ASSERT_EQ(one.fate, Fate::applied) << one.reason;
  hold_builds(true);
  const pid_t child = start([&](optimize::Site& site, optimize::Context& context) {
    static_cast<void>(optimize::undo("", site, context));
  });
  wait_for_build();
  ::kill(child, SIGKILL);
  expect_killed(child);
  EXPECT_EQ(last_state(), State::reverting);
  hold_builds(false);
  EXPECT_EQ(recover().size(), 1U);
  EXPECT_TRUE(index("orders_status").has_value());
  EXPECT_EQ(last_state(), State::reverted);
  expect_whole(ActionKind::drop_index);
}

TEST_P(MongodbFaults, CtrlCInTheMiddleOfABuild) {
  if (!server().may_break()) GTEST_SKIP() << needs_fail_point;
  Told told;
  const auto one = build_while([&] { told.stop = true; }, &told);
  EXPECT_EQ(one.fate, Fate::interrupted) << one.reason;
  EXPECT_EQ(last_state(), State::failed);
  EXPECT_FALSE(index("orders_note").has_value());
  expect_whole(ActionKind::create_index);
}

TEST_P(MongodbFaults, ABuildThatSomebodyElseKills) {
  if (!server().may_break()) GTEST_SKIP() << needs_fail_point;
  const auto one = build_while([&] {
    for (const Value& operation : build_operations())
      command("admin", Value::object({{"killOp", Value::of(1)}, {"op", *operation.find("opid")}}));
  });
  EXPECT_EQ(one.fate, Fate::failed) << one.reason;
  EXPECT_FALSE(index("orders_note").has_value());
  expect_whole(ActionKind::create_index);
}

TEST_P(MongodbFaults, AServerThatSuffersEndsTheBuild) {
  if (!server().replica_set()) GTEST_SKIP() << "nobody lags behind a standalone";
  if (!server().may_break()) GTEST_SKIP() << needs_fail_point;
  auto options = quick();
  options.lag_before = 1e9;
  options.lag_during = -1e9;  // whatever the lag is, it is too much
  hold_builds(true);
  const auto one = carry_out(change(ActionKind::create_index), nullptr, options);
  hold_builds(false);
  EXPECT_EQ(one.fate, Fate::failed) << one.reason;
  EXPECT_NE(one.reason.find("behind the primary"), std::string::npos) << one.reason;
  EXPECT_FALSE(index("orders_note").has_value());
  expect_whole(ActionKind::create_index);
}

TEST_P(MongodbFaults, AnOpenTransactionIsSeenBefore) {
  if (!server().replica_set()) GTEST_SKIP() << "a standalone has no transactions";
  if (!server().real()) GTEST_SKIP() << "nor has a scripted server";
  auto transaction = server().target().in_transaction(
      shop(), R"({"update": "orders", "updates": [{"q": {"customer": 1},
                                                   "u": {"$set": {"status": "x"}}}]})");
  auto options = quick();
  options.long_transaction = 0;
  const auto seen = carry_out(change(ActionKind::hide_index), nullptr, options);
  EXPECT_EQ(seen.fate, Fate::refused);
  EXPECT_NE(seen.reason.find("transaction"), std::string::npos) << seen.reason;

  // When it is younger than that, the change waits for a moment only, and others with it.
  options.long_transaction = 60;
  options.attempts = 2;
  for (const ActionKind kind : {ActionKind::hide_index, ActionKind::create_index}) {
    const auto waited = carry_out(change(kind), nullptr, options);
    EXPECT_EQ(waited.fate, Fate::failed) << waited.reason;
    EXPECT_EQ(command(shop(), mql::parse_json(R"({"count": "orders", "query": {"customer": 2},
                                                  "maxTimeMS": 5000})")
                                  .value())
                  .integer_at("n"),
              3);
    expect_whole(kind);
  }
  transaction.reset();
  EXPECT_EQ(carry_out(change(ActionKind::hide_index)).fate, Fate::applied);
}

TEST_P(MongodbFaults, AStepDownInTheMiddleOfABuildIsOutlived) {
  if (server().members() < 2) GTEST_SKIP() << "there is no other member";
  if (!server().may_break()) GTEST_SKIP() << would_disturb;
  hold_builds(true);
  Told told;
  ChangeOutcome one;
  std::thread worker([&] { one = carry_out(change(ActionKind::create_index), &told); });
  wait_for_build();
  server().step_down();
  hold_builds(false);
  worker.join();
  EXPECT_EQ(one.fate, Fate::applied) << one.reason;
  EXPECT_TRUE(told.heard("the primary now") || told.heard("begins again") ||
              told.heard("finished at"));
  EXPECT_TRUE(in_force(ActionKind::create_index));
  undo_all();
  expect_whole(ActionKind::create_index);
}

TEST_P(MongodbFaults, AServerThatRestartsInTheMiddleOfABuild) {
  if (server().replica_set()) GTEST_SKIP() << "that is a step-down";
  if (!server().may_break()) GTEST_SKIP() << would_disturb;
  const auto one = build_while([] { server().restart(); });
  // Either it was done again, or nothing is left.
  EXPECT_TRUE(one.fate == Fate::applied || one.fate == Fate::failed) << one.reason;
  EXPECT_EQ(in_force(ActionKind::create_index), one.fate == Fate::applied);
  undo_all();
  expect_whole(ActionKind::create_index);
}

TEST_P(MongodbFaults, AMemberThatIsDownWouldBeWaitedForInVain) {
  if (server().members() < 2) GTEST_SKIP() << "there is no other member";
  if (!server().may_break()) GTEST_SKIP() << would_disturb;
  const std::string primary =
      command("admin", Value::object({{"hello", Value::of(1)}})).string_at("primary");
  std::size_t down = 0;
  while (server().member_url(down).find(primary) != std::string::npos) ++down;
  server().kill(down);
  const auto healthy = [] {
    const Value status = command("admin", Value::object({{"replSetGetStatus", Value::of(1)}}));
    return std::all_of(status.find("members")->fields.begin(), status.find("members")->fields.end(),
                       [](const auto& member) {
                         const auto state = member.value.integer_at("state");
                         return state == 1 || state == 2;
                       });
  };
  const double deadline = clock::monotonic() + 60;
  while (healthy() && clock::monotonic() < deadline) clock::pause(0.1);
  const auto one = carry_out(change(ActionKind::create_index));
  EXPECT_EQ(one.fate, Fate::refused) << one.reason;
  EXPECT_NE(one.reason.find("cannot take part"), std::string::npos) << one.reason;
  EXPECT_EQ(carry_out(change(ActionKind::hide_index)).fate, Fate::applied);
  undo_all();
  server().restart(down);
  while (!healthy() && clock::monotonic() < deadline + 60) clock::pause(0.1);
  EXPECT_EQ(carry_out(change(ActionKind::create_index)).fate, Fate::applied);
  undo_all();
  expect_whole(ActionKind::create_index);
}

TEST_P(MongodbFaults, ASecondaryIsRefused) {
  if (server().members() < 2) GTEST_SKIP() << "there is no other member";
  const std::string primary =
      command("admin", Value::object({{"hello", Value::of(1)}})).string_at("primary");
  std::size_t other = 0;
  while (server().member_url(other).find(primary) != std::string::npos) ++other;
  const auto made = engine::mongodb::make_executor({.url = server().member_url(other)}, nullptr);
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().kind, ErrorKind::refused) << "it answers, and does not do that";
  EXPECT_NE(made.error().message.find("not the primary"), std::string::npos) << made.error().text();
}

TEST_P(MongodbFaults, ASettingIsTakenBackOnTheMemberThatHasIt) {
  if (server().members() < 2) GTEST_SKIP() << "there is no other member";
  if (!server().may_break()) GTEST_SKIP() << would_disturb;
  const int before = static_cast<int>(server().target().primary());
  ASSERT_EQ(carry_out(change(ActionKind::set_setting)).fate, Fate::applied);
  server().step_down();
  const auto held = [&] {
    return server()
        .target()
        .run("admin", R"({"getParameter": 1, "cursorTimeoutMillis": 1})", before)
        .integer_at("cursorTimeoutMillis");
  };
  EXPECT_EQ(held(), 345000);
  undo_all();
  EXPECT_NE(held(), 345000) << "another member is the primary now";
  expect_whole(ActionKind::set_setting);
}

TEST_P(MongodbFaults, AdviceFromAnotherMemberOrTimeIsRefused) {
  model::Change asked = change(ActionKind::set_setting);
  asked.action.previous = "123456";
  const auto one = carry_out(asked);
  EXPECT_EQ(one.fate, Fate::refused);
  EXPECT_NE(one.reason.find("123456"), std::string::npos) << one.reason;
  EXPECT_FALSE(in_force(ActionKind::set_setting));
}

TEST_P(MongodbFaults, AConnectionCutBeforeOrAfterAChangeIsDone) {
  testing::ScriptedMongo* scripted = server().target().scripted();
  if (scripted == nullptr) GTEST_SKIP() << "only a scripted server cuts at a given moment";
  for (const auto& [kind, name] : {std::pair{ActionKind::create_index, "createIndexes"},
                                   std::pair{ActionKind::drop_index, "dropIndexes"},
                                   std::pair{ActionKind::hide_index, "collMod"},
                                   std::pair{ActionKind::set_setting, "setParameter"}}) {
    for (const bool executed : {false, true}) {
      SCOPED_TRACE(std::string(name) + (executed ? ", after it" : ", before it"));
      executed ? scripted->close_after(name) : scripted->close_before(name);
      scripted->forget_commands();
      const auto one = carry_out(change(kind));
      EXPECT_GE(scripted->count(name), executed ? 1 : 2) << "the first was cut";
      // Done once more, or found done.
      EXPECT_EQ(one.fate, Fate::applied) << one.reason;
      EXPECT_EQ(in_force(kind), one.fate == Fate::applied) << one.reason;
      EXPECT_EQ(last_state(), one.fate == Fate::applied ? State::applied : State::failed);
      expect_whole(kind);
      undo_all();
      EXPECT_FALSE(in_force(kind));
      expect_whole(kind);
    }
  }
}

TEST_P(MongodbFaults, AFullDiskLeavesNothing) {
  testing::ScriptedMongo* scripted = server().target().scripted();
  if (scripted == nullptr) GTEST_SKIP() << "only the disk of a scripted server is full on demand";
  constexpr int out_of_disk_space = 14031;
  const auto full = [&] {
    scripted->forget_commands();
    scripted->fail("createIndexes", {out_of_disk_space, "OutOfDiskSpace",
                                     "available disk space of 0 bytes is less than required"});
  };
  full();
  const auto one = carry_out(change(ActionKind::create_index));
  EXPECT_EQ(one.fate, Fate::failed) << one.reason;
  EXPECT_NE(one.reason.find("disk"), std::string::npos) << one.reason;
  EXPECT_EQ(scripted->count("createIndexes"), 1) << "a full disk is not asked twice";
  EXPECT_EQ(last_state(), State::failed);
  EXPECT_FALSE(index("orders_note").has_value());
  expect_whole(ActionKind::create_index);

  // A dropped index that cannot come back is told as what it is, and comes back later.
  ASSERT_EQ(carry_out(change(ActionKind::drop_index)).fate, Fate::applied);
  full();
  with_site([](optimize::Site& site, optimize::Context& context) {
    const auto undone = optimize::undo("", site, context);
    if (!undone.ok()) return;
    for (const auto& each : *undone) EXPECT_FALSE(each.done) << "it is not back";
  });
  EXPECT_FALSE(index("orders_status").has_value());
  EXPECT_NE(last_state(), State::reverted);
  static_cast<void>(recover());
  undo_all();
  EXPECT_TRUE(index("orders_status").has_value());
  expect_whole(ActionKind::drop_index);
}

// Apart, so that each kind of server is started once.
INSTANTIATE_TEST_SUITE_P(Standalone, MongodbFaults, ::testing::Values(0));
INSTANTIATE_TEST_SUITE_P(Set, MongodbFaults, ::testing::Values(3));

/// A server with accounts.
TEST(MongodbPrivileges, AnAccountWithoutThePrivilegeChangesNothing) {
  const MongoServer server(1, true);
  ASSERT_FALSE(server.url().empty());
  testing::MongoTarget& target = server.target();
  if (!target.wants_login()) GTEST_SKIP() << "the named server asks nobody for a login";
  const std::string shop = target.database("shop");
  const std::string visitor = target.account(
      "visitor", "pw", R"([{"role": "read", "db": ")" + shop + R"("}, "clusterMonitor"])");
  const std::string keeper =
      target.account("keeper", "pw",
                     R"([{"role": "dbAdmin", "db": ")" + shop + R"("}, {"role": "read", "db": ")" +
                         shop + R"("}])");
  target.must(shop, R"({"createIndexes": "orders", "indexes": [
                        {"key": {"status": 1}, "name": "orders_status"}]})");
  const auto change = [&](ActionKind kind) {
    model::Change made;
    made.summary = "A change";
    made.action.kind = kind;
    made.action.schema = shop;
    made.action.table = "orders";
    made.action.index = model::Index{};
    made.action.index->name = kind == ActionKind::create_index ? "new" : "orders_status";
    made.action.index->parts = {{.column = kind == ActionKind::create_index ? "note" : "status"}};
    return made;
  };
  const auto checked = [&](const std::string& account, ActionKind kind) {
    auto executor = engine::mongodb::make_executor({.url = target.url_for(account, "pw")}, nullptr);
    EXPECT_TRUE(executor.ok()) << executor.error().text();
    auto prepared = (*executor)->prepare(change(kind));
    return prepared ? (*executor)->check(*prepared) : Status(prepared.error());
  };
  for (const ActionKind kind :
       {ActionKind::create_index, ActionKind::drop_index, ActionKind::hide_index}) {
    SCOPED_TRACE(name_of(kind));
    const Status no = checked(visitor, kind);
    ASSERT_FALSE(no.ok());
    EXPECT_EQ(no.error().kind, ErrorKind::refused);
    EXPECT_NE(no.error().message.find("lacks"), std::string::npos) << no.error().text();
    const Status yes = checked(keeper, kind);
    EXPECT_TRUE(yes.ok()) << yes.error().text();
  }
}

}  // namespace
}  // namespace whet::test
