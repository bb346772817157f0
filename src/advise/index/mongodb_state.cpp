// MongoDB's index builds: those that run, that wait for a member, that reached only some members,
// or were left half way to uniqueness.
#include <algorithm>

#include "advise/check.h"
#include "advise/index/mongodb_common.h"
#include "base/text.h"

namespace whet::advise {

namespace {

using model::Finding;
using model::GroupMember;
using model::Index;
using model::Severity;
using model::Table;

const model::RunningCommand* build_of(const Facts& facts, const Table& table) {
  const auto& running = facts.snapshot().activity.running;
  const auto at = std::find_if(running.begin(), running.end(), [&](const auto& command) {
    return (command.table == table.id || command.relation == table.qualified()) &&
           text::contains(text::lower(command.command), "index");
  });
  return at == running.end() ? nullptr : &*at;
}

/// Voting members that a commit quorum of "votingMembers" would wait for in vain.
std::vector<std::string> waited_for(const Facts& facts) {
  std::vector<std::string> out;
  for (const GroupMember* member : index_members(facts)) {
    if (member->votes > 0 && !member->healthy) out.push_back(member->name);
  }
  return out;
}

void building(const Facts& facts, std::vector<Finding>& out) {
  const std::vector<std::string> down = waited_for(facts);
  for (const Table* table : facts.user_tables()) {
    for (const Index& index : table->indexes) {
      if (!index.building) continue;
      const model::RunningCommand* command = build_of(facts, *table);
      Finding finding;
      finding.severity = down.empty() ? Severity::info : Severity::medium;
      finding.subject = index_subject(*table, index);
      finding.title = index.name + " is being built";
      if (!down.empty())
        finding.title += " and cannot be finished while " + text::join(down, ", ") +
                         (down.size() == 1 ? " is" : " are") + " away";
      finding.detail =
          down.empty()
              ? "Queries cannot use it yet; the build takes I/O and cache on every member."
              : "A build commits when every voting member has it (commitQuorum), and until then "
                "it keeps resources on the others and follows every write. Bring the member back, "
                "or lower the quorum with setIndexCommitQuorum, or abort it with dropIndexes.";
      finding.evidence = {key_evidence(index), fact("state", "building", "listIndexes, buildUUID")};
      if (command != nullptr) {
        finding.evidence.push_back(share("done", command->done_fraction, "currentOp.progress"));
        if (command->age_seconds)
          finding.evidence.push_back(time("since", *command->age_seconds, "currentOp"));
      }
      if (!down.empty()) {
        finding.evidence.push_back(
            fact("voting members away", text::join(down, ", "), "replSetGetStatus.members.health"));
        finding.changes = {
            manual("quorum/" + table->qualified() + "." + index.name,
                   "Let the build of " + index.name + " commit without the members that are away",
                   "db.getSiblingDB(\"" + table->schema +
                       "\").runCommand({setIndexCommitQuorum: \"" + table->name +
                       "\", indexNames: [\"" + index.name + "\"], commitQuorum: \"majority\"})")};
      }
      finding.references = {mongodb_manual(facts, "core/index-creation")};
      out.push_back(std::move(finding));
    }
  }
}

/// Members that have told of an index of the collection.
std::vector<std::string> members_of(const Table& table) {
  std::vector<std::string> out;
  for (const Index& index : table.indexes) {
    for (const model::MemberUse& use : index.members) out.push_back(use.member);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

void not_everywhere(const Facts& facts, std::vector<Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    const std::vector<std::string> members = members_of(*table);
    if (members.size() < 2) continue;
    for (const Index& index : table->indexes) {
      // The clustered index of a collection is no index to $indexStats.
      if (index.building || index.primary || index.members.empty()) continue;
      std::vector<std::string> lacking;
      for (const std::string& member : members) {
        if (std::none_of(index.members.begin(), index.members.end(),
                         [&](const model::MemberUse& use) { return use.member == member; }))
          lacking.push_back(member);
      }
      if (lacking.empty()) continue;
      Finding finding;
      finding.severity = index.unique ? Severity::high : Severity::medium;
      finding.subject = index_subject(*table, index);
      finding.title = index.name + " is not on " + text::join(lacking, ", ");
      finding.detail =
          std::string(
              "The other members have it. A rolling build that was not finished, or a "
              "command on one shard only, leaves such a difference: queries there read "
              "the whole collection") +
          (index.unique ? ", and duplicates get in." : ".");
      finding.evidence = {
          key_evidence(index),
          count("members that have it", static_cast<std::int64_t>(index.members.size()),
                "$indexStats.host"),
          fact("members that have other indexes of the collection and not this one",
               text::join(lacking, ", "), "$indexStats.host")};
      finding.changes = {manual("create/" + table->qualified() + "." + index.name,
                                "Create " + index.name + " where it is missing",
                                mongosh_create(*table, index))};
      finding.references = {mongodb_manual(facts, "core/index-creation"),
                            mongodb_manual(facts, "tutorial/manage-indexes")};
      out.push_back(std::move(finding));
    }
  }
}

void prepare_unique(const Facts& facts, std::vector<Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    for (const Index& index : table->indexes) {
      if (index.unique || !index_flag(index, "prepareUnique")) continue;
      Finding finding;
      finding.severity = Severity::low;
      finding.subject = index_subject(*table, index);
      finding.title = index.name + " refuses new duplicates but was never made unique";
      finding.detail =
          "prepareUnique is the first half of collMod's way to a unique index. New duplicates are "
          "refused, old ones stay, and no query may rely on it. Finish it, or take it back with "
          "prepareUnique: false.";
      finding.evidence = {key_evidence(index), fact("prepareUnique", "true", "listIndexes"),
                          size_evidence(index)};
      finding.changes = {manual(
          "unique/" + table->qualified() + "." + index.name, "Make " + index.name + " unique",
          "db.getSiblingDB(\"" + table->schema + "\").runCommand({collMod: \"" + table->name +
              "\", index: {name: \"" + index.name + "\", unique: true}})")};
      finding.references = {mongodb_manual(facts, "core/index-unique/convert-to-unique")};
      out.push_back(std::move(finding));
    }
  }
}

const Register builds{{.id = "index.building",
                       .area = Area::index,
                       .severity = Severity::medium,
                       .engines = mongodb,
                       .summary = "An index is being built, or waits for a member to commit",
                       .why = "It costs every member, and no query can use it yet.",
                       .guards = "none: the server itself says so; graver only while a voting "
                                 "member is away",
                       .source = "MongoDB manual, Index Builds on Populated Collections "
                                 "(commitQuorum)"},
                      building};
const Register partial_set{{.id = "index.not_on_every_member",
                            .area = Area::index,
                            .severity = Severity::high,
                            .engines = mongodb,
                            .summary = "An index that only some members or shards have",
                            .why = "Queries on the others read whole collections; a unique one "
                                   "does not keep its word.",
                            .privileges = "indexStats on the collections (role clusterMonitor)",
                            .guards = "_id, builds that run, members that told of no index of "
                                      "the collection",
                            .source = "MongoDB manual, Find Inconsistent Indexes Across Shards; "
                                      "the bound that health checks of the field take"},
                           not_everywhere};
const Register half{{.id = "index.prepare_unique",
                     .area = Area::index,
                     .severity = Severity::low,
                     .engines = mongodb,
                     .summary = "An index was prepared to be unique and left so",
                     .why = "Old duplicates stay, and nobody may rely on uniqueness.",
                     .guards = "unique ones",
                     .source = "MongoDB manual, Convert an Existing Index to a Unique Index"},
                    prepare_unique};

}  // namespace
}  // namespace whet::advise
