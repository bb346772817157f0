#include "support/mongo_login.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "support/mongo_bson.h"

namespace whet::testing::mongo {

using mql::Field;
using mql::Type;
using mql::Value;

namespace {

constexpr int rounds = 4096;

std::string base64(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

std::string from_base64(std::string_view text) {
  std::string out(3 * text.size() / 4 + 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  if (size < 0) return "";
  const auto padding = static_cast<std::size_t>(std::ranges::count(text, '='));
  out.resize(static_cast<std::size_t>(size) - padding);
  return out;
}

std::string digest(const EVP_MD* kind, std::string_view bytes) {
  std::string out(static_cast<std::size_t>(EVP_MD_get_size(kind)), '\0');
  EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(out.data()), nullptr,
             kind, nullptr);
  return out;
}

std::string mac(const EVP_MD* kind, std::string_view key, std::string_view text) {
  std::string out(static_cast<std::size_t>(EVP_MD_get_size(kind)), '\0');
  unsigned size = 0;
  HMAC(kind, key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(),
       reinterpret_cast<unsigned char*>(out.data()), &size);
  return out;
}

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) out += fmt::format("{:02x}", static_cast<std::uint8_t>(c));
  return out;
}

/// The client's key and the server's (RFC 5802), from the password as MongoDB's mechanism takes it.
struct Keys {
  const EVP_MD* kind;
  std::string client, server;

  Keys(const std::string& mechanism, const Account& account, std::string_view salt)
      : kind(mechanism == "SCRAM-SHA-1" ? EVP_sha1() : EVP_sha256()) {
    const std::string secret =
        mechanism == "SCRAM-SHA-1"
            ? hex(digest(EVP_md5(), account.user + ":mongo:" + account.password))
            : account.password;
    std::string salted(static_cast<std::size_t>(EVP_MD_get_size(kind)), '\0');
    PKCS5_PBKDF2_HMAC(secret.data(), static_cast<int>(secret.size()),
                      reinterpret_cast<const unsigned char*>(salt.data()),
                      static_cast<int>(salt.size()), rounds, kind, static_cast<int>(salted.size()),
                      reinterpret_cast<unsigned char*>(salted.data()));
    client = mac(kind, salted, "Client Key");
    server = mac(kind, salted, "Server Key");
  }
};

std::string part(std::string_view message, std::string_view name) {
  std::size_t at = 0;
  while (at < message.size()) {
    const std::size_t end = std::min(message.find(',', at), message.size());
    const std::string_view one = message.substr(at, end - at);
    if (one.starts_with(name)) return std::string(one.substr(name.size()));
    at = end + 1;
  }
  return "";
}

[[noreturn]] void refuse_login() {
  throw Failure(18, "AuthenticationFailed", "Authentication failed.");
}

Value payload(std::string_view text, bool done) {
  return Value::object({{"conversationId", Value::of(1)},
                        {"done", Value::of(done)},
                        {"payload", {.type = Type::binary, .text = base64(text), .options = "00"}},
                        {"ok", Value::of(1.0)}});
}

/// Binary, or text as the oldest drivers send it.
std::string payload_of(const Value& command) {
  const Value* const found = command.find("payload");
  return found == nullptr ? "" : found->text;
}

/// 16 bytes, or 28: drivers insist.
std::string salt_of(const std::string& mechanism, const Account& account) {
  return digest(EVP_sha256(), "salt of " + account.user)
      .substr(0, mechanism == "SCRAM-SHA-1" ? 16 : 28);
}

}  // namespace

const Account* Login::find(const std::string& user, const std::string& database) const {
  const auto found = std::ranges::find_if(
      accounts_, [&](const Account& a) { return a.user == user && a.database == database; });
  return found == accounts_.end() ? nullptr : &*found;
}

Value Login::start(const std::string& database, const Value& command,
                   Conversation& conversation) const {
  conversation = {.mechanism = command.string_at("mechanism"), .database = database};
  const std::string message = from_base64(payload_of(command));
  const std::size_t bare = message.find("n=");
  if (bare == std::string::npos) refuse_login();
  conversation.first = message.substr(bare);
  conversation.user = part(conversation.first, "n=");
  const Account* const account = find(conversation.user, database);
  if (account == nullptr ||
      std::ranges::find(account->mechanisms, conversation.mechanism) == account->mechanisms.end())
    refuse_login();
  std::string random(18, '\0');
  RAND_bytes(reinterpret_cast<unsigned char*>(random.data()), static_cast<int>(random.size()));
  conversation.nonce = part(conversation.first, "r=") + base64(random);
  conversation.challenge = fmt::format("r={},s={},i={}", conversation.nonce,
                                       base64(salt_of(conversation.mechanism, *account)), rounds);
  return payload(conversation.challenge, false);
}

