// What the server found wrong with its machine when it started, and what is seen of it now.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "advise/check.h"
#include "advise/mongodb_server.h"
#include "base/text.h"
#include "base/units.h"

namespace whet::advise::settings {
namespace {

using model::Severity;

model::Subject host_subject() { return named(model::SubjectKind::host, ""); }

model::Evidence warning_fact(const std::string& line) {
  return fact("warning at the start", line, "getLog startupWarnings");
}

// Up to 7.0 the allocator suffers from huge pages; the one of 8.0 is made for them.
void huge_pages(const Facts& facts, std::vector<model::Finding>& out) {
  if (is_hosted(facts)) return;
  const bool wants_them = mongodb_since(facts, 8, 0);
  const std::string* warned = startup_warning(facts, "transparent_hugepage");
  const model::Host* host = facts.host();
  const std::string seen = host != nullptr ? host->transparent_huge_pages : std::string();
  const bool wrong = wants_them ? seen == "never" || seen == "madvise" : seen == "always";
  if (!wrong && (warned == nullptr || !seen.empty())) return;
  const char* right = wants_them ? "always" : "never";
  model::Finding finding = finding_of(
      Severity::low, host_subject(),
      seen.empty() ? std::string("The server warns of the setting of transparent huge pages")
                   : fmt::format("Transparent huge pages are set to '{}'", seen),
      wants_them
          ? "The allocator of 8.0 keeps its memory for each CPU and needs huge pages for it: "
            "'always', with defrag at 'defer+madvise'. That is the opposite of what 7.0 and "
            "earlier want."
          : "The allocator of 7.0 and earlier takes more memory with them, and the kernel "
            "stops operations to assemble pages. Set 'never'; from 8.0 on it is the other "
            "way round.");
  if (!seen.empty())
    finding.evidence.push_back(
        fact("transparent huge pages", seen, "/sys/kernel/mm/transparent_hugepage/enabled"));
  if (warned != nullptr) finding.evidence.push_back(warning_fact(*warned));
  finding.evidence.push_back(fact("version", facts.server().version, "buildInfo"));
  finding.changes = {
      manual("host/thp", fmt::format("Set transparent huge pages to '{}', at each boot", right),
             fmt::format("echo {} > /sys/kernel/mm/transparent_hugepage/enabled", right))};
  finding.references = {mongodb_manual(facts, wants_them ? "administration/tcmalloc-performance"
                                                         : "tutorial/transparent-huge-pages")};
  out.push_back(std::move(finding));
}

/// A fault of the machine that the server itself names.
struct Fault {
  std::string_view words;  ///< in the warning, in small letters
  Severity severity;
  std::string_view title, detail, id, summary, statement, page;
};

constexpr Fault numa{
    "numa",
    Severity::medium,
    "The server runs on a NUMA machine without interleaved memory",
    "It takes memory from one node until that is full and swaps, while the others have room.",
    "host/numa",
    "Start the server with interleaved memory",
    "numactl --interleave=all mongod --config /etc/mongod.conf\nsysctl -w vm.zone_reclaim_mode=0",
    "administration/production-notes"};
constexpr Fault readahead{"readahead",
                          Severity::low,
                          "The disk reads far ahead of what is asked",
                          "Documents are read at random: what comes along fills memory and takes "
                          "the disk's time. 8 to 32 "
                          "blocks are right.",
                          "host/readahead",
                          "Read less ahead",
                          "blockdev --setra 32 /dev/DEVICE",
                          "administration/production-notes"};
constexpr Fault filesystem{
    "xfs filesystem",
    Severity::low,
    "The data is not on XFS",
    "With ext4 checkpoints can make all operations wait. Use XFS when the next member is set up.",
    "host/filesystem",
    "Set the members up on XFS, one after the other",
    "mkfs.xfs /dev/DEVICE  # then an initial sync",
    "administration/production-notes"};

void report(const Facts& facts, const Fault& fault, std::vector<model::Finding>& out) {
  const std::string* warned = startup_warning(facts, fault.words);
  if (warned == nullptr || is_hosted(facts)) return;
  model::Finding finding = finding_of(fault.severity, host_subject(), std::string(fault.title),
                                      std::string(fault.detail));
  finding.evidence = {warning_fact(*warned)};
  finding.changes = {manual(fault.id, fault.summary, fault.statement)};
  finding.references = {mongodb_manual(facts, fault.page)};
  out.push_back(std::move(finding));
}

void on_numa(const Facts& facts, std::vector<model::Finding>& out) { report(facts, numa, out); }
void reads_ahead(const Facts& facts, std::vector<model::Finding>& out) {
  report(facts, readahead, out);
}
void not_on_xfs(const Facts& facts, std::vector<model::Finding>& out) {
  report(facts, filesystem, out);
}

// Those have checks of their own, here and in security.
constexpr std::array<std::string_view, 8> told_elsewhere{
    "transparent_hugepage", "numa",      "readahead",         "xfs filesystem", "rlimits",
    "access control",       "root user", "bound to localhost"};

void other_warnings(const Facts& facts, std::vector<model::Finding>& out) {
  if (is_hosted(facts)) return;
  model::Finding finding;
  for (const std::string& line : facts.server().startup_warnings) {
    const std::string small = text::lower(line);
    const bool told =
        std::any_of(told_elsewhere.begin(), told_elsewhere.end(),
                    [&](std::string_view words) { return text::contains(small, words); });
    // For information only: what the server does not lock in memory.
    if (!told && !text::contains(small, "privilege is not granted"))
      finding.evidence.push_back(warning_fact(line));
  }
  if (finding.evidence.empty()) return;
  const auto lines = static_cast<std::int64_t>(finding.evidence.size());
  finding.severity = Severity::low;
  finding.subject = server_subject();
  finding.title =
      fmt::format("The server warned of {} when it started",
                  lines == 1 ? std::string("something") : fmt::format("{} things", lines));
  finding.detail = "What it says is in the evidence; each is a known cause of trouble later.";
  finding.references = {mongodb_manual(facts, "administration/production-checklist-operations")};
  out.push_back(std::move(finding));
}

void slow_lookups(const Facts& facts, std::vector<model::Finding>& out) {
  constexpr std::string_view dns = "network.numSlowDNSOperations";
  constexpr std::string_view tls = "network.numSlowSSLOperations";
  const double hourly = (steady_per_second(facts, dns) + steady_per_second(facts, tls)) * 3600;
  if (hourly < 1) return;
  model::Finding finding = finding_of(
      hourly >= 60 ? Severity::medium : Severity::low, host_subject(),
      fmt::format("{} times an hour a look-up of a name or a TLS handshake takes over a second",
                  text::number(hourly)),
      "Members find each other late, elections and new connections wait. Look at the machine's "
      "resolver, or write the members' names into /etc/hosts; slow handshakes are a sign of too "
      "little CPU.");
  finding.evidence = {status_fact(facts, dns), status_fact(facts, tls), age_fact(facts)};
  finding.references = {mongodb_manual(facts, "reference/command/serverStatus")};
  out.push_back(std::move(finding));
}

void one_core(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Host* host = facts.host();
  if (host == nullptr || host->cpus != 1 || is_router(facts) || is_hosted(facts)) return;
  const double rate =
      per_second(facts, "opcounters.query") + per_second(facts, "opcounters.update") +
      per_second(facts, "opcounters.insert") + per_second(facts, "opcounters.delete");
  // An idle one may have what it wants.
  if (rate < 100) return;
  model::Finding finding = finding_of(
      Severity::low, host_subject(),
      fmt::format("{} operations a second on a single core", text::number(rate)),
      "Checkpoints, eviction, replication and index builds compete with every query for it. The "
      "manual asks for two real cores at least.");
  finding.evidence = {count("CPUs", host->cpus, "hostInfo.system.numCores"),
                      status_fact(facts, "opcounters.query"),
                      status_fact(facts, "opcounters.insert"),
                      status_fact(facts, "opcounters.update"), age_fact(facts)};
  finding.references = {mongodb_manual(facts, "administration/production-notes")};
  out.push_back(std::move(finding));
}

void swapped(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Host* host = facts.host();
  if (host == nullptr || host->stated || host->memory_bytes <= 0) return;
  const auto used = static_cast<double>(host->swap_used_bytes);
  if (used < gigabyte || used < 0.05 * static_cast<double>(host->memory_bytes)) return;
  const double waiting = host->memory_pressure ? host->memory_pressure->some : 0;
  model::Finding finding = finding_of(
      waiting > 0.1 ? Severity::medium : Severity::low, host_subject(),
      fmt::format("{} of memory are swapped out", text::bytes(used)),
      "It may be old pages of sleeping programs. When tasks wait for memory too, the cache is too "
      "large for the machine. The manual asks for vm.swappiness = 1.");
  finding.evidence = {size("swap in use", used, "/proc/meminfo SwapTotal - SwapFree"),
                      size("memory", static_cast<double>(host->memory_bytes), "hostInfo"),
                      share("tasks waited for memory", waiting, "/proc/pressure/memory, avg60"),
                      count("vm.swappiness", host->swappiness, "/proc/sys/vm/swappiness")};
  finding.impact.bytes = used;
  if (host->swappiness > 1)
    finding.changes = {manual("host/swappiness", "Let the kernel swap only when it must",
                              "sysctl -w vm.swappiness=1  # and in /etc/sysctl.conf")};
  finding.references = {mongodb_manual(facts, "administration/production-notes")};
  out.push_back(std::move(finding));
}

Severity disk_severity(double used, double free) {
  if (used >= 0.97 && free < 20 * gigabyte) return Severity::critical;
  if (used >= 0.9 && free < 100 * gigabyte) return Severity::high;
  return Severity::low;
}

void disk_space(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Host* host = facts.host();
  if (host == nullptr) return;
  for (const model::Disk& disk : host->disks) {
    const auto all = static_cast<double>(disk.size_bytes);
    const auto free = static_cast<double>(disk.free_bytes);
    if (all <= 0 || disk.holds.empty() || 1 - free / all < 0.8) continue;
    const double used = 1 - free / all;
    const Severity severity = disk_severity(used, free);
    model::Finding finding = finding_of(
        severity, host_subject(),
        fmt::format("The disk of {} is {} full, {} are free", text::join(disk.holds, " and "),
                    text::percent(used), text::bytes(free)),
        "When it is full the server stops, and it needs room to start again. An index build needs "
        "room for the index twice, and what deletes free stays in the collections' files until "
        "they "
        "are compacted. Drop what nobody uses, compact member by member, or enlarge the disk; "
        "never "
        "delete files of the data folder.");
    finding.evidence = {size("size", all, "dbStats.fsTotalSize, statvfs"),
                        size("free", free, "dbStats.fsUsedSize, statvfs")};
    finding.impact.outage_risk = severity == Severity::low ? 0.1 : used;
    finding.impact.arithmetic =
        fmt::format("1 - {} / {} = {}", text::bytes(free), text::bytes(all), text::percent(used));
    finding.references = {mongodb_manual(facts, "administration/production-notes")};
    out.push_back(std::move(finding));
  }
}

constexpr std::string_view only_warned = "no such warning since the server started; hosted servers";
constexpr std::string_view notes = "MongoDB manual, production notes; PMM";

const Register thp_check{
    server_check(
        "performance.thp", Severity::low, "Transparent huge pages are set against the allocator",
        "Memory grows, or operations stall.",
        "up to 7.0 'always' is wrong, from 8.0 on anything else; hosted servers; the warning "
        "counts only when the setting was not read",
        "MongoDB manual: 8.0 turned the advice round"),
    huge_pages};
const Register numa_check{
    server_check("performance.numa", Severity::medium, "NUMA without interleaved memory",
                 "One node's memory fills and swaps.", only_warned, notes),
    on_numa};
const Register ahead_check{
    server_check("performance.readahead", Severity::low, "The disk reads far ahead",
                 "It reads what nobody wants.", only_warned, notes),
    reads_ahead};
const Register xfs_check{
    server_check("performance.filesystem", Severity::low, "The data is not on XFS",
                 "Checkpoints can make all operations wait.", only_warned, notes),
    not_on_xfs};
const Register warning_check{
    server_check("performance.startup_warnings", Severity::low, "The server warned when it started",
                 "Each is a known cause of trouble later.",
                 "those that have a check of their own; hosted servers", "getLog startupWarnings"),
    other_warnings};
const Register dns_check{
    server_check("performance.slow_lookups", Severity::medium, "Names are resolved slowly",
                 "Connections and elections wait for it.",
                 "under one an hour, always and in the window; counters younger than a day",
                 "MongoDB manual, serverStatus.network.numSlowDNSOperations"),
    slow_lookups};
const Register core_check{
    server_check(
        "performance.single_core", Severity::low, "A busy server has one core",
        "Its own work competes with every query.",
        "under 100 operations a second; counters younger than a day; a mongos; hosted servers",
        "PMM; MongoDB manual, production notes"),
    one_core};
const Register disk_check{
    server_check("performance.disk_space", Severity::critical,
                 "A disk of the server is nearly full", "A full disk stops the server.",
                 "under 80 %; high only with less than 100 GB free, critical with less than 20 GB",
                 "dbStats"),
    disk_space};
const Register swap_check{
    server_check("performance.swap_used", Severity::medium, "Memory is swapped out",
                 "A server that reads its own memory from the disk stalls.",
                 "only when Whet runs on the server's host; 1 GB and 5 % of the memory or more",
                 "MongoDB manual, production notes"),
    swapped};

}  // namespace
}  // namespace whet::advise::settings
