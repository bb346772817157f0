// SIGKILL at every step of a change, then a new run: the database is whole, and the ledger says so.
#include <array>
#include <csignal>

#include "support/faults.h"

namespace whet::test {
namespace {

using engine::ChangeState;
using ledger::State;
using model::ActionKind;
using optimize::ChangeOutcome;

/// Where the process dies.
enum class Step : std::uint8_t {
  before_planned,
  after_planned,
  after_applying,
  after_done,  // the target has it, the ledger does not know yet
  after_applied,
  after_reverting,
  after_taken_back,  // the target lost it, the ledger does not know yet
};
constexpr std::array all_steps = {Step::before_planned,  Step::after_planned, Step::after_applying,
                                  Step::after_done,      Step::after_applied, Step::after_reverting,
                                  Step::after_taken_back};

[[noreturn]] void die() {
  ::kill(::getpid(), SIGKILL);
  ::_exit(99);
}

/// An executor that dies at one step.
class Mortal final : public engine::Executor {
 public:
  Mortal(engine::Executor& inner, Step step) : inner_(inner), step_(step) {}
  Result<model::Change> prepare(const model::Change& change) override {
    if (step_ == Step::before_planned) die();
    return inner_.prepare(change);
  }
  Status check(const model::Change& change) override {
    if (step_ == Step::after_planned) die();
    return inner_.check(change);
  }
  Status apply(const model::Change& change, Progress& progress) override {
    if (step_ == Step::after_applying) die();
    Status done = inner_.apply(change, progress);
    if (step_ == Step::after_done) die();
    return done;
  }
  Status revert(const model::Change& change, Progress& progress) override {
    if (step_ == Step::after_reverting) die();
    Status done = inner_.revert(change, progress);
    if (step_ == Step::after_taken_back) die();
    return done;
  }
  Result<ChangeState> inspect(const model::Change& change) override {
    return inner_.inspect(change);
  }
  Status clean(const model::Change& change) override { return inner_.clean(change); }

 private:
  engine::Executor& inner_;
  Step step_;
};

class KillTest : public FaultTest {
 protected:
  /// Runs in a process of its own until it is killed.
  pid_t start(const std::function<void(optimize::Site&, optimize::Context&)>& act,
              const engine::postgres::ExecutorOptions& options = impatient) {
    const pid_t child = ::fork();
    if (child != 0) return child;
    with_site(act, options);
    ::_exit(0);
  }

  static void expect_killed(pid_t child) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
  }

  /// Does the change and takes it back; dies at the step.
  void die_at(Step step, ActionKind kind) {
    expect_killed(start([&](optimize::Site& site, optimize::Context& context) {
      Mortal mortal(site.executor, step);
      optimize::Site place{mortal, site.target, site.identity};
      ChangeOutcome one;
      one.change = change(kind);
      static_cast<void>(optimize::carry_out(one, place, context));
      if (step == Step::after_applied) die();
      static_cast<void>(optimize::take_back(one.ledger_id, one.change, "test", "", place, context));
    }));
  }

  State last_state() const {
    const auto entries = ledger().entries({});
    return entries->empty() ? State::failed : entries->back().state();
  }

