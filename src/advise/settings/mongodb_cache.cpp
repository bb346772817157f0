// WiredTiger's cache: its size against the machine, and whether it can keep up.
#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "advise/check.h"
#include "advise/mongodb_server.h"
#include "advise/settings/mongodb_memory.h"
#include "base/text.h"
#include "base/units.h"

namespace whet::advise::settings {
namespace {

using model::Severity;

constexpr std::string_view cache_max = "wiredTiger.cache.maximum bytes configured";
constexpr std::string_view cache_used = "wiredTiger.cache.bytes currently in the cache";
constexpr std::string_view cache_dirty = "wiredTiger.cache.tracked dirty bytes in the cache";
constexpr std::string_view bytes_read = "wiredTiger.cache.bytes read into cache";
constexpr std::string_view read_time =
    "wiredTiger.cache.application threads page read from disk to cache time (usecs)";
constexpr std::string_view cache_setting = "storage.wiredTiger.engineConfig.cacheSizeGB";

// Up to 7.0, and from 8.0 on.
std::string_view evicted_by_operations(const Facts& facts) {
  return status_name(facts, {"wiredTiger.cache.pages evicted by application threads",
                             "wiredTiger.cache.page evict attempts by application threads"});
}

std::string gigabytes(double bytes) { return fmt::format("{:g}", bytes / gigabyte); }

model::Change cache_in_file(double bytes) {
  return edit_config(
      cache_setting, fmt::format("Give WiredTiger a cache of {}", text::bytes(bytes)),
      fmt::format("storage:\n  wiredTiger:\n    engineConfig:\n      cacheSizeGB: {}",
                  gigabytes(bytes)));
}

/// Now, and after the next start. The running server takes a new size as a configuration string.
std::vector<model::Change> resize(const Facts& facts, double from, double to,
                                  std::string_view reason) {
  std::vector<model::Change> out;
  if (!is_hosted(facts) && facts.server().setting("wiredTigerEngineRuntimeConfig") != nullptr) {
    const auto text_of = [](double bytes) {
      return fmt::format("cache_size={:.0f}M", bytes / megabyte);
    };
    out.push_back(
        set_parameter("wiredTigerEngineRuntimeConfig", text_of(to), text_of(from), reason));
    // A smaller cache is emptied first; operations may have to help.
    if (to < from) out.back().risk = model::Risk::medium;
    // A larger one takes memory that others may want.
    const bool seen = facts.host() != nullptr && facts.host()->available_bytes > 0;
    if (to > from) out.back().risk = seen ? model::Risk::low : model::Risk::medium;
  }
  out.push_back(cache_in_file(to));
  return out;
}

void cache_large(const Facts& facts, std::vector<model::Finding>& out) {
  const auto plan = mongodb_memory(facts);
  // Smaller than 256 MB it cannot be.
  if (!plan || plan->cache <= 256 * megabyte || is_hosted(facts)) return;
  const double part = plan->cache / plan->memory;
  if (part <= 0.6 && plan->total() <= plan->memory) return;
  const model::Setting* setting = facts.server().setting(cache_setting);
  const bool chosen = setting != nullptr && setting->source != "default";
  model::Finding finding = finding_of(
      part >= 0.9 ? Severity::high : Severity::medium, setting_subject(cache_setting),
      fmt::format("WiredTiger's cache may take {} of {} memory ({})", text::bytes(plan->cache),
                  text::bytes(plan->memory), text::percent(part)),
      fmt::format("{} Connections, sorts, index builds and the system's file cache need memory "
                  "too: when it is all used, the kernel ends the server.",
                  chosen ? "Its size was set by hand."
                         : "Nobody set its size, and the server did not see the limit of its "
                           "container."));
  finding.evidence = {status_size(facts, cache_max), size("memory", plan->memory, "hostInfo"),
                      status_fact(facts, "connections.current")};
  if (chosen) finding.evidence.push_back(setting_fact(*setting));
  finding.impact.outage_risk = part >= 0.9 ? 0.5 : 0.2;
  finding.impact.arithmetic = plan->arithmetic();
  finding.changes = resize(facts, plan->cache, plan->advised_cache,
                           "everything that the server needs fits in memory");
  finding.references = {mongodb_manual(facts, "administration/production-notes")};
  out.push_back(std::move(finding));
}

bool has_room(const Facts& facts, double more) {
  const model::Host* host = facts.host();
  return host == nullptr || host->available_bytes <= 0 ||
         static_cast<double>(host->available_bytes) >= more;
}

void cache_small(const Facts& facts, std::vector<model::Finding>& out) {
  const auto plan = mongodb_memory(facts);
  if (!plan || is_hosted(facts) || plan->cache >= 0.8 * plan->advised_cache) return;
  const double rate = steady_per_second(facts, bytes_read);
  if (rate < megabyte || status(facts, cache_used) < 0.7 * plan->cache) return;
  if (!has_room(facts, plan->advised_cache - plan->cache)) return;
  model::Finding finding = finding_of(
      rate >= 10 * megabyte ? Severity::medium : Severity::low, setting_subject(cache_setting),
      fmt::format("{} a second are read into a cache of {}; the machine has {} of memory",
                  text::bytes(rate), text::bytes(plan->cache), text::bytes(plan->memory)),
      "The cache is full and smaller than the server would make it by itself: half of the memory "
      "that is over 1 GB. What it drops is read again, at best from the system's file cache, where "
      "it must be decompressed each time. If other programs share the machine, leave it.");
  finding.evidence = {status_size(facts, cache_max), status_size(facts, cache_used),
                      status_size(facts, bytes_read), age_fact(facts),
                      size("memory", plan->memory, "hostInfo")};
  finding.impact.arithmetic =
      fmt::format("usual: ({} - 1 GB) / 2 = {}; with {}", text::bytes(plan->memory),
                  text::bytes(plan->usual_cache), plan->arithmetic());
  finding.changes =
      resize(facts, plan->cache, plan->advised_cache, "more of the data stays in the cache");
  finding.references = {mongodb_manual(facts, "core/wiredtiger")};
  out.push_back(std::move(finding));
}

void eviction_by_operations(const Facts& facts, std::vector<model::Finding>& out) {
  const double most = status(facts, cache_max), used = steady(facts, cache_used);
  const std::string_view name = evicted_by_operations(facts);
  if (most <= 0 || used / most < 0.95 || name.empty()) return;
  const double rate = steady_per_second(facts, name);
  if (rate < 1) return;
  model::Finding finding = finding_of(
      rate >= 100 ? Severity::high : Severity::medium, server_subject(),
      fmt::format("The cache is {} full, and operations evict {} pages a second themselves",
                  text::percent(used / most), text::number(rate)),
      "Above 95 % reads and writes must make room before they may go on. Fewer pages read by "
      "scans, "
      "fewer and smaller indexes, faster disks, or a larger cache help, in this order.");
  finding.evidence = {status_size(facts, cache_used), status_size(facts, cache_max),
                      status_fact(facts, name), age_fact(facts)};
  finding.impact.arithmetic = fmt::format("{} / {}", text::bytes(used), text::bytes(most));
  finding.references = {mongodb_manual(facts, "reference/command/serverStatus")};
  out.push_back(std::move(finding));
}

void dirty_cache(const Facts& facts, std::vector<model::Finding>& out) {
  const double most = status(facts, cache_max), dirty = steady(facts, cache_dirty);
  if (most <= 0 || dirty / most < 0.1) return;
  const double part = dirty / most;
  model::Finding finding = finding_of(
      part >= 0.2 ? Severity::high : Severity::low, server_subject(),
      fmt::format("{} of the cache are changed and not yet written", text::percent(part)),
      part >= 0.2
          ? "From 20 % on, operations stop to write pages themselves: the disk does not keep up "
            "with the changes. Faster disks, fewer indexes to keep, or fewer writes at once."
          : "Background threads aim at 5 %; at 20 % operations must write pages themselves. The "
            "disk is about to fall behind.");
  finding.evidence = {status_size(facts, cache_dirty), status_size(facts, cache_max)};
  for (const char* name :
       {"wiredTiger.cache.bytes written from cache", "wiredTiger.cache.modified pages evicted"}) {
    if (facts.server().status_value(name) != nullptr)
      finding.evidence.push_back(status_fact(facts, name));
  }
  finding.impact.arithmetic =
      fmt::format("{} / {} = {}", text::bytes(dirty), text::bytes(most), text::percent(part));
  finding.references = {mongodb_manual(facts, "core/wiredtiger")};
  out.push_back(std::move(finding));
}

void reads_from_disk(const Facts& facts, std::vector<model::Finding>& out) {
  constexpr double least_micros = 600e6;
  const auto waited = part_of(
      facts, read_time, {"opLatencies.reads.latency", "opLatencies.writes.latency"}, least_micros);
  if (!waited || waited->value <= 0.3) return;
  const double part = std::min(1.0, waited->value);
  model::Finding finding = finding_of(
      part > 0.5 ? Severity::medium : Severity::low, server_subject(),
      fmt::format("{} of the time of reads and writes goes into reading pages from the disk",
                  text::percent(part)),
      "What is used does not fit in the cache. An index that keeps queries from reading whole "
      "collections helps most; then a larger cache, or faster disks.");
  finding.evidence = {status_fact(facts, read_time),
                      status_fact(facts, "opLatencies.reads.latency"),
                      status_fact(facts, "opLatencies.writes.latency"), age_fact(facts)};
  finding.impact.seconds_per_hour = waited->part / 1e6 / status_age(facts) * 3600;
  finding.impact.arithmetic =
      fmt::format("{:.0f} s / {:.0f} s", waited->part / 1e6, waited->whole / 1e6);
  finding.references = {mongodb_manual(facts, "core/wiredtiger")};
  out.push_back(std::move(finding));
}

const Register large_check{
    server_check("performance.wiredtiger_cache_large", Severity::high,
                 "WiredTiger's cache and what else needs memory do not fit in it",
                 "The kernel ends the server when memory is used up.",
                 "up to 60 % of the memory, as long as the sum fits; a cache of 256 MB; hosted "
                 "servers; unknown memory",
                 "MongoDB manual, production notes; PMM warns at 50 %, where the default already "
                 "lies"),
    cache_large};
const Register small_check{
    server_check("performance.wiredtiger_cache_small", Severity::medium,
                 "WiredTiger's cache is far smaller than the machine allows",
                 "Pages are read and decompressed again and again.",
                 "80 % of what fits or more; a cache that is not full; less than 1 MB/s read; no "
                 "memory free; counters younger than a day",
                 "MongoDB manual, WiredTiger: 50 % of (RAM - 1 GB)"),
    cache_small};
const Register eviction_check{
    server_check("performance.cache_eviction", Severity::high,
                 "Operations must make room in the cache themselves",
                 "Their latency then depends on the disk.",
                 "a cache less than 95 % full in either sample; under a page a second, always and "
                 "in the window",
                 "WiredTiger's eviction trigger, 95 %"),
    eviction_by_operations};
const Register dirty_check{
    server_check("performance.cache_dirty", Severity::high,
                 "Too much of the cache waits to be written",
                 "At 20 % operations write pages themselves.", "under 10 % in either sample",
                 "WiredTiger's eviction_dirty_target 5 % and trigger 20 %"),
    dirty_cache};
const Register disk_check{
    server_check("performance.cache_reads", Severity::medium, "Reads and writes wait for the disk",
                 "The data that is used does not fit.",
                 "up to 30 % of their time; under 10 min of it; counters younger than a day",
                 "50 % of an operation's time"),
    reads_from_disk};

}  // namespace
}  // namespace whet::advise::settings
