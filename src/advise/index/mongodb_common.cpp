#include "advise/index/mongodb_common.h"

#include <algorithm>

#include "base/text.h"
#include "base/whole.h"

namespace whet::advise {

using model::Change;
using model::Index;
using model::Table;

std::int64_t documents_written(const Table& table) {
  return std::max(table.total.inserts + table.total.updates + table.total.deletes,
                  table.total.writes);
}

std::int64_t mongodb_uses(const Index& index) {
  std::int64_t sum = 0;
  for (const model::MemberUse& member : index.members) sum += member.scans;
  return std::max(sum, index.total.scans);
}

std::vector<const model::GroupMember*> index_members(const Facts& facts) {
  const auto& all = facts.snapshot().replication.members;
  const bool said = std::any_of(all.begin(), all.end(),
                                [](const model::GroupMember& m) { return m.builds_indexes; });
  std::vector<const model::GroupMember*> out;
  for (const model::GroupMember& member : all) {
    if (member.arbiter || member.state == "ARBITER" || member.state == "REMOVED") continue;
    if (said && !member.builds_indexes) continue;
    out.push_back(&member);
  }
  return out;
}

namespace {

bool told(const Index& index, const model::GroupMember& member) {
  return std::any_of(index.members.begin(), index.members.end(), [&](const model::MemberUse& use) {
    // A standalone's or the target's own count may come without a name.
    return use.member == member.name || (use.member.empty() && member.self);
  });
}

// "rs0/db1:27017,db2:27017" names the members of a shard.
bool shard_told(const Index& index, const model::Shard& shard) {
  return std::any_of(index.members.begin(), index.members.end(), [&](const model::MemberUse& use) {
    return use.member == shard.name || text::contains(shard.host, use.member);
  });
}

}  // namespace

SeenUse seen_use(const Facts& facts, const Index& index) {
  SeenUse seen;
  seen.members = index.members.size();
  seen.scans = mongodb_uses(index);
  seen.age_seconds = index.members.empty() ? facts.history_seconds() : 0;
  for (std::size_t i = 0; i < index.members.size(); ++i) {
    const double age = index.members[i].age_seconds;
    seen.age_seconds = i == 0 ? age : std::min(seen.age_seconds, age);
  }
  const auto& replication = facts.snapshot().replication;
  for (const model::GroupMember* member : index_members(facts)) {
    if (!told(index, *member)) seen.unasked.push_back(member->name);
  }
  if (replication.sharding) {
    for (const model::Shard& shard : replication.sharding->shards) {
      if (!shard.reached && !shard_told(index, shard)) seen.unasked.push_back(shard.name);
    }
  }
  return seen;
}

bool SeenUse::certain(const Facts& facts) const {
  if (age_seconds < facts.policy().min_history_seconds) return false;
  return unasked.empty() || facts.policy().all_nodes_seen;
}

std::string SeenUse::doubt(const Facts& facts) const {
  if (!unasked.empty() && !facts.policy().all_nodes_seen)
    return text::join(unasked, ", ") + " did not tell, and each member counts its own reads";
  if (age_seconds < facts.policy().min_history_seconds)
    return "the counters begin anew with each start of a member: wait until each has counted " +
           text::duration(facts.policy().min_history_seconds);
  return "";
}

std::vector<model::Evidence> use_evidence(const SeenUse& use) {
  std::vector<model::Evidence> out = {
      count("uses", use.scans, "$indexStats.accesses.ops, all members"),
      time("counted for at least", use.age_seconds, "$indexStats.accesses.since, youngest"),
      count("members that told", static_cast<std::int64_t>(use.members), "$indexStats.host")};
  if (!use.unasked.empty())
    out.push_back(fact("members that did not tell", text::join(use.unasked, ", "),
                       "replSetGetStatus, listShards"));
  return out;
}

bool is_hinted(const Facts& facts, const Table& table, const Index& index) {
  const std::string key = mongosh_key(index);
  const auto& statements = facts.snapshot().workload.statements;
  return std::any_of(statements.begin(), statements.end(), [&](const model::Statement& statement) {
    if (statement.own || !text::contains(statement.text, table.name)) return false;
    const std::size_t at = statement.text.find("hint");
    if (at == std::string::npos) return false;
    const std::string_view rest = std::string_view(statement.text).substr(at);
    return text::contains(rest, "\"" + index.name + "\"") || text::contains(rest, key);
  });
}

std::string index_words(const Table& table, const Index& index) {
  return index.name + " on " + table.qualified() + " (" + mongosh_key(index) + ")";
}

namespace {

Change change_of(const Table& table, const Index& index) {
  Change change;
  change.action.schema = table.schema;
  change.action.table = table.name;
  change.action.name = index.name;
  change.action.index = index;
  return change;
}

}  // namespace

Change create_mongodb_index(const Table& table, const Index& index, double bytes,
                            std::string_view reason) {
  Index plain = index;
  plain.name.clear();
  const std::string options = mongosh_options(plain);
  const std::string words = mongosh_key(index) + (options.empty() ? "" : ", " + options);
  Change change = change_of(table, index);
  change.id = "create_index/" + table.qualified() + " " + words;
  change.summary = "Create index on " + table.qualified() + " " + words;
  change.reason = reason;
  change.action.kind = model::ActionKind::create_index;
  change.risk = model::Risk::low;
  change.locks = "exclusive on " + table.name +
                 " for a moment at its begin and end: reads and writes go on during the build";
  change.preconditions = {"free disk for the new index (" + text::bytes(bytes) +
                              " estimated) and as much again for sorting, on every member",
                          "no index with this key has been made meanwhile"};
  change.disk_bytes = to_whole(bytes);
  return change;
}

Change drop_mongodb_index(const Table& table, const Index& index, std::string_view reason) {
  Change change = change_of(table, index);
  change.id = "drop_index/" + table.qualified() + "." + index.name;
  change.summary = "Drop index " + index_words(table, index);
  change.reason = reason;
  change.action.kind = model::ActionKind::drop_index;
  change.risk = model::Risk::medium;
  change.preconditions = {"the index still has the same definition", "no query names it in a hint"};
  return change;
}

Change retire_mongodb_index(const Facts& facts, const Table& table, const Index& index,
                            std::string_view reason) {
  if (is_hinted(facts, table, index)) {
    Change change = manual("unhint/" + table.qualified() + "." + index.name,
                           "Take " + index.name + " out of the queries' hints, then drop it",
                           mongosh_drop(table, index));
    change.reason = std::string(reason) + "; a query asks for it by name and would fail without it";
    return change;
  }
  if (!mongodb_since(facts, 4, 4)) return drop_mongodb_index(table, index, reason);
  Change change = change_of(table, index);
  change.id = "hide_index/" + table.qualified() + "." + index.name;
  change.summary = "Hide index " + index_words(table, index);
  change.reason = reason;
  change.action.kind = model::ActionKind::hide_index;
  change.risk = model::Risk::low;
  change.preconditions = {"no query names it in a hint (a hint on a hidden index is an error)"};
  return change;
}

model::Evidence key_evidence(const Index& index) {
  return fact("key", mongosh_key(index), "listIndexes");
}

model::Evidence size_evidence(const Index& index) {
  return size("size", static_cast<double>(index.size_bytes), "$collStats.storageStats.indexSizes");
}

}  // namespace whet::advise
