#include "engine/mongodb/errors.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace whet::engine::mongodb {

namespace {

using mql::Value;

struct Advice {
  std::int64_t code;
  std::string_view hint;
};

constexpr std::string_view newer_server =
    "The server is too old for it, or it is switched off there.";
constexpr std::string_view wants_primary =
    "Only the primary does it: give its address, or the set's members in the URL.";
constexpr std::string_view wait_for_primary =
    "The set is choosing a primary: try again in half a minute.";

// Codes: src/mongo/base/error_codes.yml of the server.
constexpr std::array<Advice, 22> advice{{
    {6, "A member or shard cannot be reached: look at rs.status() and sh.status()."},
    {7, "A member or shard cannot be found: look at rs.status() and sh.status()."},
    {8000, "Check the account; hosted servers of small size do not allow every command."},
    {26, "Check the names of database and collection."},
    {27, "There is no such index any more."},
    {39, "The account has used too much: try again later."},
    {46, "Somebody else holds a lock on it: try again later."},
    {50, "It ran into its time limit."},
    {59, newer_server},
    {72, "Check the command's options."},
    {73, "Check the names of database and collection."},
    {76, "The server is no member of a replica set."},
    {85, "An index with that name or those keys exists with other options."},
    {86, "An index with that name or those keys exists with other options."},
    {91, "The server is shutting down: try again when it runs."},
    {94, "The set is not set up yet: rs.initiate()."},
    {133,
     "A shard or member that is needed cannot be reached: look at sh.status() and rs.status()."},
    {189, wait_for_primary},
    {10107, wants_primary},
    {13435, wants_primary},
    {13436, "The member is starting or recovering: give another one's address."},
    {14031, "The disk of the server is full: make room first."},
}};

std::string_view hint_of(std::int64_t code) {
  const auto* found = std::find_if(advice.begin(), advice.end(),
                                   [code](const Advice& one) { return one.code == code; });
  return found == advice.end() ? std::string_view() : found->hint;
}

std::string sentence(std::string_view text) {
  std::string out = text::squeeze(text::valid_utf8(text));
  if (!out.empty() && out.back() != '.' && out.back() != '!' && out.back() != '?') out += '.';
  return out;
}

/// Servers quote the document that they do not like: from its first { or quote on to the end.
/// Namespaces and options of Whet's own commands have none.
std::string without_values(std::int64_t code, std::string_view message) {
  constexpr std::array<std::int64_t, 7> quoting{2, 9, 14, 121, 11000, 11001, 17287};
  const bool quotes = std::find(quoting.begin(), quoting.end(), code) != quoting.end();
  const std::size_t open = message.find('{');
  if (open == std::string_view::npos) return std::string(message);
  const std::size_t close = message.rfind('}');
  if (quotes || close == std::string_view::npos || close < open)
    return std::string(message.substr(0, open)) + "{…}";
  return std::string(message.substr(0, open)) + "{…}" + std::string(message.substr(close + 1));
}

ErrorKind kind_of(std::int64_t code) {
  constexpr std::array<std::int64_t, 4> late{24, 46, 50, 262};  // locks and time limits
  if (std::find(late.begin(), late.end(), code) != late.end()) return ErrorKind::timeout;
  return ErrorKind::refused;
}

/// A role that has what the command needs, and where it is granted.
struct Role {
  std::string_view command, role;
  bool everywhere;  ///< granted on admin, not on the command's database
};

constexpr std::array<Role, 20> roles{{
    {"currentOp", "clusterMonitor", true},
    {"top", "clusterMonitor", true},
    {"serverStatus", "clusterMonitor", true},
    {"replSetGetStatus", "clusterMonitor", true},
    {"replSetGetConfig", "clusterMonitor", true},
    {"hostInfo", "clusterMonitor", true},
    {"getCmdLineOpts", "clusterMonitor", true},
    {"getParameter", "clusterMonitor", true},
    {"getLog", "clusterMonitor", true},
    {"listDatabases", "clusterMonitor", true},
    {"listShards", "clusterMonitor", true},
    {"getShardMap", "clusterMonitor", true},
    {"balancerStatus", "clusterMonitor", true},
    {"connPoolStats", "clusterMonitor", true},
    {"dbStats", "clusterMonitor", true},
    {"collStats", "clusterMonitor", true},
    {"getDefaultRWConcern", "clusterMonitor", true},
    {"setParameter", "hostManager", true},
    {"killOp", "hostManager", true},
    {"profile", "dbAdmin", false},
}};

constexpr std::array<Role, 5> writing_roles{{
    {"createIndexes", "dbAdmin", false},
    {"dropIndexes", "dbAdmin", false},
    {"collMod", "dbAdmin", false},
    {"compact", "dbAdmin", false},
    {"validate", "dbAdmin", false},
}};

/// Stages that need more than to read the collection.
bool monitors(const Value& command) {
  const Value* stage = command.at("pipeline.0");
  if (stage == nullptr || stage->fields.empty()) return false;
  constexpr std::array<std::string_view, 7> stages{"$currentOp",
                                                   "$indexStats",
                                                   "$collStats",
                                                   "$planCacheStats",
                                                   "$queryStats",
                                                   "$listLocalSessions",
                                                   "$shardedDataDistribution"};
  return std::find(stages.begin(), stages.end(), stage->fields[0].name) != stages.end();
}

template <std::size_t n>
const Role* find_role(const std::array<Role, n>& list, std::string_view verb) {
  const auto* found = std::find_if(list.begin(), list.end(),
                                   [verb](const Role& one) { return one.command == verb; });
  return found == list.end() ? nullptr : found;
}

std::string missing_role(const Errand& errand, const Value& command) {
  if (errand.user.empty())
    return "The server wants a login: write user and password into the URL, "
           "mongodb://user:password@host/?authSource=admin.";
  const std::string verb = command.fields.empty() ? "" : command.fields.front().name;
  const Role* known = find_role(roles, verb);
  if (known == nullptr) known = find_role(writing_roles, verb);
  std::string role = "read", database(errand.database);
  if (known != nullptr) {
    role = known->role;
    if (known->everywhere) database = "admin";
  } else if (monitors(command)) {
    role = "clusterMonitor";
    database = "admin";
  } else if (verb == "insert" || verb == "update" || verb == "delete" || verb == "drop") {
    role = "readWrite";
  }
  const std::size_t at = errand.user.rfind('@');
  const std::string name(errand.user.substr(0, at));
  const std::string home(at == std::string_view::npos ? "admin" : errand.user.substr(at + 1));
  return "The account lacks a privilege, which the role " + role + " on " + database +
         " has: db.getSiblingDB(\"" + home + "\").grantRolesToUser(\"" + name + "\", [{role: \"" +
         role + "\", db: \"" + database + "\"}]); 'whet grants mongodb' prints all that is needed.";
}

std::string_view connect_hint(NoConnection why, bool tls) {
  switch (why) {
    case NoConnection::name:
      return "Check the host's name.";
    case NoConnection::address:
      return "Check host and port, that the server runs, its net.bindIp, and firewalls.";
    case NoConnection::timeout:
      return "Check host and port, firewalls, and whether the server is overloaded.";
    case NoConnection::tls:
      return "Check that the server uses TLS, tlsCAFile and tlsCertificateKeyFile in the URL, and "
             "that the server's certificate is for this host's name.";
    case NoConnection::credentials:
      return "Check user and password, and that authSource names the database that the account is "
             "in (often admin).";
    case NoConnection::mechanism:
      return "Whet logs in with SCRAM-SHA-1, SCRAM-SHA-256 and MONGODB-X509: check authMechanism "
             "in the URL.";
    case NoConnection::no_answer:
      return tls ? "Check that a MongoDB server answers at that port."
                 : "Check that a MongoDB server answers at that port; if it wants TLS, write "
                   "tls=true into the URL.";
    case NoConnection::too_old:
      return "Whet works with MongoDB 4.4 or newer; older ones get no fixes any more.";
    case NoConnection::other:
      break;
  }
  return "Check host, port and account in the URL.";
}

}  // namespace

