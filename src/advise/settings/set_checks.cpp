// The findings that tell what the settings set recommends: one for each setting, or for a few that
// belong together.
#include <algorithm>
#include <initializer_list>
#include <string>

#include <fmt/format.h>

#include "advise/check.h"
#include "advise/settings/memory_set.h"
#include "advise/settings/support.h"
#include "base/text.h"

namespace whet::advise::settings {
namespace {

using model::Severity;

// The envelope as evidence, so that a reader can add up that the value fits with all others.
void add_envelope(const SettingsSet& set, model::Finding& finding) {
  if (!set.memory) return;
  finding.evidence.push_back(size("memory of the machine", *set.memory, "host.memory"));
  if (set.shared_host) {
    finding.evidence.push_back(size("held by other programs or sessions", set.others,
                                    "host.memory - host.available - pg_settings.shared_buffers"));
  }
  finding.impact.arithmetic += fmt::format(
      ". All recommended settings together, realistically: {}, which is {} of {} "
      "usable; at worst: {} ({})",
      set.then.realistic_text(), text::percent(set.then.realistic() / set.usable),
      text::bytes(set.usable), set.then.worst_text(), text::percent(set.then.worst() / set.usable));
}

struct Report {
  Severity severity = Severity::low;
  std::string_view detail;
  std::string_view page;  ///< of the manual
  bool memory = false;    ///< shows the envelope
};

// One finding for those of `names` that the set changes; nothing when all are right.
void report(const Facts& facts, std::initializer_list<std::string_view> names, const Report& how,
            std::vector<model::Finding>& out) {
  const SettingsSet set = recommend(facts);
  model::Finding finding;
  for (const std::string_view name : names) {
    const Recommendation* advice = set.find(name);
    if (advice == nullptr) continue;
    if (finding.title.empty()) {
      finding = make_finding(
          how.severity, setting_subject(name),
          fmt::format("{} is {}, {} is right here", name, advice->setting->value, advice->value),
          std::string(how.detail));
    } else {
      finding.title +=
          fmt::format("; {} is {}, not {}", name, advice->setting->value, advice->value);
    }
    finding.evidence.push_back(setting_fact(*advice->setting));
    finding.evidence.insert(finding.evidence.end(), advice->evidence.begin(),
                            advice->evidence.end());
    finding.detail += fmt::format(" {} = {}: {}.", name, advice->value, advice->reason);
    finding.impact.arithmetic += finding.impact.arithmetic.empty() ? "" : ". ";
    finding.impact.arithmetic += fmt::format("{}: {}", name, advice->arithmetic);
    finding.changes.push_back(change_for(facts, *advice));
  }
  if (finding.title.empty()) return;
  if (how.memory) add_envelope(set, finding);
  finding.references = {std::string(how.page)};
  out.push_back(std::move(finding));
}

void shared_buffers(const Facts& facts, std::vector<model::Finding>& out) {
  report(facts, {"shared_buffers"},
         {Severity::low,
          "The server keeps the blocks it uses in this cache; what does not fit is asked from the "
          "operating system again and again. Much more than a quarter of the memory takes it away "
          "from the operating system's cache and from the sessions.",
          "runtime-config-resource", true},
         out);
}

void effective_cache_size(const Facts& facts, std::vector<model::Finding>& out) {
  report(facts, {"effective_cache_size"},
         {Severity::low,
          "The planner takes this as the size of all caches together. Too small, and it thinks "
          "index scans dearer than they are; beyond the memory, cheaper.",
          "runtime-config-query", true},
         out);
}

void work_mem(const Facts& facts, std::vector<model::Finding>& out) {
  report(facts, {"work_mem", "hash_mem_multiplier"},
         {Severity::low,
          "Each sort or hash may take this much memory before it goes to disk, in each session. A "
          "few statements that need much more are better given it alone, with SET LOCAL.",
          "runtime-config-resource", true},
         out);
}

void maintenance_work_mem(const Facts& facts, std::vector<model::Finding>& out) {
  report(facts, {"maintenance_work_mem", "autovacuum_work_mem"},
         {Severity::low,
          "Index builds sort in this much memory, and vacuum remembers dead rows in it: too little "
          "means sorting on disk and reading every index several times.",
          "runtime-config-resource", true},
         out);
}

void max_wal_size(const Facts& facts, std::vector<model::Finding>& out) {
  report(facts, {"max_wal_size", "min_wal_size"},
         {Severity::low,
          "When this much WAL has been written since the last checkpoint, the next one starts at "
          "once, whatever checkpoint_timeout says. Far more than the disk can hold is a risk of a "
          "full disk.",
          "runtime-config-wal"},
         out);
}

void checkpoint_timeout(const Facts& facts, std::vector<model::Finding>& out) {
  report(facts, {"checkpoint_timeout"},
         {Severity::low,
          "The first change of each page after a checkpoint writes the whole page to the WAL: "
          "checkpoints that follow each other closely multiply the WAL. Very rare ones make "
          "recovery after a crash long.",
          "wal-configuration"},
         out);
}

void checkpoint_completion_target(const Facts& facts, std::vector<model::Finding>& out) {
  report(facts, {"checkpoint_completion_target"},
         {Severity::low,
          "A checkpoint that hurries writes its pages in a burst, and every other read and write "
          "waits behind it.",
          "wal-configuration"},
         out);
}

void random_page_cost(const Facts& facts, std::vector<model::Finding>& out) {
  report(facts, {"random_page_cost"},
         {Severity::low,
          "The default of 4 is for disks that spin. With it the planner prefers sequential scans "
          "where an index scan would be faster.",
          "runtime-config-query"},
         out);
}

void effective_io_concurrency(const Facts& facts, std::vector<model::Finding>& out) {
  report(facts, {"effective_io_concurrency"},
         {Severity::low,
          "So many reads are asked for ahead of time. Solid-state and network storage serve many "
          "at once; with 0 or 1 each read waits for the one before.",
          "runtime-config-resource"},
         out);
}

void parallel_workers(const Facts& facts, std::vector<model::Finding>& out) {
  report(facts,
         {"max_parallel_workers", "max_parallel_workers_per_gather",
          "max_parallel_maintenance_workers", "max_worker_processes"},
         {Severity::low,
          "Workers beyond the CPUs only take turns, and each brings its own work_mem; workers "
          "beyond max_worker_processes never start.",
          "runtime-config-resource"},
         out);
}

void autovacuum_cost(const Facts& facts, std::vector<model::Finding>& out) {
  report(facts, {"autovacuum_vacuum_cost_delay", "autovacuum_vacuum_cost_limit"},
         {Severity::low,
          "Autovacuum pauses for the delay each time it has done work worth the limit. Slower than "
          "the default it falls behind busy tables: dead rows pile up and scans get longer.",
          "runtime-config-vacuum"},
         out);
}

// Realistic need beyond the memory is a danger now; the worst case is worth knowing only.
void memory_overcommitted(const Facts& facts, std::vector<model::Finding>& out) {
  const SettingsSet set = recommend(facts);
  if (!set.memory) return;
  const double realistic = set.now.realistic() / set.usable;
  const double worst = set.now.worst() / set.usable;
  const bool danger = realistic > promised_share;
  if (!danger && worst <= 1) return;
  model::Finding finding = make_finding(
      danger ? Severity::medium : Severity::info, server_subject(),
      danger ? fmt::format("The settings let {} working sessions take {} of the memory",
                           text::number(set.now.sessions), text::percent(realistic))
             : fmt::format("If all {} connections sorted at once, they would need {} of the memory",
                           text::number(set.now.connections), text::percent(worst)),
      danger ? "When memory runs out, the kernel ends a server process, and then all sessions are "
               "lost while the server recovers. Lower what the sessions may take, or let fewer in."
             : "That never happens in practice, and nothing needs to be done now. A connection "
               "pool with a lower max_connections would rule it out.");
  finding.evidence = {size("memory of the machine", *set.memory, "host.memory"),
                      size("usable", set.usable, "host.memory less what others hold"),
                      size("realistic need", set.now.realistic(), "pg_settings, sampled sessions"),
                      size("worst case", set.now.worst(), "pg_settings")};
  finding.impact.arithmetic =
      fmt::format("realistic: {}; worst: {}", set.now.realistic_text(), set.now.worst_text());
  finding.impact.outage_risk = danger ? 0.3 : 0;
  for (const Recommendation& item : set.items) {
    const bool memory =
        item.setting->name == "shared_buffers" || item.setting->name == "work_mem" ||
        item.setting->name == "hash_mem_multiplier" ||
        item.setting->name == "maintenance_work_mem" || item.setting->name == "autovacuum_work_mem";
    if (danger && memory && item.number < item.setting->number.value_or(0))
      finding.changes.push_back(change_for(facts, item));
  }
  finding.references = {"runtime-config-resource", "kernel-resources"};
  out.push_back(std::move(finding));
}

void host_shared(const Facts& facts, std::vector<model::Finding>& out) {
  const SettingsSet set = recommend(facts);
  if (!set.shared_host) return;
  model::Finding finding = make_finding(
      Severity::info, named(model::SubjectKind::host, ""),
      fmt::format("Other programs or sessions hold {} of the machine's {}", text::bytes(set.others),
                  text::bytes(*set.memory)),
      "The machine does not seem to be the database's alone. All memory settings that are "
      "recommended count only on what is left.");
  finding.evidence = {
      size("memory of the machine", *set.memory, "host.memory"),
      size("available", static_cast<double>(facts.host()->available_bytes), "host.available"),
      size("held by others", set.others,
           "host.memory - host.available - pg_settings.shared_buffers"),
      size("usable for the server", set.usable, "host.memory less what others hold over 25 %")};
  finding.impact.bytes = set.others;
  finding.impact.arithmetic =
      fmt::format("{} - ({} - 25 % of {}) = {} usable", text::bytes(*set.memory),
                  text::bytes(set.others), text::bytes(*set.memory), text::bytes(set.usable));
  out.push_back(std::move(finding));
}

constexpr std::string_view band_guard =
    "a value within the band that is right for this machine is not mentioned; nothing without "
    "known "
    "memory";
constexpr std::string_view known_guard = "a value within the band that is right is not mentioned";

CheckInfo info(std::string_view id, std::string_view summary, std::string_view why,
               std::string_view guards, std::string_view source) {
  CheckInfo out;
  out.id = id;
  out.area = Area::performance;
  out.severity = Severity::low;
  out.engines = postgresql;
  out.summary = summary;
  out.why = why;
  out.guards = guards;
  out.source = source;
  return out;
}

const Register registered_shared_buffers{
    info("performance.shared_buffers", "The server's own cache is too small or too large",
         "Blocks that do not fit are read again and again.", band_guard,
         "PostgreSQL manual, shared_buffers: 25 %, not over 40 %"),
    shared_buffers};
const Register registered_cache_size{
    info("performance.effective_cache_size", "The planner is told a wrong size of the caches",
         "It then prices index scans wrongly.", band_guard, "postgresqltuner"),
    effective_cache_size};
const Register registered_work_mem{
    info("performance.work_mem", "Memory for sorts and hashes is too small or does not fit",
         "Too little spills to disk, too much can exhaust the memory.",
         "a value within the band is not mentioned; raised beyond 4 MB only for spills that were "
         "seen, and only as far as all connections fit; nothing without known memory",
         "PostgreSQL manual, work_mem; postgres-checkup G001"),
    work_mem};
const Register registered_maintenance{
    info("performance.maintenance_work_mem", "Memory for maintenance is too small or does not fit",
         "Index builds sort on disk, vacuum reads indexes several times.", band_guard,
         "PostgreSQL manual, maintenance_work_mem and autovacuum_work_mem"),
    maintenance_work_mem};
const Register registered_max_wal{
    info("performance.max_wal_size", "The WAL limit does not fit the rate of writing or the disk",
         "Too small brings checkpoints early, too large can fill the disk.",
         "a value within the band is not mentioned; not on a replica",
         "PostgreSQL manual, WAL configuration"),
    max_wal_size};
const Register registered_timeout{info("performance.checkpoint_timeout",
                                       "Checkpoints follow each other too closely or too rarely",
                                       "Close ones multiply WAL, rare ones make recovery long.",
                                       "a value within the band is not mentioned; not on a replica",
                                       "PostgreSQL manual, WAL configuration"),
                                  checkpoint_timeout};
const Register registered_target{
    info("performance.checkpoint_completion_target", "Checkpoints write in bursts",
         "Everything else waits behind the burst.", "0.8 and more is right; not on a replica",
         "postgres-checkup; the default from 14 on"),
    checkpoint_completion_target};
const Register registered_random{
    info("performance.random_page_cost", "The planner believes in a disk that spins",
         "It prefers sequential scans where an index would be faster.",
         "only when the disk is known not to spin, block reads were measured below 1 ms, or all "
         "data fits in half of the memory",
         "PostgreSQL manual, random_page_cost; postgresqltuner"),
    random_page_cost};
const Register registered_concurrency{
    info("performance.effective_io_concurrency", "Reads are asked for one at a time",
         "Fast storage idles between them.",
         "only when the disk is known not to spin; 2 and more is right",
         "PostgreSQL manual, effective_io_concurrency"),
    effective_io_concurrency};
const Register registered_parallel{
    info("performance.parallel_workers",
         "Limits of parallel workers contradict the CPUs or each other",
         "Workers without a CPU take turns; those over max_worker_processes never start.",
         "only with a known number of CPUs; up to twice the CPUs, or 8, is right",
         "PostgreSQL manual, max_parallel_workers"),
    parallel_workers};
const Register registered_autovacuum{
    info("performance.autovacuum_cost", "Autovacuum is slowed down below its default pace",
         "It falls behind busy tables.", known_guard,
         "PostgreSQL manual, autovacuum_vacuum_cost_delay: 2 ms from 12 on"),
    autovacuum_cost};
const Register registered_overcommitted{
    {
        .id = "performance.memory_overcommitted",
        .area = Area::performance,
        .severity = Severity::medium,
        .engines = postgresql,
        .summary = "The settings let the server take more memory than there is",
        .why = "The kernel then ends a process, and all sessions are lost.",
        .privileges = "",
        .guards = "nothing without known memory; the worst case alone is only for information",
        .source = "postgres-checkup G001",
    },
    memory_overcommitted};
const Register registered_shared{
    {
        .id = "performance.host_shared",
        .area = Area::performance,
        .severity = Severity::info,
        .engines = postgresql,
        .summary = "Other programs hold much of the machine's memory",
        .why = "Memory settings may count only on what is left.",
        .privileges = "",
        .guards = "only when the host's memory was read, and over 25 % is held by others",
        .source = "memory less available less shared_buffers",
    },
    host_shared};

}  // namespace
}  // namespace whet::advise::settings
