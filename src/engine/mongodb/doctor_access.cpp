// What the account may see. Asked for, not read from its roles: those of one's own and of others
// hide there.
#include <utility>

#include "base/text.h"
#include "engine/mongodb/doctor_parts.h"

namespace whet::engine::mongodb {

namespace {

using mql::Value;

struct Look {
  std::string topic;
  std::string database;
  Value command;        ///< reads the least that needs the privilege
  std::string good;     ///< "can be read"
  std::string missing;  ///< what Whet does not see
  std::string role, on;
};

Value command(const char* verb) { return Value::object({{verb, Value::of(1)}}); }

Value aggregate(const Value& target, const char* stage, const Value& options) {
  return Value::object({{"aggregate", target},
                        {"pipeline", Value::array({Value::object({{stage, options}}),
                                                   Value::object({{"$limit", Value::of(1)}})})},
                        {"cursor", Value::object({})}});
}

Value find_one(const char* collection) {
  return Value::object({{"find", Value::of(collection)}, {"limit", Value::of(1)}});
}

std::vector<Look> looks(const Connection& connection) {
  constexpr const char* monitor = "clusterMonitor";
  std::vector<Look> out{
      {"counters", "admin",
       Value::object({{"serverStatus", Value::of(1)}, {"wiredTiger", Value::of(0)}}), "can be read",
       "cannot be read: load, caches, connections and queues are unknown", monitor, "admin"},
      {"operations", "admin",
       aggregate(Value::of(1), "$currentOp", Value::object({{"allUsers", Value::of(true)}})),
       "of all accounts can be seen", "of other accounts cannot be seen", monitor, "admin"},
      {"configuration", "admin", command("getCmdLineOpts"), "can be read",
       "cannot be read: settings are unknown", monitor, "admin"},
      {"hostInfo", "admin", command("hostInfo"), "can be read",
       "cannot be read: memory and CPUs of the machine are unknown", monitor, "admin"},
      {"log", "admin", Value::object({{"getLog", Value::of("startupWarnings")}}), "can be read",
       "cannot be read: slow operations and warnings are unknown", monitor, "admin"},
      {"databases", "admin",
       Value::object({{"listDatabases", Value::of(1)},
                      {"nameOnly", Value::of(true)},
                      {"authorizedDatabases", Value::of(false)}}),
       "can be listed", "cannot be listed", monitor, "admin"},
  };
  const Identity& is = connection.identity();
  if (is.topology == "sharded") {
    out.push_back({"shards", "admin", command("listShards"), "can be listed",
                   "cannot be listed: how data is spread is unknown", monitor, "admin"});
    out.push_back({"config", "config", find_one("chunks"), "can be read",
                   "cannot be read: chunks and shard keys are unknown", monitor, "admin"});
    return out;
  }
  out.push_back({"top", "admin", command("top"), "can be read",
                 "cannot be read: load of each collection is unknown", monitor, "admin"});
  if (is.topology != "replica set") return out;
  out.push_back({"replication", "admin", command("replSetGetStatus"), "can be looked at",
                 "cannot be looked at: members and their lag are unknown", monitor, "admin"});
  out.push_back({"set's configuration", "admin", command("replSetGetConfig"), "can be read",
                 "cannot be read: priorities, votes and write concern are unknown", monitor,
                 "admin"});
  out.push_back({"oplog", "local", find_one("oplog.rs"), "can be read",
                 "cannot be read: how long a member may be away is unknown", "read", "local"});
  return out;
}

Diagnosis line_of(Examination& x, const Look& look) {
  const auto reply = x.ask(look.database, look.command);
  if (reply) return {look.topic, true, look.good, ""};
  if (denied(reply.error())) return {look.topic, false, look.missing, x.grant(look.role, look.on)};
  return {look.topic, false, "could not be looked at: " + reply.error().message,
          reply.error().hint};
}

/// The first ordinary collection of a database; "" when there is none or it may not be seen.
std::string some_collection(Examination& x, const std::string& database) {
  const auto reply = x.ask(
      database, Value::object({{"listCollections", Value::of(1)},
                               {"nameOnly", Value::of(true)},
                               {"authorizedCollections", Value::of(true)},
                               {"filter", Value::object({{"type", Value::of("collection")}})}}));
  const Value* list = reply ? reply->at("cursor.firstBatch") : nullptr;
  if (list == nullptr) return "";
  for (const mql::Field& one : list->fields) {
    const std::string name = one.value.string_at("name");
    if (!name.starts_with("system.")) return name;
  }
  return "";
}

std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t shown = 5;
  if (names.size() <= shown) return text::join(names, ", ");
  const std::vector<std::string> first(names.begin(), names.begin() + shown);
  return text::join(first, ", ") + " and " + std::to_string(names.size() - shown) + " more";
}

/// One look for each database, as one line.
struct Databases {
  std::string topic, good, missing, role;
  std::vector<std::string> refused;
  bool asked = false;