Value Login::proceed(const Value& command, Conversation& conversation, std::string& user) const {
  const Account* const account = find(conversation.user, conversation.database);
  if (account == nullptr) refuse_login();
  if (conversation.proved) {
    user = account->user + "@" + account->database;
    return payload("", true);
  }
  const std::string message = from_base64(payload_of(command));
  const std::string unproved = message.substr(0, message.rfind(",p="));
  const Keys keys(conversation.mechanism, *account, salt_of(conversation.mechanism, *account));
  const std::string text = conversation.first + "," + conversation.challenge + "," + unproved;
  std::string proof = mac(keys.kind, digest(keys.kind, keys.client), text);
  for (std::size_t i = 0; i < proof.size(); ++i)
    proof[i] = static_cast<char>(proof[i] ^ keys.client[i]);
  if (part(message, "p=") != base64(proof) || part(message, "r=") != conversation.nonce)
    refuse_login();
  conversation.proved = true;
  return payload("v=" + base64(mac(keys.kind, keys.server, text)), false);
}

Value Login::answer(const std::string& name, const std::string& database, const Value& command,
                    Conversation& conversation, const std::string& certificate,
                    std::string& user) const {
  if (name == "saslStart") return start(database, command, conversation);
  if (name == "saslContinue") return proceed(command, conversation, user);
  if (command.string_at("mechanism") != "MONGODB-X509") refuse_login();
  const Account* const account = find(certificate, "$external");
  if (certificate.empty() || account == nullptr ||
      (command.find("user") != nullptr && command.string_at("user") != certificate))
    refuse_login();
  user = certificate + "@$external";
  return Value::object({{"dbname", Value::of("$external")},
                        {"user", Value::of(certificate)},
                        {"ok", Value::of(1.0)}});
}

void Login::change(const std::string& name, const std::string& database, const Value& command) {
  const std::string& user = command.fields.front().value.text;
  const auto there = std::ranges::find_if(
      accounts_, [&](const Account& a) { return a.user == user && a.database == database; });
  if (name == "createUser" && there != accounts_.end())
    throw Failure(51003, "Location51003", "User \"" + user + "@" + database + "\" already exists");
  if (name != "createUser" && there == accounts_.end())
    throw Failure(11, "UserNotFound", "User '" + user + "@" + database + "' not found");
  if (name == "dropUser") {
    accounts_.erase(there);
    return;
  }
  Account made = there == accounts_.end()
                     ? Account{.user = user, .password = "", .database = database}
                     : *there;
  if (command.find("pwd") != nullptr) made.password = command.string_at("pwd");
  if (const Value* roles = command.find("roles")) {
    made.roles.clear();
    for (const Field& f : roles->fields)
      made.roles.push_back(f.value.is_string()
                               ? f.value.text + "@" + database
                               : f.value.string_at("role") + "@" + f.value.string_at("db"));
  }
  if (there != accounts_.end())
    *there = made;
  else
    accounts_.push_back(made);
}

Value Login::mechanisms_of(const std::string& user) const {
  const std::size_t dot = user.find('.');
  const Account* const account =
      dot == std::string::npos ? nullptr : find(user.substr(dot + 1), user.substr(0, dot));
  Value out = Value::array({});
  if (account != nullptr)
    for (const std::string& one : account->mechanisms) out.push(Value::of(one));
  return out;
}

Value Login::listed() const {
  Value out = Value::array({});
  for (const Account& one : accounts_) {
    Value roles = Value::array({}), mechanisms = Value::array({});
    for (const std::string& role : one.roles) {
      const std::size_t at = role.rfind('@');
      roles.push(Value::object(
          {{"role", Value::of(role.substr(0, at))}, {"db", Value::of(role.substr(at + 1))}}));
    }
    for (const std::string& mechanism : one.mechanisms) mechanisms.push(Value::of(mechanism));
    out.push(Value::object({{"_id", Value::of(one.database + "." + one.user)},
                            {"user", Value::of(one.user)},
                            {"db", Value::of(one.database)},
                            {"roles", roles},
                            {"mechanisms", mechanisms}}));
  }
  return out;
}

