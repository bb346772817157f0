// MongoDB: who may connect, from where, and who can listen.
#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "advise/check.h"
#include "advise/mongodb_server.h"
#include "advise/security/remote.h"
#include "base/text.h"

namespace whet::advise::security {
namespace {

using model::Severity;

struct RemoteSessions {
  std::int64_t all = 0, plain = 0;
};

RemoteSessions remote_sessions(const Facts& facts) {
  RemoteSessions out;
  for (const model::Session* session : mongodb_clients(facts)) {
    if (is_local(session->client)) continue;
    ++out.all;
    if (!session->encrypted) ++out.plain;
  }
  return out;
}

/// "all", or an address of another network than the machine's own.
bool listens_outside(const Facts& facts) {
  if (is_on(facts, "net.bindIpAll")) return true;
  for (const std::string& part : text::split(facts.server().text("net.bindIp"), ',')) {
    const std::string address(text::trim(part));
    if (!address.empty() && !is_local(address) && !address.starts_with("/")) return true;
  }
  return remote_sessions(facts).all > 0;
}

bool listens_everywhere(const Facts& facts) {
  if (is_on(facts, "net.bindIpAll")) return true;
  for (const std::string& part : text::split(facts.server().text("net.bindIp"), ',')) {
    const std::string_view address = text::trim(part);
    if (address == "0.0.0.0" || address == "::" || address == "*") return true;
  }
  return false;
}

enum class Control { unknown, off, on };

// A key file or x.509 between the members switches it on too.
Control access_control(const Facts& facts) {
  if (startup_warning(facts, "access control is not enabled") != nullptr) return Control::off;
  const model::Server& server = facts.server();
  if (server.text("security.authorization") == "enabled" ||
      !server.text("security.keyFile").empty() || !server.text("security.clusterAuthMode").empty())
    return Control::on;
  return Control::unknown;
}

void no_access_control(const Facts& facts, std::vector<model::Finding>& out) {
  if (access_control(facts) != Control::off) return;
  const bool outside = listens_outside(facts);
  const RemoteSessions sessions = remote_sessions(facts);
  model::Finding finding = finding_of(
      outside ? Severity::critical : Severity::medium, server_subject(),
      outside ? "Anybody who reaches the server may read, change and delete everything"
              : "Every program of this machine may read, change and delete everything",
      "Access control is not enabled. Databases in this state are found and emptied within hours "
      "when they can be reached from the Internet. Make an administrator first, then users for the "
      "programs, then switch it on; in a replica set with a key file, member by member, with "
      "security.transitionToAuth meanwhile.");
  finding.evidence = {
      fact("warning at the start", *startup_warning(facts, "access control is not enabled"),
           "getLog startupWarnings"),
      fact("net.bindIp",
           facts.server().text("net.bindIp").empty() ? "(default: localhost)"
                                                     : facts.server().text("net.bindIp"),
           "getCmdLineOpts"),
      count("sessions from other machines", sessions.all, "$currentOp client")};
  finding.impact.outage_risk = outside ? 0.9 : 0.3;
  finding.changes = {edit_config("security.authorization",
                                 "Switch access control on, once there are users",
                                 "security:\n  authorization: enabled")};
  finding.changes.front().risk = model::Risk::high;  // programs without a user cannot work then
  finding.references = {mongodb_manual(facts, "tutorial/enable-authentication")};
  out.push_back(std::move(finding));
}

void transition_left(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting = facts.server().setting("security.transitionToAuth");
  if (!is_on(setting) || facts.server().uptime_seconds < 86400) return;
  model::Finding finding = finding_of(
      Severity::high, setting_subject(setting->name),
      fmt::format("For {} the server has also taken connections without a password",
                  text::duration(facts.server().uptime_seconds)),
      "transitionToAuth is meant for the hours in which members and programs are given their "
      "credentials. Until it is taken out, access control does not hold.");
  finding.evidence = {setting_fact(*setting),
                      time("running for", facts.server().uptime_seconds, "serverStatus.uptime")};
  finding.changes = {edit_config(setting->name, "Take transitionToAuth out, and restart",
                                 "security:\n  # no transitionToAuth")};
  finding.references = {mongodb_manual(facts, "reference/configuration-options")};
  out.push_back(std::move(finding));
}

void bound_to_all(const Facts& facts, std::vector<model::Finding>& out) {
  if (!listens_everywhere(facts) || is_hosted(facts)) return;
  const model::Setting* setting = variable(facts, {"net.bindIp", "net.bindIpAll"});
  const bool guarded = access_control(facts) == Control::on;
  // In a container that is how it is done; the network in front decides.
  const bool container = facts.host() != nullptr && facts.host()->container;
  if (container && guarded) return;
  model::Finding finding = finding_of(
      guarded ? Severity::info : Severity::medium, setting_subject(setting->name),
      "The server listens on all addresses of its machine",
      "Also on those that are added later. Name the addresses at which programs and members "
      "connect, and let a firewall say who may.");
  finding.evidence = {setting_fact(*setting),
                      fact("access control", guarded ? "on" : "off or unknown",
                           "getCmdLineOpts, getLog startupWarnings")};
  finding.changes = {edit_config("net.bindIp", "Listen only where programs connect",
                                 "net:\n  bindIp: localhost,<private address>")};
  finding.references = {mongodb_manual(facts, "core/security-mongodb-configuration")};
  out.push_back(std::move(finding));
}

std::string tls_mode(const Facts& facts) {
  for (const char* name : {"tlsMode", "sslMode", "net.tls.mode", "net.ssl.mode"}) {
    const std::string mode = facts.server().text(name);
    if (!mode.empty()) return mode;
  }
  return {};
}

void no_tls(const Facts& facts, std::vector<model::Finding>& out) {
  const std::string mode = tls_mode(facts);
  const RemoteSessions sessions = remote_sessions(facts);
  const bool off = mode == "disabled" || (mode.empty() && !facts.server().settings.empty());
  if (!off || sessions.all == 0 || is_hosted(facts)) return;
  model::Finding finding = finding_of(
      Severity::medium, setting_subject("net.tls.mode"),
      fmt::format("The server offers no encryption, and {} from other machines",
                  text::plural(sessions.all, "session comes", "sessions come")),
      "Queries and documents travel in clear text, between the members too. Give the server a "
      "certificate, and go from allowTLS over preferTLS to requireTLS without a pause.");
  finding.evidence = {fact("mode", mode.empty() ? "not set" : mode, "getParameter tlsMode"),
                      count("sessions from other machines", sessions.all, "$currentOp client")};
  finding.changes = {edit_config("net.tls", "Give the server a certificate",
                                 "net:\n  tls:\n    mode: preferTLS\n    certificateKeyFile: "
                                 "/etc/ssl/mongodb.pem\n    CAFile: /etc/ssl/ca.pem")};
  finding.references = {mongodb_manual(facts, "tutorial/configure-ssl")};
  out.push_back(std::move(finding));
}

void tls_not_required(const Facts& facts, std::vector<model::Finding>& out) {
  const std::string mode = text::lower(tls_mode(facts));
  const bool optional =
      mode == "allowtls" || mode == "prefertls" || mode == "allowssl" || mode == "preferssl";
  const RemoteSessions sessions = remote_sessions(facts);
  if (!optional || sessions.all == 0) return;
  model::Finding finding = finding_of(
      Severity::low, setting_subject("net.tls.mode"),
      fmt::format("Encryption is offered and not required ({})", tls_mode(facts)),
      "A program that does not ask for TLS sends its documents in clear text, and nobody notices. "
      "When all of them ask for it, require it: that can be set on the running server.");
  finding.evidence = {fact("mode", tls_mode(facts), "getParameter tlsMode"),
                      count("sessions from other machines", sessions.all, "$currentOp client")};
  finding.changes = {manual("setting/tlsMode", "Require TLS, once every program uses it",
                            mode == "allowtls" || mode == "allowssl"
                                ? "db.adminCommand({setParameter: 1, tlsMode: \"preferTLS\"})"
                                : "db.adminCommand({setParameter: 1, tlsMode: \"requireTLS\"})")};
  finding.changes.front().risk = model::Risk::high;
  finding.references = {mongodb_manual(facts, "tutorial/upgrade-cluster-to-ssl")};
  out.push_back(std::move(finding));
}

void old_tls(const Facts& facts, std::vector<model::Finding>& out) {
  const double old =
      status(facts, "transportSecurity.1.0") + status(facts, "transportSecurity.1.1");
  if (old < 1) return;
  model::Finding finding = finding_of(
      Severity::low, server_subject(),
      fmt::format("{:.0f} connections were made with TLS 1.0 or 1.1", old),
      "Both are broken and were withdrawn in 2021 (RFC 8996). The log names the clients "
      "('Accepted connection with TLS'); renew their drivers, then disable the old protocols.");
  finding.evidence = {
      status_fact(facts, "transportSecurity.1.0"), status_fact(facts, "transportSecurity.1.1"),
      status_fact(facts, "transportSecurity.1.2"), status_fact(facts, "transportSecurity.1.3")};
  finding.changes = {edit_config("net.tls.disabledProtocols", "Refuse the old protocols",
                                 "net:\n  tls:\n    disabledProtocols: TLS1_0,TLS1_1")};
  finding.changes.front().risk = model::Risk::medium;
  finding.references = {mongodb_manual(facts, "tutorial/configure-ssl")};
  out.push_back(std::move(finding));
}

void certificates_unchecked(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting =
      variable(facts, {"net.tls.allowInvalidCertificates", "net.ssl.allowInvalidCertificates",
                       "net.tls.allowInvalidHostnames", "net.ssl.allowInvalidHostnames"});
  if (!is_on(setting)) return;
  model::Finding finding = finding_of(
      Severity::medium, setting_subject(setting->name), "Certificates are not checked",
      "Whoever can stand between two members, or between a program and the server, can read and "
      "change everything in spite of TLS.");
  finding.evidence = {setting_fact(*setting)};
  finding.changes = {edit_config(setting->name, "Check certificates",
                                 "net:\n  tls:\n    CAFile: /etc/ssl/ca.pem\n    "
                                 "allowInvalidCertificates: false")};
  finding.changes.front().risk = model::Risk::medium;
  finding.references = {mongodb_manual(facts, "tutorial/configure-ssl")};
  out.push_back(std::move(finding));
}

void localhost_exception(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting = facts.server().setting("enableLocalhostAuthBypass");
  if (!is_on(setting) || access_control(facts) != Control::on) return;
  // It ends with the first user; a server whose users cannot be seen may be in order.
  if (!facts.server().current_role.empty() || !facts.server().roles.empty()) return;
  const double logins =
      status(facts, "security.authentication.mechanisms.SCRAM-SHA-256.authenticate.successful") +
      status(facts, "security.authentication.mechanisms.SCRAM-SHA-1.authenticate.successful") +
      status(facts, "security.authentication.mechanisms.MONGODB-X509.authenticate.successful");
  if (logins > 0 || facts.server().uptime_seconds < 3600) return;
  model::Finding finding = finding_of(
      Severity::low, setting_subject(setting->name),
      "Access control is on, and nobody has ever logged in",
      "As long as there is no user, whoever gets onto the machine may make the first one, with all "
      "rights. Make the administrator now, or switch the exception off.");
  finding.evidence = {setting_fact(*setting), number("log-ins", logins, "serverStatus.security"),
                      time("running for", facts.server().uptime_seconds, "serverStatus.uptime")};
  finding.changes = {edit_config(setting->name, "Switch the exception off once there are users",
                                 "setParameter:\n  enableLocalhostAuthBypass: false")};
  finding.references = {mongodb_manual(facts, "core/localhost-exception")};
  out.push_back(std::move(finding));
}

void as_root(const Facts& facts, std::vector<model::Finding>& out) {
  const std::string* warned = startup_warning(facts, "root user");
  if (warned == nullptr || is_hosted(facts)) return;
  const bool container = facts.host() != nullptr && facts.host()->container;
  model::Finding finding = finding_of(
      container ? Severity::info : Severity::low, server_subject(),
      "The server runs as the machine's root user",
      "A fault in the server, or somebody who may run commands in it, then has the whole machine. "
      "Packages make a user 'mongod' or 'mongodb': give it the data and the log, and start the "
      "service as it.");
  finding.evidence = {fact("warning at the start", *warned, "getLog startupWarnings")};
  finding.references = {mongodb_manual(facts, "administration/security-checklist")};
  out.push_back(std::move(finding));
}

constexpr std::string_view checklist = "MongoDB manual, security checklist";

const Register control_check{
    server_check(
        "security.access_control_off", Severity::critical, "Everybody may do everything",
        "Such databases are found and emptied.",
        "only where the server says so itself; medium while it can be reached only from its own "
        "machine",
        checklist),
    no_access_control};
const Register transition_check{
    server_check("security.transition_to_auth", Severity::high,
                 "Access control is in transition for more than a day",
                 "Connections without a password are still taken.", "the first day", checklist),
    transition_left};
const Register bind_check{
    server_check(
        "security.bind_all", Severity::medium, "The server listens on all addresses",
        "Also on those that nobody thought of.",
        "for information where access control is on, and nothing in a container; hosted servers",
        checklist),
    bound_to_all};
const Register no_tls_check{
    server_check("security.no_tls", Severity::medium,
                 "The server offers no encryption, though programs connect from other machines",
                 "Documents travel in clear text.",
                 "no session from another machine; hosted servers", checklist),
    no_tls};
const Register required_check{
    server_check("security.tls_not_required", Severity::low,
                 "Encryption is offered and not required", "One program without it goes unnoticed.",
                 "no session from another machine", checklist),
    tls_not_required};
const Register old_check{
    server_check("security.old_tls", Severity::low, "Old versions of TLS are used",
                 "They are broken.", "none of the connections since the start used them",
                 "RFC 8996; MongoDB manual, serverStatus.transportSecurity"),
    old_tls};
const Register certificate_check{
    server_check("security.certificates_unchecked", Severity::medium,
                 "Certificates are not checked", "TLS then keeps nobody from listening.",
                 "they are checked", checklist),
    certificates_unchecked};
const Register localhost_check{
    server_check("security.localhost_exception", Severity::low,
                 "Access control is on, and there may be no user yet",
                 "The first to come makes the first user.",
                 "anybody has logged in, or users were seen; the first hour", checklist),
    localhost_exception};
const Register root_check{
    server_check("security.root_process", Severity::low, "The server runs as root",
                 "A fault in it costs the whole machine.", "no such warning; hosted servers",
                 checklist),
    as_root};

}  // namespace
}  // namespace whet::advise::security
