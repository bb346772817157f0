#include "engine/mongodb/replication_parts.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/text.h"

namespace whet::engine::mongodb {

namespace {

constexpr double millisecond = 1e-3;

/// The elements of an array; none for anything else.
const std::vector<mql::Field>& elements(const mql::Value* value) {
  static const std::vector<mql::Field> none;
  return value != nullptr && value->is_array() ? value->fields : none;
}

std::string tags_of(const mql::Value* tags) {
  std::vector<std::string> parts;
  if (tags != nullptr && tags->is_object()) {
    for (const auto& tag : tags->fields) parts.push_back(tag.name + ": " + tag.value.text);
  }
  return text::join(parts, ", ");
}

void add_config(model::GroupMember& member, const mql::Value& config) {
  member.arbiter = config.flag_at("arbiterOnly");
  member.hidden = config.flag_at("hidden");
  member.priority = config.number_at("priority", 1);
  member.votes = config.integer_at("votes", 1);
  // The name up to 4.4, and the later one.
  member.delay_seconds = config.number_at("secondaryDelaySecs", config.number_at("slaveDelay"));
  member.tags = tags_of(config.find("tags"));
  member.builds_indexes = config.flag_at("buildIndexes", true);
}

void add_status(model::GroupMember& member, const mql::Value& status) {
  member.state = status.string_at("stateStr");
  if (member.state == "PRIMARY" || member.state == "SECONDARY") member.role = member.state;
  member.self = status.flag_at("self");
  member.healthy = status.number_at("health") > 0;
  member.sync_source = status.string_at("syncSourceHost", status.string_at("syncingTo"));
}

/// What the others are behind of: the primary, or while there is none who is furthest.
double furthest(const mql::Value& status) {
  double primary = 0, latest = 0;
  for (const auto& field : elements(status.find("members"))) {
    const double at = time_of(field.value.find("optimeDate"));
    latest = std::max(latest, at);
    if (field.value.string_at("stateStr") == "PRIMARY") primary = at;
  }
  return primary > 0 ? primary : latest;
}

bool majority_of_data(const std::vector<model::GroupMember>& members) {
  std::int64_t voting = 0, data = 0, arbiters = 0;
  for (const auto& member : members) {
    voting += member.votes;
    arbiters += member.arbiter ? 1 : 0;
    if (!member.arbiter) data += member.votes;
  }
  // Manual, "Implicit Default Write Concern".
  return arbiters == 0 || data > voting / 2 + 1;
}

}  // namespace

double time_of(const mql::Value* value) {
  if (value == nullptr) return 0;
  if (value->type == mql::Type::date) return static_cast<double>(value->integer) * millisecond;
  constexpr unsigned increment_bits = 32;
  if (value->type == mql::Type::timestamp)
    return static_cast<double>(static_cast<std::uint64_t>(value->integer) >> increment_bits);
  return 0;
}

std::vector<model::GroupMember> members_of(const mql::Value& status, const mql::Value& config) {
  std::vector<model::GroupMember> members;
  for (const auto& field : elements(config.at("config.members"))) {
    model::GroupMember member;
    member.name = field.value.string_at("host");
    add_config(member, field.value);
    members.push_back(std::move(member));
  }
  const double front = furthest(status);
  for (const auto& field : elements(status.find("members"))) {
    const std::string name = field.value.string_at("name");
    auto at = std::find_if(members.begin(), members.end(),
                           [&](const auto& member) { return member.name == name; });
    if (at == members.end()) {
      members.emplace_back().name = name;
      at = members.end() - 1;
      at->arbiter = field.value.string_at("stateStr") == "ARBITER";
    }
    add_status(*at, field.value);
    // One that is down has no time of its own.
    const double applied = time_of(field.value.find("optimeDate"));
    if (applied > 0 && at->healthy && !at->arbiter)
      at->lag_seconds = std::max(0.0, front - applied);
  }
  return members;
}

model::ReplicaSet set_of(const mql::Value& status, const mql::Value& config) {
  model::ReplicaSet set;
  set.name = config.string_at("config._id", status.string_at("set"));
  set.config_version = config.integer_at("config.version");
  set.term = status.integer_at("term", config.integer_at("config.term"));
  set.heartbeat_seconds = config.number_at("config.settings.heartbeatIntervalMillis") * millisecond;
  set.election_timeout_seconds =
      config.number_at("config.settings.electionTimeoutMillis") * millisecond;
  set.chaining = config.flag_at("config.settings.chainingAllowed");
  set.majority_journaled = config.flag_at("config.writeConcernMajorityJournalDefault");
  const double now = time_of(status.find("date"));
  for (const auto& field : elements(status.find("members"))) {
    const double elected = time_of(field.value.find("electionDate"));
    if (field.value.string_at("stateStr") == "PRIMARY" && elected > 0 && now > 0)
      set.primary_age_seconds = std::max(0.0, now - elected);
  }
  return set;
}

void add_concerns(model::ReplicaSet& set, const mql::Value& reply,
                  const std::vector<model::GroupMember>& members, std::int64_t version) {
  constexpr std::int64_t majority_since = 50000;
  set.implicit_write_concern =
      version >= majority_since && majority_of_data(members) ? "majority" : "1";
  const bool implicit_read = reply.string_at("defaultReadConcernSource") == "implicit";
  const bool implicit_write = reply.string_at("defaultWriteConcernSource") == "implicit";
  if (!implicit_read) set.default_read_concern = reply.string_at("defaultReadConcern.level");
  const mql::Value* write = reply.find("defaultWriteConcern");
  if (write != nullptr && !implicit_write) set.default_write_concern = mql::relaxed_json(*write);
  if (write != nullptr && implicit_write) {
    const std::string word = write->string_at("w");
    set.implicit_write_concern = word.empty() ? std::to_string(write->integer_at("w", 1)) : word;
  }
}

model::BinaryLogs oplog_of(const mql::Value& stats, const mql::Value& first, double now) {
  model::BinaryLogs logs;
  logs.enabled = true;
  logs.files = 1;
  logs.bytes = stats.integer_at("storageStats.size");
  logs.max_bytes = stats.integer_at("storageStats.maxSize");
  const double oldest = time_of(first.find("ts"));
  if (oldest > 0) logs.oldest_age_seconds = std::max(0.0, now - oldest);
  return logs;
}

}  // namespace whet::engine::mongodb
