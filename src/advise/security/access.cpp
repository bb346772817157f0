// Who may connect and how: access rules and encryption.
#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "advise/build.h"
#include "advise/check.h"
#include "advise/security/remote.h"
#include "base/text.h"

namespace whet::advise::security {
namespace {

using model::AccessRule;
using model::Severity;

constexpr std::size_t evidence_limit = 20;
constexpr std::string_view hba_source = "pg_hba_file_rules";

bool is_local_rule(const AccessRule& rule) {
  return rule.type == "local" || is_local(rule.address);
}

std::string rule_text(const AccessRule& rule) {
  return text::squeeze(fmt::format("{} {} {} {} {}", rule.type, rule.databases, rule.users,
                                   rule.address, rule.method));
}

template <class Matches>
std::vector<const AccessRule*> rules_where(const Facts& facts, Matches matches) {
  std::vector<const AccessRule*> out;
  for (const AccessRule& rule : facts.server().access_rules) {
    if (matches(rule)) out.push_back(&rule);
  }
  return out;
}

void add_rules(const std::vector<const AccessRule*>& rules, model::Finding& finding) {
  for (const AccessRule* rule : rules) {
    if (finding.evidence.size() == evidence_limit) return;
    finding.evidence.push_back(
        fact("line " + std::to_string(rule->line), rule_text(*rule), hba_source));
  }
}

void trust(const Facts& facts, std::vector<model::Finding>& out) {
  const auto rules = rules_where(
      facts, [](const AccessRule& rule) { return rule.method == "trust" && rule.error.empty(); });
  if (rules.empty()) return;
  const auto remote = std::count_if(rules.begin(), rules.end(),
                                    [](const AccessRule* rule) { return !is_local_rule(*rule); });
  const auto all = static_cast<std::int64_t>(rules.size());
  model::Finding finding;
  finding.severity = remote > 0 ? Severity::high : Severity::low;
  finding.subject = server_subject();
  finding.title =
      remote > 0 ? fmt::format("{} {} other machines in without any proof of who they are (trust)",
                               text::plural(remote, "access rule", "access rules"),
                               remote == 1 ? "lets" : "let")
                 : fmt::format("{} {} every account of this machine in without a password (trust)",
                               text::plural(all, "access rule", "access rules"),
                               all == 1 ? "lets" : "let");
  finding.detail =
      remote > 0
          ? "Whoever reaches the port from those addresses may be any role, a superuser too. Use "
            "scram-sha-256, or cert."
          : "Any program on this machine may be any role, a superuser too. That is usual in a "
            "container of its own; elsewhere use peer for Unix sockets and scram-sha-256 for TCP.";
  add_rules(rules, finding);
  finding.references = {"https://www.postgresql.org/docs/current/auth-trust.html"};
  out.push_back(std::move(finding));
}

void clear_password(const Facts& facts, std::vector<model::Finding>& out) {
  const auto rules = rules_where(facts, [](const AccessRule& rule) {
    return rule.method == "password" && rule.error.empty() && rule.type != "hostssl" &&
           rule.type != "hostgssenc" && !is_local_rule(rule);
  });
  if (rules.empty()) return;
  model::Finding finding;
  finding.severity = Severity::medium;
  finding.subject = server_subject();
  finding.title = fmt::format(
      "{} for passwords in clear text over connections that need no encryption",
      rules.size() == 1 ? "1 access rule asks" : fmt::format("{} access rules ask", rules.size()));
  finding.detail =
      "The method password has the client send the password itself: whoever can read the network "
      "has it. Use scram-sha-256.";
  add_rules(rules, finding);
  finding.references = {"https://www.postgresql.org/docs/current/auth-password.html"};
  out.push_back(std::move(finding));
}

void broken_rule(const Facts& facts, std::vector<model::Finding>& out) {
  const auto rules = rules_where(facts, [](const AccessRule& rule) { return !rule.error.empty(); });
  if (rules.empty()) return;
  model::Finding finding;
  finding.severity = Severity::medium;
  finding.subject = server_subject();
  finding.title = fmt::format("pg_hba.conf has {} that the server cannot read, line {}",
                              rules.size() == 1 ? "a rule" : fmt::format("{} rules", rules.size()),
                              rules.front()->line);
  finding.detail =
      "A reload ignores the whole file and keeps the old rules, and a restart fails. Correct the "
      "file before either is needed.";
  for (const AccessRule* rule : rules) {
    if (finding.evidence.size() == evidence_limit) break;
    finding.evidence.push_back(
        fact("line " + std::to_string(rule->line), rule->error, "pg_hba_file_rules.error"));
  }
  out.push_back(std::move(finding));
}

struct RemoteSessions {
  std::int64_t all = 0, plain = 0;
};

RemoteSessions remote_sessions(const Facts& facts) {
  RemoteSessions sessions;
  for (const model::Session& session : facts.snapshot().activity.sessions) {
    if (session.leader_pid != 0 || is_local(session.client)) continue;
    ++sessions.all;
    if (!session.encrypted) ++sessions.plain;
  }
  return sessions;
}

bool listens_to_others(const Facts& facts) {
  const std::vector<std::string> names = text::split(facts.server().text("listen_addresses"), ',');
  return std::any_of(names.begin(), names.end(),
                     [](const std::string& name) { return !is_local(text::trim(name)); });
}

void tls_off(const Facts& facts, std::vector<model::Finding>& out) {
  if (facts.server().setting("ssl") == nullptr || facts.server().on("ssl")) return;
  const RemoteSessions sessions = remote_sessions(facts);
  if (sessions.plain == 0 && !listens_to_others(facts)) return;
  model::Finding finding;
  finding.severity = sessions.plain > 0 ? Severity::medium : Severity::low;
  finding.subject = setting_subject("ssl");
  finding.title =
      sessions.plain > 0
          ? fmt::format("TLS is off, and {} from other machines",
                        sessions.plain == 1 ? "1 session comes"
                                            : fmt::format("{} sessions come", sessions.plain))
          : std::string("TLS is off, and the server listens to other machines");
  finding.detail =
      "Queries, rows and whatever passwords are sent travel in clear text. Set ssl_cert_file and "
      "ssl_key_file, turn ssl on, and make the rules for remote clients hostssl.";
  finding.evidence = {
      fact("ssl", "off", "pg_settings.setting"),
      fact("listen_addresses", facts.server().text("listen_addresses"), "pg_settings.setting"),
      count("sessions from other machines without encryption", sessions.plain, "pg_stat_ssl.ssl")};
  finding.references = {"https://www.postgresql.org/docs/current/ssl-tcp.html"};
  out.push_back(std::move(finding));
}

void unencrypted_sessions(const Facts& facts, std::vector<model::Finding>& out) {
  if (!facts.server().on("ssl")) return;
  const RemoteSessions sessions = remote_sessions(facts);
  if (sessions.plain == 0) return;
  model::Finding finding;
  finding.severity = Severity::low;
  finding.subject = server_subject();
  finding.title = fmt::format("{} of {} from other machines {} not encrypted, though TLS is on",
                              sessions.plain, text::plural(sessions.all, "session", "sessions"),
                              sessions.plain == 1 ? "is" : "are");
  finding.detail =
      "A client that does not ask for TLS gets none while the access rule says host. Make the "
      "rules "
      "for remote clients hostssl, after their drivers have sslmode=require or better.";
  finding.evidence = {
      count("sessions from other machines without encryption", sessions.plain, "pg_stat_ssl.ssl"),
      count("sessions from other machines", sessions.all, "pg_stat_activity.client_addr")};
  out.push_back(std::move(finding));
}

const Register trust_check{{
                               .id = "security.trust_authentication",
                               .area = Area::security,
                               .severity = Severity::high,
                               .engines = postgresql,
                               .summary = "Access rules with the method trust",
                               .why = "Whoever matches the rule may be any role.",
                               .privileges = "superuser (pg_hba_file_rules)",
                               .guards = "only low for Unix sockets and loopback addresses",
                               .source = "PostgreSQL manual, 20.4 Trust Authentication",
                           },
                           trust};

const Register clear_check{
    {
        .id = "security.clear_text_password",
        .area = Area::security,
        .severity = Severity::medium,
        .engines = postgresql,
        .summary = "Access rules that take passwords in clear text over plain connections",
        .why = "Whoever reads the network has the password.",
        .privileges = "superuser (pg_hba_file_rules)",
        .guards = "hostssl and hostgssenc rules, loopback addresses",
        .source = "PostgreSQL manual, 20.5 Password Authentication",
    },
    clear_password};

const Register broken_check{{
                                .id = "security.access_rule_error",
                                .area = Area::security,
                                .severity = Severity::medium,
                                .engines = postgresql,
                                .summary = "pg_hba.conf holds a line that the server cannot read",
                                .why = "A reload ignores the file, a restart fails.",
                                .privileges = "superuser (pg_hba_file_rules)",
                                .guards = "none: the server itself says so",
                                .source = "PostgreSQL manual, 54.10 pg_hba_file_rules",
                            },
                            broken_rule};

const Register tls_check{
    {
        .id = "security.tls_off",
        .area = Area::security,
        .severity = Severity::medium,
        .engines = postgresql,
        .summary = "TLS is off although other machines connect",
        .why = "Queries, rows and passwords travel in clear text.",
        .privileges = "pg_monitor",
        .guards = "servers that only this machine reaches; only low while no other machine is seen",
        .source = "PostgreSQL manual, 18.9 Secure TCP/IP Connections with SSL",
    },
    tls_off};

const Register plain_check{
    {
        .id = "security.unencrypted_sessions",
        .area = Area::security,
        .severity = Severity::low,
        .engines = postgresql,
        .summary = "Sessions from other machines without TLS on a server that offers it",
        .why = "A client that does not ask for encryption gets none.",
        .privileges = "pg_monitor",
        .guards = "sessions from this machine; servers without TLS (security.tls_off says so)",
        .source = "PostgreSQL manual, 34.18 SSL Support (sslmode prefer)",
    },
    unencrypted_sessions};

}  // namespace
}  // namespace whet::advise::security
