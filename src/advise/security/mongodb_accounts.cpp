// MongoDB: accounts with too many rights, weak ways to log in, log-ins that fail.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "advise/check.h"
#include "advise/mongodb_server.h"
#include "base/text.h"

namespace whet::advise::security {
namespace {

using model::Severity;

std::set<std::string> superusers(const Facts& facts) {
  std::set<std::string> out;
  for (const model::Role& role : facts.server().roles) {
    if (role.superuser && !role.system) out.insert(role.name);
  }
  return out;
}

// A shell, a tool: people may.
bool is_tool(const std::string& application) {
  const std::string name = text::lower(application);
  return text::contains(name, "mongosh") || text::contains(name, "mongodb shell") ||
         text::contains(name, "compass") || text::contains(name, "mongodump") ||
         text::contains(name, "backup") || text::contains(name, "automation");
}

void programs_as_root(const Facts& facts, std::vector<model::Finding>& out) {
  const auto roots = superusers(facts);
  std::map<std::string, std::int64_t> programs;
  for (const model::Session* session : mongodb_clients(facts)) {
    if (roots.contains(session->role) && !is_tool(session->application))
      ++programs[mongodb_program(*session)];
  }
  for (const auto& [program, sessions] : programs) {
    // One session may be a person with a driver.
    if (sessions < 2) continue;
    model::Finding finding = finding_of(
        Severity::medium, {model::SubjectKind::role, "", "", program},
        fmt::format("{} works with all rights, in {} sessions", program, sessions),
        "A hole in the program, or a wrong command in it, can then drop every database and read "
        "every password's hash. Give it a user with readWrite on its own database.");
    finding.evidence = {count("sessions", sessions, "$currentOp effectiveUsers"),
                        fact("rights", "root or the like", "usersInfo")};
    finding.changes = {manual(
        "role/" + program, "Make a user for the program",
        "db.getSiblingDB(\"admin\").createUser({user: \"shop-web\", pwd: passwordPrompt(), roles: "
        "[{role: \"readWrite\", db: \"shop\"}]})")};
    finding.references = {mongodb_manual(facts, "core/authorization")};
    out.push_back(std::move(finding));
  }
}

void many_roots(const Facts& facts, std::vector<model::Finding>& out) {
  const auto roots = superusers(facts);
  if (roots.size() < 5) return;
  std::vector<std::string> names(roots.begin(), roots.end());
  if (names.size() > 10) names.resize(10);
  model::Finding finding = finding_of(
      Severity::low, server_subject(), fmt::format("{} users have all rights", roots.size()),
      "Each is a password that opens everything. Give people and programs what they need: "
      "readWrite, dbAdmin of one database, clusterMonitor, backup.");
  finding.evidence = {
      count("users with all rights", static_cast<std::int64_t>(roots.size()), "usersInfo"),
      fact("users", text::join(names, ", "), "usersInfo")};
  finding.references = {mongodb_manual(facts, "reference/built-in-roles")};
  out.push_back(std::move(finding));
}

void monitoring_as_root(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Server& server = facts.server();
  if (!server.superuser || server.current_role.empty()) return;
  model::Finding finding = finding_of(
      Severity::info, {model::SubjectKind::role, "", "", server.current_role},
      fmt::format("Whet looked at the server as {}, who may do everything", server.current_role),
      "Looking needs clusterMonitor and read rights only. 'whet grants mongodb' prints a user that "
      "sees everything and can change nothing.");
  finding.evidence = {fact("user", server.current_role, "connectionStatus"),
                      fact("rights", "root or the like", "connectionStatus")};
  finding.references = {mongodb_manual(facts, "reference/built-in-roles")};
  out.push_back(std::move(finding));
}

void sha1(const Facts& facts, std::vector<model::Finding>& out) {
  constexpr std::string_view used =
      "security.authentication.mechanisms.SCRAM-SHA-1.authenticate.successful";
  constexpr std::string_view modern =
      "security.authentication.mechanisms.SCRAM-SHA-256.authenticate.successful";
  if (status(facts, used) < 1) return;
  std::vector<std::string> weak;
  for (const model::Role& role : facts.server().roles) {
    if (role.password_kind == "scram-sha-1" && weak.size() < 10) weak.push_back(role.name);
  }
  model::Finding finding = finding_of(
      Severity::low, server_subject(),
      fmt::format("{:.0f} log-ins used SCRAM-SHA-1", status(facts, used)),
      "Its stored form rests on MD5 and SHA-1 and is cheap to try passwords against. Users that "
      "are "
      "made anew, or whose password is set again, get SCRAM-SHA-256 too; current drivers choose it "
      "by themselves.");
  finding.evidence = {status_fact(facts, used), status_fact(facts, modern)};
  if (const model::Setting* mechanisms = facts.server().setting("authenticationMechanisms"))
    finding.evidence.push_back(setting_fact(*mechanisms));
  if (!weak.empty()) finding.evidence.push_back(fact("users", text::join(weak, ", "), "usersInfo"));
  finding.references = {mongodb_manual(facts, "core/security-scram")};
  out.push_back(std::move(finding));
}

void failed_logins(const Facts& facts, std::vector<model::Finding>& out) {
  std::vector<model::Evidence> evidence;
  double received = 0, good = 0;
  for (const char* mechanism : {"SCRAM-SHA-1", "SCRAM-SHA-256", "MONGODB-X509"}) {
    // Speculative ones that fail are tried again in the ordinary way, and counted there.
    const std::string base =
        fmt::format("security.authentication.mechanisms.{}.authenticate", mechanism);
    const double tried = status(facts, base + ".received");
    if (tried < 1) continue;
    received += tried;
    good += status(facts, base + ".successful");
    evidence.push_back(status_fact(facts, base + ".received"));
    evidence.push_back(status_fact(facts, base + ".successful"));
  }
  const double failed = received - good;
  if (!status_is_old(facts) || failed < 100 || failed < 0.1 * received) return;
  model::Finding finding = finding_of(
      failed > 10'000 ? Severity::medium : Severity::low, server_subject(),
      fmt::format("{:.0f} of {:.0f} log-ins failed", failed, received),
      "A program with an old password, a health check without one, or somebody who guesses. The "
      "log names user and address ('Authentication failed').");
  finding.evidence = std::move(evidence);
  finding.evidence.push_back(age_fact(facts));
  finding.impact.arithmetic = fmt::format("{:.0f} - {:.0f}", received, good);
  finding.references = {mongodb_manual(facts, "core/authentication")};
  out.push_back(std::move(finding));
}

constexpr std::string_view checklist = "MongoDB manual, security checklist";

const Register program_check{
    needing("viewUser on admin; inprog",
            server_check("security.program_as_superuser", Severity::medium,
                         "A program works with all rights", "A hole in it opens everything.",
                         "shells and tools; a single session; unknown rights", checklist)),
    programs_as_root};
const Register many_check{
    needing(
        "viewUser on admin",
        server_check("security.many_superusers", Severity::low, "Many users have all rights",
                     "Each is a password that opens everything.", "fewer than five", checklist)),
    many_roots};
const Register own_check{
    needing("", server_check("monitoring.overprivileged_user", Severity::info,
                             "The monitoring user may do everything",
                             "Its password lies on more machines than an administrator's should.",
                             "without access control",
                             "the bound that health checks of the field take")),
    monitoring_as_root};
const Register sha1_check{
    server_check("security.scram_sha1", Severity::low, "Users log in with SCRAM-SHA-1",
                 "Its stored form is cheap to attack.", "none of the log-ins since the start",
                 checklist),
    sha1};
const Register failed_check{
    server_check("security.failed_logins", Severity::medium, "Many log-ins fail",
                 "A program is configured wrongly, or somebody guesses.",
                 "under 100, or 10 %; counters younger than a day", checklist),
    failed_logins};

}  // namespace
}  // namespace whet::advise::security
