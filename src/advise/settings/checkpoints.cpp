// Checkpoints, the background writer and WAL: who writes, how often, and how long it waits.
#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "advise/check.h"
#include "advise/settings/memory_set.h"
#include "advise/settings/support.h"
#include "base/text.h"
#include "base/whole.h"

namespace whet::advise::settings {
namespace {

using model::Severity;

std::string checkpoint_view(const Facts& facts) {
  return facts.server().major() >= 17 ? "pg_stat_checkpointer" : "pg_stat_bgwriter";
}

void checkpoints_requested(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Resources& resources = facts.snapshot().resources;
  const auto& total = resources.checkpoint_total;
  const std::int64_t all = total.timed + total.requested;
  const auto timeout = facts.server().number("checkpoint_timeout");
  const double age = resources.checkpoint_age_seconds.value_or(0);
  if (!facts.ratio_age(resources.checkpoint_age_seconds) || all < 10 || !timeout ||
      facts.server().is_replica)
    return;
  const double requested = fraction(static_cast<double>(total.requested), static_cast<double>(all));
  const double interval = age / static_cast<double>(all);
  if (requested <= 0.5 || interval >= *timeout / 2) return;
  const auto set = recommend(facts);
  const Recommendation* advice = set.find("max_wal_size");
  // The limit is large enough for the rate of WAL: backups and CHECKPOINT commands ask for
  // checkpoints too, or the counters are from before it was raised.
  if (advice == nullptr && facts.ratio_age(resources.wal_age_seconds)) return;
  model::Finding finding = make_finding(
      interval < 60 ? Severity::medium : Severity::low, setting_subject("max_wal_size"),
      fmt::format("{} of checkpoints were asked for before their time, one every {}",
                  text::percent(requested), text::duration(interval)),
      "After each checkpoint the first change of a page writes the whole page to the WAL, so early "
      "checkpoints mean more WAL and more writing, which brings the next checkpoint nearer.");
  finding.evidence = {
      count("requested", total.requested,
            checkpoint_view(facts) +
                (facts.server().major() >= 17 ? ".num_requested" : ".checkpoints_req")),
      count("timed", total.timed,
            checkpoint_view(facts) +
                (facts.server().major() >= 17 ? ".num_timed" : ".checkpoints_timed")),
      time("age of the counters", age, checkpoint_view(facts) + ".stats_reset"),
      time("checkpoint_timeout", *timeout, "pg_settings.checkpoint_timeout")};
  finding.impact.arithmetic = fmt::format(
      "{} / ({} + {}) checkpoints requested; {} / {} checkpoints = one every {}", total.requested,
      total.timed, total.requested, text::duration(age), all, text::duration(interval));
  if (advice != nullptr) finding.changes = {change_for(facts, *advice)};
  finding.references = {"wal-configuration", "runtime-config-wal"};
  out.push_back(std::move(finding));
}

void checkpoint_sync_slow(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Resources& resources = facts.snapshot().resources;
  const auto& total = resources.checkpoint_total;
  const std::int64_t all = total.timed + total.requested;
  if (!facts.ratio_age(resources.checkpoint_age_seconds) || all < 10) return;
  const double seconds = total.sync_ms / 1000 / static_cast<double>(all);
  if (seconds <= 5) return;
  model::Finding finding = make_finding(
      Severity::medium, server_subject(),
      fmt::format("Checkpoints wait {} on average for the disk to sync", text::duration(seconds)),
      "The files that a checkpoint wrote were still in the operating system's cache and had to be "
      "written at its end at once; meanwhile other syncs, commits among them, wait. Let the kernel "
      "start writing earlier (a small vm.dirty_background_bytes), spread the checkpoint, or look "
      "at the disk.");
  finding.evidence = {
      time("time syncing", total.sync_ms / 1000,
           checkpoint_view(facts) +
               (facts.server().major() >= 17 ? ".sync_time" : ".checkpoint_sync_time")),
      count("checkpoints", all, checkpoint_view(facts)),
      time("age of the counters", resources.checkpoint_age_seconds.value_or(0),
           checkpoint_view(facts) + ".stats_reset")};
  finding.impact.arithmetic =
      fmt::format("{} / {} checkpoints = {}", text::duration(total.sync_ms / 1000), all,
                  text::duration(seconds));
  finding.changes = {
      manual("host/dirty_background_bytes", "Let the kernel write earlier",
             "sysctl -w vm.dirty_background_bytes=67108864 vm.dirty_bytes=536870912")};
  finding.references = {"wal-configuration"};
  out.push_back(std::move(finding));
}

struct Writers {
  double clients = 0;
  double all = 0;
  double client_fsyncs = 0;
};

// Bulk operations have ring buffers and write for themselves by design: context "normal" only.
Writers writers_of(const std::vector<model::IoRow>& rows) {
  Writers writers;
  for (const model::IoRow& row : rows) {
    if (row.object != "relation" || row.context != "normal") continue;
    writers.all += static_cast<double>(row.total.writes);
    if (row.backend != "client backend") continue;
    writers.clients += static_cast<double>(row.total.writes);
    writers.client_fsyncs += static_cast<double>(row.total.fsyncs);
  }
  return writers;
}

void backend_writes(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Resources& resources = facts.snapshot().resources;
  const bool by_io = !resources.io.empty();
  const auto age = by_io ? resources.io_age_seconds : resources.checkpoint_age_seconds;
  if (!facts.ratio_age(age)) return;
  Writers writers = writers_of(resources.io);
  if (!by_io)
    writers.client_fsyncs = static_cast<double>(resources.checkpoint_total.backend_fsyncs);
  const double share_of_writes = fraction(writers.clients, writers.all);
  const bool fsyncs = writers.client_fsyncs > 0;
  // Before 16 the counter of backend writes includes file extension and bulk rings: no evidence.
  if (!fsyncs && (writers.all < 100000 || share_of_writes <= 0.3)) return;
  const std::string fsync_source =
      by_io ? "pg_stat_io.fsyncs (client backend)" : "pg_stat_bgwriter.buffers_backend_fsync";
  model::Finding finding = make_finding(
      fsyncs ? Severity::medium : Severity::low, server_subject(),
      fsyncs ? fmt::format("Sessions had to sync files themselves {} times",
                           text::count(to_whole(writers.client_fsyncs)))
             : fmt::format("Sessions write {} of dirty buffers themselves",
                           text::percent(share_of_writes)),
      fsyncs
          ? "The checkpointer's queue was full, so a statement waited for the disk in its place. "
            "This should never happen: look for a stalled disk or a very small shared_buffers."
          : "A statement that needs a buffer has to write somebody's page first. The background "
            "writer should have done so: let it write more each round, or give the cache more "
            "room.");
  finding.evidence = {number("syncs by sessions", writers.client_fsyncs, fsync_source),
                      time("age of the counters", age.value_or(0),
                           by_io ? "pg_stat_io.stats_reset" : "pg_stat_bgwriter.stats_reset")};
  if (by_io) {
    finding.evidence.push_back(count("writes by sessions", to_whole(writers.clients),
                                     "pg_stat_io.writes (client backend, relation, normal)"));
    finding.evidence.push_back(
        count("writes by all", to_whole(writers.all), "pg_stat_io.writes (relation, normal)"));
  }
  const auto set = recommend(facts);
  if (const Recommendation* advice = set.find("shared_buffers"))
    finding.changes = {change_for(facts, *advice)};
  finding.references = {"runtime-config-resource"};
  out.push_back(std::move(finding));
}

void bgwriter_limit(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Resources& resources = facts.snapshot().resources;
  const auto& total = resources.checkpoint_total;
  const model::Setting* limit = facts.server().setting("bgwriter_lru_maxpages");
  const double hourly =
      per_hour(static_cast<double>(total.maxwritten_clean), resources.checkpoint_age_seconds);
  if (!facts.ratio_age(resources.checkpoint_age_seconds) || hourly <= 60 || limit == nullptr ||
      !limit->number || *limit->number <= 0 || *limit->number >= 1000)
    return;
  const double wanted = std::min(1000.0, *limit->number * 4);
  model::Finding finding = make_finding(
      Severity::low, setting_subject("bgwriter_lru_maxpages"),
      fmt::format("The background writer stops at its limit {} times an hour",
                  text::count(to_whole(hourly))),
      "Each time it had more pages to write than bgwriter_lru_maxpages allows in a round, and left "
      "them to the sessions. A higher limit costs nothing when there is nothing to write.");
  finding.evidence = {
      count("rounds stopped", total.maxwritten_clean, "pg_stat_bgwriter.maxwritten_clean"),
      time("age of the counter", resources.checkpoint_age_seconds.value_or(0),
           "pg_stat_bgwriter.stats_reset"),
      setting_fact(*limit)};
  finding.impact.arithmetic = fmt::format(
      "{} stops / {} = {} an hour", total.maxwritten_clean,
      text::duration(resources.checkpoint_age_seconds.value_or(0)), text::number(hourly));
  finding.changes = {
      set_to(facts, *limit, fmt::format("{:.0f}", wanted), "more pages in each round")};
  finding.references = {"runtime-config-resource"};
  out.push_back(std::move(finding));
}

const Register requested{
    {
        .id = "performance.checkpoints_requested",
        .area = Area::performance,
        .severity = Severity::medium,
        .engines = postgresql,
        .summary = "Most checkpoints come early because the WAL limit is reached",
        .why = "Frequent checkpoints write more WAL and more pages for the same work.",
        .privileges = "",
        .guards = "10 checkpoints or more, counters old enough, closer than half of the timeout; "
                  "not on a replica, nor when max_wal_size is enough for the rate of WAL",
        .source = "PostgreSQL manual, WAL configuration",
    },
    checkpoints_requested};

const Register sync_slow{
    {
        .id = "performance.checkpoint_sync_slow",
        .area = Area::performance,
        .severity = Severity::medium,
        .engines = postgresql,
        .summary = "Checkpoints wait long for the disk to sync",
        .why = "While it lasts, commits wait for the same disk.",
        .privileges = "",
        .guards = "10 checkpoints or more, counters old enough, over 5 s on average",
        .source = "the bound that health checks of the field take",
    },
    checkpoint_sync_slow};

const Register writes{
    {
        .id = "performance.backend_writes",
        .area = Area::performance,
        .severity = Severity::medium,
        .engines = postgresql,
        .summary = "Sessions write or sync pages that background processes should",
        .why = "The statement waits for the disk on behalf of others.",
        .privileges = "",
        .guards = "counters old enough; 100,000 writes or more; writes only from 16 on, where bulk "
                  "operations can be told apart",
        .source = "pgMonitor",
    },
    backend_writes};

const Register limit{{
                         .id = "performance.bgwriter_limit",
                         .area = Area::performance,
                         .severity = Severity::low,
                         .engines = postgresql,
                         .summary = "The background writer often stops at its limit",
                         .why = "What it leaves is written by sessions while their users wait.",
                         .privileges = "",
                         .guards = "more than once a minute, counters old enough",
                         .source = "check_pgactivity bgwriter",
                     },
                     bgwriter_limit};

}  // namespace
}  // namespace whet::advise::settings
