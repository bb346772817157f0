// MongoDB: the members of a replica set: who is up, who votes, who lags, who could take over.
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "advise/build.h"
#include "advise/mongodb_facts.h"
#include "advise/status.h"
#include "base/text.h"

namespace whet::advise::replica {
namespace {

using model::Finding;
using model::GroupMember;
using model::Severity;

constexpr std::string_view status_source = "replSetGetStatus";
constexpr std::string_view config_source = "replSetGetConfig";

const std::vector<GroupMember>& members(const Facts& facts) {
  return facts.snapshot().replication.members;
}

model::Subject member_subject(const GroupMember& member) {
  return named(model::SubjectKind::replica, member.name);
}

bool bears_data(const GroupMember& member) { return !member.arbiter; }
bool electable(const GroupMember& member) {
  return bears_data(member) && member.priority.value_or(0) > 0;
}

template <class Is>
std::int64_t how_many(const Facts& facts, const Is& is) {
  return std::count_if(members(facts).begin(), members(facts).end(), is);
}

bool knows_config(const Facts& facts) {
  return is_replica_set(facts) &&
         how_many(facts, [](const GroupMember& one) { return one.votes > 0; }) > 0;
}

model::Change reconfigure(std::string_view id, std::string_view summary, std::string_view step) {
  return manual(id, summary, fmt::format("cfg = rs.conf(); {}; rs.reconfig(cfg)", step));
}

void standalone(const Facts& facts, std::vector<Finding>& out) {
  if (facts.server().topology != "standalone") return;
  Finding finding = finding_of(
      Severity::low, server_subject(), "The server is not a member of a replica set",
      "When it fails, nobody takes over, and what was written since the last backup is lost with "
      "its disk. Transactions, change streams and rolling maintenance need a replica set, too. For "
      "a developer's machine this is fine.");
  finding.evidence = {fact("topology", "standalone", "hello")};
  finding.references = {mongodb_manual(facts, "tutorial/convert-standalone-to-replica-set")};
  out.push_back(std::move(finding));
}

void no_primary(const Facts& facts, std::vector<Finding>& out) {
  if (!is_replica_set(facts) || members(facts).empty()) return;
  const bool there = std::any_of(members(facts).begin(), members(facts).end(),
                                 [](const GroupMember& one) { return one.role == "PRIMARY"; });
  if (there) return;
  Finding finding =
      finding_of(Severity::critical, server_subject(), "The replica set has no primary",
                 "No write is accepted, and reads go to secondaries only. A majority of the voting "
                 "members must be up and reach each other.");
  for (const GroupMember& one : members(facts)) {
    finding.evidence.push_back(fact(one.name, one.state, status_source));
  }
  finding.impact.outage_risk = 1;
  out.push_back(std::move(finding));
}

// STARTUP2 and RECOVERING are states that pass; ROLLBACK too, and it loses writes.
void member_unhealthy(const Facts& facts, std::vector<Finding>& out) {
  const std::set<std::string> well{"PRIMARY", "SECONDARY", "ARBITER"};
  constexpr std::string_view unreachable = "(not reachable/healthy)";  // the server's words
  for (const GroupMember& one : members(facts)) {
    if (!is_replica_set(facts) || well.contains(one.state)) continue;
    const bool passing =
        one.state == "STARTUP2" || one.state == "RECOVERING" || one.state == "STARTUP";
    Finding finding = finding_of(
        passing ? Severity::medium : Severity::high, member_subject(one),
        one.state == unreachable ? fmt::format("Member {} cannot be reached", one.name)
                                 : fmt::format("Member {} is {}", one.name, one.state),
        passing ? "It copies or catches up, or waits for it: until it is a SECONDARY the set has "
                  "one copy less. Its log says how far it is."
                : "The set goes on with fewer copies, and perhaps without a spare vote: the next "
                  "failure may stop all writes.");
    finding.evidence = {
        fact("state", one.state, "replSetGetStatus.members[].stateStr"),
        fact("health", one.healthy ? "1" : "0", "replSetGetStatus.members[].health")};
    finding.impact.outage_risk = passing ? 0.1 : 0.4;
    out.push_back(std::move(finding));
  }
}

// A delayed member is behind on purpose; a hidden one serves reports, where minutes do no harm.
void lag(const Facts& facts, std::vector<Finding>& out) {
  constexpr double noticed = 10, long_lag = 300;
  if (!is_replica_set(facts)) return;
  for (const GroupMember& one : members(facts)) {
    if (!one.lag_seconds || one.state != "SECONDARY") continue;
    const double behind = *one.lag_seconds - one.delay_seconds;
    if (behind < noticed) continue;
    Finding finding = finding_of(
        behind >= long_lag ? Severity::high : Severity::medium, member_subject(one),
        fmt::format("Member {} is {} behind", one.name, text::duration(behind)),
        "Reads from it are that old, w: \"majority\" may wait for it, and if the oplog rolls over "
        "before it catches up it must be copied anew. Look at its disk and cache, at long "
        "operations on it, and at index builds.");
    finding.evidence = {time("behind the primary", *one.lag_seconds, "replSetGetStatus optimeDate"),
                        time("wanted delay", one.delay_seconds, "secondaryDelaySecs")};
    if (!one.sync_source.empty()) {
      finding.evidence.push_back(fact("syncs from", one.sync_source, "syncSourceHost"));
    }
    finding.impact.outage_risk = behind >= long_lag ? 0.3 : 0.1;
    finding.references = {mongodb_manual(facts, "tutorial/troubleshoot-replica-sets")};
    out.push_back(std::move(finding));
  }
}

void voters(const Facts& facts, std::vector<Finding>& out) {
  if (!knows_config(facts)) return;
  std::int64_t votes = 0;
  for (const GroupMember& one : members(facts)) votes += one.votes;
  if (votes % 2 != 0) return;
  Finding finding = finding_of(
      Severity::medium, server_subject(),
      fmt::format("The replica set has an even number of votes: {}", votes),
      fmt::format("With {} votes a majority is {}: the set survives the loss of {}, no more than "
                  "with one vote less; and a network that splits it in halves leaves no primary. "
                  "Take one member's vote away, or add a member.",
                  votes, votes / 2 + 1, votes - votes / 2 - 1));
  finding.evidence = {
      count("votes", votes, "replSetGetConfig.members[].votes"),
      count("members", static_cast<std::int64_t>(members(facts).size()), config_source)};
  finding.changes.push_back(reconfigure("replica.even_votes", "Take the vote of one member away",
                                        "cfg.members[N].votes = 0; cfg.members[N].priority = 0"));
  finding.references = {mongodb_manual(facts, "core/replica-set-architectures")};
  out.push_back(std::move(finding));
}

void few_copies(const Facts& facts, std::vector<Finding>& out) {
  constexpr std::int64_t wanted = 3;
  if (!knows_config(facts)) return;
  const std::int64_t copies = how_many(facts, bears_data);
  if (copies >= wanted) return;
  const std::int64_t arbiters = how_many(facts, [](const GroupMember& one) { return one.arbiter; });
  Finding finding = finding_of(
      copies < 2 ? Severity::medium : Severity::low, server_subject(),
      fmt::format("The replica set has {} of the data{}",
                  copies == 1 ? "one copy" : fmt::format("{} copies", copies),
                  arbiters > 0 ? " and an arbiter" : ""),
      arbiters > 0
          ? "When one data-bearing member is down, no majority of copies is left: writes with w: "
            "\"majority\" wait, the cache fills with history, and a second failure loses data. A "
            "third data-bearing member instead of the arbiter has none of that."
          : "The loss of one member leaves no spare, or no primary at all. Three members that bear "
            "data are the least for production.");
  finding.evidence = {count("data-bearing members", copies, config_source),
                      count("arbiters", arbiters, "replSetGetConfig.members[].arbiterOnly")};
  finding.impact.outage_risk = copies < 2 ? 0.3 : 0.1;
  finding.references = {mongodb_manual(facts, "core/replica-set-architecture-three-members")};
  out.push_back(std::move(finding));
}

void no_successor(const Facts& facts, std::vector<Finding>& out) {
  if (!knows_config(facts) || how_many(facts, bears_data) < 2) return;
  if (how_many(facts, electable) >= 2) return;
  Finding finding = finding_of(
      Severity::high, server_subject(), "No other member may become primary",
      "All others have priority 0: when the primary fails, or steps down for maintenance, the set "
      "takes no writes.");
  for (const GroupMember& one : members(facts)) {
    finding.evidence.push_back(number("priority of " + one.name, one.priority.value_or(0),
                                      "replSetGetConfig.members[].priority"));
  }
  finding.impact.outage_risk = 0.4;
  finding.changes.push_back(reconfigure("replica.no_successor", "Let a second member take over",
                                        "cfg.members[N].priority = 0.5"));
  out.push_back(std::move(finding));
}

// A majority that counts a member which is hours behind waits for hours.
void delayed_voter(const Facts& facts, std::vector<Finding>& out) {
  if (!knows_config(facts)) return;
  for (const GroupMember& one : members(facts)) {
    if (one.delay_seconds <= 0 || one.votes == 0) continue;
    Finding finding = finding_of(
        Severity::low, member_subject(one),
        fmt::format("The delayed member {} has a vote", one.name),
        "Its copy counts for no majority before its delay is over: when one other member fails, "
        "writes with w: \"majority\" wait that long. Without a vote it does its duty as well.");
    finding.evidence = {time("delay", one.delay_seconds, "secondaryDelaySecs"),
                        count("votes", one.votes, "replSetGetConfig.members[].votes")};
    finding.changes.push_back(reconfigure("replica.delayed_voter/" + one.name, "Take its vote away",
                                          "cfg.members[N].votes = 0"));
    out.push_back(std::move(finding));
  }
}

void version_skew(const Facts& facts, std::vector<Finding>& out) {
  std::map<std::string, std::string> versions;  // version, a member of it
  for (const GroupMember& one : members(facts)) {
    if (!one.version.empty()) versions.emplace(one.version, one.name);
  }
  if (!is_replica_set(facts) || versions.size() < 2) return;
  Finding finding =
      finding_of(Severity::low, server_subject(), "The members run different versions",
                 "That is right during an upgrade, and only then: finish it, and set the feature "
                 "compatibility version afterwards.");
  for (const auto& [version, member] : versions) {
    finding.evidence.push_back(fact("version of " + member, version, "buildInfo on each member"));
  }
  out.push_back(std::move(finding));
}

void local_name(const Facts& facts, std::vector<Finding>& out) {
  if (members(facts).size() < 2 || !is_replica_set(facts)) return;
  const auto is_local = [](const GroupMember& one) {
    return one.name.starts_with("localhost:") || one.name.starts_with("127.");
  };
  const std::int64_t local = how_many(facts, is_local);
  // All on one machine is somebody's test, and works.
  if (local == 0 || local == static_cast<std::int64_t>(members(facts).size())) return;
  Finding finding = finding_of(
      Severity::high, server_subject(), "A member of the set is called localhost",
      "Other members and clients on other machines reach themselves by that name, not the member. "
      "Give it a name that resolves everywhere.");
  for (const GroupMember& one : members(facts)) {
    finding.evidence.push_back(fact("member", one.name, "replSetGetConfig.members[].host"));
  }
  finding.impact.outage_risk = 0.3;
  out.push_back(std::move(finding));
}

void one_data_centre(const Facts& facts, std::vector<Finding>& out) {
  std::set<std::string> places;
  for (const GroupMember& one : members(facts)) {
    if (!bears_data(one)) continue;
    std::string place;
    for (const auto& tag : text::split(one.tags, ',')) {
      const std::string trimmed = text::lower(text::trim(tag));
      for (const std::string_view name :
           {"dc:", "datacenter:", "region:", "zone:", "az:", "rack:"}) {
        if (trimmed.starts_with(name)) place += trimmed + " ";
      }
    }
    if (place.empty()) return;  // not everybody says where it is
    places.insert(place);
  }
  if (!knows_config(facts) || places.size() != 1 || how_many(facts, bears_data) < 2) return;
  Finding finding = finding_of(
      Severity::low, server_subject(),
      fmt::format("All members are in one place: {}", text::trim(*places.begin())),
      "Its power or network takes the whole set down. A member elsewhere, with a lower priority, "
      "keeps a copy; with three places a primary, too.");
  finding.evidence = {fact("place of all data-bearing members", text::trim(*places.begin()),
                           "replSetGetConfig.members[].tags")};
  finding.references = {
      mongodb_manual(facts, "core/replica-set-architecture-geographically-distributed")};
  out.push_back(std::move(finding));
}

void no_indexes(const Facts& facts, std::vector<Finding>& out) {
  if (!knows_config(facts)) return;
  for (const GroupMember& one : members(facts)) {
    if (one.builds_indexes || one.arbiter || one.votes == 0) continue;
    Finding finding = finding_of(
        Severity::low, member_subject(one), fmt::format("Member {} builds no indexes", one.name),
        "It can never serve queries well nor become primary, and that cannot be changed: only a "
        "member that is added anew builds them.");
    finding.evidence = {fact("buildIndexes", "false", config_source)};
    out.push_back(std::move(finding));
  }
}

void idle_secondaries(const Facts& facts, std::vector<Finding>& out) {
  constexpr std::int64_t busy = 1000;
  const GroupMember* primary = nullptr;
  std::int64_t others = 0, reads = 0, asked = 0;
  for (const GroupMember& one : members(facts)) {
    if (one.role == "PRIMARY") primary = &one;
    if (one.state != "SECONDARY" || one.hidden) continue;
    ++others;
    asked += one.reached ? 1 : 0;
    reads += one.reads;
  }
  if (primary == nullptr || others == 0 || asked != others) return;
  const double window = facts.snapshot().window_seconds;
  if (window <= 0 || static_cast<double>(primary->reads) < busy * window) return;
  if (static_cast<double>(reads) > 0.02 * static_cast<double>(primary->reads)) return;
  Finding finding = finding_of(
      Severity::info, server_subject(), "All reads go to the primary",
      "The secondaries serve none. Reads that may be some seconds old (reports, searches, lists) "
      "could go there with readPreference secondaryPreferred and maxStalenessSeconds. Mind that "
      "after a failure the remaining members must carry all of it.");
  finding.evidence = {
      number("reads a second on the primary", static_cast<double>(primary->reads) / window,
             "serverStatus.opcounters"),
      number("on all secondaries", static_cast<double>(reads) / window, "serverStatus.opcounters")};
  finding.references = {mongodb_manual(facts, "core/read-preference")};
  out.push_back(std::move(finding));
}

constexpr std::string_view status_role = "clusterMonitor (replSetGetStatus)";
constexpr std::string_view config_role = "clusterMonitor (replSetGetConfig)";

const Register registered_standalone{
    mongodb_check(Area::replica, "replica.standalone", Severity::low, "The server stands alone",
                  "No failover, no second copy, no change streams.", "", "none: the server says so",
                  "MongoDB manual, Production Notes"),
    standalone};
const Register registered_primary{
    mongodb_check(Area::replica, "replica.no_primary", Severity::critical,
                  "The replica set has no primary", "Nothing can be written.", status_role,
                  "none: the members say so", "MongoDB manual, Replica Set Elections"),
    no_primary};
const Register registered_unhealthy{
    mongodb_check(Area::replica, "replica.member_unhealthy", Severity::high,
                  "A member of the set is down or not ready", "The set has one copy and vote less.",
                  status_role, "PRIMARY, SECONDARY and ARBITER are well",
                  "MongoDB manual, Replica Set Member States"),
    member_unhealthy};
const Register registered_lag{
    mongodb_check(Area::replica, "replica.lag", Severity::high, "A member lags behind the primary",
                  "Its reads are old, majority writes wait, and it may have to be copied anew.",
                  status_role,
                  "10 seconds beyond a wanted delay; heartbeats make it exact to about 2 seconds",
                  "MongoDB manual, Troubleshoot Replica Sets; PMM's threshold"),
    lag};
const Register registered_voters{
    mongodb_check(Area::replica, "replica.even_votes", Severity::medium,
                  "The set has an even number of votes",
                  "A split in halves leaves no primary, and the spare vote buys nothing.",
                  config_role, "members without a vote do not count",
                  "MongoDB manual, Replica Set Deployment Architectures"),
    voters};
const Register registered_copies{
    mongodb_check(Area::replica, "replica.few_copies", Severity::medium,
                  "The set has fewer than three members with data",
                  "One failure leaves no spare; with an arbiter majority writes wait.", config_role,
                  "arbiters hold no copy", "MongoDB manual, Three Member Replica Sets"),
    few_copies};
const Register registered_successor{
    mongodb_check(Area::replica, "replica.no_successor", Severity::high,
                  "Only one member may become primary", "Its failure stops all writes.",
                  config_role, "sets of one member",
                  "MongoDB manual, Priority 0 Replica Set Members"),
    no_successor};
const Register registered_delayed{
    mongodb_check(Area::replica, "replica.delayed_voter", Severity::low, "A delayed member votes",
                  "Majority writes may wait for its delay.", config_role, "members without a vote",
                  "MongoDB manual, Delayed Replica Set Members"),
    delayed_voter};
const Register registered_skew{
    mongodb_check(Area::replica, "replica.version_skew", Severity::low,
                  "The members run different versions", "An upgrade was not finished.",
                  "each member reachable", "none", "MongoDB manual, Upgrade a Replica Set"),
    version_skew};
const Register registered_local{
    mongodb_check(Area::replica, "replica.local_member_name", Severity::high,
                  "A member is called localhost", "Nobody else reaches it.", config_role,
                  "sets that are on one machine as a whole",
                  "MongoDB manual, Deploy a Replica Set"),
    local_name};
const Register registered_place{
    mongodb_check(Area::replica, "replica.one_data_centre", Severity::low,
                  "All members are in one data centre", "It fails as a whole.", config_role,
                  "only when every member's tags say where it is",
                  "MongoDB manual, Geographically Redundant Replica Sets"),
    one_data_centre};
const Register registered_builds{
    mongodb_check(Area::replica, "replica.member_without_indexes", Severity::low,
                  "A member builds no indexes", "It can serve no queries.", config_role,
                  "members without a vote", "MongoDB manual, Replica Set Configuration"),
    no_indexes};
const Register registered_idle{
    mongodb_check(
        Area::replica, "replica.idle_secondaries", Severity::info, "All reads go to the primary",
        "The secondaries could carry a part of them.",
        "each member reachable, clusterMonitor there",
        "1,000 reads a second on the primary; hidden members; a member that did not answer",
        "MongoDB manual, Read Preference"),
    idle_secondaries};

}  // namespace
}  // namespace whet::advise::replica
