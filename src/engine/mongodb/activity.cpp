#include "engine/mongodb/activity.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/text.h"
#include "engine/mongodb/connection.h"
#include "engine/mongodb/schema_parts.h"

namespace whet::engine::mongodb {

namespace {

constexpr double microsecond = 1e-6;

std::string_view database_of(std::string_view ns) { return ns.substr(0, ns.find('.')); }

std::string_view collection_of(std::string_view ns) {
  const std::size_t dot = ns.find('.');
  return dot == std::string_view::npos ? std::string_view() : ns.substr(dot + 1);
}

std::int64_t pid_of(const mql::Value& operation) {
  // On a mongos opids are texts: "shard01:1234".
  const std::int64_t connection = operation.integer_at("connectionId");
  return connection > 0 ? connection : operation.integer_at("opid");
}

std::string user_of(const mql::Value& operation) {
  const std::string user = operation.string_at("effectiveUsers.0.user");
  return user.empty() ? user : user + "@" + operation.string_at("effectiveUsers.0.db");
}

/// "10.0.0.7:51234" without the port; a server on the same machine calls it 127.0.0.1.
std::string address_of(const mql::Value& operation) {
  const std::string client = operation.string_at("client", operation.string_at("client_s"));
  const std::string address = client.substr(0, client.rfind(':'));
  return address == "127.0.0.1" || address == "[::1]" ? "local" : address;
}

bool waits_for_news(const mql::Value& operation) {
  return operation.string_at("op") == "getmore" &&
         (operation.flag_at("cursor.tailable") || operation.flag_at("cursor.awaitData"));
}

// In the order in which an operation takes them.
constexpr std::array<std::string_view, 8> resources{"ParallelBatchWriterMode",
                                                    "FeatureCompatibilityVersion",
                                                    "ReplicationStateTransition",
                                                    "Global",
                                                    "Database",
                                                    "Collection",
                                                    "Metadata",
                                                    "Mutex"};

/// The lock that it waits for: the last one that it asked for.
std::string_view awaited_lock(const mql::Value& operation) {
  std::string_view awaited;
  for (const auto resource : resources) {
    if (operation.at("locks." + std::string(resource)) != nullptr) awaited = resource;
  }
  return awaited;
}

double seconds_waited(const mql::Value& operation, std::string_view resource) {
  const mql::Value* times =
      operation.at("lockStats." + std::string(resource) + ".timeAcquiringMicros");
  double micros = 0;
  if (times == nullptr) return micros;
  for (const auto& mode : times->fields) micros += mode.value.as_number().value_or(0);
  return micros * microsecond;
}

/// r and w are intents, R shared, W exclusive.
bool conflict(char a, char b) {
  if (a == 'W' || b == 'W') return true;
  return (a == 'R' && b == 'w') || (a == 'w' && b == 'R');
}

bool covers_same(std::string_view resource, std::string_view a, std::string_view b) {
  if (resource == "Collection") return a == b;
  if (resource == "Database") return database_of(a) == database_of(b);
  return true;
}

bool holds_against(const mql::Value& holder, const mql::Value& waiter, std::string_view resource,
                   char wanted) {
  if (holder.flag_at("waitingForLock")) return false;
  const std::string held = holder.string_at("locks." + std::string(resource));
  if (held.empty() || !conflict(held[0], wanted)) return false;
  return covers_same(resource, holder.string_at("ns"), waiter.string_at("ns"));
}

/// The name of a command that is worth watching.
std::string long_command(const mql::Value& operation) {
  constexpr std::array<std::string_view, 9> names{"createIndexes", "compact",         "validate",
                                                  "reIndex",       "dropIndexes",     "moveChunk",
                                                  "cloneDatabase", "convertToCapped", "collMod"};
  const mql::Value* command = operation.find("command");
  if (command == nullptr || command->fields.empty()) return {};
  const std::string& name = command->fields.front().name;
  return std::find(names.begin(), names.end(), name) != names.end() ? name : std::string();
}

/// "Index Build: scanning collection Index Build: scanning collection: 10025/200126 5%"
std::string phase_of(const std::string& message) {
  std::string phase = message.substr(0, message.find(": ", message.find(": ") + 2));
  const std::size_t again = phase.find(" Index Build");
  if (again != std::string::npos) phase.resize(again);
  return phase;
}

}  // namespace

bool is_own(const mql::Value& operation) {
  return operation.string_at("appName") == own_application;
}

bool is_client(const mql::Value& operation) {
  if (is_own(operation)) return false;
  const std::string application = operation.string_at("appName");
  // Members of the set, and mongos's own monitors.
  if (application.starts_with("MongoDB Internal") || application == "OplogFetcher") return false;
  if (user_of(operation) == "__system@local") return false;
  const bool session = operation.string_at("type") == "idleSession";
  return session || operation.find("client") != nullptr || operation.find("client_s") != nullptr;
}

bool is_active(const mql::Value& operation) {
  if (!operation.flag_at("active")) return false;
  const mql::Value* command = operation.find("command");
  // Drivers' monitors wait in hello until something changes.
  return command == nullptr ||
         (command->find("hello") == nullptr && command->find("isMaster") == nullptr &&
          command->find("ismaster") == nullptr);
}

WaitState wait_of(const mql::Value& operation) {
  if (operation.flag_at("waitingForLock")) return {"Lock", std::string(awaited_lock(operation))};
  if (operation.flag_at("waitingForFlowControl")) return {"FlowControl", "replication lag"};
  if (const mql::Value* queue = operation.find("currentQueue"); queue != nullptr)
    return {"Ticket", queue->string_at("name", "execution")};
  if (waits_for_news(operation)) return {"Client", "awaitData"};
  if (const mql::Value* latch = operation.find("waitingForLatch"))
    return {"Latch", latch->string_at("captureName")};
  return {"CPU", operation.string_at("op")};
}

std::optional<mql::Command> command_in(const mql::Value& operation) {
  const mql::Value* command = operation.at("cursor.originatingCommand");
  if (command == nullptr) command = operation.find("command");
  if (command == nullptr || command->fields.empty() || command->find("$truncated") != nullptr)
    return std::nullopt;
  const std::string ns = operation.string_at("ns");
  mql::Value whole = *command;
  // A write inside its command is the one statement {q, u, multi, upsert}.
  if (whole.find("q") != nullptr && operation.string_at("op") != "command") {
    mql::Value sent = mql::Value::object({});
    sent.set("op", mql::Value::of(operation.string_at("op")));
    sent.set("ns", mql::Value::of(ns));
    sent.set("command", std::move(whole));
    whole = std::move(sent);
  }
  auto parsed = mql::command_of(whole, database_of(ns));
  if (!parsed) return std::nullopt;
  return std::move(parsed).value();
}

model::Session session_of(const mql::Value& operation) {
  model::Session session;
  session.pid = pid_of(operation);
  session.database = database_of(operation.string_at("ns"));
  session.role = user_of(operation);
  session.application = operation.string_at("appName");
  session.client = address_of(operation);
  session.kind = is_client(operation) ? "client backend" : operation.string_at("desc");
  const mql::Value* transaction = operation.find("transaction");
  const bool active = is_active(operation);
  session.state = active ? "active" : "idle";
  if (!active && transaction != nullptr) session.state = "idle in transaction";
  if (transaction != nullptr) {
    session.transaction_age_seconds = transaction->number_at("timeOpenMicros") * microsecond;
    if (!active)
      session.state_age_seconds = transaction->number_at("timeInactiveMicros") * microsecond;
    const std::string lock = operation.string_at("locks.Global");
    session.has_transaction_id = lock == "w" || lock == "W";
  }
  if (!active) return session;
  session.query_age_seconds = operation.number_at("microsecs_running") * microsecond;
  WaitState wait = wait_of(operation);
  if (wait.type != "CPU") {
    session.wait_type = std::move(wait.type);
    session.wait_event = std::move(wait.event);
  }
  if (const auto command = command_in(operation)) {
    session.query = mql::print(mql::normalize(*command));
    session.query_id = mql::fingerprint(*command);
  }
  return session;
}

std::vector<model::LockWait> lock_waits_of(const std::vector<mql::Value>& operations) {
  std::vector<model::LockWait> out;
  for (const auto& operation : operations) {
    if (!operation.flag_at("waitingForLock")) continue;
    const std::string_view resource = awaited_lock(operation);
    const std::string ns = operation.string_at("ns");
    model::LockWait wait;
    wait.pid = pid_of(operation);
    wait.kind = resource;
    wait.mode = operation.string_at("locks." + std::string(resource));
    wait.relation = ns;
    wait.table = id_of(database_of(ns), collection_of(ns));
    wait.wait_seconds = seconds_waited(operation, resource);
    for (const auto& other : operations) {
      if (!wait.mode.empty() && &other != &operation &&
          holds_against(other, operation, resource, wait.mode[0]))
        wait.blockers.push_back(pid_of(other));
    }
    out.push_back(std::move(wait));
  }
  return out;
}

std::vector<model::RunningCommand> running_of(const std::vector<mql::Value>& operations) {
  std::vector<model::RunningCommand> out;
  for (const auto& operation : operations) {
    const std::string message = operation.string_at("msg");
    const std::string name = long_command(operation);
    const bool builds = message.starts_with("Index Build");
    // A build is listed twice: the client's operation, and the thread that has the progress.
    if (is_own(operation) || (!builds && (name.empty() || name == "createIndexes"))) continue;
    model::RunningCommand running;
    running.pid = operation.integer_at("opid");
    running.command = name.empty() ? "createIndexes" : name;
    running.phase = phase_of(message);
    running.relation = operation.string_at("ns");
    const mql::Value* command = operation.find("command");
    if (running.relation.ends_with(".$cmd") && command != nullptr && !command->fields.empty())
      running.relation =
          std::string(database_of(running.relation)) + "." + command->fields.front().value.text;
    running.table = id_of(database_of(running.relation), collection_of(running.relation));
    const double total = operation.number_at("progress.total");
    if (total > 0)
      running.done_fraction = std::clamp(operation.number_at("progress.done") / total, 0.0, 1.0);
    running.age_seconds = operation.number_at("microsecs_running") * microsecond;
    out.push_back(std::move(running));
  }
  return out;
}

}  // namespace whet::engine::mongodb
