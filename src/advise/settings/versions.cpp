// Versions that are out of date: of the server, of extensions, of the collation library.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "advise/check.h"
#include "advise/mysql_facts.h"
#include "advise/settings/mysql_releases.h"
#include "advise/settings/support.h"
#include "base/text.h"

namespace whet::advise::settings {
namespace {

using model::Severity;

// Source: the project's versioning page and release announcements. Update the date with the table.
constexpr std::string_view table_date = "2026-08-19";
struct Release {
  int major;
  int minor;            ///< the newest known on that date, or one certainly released before it
  double supported_to;  ///< seconds since 1970: the day of the final release
  std::string_view supported_text;
};
constexpr std::array releases{
    Release{13, 23, 1762992000, "2025-11-13"}, Release{14, 23, 1794441600, "2026-11-12"},
    Release{15, 19, 1825891200, "2027-11-11"}, Release{16, 15, 1857340800, "2028-11-09"},
    Release{17, 11, 1888790400, "2029-11-08"}, Release{18, 6, 1920844800, "2030-11-14"}};

const Release* release_of(const Facts& facts) {
  const auto at = std::find_if(releases.begin(), releases.end(), [&](const Release& release) {
    return release.major == facts.server().major();
  });
  return at == releases.end() ? nullptr : &*at;
}

void end_of_life(const Facts& facts, std::vector<model::Finding>& out) {
  if (facts.server().engine != model::EngineKind::postgresql) return mysql_end_of_life(facts, out);
  const Release* release = release_of(facts);
  if (release == nullptr || facts.snapshot().collected_at < release->supported_to) return;
  const double since = facts.snapshot().collected_at - release->supported_to;
  model::Finding finding =
      make_finding(Severity::medium, server_subject(),
                   fmt::format("PostgreSQL {} is no longer supported since {}", release->major,
                               release->supported_text),
                   "Errors and security holes found since then are not repaired in this version. "
                   "Plan an upgrade "
                   "to a supported one; pg_upgrade or logical replication keep the pause short.");
  finding.evidence = {fact("version", facts.server().version, "server_version"),
                      fact("supported until", release->supported_text,
                           fmt::format("Whet's table of releases of {}", table_date)),
                      time("since then", since, "time of the snapshot")};
  finding.references = {"upgrading"};
  out.push_back(std::move(finding));
}

void minor_outdated(const Facts& facts, std::vector<model::Finding>& out) {
  const Release* release = release_of(facts);
  if (release == nullptr || !facts.server().flavour.empty()) return;
  const auto minor = static_cast<int>(facts.server().version_number % 10000);
  const int behind = release->minor - minor;
  if (behind < 2) return;
  model::Finding finding = make_finding(
      Severity::low, server_subject(),
      fmt::format("PostgreSQL {} is {} minor versions behind {}.{}, which was out by {}",
                  facts.server().version, behind, release->major, release->minor, table_date),
      "Minor releases only repair errors and security holes; installing one means new packages and "
      "a restart, no dump. Read the release notes of those in between for anything to do by hand.");
  finding.evidence = {fact("version", facts.server().version, "server_version"),
                      fact("newest known", fmt::format("{}.{}", release->major, release->minor),
                           fmt::format("Whet's table of releases of {}", table_date))};
  finding.references = {"release"};
  out.push_back(std::move(finding));
}

void collation_mismatch(const Facts& facts, std::vector<model::Finding>& out) {
  for (const model::Database& database : facts.server().databases) {
    if (database.collation_version.empty() || database.actual_collation_version.empty() ||
        database.collation_version == database.actual_collation_version)
      continue;
    model::Finding finding = make_finding(
        Severity::high, named(model::SubjectKind::database, database.name),
        fmt::format("{} was built with collation version {}, the system now has {}", database.name,
                    database.collation_version, database.actual_collation_version),
        "The operating system's library sorts text differently from when the indexes were built: "
        "indexes on text may miss rows that are there, and unique ones may let duplicates in. "
        "Rebuild the indexes on text first, then record the new version.");
    finding.evidence = {
        fact("recorded", database.collation_version, "pg_database.datcollversion"),
        fact("now", database.actual_collation_version, "pg_database_collation_actual_version()"),
        fact("collation", database.collation, "pg_database.datcollate")};
    finding.impact.outage_risk = 0.5;
    finding.changes = {manual(
        "database/" + database.name + "/collation", "Rebuild the indexes, then record the version",
        fmt::format("REINDEX DATABASE CONCURRENTLY \"{0}\"; ALTER DATABASE \"{0}\" REFRESH "
                    "COLLATION VERSION;",
                    text::replace_all(database.name, "\"", "\"\"")))};
    finding.changes.front().risk = model::Risk::high;
    finding.references = {"sql-altercollation", "collation"};
    out.push_back(std::move(finding));
  }
}

void extension_outdated(const Facts& facts, std::vector<model::Finding>& out) {
  for (const model::Extension& extension : facts.server().extensions) {
    if (extension.version.empty() || extension.available_version.empty() ||
        extension.version == extension.available_version)
      continue;
    model::Finding finding = make_finding(
        Severity::info, named(model::SubjectKind::extension, extension.name),
        fmt::format("Extension {} is at {}, its files are at {}", extension.name, extension.version,
                    extension.available_version),
        "The packages were upgraded, the objects in the database were not: new columns and "
        "functions are missing, and old definitions may not match the new library.");
    finding.evidence = {
        fact("installed", extension.version, "pg_extension.extversion"),
        fact("available", extension.available_version, "pg_available_extensions.default_version")};
    model::Change change;
    change.id = "extension/" + extension.name;
    change.summary =
        fmt::format("Update extension {} to {}", extension.name, extension.available_version);
    change.reason = "the objects in the database then match the library";
    change.action.kind = model::ActionKind::update_extension;
    change.action.name = extension.name;
    change.action.value = extension.available_version;
    change.action.previous = extension.version;
    // There is seldom a way back to an older version, and views that use its objects can break.
    change.risk = model::Risk::medium;
    change.locks = "the extension's own objects, briefly";
    finding.changes = {std::move(change)};
    finding.references = {"sql-alterextension"};
    out.push_back(std::move(finding));
  }
}

const Register life{
    {
        .id = "performance.end_of_life",
        .area = Area::performance,
        .severity = Severity::medium,
        .engines = static_cast<unsigned>(postgresql) | both_forks,
        .summary = "The server's major version is no longer supported",
        .why = "Errors and security holes are no longer repaired.",
        .privileges = "",
        .guards = "by a table of 2026-08-19 and the time of the snapshot; versions that the table "
                  "does not know are not judged",
        .source = "the PostgreSQL project's versioning policy, Oracle's and MariaDB's support "
                  "policies",
    },
    end_of_life};
const Register minor{
    {
        .id = "performance.minor_outdated",
        .area = Area::performance,
        .severity = Severity::low,
        .engines = postgresql,
        .summary = "Minor releases are missing",
        .why = "They repair errors, some of which lose data.",
        .privileges = "",
        .guards = "two or more behind a table of 2026-08-19; not on managed services",
        .source = "check_pgactivity minor_version",
    },
    minor_outdated};
const Register collation{
    {
        .id = "performance.collation_mismatch",
        .area = Area::performance,
        .severity = Severity::high,
        .engines = postgresql,
        .summary = "The system's collation library is not the one that indexes were built with",
        .why = "Indexes on text silently give wrong answers.",
        .privileges = "",
        .guards = "only where both versions are known (PostgreSQL 15 and later)",
        .source = "PostgreSQL manual, ALTER DATABASE REFRESH COLLATION VERSION",
    },
    collation_mismatch};
const Register extensions{
    {
        .id = "performance.extension_outdated",
        .area = Area::performance,
        .severity = Severity::info,
        .engines = postgresql,
        .summary = "An extension's objects are older than its files",
        .why = "New columns are missing, and old definitions may not match the library.",
        .privileges = "",
        .guards = "only installed extensions whose available version is known",
        .source = "Supabase splinter 0022",
    },
    extension_outdated};

}  // namespace
}  // namespace whet::advise::settings
