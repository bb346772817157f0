// MySQL and MariaDB: servers that commit together: semi-synchronous replication, group replication,
// Galera.
#include <algorithm>
#include <set>
#include <string>

#include <fmt/format.h>

#include "advise/check.h"
#include "advise/mysql_facts.h"
#include "base/text.h"

namespace whet::advise::replica {
namespace {

using model::GroupMember;
using model::Severity;

/// The value of either name: MySQL 8.0.26 renamed master to source.
double semisync(const Facts& facts, const char* renamed, const char* old) {
  const auto value = facts.server().status_total(renamed);
  return value ? *value : status(facts, old);
}

bool semisync_status(const Facts& facts) {
  for (const char* name : {"Rpl_semi_sync_source_status", "Rpl_semi_sync_master_status"}) {
    const model::StatusValue* found = facts.server().status_value(name);
    if (found != nullptr) return found->text == "ON" || found->total > 0;
  }
  return false;
}

void semisync_degraded(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* enabled =
      variable(facts, {"rpl_semi_sync_source_enabled", "rpl_semi_sync_master_enabled"});
  if (!is_on(enabled) || is_replica(facts)) return;
  const bool active = semisync_status(facts);
  const double clients =
      semisync(facts, "Rpl_semi_sync_source_clients", "Rpl_semi_sync_master_clients");
  const double alone = semisync(facts, "Rpl_semi_sync_source_no_tx", "Rpl_semi_sync_master_no_tx");
  const double confirmed =
      semisync(facts, "Rpl_semi_sync_source_yes_tx", "Rpl_semi_sync_master_yes_tx");
  const double part = alone + confirmed > 0 ? alone / (alone + confirmed) : 0;
  const bool often = alone >= 100 && part > 0.01;
  if (active && !often) return;
  model::Finding finding = finding_of(
      active ? Severity::medium : Severity::high, setting_subject(enabled->name),
      active ? fmt::format("{} of the commits did not wait for a replica", text::percent(part))
             : std::string("Commits are meant to wait for a replica, and none is there to confirm"),
      "After rpl_semi_sync_..._timeout without an answer the server goes on alone: a failover then "
      "loses what clients were told is safe. Look at the replicas' networks and disks, and have "
      "two "
      "of them.");
  finding.evidence = {variable_fact(*enabled),
                      fact("active", active ? "yes" : "no", "Rpl_semi_sync_source_status"),
                      number("replicas that confirm", clients, "Rpl_semi_sync_source_clients"),
                      number("commits not confirmed", alone, "Rpl_semi_sync_source_no_tx"),
                      number("commits confirmed", confirmed, "Rpl_semi_sync_source_yes_tx")};
  finding.impact.outage_risk = active ? 0.1 : 0.3;
  finding.impact.arithmetic = fmt::format("{:.0f} / ({:.0f} + {:.0f})", alone, alone, confirmed);
  finding.references = {
      manual_page(facts, "replication-semisync-monitoring", "semisynchronous-replication")};
  out.push_back(std::move(finding));
}

void semisync_wait_point(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* enabled =
      variable(facts, {"rpl_semi_sync_source_enabled", "rpl_semi_sync_master_enabled"});
  const model::Setting* point =
      variable(facts, {"rpl_semi_sync_source_wait_point", "rpl_semi_sync_master_wait_point"});
  if (!is_on(enabled) || point == nullptr || text::lower(point->value) != "after_commit") return;
  model::Finding finding = finding_of(
      Severity::low, setting_subject(point->name), "Others see a commit before a replica has it",
      "With AFTER_COMMIT a failover can take back what other clients have already read. AFTER_SYNC "
      "waits before the commit shows, for the same price.");
  finding.evidence = {variable_fact(*point), variable_fact(*enabled)};
  finding.changes = {
      set_variable(facts, *point, "AFTER_SYNC", "nobody reads what a failover would take back")};
  finding.references = {manual_page(facts, "replication-semisync", "semisynchronous-replication")};
  out.push_back(std::move(finding));
}

bool is_well(const GroupMember& member) {
  return member.state == "ONLINE" || member.state == "Synced" || member.state == "Donor/Desynced";
}

void members_down(const Facts& facts, std::vector<model::Finding>& out) {
  const auto& members = facts.snapshot().replication.members;
  const auto well =
      static_cast<std::size_t>(std::count_if(members.begin(), members.end(), is_well));
  if (members.size() < 2 || well == members.size()) return;
  const std::size_t spare = well > members.size() / 2 ? well - members.size() / 2 - 1 : 0;
  model::Finding finding =
      finding_of(spare == 0 ? Severity::critical : Severity::high, server_subject(),
                 fmt::format("{} of {} members of the group work", well, members.size()),
                 spare == 0 ? "The next one that fails takes the majority, and with it all writes."
                            : "The group bears fewer failures than it was built for.");
  for (const GroupMember& member : members) {
    if (!is_well(member))
      finding.evidence.push_back(
          fact(member.name, member.state, "performance_schema.replication_group_members, wsrep"));
  }
  finding.impact.outage_risk = spare == 0 ? 0.8 : 0.4;
  finding.impact.arithmetic = fmt::format("{} more may fail before the majority is lost", spare);
  finding.references = {manual_page(facts, "group-replication-monitoring", "galera-cluster")};
  out.push_back(std::move(finding));
}

void member_queues(const Facts& facts, std::vector<model::Finding>& out) {
  for (const GroupMember& member : facts.snapshot().replication.members) {
    const std::int64_t queued = member.queued_transactions.value_or(0);
    if (queued < 25000 || !is_well(member)) continue;
    model::Finding finding = finding_of(
        Severity::medium, named(model::SubjectKind::replica, member.name),
        fmt::format("{} transactions wait on {} to be certified or applied", text::count(queued),
                    member.name),
        "From 25,000 on flow control slows all writers down to this member's pace. Give it a "
        "machine like the others', more applier workers, and tables with primary keys.");
    finding.evidence = {
        count("queued", queued, "replication_group_member_stats, wsrep_local_recv_queue"),
        fact("role", member.role, "replication_group_members")};
    finding.references = {
        manual_page(facts, "group-replication-flow-control", "galera-cluster-status-variables")};
    out.push_back(std::move(finding));
  }
}

void member_versions(const Facts& facts, std::vector<model::Finding>& out) {
  std::set<std::string> versions;
  for (const GroupMember& member : facts.snapshot().replication.members) {
    if (!member.version.empty()) versions.insert(member.version);
  }
  if (versions.size() < 2) return;
  model::Finding finding = finding_of(
      Severity::low, server_subject(),
      fmt::format("The members of the group run {} versions", versions.size()),
      "Fine while an upgrade goes from one to the next; left so, they are limited to what the "
      "oldest knows, and an older member must never follow a newer one.");
  for (const GroupMember& member : facts.snapshot().replication.members)
    finding.evidence.push_back(
        fact(member.name, member.version, "replication_group_members.MEMBER_VERSION"));
  finding.references = {manual_page(facts, "group-replication-upgrade", "galera-cluster")};
  out.push_back(std::move(finding));
}

std::string status_text(const Facts& facts, std::string_view name) {
  const model::StatusValue* found = facts.server().status_value(name);
  return found == nullptr ? std::string() : found->text;
}

void galera_state(const Facts& facts, std::vector<model::Finding>& out) {
  if (!is_galera(facts)) return;
  const std::string cluster = status_text(facts, "wsrep_cluster_status");
  const std::string state = status_text(facts, "wsrep_local_state_comment");
  if (cluster.empty()) return;
  const bool primary = cluster == "Primary";
  const bool well = state.empty() || state == "Synced" || state.starts_with("Donor");
  if (primary && well) return;
  model::Finding finding = finding_of(
      primary ? Severity::medium : Severity::critical, server_subject(),
      primary ? fmt::format("This node of the Galera cluster is not in step ({})", state)
              : fmt::format("This node is not part of the cluster's majority ({})", cluster),
      primary ? "It takes no part in the work until it is Synced."
              : "It refuses statements, or worse, has a life of its own. Find the nodes that form "
                "the majority, and let this one join them.");
  finding.evidence = {status_fact(facts, "wsrep_cluster_status"),
                      status_fact(facts, "wsrep_local_state_comment"),
                      status_fact(facts, "wsrep_cluster_size")};
  finding.impact.outage_risk = primary ? 0.3 : 0.9;
  finding.references = {manual_page(facts, "replication", "galera-cluster-status-variables")};
  out.push_back(std::move(finding));
}

void galera_flow(const Facts& facts, std::vector<model::Finding>& out) {
  const double paused = status(facts, "wsrep_flow_control_paused");
  if (!is_galera(facts) || paused <= 0.02) return;
  model::Finding finding = finding_of(
      paused > 0.2 ? Severity::high : Severity::medium, server_subject(),
      fmt::format("Writes to the cluster stood still for {} of the time", text::percent(paused)),
      "The slowest node makes all others wait. See which one sends the pauses "
      "(wsrep_flow_control_sent on each), and look at its disk and wsrep_slave_threads.");
  finding.evidence = {number("paused (part of the time)", paused, "wsrep_flow_control_paused"),
                      status_fact(facts, "wsrep_flow_control_sent"),
                      status_fact(facts, "wsrep_local_recv_queue_avg")};
  if (const model::Setting* threads = facts.server().setting("wsrep_slave_threads"))
    finding.evidence.push_back(variable_fact(*threads));
  finding.references = {manual_page(facts, "replication", "galera-cluster-status-variables")};
  out.push_back(std::move(finding));
}

void even_cluster(const Facts& facts, std::vector<model::Finding>& out) {
  const auto size = static_cast<std::int64_t>(status(facts, "wsrep_cluster_size"));
  if (!is_galera(facts) || size <= 0 || size % 2 != 0) return;
  model::Finding finding = finding_of(
      Severity::low, server_subject(),
      fmt::format("The cluster has {} nodes: cut into halves, neither goes on", size),
      "A majority needs more than half. Add a node, or an arbitrator (garbd), which holds no data. "
      "If there is an arbitrator already, suppress this: nodes do not count it.");
  finding.evidence = {status_fact(facts, "wsrep_cluster_size")};
  finding.impact.outage_risk = 0.1;
  finding.references = {manual_page(facts, "replication", "galera-cluster")};
  out.push_back(std::move(finding));
}

CheckInfo info(std::string_view id, Severity severity, std::string_view summary,
               std::string_view why, std::string_view guards, std::string_view source,
               std::string_view privileges = "") {
  return {.id = id,
          .area = Area::replica,
          .severity = severity,
          .engines = both_forks,
          .summary = summary,
          .why = why,
          .privileges = privileges,
          .guards = guards,
          .source = source};
}

constexpr std::string_view group_privileges = "SELECT on performance_schema";

const Register degraded_check{
    info("replica.semisync_degraded", Severity::high, "Commits do not wait for a replica",
         "A failover loses what clients were told is safe.",
         "not enabled; replicas; under 100 commits or 1 % alone", "MySQLTuner"),
    semisync_degraded};
const Register point_check{
    info("replica.semisync_wait_point", Severity::low, "Commits show before a replica has them",
         "A failover can take back what was read.", "not enabled; AFTER_SYNC", "MySQLTuner"),
    semisync_wait_point};
const Register down_check{
    info("replica.members_down", Severity::critical, "Members of the group do not work",
         "The group bears fewer failures, or none.", "all online; a single member", "MySQLTuner",
         group_privileges),
    members_down};
const Register queue_check{
    info("replica.member_queue", Severity::medium, "A member of the group cannot keep up",
         "Flow control slows all writers down to its pace.", "under 25,000 transactions",
         "group_replication_flow_control_applier_threshold", group_privileges),
    member_queues};
const Register version_check{
    info("replica.member_versions", Severity::low, "Members of a group run different versions",
         "The oldest limits them all.", "equal or unknown versions",
         "the bound that health checks of the field take", group_privileges),
    member_versions};
const Register galera_check{
    info("replica.galera_state", Severity::critical, "A Galera node is not in its cluster",
         "It refuses statements, or goes its own way.", "Primary and Synced, or a donor",
         "MySQLTuner"),
    galera_state};
const Register flow_check{
    info("replica.galera_flow_control", Severity::high, "The slowest node stops all writes",
         "Every commit waits for it.", "up to 2 % of the time", "MySQLTuner"),
    galera_flow};
const Register even_check{
    info("replica.galera_even", Severity::low, "A cluster has an even number of nodes",
         "Cut into halves, neither goes on.", "odd numbers", "MySQLTuner"),
    even_cluster};

}  // namespace
}  // namespace whet::advise::replica