namespace {

using Names = std::set<std::string, std::less<>>;

const Names free_for_all{"hello",       "isMaster",     "ismaster",     "ping",
                         "buildInfo",   "buildinfo",    "whatsmyuri",   "connectionStatus",
                         "saslStart",   "saslContinue", "authenticate", "logout",
                         "endSessions", "getMore",      "killCursors",  "refreshSessions"};
const Names reads{"find",        "count",           "distinct",  "aggregate",
                  "listIndexes", "listCollections", "collStats", "collstats",
                  "dbStats",     "dbstats",         "explain"};
const Names writes{"insert", "update", "delete", "findAndModify", "findandmodify"};
const Names definitions{"createIndexes",  "dropIndexes",      "collMod",     "create",
                        "drop",           "renameCollection", "validate",    "compact",
                        "planCacheClear", "profile",          "dropDatabase"};
const Names monitoring{"serverStatus", "top",           "hostInfo",         "getCmdLineOpts",
                       "getParameter", "getLog",        "replSetGetStatus", "replSetGetConfig",
                       "currentOp",    "connPoolStats", "listDatabases",    "getDefaultRWConcern",
                       "lockInfo",     "replSetGetRBID"};
const Names managing{"setParameter", "killOp", "fsync", "replSetStepDown", "killSessions"};

/// Stages that want a role of their own.
bool monitors(const Value& command) {
  const Value* const pipeline = command.find("pipeline");
  if (pipeline == nullptr || pipeline->fields.empty() || pipeline->fields[0].value.fields.empty())
    return false;
  const std::string& stage = pipeline->fields[0].value.fields[0].name;
  return stage == "$currentOp" || stage == "$indexStats" || stage == "$collStats" ||
         stage == "$planCacheStats" || stage == "$queryStats";
}

bool allows(const std::string& role, const std::string& on, const std::string& database,
            const std::string& name, const Value& command) {
  const bool here = on == database, everywhere = on == "admin";
  if (role == "root" || role == "__system") return true;
  if (role == "clusterMonitor" || role == "clusterAdmin") {
    const bool profile = name == "find" && command.fields.front().value.text == "system.profile";
    const bool inside = database == "local" || database == "config" || database == "admin";
    const bool lists = name == "collStats" || name == "dbStats" || name == "collstats" ||
                       (inside && reads.contains(name));
    if (monitoring.contains(name) || (name == "aggregate" && monitors(command)) || profile ||
        lists || name == "profile")
      return true;
    if (role == "clusterMonitor") return false;
  }
  if (role == "clusterAdmin" || role == "hostManager") return managing.contains(name);
  if (name == "aggregate" && monitors(command))
    return (role == "dbAdmin" && here) || (role == "dbAdminAnyDatabase" && everywhere);
  const bool reading = reads.contains(name);
  if (role == "read") return here && reading;
  if (role == "readAnyDatabase")
    return everywhere && database != "local" && database != "config" &&
           (reading || name == "listDatabases");
  const bool writing = writes.contains(name) || name == "createIndexes" || name == "dropIndexes" ||
                       name == "create" || name == "drop" || name == "collMod";
  if (role == "readWrite") return here && (reading || writing);
  if (role == "readWriteAnyDatabase")
    return everywhere && (reading || writing || name == "listDatabases");
  const bool lists = name == "listCollections" || name == "listIndexes" || name == "collStats" ||
                     name == "dbStats";
  if (role == "dbAdmin") return here && (definitions.contains(name) || lists);
  if (role == "dbAdminAnyDatabase")
    return everywhere && (definitions.contains(name) || lists || name == "listDatabases");
  return (role == "userAdmin" || role == "userAdminAnyDatabase") && name == "usersInfo";
}

}  // namespace

void Login::check(const std::string& user, const std::string& database, const std::string& name,
                  const Value& command, bool old) const {
  if (!wanted() || free_for_all.contains(name)) return;
  if (user.empty())
    throw Failure(13, "Unauthorized",
                  (old ? "command " : "Command ") + name + " requires authentication");
  const std::size_t at = user.rfind('@');
  const Account* const account = find(user.substr(0, at), user.substr(at + 1));
  if (account != nullptr)
    for (const std::string& role : account->roles) {
      const std::size_t split = role.rfind('@');
      if (allows(role.substr(0, split), role.substr(split + 1), database, name, command)) return;
    }
  throw Failure(13, "Unauthorized",
                "not authorized on " + database + " to execute command " + printed(command));
}

}  // namespace whet::testing::mongo
