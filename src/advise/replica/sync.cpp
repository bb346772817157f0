// Synchronous replication: commits that wait for replicas.
#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "advise/build.h"
#include "advise/check.h"
#include "advise/replica/sync_names.h"
#include "base/text.h"

namespace whet::advise::replica {
namespace {

using model::Replica;
using model::Severity;

// The rule that commits of this server obey, if any.
std::optional<SyncRule> rule_in_force(const Facts& facts) {
  const std::string level = facts.server().text("synchronous_commit");
  if (facts.server().is_replica || level == "off" || level == "local") return std::nullopt;
  return parse_sync_names(facts.server().text("synchronous_standby_names"));
}

std::vector<const Replica*> listed_replicas(const Facts& facts, const SyncRule& rule) {
  std::vector<const Replica*> out;
  for (const Replica& replica : facts.snapshot().replication.replicas) {
    if (replica.state == "streaming" && rule.lists(replica.name)) out.push_back(&replica);
  }
  return out;
}

model::Finding sync_finding(const Facts& facts, const SyncRule& rule,
                            const std::vector<const Replica*>& present) {
  std::vector<std::string> names;
  for (const Replica* replica : present) names.push_back(replica->name);
  model::Finding finding;
  finding.subject = setting_subject("synchronous_standby_names");
  finding.evidence = {
      fact("synchronous_standby_names", facts.server().text("synchronous_standby_names"),
           "pg_settings.setting"),
      count("replicas that a commit waits for", static_cast<std::int64_t>(rule.required),
            "synchronous_standby_names"),
      fact("of the listed ones, streaming now", names.empty() ? "none" : text::join(names, ", "),
           "pg_stat_replication.state")};
  finding.references = {
      "https://www.postgresql.org/docs/current/warm-standby.html#SYNCHRONOUS-REPLICATION"};
  return finding;
}

void unsatisfied(const Facts& facts, std::vector<model::Finding>& out) {
  const auto rule = rule_in_force(facts);
  if (!rule) return;
  const auto present = listed_replicas(facts, *rule);
  if (present.size() >= rule->required) return;
  model::Finding finding = sync_finding(facts, *rule, present);
  finding.severity = Severity::critical;
  finding.title =
      fmt::format("Commits wait for {}, but only {} of those listed {} streaming",
                  text::plural(static_cast<std::int64_t>(rule->required), "replica", "replicas"),
                  present.size(), present.size() == 1 ? "is" : "are");
  finding.detail =
      "Every commit that wants synchronous replication hangs until a listed replica is back. Bring "
      "one back; if that takes too long, take it out of synchronous_standby_names and reload, "
      "knowing that a failover may then lose the latest commits.";
  finding.impact.outage_risk = 1;
  finding.impact.arithmetic = "commits hang now";
  out.push_back(std::move(finding));
}

void no_spare(const Facts& facts, std::vector<model::Finding>& out) {
  const auto rule = rule_in_force(facts);
  if (!rule) return;
  const auto present = listed_replicas(facts, *rule);
  if (present.size() != rule->required) return;
  model::Finding finding = sync_finding(facts, *rule, present);
  finding.severity = Severity::medium;
  finding.title = fmt::format("Commits stop as soon as one replica stops: {} needed, {} there",
                              rule->required, present.size());
  finding.detail =
      "A restart of one replica, or a break in the network to it, halts all commits. Add a replica "
      "and list it, so that one more than needed is there (ANY 1 (a, b), for example).";
  out.push_back(std::move(finding));
}

const Register unsatisfied_check{
    {
        .id = "replica.sync_unsatisfied",
        .area = Area::replica,
        .severity = Severity::critical,
        .engines = postgresql,
        .summary = "Fewer synchronous replicas stream than commits wait for",
        .why = "Commits hang.",
        .privileges = "pg_monitor",
        .guards = "synchronous_commit off or local; replicas; a setting that cannot be read",
        .source = "PostgreSQL manual, 26.2.8 Synchronous Replication",
    },
    unsatisfied};

const Register spare_check{
    {
        .id = "replica.sync_no_spare",
        .area = Area::replica,
        .severity = Severity::medium,
        .engines = postgresql,
        .summary = "Exactly as many synchronous replicas as commits wait for",
        .why = "When one of them stops, all commits stop.",
        .privileges = "pg_monitor",
        .guards = "synchronous_commit off or local; one more replica than needed",
        .source = "PostgreSQL manual, 26.2.8.4 Planning for High Availability",
    },
    no_spare};

}  // namespace
}  // namespace whet::advise::replica
