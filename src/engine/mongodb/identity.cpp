#include "engine/mongodb/identity.h"

#include "base/text.h"

namespace whet::engine::mongodb {

namespace {

using mql::Value;

/// A field of a reply as text; "" when it may not be read. An error only when the connection broke
/// or the user stopped it.
Result<std::string> field(Connection& connection, std::string_view database, const Value& command,
                          std::string_view path, const Progress* progress) {
  const auto reply = connection.command(database, command, progress);
  if (!reply) {
    const bool end = !connection.alive() || reply.error().kind == ErrorKind::interrupted;
    return end ? Result<std::string>(reply.error()) : Result<std::string>(std::string());
  }
  const Value* value = reply->at(path);
  return value == nullptr ? std::string() : value->text;
}

Value find_one(const char* collection) {
  return Value::object({{"find", Value::of(collection)}, {"limit", Value::of(1)}});
}

Result<std::string> id_of(Connection& connection, const Progress* progress) {
  if (connection.mongos())
    return field(connection, "config", find_one("version"), "cursor.firstBatch.0.clusterId",
                 progress);
  if (connection.identity().topology == "replica set")
    return field(connection, "admin", Value::object({{"replSetGetConfig", Value::of(1)}}),
                 "config.settings.replicaSetId", progress);
  // Each server has its own collection with a UUID from its first start on.
  const Value list =
      Value::object({{"listCollections", Value::of(1)},
                     {"filter", Value::object({{"name", Value::of("startup_log")}})}});
  return field(connection, "local", list, "cursor.firstBatch.0.info.uuid", progress);
}

}  // namespace

Result<std::string> identity_for_ledger(Connection& connection, const Progress* progress) {
  std::string id = WHET_TRY(id_of(connection, progress));
  const Identity& is = connection.identity();
  // A set's name and members stay the same at whichever member one asks.
  if (id.empty() && !is.set_name.empty())
    id = is.set_name + "|" + (is.members.empty() ? is.self : text::join(is.members, ","));
  if (id.empty()) id = is.self;
  return "mongodb-" + text::hash_hex(id);
}

}  // namespace whet::engine::mongodb
