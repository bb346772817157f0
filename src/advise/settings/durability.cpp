// Settings and counters that decide whether data survives.
#include <array>
#include <string>

#include <fmt/format.h>

#include "advise/check.h"
#include "advise/settings/support.h"
#include "base/text.h"

namespace whet::advise::settings {
namespace {

using model::Severity;

struct Guard {
  const char* setting;
  Severity severity;
  double risk;
  const char* title;
  const char* detail;
};

constexpr std::array durable{
    Guard{
        "fsync", Severity::critical, 0.9,
        "fsync is off: a crash of the machine can destroy the whole database",
        "The server tells clients that data is safe while it is only in the operating system's "
        "memory. After a power failure or kernel crash the files contradict each other, and only a "
        "backup helps. Leave it off only where the data may be lost at any time."},
    Guard{
        "full_page_writes", Severity::high, 0.5,
        "full_page_writes is off: a crash in the middle of a page write damages data for good",
        "Without whole pages in the WAL a half-written page cannot be repaired. It is safe only on "
        "a file system that never writes half a page (ZFS, for one)."},
    Guard{"synchronous_commit", Severity::info, 0,
          "synchronous_commit is off for all: the last transactions can be lost in a crash",
          "Commits are reported before they are on disk, up to three times wal_writer_delay. The "
          "data "
          "stays consistent; whether losing a moment is acceptable is for its owner to say. It can "
          "be "
          "set for single transactions or roles."}};

void durability_off(const Facts& facts, std::vector<model::Finding>& out) {
  for (const Guard& guard : durable) {
    const model::Setting* setting = facts.server().setting(guard.setting);
    if (setting == nullptr || setting->value != "off") continue;
    model::Finding finding =
        make_finding(guard.severity, setting_subject(guard.setting), guard.title, guard.detail);
    finding.evidence = {setting_fact(*setting),
                        fact("where it is set", setting->source, "pg_settings.source")};
    finding.impact.outage_risk = guard.risk;
    // For information there is nothing to change; and commits become slower at once, by one sync
    // each, so a person should say yes to the others.
    if (guard.severity > Severity::info) {
      finding.changes = {set_to(facts, *setting, "on", "what was committed survives a crash")};
      finding.changes.front().risk = model::Risk::medium;
    }
    finding.references = {"runtime-config-wal"};
    out.push_back(std::move(finding));
  }
}

void checksums_off(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting = facts.server().setting("data_checksums");
  if (setting == nullptr || setting->value != "off" || facts.server().data_checksums) return;
  model::Finding finding = make_finding(
      Severity::info, server_subject(),
      "Data checksums are off: damage by the storage is not noticed",
      "With checksums the server notices a page that the disk or the controller changed, at a cost "
      "of about a percent. pg_checksums switches them on while the server is stopped; a new "
      "cluster "
      "has them from the start from 18 on.");
  finding.evidence = {setting_fact(*setting)};
  finding.changes = {manual("server/checksums", "Switch checksums on while the server is stopped",
                            "pg_checksums --enable --pgdata=DATA_DIRECTORY --progress")};
  finding.references = {"app-pgchecksums"};
  out.push_back(std::move(finding));
}

void checksum_failures(const Facts& facts, std::vector<model::Finding>& out) {
  for (const model::Database& database : facts.server().databases) {
    if (database.total.checksum_failures <= 0) continue;
    model::Finding finding = make_finding(
        Severity::critical, named(model::SubjectKind::database, database.name),
        fmt::format("{} found damaged in {}",
                    text::plural(database.total.checksum_failures, "page was", "pages were"),
                    database.name),
        "The storage gave back something else than was written. Stop using that storage, check the "
        "disk and the kernel's log, find the damaged tables and indexes with pg_amcheck, rebuild "
        "the "
        "indexes, and restore the tables from a backup that is known to be good.");
    finding.evidence = {count("checksum failures", database.total.checksum_failures,
                              "pg_stat_database.checksum_failures"),
                        count("in this window", database.window.checksum_failures,
                              "pg_stat_database.checksum_failures")};
    finding.impact.outage_risk = 1;
    finding.changes = {
        manual("database/" + database.name + "/amcheck", "Find out what is damaged",
               fmt::format("pg_amcheck --all --install-missing --heapallindexed --verbose  -- "
                           "first in {}",
                           database.name))};
    finding.references = {"app-pgamcheck", "checksums"};
    out.push_back(std::move(finding));
  }
}

const Register off{{
                       .id = "performance.durability_off",
                       .area = Area::performance,
                       .severity = Severity::critical,
                       .engines = postgresql,
                       .summary = "Settings that protect data in a crash are switched off",
                       .why = "Speed is bought with the loss of data.",
                       .privileges = "",
                       .guards = "none: the settings say so",
                       .source = "PostgreSQL manual, fsync, full_page_writes, synchronous_commit",
                   },
                   durability_off};
const Register no_checksums{
    {
        .id = "performance.checksums_off",
        .area = Area::performance,
        .severity = Severity::info,
        .engines = postgresql,
        .summary = "Data checksums are off",
        .why = "Damage by the storage is then noticed late or never.",
        .privileges = "",
        .guards = "none: the setting says so",
        .source = "PostgreSQL manual, data checksums; the default from 18 on",
    },
    checksums_off};
const Register failures{{
                            .id = "performance.checksum_failures",
                            .area = Area::performance,
                            .severity = Severity::critical,
                            .engines = postgresql,
                            .summary = "Pages were found damaged",
                            .why = "Data is being lost, and replicas and backups may carry it on.",
                            .privileges = "",
                            .guards = "none: one damaged page is too many",
                            .source = "check_pgactivity",
                        },
                        checksum_failures};

}  // namespace
}  // namespace whet::advise::settings
