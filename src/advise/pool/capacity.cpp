// How many connections there are, against how many there may be and how many are needed.
#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include <fmt/format.h>

#include "advise/build.h"
#include "advise/check.h"
#include "advise/pool/sessions.h"
#include "base/text.h"

namespace whet::advise::pool {
namespace {

using model::Session;
using model::Severity;
using model::SubjectKind;

constexpr double medium_use = 0.7, high_use = 0.85, critical_use = 0.95;
constexpr std::int64_t enough_samples = 5;

Severity use_severity(double use) {
  if (use >= critical_use) return Severity::critical;
  return use >= high_use ? Severity::high : Severity::medium;
}

double connections(const Facts& facts) {
  return std::max(static_cast<double>(client_sessions(facts).size()),
                  static_cast<double>(facts.snapshot().activity.waits.peak_connections));
}

std::int64_t in_state(const Facts& facts, std::string_view state) {
  const auto sessions = client_sessions(facts);
  return std::count_if(sessions.begin(), sessions.end(),
                       [&](const Session* session) { return session->state == state; });
}

void saturation(const Facts& facts, std::vector<model::Finding>& out) {
  const double most = capacity(facts);
  const double used = connections(facts);
  if (most <= 0 || used / most < medium_use) return;
  model::Finding finding;
  finding.severity = use_severity(used / most);
  finding.subject = setting_subject("max_connections");
  finding.title =
      fmt::format("{} of {} connections are taken ({})", used, most, text::percent(used / most));
  finding.detail =
      "When none is left, new clients are refused: 'too many clients already'. Put a pooler in "
      "front, or make the programs' pools smaller; raising max_connections needs a restart and "
      "costs memory and snapshot time.";
  finding.evidence = {
      number("most connections seen in the window", used, "pg_stat_activity"),
      number("connections for ordinary roles", most,
             "max_connections - superuser_reserved_connections - reserved_connections"),
      count("of those now idle", in_state(facts, "idle"), "pg_stat_activity.state")};
  finding.impact.outage_risk = std::min(1.0, used / most);
  finding.impact.arithmetic = "taken / available";
  out.push_back(std::move(finding));
}

void report_limit(model::SubjectKind kind, const std::string& name, double used, double limit,
                  std::string_view source, std::vector<model::Finding>& out) {
  if (limit <= 0 || used / limit < high_use) return;
  const char* what = kind == SubjectKind::role ? "Role" : "Database";
  model::Finding finding;
  finding.severity = used / limit >= critical_use ? Severity::high : Severity::medium;
  finding.subject = named(kind, name);
  finding.title =
      fmt::format("{} {} has {} of the {} connections that it may have", what, name, used, limit);
  finding.detail =
      "At its limit new connections are refused, though the server has room. Raise the limit or "
      "make the pool smaller.";
  finding.evidence = {number("connections", used, "pg_stat_activity"),
                      number("limit", limit, source)};
  finding.impact.outage_risk = std::min(1.0, used / limit);
  finding.impact.arithmetic = "taken / limit";
  out.push_back(std::move(finding));
}

void own_limits(const Facts& facts, std::vector<model::Finding>& out) {
  std::map<std::string, double> by_role;
  for (const Session* session : client_sessions(facts)) ++by_role[session->role];
  for (const model::Role& role : facts.server().roles) {
    if (!role.superuser)
      report_limit(SubjectKind::role, role.name, by_role[role.name],
                   static_cast<double>(role.connection_limit), "pg_roles.rolconnlimit", out);
  }
  for (const model::Database& database : facts.server().databases) {
    report_limit(SubjectKind::database, database.name, static_cast<double>(database.connections),
                 static_cast<double>(database.connection_limit), "pg_database.datconnlimit", out);
  }
}

void idle_surplus(const Facts& facts, std::vector<model::Finding>& out) {
  const model::WaitSamples& waits = facts.snapshot().activity.waits;
  const std::int64_t idle = in_state(facts, "idle");
  if (waits.samples < enough_samples || idle < 100 || idle < 5 * waits.peak_active) return;
  model::Finding finding;
  finding.severity = Severity::low;
  finding.subject = server_subject();
  finding.title =
      fmt::format("{} sessions are idle, at most {} worked at once", idle, waits.peak_active);
  finding.detail =
      "Each idle session is a process with caches of its own, and a storm of requests may wake "
      "them "
      "all at once. Smaller pools in the programs, or one pooler in front of all, serve the same "
      "load.";
  finding.evidence = {
      count("idle sessions", idle, "pg_stat_activity.state"),
      count("most active sessions in a sample", waits.peak_active, "pg_stat_activity, sampled"),
      count("samples", waits.samples, "Whet"),
      number("sessions needed (1.3 x peak)",
             std::ceil(1.3 * static_cast<double>(waits.peak_active)), "1.3 x most active")};
  out.push_back(std::move(finding));
}

// The share of samples of active sessions that were computing rather than waiting.
double computing_share(const model::WaitSamples& waits) {
  double all = 0, computing = 0;
  for (const model::WaitCount& wait : waits.counts) {
    if (!wait.query_id.empty()) continue;
    all += static_cast<double>(wait.count);
    if (wait.type == "CPU" || wait.event == "CPU") computing += static_cast<double>(wait.count);
  }
  return all > 0 ? computing / all : 0;
}

void size_advice(const Facts& facts, std::vector<model::Finding>& out) {
  const model::WaitSamples& waits = facts.snapshot().activity.waits;
  const model::Host* host = facts.host();
  if (host == nullptr || host->cpus <= 0 || waits.samples < enough_samples) return;
  const double cpus = static_cast<double>(host->cpus);
  const double computing = computing_share(waits);
  if (waits.average_active < std::max(8.0, 4 * cpus) || computing < 0.5) return;
  const double advised = 2 * cpus + 1;
  model::Finding finding;
  finding.severity = Severity::low;
  finding.subject = server_subject();
  finding.title =
      fmt::format("{} sessions compute at once on {}", text::number(waits.average_active),
                  text::plural(host->cpus, "CPU", "CPUs"));
  finding.detail = fmt::format(
      "More of them at once do not finish sooner, they only wait for each other. Let a pool of "
      "about "
      "{} connections queue the rest; measure, since work that waits for disks may want more.",
      advised);
  finding.evidence = {
      number("active sessions on average", waits.average_active, "pg_stat_activity, sampled"),
      count("most at once", waits.peak_active, "pg_stat_activity, sampled"),
      share("of samples on a CPU", computing, "pg_stat_activity.wait_event is null"),
      count("CPUs", host->cpus, "operating system"), count("samples", waits.samples, "Whet")};
  finding.impact.arithmetic = fmt::format("2 x {} CPUs + 1 = {}", host->cpus, advised);
  out.push_back(std::move(finding));
}

void one_dominates(const Facts& facts, std::vector<model::Finding>& out) {
  const double most = capacity(facts);
  const auto sessions = client_sessions(facts);
  std::map<std::string, std::int64_t> by_application;
  for (const Session* session : sessions) ++by_application[session->application];
  if (most <= 0 || static_cast<double>(sessions.size()) < 0.5 * most || by_application.size() < 3)
    return;
  for (const auto& [application, number] : by_application) {
    const double part = static_cast<double>(number) / static_cast<double>(sessions.size());
    if (part <= 0.6 || application.empty()) continue;
    model::Finding finding;
    finding.severity = Severity::low;
    finding.subject = {SubjectKind::session, "", "", application};
    finding.title =
        fmt::format("{} holds {} of {} connections", application, number, sessions.size());
    finding.detail =
        "One program can take the connections that the others need. Bound its pool, or give its "
        "role "
        "a CONNECTION LIMIT.";
    finding.evidence = {count("its connections", number, "pg_stat_activity.application_name"),
                        count("all connections of clients",
                              static_cast<std::int64_t>(sessions.size()), "pg_stat_activity"),
                        count("applications", static_cast<std::int64_t>(by_application.size()),
                              "pg_stat_activity.application_name"),
                        advise::number("connections for ordinary roles", most, "pg_settings")};
    out.push_back(std::move(finding));
  }
}

void reserved(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting = facts.server().setting("superuser_reserved_connections");
  if (setting == nullptr || setting->number.value_or(1) > 0) return;
  model::Finding finding;
  finding.severity = Severity::medium;
  finding.subject = setting_subject(setting->name);
  finding.title = "No connection is kept for administrators (superuser_reserved_connections = 0)";
  finding.detail =
      "When programs have taken all connections, nobody can log in to find out why or to end one. "
      "The default of 3 costs nothing. It takes effect at a restart.";
  finding.evidence = {fact(setting->name, setting->value, "pg_settings.setting")};
  finding.changes = {change_setting(*setting, "3", "A way in when all connections are taken.")};
  out.push_back(std::move(finding));
}

constexpr CheckInfo pool_check(std::string_view id, Severity severity, std::string_view summary,
                               std::string_view why, std::string_view guards,
                               std::string_view source) {
  return {.id = id,
          .area = Area::pool,
          .severity = severity,
          .engines = postgresql,
          .summary = summary,
          .why = why,
          .privileges = "pg_monitor",
          .guards = guards,
          .source = source};
}

const Register saturation_check{
    pool_check("pool.connection_saturation", Severity::critical,
               "Most of the connections are taken", "The next client is refused.",
               "under 70 % of what ordinary roles may take",
               "70, 85 and 95 %: check_postgres and PMM alert at 80 to 90"),
    saturation};
const Register limit_check{pool_check("pool.connection_limit", Severity::high,
                                      "A role or database nears its own CONNECTION LIMIT",
                                      "Its next client is refused though the server has room.",
                                      "no limit set; under 85 % of it; superusers",
                                      "PostgreSQL manual, CREATE ROLE, CONNECTION LIMIT"),
                           own_limits};
const Register surplus_check{
    pool_check("pool.idle_surplus", Severity::low, "Far more idle sessions than ever work at once",
               "Each costs a process and memory.",
               "fewer than 100 idle, or than 5 for each that works; fewer than 5 samples",
               "peak of sampled active sessions; factor 1.3 as headroom"),
    idle_surplus};
const Register size_check{
    pool_check("pool.size_advice", Severity::low,
               "More sessions compute at once than CPUs can serve",
               "They slow each other down; a queue in a pool would be faster.",
               "fewer than 8 or than 4 for each CPU; samples that mostly waited; unknown CPUs",
               "2 x CPUs + 1: PostgreSQL wiki, Number Of Database Connections"),
    size_advice};
const Register dominates_check{
    pool_check("pool.one_application_dominates", Severity::low,
               "One application holds most of the connections", "It can take what the others need.",
               "less than half of all connections taken; fewer than 3 applications; up to 60 %",
               "60 % of the sessions, once half of the connections are in use"),
    one_dominates};
const Register reserved_check{
    pool_check("pool.reserved_connections", Severity::medium,
               "No connection is reserved for superusers",
               "When all are taken nobody can get in to help.", "any reserve at all",
               "PostgreSQL manual, superuser_reserved_connections: default 3"),
    reserved};

}  // namespace
}  // namespace whet::advise::pool
