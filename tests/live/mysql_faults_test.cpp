// What can go wrong while MySQL or MariaDB is changed: Whet killed at every step, connections cut,
// metadata locks, a full disk, no privilege, replicas. Afterwards the target is whole, the ledger
// true, and no hidden trial index is left unnoticed.
#include "support/mysql_faults.h"

#include <atomic>
#include <csignal>
#include <thread>

#include "support/mortal.h"

namespace whet::test {
namespace {

using engine::ChangeState;
using ledger::State;
using model::ActionKind;
using optimize::ChangeOutcome;
using optimize::Fate;

class MysqlFaults : public MysqlFaultTest {
 protected:
  /// Runs in a process of its own until it is killed.
  pid_t start(const std::function<void(optimize::Site&, optimize::Context&)>& act,
              const engine::mysql::ExecutorOptions& options = hasty) {
    const pid_t child = ::fork();
    if (child != 0) return child;
    with_site(act, options);
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

  /// Journals a build, builds it hidden, reveals it when asked to, and dies.
  void die_in_a_trial(bool revealed) {
    expect_killed(start([&](optimize::Site& site, optimize::Context& context) {
      const auto prepared = site.executor.prepare(change(ActionKind::create_index)).value();
      const std::string id =
          context.ledger.plan(site.target, site.identity, prepared, clock::now()).value();
      static_cast<void>(context.ledger.advance(id, {State::applying, clock::now(), "", ""}));
      if (!site.executor.build_hidden(prepared, context.progress)) ::_exit(1);
      if (revealed && !site.executor.reveal(prepared, context.progress)) ::_exit(1);
      die();
    }));
  }

  /// Does the change in a thread; calls `meanwhile` once it waits for a metadata lock.
  ChangeOutcome carry_out_while(ActionKind kind, const std::function<void()>& meanwhile,
                                const engine::mysql::ExecutorOptions& options,
                                Progress* progress = nullptr) {
    ChangeOutcome one;
    std::thread worker([&] { one = carry_out(change(kind), options, "root", progress); });
    wait_until_blocked();
    meanwhile();
    worker.join();
    return one;
  }

  static engine::mysql::ExecutorOptions patient() {
    auto options = hasty;
    options.lock_timeout = 30;
    return options;
  }
};

TEST_P(MysqlFaults, KilledAtEveryStepOfEveryKindOfChange) {
  for (const ActionKind kind :
       {ActionKind::create_index, ActionKind::drop_index, ActionKind::hide_index,
        ActionKind::set_setting, ActionKind::update_histogram}) {
    for (const Step step : all_steps) {
      SCOPED_TRACE(std::string(name_of(kind)) + " step " + std::to_string(static_cast<int>(step)));
      die_at(step, kind);
      EXPECT_EQ(recover().size(), open_entries(step));
      const State expected = settled_state(step);
      if (step != Step::before_planned) {
        EXPECT_EQ(last_state(), expected);
      }
      EXPECT_EQ(in_force(kind), expected == State::applied);
      undo_all();
      EXPECT_FALSE(in_force(kind));
      expect_whole(kind);
    }
  }
}

TEST_P(MysqlFaults, AHiddenTrialIndexDoesNotSurviveAKilledRun) {
  die_in_a_trial(/*revealed=*/false);
  EXPECT_TRUE(hidden("orders_customer")) << "it is there until the next run";
  const auto settled = recover();
  ASSERT_EQ(settled.size(), 1U);
  EXPECT_EQ(settled[0].found, "partial");
  EXPECT_NE(settled[0].done.find("removed"), std::string::npos) << settled[0].done;
  EXPECT_FALSE(exists("orders_customer"));
  EXPECT_EQ(last_state(), State::failed);
  expect_whole(ActionKind::create_index);
}

TEST_P(MysqlFaults, ARevealedTrialIndexIsKnownToBeApplied) {
  die_in_a_trial(/*revealed=*/true);
  const auto settled = recover();
  ASSERT_EQ(settled.size(), 1U);
  EXPECT_EQ(settled[0].found, "present");
  EXPECT_EQ(last_state(), State::applied);
  expect_whole(ActionKind::create_index);
}

TEST_P(MysqlFaults, KilledWhileItWaitsForALock) {
  MysqlBlocker blocker(server_.url(), reads_orders);
  auto options = hasty;
  options.lock_timeout = 300;
  const pid_t child = start(
      [&](optimize::Site& site, optimize::Context& context) {
        ChangeOutcome one;
        one.change = change(ActionKind::create_index);
        static_cast<void>(optimize::carry_out(one, site, context));
      },
      options);
  wait_until_blocked();
  ::kill(child, SIGKILL);
  expect_killed(child);
  EXPECT_EQ(last_state(), State::applying);
  // The server still waits, and holds Whet's lock, for a client that is no more.
  const double began = clock::monotonic();
  const auto settled = recover();
  ASSERT_EQ(settled.size(), 1U);
  EXPECT_EQ(settled[0].found, "absent");
  EXPECT_LT(clock::monotonic() - began, 200) << "the orphan was ended, not waited for";
  blocker.release();
  EXPECT_EQ(last_state(), State::failed);
  expect_whole(ActionKind::create_index);
}

TEST_P(MysqlFaults, OnlyOneWhetAtATime) {
  with_site([&](optimize::Site& /*site*/, optimize::Context& /*context*/) {
    auto options = hasty;
    options.other_whet = 0.3;
    const auto second = engine::mysql::make_executor({.url = server_.url()}, nullptr, options);
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().kind, ErrorKind::refused);
    EXPECT_NE(second.error().message.find("Another Whet"), std::string::npos)
        << second.error().text();
  });
}

TEST_P(MysqlFaults, AConnectionThatIsCut) {
  MysqlBlocker blocker(server_.url(), reads_orders);
  const auto one = carry_out_while(
      ActionKind::create_index,
      [&] {
        server_.sql("KILL " +
                    server_.sql("SELECT ID FROM information_schema.PROCESSLIST WHERE STATE LIKE "
                                "'Waiting for table metadata lock%'"));
        blocker.release();
      },
      patient());
  EXPECT_EQ(one.fate, Fate::failed) << one.reason;
  expect_whole(ActionKind::create_index);
}

TEST_P(MysqlFaults, AServerThatRestarts) {
  MysqlBlocker blocker(server_.url(), reads_orders);
  const auto one = carry_out_while(ActionKind::create_index, [&] { server_.restart(); }, patient());
  EXPECT_EQ(one.fate, Fate::failed) << one.reason;
  expect_whole(ActionKind::create_index);
}

TEST_P(MysqlFaults, ALockThatSomebodyHoldsForTooLong) {
  MysqlBlocker blocker(server_.url(), reads_orders);
  const auto one = carry_out(change(ActionKind::create_index));
  EXPECT_EQ(one.fate, Fate::failed);
  EXPECT_NE(one.reason.find("ock"), std::string::npos) << one.reason;
  // Others were not kept waiting behind it.
  EXPECT_EQ(server_.sql("SELECT COUNT(*) FROM shop.orders WHERE id = 1"), "1");
  blocker.release();
  expect_whole(ActionKind::create_index);
}

TEST_P(MysqlFaults, ALockThatIsReleasedInTimeIsOnlyADelay) {
  MysqlBlocker blocker(server_.url(), reads_orders);
  auto options = hasty;
  options.attempts = 20;
  const auto one = carry_out_while(
      ActionKind::hide_index,
      [&] {
        clock::pause(1.2);  // longer than one lock timeout: a second attempt is needed
        blocker.release();
      },
      options);
  EXPECT_EQ(one.fate, Fate::applied) << one.reason;
  expect_whole(ActionKind::hide_index);
}

TEST_P(MysqlFaults, ALongTransactionIsSeenBefore) {
  if (server_.mariadb()) return;  // its metadata locks are not shown by default
  MysqlBlocker blocker(server_.url(), reads_orders);
  auto options = hasty;
  options.long_transaction = 0.5;
  const double deadline = clock::monotonic() + 20;
  ChangeOutcome one;
  do {  // the server counts whole seconds
    one = carry_out(change(ActionKind::hide_index), options);
  } while (one.fate != Fate::refused && clock::monotonic() < deadline);
  EXPECT_EQ(one.fate, Fate::refused) << one.reason;
  EXPECT_NE(one.reason.find("KILL"), std::string::npos) << one.reason;
  blocker.release();
  expect_whole(ActionKind::hide_index);
}

TEST_P(MysqlFaults, CtrlCWhileItWaits) {
  MysqlBlocker blocker(server_.url(), reads_orders);
  std::atomic<bool> stop = false;
  class Stoppable final : public Progress {
   public:
    explicit Stoppable(std::atomic<bool>& flag) : flag_(flag) {}
    void report(std::string_view /*what*/, double /*fraction*/) override {}
    [[nodiscard]] bool cancelled() const override { return flag_; }

   private:
    std::atomic<bool>& flag_;
  };
  Stoppable progress(stop);
  const auto one =
      carry_out_while(ActionKind::create_index, [&] { stop = true; }, patient(), &progress);
  EXPECT_EQ(one.fate, Fate::interrupted) << one.reason;
  blocker.release();
  expect_whole(ActionKind::create_index);
}

TEST_P(MysqlFaults, AnAccountWithoutThePrivilege) {
  for (const ActionKind kind :
       {ActionKind::create_index, ActionKind::drop_index, ActionKind::hide_index,
        ActionKind::update_histogram, ActionKind::set_setting}) {
    SCOPED_TRACE(name_of(kind));
    ChangeOutcome one;
    one.change = change(kind);
    one = carry_out(one.change, hasty, "visitor");
    EXPECT_TRUE(one.fate == Fate::refused || (server_.mariadb() && one.fate == Fate::failed))
        << name_of(one.fate);
    EXPECT_EQ(last_state(), State::failed);
    EXPECT_FALSE(in_force(kind));
    expect_whole(kind);
  }
}

TEST_P(MysqlFaults, AReadOnlyServerAndAReplicaAreRefused) {
  server_.sql("SET GLOBAL read_only = ON");
  const auto closed = engine::mysql::make_executor({.url = server_.url()}, nullptr, hasty);
  ASSERT_FALSE(closed.ok());
  EXPECT_EQ(closed.error().kind, ErrorKind::refused);
  EXPECT_NE(closed.error().message.find("read-only"), std::string::npos) << closed.error().text();
  server_.sql("SET GLOBAL read_only = OFF");

  testing::MysqlServer replica(GetParam(), {"--replica-of", server_.folder()});
  const auto refused = engine::mysql::make_executor({.url = replica.url()}, nullptr, hasty);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("replica of 127.0.0.1"), std::string::npos)
      << refused.error().text();
}

TEST_P(MysqlFaults, ADiskThatIsTooSmallForTheSort) {
  if (::getuid() != 0) GTEST_SKIP() << "Mounting a small file system needs root.";
  const std::string disk = server_.folder() + "/small";
  testing::run("mkdir " + disk + " && mount -t tmpfs -o size=2m,mode=777 whet-fault " + disk);
  // The session's own setting, so the server's default for new ones.
  server_.sql("SET GLOBAL innodb_tmpdir = '" + disk + "'");
  model::Change asked = change(ActionKind::create_index);
  asked.action.index->parts = {{.column = "note"}, {.column = "status"}, {.column = "id"}};
  const auto one = carry_out(asked);
  EXPECT_EQ(one.fate, Fate::failed) << one.reason;
  EXPECT_EQ(last_state(), State::failed);
  EXPECT_FALSE(exists("orders_customer"));
  expect_whole(ActionKind::create_index);
  // With an estimate it is not even begun.
  asked.disk_bytes = 8 << 20;
  const auto known = carry_out(asked);
  EXPECT_EQ(known.fate, Fate::refused);
  EXPECT_NE(known.reason.find("needs 8"), std::string::npos) << known.reason;
  server_.sql("SET GLOBAL innodb_tmpdir = DEFAULT");
  testing::run("umount -l " + disk);
}

INSTANTIATE_TEST_SUITE_P(Forks, MysqlFaults, ::testing::Values("mysql", "mariadb"));

}  // namespace
}  // namespace whet::test
