// MySQL and MariaDB: encryption, files, and what is open that should not be.
#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "advise/check.h"
#include "advise/mysql_facts.h"
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
  for (const model::Session& session : facts.snapshot().activity.sessions) {
    const bool client =
        session.kind.empty() || session.kind == "client backend" || session.kind == "binlog dump";
    if (!client || is_local(session.client)) continue;
    ++out.all;
    if (!session.encrypted) ++out.plain;
  }
  return out;
}

/// The server has a certificate. MySQL has made itself one since 5.7, MariaDB since 11.4.
bool offers_tls(const Facts& facts) {
  const model::Setting* have = facts.server().setting("have_ssl");
  if (have != nullptr) return text::lower(have->value) == "yes";
  return !facts.server().text("ssl_cert").empty() || holds(facts, {80000, 110400});
}

void no_tls(const Facts& facts, std::vector<model::Finding>& out) {
  if (facts.server().settings.empty() || offers_tls(facts)) return;
  const RemoteSessions sessions = remote_sessions(facts);
  if (sessions.all == 0) return;
  model::Finding finding = finding_of(
      Severity::medium, server_subject(),
      fmt::format("The server offers no encryption, and {} from other machines",
                  text::plural(sessions.all, "session comes", "sessions come")),
      "Statements, rows and, with some ways to log in, passwords travel in clear text. Give the "
      "server a certificate (ssl_cert, ssl_key), and then require it of remote accounts.");
  finding.evidence = {
      count("sessions from other machines", sessions.all, "SHOW PROCESSLIST"),
      fact("ssl_cert",
           facts.server().text("ssl_cert").empty() ? "(none)" : facts.server().text("ssl_cert"),
           "SHOW GLOBAL VARIABLES")};
  if (const model::Setting* have = facts.server().setting("have_ssl"))
    finding.evidence.push_back(variable_fact(*have));
  finding.references = {manual_page(facts, "using-encrypted-connections",
                                    "securing-connections-for-client-and-server")};
  out.push_back(std::move(finding));
}

void plain_sessions(const Facts& facts, std::vector<model::Finding>& out) {
  // Only performance_schema knows which sessions are encrypted.
  if (!is_on(facts, "performance_schema") || !offers_tls(facts)) return;
  const RemoteSessions sessions = remote_sessions(facts);
  if (sessions.plain == 0) return;
  const model::Setting* required = facts.server().setting("require_secure_transport");
  model::Finding finding = finding_of(
      Severity::low, server_subject(),
      fmt::format("{} of {} from other machines {} not encrypted, though the server offers it",
                  sessions.plain, text::plural(sessions.all, "session", "sessions"),
                  sessions.plain == 1 ? "is" : "are"),
      "Let their drivers ask for TLS (ssl-mode REQUIRED or better), then require it: REQUIRE SSL "
      "of the accounts, or require_secure_transport for all.");
  finding.evidence = {
      count("sessions without encryption", sessions.plain,
            "performance_schema.threads.CONNECTION_TYPE"),
      count("sessions from other machines", sessions.all, "performance_schema.threads")};
  if (required != nullptr) finding.evidence.push_back(variable_fact(*required));
  finding.references = {manual_page(facts, "using-encrypted-connections",
                                    "securing-connections-for-client-and-server")};
  out.push_back(std::move(finding));
}

void old_tls(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting = facts.server().setting("tls_version");
  if (setting == nullptr || !offers_tls(facts)) return;
  std::vector<std::string> kept;
  bool old = false;
  for (const std::string& part : text::split(setting->value, ',')) {
    const std::string version(text::trim(part));
    if (version == "TLSv1" || version == "TLSv1.0" || version == "TLSv1.1") {
      old = true;
    } else if (!version.empty()) {
      kept.push_back(version);
    }
  }
  if (!old) return;
  model::Finding finding = finding_of(
      Severity::low, setting_subject(setting->name),
      fmt::format("The server takes old versions of TLS ({})", setting->value),
      "TLS 1.0 and 1.1 are broken and were withdrawn in 2021 (RFC 8996). See first that no client "
      "needs them.");
  finding.evidence = {variable_fact(*setting)};
  if (!kept.empty()) {
    finding.changes = {set_variable(facts, *setting, text::join(kept, ","),
                                    "only versions that are safe are taken")};
    finding.changes.front().risk = model::Risk::medium;  // old clients cannot connect any more
  }
  finding.references = {
      manual_page(facts, "encrypted-connection-protocols-ciphers", "ssltls-system-variables")};
  out.push_back(std::move(finding));
}

bool is_local_source(const std::string& source) {
  return is_local(source.substr(0, source.rfind(':')));
}

void replication_plain(const Facts& facts, std::vector<model::Finding>& out) {
  for (const model::ReplicationChannel& channel : facts.snapshot().replication.channels) {
    if (channel.encrypted || channel.source.empty() || is_local_source(channel.source)) continue;
    model::Finding finding = finding_of(
        Severity::low,
        named(model::SubjectKind::replica, channel.name.empty() ? channel.source : channel.name),
        fmt::format("All changes come from {} in clear text", channel.source),
        "Every row that is written there crosses the network. SOURCE_SSL = 1 (MariaDB: MASTER_SSL) "
        "encrypts it; the channel must be stopped for that.");
    finding.evidence = {fact("TLS", "no", "SHOW REPLICA STATUS, Source_SSL_Allowed"),
                        fact("source", channel.source, "SHOW REPLICA STATUS")};
    finding.references = {manual_page(facts, "replication-encrypted-connections",
                                      "replication-with-secure-connections")};
    out.push_back(std::move(finding));
  }
}

