// An executor that ends its whole process at one step of a change: for the fault tests of every
// engine.
#pragma once

#include <array>
#include <csignal>
#include <cstdint>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/engine.h"
#include "ledger/ledger.h"

namespace whet::test {

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
inline constexpr std::array all_steps = {
    Step::before_planned, Step::after_planned,   Step::after_applying,  Step::after_done,
    Step::after_applied,  Step::after_reverting, Step::after_taken_back};

/// Entries that the next run has to settle after it.
inline std::size_t open_entries(Step step) {
  return step == Step::before_planned || step == Step::after_applied ? 0 : 1;
}

/// What the ledger says when the next run has settled it.
inline ledger::State settled_state(Step step) {
  if (step == Step::after_done || step == Step::after_applied) return ledger::State::applied;
  if (step == Step::after_reverting || step == Step::after_taken_back)
    return ledger::State::reverted;
  return ledger::State::failed;
}

[[noreturn]] inline void die() {
  ::kill(::getpid(), SIGKILL);
  ::_exit(99);
}

inline void expect_killed(pid_t child) {
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
}

class MortalExecutor final : public engine::Executor {
 public:
  MortalExecutor(engine::Executor& inner, Step step) : inner_(inner), step_(step) {}
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
  Result<engine::ChangeState> inspect(const model::Change& change) override {
    return inner_.inspect(change);
  }
  Status clean(const model::Change& change) override { return inner_.clean(change); }

 private:
  engine::Executor& inner_;
  Step step_;
};

}  // namespace whet::test
