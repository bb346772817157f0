#include "engine/mysql/executor.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "engine/mysql/executor_check.h"
#include "engine/mysql/executor_inspect.h"
#include "engine/mysql/executor_session.h"
#include "engine/mysql/executor_watch.h"
#include "engine/mysql/render.h"

namespace whet::engine::mysql {
namespace {

using model::ActionKind;
using Statements = std::vector<std::string>;

constexpr double longest_limit = 86400;  // nothing runs longer than a day
constexpr double times_expected = 10;    // an estimate may be that wrong

double limit_of(const model::Change& change, const ExecutorOptions& options) {
  return std::clamp(change.expected_seconds.value_or(0) * times_expected, options.shortest_limit,
                    longest_limit);
}

bool is_setting(const model::Change& change) {
  return change.action.kind == ActionKind::set_setting ||
         change.action.kind == ActionKind::reset_setting;
}

Error told_by_state(const model::Change& change) {
  return {ErrorKind::refused,
          "'" + change.summary + "' took no effect: the server accepted it, but does not show it.",
          "", ""};
}

class MysqlExecutor final : public Executor {
 public:
  MysqlExecutor(Session session, Connection* watcher)
      : session_(std::move(session)), watcher_(watcher) {}

  Result<model::Change> prepare(const model::Change& change) override {
    Connection* connection = WHET_TRY(session_.connection());
    return prepare_change(*connection, change);
  }

  Status check(const model::Change& change) override {
    Connection* connection = WHET_TRY(session_.connection());
    return check_change(*connection, change, session_.options());
  }

  Status apply(const model::Change& change, Progress& progress) override {
    progress.report(change.summary, -1);
    return reach(change, statements_of(change.action.statement), ChangeState::present,
                 change.summary, progress);
  }

  Status revert(const model::Change& change, Progress& progress) override;

  Result<ChangeState> inspect(const model::Change& change) override {
    Connection* connection = WHET_TRY(session_.connection());
    return inspect_change(*connection, change);
  }

  Status clean(const model::Change& change) override;

  bool can_try_hidden(const model::Change& change) override;
  Status build_hidden(const model::Change& change, Progress& progress) override;
  Status reveal(const model::Change& change, Progress& progress) override;

 private:
  Status reach(const model::Change& change, const Statements& statements, ChangeState goal,
               const std::string& what, Progress& progress);
  Status attempt(const model::Change& change, const Statements& statements, const std::string& what,
                 Progress& progress);
  Status confirm(const model::Change& change, ChangeState goal);
  Status after_failure(const model::Change& change, ChangeState goal, Error error);

  Session session_;
  Connection* watcher_;
};

/// All statements, each watched while it runs.
Status MysqlExecutor::attempt(const model::Change& change, const Statements& statements,
                              const std::string& what, Progress& progress) {
  const ExecutorOptions& options = session_.options();
  for (const std::string& sql : statements) {
    Connection* connection = WHET_TRY(session_.connection());
    const Watch watch(watcher_, connection->thread_id(), what,
                      {options.look_every, change.expected_seconds}, progress);
    const Status done = session_.run(sql, limit_of(change, options), watch);
    if (!done && watch.stopped()) return *watch.stopped();
    WHET_TRY_VOID(done);
  }
  return {};
}

Status MysqlExecutor::confirm(const model::Change& change, ChangeState goal) {
  if (!leaves_a_trace(change)) return {};
  // Taking a setting back to the very value that it was given leaves nothing to see.
  if (goal == ChangeState::absent && is_setting(change) &&
      change.action.previous == change.action.value)
    return {};
  if (WHET_TRY(inspect(change)) == goal) return {};
  return told_by_state(change);
}

/// Takes away what the attempt left; the Error tells it when that does not work. Success when the
/// server did it all the same (the connection broke after the last step).
Status MysqlExecutor::after_failure(const model::Change& change, ChangeState goal, Error error) {
  if (error.kind == ErrorKind::unreachable && leaves_a_trace(change)) {
    const auto state = inspect(change);
    if (state && *state == goal) return {};
  }
  const Status cleaned = clean(change);
  if (!cleaned) {
    error.message += " What it left could not be removed yet: " + cleaned.error().message;
    error.hint = "Run Whet again: it removes what is left before anything else.";
  }
  return error;
}

Status MysqlExecutor::reach(const model::Change& change, const Statements& statements,
                            ChangeState goal, const std::string& what, Progress& progress) {
  if (progress.cancelled())
    return Error{ErrorKind::interrupted, "Stopped before '" + change.summary + "'.", "", ""};
  Status done = attempt(change, statements, what, progress);
  if (done) done = confirm(change, goal);
  return done ? done : after_failure(change, goal, std::move(done).error());
}

Status MysqlExecutor::revert(const model::Change& change, Progress& progress) {
  if (leaves_a_trace(change)) {
    ChangeState state = WHET_TRY(inspect(change));
    if (state == ChangeState::partial) {
      WHET_TRY_VOID(clean(change));
      state = WHET_TRY(inspect(change));
    }
    if (state == ChangeState::absent) return {};
  }
  const Statements back = statements_of(change.action.inverse);
  if (back.empty()) {
    return Error{ErrorKind::refused, "'" + change.summary + "' cannot be taken back.",
                 "There is nothing to restore: it only brought the target up to date.", ""};
  }
  const std::string what = "Taking back: " + change.summary;
  progress.report(what, -1);
  return reach(change, back, ChangeState::absent, what, progress);
}

/// Only what is partial: a new index that is still hidden, a setting that is half set, some of
/// several histograms. InnoDB leaves nothing of a statement that did not end.
Status MysqlExecutor::clean(const model::Change& change) {
  if (!leaves_a_trace(change)) return {};
  if (WHET_TRY(inspect(change)) != ChangeState::partial) return {};
  NoProgress patient;  // Ctrl-C must not stop this
  return attempt(change, statements_of(change.action.inverse), change.summary, patient);
}

bool MysqlExecutor::can_try_hidden(const model::Change& change) {
  const auto connection = session_.connection();
  if (!connection) return false;
  const model::EngineKind fork = (*connection)->fork();
  const std::int64_t version = (*connection)->version();
  return has_session_switch(fork, version) && built_hidden(change.action, fork, version);
}

Status MysqlExecutor::build_hidden(const model::Change& change, Progress& progress) {
  Statements statements = statements_of(change.action.statement);
  if (statements.size() < 2)
    return Error{ErrorKind::internal, "'" + change.summary + "' has no hidden step.", "", ""};
  statements.resize(1);
  progress.report(change.summary, -1);
  return reach(change, statements, ChangeState::partial, change.summary, progress);
}

Status MysqlExecutor::reveal(const model::Change& change, Progress& progress) {
  Statements statements = statements_of(change.action.statement);
  statements.erase(statements.begin(),
                   statements.empty() ? statements.end() : statements.end() - 1);
  return reach(change, statements, ChangeState::present, change.summary, progress);
}

}  // namespace

Result<std::unique_ptr<Executor>> make_executor(const ConnectOptions& connect, Connection* watcher,
                                                const ExecutorOptions& options) {
  Session session = WHET_TRY(Session::open(connect, options));
  std::unique_ptr<Executor> made = std::make_unique<MysqlExecutor>(std::move(session), watcher);
  return made;
}

}  // namespace whet::engine::mysql