void local_infile(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting = facts.server().setting("local_infile");
  if (!is_on(setting)) return;
  const bool chosen = !is_default(*setting);
  model::Finding finding = finding_of(
      chosen ? Severity::low : Severity::info, setting_subject(setting->name),
      "LOAD DATA LOCAL is allowed",
      "A hole in a program's SQL then also reads files of the program's machine. Most programs "
      "never load files; switch it on for the session of a bulk load.");
  finding.evidence = {variable_fact(*setting),
                      fact("set by", setting->source.empty() ? "default" : setting->source,
                           "SYSTEM_VARIABLES, variables_info")};
  finding.changes = {set_variable(facts, *setting, "OFF", "clients' files cannot be asked for")};
  finding.changes.front().risk = model::Risk::medium;  // bulk loads of clients fail then
  finding.references = {manual_page(facts, "load-data-local-security", "load-data-infile")};
  out.push_back(std::move(finding));
}

void file_access(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting = facts.server().setting("secure_file_priv");
  if (setting == nullptr || !setting->value.empty()) return;
  // Shown as empty by some clients when it is NULL; only MySQL's own default is a folder or NULL.
  model::Finding finding = finding_of(
      is_default(*setting) ? Severity::info : Severity::low, setting_subject(setting->name),
      "Accounts with the FILE right may read and write files anywhere on the server",
      "As far as the server's own user may. A folder of its own for imports and exports, or NULL "
      "for none, bounds that.");
  finding.evidence = {fact(setting->name, "(empty: anywhere)", "SHOW GLOBAL VARIABLES")};
  finding.changes = {manual("setting/secure_file_priv", "Bound it to a folder, after a restart",
                            "secure_file_priv = /var/lib/mysql-files")};
  finding.references = {manual_page(facts, "server-system-variables", "server-system-variables")};
  out.push_back(std::move(finding));
}

void grants_skipped(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting = facts.server().setting("skip_grant_tables");
  if (!is_on(setting)) return;
  model::Finding finding = finding_of(
      Severity::critical, setting_subject(setting->name),
      "Anybody who reaches the server may do anything (skip_grant_tables)",
      "It is for minutes, to set a lost password. Take it out of the option file and restart, or "
      "run FLUSH PRIVILEGES now.");
  finding.evidence = {variable_fact(*setting)};
  finding.impact.outage_risk = 0.8;
  finding.references = {manual_page(facts, "server-options", "mariadbd-options")};
  out.push_back(std::move(finding));
}

void test_database(const Facts& facts, std::vector<model::Finding>& out) {
  for (const model::Database& database : facts.server().databases) {
    if (database.name != "test") continue;
    model::Finding finding = finding_of(
        Severity::info, named(model::SubjectKind::database, database.name),
        "There is a database test, which old installations open to every account",
        "mysql.db may hold rights on it for everybody. Nothing of value should be there; "
        "mysql_secure_installation removes it.");
    finding.evidence = {
        size("size", static_cast<double>(database.size_bytes), "information_schema.TABLES")};
    finding.references = {manual_page(facts, "default-privileges", "mysql_secure_installation")};
    out.push_back(std::move(finding));
  }
}

CheckInfo info(std::string_view id, Severity severity, std::string_view summary,
               std::string_view why, std::string_view guards, std::string_view source,
               std::string_view privileges = "", unsigned engines = both_forks) {
  return {.id = id,
          .area = Area::security,
          .severity = severity,
          .engines = engines,
          .summary = summary,
          .why = why,
          .privileges = privileges,
          .guards = guards,
          .source = source};
}

const Register none_check{
    info("security.no_tls", Severity::medium, "The server offers no encryption",
         "Statements and rows travel in clear text.", "no session from another machine",
         "MySQL manual, Using Encrypted Connections", "PROCESS"),
    no_tls};
const Register plain_check{
    info("security.plain_sessions", Severity::low,
         "Sessions from other machines are not encrypted, though the server offers it",
         "A client that does not ask gets none.",
         "sessions from this machine; performance_schema off: nobody knows then; no TLS at all "
         "(security.no_tls)",
         "MySQL manual, require_secure_transport", "SELECT on performance_schema"),
    plain_sessions};
const Register old_check{info("security.old_tls", Severity::low, "Old versions of TLS are taken",
                              "They are broken.", "1.2 and later only; no certificate", "RFC 8996"),
                         old_tls};
const Register channel_check{
    info("security.replication_plain", Severity::low, "Replication is not encrypted",
         "All changes cross the network in clear text.", "sources on this machine",
         "MySQL manual, Replication With Encrypted Connections", "REPLICATION CLIENT"),
    replication_plain};
const Register infile_check{
    info("security.local_infile", Severity::low, "Clients' files may be loaded",
         "A hole in a program's SQL reads files of its machine.",
         "off; only for information where it is the default (MariaDB)",
         "MySQL manual, LOAD DATA LOCAL"),
    local_infile};
const Register file_check{
    info("security.file_access", Severity::low, "Files anywhere on the server may be read",
         "Accounts with FILE read what the server's user may read.",
         "a folder, or NULL; only for information where it is the default (MariaDB)",
         "MySQL manual, secure_file_priv"),
    file_access};
const Register skipped_check{
    info("security.grants_skipped", Severity::critical, "No account is checked",
         "Anybody may do anything.", "off; MySQL does not show it", "MariaDB manual", "", mariadb),
    grants_skipped};
const Register test_check{
    info("security.test_database", Severity::info, "There is a database named test",
         "Every account may have rights on it.", "other names", "mysql_secure_installation"),
    test_database};

}  // namespace
}  // namespace whet::advise::security
