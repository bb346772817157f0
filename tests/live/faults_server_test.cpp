// The server's own troubles during a change: a cut connection, a restart, locks, a full disk, no
// privilege, timeouts.
#include <atomic>
#include <thread>

#include "support/faults.h"

namespace whet::test {
namespace {

using ledger::State;
using model::ActionKind;
using optimize::ChangeOutcome;
using optimize::Fate;

class ServerFaultTest : public FaultTest {
 protected:
  /// Does the change while `meanwhile` happens, once it waits for a lock.
  ChangeOutcome carry_out_while(const model::Change& asked, const std::function<void()>& meanwhile,
                                const engine::postgres::ExecutorOptions& options) {
    ChangeOutcome one;
    one.change = asked;
    std::thread worker([&] {
      with_site(
          [&](optimize::Site& site, optimize::Context& context) {
            const Status done = optimize::carry_out(one, site, context);
            EXPECT_TRUE(done.ok()) << done.error().text();
          },
          options);
    });
    wait_until_blocked();
    meanwhile();
    worker.join();
    return one;
  }

  static engine::postgres::ExecutorOptions patient() {
    auto options = impatient;
    options.lock_timeout = 30;
    return options;
  }

  State state_of(const ChangeOutcome& one) const { return ledger().find(one.ledger_id)->state(); }
};

TEST_F(ServerFaultTest, AConnectionThatIsCutInTheMiddleOfABuild) {
  Blocker blocker(server_.url(), writes);
  const auto one = carry_out_while(
      change(ActionKind::create_index),
      [&] {
        server_.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = "
            "'whet apply'");
        blocker.release();
      },
      patient());
  EXPECT_EQ(one.fate, Fate::failed);
  EXPECT_EQ(state_of(one), State::failed) << one.reason;
  expect_whole(ActionKind::create_index);
}

TEST_F(ServerFaultTest, AServerThatRestartsInTheMiddleOfABuild) {
  Blocker blocker(server_.url(), writes);
  const auto one =
      carry_out_while(change(ActionKind::create_index), [&] { server_.restart(); }, patient());
  EXPECT_EQ(one.fate, Fate::failed);
  EXPECT_EQ(state_of(one), State::failed) << one.reason;
  expect_whole(ActionKind::create_index);
}

TEST_F(ServerFaultTest, ALockThatSomebodyHoldsForTooLong) {
  Blocker blocker(server_.url(), "LOCK TABLE public.orders IN SHARE UPDATE EXCLUSIVE MODE");
  ChangeOutcome one;
  one.change = change(ActionKind::create_index);
  with_site([&](optimize::Site& site, optimize::Context& context) {
    ASSERT_TRUE(optimize::carry_out(one, site, context).ok());
  });
  EXPECT_EQ(one.fate, Fate::failed);
  EXPECT_NE(one.reason.find("lock"), std::string::npos) << one.reason;
  EXPECT_EQ(state_of(one), State::failed);
  blocker.release();
  expect_whole(ActionKind::create_index);
}

TEST_F(ServerFaultTest, ALockThatIsReleasedInTimeIsOnlyADelay) {
  Blocker blocker(server_.url(), "LOCK TABLE public.orders IN SHARE UPDATE EXCLUSIVE MODE");
  auto options = impatient;
  options.attempts = 20;
  const auto one = carry_out_while(
      change(ActionKind::create_index),
      [&] {
        clock::pause(1.2);  // longer than one lock timeout: a second attempt is needed
        blocker.release();
      },
      options);
  EXPECT_EQ(one.fate, Fate::applied) << one.reason;
  expect_whole(ActionKind::create_index);
}

TEST_F(ServerFaultTest, AStatementTimeoutInTheMiddleOfABuild) {
  Blocker blocker(server_.url(), writes);
  auto options = patient();
  options.shortest_limit = 1;
  ChangeOutcome one;
  one.change = change(ActionKind::create_index);
  with_site(
      [&](optimize::Site& site, optimize::Context& context) {
        ASSERT_TRUE(optimize::carry_out(one, site, context).ok());
      },
      options);
  EXPECT_EQ(one.fate, Fate::failed);
  // The writer still stands in the way of the removal, and the user is told.
  EXPECT_NE(one.reason.find("could not be removed yet"), std::string::npos) << one.reason;
  EXPECT_NE(one.reason.find("Run Whet again"), std::string::npos) << one.reason;
  EXPECT_EQ(state_of(one), State::applying);
  blocker.release();
  EXPECT_EQ(recover().size(), 1U);
  EXPECT_EQ(state_of(one), State::failed);
  expect_whole(ActionKind::create_index);
}

TEST_F(ServerFaultTest, CtrlCInTheMiddleOfABuild) {
  Blocker blocker(server_.url(), writes);
  ChangeOutcome one;
  one.change = change(ActionKind::create_index);
  std::atomic<bool> stop = false;
  class Stoppable final : public Progress {
   public:
    explicit Stoppable(std::atomic<bool>& flag) : flag_(flag) {}
    void report(std::string_view /*what*/, double /*fraction*/) override {}
    [[nodiscard]] bool cancelled() const override { return flag_; }

   private:
    std::atomic<bool>& flag_;
  };
  std::thread worker([&] {
    with_site(
        [&](optimize::Site& site, optimize::Context& context) {
          Stoppable progress(stop);
          optimize::Context stoppable{context.engine, context.ledger, progress, context.clock};
          EXPECT_TRUE(optimize::carry_out(one, site, stoppable).ok());
        },
        patient());
  });
  wait_until_blocked();
  stop = true;
  // The removal of the leftover waits for the writer, too.
  wait_until_blocked("DROP");
  blocker.release();
  worker.join();
  EXPECT_EQ(one.fate, Fate::interrupted) << one.reason;
  EXPECT_EQ(state_of(one), State::failed);
  expect_whole(ActionKind::create_index);
}

TEST_F(ServerFaultTest, ADiskThatBecomesFullInTheMiddleOfABuild) {
  if (::getuid() != 0) GTEST_SKIP() << "Mounting a small file system needs root.";
  const std::string disk = folder_ / "disk";
  testing::run("chmod 755 " + folder_.path() + " && mkdir " + disk +
               " && mount -t tmpfs -o size=1m,mode=777 whet-fault " + disk + " && mkdir " + disk +
               "/space && chmod 700 " + disk + "/space && chown nobody:nogroup " + disk + "/space");
  server_.sql("CREATE TABLESPACE small LOCATION '" + disk + "/space'");
  server_.sql("ALTER ROLE postgres SET default_tablespace = small");
  ChangeOutcome one;
  one.change = change(ActionKind::create_index);
  one.change.action.index->parts = {
      {.column = "id"}, {.column = "customer_id"}, {.column = "status"}};
  with_site([&](optimize::Site& site, optimize::Context& context) {
    ASSERT_TRUE(optimize::carry_out(one, site, context).ok());
  });
  EXPECT_EQ(one.fate, Fate::failed);
  EXPECT_NE(one.reason.find("disk"), std::string::npos) << one.reason;
  EXPECT_EQ(state_of(one), State::failed);
  expect_whole(ActionKind::create_index);
  // With an estimate it is not even begun.
  ChangeOutcome known;
  known.change = one.change;
  known.change.disk_bytes = 2 << 20;
  with_site([&](optimize::Site& site, optimize::Context& context) {
    ASSERT_TRUE(optimize::carry_out(known, site, context).ok());
  });
  EXPECT_EQ(known.fate, Fate::refused);
  EXPECT_NE(known.reason.find("needs 2"), std::string::npos) << known.reason;
  server_.sql("ALTER ROLE postgres RESET default_tablespace");
  server_.sql("DROP TABLESPACE small");
  testing::run("umount " + disk);
}

TEST_F(ServerFaultTest, AStandbyIsRefused) {
  testing::run("touch " + server_.directory() + "/pg/data/standby.signal");
  server_.restart();
  const auto made = engine::postgres::make_executor({.url = server_.url()}, impatient);
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().kind, ErrorKind::refused);
  EXPECT_NE(made.error().message.find("is a standby"), std::string::npos) << made.error().text();
}

TEST_F(ServerFaultTest, ARoleWithoutThePrivilege) {
  for (const ActionKind kind : {ActionKind::create_index, ActionKind::drop_index,
                                ActionKind::rebuild_index, ActionKind::set_setting}) {
    ChangeOutcome one;
    one.change = change(kind);
    with_site(
        [&](optimize::Site& site, optimize::Context& context) {
          ASSERT_TRUE(optimize::carry_out(one, site, context).ok());
        },
        impatient, "visitor");
    EXPECT_EQ(one.fate, Fate::refused);
    EXPECT_EQ(state_of(one), State::failed);
    EXPECT_NE(one.reason.find("visitor"), std::string::npos) << one.reason;
    expect_whole(kind);
  }
}

}  // namespace
}  // namespace whet::test