  /// Kills a run that waits in the middle of a statement, because `blocker` is in its way.
  void die_in_the_middle(ActionKind kind, const char* blocking) {
    Blocker blocker(server_.url(), blocking);
    auto patient = impatient;
    patient.lock_timeout = 60;
    const pid_t child = start(
        [&](optimize::Site& site, optimize::Context& context) {
          ChangeOutcome one;
          one.change = change(kind);
          static_cast<void>(optimize::carry_out(one, site, context));
        },
        patient);
    wait_until_blocked();
    ::kill(child, SIGKILL);
    expect_killed(child);
    EXPECT_EQ(last_state(), State::applying);
    // While the other transaction lasts nothing can be removed; the entry must stay open.
    const auto first = recover();
    ASSERT_EQ(first.size(), 1U);
    EXPECT_EQ(first[0].found, "partial");
    EXPECT_NE(first[0].done.find("could not be settled"), std::string::npos) << first[0].done;
    EXPECT_EQ(last_state(), State::applying);
    blocker.release();
    const auto second = recover();
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(second[0].found, "partial");
  }
};

TEST_F(KillTest, AtEveryStepOfEveryKindOfChange) {
  for (const ActionKind kind :
       {ActionKind::create_index, ActionKind::drop_index, ActionKind::set_setting}) {
    for (const Step step : all_steps) {
      SCOPED_TRACE(std::string(name_of(kind)) + " step " + std::to_string(static_cast<int>(step)));
      die_at(step, kind);
      const std::size_t open = step == Step::before_planned || step == Step::after_applied ? 0 : 1;
      EXPECT_EQ(recover().size(), open);
      const State expected =
          step == Step::after_done || step == Step::after_applied           ? State::applied
          : step == Step::after_reverting || step == Step::after_taken_back ? State::reverted
                                                                            : State::failed;
      if (step != Step::before_planned) {
        EXPECT_EQ(last_state(), expected);
      }
      EXPECT_EQ(in_force(kind), expected == State::applied);
      // Undo what is in force, so that every round begins alike.
      with_site([](optimize::Site& site, optimize::Context& context) {
        ASSERT_TRUE(optimize::undo("", site, context).ok());
      });
      EXPECT_FALSE(in_force(kind));
      expect_whole(kind);
    }
  }
}

TEST_F(KillTest, InTheMiddleOfABuild) {
  die_in_the_middle(ActionKind::create_index, writes);
  EXPECT_EQ(last_state(), State::failed);
  EXPECT_FALSE(in_force(ActionKind::create_index));
  expect_whole(ActionKind::create_index);
}

TEST_F(KillTest, InTheMiddleOfADropWhichIsThenFinished) {
  die_in_the_middle(ActionKind::drop_index, reads);
  EXPECT_EQ(last_state(), State::applied);
  expect_whole(ActionKind::drop_index);
  with_site([](optimize::Site& site, optimize::Context& context) {
    const auto undone = optimize::undo("", site, context);
    ASSERT_TRUE(undone.ok());
    EXPECT_TRUE(undone->front().done) << undone->front().reason;
  });
  EXPECT_FALSE(in_force(ActionKind::drop_index)) << "made again from its definition";
}

TEST_F(KillTest, InTheMiddleOfARebuild) {
  die_in_the_middle(ActionKind::rebuild_index, writes);
  EXPECT_EQ(last_state(), State::failed);
  expect_whole(ActionKind::rebuild_index);
  EXPECT_EQ(server_.sql("SELECT count(*) FROM pg_class WHERE relname = 'orders_status'"), "1");
}

TEST_F(KillTest, BetweenWritingASettingAndTheReload) {
  auto prepared = change(ActionKind::set_setting);
  with_site([&](optimize::Site& site, optimize::Context& context) {
    prepared = site.executor.prepare(prepared).value();
    const std::string id =
        context.ledger.plan(site.target, site.identity, prepared, clock::now()).value();
    ASSERT_TRUE(context.ledger.advance(id, {State::applying, clock::now(), "", ""}).ok());
  });
  server_.sql("ALTER SYSTEM SET work_mem = '17MB'");
  const auto settled = recover();
  ASSERT_EQ(settled.size(), 1U);
  EXPECT_EQ(settled[0].found, "partial");
  EXPECT_EQ(last_state(), State::failed);
  expect_whole(ActionKind::set_setting);
  server_.sql("SELECT pg_reload_conf()");
  EXPECT_EQ(server_.sql("SHOW work_mem"), "4MB") << "a later reload brings no surprise";
}

TEST_F(KillTest, InTheMiddleOfTakingABuildBack) {
  ChangeOutcome one;
  one.change = change(ActionKind::create_index);
  with_site([&](optimize::Site& site, optimize::Context& context) {
    ASSERT_TRUE(optimize::carry_out(one, site, context).ok());
    ASSERT_EQ(one.fate, optimize::Fate::applied) << one.reason;
  });
  Blocker blocker(server_.url(), reads);
  auto patient = impatient;
  patient.lock_timeout = 60;
  const pid_t child = start(
      [&](optimize::Site& site, optimize::Context& context) {
        static_cast<void>(
            optimize::take_back(one.ledger_id, one.change, "test", "", site, context));
      },
      patient);
  wait_until_blocked();
  ::kill(child, SIGKILL);
  expect_killed(child);
  EXPECT_EQ(last_state(), State::reverting);
  blocker.release();
  EXPECT_EQ(recover().size(), 1U);
  EXPECT_EQ(last_state(), State::reverted);
  expect_whole(ActionKind::create_index);
}

}  // namespace
}  // namespace whet::test
