// MySQL and MariaDB: how many connections there are, how they come and go, what they leave behind.
#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "advise/check.h"
#include "advise/mysql_facts.h"
#include "advise/pool/mysql_sessions.h"
#include "advise/pool/sessions.h"
#include "base/text.h"

namespace whet::advise::pool {

std::vector<const model::Session*> mysql_clients(const Facts& facts) {
  std::vector<const model::Session*> out;
  for (const model::Session& session : facts.snapshot().activity.sessions) {
    if (session.kind.empty() || session.kind == "client backend" || session.kind == "client")
      out.push_back(&session);
  }
  return out;
}

std::string program_of(const model::Session& session) {
  return session.application.empty()
             ? "account " + session.role
             : fmt::format("{} (account {})", session.application, session.role);
}

std::string ids_of(const std::vector<const model::Session*>& sessions) { return pids_of(sessions); }

namespace {

using model::Severity;

Severity use_severity(double use, double refused) {
  if (use >= 0.95) return Severity::critical;
  return use >= 0.85 || refused > 0 ? Severity::high : Severity::medium;
}

// What happened since the start may be long over: only what is taken now, and refusals in the
// window, make it urgent.
void connections_taken(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting = facts.server().setting("max_connections");
  const double most = number_of(setting).value_or(0);
  if (setting == nullptr || most <= 0) return;
  const double now =
      std::max(status(facts, "Threads_connected"),
               static_cast<double>(facts.snapshot().activity.waits.peak_connections));
  const double peak = status(facts, "Max_used_connections");
  const double refused = status(facts, "Connection_errors_max_connections");
  const double refused_now =
      facts.server().status_window("Connection_errors_max_connections").value_or(0);
  const bool full_once = peak / most > 0.85 || refused > 0;
  if (now / most < 0.7 && !full_once) return;
  model::Finding finding = finding_of(
      now / most >= 0.7 || refused_now > 0 ? use_severity(now / most, refused_now) : Severity::low,
      setting_subject(setting->name),
      now / most >= 0.7
          ? fmt::format("{:.0f} of {:.0f} connections are taken ({})", now, most,
                        text::percent(now / most))
          : fmt::format("At its peak {:.0f} of {:.0f} connections were taken{}", peak, most,
                        refused > 0 ? fmt::format(", and {:.0f} clients were refused", refused)
                                    : std::string()),
      "When none is left, new clients are refused: 'Too many connections'. Look first at sleeping "
      "ones and at the programs' pools, or put a pooler in front; only then raise max_connections, "
      "as far as the memory of all of them allows.");
  finding.evidence = {
      status_fact(facts, "Threads_connected"), status_fact(facts, "Max_used_connections"),
      number("refused", refused, "Connection_errors_max_connections"), variable_fact(*setting)};
  finding.impact.outage_risk = std::min(1.0, now / most);
  finding.impact.arithmetic = fmt::format("{:.0f} / {:.0f}", now, most);
  finding.references = {
      manual_page(facts, "too-many-connections", "handling-too-many-connections")};
  out.push_back(std::move(finding));
}

void aborted_connects(const Facts& facts, std::vector<model::Finding>& out) {
  const auto failed = part_of(facts, "Aborted_connects", {"Connections"}, 1000);
  if (!failed || failed->value <= 0.03 || failed->part < 100) return;
  model::Finding finding = finding_of(
      Severity::low, server_subject(),
      fmt::format("{} of the connections fail before they begin", text::percent(failed->value)),
      "Wrong passwords or databases, clients that give up, or a load balancer that only knocks. "
      "The error log names accounts and hosts with log_error_verbosity = 3 (MariaDB: log_warnings "
      "= 2). Health checks should log in, or be sent elsewhere.");
  finding.evidence = {status_fact(facts, "Aborted_connects"), status_fact(facts, "Connections"),
                      age_fact(facts)};
  for (const char* name :
       {"Access_denied_errors", "Aborted_connects_preauth", "Connection_errors_internal"}) {
    if (facts.server().status_value(name) != nullptr)
      finding.evidence.push_back(status_fact(facts, name));
  }
  finding.impact.arithmetic = fmt::format("{:.0f} / {:.0f}", failed->part, failed->whole);
  finding.references = {manual_page(facts, "communication-errors", "server-status-variables")};
  out.push_back(std::move(finding));
}

void aborted_clients(const Facts& facts, std::vector<model::Finding>& out) {
  const auto lost = part_of(facts, "Aborted_clients", {"Connections"}, 1000);
  if (!lost || lost->value <= 0.03 || lost->part < 100) return;
  model::Finding finding = finding_of(
      Severity::low, server_subject(),
      fmt::format("{} of the sessions end without a goodbye", text::percent(lost->value)),
      "Programs that crash or do not close, connections that were idle for wait_timeout, or a "
      "network that cuts them: open transactions are rolled back, and until the loss is noticed "
      "their locks stay. Let pools close connections before wait_timeout does.");
  finding.evidence = {status_fact(facts, "Aborted_clients"), status_fact(facts, "Connections"),
                      age_fact(facts)};
  if (const model::Setting* timeout = facts.server().setting("wait_timeout"))
    finding.evidence.push_back(variable_fact(*timeout));
  finding.impact.arithmetic = fmt::format("{:.0f} / {:.0f}", lost->part, lost->whole);
  finding.references = {manual_page(facts, "communication-errors", "server-status-variables")};
  out.push_back(std::move(finding));
}

void prepared_statements(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting = facts.server().setting("max_prepared_stmt_count");
  const double most = number_of(setting).value_or(0);
  const double open = status(facts, "Prepared_stmt_count");
  if (most <= 0 || open / most < 0.8) return;
  model::Finding finding = finding_of(
      open / most >= 0.95 ? Severity::high : Severity::medium, setting_subject(setting->name),
      fmt::format("{:.0f} of {:.0f} prepared statements are open", open, most),
      "At the limit the next PREPARE of any program fails. A number that only grows is a program "
      "that does not close its statements; one that follows the connections is a driver that "
      "caches "
      "them in each: make that cache smaller, or raise the limit.");
  finding.evidence = {status_fact(facts, "Prepared_stmt_count"), variable_fact(*setting),
                      status_fact(facts, "Com_stmt_prepare"), status_fact(facts, "Com_stmt_close"),
                      status_fact(facts, "Threads_connected")};
  finding.impact.outage_risk = std::min(1.0, open / most);
  finding.impact.arithmetic = fmt::format("{:.0f} / {:.0f}", open, most);
  finding.references = {manual_page(facts, "server-system-variables", "server-system-variables")};
  out.push_back(std::move(finding));
}

void churn(const Facts& facts, std::vector<model::Finding>& out) {
  const double rate = per_second(facts, "Connections");
  const double questions = per_second(facts, "Questions");
  const double each = rate > 0 ? questions / rate : 0;
  if (rate < 10 || each > 20) return;
  model::Finding finding = finding_of(
      rate >= 100 ? Severity::medium : Severity::low, server_subject(),
      fmt::format("{} connections begin each second, for {} statements each", text::number(rate),
                  text::number(each)),
      "Logging in costs several round trips and, with TLS, more CPU than most statements. Keep "
      "connections in a pool in the program, or put a pooler (ProxySQL, MaxScale) in front.");
  finding.evidence = {status_fact(facts, "Connections"), status_fact(facts, "Questions"),
                      age_fact(facts)};
  finding.impact.arithmetic = fmt::format(
      "{:.0f} / {} = {} a second; {} / {} = {} statements each", status(facts, "Connections"),
      text::duration(status_age(facts)), text::number(rate), text::number(questions),
      text::number(rate), text::number(each));
  finding.references = {manual_page(facts, "connection-management", "thread-pool-in-mariadb")};
  out.push_back(std::move(finding));
}

void idle_surplus(const Facts& facts, std::vector<model::Finding>& out) {
  const model::WaitSamples& waits = facts.snapshot().activity.waits;
  const auto clients = mysql_clients(facts);
  const auto idle = std::count_if(clients.begin(), clients.end(),
                                  [](const model::Session* one) { return one->state != "active"; });
  if (waits.samples < 5 || idle < 200 || idle < 10 * waits.peak_active) return;
  model::Finding finding = finding_of(
      Severity::low, server_subject(),
      fmt::format("{} sessions are idle, at most {} worked at once", idle, waits.peak_active),
      "Each idle session keeps its thread, its buffers and its open tables, and a storm of "
      "requests "
      "may wake them all at once. Smaller pools in the programs serve the same load.");
  finding.evidence = {
      count("idle sessions", idle, "performance_schema.threads"),
      count("most active in a sample", waits.peak_active, "performance_schema.threads, sampled"),
      count("samples", waits.samples, "Whet")};
  out.push_back(std::move(finding));
}

CheckInfo info(std::string_view id, Severity severity, std::string_view summary,
               std::string_view why, std::string_view guards, std::string_view source,
               std::string_view privileges = "") {
  return {.id = id,
          .area = Area::pool,
          .severity = severity,
          .engines = both_forks,
          .summary = summary,
          .why = why,
          .privileges = privileges,
          .guards = guards,
          .source = source};
}

const Register taken_check{
    info("pool.max_connections", Severity::critical, "Most of the connections are or were taken",
         "The next client is refused.",
         "under 70 % now, and never over 85 % nor a refusal; what is over is low",
         "MySQLTuner: 85 %"),
    connections_taken};
const Register connect_check{
    info("pool.aborted_connects", Severity::low, "Connections fail before they begin",
         "Programs wait and try again, or somebody guesses passwords.",
         "under 1,000 connections, 100 failures, or 3 %; counters younger than a day",
         "MySQLTuner"),
    aborted_connects};
const Register client_check{
    info("pool.aborted_clients", Severity::low, "Sessions end without a goodbye",
         "Their work is rolled back, their locks stay for a while.",
         "under 1,000 connections, 100 lost, or 3 %; counters younger than a day", "MySQLTuner"),
    aborted_clients};
const Register prepared_check{
    info("pool.prepared_statements", Severity::high, "Programs leave prepared statements open",
         "At the limit the next PREPARE fails.", "under 80 % of max_prepared_stmt_count", "apa"),
    prepared_statements};
const Register churn_check{
    info("pool.connection_churn", Severity::medium,
         "Connections are made for a few statements each",
         "Logging in costs more than the statements.",
         "under 10 a second, or more than 20 statements each; counters younger than a day",
         "the bound that health checks of the field take"),
    churn};
const Register surplus_check{
    info("pool.idle_connections", Severity::low, "Far more idle sessions than ever work at once",
         "Each keeps memory and open tables.",
         "fewer than 200 idle, or than 10 for each that works; fewer than 5 samples",
         "twice the bounds of PostgreSQL: threads are cheaper", "PROCESS"),
    idle_surplus};

}  // namespace
}  // namespace whet::advise::pool
