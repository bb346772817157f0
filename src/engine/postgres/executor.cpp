#include "engine/postgres/executor.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/text.h"
#include "engine/postgres/executor_check.h"
#include "engine/postgres/executor_inspect.h"
#include "engine/postgres/executor_session.h"
#include "engine/postgres/executor_settings.h"
#include "engine/postgres/render.h"

namespace whet::engine::postgres {
namespace {

using model::ActionKind;

constexpr double longest_limit = 86400;  // nothing runs longer than a day
constexpr double times_expected = 10;    // an estimate may be that wrong
constexpr double settle_seconds = 5;     // sessions follow a reload within that
constexpr double look_every = 0.05;      // seconds, while a reload settles

double limit_of(const model::Change& change, const ExecutorOptions& options) {
  return std::clamp(change.expected_seconds.value_or(0) * times_expected, options.shortest_limit,
                    longest_limit);
}

bool is_setting(const model::Change& change) {
  return change.action.kind == ActionKind::set_setting ||
         change.action.kind == ActionKind::reset_setting;
}

class PostgresExecutor final : public Executor {
 public:
  explicit PostgresExecutor(Session session) : session_(std::move(session)) {}

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
    return reach(change, change.action.statement, ChangeState::present, progress);
  }

  Status revert(const model::Change& change, Progress& progress) override;

  Result<ChangeState> inspect(const model::Change& change) override {
    Connection* connection = WHET_TRY(session_.connection());
    return inspect_change(*connection, change);
  }

  Status clean(const model::Change& change) override;

 private:
  Status reach(const model::Change& change, const std::string& text, ChangeState goal,
               Progress& progress);
  Status attempt(const model::Change& change, const std::string& text, Progress& progress);
  Status confirm(const model::Change& change, ChangeState goal);
  Status after_failure(const model::Change& change, ChangeState goal, Error error);

  Session session_;
};

/// All statements of a text, once.
Status PostgresExecutor::attempt(const model::Change& change, const std::string& text,
                                 Progress& progress) {
  for (const std::string& sql : statements_of(change.action, text))
    WHET_TRY_VOID(session_.run(sql, limit_of(change, session_.options()), &progress));
  return {};
}

/// Looks whether the target is as it should be; a reload takes a moment to reach every session.
Status PostgresExecutor::confirm(const model::Change& change, ChangeState goal) {
  if (!leaves_a_trace(change)) return {};
  // Taking a setting back to the very value that it was given leaves nothing to see.
  if (goal == ChangeState::absent && is_setting(change) &&
      change.action.previous == change.action.value)
    return {};
  const double deadline = clock::monotonic() + (is_setting(change) ? settle_seconds : 0);
  while (true) {
    const ChangeState state = WHET_TRY(inspect(change));
    if (state == goal) return {};
    if (clock::monotonic() >= deadline) break;
    clock::pause(look_every);
  }
  std::string why = "The server accepted it, but does not show it.";
  if (is_setting(change) && goal == ChangeState::present) {
    Connection* connection = WHET_TRY(session_.connection());
    why = WHET_TRY(why_not_in_effect(*connection, change.action));
  }
  return Error{ErrorKind::refused, "'" + change.summary + "' took no effect. " + why, "", ""};
}

/// Takes away what the attempt left; the Error tells it when that does not work. Success when the
/// server did it all the same (the connection broke after the last step).
Status PostgresExecutor::after_failure(const model::Change& change, ChangeState goal, Error error) {
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

Status PostgresExecutor::reach(const model::Change& change, const std::string& text,
                               ChangeState goal, Progress& progress) {
  for (int attempt_number = 1;; ++attempt_number) {
    if (progress.cancelled())
      return Error{ErrorKind::interrupted, "Stopped before '" + change.summary + "'.", "", ""};
    Status done = attempt(change, text, progress);
    const bool accepted = done.ok();
    if (done) done = confirm(change, goal);
    if (done) return {};
    // Written, but without effect: an unwritten file is better than one that surprises later.
    if (accepted && is_setting(change) && goal == ChangeState::present) {
      NoProgress patient;
      WHET_TRY_VOID(attempt(change, change.action.inverse, patient));
      return done;
    }
    const bool again = worth_retrying(done.error()) && attempt_number < session_.options().attempts;
    Status settled = after_failure(change, goal, std::move(done).error());
    if (settled || !again) return settled;
    WHET_TRY_VOID(session_.back_off(attempt_number + 1, progress));
  }
}

Status PostgresExecutor::revert(const model::Change& change, Progress& progress) {
  if (leaves_a_trace(change)) {
    ChangeState state = WHET_TRY(inspect(change));
    if (state == ChangeState::partial) {
      WHET_TRY_VOID(clean(change));
      state = WHET_TRY(inspect(change));
    }
    if (state == ChangeState::absent) return {};
  }
  if (change.action.inverse.empty()) {
    return Error{ErrorKind::refused, "'" + change.summary + "' cannot be taken back.",
                 "There is nothing to restore: it only brought the target up to date.", ""};
  }
  progress.report("Taking back: " + change.summary, -1);
  return reach(change, change.action.inverse, ChangeState::absent, progress);
}

Status PostgresExecutor::clean(const model::Change& change) {
  // Ctrl-C must not stop this.
  NoProgress patient;
  if (is_setting(change)) {
    if (WHET_TRY(inspect(change)) != ChangeState::partial) return {};
    return attempt(change, change.action.inverse, patient);
  }
  for (int attempt_number = 1;; ++attempt_number) {
    Connection* connection = WHET_TRY(session_.connection());
    const auto drops = WHET_TRY(leftovers(*connection, change));
    Status dropped;
    for (const std::string& sql : drops) {
      dropped = session_.run(sql, limit_of(change, session_.options()), &patient);
      if (!dropped) break;
    }
    if (dropped || !worth_retrying(dropped.error()) ||
        attempt_number >= session_.options().attempts)
      return dropped;
    WHET_TRY_VOID(session_.back_off(attempt_number + 1, patient));
  }
}

}  // namespace

Result<std::unique_ptr<Executor>> make_executor(const ConnectOptions& connect,
                                                const ExecutorOptions& options) {
  Session session = WHET_TRY(Session::open(connect, options));
  std::unique_ptr<Executor> made = std::make_unique<PostgresExecutor>(std::move(session));
  return made;
}

}  // namespace whet::engine::postgres
