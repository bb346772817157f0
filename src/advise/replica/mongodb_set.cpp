// MongoDB: what holds for a replica set as a whole: its oplog, its concerns, its elections.
#include <algorithm>

#include <fmt/format.h>

#include "advise/build.h"
#include "advise/mongodb_facts.h"
#include "advise/status.h"
#include "base/text.h"

namespace whet::advise::replica {
namespace {

using model::Finding;
using model::Severity;

constexpr double hour = 3600;

const model::ReplicaSet* set_of(const Facts& facts) {
  const auto& set = facts.snapshot().replication.set;
  return is_mongodb(facts) && set ? &*set : nullptr;
}

double worst_lag(const Facts& facts) {
  double worst = 0;
  for (const model::GroupMember& one : facts.snapshot().replication.members) {
    worst = std::max(worst, one.lag_seconds.value_or(0));
  }
  return worst;
}

model::Change larger_oplog(double megabytes) {
  return manual("replica.oplog_window", "Make the oplog larger (on each member)",
                fmt::format("db.adminCommand({{replSetResizeOplog: 1, size: {:.0f}}})", megabytes));
}

// The window of an oplog that is not yet full is only how long the set exists.
void oplog_window(const Facts& facts, std::vector<Finding>& out) {
  constexpr double short_window = 24, very_short = 2, full = 0.8;
  const auto& oplog = facts.snapshot().replication.binary_logs;
  if (set_of(facts) == nullptr || !oplog.oldest_age_seconds || oplog.max_bytes <= 0) return;
  if (static_cast<double>(oplog.bytes) < full * static_cast<double>(oplog.max_bytes)) return;
  const double hours = *oplog.oldest_age_seconds / hour;
  const double left = *oplog.oldest_age_seconds - worst_lag(facts);
  if (hours >= short_window && left > hour) return;
  const bool urgent = hours < very_short || left < hour;
  constexpr double mega = 1024.0 * 1024;
  const double now = static_cast<double>(oplog.max_bytes) / mega;
  Finding finding = finding_of(
      urgent ? Severity::high : Severity::medium, server_subject(),
      fmt::format("The oplog holds only the last {}", text::duration(*oplog.oldest_age_seconds)),
      "A member, or a consumer of change streams, that is away longer must be copied anew; during "
      "a bulk load the window is shorter still. A day is the least that leaves time for a night, "
      "two are better.");
  finding.evidence = {
      time("oplog window", *oplog.oldest_age_seconds, "local.oplog.rs first and last ts"),
      size("oplog", static_cast<double>(oplog.max_bytes), "local.oplog.rs maxSize"),
      time("greatest lag", worst_lag(facts), "replSetGetStatus")};
  finding.impact.outage_risk = urgent ? 0.3 : 0.1;
  finding.impact.arithmetic = "window - lag = " + text::duration(std::max(0.0, left));
  finding.changes.push_back(
      larger_oplog(now * std::clamp(2 * short_window / std::max(hours, 0.1), 2.0, 20.0)));
  finding.references = {mongodb_manual(facts, "core/replica-set-oplog")};
  out.push_back(std::move(finding));
}

bool acknowledged_by_one(const model::ReplicaSet& set) {
  const std::string& stated = set.default_write_concern;
  if (!stated.empty()) {
    return text::contains(stated, "\"w\":1") || text::contains(stated, "\"w\":0");
  }
  return set.implicit_write_concern == "1";
}

void weak_write_concern(const Facts& facts, std::vector<Finding>& out) {
  const model::ReplicaSet* set = set_of(facts);
  if (set == nullptr || !acknowledged_by_one(*set)) return;
  if (facts.snapshot().replication.members.size() < 2) return;
  const bool stated = !set->default_write_concern.empty();
  Finding finding = finding_of(
      Severity::low, server_subject(),
      stated ? "The default write concern is satisfied by the primary alone"
             : "Writes are acknowledged by the primary alone",
      "After a failover, writes that no other member had are rolled back, although clients were "
      "told that they are safe. From 5.0 on the default is \"majority\", except with arbiters. "
      "Writes whose loss does no harm can say w: 1 themselves.");
  finding.evidence = {
      fact("default write concern", stated ? set->default_write_concern : "{w: 1}",
           stated ? "getDefaultRWConcern" : "hello, getDefaultRWConcern: none is set")};
  finding.changes.push_back(
      manual("replica.weak_write_concern", "Wait for a majority",
             "db.adminCommand({setDefaultRWConcern: 1, defaultWriteConcern: {w: \"majority\"}})"));
  finding.references = {mongodb_manual(facts, "reference/mongodb-defaults")};
  out.push_back(std::move(finding));
}

void majority_in_memory(const Facts& facts, std::vector<Finding>& out) {
  const model::ReplicaSet* set = set_of(facts);
  if (set == nullptr || set->majority_journaled || set->config_version == 0) return;
  Finding finding = finding_of(
      Severity::medium, server_subject(), "A majority acknowledges writes before they are on disk",
      "writeConcernMajorityJournalDefault is off: a power cut that takes most members can undo "
      "writes that clients were told are safe. It belongs off only with in-memory members.");
  finding.evidence = {fact("writeConcernMajorityJournalDefault", "false", "replSetGetConfig")};
  finding.impact.outage_risk = 0.1;
  finding.changes.push_back(
      manual("replica.majority_in_memory", "Wait for the journal",
             "cfg = rs.conf(); cfg.writeConcernMajorityJournalDefault = true; rs.reconfig(cfg)"));
  out.push_back(std::move(finding));
}

void slow_election(const Facts& facts, std::vector<Finding>& out) {
  constexpr double default_timeout = 10, too_long = 30, too_short = 2;
  const model::ReplicaSet* set = set_of(facts);
  if (set == nullptr || set->election_timeout_seconds <= 0) return;
  const double timeout = set->election_timeout_seconds;
  if (timeout >= too_short && timeout <= too_long) return;
  const bool slow = timeout > too_long;
  Finding finding = finding_of(
      Severity::low, server_subject(),
      fmt::format("An election begins {} after the primary is gone", text::duration(timeout)),
      slow ? "So long nothing can be written after a failure. The default is 10 seconds."
           : "A short stall of the network or the disk already makes another primary, and each "
             "change aborts transactions and drops connections. The default is 10 seconds.");
  finding.evidence = {time("electionTimeoutMillis", timeout, "replSetGetConfig.settings"),
                      time("default", default_timeout, "MongoDB manual")};
  finding.changes.push_back(
      manual("replica.election_timeout", "Back to the default",
             "cfg = rs.conf(); cfg.settings.electionTimeoutMillis = 10000; rs.reconfig(cfg)"));
  out.push_back(std::move(finding));
}

// Once a week is maintenance; the day after a start says nothing.
void recent_election(const Facts& facts, std::vector<Finding>& out) {
  constexpr double day = 24 * hour;
  const model::ReplicaSet* set = set_of(facts);
  if (set == nullptr || !set->primary_age_seconds || *set->primary_age_seconds > day) return;
  if (facts.server().uptime_seconds < 2 * day) return;
  Finding finding = finding_of(
      Severity::info, server_subject(),
      fmt::format("The primary was elected {} ago", text::duration(*set->primary_age_seconds)),
      "If nobody asked for it, look in the members' logs why the one before it went: a stalled "
      "disk, memory, the network. Clients had no primary for some seconds.");
  finding.evidence = {
      time("since the election", *set->primary_age_seconds, "replSetGetStatus.electionDate"),
      count("term", set->term, "replSetGetStatus.term"),
      time("this member is up for", facts.server().uptime_seconds, "serverStatus.uptime")};
  out.push_back(std::move(finding));
}

const Register registered_oplog{
    mongodb_check(Area::replica, "replica.oplog_window", Severity::high, "The oplog is short",
                  "A member that is away longer than it reaches must be copied anew.",
                  "clusterMonitor, and read on local",
                  "an oplog that is not full yet; 24 hours, or an hour more than the greatest lag",
                  "MongoDB manual, Replica Set Oplog; PMM's threshold"),
    oplog_window};
const Register registered_concern{
    mongodb_check(Area::replica, "replica.weak_write_concern", Severity::low,
                  "Writes are acknowledged by one member",
                  "A failover can undo what clients were told is safe.",
                  "clusterMonitor (getDefaultRWConcern)", "sets of one member",
                  "MongoDB manual, Default MongoDB Read Concerns/Write Concerns"),
    weak_write_concern};
const Register registered_journal{
    mongodb_check(Area::replica, "replica.majority_in_memory", Severity::medium,
                  "Majority writes do not wait for the journal",
                  "A power cut can undo what clients were told is safe.",
                  "clusterMonitor (replSetGetConfig)", "when the configuration could not be read",
                  "MongoDB manual, writeConcernMajorityJournalDefault"),
    majority_in_memory};
const Register registered_timeout{
    mongodb_check(Area::replica, "replica.election_timeout", Severity::low,
                  "Elections begin very late or very early",
                  "Long stops after a failure, or needless changes of the primary.",
                  "clusterMonitor (replSetGetConfig)", "2 to 30 seconds",
                  "MongoDB manual, settings.electionTimeoutMillis"),
    slow_election};
const Register registered_election{
    mongodb_check(Area::replica, "replica.recent_election", Severity::info,
                  "The primary changed within a day", "Somebody should know why.",
                  "clusterMonitor (replSetGetStatus)", "a member that is up for less than two days",
                  "MongoDB manual, Replica Set Elections"),
    recent_election};

}  // namespace
}  // namespace whet::advise::replica
