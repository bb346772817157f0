// Who waits for whom: execution tickets, the global queue, write conflicts, flow control,
// transactions.
#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

#include "advise/check.h"
#include "advise/mongodb_server.h"
#include "base/text.h"

namespace whet::advise::settings {
namespace {

using model::Severity;

/// One pool of tickets. 8.0 moved them, and gave the queue of ordinary operations a part of its
/// own.
struct Pool {
  const char* what;
  std::string base, queue;
};

std::vector<Pool> pools(const Facts& facts) {
  std::vector<Pool> out;
  for (const char* kind : {"read", "write"}) {
    const std::string since8 = fmt::format("queues.execution.{}", kind);
    const std::string before = fmt::format("wiredTiger.concurrentTransactions.{}", kind);
    if (facts.server().status_value(since8 + ".totalTickets") != nullptr) {
      out.push_back({kind, since8, since8 + ".normalPriority"});
    } else if (facts.server().status_value(before + ".totalTickets") != nullptr) {
      out.push_back({kind, before, before});
    }
  }
  return out;
}

const model::Setting* fixed_tickets(const Facts& facts) {
  for (const char* name :
       {"storageEngineConcurrentReadTransactions", "storageEngineConcurrentWriteTransactions",
        "wiredTigerConcurrentReadTransactions", "wiredTigerConcurrentWriteTransactions"}) {
    const model::Setting* setting = facts.server().setting(name);
    if (setting != nullptr && number_of(setting).value_or(0) > 0) return setting;
  }
  return nullptr;
}

model::Finding ticket_finding(const Facts& facts, const Pool& pool, Severity severity,
                              std::string title) {
  model::Finding finding = finding_of(
      severity, server_subject(), std::move(title),
      fmt::format(
          "Each operation needs a ticket to work in the storage engine. That they run out "
          "is a sign, not a cause: see which {}s take long (missing indexes, a slow disk, a "
          "full cache) before you raise any number.",
          pool.what));
  finding.evidence = {
      status_fact(facts, pool.base + ".totalTickets"), status_fact(facts, pool.base + ".available"),
      status_fact(facts, pool.base + ".out"), status_fact(facts, "globalLock.currentQueue.total")};
  finding.references = {mongodb_manual(facts, "reference/command/serverStatus")};
  return finding;
}

// Before 7.0 a pool has its size, and none left means that others wait.
void out_of_tickets(const Facts& facts, const Pool& pool, std::vector<model::Finding>& out) {
  const double all = status(facts, pool.base + ".totalTickets");
  const double left = status(facts, pool.base + ".available");
  const double queue = steady(facts, "globalLock.currentQueue.total");
  if (all <= 0 || left / all > 0.1 || queue < 1) return;
  out.push_back(ticket_finding(
      facts, pool, left < 1 ? Severity::high : Severity::medium,
      fmt::format("{:.0f} of {:.0f} {} tickets are left, and {} waiting", left, all, pool.what,
                  queue == 1 ? std::string("1 operation is")
                             : fmt::format("{:.0f} operations are", queue))));
}

// From 7.0 on the server moves the size itself: few tickets mean nothing, time in the queue does.
void queued_for_tickets(const Facts& facts, const Pool& pool, std::vector<model::Finding>& out) {
  constexpr double least_micros = 600e6;
  const std::string processing = pool.queue + ".totalTimeProcessingMicros";
  const std::string queued = pool.queue + ".totalTimeQueuedMicros";
  const auto part = part_of(facts, queued, {processing}, least_micros);
  if (!part || part->value <= 0.25) return;
  model::Finding finding =
      ticket_finding(facts, pool, part->value > 1 ? Severity::high : Severity::medium,
                     fmt::format("For each second that {}s work, they wait {} for a ticket",
                                 pool.what, text::duration(part->value)));
  finding.evidence.push_back(status_fact(facts, queued));
  finding.evidence.push_back(status_fact(facts, processing));
  finding.evidence.push_back(status_fact(facts, pool.queue + ".queueLength"));
  finding.evidence.push_back(age_fact(facts));
  finding.impact.seconds_per_hour = part->part / 1e6 / status_age(facts) * 3600;
  finding.impact.arithmetic =
      fmt::format("{:.0f} s queued / {:.0f} s worked", part->part / 1e6, part->whole / 1e6);
  out.push_back(std::move(finding));
}

void tickets(const Facts& facts, std::vector<model::Finding>& out) {
  for (const Pool& pool : pools(facts)) {
    if (mongodb_since(facts, 7, 0)) {
      queued_for_tickets(facts, pool, out);
    } else {
      out_of_tickets(facts, pool, out);
    }
  }
}

void tickets_fixed(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting = fixed_tickets(facts);
  if (setting == nullptr || !mongodb_since(facts, 7, 0) || is_hosted(facts)) return;
  model::Finding finding = finding_of(
      Severity::low, setting_subject(setting->name),
      fmt::format("The number of tickets is fixed at {}", setting->value),
      "Since 7.0 the server finds the number at which it does most, and changes it as the load "
      "changes; a number in the configuration switches that off. It is often left from an older "
      "version.");
  finding.evidence = {setting_fact(*setting)};
  finding.changes = {edit_config(
      setting->name, fmt::format("Take {} out of the configuration, and restart", setting->name),
      fmt::format("setParameter:\n  # no {}", setting->name))};
  finding.references = {mongodb_manual(facts, "reference/parameters")};
  out.push_back(std::move(finding));
}

void global_queue(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Host* host = facts.host();
  const double queue = steady(facts, "globalLock.currentQueue.total");
  const double cpus = host != nullptr ? static_cast<double>(host->cpus) : 0;
  if (cpus <= 0 || queue <= 2 * cpus || queue < 8) return;
  model::Finding finding = finding_of(
      queue > 10 * cpus ? Severity::high : Severity::medium, server_subject(),
      fmt::format("{:.0f} operations are queued, on {}", queue,
                  text::plural(host->cpus, "CPU", "CPUs")),
      "In both samples of this snapshot more operations waited for locks or tickets than the "
      "machine could ever serve at once. See what runs now: one that holds a lock, or many that "
      "read whole collections.");
  finding.evidence = {status_fact(facts, "globalLock.currentQueue.total"),
                      status_fact(facts, "globalLock.currentQueue.readers"),
                      status_fact(facts, "globalLock.currentQueue.writers"),
                      status_fact(facts, "globalLock.activeClients.total"),
                      count("CPUs", host->cpus, "hostInfo")};
  finding.impact.arithmetic = fmt::format("{:.0f} / {:.0f} CPUs", queue, cpus);
  finding.references = {mongodb_manual(facts, "reference/command/serverStatus")};
  out.push_back(std::move(finding));
}

void write_conflicts(const Facts& facts, std::vector<model::Finding>& out) {
  constexpr std::string_view name = "metrics.operation.writeConflicts";
  const auto conflicts =
      part_of(facts, name, {"opcounters.insert", "opcounters.update", "opcounters.delete"}, 10'000);
  if (!conflicts || conflicts->value <= 0.05) return;
  model::Finding finding = finding_of(
      conflicts->value > 0.5 ? Severity::medium : Severity::low, server_subject(),
      fmt::format("For 100 writes there are {} conflicts, after which a write begins again",
                  text::number(conflicts->value * 100)),
      "Many sessions change the same documents at the same time: a counter, a status, a queue's "
      "head. Spread it over several documents, change it less often, or keep transactions short.");
  finding.evidence = {status_fact(facts, name), status_fact(facts, "opcounters.insert"),
                      status_fact(facts, "opcounters.update"),
                      status_fact(facts, "opcounters.delete"), age_fact(facts)};
  finding.impact.arithmetic = fmt::format("{:.0f} / {:.0f}", conflicts->part, conflicts->whole);
  finding.references = {mongodb_manual(facts, "faq/concurrency")};
  out.push_back(std::move(finding));
}

void flow_control(const Facts& facts, std::vector<model::Finding>& out) {
  constexpr std::string_view name = "flowControl.isLaggedTimeMicros";
  const double part = steady_per_second(facts, name) / 1e6;
  const bool now = status_true(facts, "flowControl.isLagged");
  if (part < 0.01 && !now) return;
  model::Finding finding = finding_of(
      now || part > 0.1 ? Severity::high : Severity::medium, server_subject(),
      now ? std::string("The primary slows writes down: the majority lags behind")
          : fmt::format("{} of the time the primary slows writes down", text::percent(part)),
      "When the majority's last commit is more than flowControlTargetLagSeconds (10 s) behind, the "
      "primary hands out fewer tickets to writers. Look at the secondaries: their disks, their "
      "caches, reads and index builds on them.");
  finding.evidence = {status_fact(facts, "flowControl.isLagged"), status_fact(facts, name),
                      status_fact(facts, "flowControl.isLaggedCount"),
                      status_fact(facts, "flowControl.targetRateLimit"), age_fact(facts)};
  finding.impact.share = std::min(1.0, part);
  finding.references = {mongodb_manual(facts, "tutorial/troubleshoot-replica-sets")};
  out.push_back(std::move(finding));
}

void aborted_transactions(const Facts& facts, std::vector<model::Finding>& out) {
  const auto aborted =
      part_of(facts, "transactions.totalAborted", {"transactions.totalStarted"}, 1000);
  if (!aborted || aborted->value <= 0.1) return;
  model::Finding finding = finding_of(
      aborted->value > 0.5 ? Severity::medium : Severity::low, server_subject(),
      fmt::format("{} of the transactions are aborted", text::percent(aborted->value)),
      "By the program, by conflicts with others, or because they took longer than "
      "transactionLifetimeLimitSeconds. Their work is done for nothing, and drivers do it again.");
  finding.evidence = {status_fact(facts, "transactions.totalAborted"),
                      status_fact(facts, "transactions.totalStarted"),
                      status_fact(facts, "transactions.totalCommitted"),
                      status_fact(facts, "metrics.operation.writeConflicts"), age_fact(facts)};
  finding.impact.arithmetic = fmt::format("{:.0f} / {:.0f}", aborted->part, aborted->whole);
  finding.references = {mongodb_manual(facts, "core/transactions-production-consideration")};
  out.push_back(std::move(finding));
}

const Register ticket_check{
    server_check(
        "performance.tickets", Severity::high, "Operations wait for an execution ticket",
        "Latency grows for all of them.",
        "7.0 and later: only the time in the queue counts, over 25 % of the time worked and 10 min "
        "in all; before: over 10 % left, or nobody queued",
        "MongoDB manual, serverStatus; PMM alarms at any number below 128, which 7.0 never shows; "
        "the bound that health checks of the field take"),
    tickets};
const Register fixed_check{server_check("performance.tickets_fixed", Severity::low,
                                        "The number of tickets is fixed by hand",
                                        "The server can no longer adapt it to the load.",
                                        "before 7.0; hosted servers; not set, or 0",
                                        "MongoDB manual, storageEngineConcurrentReadTransactions"),
                           tickets_fixed};
const Register queue_check{
    server_check("performance.global_queue", Severity::high,
                 "Far more operations are queued than CPUs", "The server is behind its load.",
                 "up to twice the CPUs, or 8, in either of the two samples; unknown CPUs",
                 "Atlas alert on queues"),
    global_queue};
const Register conflict_check{
    server_check("performance.write_conflicts", Severity::medium, "Writes conflict with each other",
                 "Each conflict is work that is done again.",
                 "up to 5 in 100 writes; fewer than 10,000 writes; counters younger than a day",
                 "the bound that health checks of the field take"),
    write_conflicts};
const Register flow_check{
    server_check("performance.flow_control", Severity::high,
                 "Writes are slowed down because replication lags", "Users wait for a secondary.",
                 "under 1 % of the time, always and in the window, and not now",
                 "MongoDB manual, flow control"),
    flow_control};
const Register abort_check{
    server_check("performance.transactions_aborted", Severity::medium,
                 "Many transactions are aborted", "Their work is done for nothing.",
                 "up to 10 %; fewer than 1,000 transactions; counters younger than a day",
                 "the bound that health checks of the field take"),
    aborted_transactions};

}  // namespace
}  // namespace whet::advise::settings
