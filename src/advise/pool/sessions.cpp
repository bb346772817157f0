// What sessions say of themselves, and whether dead ones are noticed.
#include "advise/pool/sessions.h"

#include <algorithm>
#include <map>
#include <string>

#include <fmt/format.h>

#include "advise/build.h"
#include "advise/check.h"
#include "base/text.h"

namespace whet::advise::pool {
namespace {

using model::Session;
using model::Severity;

constexpr double hour = 3600;
constexpr double linux_keepalive = 7200;  // seconds: net.ipv4.tcp_keepalive_time

void untagged(const Facts& facts, std::vector<model::Finding>& out) {
  const auto sessions = client_sessions(facts);
  std::map<std::string, std::int64_t> by_role;
  std::int64_t nameless = 0;
  for (const Session* session : sessions) {
    if (!session->application.empty()) continue;
    ++nameless;
    ++by_role[session->role];
  }
  const double part =
      sessions.empty() ? 0 : static_cast<double>(nameless) / static_cast<double>(sessions.size());
  if (sessions.size() < 10 || part <= 0.2) return;
  model::Finding finding;
  finding.severity = Severity::info;
  finding.subject = server_subject();
  finding.title =
      fmt::format("{} of {} sessions have no application_name", nameless, sessions.size());
  finding.detail =
      "When one of them blocks others or eats connections, nothing says which program it is. Set "
      "application_name in the connection string of each program.";
  finding.evidence = {
      count("sessions without a name", nameless, "pg_stat_activity.application_name"),
      count("sessions of clients", static_cast<std::int64_t>(sessions.size()), "pg_stat_activity")};
  for (const auto& [role, number] : by_role)
    finding.evidence.push_back(count("role " + role, number, "pg_stat_activity.usename"));
  out.push_back(std::move(finding));
}

// Through a Unix socket the server shows 0 whatever is configured: then only the source tells.
bool keepalives_are_late(const model::Setting& setting) {
  const double seconds = setting.number.value_or(0);
  return seconds >= linux_keepalive || (seconds == 0 && setting.source == "default");
}

void keepalives(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting = facts.server().setting("tcp_keepalives_idle");
  if (setting == nullptr || !keepalives_are_late(*setting)) return;
  std::int64_t silent = 0;
  double longest = 0;
  for (const Session* session : client_sessions(facts)) {
    const double age = session->state_age_seconds.value_or(0);
    if (!is_remote(*session) || session->state == "active" || age < hour) continue;
    ++silent;
    longest = std::max(longest, age);
  }
  if (silent == 0) return;
  model::Finding finding;
  finding.severity = Severity::low;
  finding.subject = setting_subject(setting->name);
  finding.title = fmt::format(
      "{} from other machines {} silent for over an hour; the server asks only after 2 h "
      "whether a client lives",
      text::plural(silent, "session", "sessions"), silent == 1 ? "is" : "are");
  finding.detail =
      "A client that vanished, or that a firewall cut off, keeps its connection and its locks "
      "until "
      "the operating system's keepalive finds out. Asking every few minutes is cheap, and keeps "
      "firewalls from dropping idle connections.";
  finding.evidence = {count("silent for over an hour", silent, "pg_stat_activity.state_change"),
                      time("longest", longest, "pg_stat_activity.state_change"),
                      fact(setting->name, setting->value, "pg_settings.setting"),
                      fact("source", setting->source, "pg_settings.source")};
  finding.changes = {change_setting(*setting, "300", "Dead clients are noticed within minutes.")};
  finding.references = {"https://www.postgresql.org/docs/current/runtime-config-connection.html"};
  out.push_back(std::move(finding));
}

const Register untagged_check{{
                                  .id = "pool.untagged_sessions",
                                  .area = Area::pool,
                                  .severity = Severity::info,
                                  .engines = postgresql,
                                  .summary = "Sessions without an application_name",
                                  .why = "In trouble nobody knows which program they belong to.",
                                  .privileges = "pg_monitor",
                                  .guards = "fewer than 10 sessions; up to 20 % of them",
                                  .source = "20 % of the sessions",
                              },
                              untagged};

const Register keepalive_check{
    {
        .id = "pool.keepalives",
        .area = Area::pool,
        .severity = Severity::low,
        .engines = postgresql,
        .summary = "Idle remote sessions that nobody asks whether they live",
        .why = "A vanished client keeps its connection and locks for hours.",
        .privileges = "pg_monitor",
        .guards = "no remote session silent for an hour; keepalives after less than 2 h",
        .source =
            "Linux asks after 7200 s; firewalls and load balancers commonly drop after 5 to 60 min",
    },
    keepalives};

}  // namespace
}  // namespace whet::advise::pool
