// The machine: pressure, disks, swap, huge pages. Only what was read on the same host.
#include <array>
#include <cmath>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "advise/check.h"
#include "advise/mysql_facts.h"
#include "advise/settings/support.h"
#include "base/text.h"
#include "base/units.h"

namespace whet::advise::settings {
namespace {

using model::Severity;

model::Subject host_subject() { return named(model::SubjectKind::host, ""); }

struct Resource {
  const char* name;
  const model::Pressure* pressure;
  double medium_from;  ///< share of time in which some task waited
};

void pressure(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Host* host = facts.host();
  if (host == nullptr || host->stated) return;
  const auto get = [](const std::optional<model::Pressure>& p) { return p ? &*p : nullptr; };
  // Waiting for memory hurts at once; a busy CPU only slows.
  const std::array resources{Resource{"CPU", get(host->cpu_pressure), 2},
                             Resource{"memory", get(host->memory_pressure), 0.4},
                             Resource{"disk I/O", get(host->io_pressure), 0.6}};
  for (const Resource& resource : resources) {
    if (resource.pressure == nullptr || resource.pressure->some <= 0.2) continue;
    model::Finding finding = make_finding(
        resource.pressure->some > resource.medium_from ? Severity::medium : Severity::low,
        host_subject(),
        fmt::format("Tasks waited for {} in {} of the last minute", resource.name,
                    text::percent(resource.pressure->some)),
        fmt::format("The machine does not have as much {} as its programs ask for. See first which "
                    "statements use most of it, and whether other programs share the machine.",
                    resource.name));
    finding.evidence = {share("some tasks waited", resource.pressure->some,
                              fmt::format("/proc/pressure ({}), some avg60", resource.name)),
                        share("all tasks waited", resource.pressure->full,
                              fmt::format("/proc/pressure ({}), full avg60", resource.name)),
                        number("load", host->load_1, "/proc/loadavg"),
                        count("CPUs", host->cpus, "host.cpus")};
    out.push_back(std::move(finding));
  }
  if (host->cpu_pressure || host->cpus <= 0 ||
      host->load_1 <= 1.5 * static_cast<double>(host->cpus))
    return;
  model::Finding finding = make_finding(
      Severity::low, host_subject(),
      fmt::format("The load is {} on {}", text::number(host->load_1),
                  text::plural(host->cpus, "CPU", "CPUs")),
      "More tasks want to run, or wait for the disk, than there are CPUs. See which statements use "
      "most, and whether other programs share the machine.");
  finding.evidence = {number("load over one minute", host->load_1, "/proc/loadavg"),
                      count("CPUs", host->cpus, "host.cpus"),
                      share("CPU busy", host->cpu_busy, "/proc/stat"),
                      share("waiting for I/O", host->io_wait, "/proc/stat")};
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
    const auto free = static_cast<double>(disk.free_bytes);
    const double used = 1 - fraction(free, static_cast<double>(disk.size_bytes));
    if (disk.size_bytes <= 0 || disk.holds.empty() || used < 0.8) continue;
    const Severity severity = disk_severity(used, free);
    model::Finding finding = make_finding(
        severity, host_subject(),
        fmt::format("The disk of {} ({}) is {} full, {} are free", text::join(disk.holds, " and "),
                    disk.mount, text::percent(used), text::bytes(free)),
        facts.server().engine == model::EngineKind::postgresql
            ? "When it is full, the server stops: no WAL can be written, and no vacuum or index "
              "build finds room. Make room before you do anything else: old WAL held by a "
              "replication slot, bloated tables, logs, unused indexes; or enlarge the disk. Never "
              "delete files in pg_wal."
            : "When it is full, writes fail or wait, and so does every ALTER TABLE. Make room "
              "before "
              "you do anything else: old binary logs (PURGE BINARY LOGS), slow and general logs, "
              "unused indexes; or enlarge the disk. Never delete files of the data folder.");
    finding.evidence = {size("size", static_cast<double>(disk.size_bytes), "statvfs"),
                        size("free", free, "statvfs"),
                        fact("file system", disk.filesystem, "/proc/mounts")};
    finding.impact.outage_risk = severity == Severity::low ? 0.1 : used;
    finding.impact.arithmetic =
        fmt::format("1 - {} / {} = {}", text::bytes(free),
                    text::bytes(static_cast<double>(disk.size_bytes)), text::percent(used));
    if (facts.server().engine == model::EngineKind::postgresql) finding.references = {"diskusage"};
    out.push_back(std::move(finding));
  }
}

void swap_used(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Host* host = facts.host();
  if (host == nullptr || host->stated) return;
  const auto used = static_cast<double>(host->swap_used_bytes);
  if (used < gigabyte || used < 0.05 * static_cast<double>(host->memory_bytes)) return;
  const double waiting = host->memory_pressure ? host->memory_pressure->some : 0;
  model::Finding finding = make_finding(
      waiting > 0.1 ? Severity::medium : Severity::low, host_subject(),
      fmt::format("{} of memory are swapped out", text::bytes(used)),
      waiting > 0.1
          ? "And tasks wait for memory now: parts of the server are read back from the disk while "
            "statements wait. Lower what the sessions may take, or let fewer in."
          : "It may be old pages of sleeping programs, which is harmless. It is a sign that memory "
            "was short once.");
  finding.evidence = {size("swap in use", used, "/proc/meminfo SwapTotal - SwapFree"),
                      size("memory", static_cast<double>(host->memory_bytes), "host.memory"),
                      share("tasks waited for memory", waiting, "/proc/pressure/memory, avg60"),
                      count("vm.swappiness", host->swappiness, "/proc/sys/vm/swappiness")};
  finding.impact.bytes = used;
  out.push_back(std::move(finding));
}

bool huge_pages_in_use(const Facts& facts, const model::Host& host) {
  const std::string status = facts.server().text("huge_pages_status");
  if (!status.empty() && status != "unknown") return status == "on";
  return facts.server().text("huge_pages") != "off" && host.huge_pages_total > 0;
}

void huge_pages_off(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Host* host = facts.host();
  const auto shared = facts.server().number("shared_buffers");
  if (host == nullptr || host->stated || !shared || *shared < 8 * gigabyte ||
      huge_pages_in_use(facts, *host))
    return;
  const auto wanted = facts.server().number("shared_memory_size_in_huge_pages");
  const double page =
      host->huge_page_bytes > 0 ? static_cast<double>(host->huge_page_bytes) : 2.0 * 1024 * 1024;
  const double pages = wanted && *wanted > 0 ? *wanted : std::ceil(*shared * 1.05 / page);
  model::Finding finding = make_finding(
      Severity::low, setting_subject("huge_pages"),
      fmt::format("{} of shared memory are mapped in small pages", text::bytes(*shared)),
      "Each session needs its own page table for all of it, some 2 MB for each GB that it touches, "
      "and the CPU looks up addresses more often. Reserve huge pages and restart; huge_pages = try "
      "takes them when they are there.");
  finding.evidence = {
      size("shared_buffers", *shared, "pg_settings.shared_buffers"),
      fact("huge pages", facts.server().text("huge_pages"), "pg_settings.huge_pages"),
      count("reserved by the kernel", host->huge_pages_total, "/proc/meminfo HugePages_Total")};
  finding.impact.arithmetic = fmt::format("{:.0f} pages of {}", pages, text::bytes(page));
  finding.changes = {manual("host/huge_pages", "Reserve huge pages, then restart the server",
                            fmt::format("sysctl -w vm.nr_hugepages={:.0f}", pages))};
  finding.references = {"kernel-resources"};
  out.push_back(std::move(finding));
}

void thp(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Host* host = facts.host();
  if (host == nullptr || host->transparent_huge_pages != "always") return;
  model::Finding finding = make_finding(
      Severity::info, host_subject(), "Transparent huge pages are on for every program",
      "The kernel then assembles large pages in the background, which can make sessions stall and "
      "take more memory than they asked for. For databases madvise is the usual choice; explicit "
      "huge pages are something else and good.");
  finding.evidence = {fact("transparent huge pages", host->transparent_huge_pages,
                           "/sys/kernel/mm/transparent_hugepage/enabled")};
  finding.changes = {
      manual("host/thp", "Leave transparent huge pages to programs that ask for them",
             "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled  # and at each boot")};
  if (facts.server().engine == model::EngineKind::postgresql)
    finding.references = {"kernel-resources"};
  out.push_back(std::move(finding));
}

constexpr unsigned sql_servers = static_cast<unsigned>(postgresql) | both_forks;

CheckInfo info(std::string_view id, Severity severity, std::string_view summary,
               std::string_view why, std::string_view guards, std::string_view source,
               unsigned engines = sql_servers) {
  return {id, Area::performance, severity, engines, summary, why, "", guards, source};
}

const Register pressed{
    info(
        "performance.pressure", Severity::medium, "The machine is short of CPU, memory or disk",
        "No setting makes up for a resource that is used up.",
        "only when Whet runs on the server's host; over 20 % of a minute, or a load over 1.5 times "
        "the CPUs",
        "Linux pressure stall information"),
    pressure};
const Register space{
    info("performance.disk_space", Severity::critical, "A disk of the server is nearly full",
         "A full disk stops the server.",
         "only disks that hold the server's files; high only with less than 100 GB free",
         "postgres-checkup A008"),
    disk_space};
const Register swapped{
    info("performance.swap_used", Severity::medium, "Memory is swapped out",
         "A server that reads its own memory from the disk stalls.",
         "only when Whet runs on the server's host; 1 GB and 5 % of the memory or more",
         "PostgreSQL manual, kernel resources"),
    swap_used};
const Register huge{
    info("performance.huge_pages_off", Severity::low, "A large shared memory uses small pages",
         "Page tables of every session take memory and time.",
         "only when Whet runs on the server's host; shared_buffers of 8 GB or more",
         "check_pgactivity hugepages, postgresqltuner", postgresql),
    huge_pages_off};
const Register transparent{
    info("performance.thp", Severity::info, "Transparent huge pages are on for every program",
         "They can make sessions stall.", "only when the host was read",
         "the usual advice of database vendors"),
    thp};

}  // namespace
}  // namespace whet::advise::settings
