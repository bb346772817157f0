// The storage engine's upkeep: checkpoints, old versions that a reader pins, space in the cache,
// the allocator, open files.
#include <algorithm>
#include <cmath>
#include <string>

#include <fmt/format.h>

#include "advise/check.h"
#include "advise/mongodb_server.h"
#include "base/text.h"
#include "base/units.h"

namespace whet::advise::settings {
namespace {

using model::Severity;

void slow_checkpoints(const Facts& facts, std::vector<model::Finding>& out) {
  // Up to 7.0, and from 8.0 on.
  const std::string_view recent =
      status_name(facts, {"wiredTiger.transaction.transaction checkpoint most recent time (msecs)",
                          "wiredTiger.checkpoint.most recent time (msecs)"});
  const std::string_view longest =
      status_name(facts, {"wiredTiger.transaction.transaction checkpoint max time (msecs)",
                          "wiredTiger.checkpoint.max time (msecs)"});
  if (recent.empty() || status(facts, recent) < 60'000) return;
  const double seconds = status(facts, recent) / 1000;
  model::Finding finding = finding_of(
      seconds >= 300 ? Severity::medium : Severity::low, server_subject(),
      fmt::format("The latest checkpoint took {}", text::duration(seconds)),
      "One begins 60 s after the last has ended. When it takes that long the disk does not keep up "
      "with the changes, or there are very many collections and indexes; starting again after a "
      "crash takes longer too.");
  finding.evidence = {status_fact(facts, recent)};
  if (!longest.empty()) finding.evidence.push_back(status_fact(facts, longest));
  finding.evidence.push_back(
      status_size(facts, "wiredTiger.cache.tracked dirty bytes in the cache"));
  finding.evidence.push_back(
      status_fact(facts, "wiredTiger.data-handle.connection data handles currently active"));
  finding.references = {mongodb_manual(facts, "core/wiredtiger")};
  out.push_back(std::move(finding));
}

// A timestamp's upper half are seconds.
double timestamp_seconds(double value) { return value / 4294967296.0; }

void pinned_history(const Facts& facts, std::vector<model::Finding>& out) {
  constexpr std::string_view name =
      "wiredTiger.transaction.transaction range of timestamps pinned by the oldest active read "
      "timestamp";
  const double seconds = timestamp_seconds(steady(facts, name));
  // More is a timestamp that was never set; a snapshot's file holds whole numbers up to 24 d of it.
  constexpr double longest = 20 * 86400.0;
  if (seconds < 300 || seconds > longest) return;
  model::Finding finding = finding_of(
      seconds >= 1800 ? Severity::high : Severity::medium, server_subject(),
      fmt::format("A reader keeps all versions of documents of the last {}",
                  text::duration(seconds)),
      "A transaction, a snapshot read or a backup's cursor that does not end: meanwhile no old "
      "version may be removed, they are written to the history store, and the cache fills. See "
      "which session has the oldest transaction, and end it.");
  finding.evidence = {
      {std::string(name), text::duration(seconds), seconds, "serverStatus"},
      status_fact(facts, "transactions.currentOpen"),
      status_fact(facts, "transactions.currentInactive"),
      status_fact(facts, "wiredTiger.cache.page written requiring history store records")};
  finding.changes = {manual(
      "session/oldest", "Find the session, and end its transaction",
      "db.getSiblingDB(\"admin\").aggregate([{$currentOp: {allUsers: true, idleSessions: true}}, "
      "{$match: {transaction: {$exists: true}}}, {$sort: {\"transaction.timeOpenMicros\": -1}}])\n"
      "db.adminCommand({killSessions: [ /* its lsid */ ]})")};
  finding.changes.front().risk = model::Risk::high;
  finding.references = {mongodb_manual(facts, "core/transactions-production-consideration")};
  out.push_back(std::move(finding));
}

void no_space_in_cache(const Facts& facts, std::vector<model::Finding>& out) {
  constexpr std::string_view timed_out =
      "wiredTiger.cache.operations timed out waiting for space in cache";
  constexpr std::string_view unavailable = "metrics.operation.temporarilyUnavailableErrorsEscaped";
  constexpr std::string_view too_large = "metrics.operation.transactionTooLargeForCacheErrors";
  const double window = facts.server().status_window(timed_out).value_or(0) +
                        facts.server().status_window(unavailable).value_or(0) +
                        facts.server().status_window(too_large).value_or(0);
  const double all =
      status(facts, timed_out) + status(facts, unavailable) + status(facts, too_large);
  const double daily = status_is_old(facts) ? all / status_age(facts) * 86400 : 0;
  if (window < 1 && daily < 1) return;
  model::Finding finding = finding_of(
      window > 0 ? Severity::high : Severity::medium, server_subject(),
      window > 0
          ? fmt::format("{:.0f} operations have just failed for want of space in the cache", window)
          : fmt::format("{} operations a day fail for want of space in the cache",
                        text::number(daily)),
      "They changed more than the cache can hold unwritten, or the disk is far behind. Smaller "
      "batches and transactions; then look at the disk and at the cache's size.");
  for (const std::string_view name : {timed_out, unavailable, too_large}) {
    if (facts.server().status_value(name) != nullptr)
      finding.evidence.push_back(status_fact(facts, name));
  }
  finding.evidence.push_back(status_size(facts, "wiredTiger.cache.maximum bytes configured"));
  finding.evidence.push_back(age_fact(facts));
  finding.references = {mongodb_manual(facts, "reference/command/serverStatus")};
  out.push_back(std::move(finding));
}

void free_in_allocator(const Facts& facts, std::vector<model::Finding>& out) {
  constexpr std::string_view heap = "tcmalloc.generic.heap_size";
  constexpr std::string_view used = "tcmalloc.generic.current_allocated_bytes";
  constexpr std::string_view unmapped = "tcmalloc.tcmalloc.pageheap_unmapped_bytes";
  // What the system has back already does not count. 8.0 has another allocator and other names.
  const double kept = status(facts, heap) - status(facts, unmapped);
  const double free = kept - status(facts, used);
  const auto memory = facts.memory_bytes();
  if (kept <= 0 || free < 2 * gigabyte || free < 0.25 * kept || !memory || kept < 0.5 * *memory)
    return;
  model::Finding finding = finding_of(
      free > 0.3 * *memory ? Severity::medium : Severity::low, server_subject(),
      fmt::format("The allocator keeps {} that nobody uses ({} of its memory)", text::bytes(free),
                  text::percent(free / kept)),
      "Many different sizes of documents leave holes. It can give memory back sooner, for some "
      "CPU; if it stays, a smaller cache leaves room for it.");
  finding.evidence = {status_size(facts, heap), status_size(facts, used),
                      status_size(facts, unmapped), size("memory", *memory, "hostInfo")};
  finding.impact.bytes = free;
  finding.impact.arithmetic = fmt::format("{} - {} - {} = {}", text::bytes(status(facts, heap)),
                                          text::bytes(status(facts, unmapped)),
                                          text::bytes(status(facts, used)), text::bytes(free));
  const model::Setting* rate = facts.server().setting("tcmallocReleaseRate");
  if (rate != nullptr && number_of(rate).value_or(0) < 5)
    finding.changes = change_parameter(facts, *rate, "5", "free memory goes back to the system");
  finding.references = {mongodb_manual(facts, "reference/parameters")};
  out.push_back(std::move(finding));
}

void open_files(const Facts& facts, std::vector<model::Finding>& out) {
  const std::string* warned = startup_warning(facts, "rlimits");
  const model::Host* host = facts.host();
  const auto limit = host != nullptr ? static_cast<double>(host->open_files_limit) : 0;
  const double files = status(facts, "wiredTiger.connection.files currently open");
  const double sessions = status(facts, "connections.current");
  const bool near = limit > 0 && files + sessions > 0.8 * limit;
  if (is_hosted(facts) || (warned == nullptr && !near)) return;
  model::Finding finding = finding_of(
      near ? Severity::high : Severity::low, server_subject(),
      near ? fmt::format("{:.0f} files and connections are open, of {:.0f} that may be",
                         files + sessions, limit)
           : std::string("The server may have too few files open"),
      "Each connection, collection and index takes one. At the limit new connections are refused, "
      "and the server may stop. The manual asks for 64,000.");
  finding.evidence = {status_fact(facts, "wiredTiger.connection.files currently open"),
                      status_fact(facts, "connections.current")};
  if (limit > 0) finding.evidence.push_back(number("limit", limit, "hostInfo.extra.maxOpenFiles"));
  if (warned != nullptr)
    finding.evidence.push_back(fact("warning at the start", *warned, "getLog startupWarnings"));
  finding.impact.outage_risk = near ? 0.5 : 0.1;
  finding.changes = {manual("host/open_files", "Raise the limit of the server's service",
                            "systemctl edit mongod\n[Service]\nLimitNOFILE=64000")};
  finding.references = {mongodb_manual(facts, "reference/ulimit")};
  out.push_back(std::move(finding));
}

const Register checkpoint_check{server_check("performance.checkpoint_slow", Severity::medium,
                                             "Checkpoints take more than a minute",
                                             "The disk does not keep up.", "under 60 s", "keyhole"),
                                slow_checkpoints};
const Register pinned_check{
    server_check(
        "performance.history_pinned", Severity::high,
        "A reader keeps old versions of all documents", "The cache and the disk fill with them.",
        "under 5 min in either sample; the window that the server keeps by itself does not count",
        "WiredTiger statistics"),
    pinned_history};
const Register space_check{
    server_check("performance.cache_full_errors", Severity::high,
                 "Operations fail because the cache is full", "Programs see errors.",
                 "none in the window, and fewer than one a day; counters younger than a day",
                 "MongoDB manual, serverStatus.metrics.operation"),
    no_space_in_cache};
const Register allocator_check{
    server_check(
        "performance.allocator_memory", Severity::medium,
        "The allocator keeps much memory that nobody uses",
        "It is missing for the file cache and for connections.",
        "under 2 GB, a quarter of the heap, or a heap of half the memory; 8.0, whose allocator "
        "counts otherwise",
        "MongoDB manual, serverStatus.tcmalloc"),
    free_in_allocator};
const Register file_check{
    server_check("performance.open_files", Severity::high, "Too few files may be open",
                 "New connections are refused, or the server stops.",
                 "no warning at the start and up to 80 % of the limit; hosted servers",
                 "MongoDB manual, UNIX ulimit settings"),
    open_files};

}  // namespace
}  // namespace whet::advise::settings
