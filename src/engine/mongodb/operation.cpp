// Sending one command: what is added to it, how long it may take, how it is ended, what it costs.
#include <cmath>
#include <utility>

#include "base/clock.h"
#include "engine/mongodb/connection_state.h"
#include "engine/mongodb/guard.h"

namespace whet::engine::mongodb {

namespace {

using mql::Value;

/// How much longer than its own limit a server may take to end an operation.
constexpr double late_seconds = 1;
/// How long a killed operation may take to end.
constexpr double grace_seconds = 10;
constexpr double kill_seconds = 5;

/// Documents that a reply brings.
std::int64_t documents_in(const Value& reply) {
  for (const char* batch : {"cursor.firstBatch", "cursor.nextBatch"}) {
    if (const Value* list = reply.at(batch)) return static_cast<std::int64_t>(list->fields.size());
  }
  return 1;
}

/// $currentOp shows one's own operations without a privilege.
Value find_operation(const std::string& comment, bool mongos) {
  Value stage = Value::object({{"allUsers", Value::of(false)}});
  if (mongos) stage.set("localOps", Value::of(true));
  const Value mine = Value::of(comment);
  const Value match = Value::object(
      {{"$or", Value::array({Value::object({{"command.comment", mine}}),
                             Value::object({{"cursor.originatingCommand.comment", mine}})})}});
  return Value::object({{"aggregate", Value::of(1)},
                        {"pipeline", Value::array({Value::object({{"$currentOp", stage}}),
                                                   Value::object({{"$match", match}})})},
                        {"cursor", Value::object({})}});
}

}  // namespace

void Connection::State::kill_operation(const std::string& comment) const {
  const auto second = Link::open(place, host, kill_seconds, nullptr);
  if (!second) return;
  const Wait::Limits limits{nullptr, clock::monotonic() + kill_seconds, 0, nullptr};
  const Outcome found =
      (*second)->run("admin", find_operation(comment, identity.topology == "sharded"), limits);
  const Value* list = found.reply.at("cursor.firstBatch");
  if (list == nullptr) return;
  for (const mql::Field& one : list->fields) {
    // An index build also shows its coordinator's operation, with the same command: 4.4 waits for
    // ever when both are killed.
    const Value* id = one.value.find("opid");
    if (id == nullptr || one.value.find("connectionId") == nullptr) continue;
    const Value kill = Value::object({{"killOp", Value::of(1)}, {"op", *id}});
    static_cast<void>((*second)->run("admin", kill, limits));  // best effort
  }
}

Result<mql::Value> Connection::State::attempt(std::string_view database, const mql::Value& command,
                                              const Progress* progress, bool& retry) {
  retry = false;
  if (!link) {
    retry = true;
    return lost_error(errand(database), command, "");
  }
  Value sent = command;
  const std::string comment = mark + "-" + std::to_string(++operations);
  if (takes_time_limit(command)) {
    if (statement_timeout > 0)
      sent.set("maxTimeMS",
               Value::of(static_cast<std::int64_t>(std::ceil(statement_timeout * 1000))));
    if (command.find("comment") == nullptr) sent.set("comment", Value::of(comment));
  }
  Wait::Limits limits;
  const double started = clock::monotonic();
  limits.progress = progress;
  limits.deadline = statement_timeout > 0 ? started + statement_timeout + late_seconds : 0;
  limits.grace = grace_seconds;
  limits.kill = [this, comment] { kill_operation(comment); };
  Outcome outcome = link->run(database, sent, std::move(limits));
  ++cost.statements;
  cost.server_seconds += clock::monotonic() - started;
  cost.received_bytes += outcome.bytes;
  if (outcome.kind == Outcome::Kind::unsent) return Error{ErrorKind::invalid, outcome.said, "", ""};
  if (outcome.kind == Outcome::Kind::lost) link.reset();
  if (outcome.kind == Outcome::Kind::replied && outcome.reply.at("ok") != nullptr &&
      outcome.reply.at("ok")->truthy()) {
    cost.rows += documents_in(outcome.reply);
    return std::move(outcome.reply);
  }
  if (outcome.cancelled) return interrupted_error(errand(database));
  if (outcome.late) return late_error(errand(database), command, statement_timeout);
  if (outcome.kind == Outcome::Kind::lost) {
    retry = true;
    return lost_error(errand(database), command, outcome.said);
  }
  retry = primary_changed(outcome.reply.integer_at("code"));
  return command_error(errand(database), command, outcome.reply);
}

}  // namespace whet::engine::mongodb
