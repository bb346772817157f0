// MongoDB: how many connections and cursors there are, how they come and go.
#include <algorithm>
#include <map>
#include <string>

#include <fmt/format.h>

#include "advise/check.h"
#include "advise/mongodb_server.h"
#include "base/text.h"
#include "base/units.h"

namespace whet::advise::pool {
namespace {

using model::Session;
using model::Severity;

constexpr std::string_view current = "connections.current";
constexpr std::string_view available = "connections.available";
constexpr std::string_view rejected = "connections.rejected";  // 6.3 and later

Severity use_severity(double use, double refused) {
  if (use >= 0.95) return Severity::critical;
  return use >= 0.85 || refused > 0 ? Severity::high : Severity::medium;
}

void saturation(const Facts& facts, std::vector<model::Finding>& out) {
  const double taken = status(facts, current), most = taken + status(facts, available);
  const double refused = facts.server().status_window(rejected).value_or(0);
  if (most <= 0 || taken <= 0 || (taken / most < 0.7 && refused <= 0)) return;
  model::Finding finding = finding_of(
      use_severity(taken / most, refused), server_subject(),
      refused > 0
          ? fmt::format("{:.0f} connections were refused just now; {:.0f} of {:.0f} are taken",
                        refused, taken, most)
          : fmt::format("{:.0f} of {:.0f} connections are taken ({})", taken, most,
                        text::percent(taken / most)),
      "When none is left, drivers wait for a server that does not answer. Look at the programs' "
      "pools first: each process has one for each member, of up to maxPoolSize (100). The limit is "
      "net.maxIncomingConnections, or 80 % of the open files that the server may have.");
  finding.evidence = {status_fact(facts, current), status_fact(facts, available),
                      status_fact(facts, "connections.active")};
  if (facts.server().status_value(rejected) != nullptr)
    finding.evidence.push_back(status_fact(facts, rejected));
  if (const model::Setting* limit = facts.server().setting("net.maxIncomingConnections"))
    finding.evidence.push_back(setting_fact(*limit));
  finding.impact.outage_risk = std::min(1.0, taken / most);
  finding.impact.arithmetic =
      fmt::format("{:.0f} / ({:.0f} + {:.0f})", taken, taken, status(facts, available));
  finding.references = {mongodb_manual(facts, "administration/connection-pool-overview")};
  out.push_back(std::move(finding));
}

void churn(const Facts& facts, std::vector<model::Finding>& out) {
  const double rate = steady_per_second(facts, "connections.totalCreated");
  const double requests = per_second(facts, "network.numRequests");
  const double each = rate > 0 ? requests / rate : 0;
  // Every connection begins with a few requests of its own: hello, the log-in.
  if (rate < 10 || each > 20) return;
  model::Finding finding = finding_of(
      rate >= 100 ? Severity::medium : Severity::low, server_subject(),
      fmt::format("{} connections begin each second, for {} requests each", text::number(rate),
                  text::number(each)),
      "Each costs a thread, TLS and a SCRAM log-in, which takes more CPU than most queries. A "
      "program should make one MongoClient when it starts and keep it; a function that is started "
      "for each request keeps it outside the handler.");
  finding.evidence = {status_fact(facts, "connections.totalCreated"),
                      status_fact(facts, "network.numRequests"), status_fact(facts, current),
                      age_fact(facts)};
  finding.impact.arithmetic =
      fmt::format("{:.0f} / {} = {} a second", status(facts, "connections.totalCreated"),
                  text::duration(status_age(facts)), text::number(rate));
  finding.references = {mongodb_manual(facts, "administration/connection-pool-overview")};
  out.push_back(std::move(finding));
}

void idle_surplus(const Facts& facts, std::vector<model::Finding>& out) {
  const model::WaitSamples& waits = facts.snapshot().activity.waits;
  const double open = steady(facts, current);
  const double working =
      std::max({status(facts, "connections.active"), static_cast<double>(waits.peak_active), 1.0});
  if (open < 1000 || open < 20 * working) return;
  model::Finding finding = finding_of(
      Severity::low, server_subject(),
      fmt::format("{:.0f} connections are open, at most {:.0f} worked at once", open, working),
      "Each takes a thread and up to 1 MB of memory beside the cache, and after a failover all of "
      "them come back at the same moment. Give the pools a smaller maxPoolSize and a "
      "maxIdleTimeMS; "
      "many small programs of one machine can share a mongos or a proxy.");
  finding.evidence = {status_fact(facts, current), status_fact(facts, "connections.active"),
                      count("most active in a sample", waits.peak_active, "currentOp, sampled"),
                      count("samples", waits.samples, "Whet")};
  finding.impact.bytes = open * megabyte;
  finding.impact.arithmetic = fmt::format("{:.0f} x up to 1 MB", open);
  finding.references = {mongodb_manual(facts, "administration/connection-pool-overview")};
  out.push_back(std::move(finding));
}

void one_dominates(const Facts& facts, std::vector<model::Finding>& out) {
  const auto clients = mongodb_clients(facts);
  const double most = status(facts, current) + status(facts, available);
  std::map<std::string, std::int64_t> programs;
  for (const Session* session : clients) {
    if (!session->application.empty()) ++programs[session->application];
  }
  const auto first = std::max_element(
      programs.begin(), programs.end(),
      [](const auto& one, const auto& other) { return one.second < other.second; });
  const auto all = static_cast<double>(clients.size());
  if (programs.size() < 3 || all < 50 || most <= 0 || status(facts, current) < 0.5 * most ||
      static_cast<double>(first->second) <= 0.6 * all)
    return;
  const double part = static_cast<double>(first->second) / all;
  model::Finding finding = finding_of(
      Severity::low, server_subject(),
      fmt::format("{} holds {} of the connections", first->first, text::percent(part)),
      "Half of all that the server takes are in use: this program can take what the others need. "
      "Lower its maxPoolSize.");
  finding.evidence = {
      count("its connections", first->second, "currentOp.appName"),
      count("connections of clients", static_cast<std::int64_t>(clients.size()), "currentOp"),
      status_fact(facts, current), status_fact(facts, available)};
  finding.impact.arithmetic = fmt::format("{} / {:.0f}", first->second, all);
  finding.references = {mongodb_manual(facts, "administration/connection-pool-overview")};
  out.push_back(std::move(finding));
}

void open_cursors(const Facts& facts, std::vector<model::Finding>& out) {
  constexpr std::string_view open = "metrics.cursor.open.total";
  constexpr std::string_view endless = "metrics.cursor.open.noTimeout";
  const double all = steady(facts, open), no_timeout = steady(facts, endless);
  if (all < 10'000 && no_timeout < 10) return;
  model::Finding finding = finding_of(
      all >= 10'000 ? Severity::medium : Severity::low, server_subject(),
      all >= 10'000
          ? fmt::format("{:.0f} cursors are open", all)
          : fmt::format("{:.0f} cursors stay open until somebody closes them", no_timeout),
      "Each keeps memory and what it reads from. Programs should read a cursor to its end or close "
      "it; noCursorTimeout leaves it behind when the program stops, a session that is refreshed "
      "does not. Change streams are cursors too.");
  finding.evidence = {status_fact(facts, open), status_fact(facts, endless),
                      status_fact(facts, "metrics.cursor.open.pinned"),
                      status_fact(facts, "metrics.cursor.timedOut")};
  finding.references = {mongodb_manual(facts, "core/read-operations-introduction")};
  out.push_back(std::move(finding));
}

void cursors_time_out(const Facts& facts, std::vector<model::Finding>& out) {
  constexpr std::string_view name = "metrics.cursor.timedOut";
  const double minutely = steady_per_second(facts, name) * 60;
  if (minutely < 10) return;
  model::Finding finding = finding_of(
      minutely >= 100 ? Severity::medium : Severity::low, server_subject(),
      fmt::format("{} cursors a minute time out", text::number(minutely)),
      "Programs begin to read and neither finish nor close: for ten minutes each keeps memory, and "
      "the first batch that was read for nothing was work. Ask with a limit, or close the cursor.");
  finding.evidence = {status_fact(facts, name), status_fact(facts, "metrics.cursor.open.total"),
                      age_fact(facts)};
  finding.impact.arithmetic =
      fmt::format("{:.0f} / {}", status(facts, name), text::duration(status_age(facts)));
  finding.references = {mongodb_manual(facts, "reference/command/serverStatus")};
  out.push_back(std::move(finding));
}

const Register saturation_check{
    server_check("pool.connection_saturation", Severity::critical,
                 "Most of the connections are taken, or some are refused", "The next client waits.",
                 "under 70 % of the limit, whatever their number, and none refused in the window",
                 "MongoDB manual, serverStatus.connections; PMM warns at 5,000 whatever the limit; "
                 "the bound that health checks of the field take"),
    saturation};
const Register churn_check{
    server_check(
        "pool.connection_churn", Severity::medium, "Connections are made for a few requests each",
        "Logging in costs more than the requests.",
        "under 10 a second, always and in the window, or more than 20 requests each; counters "
        "younger than a day",
        "the bound that health checks of the field take"),
    churn};
const Register surplus_check{
    server_check("pool.idle_connections", Severity::low,
                 "Far more connections than ever work at once", "Each takes a thread and memory.",
                 "under 1,000 in either sample, or 20 for each that works",
                 "the bound that health checks of the field take"),
    idle_surplus};
const Register dominates_check{
    needing("inprog", server_check("pool.one_application_dominates", Severity::low,
                                   "One program holds most of the connections",
                                   "It can take what the others need.",
                                   "less than half of the limit taken; fewer than 3 programs or 50 "
                                   "connections; up to 60 %",
                                   "the bound that health checks of the field take")),
    one_dominates};
const Register cursor_check{
    server_check("pool.open_cursors", Severity::medium, "Cursors pile up", "Each keeps memory.",
                 "under 10,000, and under 10 without a timeout, in either sample", "apa"),
    open_cursors};
const Register timeout_check{
    server_check("pool.cursor_timeouts", Severity::medium, "Cursors are left behind by programs",
                 "Each was work for nothing, and keeps memory for ten minutes.",
                 "under 10 a minute, always and in the window; counters younger than a day",
                 "apa: 100 a minute"),
    cursors_time_out};

}  // namespace
}  // namespace whet::advise::pool
