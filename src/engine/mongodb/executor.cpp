#include "engine/mongodb/executor.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/text.h"
#include "engine/mongodb/executor_check.h"
#include "engine/mongodb/executor_inspect.h"
#include "engine/mongodb/executor_session.h"
#include "engine/mongodb/executor_values.h"
#include "engine/mongodb/executor_watch.h"
#include "engine/mongodb/render_commands.h"
#include "engine/mongodb/trial.h"

namespace whet::engine::mongodb {
namespace {

using model::ActionKind;

constexpr double longest_limit = 86400;  // nothing runs longer than a day
constexpr double times_expected = 10;    // an estimate may be that wrong
constexpr double abort_seconds = 120;    // for a build that is told to stop
constexpr double look_pause = 0.1;

double limit_of(const model::Change& change, const ExecutorOptions& options) {
  return std::clamp(change.expected_seconds.value_or(0) * times_expected, options.shortest_limit,
                    longest_limit);
}

Error told_by_state(const model::Change& change) {
  return {ErrorKind::refused,
          "'" + change.summary + "' took no effect: the server accepted it, but does not show it.",
          "", ""};
}

Deployment deployment_of(const Connection& connection) {
  const Identity& identity = connection.identity();
  return {identity.version, identity.topology == "replica set", connection.mongos()};
}

/// A database that a trial on a sample made (optimize/sample_trial.h).
bool is_scratch(const model::Change& change) {
  return change.action.kind == ActionKind::manual &&
         change.action.schema.starts_with(scratch_prefix);
}

/// The index is new, or comes back: what is half there is being built.
bool builds(const model::Change& change, ChangeState goal) {
  return change.action.kind ==
         (goal == ChangeState::present ? ActionKind::create_index : ActionKind::drop_index);
}

/// It is of no use when its trial is over.
Result<ChangeState> inspect_scratch(Connection& connection, const std::string& scratch) {
  using mql::Value;
  const Value reply = WHET_TRY(connection.command(
      "admin", Value::object({{"listDatabases", Value::of(1)},
                              {"nameOnly", Value::of(true)},
                              {"filter", Value::object({{"name", Value::of(scratch)}})}})));
  const Value* databases = reply.find("databases");
  const bool there = databases != nullptr && !databases->fields.empty();
  return there ? ChangeState::partial : ChangeState::absent;
}

class MongodbExecutor final : public Executor {
 public:
  MongodbExecutor(Session session, Connection* watcher)
      : session_(std::move(session)), reader_(watcher) {}

  Result<model::Change> prepare(const model::Change& change) override {
    Connection* connection = WHET_TRY(session_.connection());
    return prepare_change(*connection, change);
  }

  Status check(const model::Change& change) override {
    Connection* connection = WHET_TRY(session_.connection());
    return check_change(*connection, change, session_.options());
  }

  Status apply(const model::Change& change, Progress& progress) override;
  Status revert(const model::Change& change, Progress& progress) override;

  Result<ChangeState> inspect(const model::Change& change) override {
    Connection* connection = WHET_TRY(place_of(change));
    if (is_scratch(change)) return inspect_scratch(*connection, change.action.schema);
    return inspect_change(*connection, change);
  }

  Status clean(const model::Change& change) override;

 private:
  Status reach(const model::Change& change, ChangeState goal, const std::string& what,
               Progress& progress);
  Status attempt(const model::Change& change, ChangeState goal, const std::string& what,
                 Progress& progress);
  Status settle_loss(const model::Change& change, ChangeState goal, const std::string& what,
                     Error error, Progress& progress);
  Status await_build(const model::Change& change, const std::string& what, Progress& progress);
  Status confirm(const model::Change& change, ChangeState goal);
  Status give_up(const model::Change& change, Error error);
  Status remove_index(const model::Change& change);
  Connection* watcher();
  Result<Connection*> place_of(const model::Change& change);

