// The script that makes a monitoring account.
#include "base/text.h"
#include "engine/mongodb/mongodb.h"

namespace whet::engine::mongodb {

namespace {

// Tried on MongoDB 7.0. Actions that a version does not know would make createRole fail; all of
// these are known from 4.4 on.
constexpr std::string_view head =
    R"(// An account for Whet: it sees all that Whet looks at, and changes nothing.
// Run it as an administrator: mongosh "mongodb://ADMINISTRATOR@HOST/admin" THIS_FILE
// It asks for the account's new password. Running it again renews the role.
const admin = db.getSiblingDB("admin");

// Server, operations, replica set, shards, log, sizes, use of indexes: clusterMonitor. The length of
// the oplog: local. What is below it lets the account read documents: Whet samples them for types and
// sizes (and keeps no values), and asks for plans, which the server gives to who may run the query.
)";

constexpr std::string_view role_body = R"(const reader = {
  privileges: [
{resources}    // Optional: accounts, their roles and ways to log in. Whet reads no hash, but the account could.
    // {resource: {cluster: true}, actions: ["viewUser"]},
  ],
  roles: [{role: "clusterMonitor", db: "admin"}, {role: "read", db: "local"}],
};
if (admin.getRole({role_name}) === null) {
  admin.createRole({role: {role_name}, ...reader});
} else {
  admin.updateRole({role_name}, reader);
}
if (admin.getUser({user}) === null) {
  admin.createUser({user: {user}, pwd: passwordPrompt(), roles: [{role: {role_name}, db: "admin"}]});
} else {
  admin.grantRolesToUser({user}, [{role: {role_name}, db: "admin"}]);
}
)";

constexpr std::string_view reading =
    R"(["find", "listCollections", "listIndexes", "collStats", "dbStats", "indexStats", "planCacheRead"])";

constexpr std::string_view changer = R"(
// 'whet optimize --apply' changes things: give it the URL of another account, which has this, too.
// It is a comment so that nobody gets it by chance.
/*
const changer = {
  privileges: [
{changes}    {resource: {cluster: true}, actions: ["setParameter", "killop"]},
    // From 8.0 on, for query settings:
    // {resource: {cluster: true}, actions: ["querySettings"]},
  ],
  roles: [{role: {role_name}, db: "admin"}],
};
admin.createRole({role: {changer_name}, ...changer});
admin.createUser({user: {changer_user}, pwd: passwordPrompt(), roles: [{role: {changer_name}, db: "admin"}]});
*/
)";

constexpr std::string_view changing =
    R"(["createIndex", "dropIndex", "collMod", "compact", "enableProfiler", "planCacheIndexFilter"])";

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= ' ') out += c;
  }
  return out + "\"";
}

std::string resources(const std::vector<std::string>& databases, std::string_view actions) {
  std::string out;
  const auto add = [&](const std::string& database) {
    out += "    {resource: {db: " + quoted(database) +
           ", collection: \"\"}, actions: " + std::string(actions) + "},\n";
  };
  if (databases.empty()) add("");
  for (const std::string& database : databases) add(database);
  return out;
}

}  // namespace

std::string grants_script(const std::string& user, const std::vector<std::string>& databases) {
  std::string out(head);
  if (databases.empty())
    out += "// '--database NAME' prints it for single databases. This one is for all.\n";
  out += role_body;
  out += changer;
  out = text::replace_all(out, "{resources}", resources(databases, reading));
  out = text::replace_all(out, "{changes}", resources(databases, changing));
  out = text::replace_all(out, "{role_name}", quoted(user + "Reader"));
  out = text::replace_all(out, "{changer_name}", quoted(user + "Changer"));
  out = text::replace_all(out, "{changer_user}", quoted(user + "-apply"));
  return text::replace_all(out, "{user}", quoted(user));
}

}  // namespace whet::engine::mongodb
