// How well the server's caches serve: blocks, and the small fixed caches of transaction status.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "advise/check.h"
#include "advise/settings/memory_set.h"
#include "advise/settings/support.h"
#include "base/text.h"
#include "base/units.h"

namespace whet::advise::settings {
namespace {

using model::Severity;

void buffer_hit_low(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Database* database = facts.server().current_database();
  if (database == nullptr || !facts.ratio_age(database->stats_age_seconds)) return;
  const auto& total = database->total;
  const auto all = static_cast<double>(total.blocks_hit + total.blocks_read);
  const double hit = fraction(static_cast<double>(total.blocks_hit), all);
  if (all < 1e6 || hit >= 0.95) return;
  // A miss that the operating system's cache serves costs little: only time proves harm.
  const double busy = total.active_time_ms > 0 ? total.active_time_ms : facts.workload_ms();
  const bool timed = total.read_time_ms > 0 && busy > 0;
  const double waiting = timed ? total.read_time_ms / busy : 0;
  if (timed && waiting < 0.1) return;
  model::Finding finding = make_finding(
      !timed ? Severity::info : (waiting >= 0.3 ? Severity::medium : Severity::low),
      named(model::SubjectKind::database, database->name),
      timed ? fmt::format("{} of the sessions' active time goes into reading blocks; {} are found "
                          "in shared_buffers",
                          text::percent(waiting), text::percent(hit))
            : fmt::format("Only {} of blocks are found in shared_buffers", text::percent(hit)),
      timed
          ? "The data in use does not fit in the cache, or statements read far more than they "
            "need. Look first at the statements that read most; then at shared_buffers."
          : "What that costs is not known: the operating system may have the blocks in its cache. "
            "Switch track_io_timing on to find out.");
  finding.evidence = {
      count("blocks found", total.blocks_hit, "pg_stat_database.blks_hit"),
      count("blocks read", total.blocks_read, "pg_stat_database.blks_read"),
      time("time reading", total.read_time_ms / 1000, "pg_stat_database.blk_read_time"),
      time("time active", busy / 1000,
           total.active_time_ms > 0 ? "pg_stat_database.active_time"
                                    : "pg_stat_statements.total_exec_time"),
      time("age of the counters", database->stats_age_seconds.value_or(0),
           "pg_stat_database.stats_reset")};
  finding.impact.seconds_per_hour =
      per_hour(total.read_time_ms / 1000, database->stats_age_seconds);
  finding.impact.share = timed ? std::min(waiting, 1.0) : 0;
  finding.impact.arithmetic =
      fmt::format("{} / ({} + {}) = {} found; {} of reading / {} active = {}", total.blocks_hit,
                  total.blocks_hit, total.blocks_read, text::percent(hit),
                  text::duration(total.read_time_ms / 1000), text::duration(busy / 1000),
                  text::percent(waiting));
  const auto set = recommend(facts);
  if (const Recommendation* advice = set.find("shared_buffers"))
    finding.changes = {change_for(facts, *advice)};
  finding.references = {"runtime-config-resource", "monitoring-stats"};
  out.push_back(std::move(finding));
}

struct Slru {
  std::string_view name;
  std::string_view setting;  ///< 17+
  std::string_view cause;
};

constexpr std::array slrus{
    Slru{"subtransaction", "subtransaction_buffers",
         "Savepoints or PL/pgSQL exception blocks open more than 64 subtransactions in a "
         "transaction, and every reader then looks up which transaction they belong to."},
    Slru{"multixact_offset", "multixact_offset_buffers",
         "Many sessions lock the same rows at once, mostly by foreign keys to few, hot rows."},
    Slru{"multixact_member", "multixact_member_buffers",
         "Many sessions lock the same rows at once, mostly by foreign keys to few, hot rows."}};

void judge_slru(const Facts& facts, const Slru& kind, const model::SlruRow& row,
                std::vector<model::Finding>& out) {
  const auto all = static_cast<double>(row.total.hits + row.total.reads);
  const double hit = fraction(static_cast<double>(row.total.hits), all);
  if (all < 1e5 || hit >= 0.95) return;
  model::Finding finding = make_finding(
      Severity::low, server_subject(),
      fmt::format("The {} cache misses {} of its look-ups", row.name, text::percent(1 - hit)),
      std::string(kind.cause) +
          " The cache is small and fixed: misses read files while holding a lock that all need.");
  finding.evidence = {count("found", row.total.hits, "pg_stat_slru.blks_hit of " + row.name),
                      count("read", row.total.reads, "pg_stat_slru.blks_read of " + row.name),
                      time("history", facts.history_seconds(), "pg_stat_database.stats_reset")};
  finding.impact.arithmetic = fmt::format("{} / ({} + {}) = {} found", row.total.hits,
                                          row.total.hits, row.total.reads, text::percent(hit));
  if (const model::Setting* setting = facts.server().setting(kind.setting)) {
    finding.evidence.push_back(setting_fact(*setting));
    const double wanted = std::clamp(4 * setting->number.value_or(0), megabyte, 8 * megabyte);
    finding.changes = {set_to(facts, *setting, print_memory(wanted), "room for the look-ups seen")};
  }
  finding.references = {"monitoring-stats", "runtime-config-resource"};
  out.push_back(std::move(finding));
}

void slru_thrash(const Facts& facts, std::vector<model::Finding>& out) {
  if (!facts.ratio_age(facts.history_seconds())) return;
  for (const model::SlruRow& row : facts.snapshot().resources.slru) {
    for (const Slru& kind : slrus) {
      if (row.name == kind.name) judge_slru(facts, kind, row, out);
    }
  }
}

const Register hits{
    {
        .id = "performance.buffer_hit_low",
        .area = Area::performance,
        .severity = Severity::medium,
        .engines = postgresql,
        .summary = "Sessions wait for blocks that are not in the server's cache",
        .why = "Reading from the disk is a hundred times slower than from memory.",
        .privileges = "",
        .guards = "a million blocks or more, counters old enough, under 95 % found, and with "
                  "track_io_timing at least 10 % of the active time spent reading",
        .source = "pghero",
    },
    buffer_hit_low};

const Register slru{
    {
        .id = "performance.slru_thrash",
        .area = Area::performance,
        .severity = Severity::low,
        .engines = postgresql,
        .summary = "A cache of subtransactions or row locks is too small for its use",
        .why = "Its misses stop all sessions at one lock.",
        .privileges = "",
        .guards = "100,000 look-ups or more over a history long enough, under 95 % found",
        .source = "check_pgactivity slru_hit_ratio",
    },
    slru_thrash};

}  // namespace
}  // namespace whet::advise::settings
