#include "advise/settings/mysql_releases.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include <fmt/format.h>

#include "advise/mysql_facts.h"

namespace whet::advise::settings {
namespace {

// Sources: Oracle's Lifetime Support Policy (an LTS release: until the end of extended support; an
// innovation release: until the next one), and the MariaDB Foundation's maintenance policy. Update
// the date with the tables.
constexpr std::string_view table_date = "2026-08-19";
struct Release {
  int version;          ///< 804 for 8.4, 1011 for 10.11
  double supported_to;  ///< seconds since 1970
  std::string_view supported_text;
};
constexpr std::array mysql_releases{
    Release{506, 1614470400, "2021-02-28"}, Release{507, 1698710400, "2023-10-31"},
    Release{800, 1777507200, "2026-04-30"}, Release{801, 1698192000, "2023-10-25"},
    Release{802, 1705363200, "2024-01-16"}, Release{803, 1714435200, "2024-04-30"},
    Release{804, 1966896000, "2032-04-30"}, Release{900, 1728950400, "2024-10-15"},
    Release{901, 1737417600, "2025-01-21"}, Release{902, 1744675200, "2025-04-15"},
    Release{903, 1753142400, "2025-07-22"}, Release{904, 1761004800, "2025-10-21"},
    Release{905, 1768867200, "2026-01-20"}, Release{906, 1776729600, "2026-04-21"},
    Release{907, 2029968000, "2034-04-30"}};
constexpr std::array mariadb_releases{
    Release{1002, 1653264000, "2022-05-23"}, Release{1003, 1684972800, "2023-05-25"},
    Release{1004, 1718668800, "2024-06-18"}, Release{1005, 1750723200, "2025-06-24"},
    Release{1006, 1783296000, "2026-07-06"}, Release{1007, 1676332800, "2023-02-14"},
    Release{1008, 1684540800, "2023-05-20"}, Release{1009, 1692662400, "2023-08-22"},
    Release{1010, 1700179200, "2023-11-17"}, Release{1011, 1834272000, "2028-02-16"},
    Release{1100, 1717632000, "2024-06-06"}, Release{1101, 1724198400, "2024-08-21"},
    Release{1102, 1732147200, "2024-11-21"}, Release{1103, 1716940800, "2024-05-29"},
    Release{1104, 1874707200, "2029-05-29"}, Release{1105, 1732147200, "2024-11-21"},
    Release{1106, 1739404800, "2025-02-13"}, Release{1107, 1747008000, "2025-05-12"},
    Release{1108, 1843689600, "2028-06-04"}};

const Release* release_of(const Facts& facts) {
  const std::span<const Release> table = is_mariadb(facts)
                                             ? std::span<const Release>(mariadb_releases)
                                             : std::span<const Release>(mysql_releases);
  const auto version = static_cast<int>(facts.server().version_number / 100);
  const auto at = std::find_if(table.begin(), table.end(),
                               [&](const Release& release) { return release.version == version; });
  return at == table.end() ? nullptr : &*at;
}

}  // namespace

void mysql_end_of_life(const Facts& facts, std::vector<model::Finding>& out) {
  const Release* release = release_of(facts);
  if (release == nullptr || facts.snapshot().collected_at < release->supported_to) return;
  model::Finding finding =
      finding_of(model::Severity::medium, server_subject(),
                 fmt::format("{} {}.{} is no longer supported since {}",
                             is_mariadb(facts) ? "MariaDB" : "MySQL", release->version / 100,
                             release->version % 100, release->supported_text),
                 "Errors and security holes found since then are not repaired in this version. "
                 "Plan an upgrade "
                 "to a long-term release; a replica of the new version that takes over keeps the "
                 "pause short.");
  finding.evidence = {fact("version", facts.server().version, "VERSION()"),
                      fact("supported until", release->supported_text,
                           fmt::format("Whet's table of releases of {}", table_date)),
                      time("since then", facts.snapshot().collected_at - release->supported_to,
                           "time of the snapshot")};
  finding.references = {manual_page(facts, "upgrading", "upgrading")};
  out.push_back(std::move(finding));
}

}  // namespace whet::advise::settings
