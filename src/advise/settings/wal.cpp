// WAL: full buffers, whole-page images, slow syncs.
#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "advise/check.h"
#include "advise/settings/memory_set.h"
#include "advise/settings/support.h"
#include "base/text.h"

namespace whet::advise::settings {
namespace {

using model::Severity;

void wal_buffers_full(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Resources& resources = facts.snapshot().resources;
  const double rate =
      per_hour(static_cast<double>(resources.wal_total.buffers_full), resources.wal_age_seconds) /
      3600;
  const model::Setting* setting = facts.server().setting("wal_buffers");
  if (!facts.ratio_age(resources.wal_age_seconds) || rate <= wal_buffers_full_limit ||
      setting == nullptr)
    return;
  model::Finding finding = make_finding(
      Severity::low, setting_subject("wal_buffers"),
      fmt::format("WAL buffers are full {} times a second, at {}", text::number(rate),
                  setting->value),
      "A session that finds them full writes WAL to the disk before it may go on, within its "
      "statement instead of at commit.");
  finding.evidence = {
      count("times full", resources.wal_total.buffers_full, "pg_stat_wal.wal_buffers_full"),
      time("age of the counter", resources.wal_age_seconds.value_or(0), "pg_stat_wal.stats_reset"),
      setting_fact(*setting)};
  finding.impact.arithmetic =
      fmt::format("{} / {} = {} a second", resources.wal_total.buffers_full,
                  text::duration(resources.wal_age_seconds.value_or(0)), text::number(rate));
  const auto set = recommend(facts);
  if (const Recommendation* advice = set.find("wal_buffers"))
    finding.changes = {change_for(facts, *advice)};
  finding.references = {"runtime-config-wal"};
  out.push_back(std::move(finding));
}

void full_page_images(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Resources& resources = facts.snapshot().resources;
  const auto& wal = resources.wal_total;
  const model::Setting* compression = facts.server().setting("wal_compression");
  constexpr double enough = 1024.0 * 1024 * 1024;
  // With compression on the size of an image is not a block: nothing can be said.
  if (!facts.ratio_age(resources.wal_age_seconds) || static_cast<double>(wal.bytes) < enough ||
      compression == nullptr || compression->value != "off")
    return;
  const double images = static_cast<double>(wal.full_pages) * block_bytes(facts);
  const double part = fraction(images, static_cast<double>(wal.bytes));
  if (part <= full_page_share_limit) return;
  model::Finding finding = make_finding(
      Severity::low, setting_subject("wal_compression"),
      fmt::format("About {} of the WAL are images of whole pages, uncompressed",
                  text::percent(std::min(part, 1.0))),
      "The first change of a page after a checkpoint logs the whole page. Fewer checkpoints mean "
      "fewer images, and compression makes those that stay several times smaller for a little "
      "CPU.");
  finding.evidence = {
      count("page images", wal.full_pages, "pg_stat_wal.wal_fpi"),
      size("WAL written", static_cast<double>(wal.bytes), "pg_stat_wal.wal_bytes"),
      time("age of the counters", resources.wal_age_seconds.value_or(0), "pg_stat_wal.stats_reset"),
      setting_fact(*compression)};
  finding.impact.arithmetic = fmt::format(
      "{} images x {} / {} of WAL = {}; an image without its hole is smaller, so this is an upper "
      "bound",
      wal.full_pages, text::bytes(block_bytes(facts)), text::bytes(static_cast<double>(wal.bytes)),
      text::percent(part));
  finding.changes = {set_to(facts, *compression, facts.server().major() >= 15 ? "lz4" : "on",
                            "smaller page images in the WAL")};
  const auto set = recommend(facts);
  for (const char* name : {"max_wal_size", "checkpoint_timeout"}) {
    if (const Recommendation* advice = set.find(name))
      finding.changes.push_back(change_for(facts, *advice));
  }
  finding.references = {"runtime-config-wal", "wal-configuration"};
  out.push_back(std::move(finding));
}

struct Syncs {
  double count = 0, milliseconds = 0;
  std::optional<double> age;
  const char* source = "pg_stat_wal.wal_sync_time";
};

// From 18 on the times of WAL syncs are in pg_stat_io.
Syncs wal_syncs(const model::Resources& resources) {
  Syncs syncs{static_cast<double>(resources.wal_total.syncs), resources.wal_total.sync_ms,
              resources.wal_age_seconds};
  if (syncs.milliseconds > 0) return syncs;
  syncs = {0, 0, resources.io_age_seconds, "pg_stat_io.fsync_time (wal)"};
  for (const model::IoRow& row : resources.io) {
    if (row.object != "wal" || row.context != "normal") continue;
    syncs.count += static_cast<double>(row.total.fsyncs);
    syncs.milliseconds += row.total.fsync_ms;
  }
  return syncs;
}

void wal_sync_slow(const Facts& facts, std::vector<model::Finding>& out) {
  const Syncs syncs = wal_syncs(facts.snapshot().resources);
  const double mean = fraction(syncs.milliseconds, syncs.count);
  if (!facts.ratio_age(syncs.age) || syncs.count < 1000 || mean <= 10) return;
  model::Finding finding = make_finding(
      mean > 25 ? Severity::medium : Severity::low, server_subject(),
      fmt::format("A sync of the WAL takes {} on average", text::duration(mean / 1000)),
      "Each commit waits for one. A disk with a protected write cache needs well under a "
      "millisecond, a good network volume 1 to 5 ms. Move the WAL to a faster disk, commit several "
      "changes in one transaction, or accept synchronous_commit = off for data that may be lost.");
  finding.evidence = {number("syncs", syncs.count, "pg_stat_wal.wal_sync or pg_stat_io.fsyncs"),
                      time("time in them", syncs.milliseconds / 1000, syncs.source),
                      time("age of the counters", syncs.age.value_or(0), "stats_reset")};
  finding.impact.seconds_per_hour = per_hour(syncs.milliseconds / 1000, syncs.age);
  finding.impact.arithmetic = fmt::format(
      "{} / {:.0f} syncs = {} each; {} an hour", text::duration(syncs.milliseconds / 1000),
      syncs.count, text::duration(mean / 1000), text::duration(finding.impact.seconds_per_hour));
  finding.references = {"runtime-config-wal"};
  out.push_back(std::move(finding));
}

const Register buffers_full{
    {
        .id = "performance.wal_buffers_full",
        .area = Area::performance,
        .severity = Severity::low,
        .engines = postgresql,
        .summary = "Sessions find the WAL buffers full",
        .why = "They write WAL in the middle of a statement instead of at commit.",
        .privileges = "",
        .guards = "PostgreSQL 14 and later; more than once a second over counters old enough",
        .source = "Percona Monitoring and Management",
    },
    wal_buffers_full};

const Register images{
    {
        .id = "performance.full_page_images",
        .area = Area::performance,
        .severity = Severity::low,
        .engines = postgresql,
        .summary = "Most of the WAL are uncompressed images of whole pages",
        .why = "They cost disk, network to replicas and archive space.",
        .privileges = "",
        .guards = "1 GB of WAL or more, counters old enough, compression off; more than 60 %",
        .source = "the bound that health checks of the field take",
    },
    full_page_images};

const Register sync_slow{
    {
        .id = "performance.wal_sync_slow",
        .area = Area::performance,
        .severity = Severity::medium,
        .engines = postgresql,
        .summary = "Syncs of the WAL are slow",
        .why = "Every commit waits for one.",
        .privileges = "",
        .guards =
            "1,000 syncs or more with their times tracked (track_wal_io_timing), counters old "
            "enough, over 10 ms on average",
        .source = "usual latency of durable writes: disks with a protected cache need under 1 ms, "
                  "network volumes 1 to 5 ms",
    },
    wal_sync_slow};

}  // namespace
}  // namespace whet::advise::settings
