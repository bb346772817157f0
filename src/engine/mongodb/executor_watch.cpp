#include "engine/mongodb/executor_watch.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/text.h"

namespace whet::engine::mongodb {
namespace {

using mql::Value;

constexpr double look_seconds = 3;
constexpr double almost_done = 0.95;  // an estimate by the clock never says more

class ShortTimeout {
 public:
  explicit ShortTimeout(Connection& connection)
      : connection_(connection), usual_(connection.statement_timeout()) {
    connection_.set_statement_timeout(look_seconds);
  }
  ShortTimeout(const ShortTimeout&) = delete;
  ShortTimeout& operator=(const ShortTimeout&) = delete;
  ~ShortTimeout() { connection_.set_statement_timeout(usual_); }

 private:
  Connection& connection_;
  double usual_;
};

/// The change's operations: the client's, and of a build the coordinator's.
Result<std::vector<Value>> operations_of(Connection& watcher, const model::Action& action) {
  return watcher.query(
      "admin",
      Value::object(
          {{"aggregate", Value::of(1)},
           {"pipeline",
            Value::array(
                {Value::object({{"$currentOp", Value::object({{"allUsers", Value::of(true)}})}}),
                 Value::object({{"$match", Value::object({{"ns", Value::of(action.schema + "." +
                                                                           action.table)}})}})})},
           {"cursor", Value::object({})}}));
}

/// "Index Build: scanning collection Index Build: scanning collection: 60/200 3%"
std::string phase_of(std::string_view message) {
  constexpr std::string_view opening = "Index Build: ";
  if (!message.starts_with(opening)) return std::string(message);
  message.remove_prefix(opening.size());
  if (const std::size_t again = message.find(opening); again != std::string_view::npos)
    message = message.substr(0, again);
  if (const std::size_t colon = message.find(':'); colon != std::string_view::npos)
    message = message.substr(0, colon);
  return std::string(text::trim(message));
}

}  // namespace

BuildProgress build_progress(const std::vector<Value>& operations) {
  BuildProgress found;
  for (const Value& operation : operations) {
    const Value* command = operation.find("command");
    if (command == nullptr || command->fields.empty()) continue;
    const std::string& verb = command->fields.front().name;
    if (verb != "createIndexes" && verb != "dropIndexes" && verb != "collMod") continue;
    found.waits = found.waits || operation.flag_at("waitingForLock");
    const double total = operation.number_at("progress.total");
    if (verb != "createIndexes" || total <= 0) continue;
    found.phase = phase_of(operation.string_at("msg"));
    found.fraction = std::clamp(operation.number_at("progress.done") / total, 0.0, 1.0);
  }
  return found;
}

Watch::Watch(Connection* watcher, const model::Change& change, std::string what,
             const ExecutorOptions& options, Progress& user)
    : watcher_(watcher),
      change_(change),
      what_(std::move(what)),
      options_(options),
      user_(user),
      started_(clock::monotonic()),
      pressure_(options) {}

bool Watch::cancelled() const {
  if (user_.cancelled() || stopped_) return true;
  const double now = clock::monotonic();
  if (watcher_ == nullptr || !watcher_->alive() || now - looked_ < options_.look_every)
    return false;
  looked_ = now;
  look();
  return stopped_.has_value();
}

void Watch::look() const {
  // A look that takes long would keep the user's Ctrl-C waiting.
  const ShortTimeout hasty(*watcher_);
  const auto operations = operations_of(*watcher_, change_.action);
  const BuildProgress progress = operations ? build_progress(*operations) : BuildProgress();
  const double now = clock::monotonic();
  double fraction = progress.fraction;
  const double expected = change_.expected_seconds.value_or(0);
  if (fraction < 0 && expected > 0) fraction = std::min((now - started_) / expected, almost_done);
  user_.report(progress.phase.empty() ? what_ : what_ + ": " + progress.phase, fraction);

  if (!progress.waits) waits_since_ = 0;
  if (progress.waits && waits_since_ == 0) waits_since_ = now;
  if (progress.waits && now - waits_since_ > options_.lock_timeout) {
    stopped_ = Error{ErrorKind::timeout,
                     "'" + what_ + "' waited for " + change_.action.schema + "." +
                         change_.action.table + " longer than " +
                         text::duration(options_.lock_timeout) + ", and others behind it.",
                     "Run Whet again when no transaction is open there.", "24"};
    return;
  }
  stopped_ = pressure_.look(*watcher_, what_);
}

}  // namespace whet::engine::mongodb
