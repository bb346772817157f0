// MongoDB's versions: the end of support, faults that lose data, features that wait for a word.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "advise/check.h"
#include "advise/mongodb_server.h"
#include "base/text.h"

namespace whet::advise::settings {
namespace {

using model::Severity;

// Source: MongoDB's software lifecycle schedule. Update the date with the table.
constexpr std::string_view table_date = "2026-08-19";
struct Release {
  int version;          ///< 404 for 4.4
  double supported_to;  ///< seconds since 1970
  std::string_view supported_text;
};
constexpr std::array releases{
    Release{306, 1619740800, "2021-04-30"}, Release{400, 1651276800, "2022-04-30"},
    Release{402, 1682812800, "2023-04-30"}, Release{404, 1709164800, "2024-02-29"},
    Release{500, 1730332800, "2024-10-31"}, Release{600, 1753920000, "2025-07-31"},
    Release{700, 1819670400, "2027-08-31"}, Release{800, 1888099200, "2029-10-31"}};

void end_of_life(const Facts& facts, std::vector<model::Finding>& out) {
  const auto version = static_cast<int>(facts.server().version_number / 100);
  const auto at = std::find_if(releases.begin(), releases.end(),
                               [&](const Release& one) { return one.version == version; });
  if (at == releases.end() || facts.snapshot().collected_at < at->supported_to || is_hosted(facts))
    return;
  model::Finding finding = finding_of(
      Severity::medium, server_subject(),
      fmt::format("MongoDB {}.{} is no longer supported since {}", version / 100, version % 100,
                  at->supported_text),
      "Errors and security holes found since then are not repaired in this version. A replica set "
      "is upgraded member by member, one major version after the other, without a pause.");
  finding.evidence = {
      fact("version", facts.server().version, "buildInfo"),
      fact("supported until", at->supported_text,
           fmt::format("Whet's table of releases of {}", table_date)),
      time("since then", facts.snapshot().collected_at - at->supported_to, "time of the snapshot")};
  finding.references = {"https://www.mongodb.com/legal/support-policy/lifecycles"};
  out.push_back(std::move(finding));
}

/// Patch releases with a fault that damages or deletes data.
struct Fault {
  std::int64_t from, to;  ///< Server::version_number, both included
  Severity severity;      ///< low: only what is done to the server can bring it about
  std::string_view fixed, what, remedy, source;
};
constexpr std::string_view nan_what =
    "It takes a TTL index whose expireAfterSeconds is NaN (older versions let that pass, and "
    "deleted "
    "nothing) for one of 0 seconds: after an initial sync or a restore all its documents go at "
    "once.";
constexpr std::string_view nan_remedy =
    "Set a number with collMod wherever an index came from 4.4 or earlier, and upgrade before the "
    "next sync or restore.";
constexpr std::string_view nan_source = "https://jira.mongodb.org/browse/SERVER-68477";
constexpr std::array faults{
    Fault{40403, 40404, Severity::high, "4.4.11",
          "It records wrong checkpoint metadata, with which 4.4.8 to 4.4.10 and 5.0.2 to 5.0.5 "
          "damage data when they start.",
          "Upgrade straight to 4.4.11 or later, or 5.0.6 or later; never to the ones in between.",
          "https://jira.mongodb.org/browse/WT-8395"},
    Fault{50000, 50013, Severity::low, "5.0.14", nan_what, nan_remedy, nan_source},
    Fault{60000, 60001, Severity::low, "6.0.2", nan_what, nan_remedy, nan_source}};

void known_faults(const Facts& facts, std::vector<model::Finding>& out) {
  const std::int64_t version = facts.server().version_number;
  for (const Fault& fault : faults) {
    if (version < fault.from || version > fault.to || is_hosted(facts)) continue;
    model::Finding finding =
        finding_of(fault.severity, server_subject(),
                   fmt::format("MongoDB {} has a fault that costs data", facts.server().version),
                   fmt::format("{} {}", fault.what, fault.remedy));
    finding.evidence = {fact("version", facts.server().version, "buildInfo"),
                        fact("repaired in", fault.fixed, fault.source)};
    finding.impact.outage_risk = fault.severity == Severity::high ? 0.3 : 0.05;
    finding.references = {std::string(fault.source)};
    out.push_back(std::move(finding));
  }
}

void features_behind(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting =
      variable(facts, {"featureCompatibilityVersion.version", "featureCompatibilityVersion"});
  if (setting == nullptr || is_router(facts) || is_hosted(facts)) return;
  const auto features = text::to_double(setting->value);
  const std::int64_t number = facts.server().version_number / 100;
  const double binary = static_cast<double>(number / 100) + static_cast<double>(number % 100) / 10;
  constexpr double week = 7 * 86400, month = 30 * 86400;
  // Right after an upgrade it is kept back on purpose: the way back is open as long.
  if (!features || *features >= binary || facts.server().uptime_seconds < week) return;
  const std::string wanted = fmt::format("{}.{}", number / 100, number % 100);
  const bool sure = facts.server().uptime_seconds >= month;
  model::Finding finding = finding_of(
      sure ? Severity::low : Severity::info, setting_subject("featureCompatibilityVersion"),
      fmt::format("The server is {}, and works like {}", facts.server().version, setting->value),
      "After an upgrade the features of the new version stay off until they are switched on; the "
      "next upgrade is refused until then. Once the new version has proven itself, switch them on: "
      "after that the way back is a restore.");
  finding.evidence = {setting_fact(*setting), fact("version", facts.server().version, "buildInfo"),
                      time("running for", facts.server().uptime_seconds, "serverStatus.uptime")};
  finding.changes = {manual(
      "setting/featureCompatibilityVersion", fmt::format("Switch the features of {} on", wanted),
      fmt::format("db.adminCommand({{setFeatureCompatibilityVersion: \"{}\"{}}})", wanted,
                  mongodb_since(facts, 7, 0) ? ", confirm: true" : ""))};
  finding.changes.front().risk = model::Risk::high;
  finding.changes.front().preconditions = {
      "All members run the new version, and nobody wants to go back to the old one."};
  finding.references = {mongodb_manual(facts, "reference/command/setFeatureCompatibilityVersion")};
  out.push_back(std::move(finding));
}

const Register life_check{
    needing("",
            server_check(
                "performance.end_of_life", Severity::medium,
                "The server's major version is no longer supported",
                "Errors and security holes are no longer repaired.",
                "by a table of 2026-08-19 and the time of the snapshot; versions that the table "
                "does not know; hosted servers",
                "MongoDB's software lifecycle schedule")),
    end_of_life};
const Register fault_check{
    needing("", server_check("performance.known_faults", Severity::high,
                             "This release has a fault that costs data",
                             "It is repaired in later ones.",
                             "releases without such a fault in the table; hosted servers",
                             "MongoDB's issue tracker: WT-8395, SERVER-68477")),
    known_faults};
const Register feature_check{
    server_check("performance.feature_compatibility", Severity::low,
                 "Features of the installed version are still off", "The next upgrade is refused.",
                 "the first week after a start; for information up to 30 days; a mongos; hosted "
                 "servers",
                 "PMM"),
    features_behind};

}  // namespace
}  // namespace whet::advise::settings
