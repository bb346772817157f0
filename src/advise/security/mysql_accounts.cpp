// MySQL and MariaDB: accounts: who may log in, from where, and with what. No password is ever
// tried.
#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "advise/check.h"
#include "advise/mysql_facts.h"
#include "advise/security/remote.h"
#include "base/text.h"

namespace whet::advise::security {
namespace {

using model::Role;
using model::Severity;
using model::SubjectKind;

constexpr std::size_t evidence_limit = 20;
constexpr double day = 86400;
constexpr double notice = 14 * day;

std::string account(const Role& role) {
  return fmt::format("'{}'@'{}'", text::replace_all(role.name, "'", "''"), role.host);
}

/// Only from the server's own machine, under whichever name.
bool local_only(const Facts& facts, const Role& role) {
  return !role.host.empty() &&
         (is_local(role.host) || role.host == facts.server().text("hostname"));
}

std::vector<const Role*> accounts_where(const Facts& facts,
                                        const std::function<bool(const Role&)>& takes) {
  std::vector<const Role*> out;
  for (const Role& role : facts.server().roles) {
    if (!role.system && role.can_login && !role.locked && takes(role)) out.push_back(&role);
  }
  return out;
}

bool any_remote(const Facts& facts, const std::vector<const Role*>& roles) {
  return std::any_of(roles.begin(), roles.end(),
                     [&](const Role* role) { return !local_only(facts, *role); });
}

std::string accounts_text(const std::vector<const Role*>& roles) {
  return text::plural(static_cast<std::int64_t>(roles.size()), "account", "accounts");
}

void add_accounts(const std::vector<const Role*>& roles, std::string_view value,
                  std::string_view source, model::Finding& finding) {
  for (const Role* role : roles) {
    if (finding.evidence.size() == evidence_limit) return;
    finding.evidence.push_back(fact(account(*role), value, source));
  }
}

model::Change for_each(std::string_view id, std::string_view summary, std::string_view statement,
                       const std::vector<const Role*>& roles) {
  std::vector<std::string> statements;
  for (const Role* role : roles) {
    if (statements.size() == evidence_limit) break;
    statements.push_back(fmt::format(fmt::runtime(statement), account(*role)));
  }
  return manual(id, summary, text::join(statements, "\n"));
}

void anonymous(const Facts& facts, std::vector<model::Finding>& out) {
  const auto roles = accounts_where(facts, [](const Role& role) { return role.name.empty(); });
  if (roles.empty()) return;
  model::Finding finding = finding_of(
      any_remote(facts, roles) ? Severity::high : Severity::medium, server_subject(),
      fmt::format("Anybody may log in without a name ({})", accounts_text(roles)),
      "Such an account also shadows others: a user of the same host may be taken for it and find "
      "that its rights are gone. Old installations made them.");
  add_accounts(roles, "no name", "mysql.user", finding);
  finding.changes = {for_each("security.anonymous_account", "Remove them", "DROP USER {};", roles)};
  finding.references = {manual_page(facts, "default-privileges", "mysql_secure_installation")};
  out.push_back(std::move(finding));
}

void empty_password(const Facts& facts, std::vector<model::Finding>& out) {
  const auto roles = accounts_where(
      facts, [](const Role& role) { return role.password_kind == "none" && !role.name.empty(); });
  if (roles.empty()) return;
  const bool remote = any_remote(facts, roles);
  model::Finding finding = finding_of(
      remote ? Severity::high : Severity::medium, server_subject(),
      fmt::format("{} {} without a password{}", accounts_text(roles),
                  roles.size() == 1 ? "logs in" : "log in",
                  remote ? ", from other machines too" : ""),
      "Whoever reaches the server is them. Give them passwords, let them log in by the socket's "
      "owner (auth_socket, unix_socket), or lock them.");
  add_accounts(roles, "no password", "mysql.user (whether there is one, not which)", finding);
  finding.changes = {for_each("security.empty_password", "Give them passwords",
                              "ALTER USER {} IDENTIFIED BY '...';", roles)};
  finding.references = {manual_page(facts, "assigning-passwords", "alter-user")};
  out.push_back(std::move(finding));
}

void superuser_anywhere(const Facts& facts, std::vector<model::Finding>& out) {
  const auto roles = accounts_where(facts, [](const Role& role) {
    return role.superuser && (role.host == "%" || role.host.empty());
  });
  if (roles.empty() || is_managed(facts)) return;
  const bool no_tls =
      std::any_of(roles.begin(), roles.end(), [](const Role* role) { return !role->requires_tls; });
  model::Finding finding = finding_of(
      no_tls ? Severity::medium : Severity::low, server_subject(),
      fmt::format("{} with all rights may log in from any machine{}", accounts_text(roles),
                  no_tls ? ", without encryption too" : ""),
      "A password that leaks is then enough from anywhere. Bind them to localhost or to the "
      "administrators' addresses, and require TLS.");
  for (const Role* role : roles) {
    if (finding.evidence.size() == evidence_limit) break;
    finding.evidence.push_back(fact(account(*role),
                                    role->requires_tls ? "all rights, TLS required" : "all rights",
                                    "mysql.user.Host, Super_priv, ssl_type"));
  }
  finding.changes = {for_each("security.superuser_from_anywhere",
                              "Require TLS at least, and bind them to hosts",
                              "ALTER USER {} REQUIRE SSL;", roles)};
  finding.references = {manual_page(facts, "account-names", "create-user")};
  out.push_back(std::move(finding));
}

void many_superusers(const Facts& facts, std::vector<model::Finding>& out) {
  const auto roles = accounts_where(facts, [](const Role& role) { return role.superuser; });
  std::map<std::string, std::vector<const Role*>> by_name;
  for (const Role* role : roles) by_name[role->name].push_back(role);
  if (by_name.size() < 6) return;
  model::Finding finding = finding_of(Severity::low, server_subject(),
                                      fmt::format("{} accounts have all rights", by_name.size()),
                                      "Each can change and read everything, and switch off what "
                                      "limits or records it. Programs need "
                                      "the rights on their own tables only.");
  for (const auto& [name, same] : by_name) {
    if (finding.evidence.size() == evidence_limit) break;
    finding.evidence.push_back(
        fact(name, fmt::format("from {}", same.front()->host), "mysql.user.Super_priv"));
  }
  finding.references = {manual_page(facts, "privileges-provided", "grant")};
  out.push_back(std::move(finding));
}

// Sessions show the name only: all accounts of that name must have the rights.
bool always_superuser(const Facts& facts, const std::string& name) {
  bool any = false;
  for (const Role& role : facts.server().roles) {
    if (role.name != name) continue;
    if (!role.superuser) return false;
    any = true;
  }
  return any;
}

void program_as_superuser(const Facts& facts, std::vector<model::Finding>& out) {
  struct Use {
    std::int64_t sessions = 0;
    std::string example;
  };
  std::map<std::string, Use> uses;
  for (const model::Session& session : facts.snapshot().activity.sessions) {
    const bool client = session.kind.empty() || session.kind == "client backend";
    if (!client || is_local(session.client) || !always_superuser(facts, session.role)) continue;
    Use& use = uses[session.role];
    ++use.sessions;
    use.example = session.application.empty() ? session.client : session.application;
  }
  for (const auto& [name, use] : uses) {
    if (use.sessions < 3) continue;
    model::Finding finding = finding_of(
        Severity::medium, named(SubjectKind::role, name),
        fmt::format("Programs on other machines log in as {}, which has all rights ({})", name,
                    text::plural(use.sessions, "session", "sessions")),
        "One hole in the program is one in the whole server, read_only does not stop it, and it "
        "may "
        "take the connection that is kept for emergencies. Give it an account with the rights it "
        "needs.");
    finding.evidence = {count("sessions", use.sessions, "performance_schema.threads"),
                        fact("for example", use.example, "session_connect_attrs, PROCESSLIST_HOST"),
                        fact("all rights", "yes", "mysql.user.Super_priv")};
    finding.references = {manual_page(facts, "privileges-provided", "grant")};
    out.push_back(std::move(finding));
  }
}

void native_password(const Facts& facts, std::vector<model::Finding>& out) {
  if (facts.server().version_number < 80000) return;
  const auto roles = accounts_where(
      facts, [](const Role& role) { return role.password_kind == "mysql_native_password"; });
  if (roles.empty()) return;
  const bool gone = facts.server().version_number >= 90000;
  model::Finding finding =
      finding_of(gone ? Severity::medium : Severity::low, server_subject(),
                 fmt::format("{} {} mysql_native_password, which {}", accounts_text(roles),
                             roles.size() == 1 ? "uses" : "use",
                             gone ? "this version does not have: they cannot log in"
                                  : "is off in 8.4 and gone in 9.0"),
                 "It keeps an unsalted hash. Before an upgrade give these accounts "
                 "caching_sha2_password, once "
                 "their drivers know it: from 8.0 on all usual ones do.");
  add_accounts(roles, "mysql_native_password", "mysql.user.plugin", finding);
  finding.changes = {for_each("security.native_password", "Let them set a new password",
                              "ALTER USER {} IDENTIFIED WITH caching_sha2_password BY '...';",
                              roles)};
  finding.references = {manual_page(facts, "native-pluggable-authentication", "authentication")};
  out.push_back(std::move(finding));
}

std::int64_t sessions_of(const Facts& facts, const std::string& name) {
  const auto& sessions = facts.snapshot().activity.sessions;
  return std::count_if(sessions.begin(), sessions.end(),
                       [&](const model::Session& session) { return session.role == name; });
}

void account_expiring(const Facts& facts, std::vector<model::Finding>& out) {
  const auto roles = accounts_where(facts, [](const Role& role) {
    return role.expires_in_seconds && *role.expires_in_seconds <= notice;
  });
  for (const Role* role : roles) {
    const double left = *role->expires_in_seconds;
    const std::int64_t sessions = sessions_of(facts, role->name);
    // Nobody uses an account that expired long ago.
    if (sessions == 0 && left < 0) continue;
    model::Finding finding = finding_of(
        sessions == 0 ? Severity::low : (left < 2 * day ? Severity::high : Severity::medium),
        named(SubjectKind::role, account(*role)),
        left < 0
            ? fmt::format("The password of {} has expired", account(*role))
            : fmt::format("The password of {} expires in {}", account(*role), text::duration(left)),
        "New sessions are then refused, or may do nothing but set a password; those that are open "
        "go "
        "on, so the outage begins when the pool reconnects.");
    finding.evidence = {
        time("time left", left,
             "mysql.user.password_last_changed, "
             "password_lifetime"),
        count("open sessions of that name", sessions, "performance_schema.threads")};
    finding.impact.outage_risk = sessions > 0 ? std::clamp(1 - left / notice, 0.0, 1.0) : 0;
    finding.impact.arithmetic = "1 - time left / 14 d";
    finding.changes = {manual("security.account_expiring/" + account(*role),
                              "Set a new password, or let it not expire",
                              "ALTER USER " + account(*role) + " PASSWORD EXPIRE NEVER;")};
    finding.references = {manual_page(facts, "password-management", "user-password-expiry")};
    out.push_back(std::move(finding));
  }
}

CheckInfo info(std::string_view id, Severity severity, std::string_view summary,
               std::string_view why, std::string_view guards, std::string_view source,
               unsigned engines = both_forks) {
  return {.id = id,
          .area = Area::security,
          .severity = severity,
          .engines = engines,
          .summary = summary,
          .why = why,
          .privileges = "SELECT on mysql.user",
          .guards = guards,
          .source = source};
}

const Register anonymous_check{
    info("security.anonymous_account", Severity::high, "Accounts without a name",
         "Anybody may log in.", "locked ones; medium when only from this machine",
         "mysql_secure_installation"),
    anonymous};
const Register empty_check{
    info("security.empty_password", Severity::high, "Accounts without a password",
         "Whoever reaches the server is them.",
         "locked ones, roles, log-in by the socket's owner; passwords are never tried",
         "MySQLTuner, without its list of guesses"),
    empty_password};
const Register anywhere_check{
    info("security.superuser_from_anywhere", Severity::medium,
         "Accounts with all rights may log in from any machine",
         "A password that leaks is enough from anywhere.",
         "bound to hosts or networks; managed services; low when TLS is required",
         "mysql_secure_installation"),
    superuser_anywhere};
const Register many_check{
    info("security.many_superusers", Severity::low, "Many accounts have all rights",
         "Each can change everything.", "up to five; the server's own; locked ones",
         "the bound that health checks of the field take"),
    many_superusers};
const Register program_check{
    info("security.program_as_superuser", Severity::medium,
         "Programs on other machines log in with all rights",
         "One hole in the program is one in the whole server.",
         "fewer than 3 sessions: administrators; sessions from this machine; names of which only "
         "some accounts have the rights",
         "the bound that health checks of the field take"),
    program_as_superuser};
const Register native_check{
    info("security.native_password", Severity::medium,
         "Accounts use a way to log in that newer versions do not have",
         "After an upgrade they cannot log in.", "MySQL 5.7; MariaDB, which keeps it",
         "MySQL manual: off from 8.4, removed in 9.0", mysql),
    native_password};
const Register expiring_check{
    info("security.account_expiring", Severity::high, "A password expires soon",
         "The program cannot log in when its pool reconnects.",
         "more than 14 days; expired ones that nobody uses", "14 days, as for PostgreSQL"),
    account_expiring};

}  // namespace
}  // namespace whet::advise::security