std::string name_of_command(const mql::Value& command) {
  if (command.fields.empty()) return "a command";
  const mql::Field& first = command.fields.front();
  if (first.value.is_string()) return first.name + " on " + first.value.text;
  if (first.name == "explain" && !first.value.fields.empty())
    return "explain of " + name_of_command(first.value);
  if (first.name == "getMore") return "getMore on " + command.string_at("collection");
  return first.name;
}

Error connect_error(std::string_view target, NoConnection why, std::string_view said, bool tls,
                    std::int64_t code) {
  const bool refused = why == NoConnection::credentials;
  Error out{refused ? ErrorKind::refused : ErrorKind::unreachable,
            sentence("Could not connect to " + std::string(target) + ": " + std::string(said)),
            std::string(connect_hint(why, tls)), code == 0 ? "" : std::to_string(code)};
  return out;
}

Error command_error(const Errand& errand, const mql::Value& command, const mql::Value& reply) {
  const std::int64_t code = reply.integer_at("code");
  const std::string said = sentence(without_values(code, reply.string_at("errmsg")));
  Error out{kind_of(code),
            "The server refused '" + name_of_command(command) +
                "': " + (said.empty() ? "it gave no reason." : said),
            std::string(hint_of(code)), code == 0 ? "" : std::to_string(code)};
  if (killed(code)) out.hint = "It was killed on the server.";
  if (code == 50) out.hint = "It ran into its time limit.";
  if (code == 13) out.hint = missing_role(errand, command);
  if (code == 133 || code == 6 || code == 7) out.kind = ErrorKind::unreachable;
  return out;
}

Error lost_error(const Errand& errand, const mql::Value& command, std::string_view said) {
  return {ErrorKind::unreachable,
          "The connection to " + std::string(errand.target) + " broke during '" +
              name_of_command(command) + "'" + (said.empty() ? "." : ": " + sentence(said)),
          "Check that the server runs, then try again.", ""};
}

Error interrupted_error(const Errand& errand) {
  return {ErrorKind::interrupted, "Stopped while " + std::string(errand.target) + " was working.",
          "", ""};
}

Error late_error(const Errand& errand, const mql::Value& command, double seconds) {
  return {ErrorKind::timeout,
          std::string(errand.target) + " did not answer '" + name_of_command(command) +
              "' within " + text::duration(seconds) + ".",
          "It is overloaded or the network is gone: try again later.", "50"};
}

bool primary_changed(std::int64_t code) {
  constexpr std::array<std::int64_t, 7> codes{91, 189, 10107, 11600, 11602, 13435, 13436};
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

bool killed(std::int64_t code) {
  constexpr std::array<std::int64_t, 3> codes{11601, 237,
                                              43};  // Interrupted, CursorKilled, CursorNotFound
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

}  // namespace whet::engine::mongodb