  void take(Examination& x, const std::string& database, const Value& one) {
    const auto reply = x.ask(database, one);
    asked = asked || reply.ok();
    if (!reply && denied(reply.error())) refused.push_back(database);
  }
  void line(const Examination& x, std::vector<Diagnosis>& out) const {
    if (!refused.empty()) {
      const bool single = refused.size() == 1;
      const std::string role_here = role == "read" ? (single ? "read" : "readAnyDatabase") : role;
      out.push_back({topic, false, missing + " (" + some_of(refused) + ")",
                     x.grant(role_here, single && role == "read" ? refused[0] : "admin")});
    } else if (asked) {
      out.push_back({topic, true, good, ""});
    }
  }
};

void database_lines(Examination& x, std::vector<Diagnosis>& out) {
  constexpr std::size_t at_most = 100;
  Databases documents{"documents",
                      "can be sampled and explained in all databases",
                      "cannot be read in some databases: no schema, no plans, no indexes",
                      "read",
                      {}};
  Databases usage{"use of indexes",
                  "is counted and can be read",
                  "cannot be read in some databases: unused indexes stay unknown",
                  "clusterMonitor",
                  {}};
  Databases profile{
      "system.profile", "may be read", "may not be read in some databases", "clusterMonitor", {}};
  Databases cached{"plan cache",
                   "can be read",
                   "cannot be read in some databases: cached plans are unknown",
                   "dbAdminAnyDatabase",
                   {}};
  for (std::size_t i = 0; i < x.databases.size() && i < at_most; ++i) {
    const std::string& database = x.databases[i];
    const std::string collection = some_collection(x, database);
    const Value name = Value::of(collection.empty() ? "whet_none" : collection);
    documents.take(x, database, Value::object({{"find", name}, {"limit", Value::of(1)}}));
    profile.take(x, database, find_one("system.profile"));
    if (collection.empty()) continue;
    usage.take(x, database, aggregate(name, "$indexStats", Value::object({})));
    cached.take(x, database, aggregate(name, "$planCacheStats", Value::object({})));
  }
  documents.line(x, out);
  usage.line(x, out);
  profile.line(x, out);
  cached.line(x, out);
}

/// No built-in role has it that could not also change accounts.
Diagnosis accounts_line(Examination& x) {
  const auto reply = x.ask(
      "admin", Value::object({{"usersInfo", Value::object({{"forAllDBs", Value::of(true)}})}}));
  if (reply) return {"accounts", true, "and their roles can be read", ""};
  return {"accounts", false,
          "and their roles cannot be read: nothing is said of weak or too powerful ones",
          "Optional: 'whet grants mongodb' has the line with viewUser."};
}

}  // namespace

void diagnose_access(Examination& x, std::vector<Diagnosis>& out) {
  for (const Look& look : looks(x.connection)) out.push_back(line_of(x, look));
  out.push_back(accounts_line(x));
  database_lines(x, out);
}

}  // namespace whet::engine::mongodb
