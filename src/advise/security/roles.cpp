// Roles: superusers, passwords, and who is exempt from row security.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "advise/build.h"
#include "advise/check.h"
#include "advise/naming.h"
#include "base/text.h"

namespace whet::advise::security {
namespace {

using model::Role;
using model::Session;
using model::Severity;
using model::SubjectKind;

constexpr double day = 86400;
constexpr double notice = 14 * day;
constexpr std::size_t evidence_limit = 20;
constexpr std::size_t many_superusers = 4;
constexpr std::size_t too_many_superusers = 10;  // the figure of pg-health tools

const Role* role_of(const Facts& facts, std::string_view name) {
  const auto& roles = facts.server().roles;
  const auto at =
      std::find_if(roles.begin(), roles.end(), [&](const Role& role) { return role.name == name; });
  return at == roles.end() ? nullptr : &*at;
}

std::int64_t sessions_of(const Facts& facts, std::string_view role) {
  const auto& sessions = facts.snapshot().activity.sessions;
  return std::count_if(sessions.begin(), sessions.end(), [&](const Session& session) {
    return session.role == role && session.leader_pid == 0;
  });
}

void superuser_logins(const Facts& facts, std::vector<model::Finding>& out) {
  model::Finding finding;
  std::size_t number = 0;
  for (const Role& role : facts.server().roles) {
    if (!role.superuser || !role.can_login || role.system) continue;
    ++number;
    if (finding.evidence.size() < evidence_limit)
      finding.evidence.push_back(fact(role.name, "superuser, may log in", "pg_roles.rolsuper"));
  }
  if (number < many_superusers) return;
  finding.severity = number >= too_many_superusers ? Severity::medium : Severity::low;
  finding.subject = server_subject();
  finding.title = fmt::format("{} roles that may log in are superusers", number);
  finding.detail =
      "Nothing is denied to a superuser: one leaked password is the whole server. Keep one for "
      "emergencies, and give people and programs roles with what they need (pg_monitor, "
      "pg_read_all_data, ownership).";
  finding.references = {"https://www.postgresql.org/docs/current/predefined-roles.html"};
  out.push_back(std::move(finding));
}

// Tools that an administrator runs by hand or for a backup.
bool is_tool(std::string_view application) {
  for (const std::string_view tool : {"psql", "pg_dump", "pg_dumpall", "pg_restore", "pgAdmin",
                                      "pg_basebackup", "pgbackrest", "DBeaver", "DataGrip"}) {
    if (application.starts_with(tool)) return true;
  }
  return false;
}

struct Use {
  std::int64_t sessions = 0;
  std::set<std::string> applications;
};

void application_as_superuser(const Facts& facts, std::vector<model::Finding>& out) {
  std::map<std::string, Use> uses;
  for (const Session& session : facts.snapshot().activity.sessions) {
    const Role* role = role_of(facts, session.role);
    if (session.kind != "client backend" || role == nullptr || !role->superuser ||
        is_tool(session.application))
      continue;
    Use& use = uses[session.role];
    ++use.sessions;
    if (!session.application.empty()) use.applications.insert(session.application);
  }
  for (const auto& [role, use] : uses) {
    const std::vector<std::string> names(use.applications.begin(), use.applications.end());
    model::Finding finding;
    finding.severity = Severity::low;
    finding.subject = named(SubjectKind::role, role);
    finding.title =
        fmt::format("{} {} the superuser {}", text::plural(use.sessions, "session", "sessions"),
                    use.sessions == 1 ? "of a program works as" : "of programs work as", role);
    finding.detail =
        "A hole in such a program is a hole in the whole server, row security does not apply to "
        "it, "
        "and it may take the connections reserved for emergencies. Give it a role of its own.";
    finding.evidence = {
        count("sessions", use.sessions, "pg_stat_activity.usename"),
        fact("applications", names.empty() ? "(no application_name)" : text::join(names, ", "),
             "pg_stat_activity.application_name"),
        fact("superuser", "yes", "pg_roles.rolsuper")};
    out.push_back(std::move(finding));
  }
}

void md5_passwords(const Facts& facts, std::vector<model::Finding>& out) {
  model::Finding finding;
  std::int64_t number = 0;
  for (const Role& role : facts.server().roles) {
    if (role.password_kind != "md5" || !role.can_login) continue;
    ++number;
    if (finding.evidence.size() < evidence_limit)
      finding.evidence.push_back(fact(role.name, "md5", "pg_authid.rolpassword (its kind only)"));
  }
  if (number == 0) return;
  finding.severity = facts.server().major() >= 18 ? Severity::medium : Severity::low;
  finding.subject = server_subject();
  finding.title = fmt::format("{} an MD5 password",
                              number == 1 ? "1 role has" : fmt::format("{} roles have", number));
  finding.detail =
      "Whoever sees the stored hash can log in with it, and MD5 is deprecated since PostgreSQL 18. "
      "Set password_encryption to scram-sha-256 and let each role set its password again; a rule "
      "with the method md5 accepts both kinds meanwhile.";
  finding.evidence.push_back(fact("password_encryption", facts.server().text("password_encryption"),
                                  "pg_settings.setting"));
  finding.references = {"https://www.postgresql.org/docs/current/auth-password.html"};
  out.push_back(std::move(finding));
}

Severity expiry_severity(double seconds, std::int64_t sessions) {
  if (sessions == 0) return seconds < 0 ? Severity::info : Severity::low;
  if (seconds < 0) return Severity::medium;
  return seconds < 2 * day ? Severity::high : Severity::medium;
}

void password_expiring(const Facts& facts, std::vector<model::Finding>& out) {
  for (const Role& role : facts.server().roles) {
    if (!role.can_login || !role.expires_in_seconds || role.password_kind == "none" ||
        *role.expires_in_seconds > notice)
      continue;
    const double left = *role.expires_in_seconds;
    const std::int64_t sessions = sessions_of(facts, role.name);
    model::Finding finding;
    finding.severity = expiry_severity(left, sessions);
    finding.subject = named(SubjectKind::role, role.name);
    finding.title =
        left < 0
            ? fmt::format("The password of {} expired {} ago", role.name, text::duration(-left))
            : fmt::format("The password of {} expires in {}", role.name, text::duration(left));
    finding.detail =
        "After that moment the role can no longer log in with a password; sessions that are open "
        "stay, so the outage begins at their next reconnect. Set a new password and VALID UNTIL.";
    finding.evidence = {time("time left", left, "pg_roles.rolvaliduntil"),
                        count("open sessions of the role", sessions, "pg_stat_activity.usename")};
    if (sessions > 0) {
      finding.impact.outage_risk = std::clamp(1 - left / notice, 0.0, 1.0);
      finding.impact.arithmetic = "1 - time left / 14 d";
    }
    finding.changes = {manual("security.password_expiring/" + role.name,
                              "Extend the password of " + role.name,
                              "ALTER ROLE " + sql_name(role.name) + " VALID UNTIL 'infinity';")};
    out.push_back(std::move(finding));
  }
}

void row_security_bypassed(const Facts& facts, std::vector<model::Finding>& out) {
  const auto& tables = facts.user_tables();
  const auto protected_tables = std::count_if(
      tables.begin(), tables.end(), [](const model::Table* table) { return table->row_security; });
  if (protected_tables == 0) return;
  for (const Role& role : facts.server().roles) {
    if (!role.bypass_row_security || !role.can_login || role.superuser || role.system) continue;
    model::Finding finding;
    finding.severity = Severity::low;
    finding.subject = named(SubjectKind::role, role.name);
    finding.title = fmt::format("Row security does not apply to {} ({} with it)", role.name,
                                text::plural(protected_tables, "table", "tables"));
    finding.detail =
        "BYPASSRLS is meant for backups and administration. If programs log in with this role, "
        "their tenants are kept apart by the program alone.";
    finding.evidence = {
        fact("BYPASSRLS", "yes", "pg_roles.rolbypassrls"),
        count("tables with row security", protected_tables, "pg_class.relrowsecurity"),
        count("open sessions of the role", sessions_of(facts, role.name),
              "pg_stat_activity.usename")};
    out.push_back(std::move(finding));
  }
}

const Register superusers{
    {
        .id = "security.superuser_logins",
        .area = Area::security,
        .severity = Severity::medium,
        .engines = postgresql,
        .summary = "Many roles that may log in are superusers",
        .why = "One leaked password is the whole server.",
        .privileges = "",
        .guards = "fewer than 4 of them; the server's own roles",
        .source = "4: one for the owner, one for emergencies, one for the platform; 10 is where "
                  "health-check tools warn",
    },
    superuser_logins};

const Register applications{
    {
        .id = "security.application_as_superuser",
        .area = Area::security,
        .severity = Severity::low,
        .engines = postgresql,
        .summary = "Programs that work as a superuser",
        .why = "A hole in the program is a hole in the server.",
        .privileges = "pg_monitor",
        .guards = "tools that administrators and backups use (psql, pg_dump, ...)",
        .source = "PostgreSQL manual, 22.2 Role Attributes",
    },
    application_as_superuser};

const Register md5{
    {
        .id = "security.md5_passwords",
        .area = Area::security,
        .severity = Severity::medium,
        .engines = postgresql,
        .summary = "Roles whose password is stored as MD5",
        .why = "The stored hash is as good as the password, and MD5 goes away.",
        .privileges = "superuser (pg_authid); no password is read or tested, only its kind",
        .guards = "roles that may not log in",
        .source = "PostgreSQL 18 release notes: MD5 passwords are deprecated",
    },
    md5_passwords};

const Register expiring{{
                            .id = "security.password_expiring",
                            .area = Area::security,
                            .severity = Severity::high,
                            .engines = postgresql,
                            .summary = "A role's password expires within 14 days, or has",
                            .why = "From then on the role cannot connect.",
                            .privileges = "",
                            .guards = "roles without a password or that may not log in",
                            .source = "PostgreSQL manual, CREATE ROLE, VALID UNTIL",
                        },
                        password_expiring};

const Register bypassed{{
                            .id = "security.row_security_bypassed",
                            .area = Area::security,
                            .severity = Severity::low,
                            .engines = postgresql,
                            .summary = "A role that may log in is exempt from row security",
                            .why = "Policies do not hold for it.",
                            .privileges = "",
                            .guards = "superusers; databases where no table has row security",
                            .source = "PostgreSQL manual, 5.9 Row Security Policies",
                        },
                        row_security_bypassed};

}  // namespace
}  // namespace whet::advise::security
