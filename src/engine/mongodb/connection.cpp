#include "engine/mongodb/connection.h"

#include <algorithm>
#include <utility>

#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "engine/mongodb/connection_state.h"
#include "engine/mongodb/guard.h"

namespace whet::engine::mongodb {

namespace {

using mql::Value;

/// Tells this connection's operations from those of all others.
std::string new_mark(const void* state) {
  const std::string seed = std::to_string(::getpid()) + " " + std::to_string(clock::now()) + " " +
                           std::to_string(clock::monotonic()) + " " +
                           std::to_string(std::hash<const void*>{}(state));
  return std::string(own_application) + "-" + text::hash_hex(seed);
}

Error no_cursor(const Value& command) {
  return {ErrorKind::invalid, "The reply to '" + name_of_command(command) + "' has no cursor.", "",
          ""};
}

/// A cursor that is open on the server; gone when this is.
class Cursor {
 public:
  Cursor(Connection::State& state, const Value& first) : state_(state) {
    id_ = first.integer_at("cursor.id");
    const std::string space = first.string_at("cursor.ns");
    const std::size_t dot = std::min(space.find('.'), space.size());
    database_ = space.substr(0, dot);
    if (dot < space.size()) collection_ = space.substr(dot + 1);
  }
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;
  ~Cursor() {
    if (id_ == 0 || !state_.link) return;
    bool retry = false;
    static_cast<void>(state_.attempt(database_,
                                     Value::object({{"killCursors", Value::of(collection_)},
                                                    {"cursors", Value::array({Value::of(id_)})}}),
                                     nullptr, retry));
  }

  [[nodiscard]] bool more() const { return id_ != 0; }
  Result<Value> next(const Progress* progress) {
    bool retry = false;
    Value reply = WHET_TRY(state_.attempt(
        database_,
        Value::object({{"getMore", Value::of(id_)}, {"collection", Value::of(collection_)}}),
        progress, retry));
    id_ = reply.integer_at("cursor.id");
    return reply;
  }

 private:
  Connection::State& state_;
  std::int64_t id_ = 0;
  std::string database_, collection_;
};

}  // namespace

Connection::Connection(std::unique_ptr<State> state) : state_(std::move(state)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

Result<Connection> Connection::open(const ConnectOptions& options, Access access) {
  auto state = std::make_unique<State>();
  state->options = options;
  state->access = access;
  const Location written = WHET_TRY(find_location(options.url));
  state->place = WHET_TRY(resolve(written));
  state->statement_timeout = options.statement_timeout_seconds;
  state->mark = new_mark(state.get());
  WHET_TRY_VOID(state->select());
  return Connection(std::move(state));
}

Result<Connection> Connection::to_member(const std::string& address, Access access) const {
  auto state = std::make_unique<State>();
  state->options = state_->options;
  state->access = access;
  state->place = state_->place;
  state->place.hosts = {address};
  for (const char* name : {"readpreference", "readpreferencetags", "loadbalanced", "replicaset"})
    state->place.drop_option(name);
  state->place.set_option("directconnection", "true");
  state->statement_timeout = state_->statement_timeout;
  state->mark = new_mark(state.get());
  WHET_TRY_VOID(state->select());
  return Connection(std::move(state));
}

Result<mql::Value> Connection::command(std::string_view database, const mql::Value& command,
                                       const Progress* progress) {
  const Status reads = only_reads(command);
  if (state_->access == Access::read && !reads.ok()) return reads.error();
  bool retry = false;
  auto reply = state_->attempt(database, command, progress, retry);
  if (reply || !retry || !reads.ok() || command.find("getMore") != nullptr) return reply;
  if (!state_->reconnect().ok()) return reply;
  return state_->attempt(database, command, progress, retry);
}

Status Connection::stream(std::string_view database, const mql::Value& command, const Take& take,
                          const Progress* progress) {
  Value reply = WHET_TRY(this->command(database, command, progress));
  Cursor cursor(*state_, reply);
  const char* batch = "cursor.firstBatch";
  for (;;) {
    const Value* documents = reply.at(batch);
    if (documents == nullptr) return no_cursor(command);
    for (const mql::Field& one : documents->fields) take(one.value);
    if (!cursor.more()) return {};
    reply = WHET_TRY(cursor.next(progress));
    batch = "cursor.nextBatch";
  }
}

Result<std::vector<mql::Value>> Connection::query(std::string_view database,
                                                  const mql::Value& command,
                                                  const Progress* progress, std::int64_t limit) {
  std::vector<Value> out;
  Value reply = WHET_TRY(this->command(database, command, progress));
  Cursor cursor(*state_, reply);
  const char* batch = "firstBatch";
  for (;;) {
    Value* documents = nullptr;
    if (Value* found = reply.find("cursor")) documents = found->find(batch);
    if (documents == nullptr) return no_cursor(command);
    for (mql::Field& one : documents->fields) {
      if (static_cast<std::int64_t>(out.size()) >= limit) return out;
      out.push_back(std::move(one.value));
    }
    if (!cursor.more() || static_cast<std::int64_t>(out.size()) >= limit) return out;
    reply = WHET_TRY(cursor.next(progress));
    batch = "nextBatch";
  }
}

Status Connection::refresh() {
  if (!state_->link) return state_->reconnect();
  const Status looked = state_->look();
  const bool primary_is_wanted = state_->access == Access::write && !state_->identity.is_primary;
  if (looked.ok() && !primary_is_wanted) return {};
  return state_->reconnect();
}

void Connection::set_statement_timeout(double seconds) { state_->statement_timeout = seconds; }
double Connection::statement_timeout() const { return state_->statement_timeout; }
bool Connection::alive() const { return state_->link != nullptr; }
const Identity& Connection::identity() const { return state_->identity; }
const std::string& Connection::database() const { return state_->place.database; }
const std::string& Connection::user() const { return state_->user; }
const ConnectOptions& Connection::options() const { return state_->options; }
std::string Connection::target() const { return state_->target(); }
const model::CollectionCost& Connection::cost() const { return state_->cost; }

}  // namespace whet::engine::mongodb