  Session session_;
  Connection* reader_;
  std::unique_ptr<Connection> own_watcher_;
  std::unique_ptr<Connection> member_;  ///< that is not the primary any more
};

/// Where the change is, or will be, made: the primary, but for what a member has by itself.
Result<Connection*> MongodbExecutor::place_of(const model::Change& change) {
  Connection* primary = WHET_TRY(session_.connection());
  const std::string& member = change.action.name;
  if (!is_of_member(change.action) || member.empty() || member == primary->identity().self ||
      primary->identity().topology != "replica set")
    return primary;
  if (!member_ || !member_->alive() || member_->identity().self != member)
    member_ = std::make_unique<Connection>(WHET_TRY(primary->to_member(member, Access::member)));
  return member_.get();
}

/// A connection to the member that is changed: the reader's, when that is where it reads.
Connection* MongodbExecutor::watcher() {
  const auto connection = session_.connection();
  if (!connection) return nullptr;
  const Identity& there = (*connection)->identity();
  const auto fits = [&](const Connection* one) {
    return one != nullptr && one->alive() && one->identity().self == there.self &&
           one->identity().topology == there.topology;
  };
  if (fits(reader_)) return reader_;
  if (fits(own_watcher_.get())) return own_watcher_.get();
  const std::string& address = there.primary.empty() ? there.self : there.primary;
  if (address.empty()) return nullptr;
  auto opened = (*connection)->to_member(address, Access::read);
  own_watcher_ = opened ? std::make_unique<Connection>(std::move(opened).value()) : nullptr;
  return own_watcher_.get();
}

Status MongodbExecutor::attempt(const model::Change& change, ChangeState goal,
                                const std::string& what, Progress& progress) {
  const ExecutorOptions& options = session_.options();
  Connection* connection = WHET_TRY(place_of(change));
  const Deployment deployment = deployment_of(*connection);
  const auto command = goal == ChangeState::present ? forward(change.action, deployment)
                                                    : backward(change.action, deployment);
  if (!command) {
    return Error{ErrorKind::refused, "'" + change.summary + "' cannot be taken back.",
                 "There is nothing to restore: it only brought the target up to date.", ""};
  }
  if (connection == member_.get()) {
    const auto reply = connection->command(command->database, command->command, &progress);
    return reply ? Status() : Status(reply.error());
  }
  Watch watch(watcher(), change, what, options, progress);
  Status done = session_.run(*command, limit_of(change, options), watch);
  if (!done && watch.stopped()) return *watch.stopped();
  // Somebody else made or dropped it meanwhile: the state tells.
  if (!done && is_unknown_index(done.error())) return {};
  return done;
}

Status MongodbExecutor::confirm(const model::Change& change, ChangeState goal) {
  if (!leaves_a_trace(change)) return {};
  // Taking something back to the very value that it was given leaves nothing to see.
  const model::Action& action = change.action;
  if (goal == ChangeState::absent && !action.value.empty() && action.previous == action.value)
    return {};
  if (WHET_TRY(inspect(change)) == goal) return {};
  return told_by_state(change);
}

/// Waits for a build that goes on without its client.
Status MongodbExecutor::await_build(const model::Change& change, const std::string& what,
                                    Progress& progress) {
  const double deadline = clock::monotonic() + limit_of(change, session_.options());
  const Watch watch(watcher(), change, what, session_.options(), progress);
  while (WHET_TRY(inspect(change)) == ChangeState::partial) {
    if (watch.cancelled()) {
      if (watch.stopped()) return *watch.stopped();
      return Error{ErrorKind::interrupted, "Stopped on request.", "", ""};
    }
    if (clock::monotonic() > deadline)
      return Error{ErrorKind::timeout, "'" + what + "' took too long.", "", "50"};
    clock::pause(look_pause);
  }
  return {};
}

/// The connection, or the primary, was lost: what was begun may go on, be done, or be gone.
Status MongodbExecutor::settle_loss(const model::Change& change, ChangeState goal,
                                    const std::string& what, Error error, Progress& progress) {
  progress.report(what + ": waiting for a primary", -1);
  session_.forget();
  Connection* connection = WHET_TRY(session_.connection());
  const std::string& primary = connection->identity().primary;
  const std::string there = primary.empty() ? connection->target() : primary;
  ChangeState state = WHET_TRY(inspect(change));
  if (state == ChangeState::partial && builds(change, goal)) {
    progress.report(what + ": goes on at " + there + ", the primary now", -1);
    WHET_TRY_VOID(await_build(change, what, progress));
    state = WHET_TRY(inspect(change));
  }
  if (state == goal) {
    progress.report(what + ": finished at " + there + ", after the connection had been lost", 1);
    return {};
  }
  progress.report(what + ": begins again at " + there, -1);
  WHET_TRY_VOID(clean(change));
  Status again = attempt(change, goal, what, progress);
  if (again || again.error().kind == ErrorKind::interrupted) return again;
  error.message += " The second attempt failed, too: " + again.error().message;
  return error;
}

/// Takes away what the attempt left; the Error tells it when that does not work.
Status MongodbExecutor::give_up(const model::Change& change, Error error) {
  const Status cleaned = clean(change);
  if (!cleaned) {
    error.message += " What it left could not be removed yet: " + cleaned.error().message;
    error.hint = "Run Whet again: it removes what is left before anything else.";
  }
  return error;
}

Status MongodbExecutor::reach(const model::Change& change, ChangeState goal,
                              const std::string& what, Progress& progress) {
  if (progress.cancelled())
    return Error{ErrorKind::interrupted, "Stopped before '" + change.summary + "'.", "", ""};
  Status done = attempt(change, goal, what, progress);
  if (!done && leaves_a_trace(change) && !progress.cancelled() &&
      (done.error().kind == ErrorKind::unreachable || is_step_down(done.error())))
    done = settle_loss(change, goal, what, std::move(done).error(), progress);
  if (done) done = confirm(change, goal);
  return done ? done : give_up(change, std::move(done).error());
}

Status MongodbExecutor::apply(const model::Change& change, Progress& progress) {
  progress.report(change.summary, -1);
  return reach(change, ChangeState::present, change.summary, progress);
}

Status MongodbExecutor::revert(const model::Change& change, Progress& progress) {
  if (leaves_a_trace(change)) {
    ChangeState state = WHET_TRY(inspect(change));
    if (state == ChangeState::partial) {
      WHET_TRY_VOID(clean(change));
      state = WHET_TRY(inspect(change));
    }
    if (state == ChangeState::absent) return {};
  }
  const std::string what = "Taking back: " + change.summary;
  progress.report(what, -1);
  return reach(change, ChangeState::absent, what, progress);
}

/// Until no shard has it or builds it. Dropping exactly the index that is being built aborts the
/// build, and does so on all members.
Status MongodbExecutor::remove_index(const model::Change& change) {
  NoProgress patient;  // Ctrl-C must not stop this
  const auto drop = backward({.kind = ActionKind::create_index,
                              .schema = change.action.schema,
                              .table = change.action.table,
                              .index = change.action.index},
                             {});
  const double deadline = clock::monotonic() + abort_seconds;
  while (true) {
    Connection* connection = WHET_TRY(session_.connection());
    const IndexState state =
        WHET_TRY(index_state(*connection, change.action.schema, change.action.table));
    const std::string& name = change.action.index->name;
    if (!state.building(name) && !state.ready_somewhere(name)) return {};
    const Status dropped = session_.run(*drop, abort_seconds, patient);
    const bool passes = dropped || is_unknown_index(dropped.error()) || is_busy(dropped.error()) ||
                        is_step_down(dropped.error()) ||
                        dropped.error().kind == ErrorKind::unreachable ||
                        dropped.error().kind == ErrorKind::timeout;
    if (!passes || clock::monotonic() > deadline) return dropped;
    if (!dropped) clock::pause(look_pause);
  }
}

/// Only what is partial: a build that goes on without a client, an index that some shards have.
Status MongodbExecutor::clean(const model::Change& change) {
  if (is_scratch(change)) {
    Connection* connection = WHET_TRY(session_.connection());
    return drop_scratch(*connection, change.action.schema);
  }
  if (!leaves_a_trace(change)) return {};
  if (WHET_TRY(inspect(change)) != ChangeState::partial) return {};
  return remove_index(change);
}

}  // namespace

Result<std::unique_ptr<Executor>> make_executor(const ConnectOptions& connect, Connection* watcher,
                                                const ExecutorOptions& options) {
  Session session = WHET_TRY(Session::open(connect, options));
  std::unique_ptr<Executor> made = std::make_unique<MongodbExecutor>(std::move(session), watcher);
  return made;
}

}  // namespace whet::engine::mongodb
