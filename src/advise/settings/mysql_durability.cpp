// Settings that trade data for speed.
#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "advise/check.h"
#include "advise/mysql_facts.h"
#include "advise/settings/mysql_set.h"
#include "base/text.h"

namespace whet::advise::settings {
namespace {

using model::Severity;

/// A crash of this server loses nothing that others do not have.
bool others_have_it(const Facts& facts) { return is_replica(facts) || is_galera(facts); }

void flush_at_commit(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting = facts.server().setting("innodb_flush_log_at_trx_commit");
  if (setting == nullptr || setting->value == "1") return;
  // 3 is MariaDB's old group commit: as safe as 1.
  if (is_mariadb(facts) && setting->value == "3") return;
  const bool elsewhere = others_have_it(facts);
  model::Finding finding = finding_of(
      elsewhere ? Severity::info : Severity::medium, setting_subject(setting->name),
      setting->value == "0"
          ? "A crash of the server or the machine loses about a second of committed transactions"
          : "A crash of the machine loses about a second of committed transactions",
      elsewhere ? "This server can take them again from its source or its cluster, so that is a "
                  "fair trade as long as it is not made the source."
                : "Clients were told that they are safe. Where that is acceptable, leave it, and "
                  "suppress this finding; else a disk with a battery or a good SSD makes 1 cheap.");
  finding.evidence = {variable_fact(*setting),
                      fact("takes its changes from others", elsewhere ? "yes" : "no",
                           "SHOW REPLICA STATUS, wsrep_on")};
  finding.impact.outage_risk = elsewhere ? 0 : 0.1;
  if (!elsewhere)
    finding.changes = {set_variable(facts, *setting, "1", "a commit is on disk when it returns")};
  finding.references = {manual_page(facts, "innodb-parameters", "innodb-system-variables")};
  out.push_back(std::move(finding));
}

void sync_binlog(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting = facts.server().setting("sync_binlog");
  if (setting == nullptr || setting->value == "1" || !logs_binary(facts)) return;
  const bool elsewhere = others_have_it(facts);
  const bool followed = has_replicas(facts);
  model::Finding finding = finding_of(
      elsewhere ? Severity::info : (followed ? Severity::medium : Severity::low),
      setting_subject(setting->name),
      followed ? "After a crash of the machine, replicas may have what this server has not, or the "
                 "other way round"
               : "A crash of the machine may lose the end of the binary log",
      elsewhere ? "This server can take its changes again, so that is a fair trade as long as it "
                  "is not made the source."
                : "The binary log is what replicas follow and what a restore ends with. With 1 it "
                  "is on disk before a commit returns; group commit keeps that cheap.");
  finding.evidence = {variable_fact(*setting), fact("binary log", "on", "log_bin"),
                      fact("replicas follow", followed ? "yes" : "none seen",
                           "SHOW REPLICAS, performance_schema.threads")};
  if (!elsewhere)
    finding.changes = {
        set_variable(facts, *setting, "1", "the binary log is on disk when a commit returns")};
  finding.references = {manual_page(facts, "replication-options-binary-log",
                                    "replication-and-binary-log-system-variables")};
  out.push_back(std::move(finding));
}

// File systems that never leave a page half written.
bool writes_are_atomic(const Facts& facts) {
  const model::Host* host = facts.host();
  if (host == nullptr) return false;
  return std::any_of(host->disks.begin(), host->disks.end(), [](const model::Disk& disk) {
    return disk.filesystem == "zfs" &&
           std::find(disk.holds.begin(), disk.holds.end(), "data") != disk.holds.end();
  });
}

void page_safety(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* twice = facts.server().setting("innodb_doublewrite");
  const model::Setting* sums = facts.server().setting("innodb_checksum_algorithm");
  const model::Setting* method = facts.server().setting("innodb_flush_method");
  std::vector<const model::Setting*> wrong;
  if (twice != nullptr && text::lower(twice->value) == "off" && !writes_are_atomic(facts))
    wrong.push_back(twice);
  if (sums != nullptr && text::lower(sums->value).ends_with("none")) wrong.push_back(sums);
  if (method != nullptr &&
      (text::lower(method->value) == "nosync" || text::lower(method->value) == "littlesync"))
    wrong.push_back(method);
  for (const model::Setting* setting : wrong) {
    const bool elsewhere = others_have_it(facts);
    model::Finding finding = finding_of(
        elsewhere ? Severity::low : Severity::high, setting_subject(setting->name),
        fmt::format("{} is {}: a crash can leave pages that cannot be read", setting->name,
                    setting->value),
        "A page that is half written when the machine stops is then lost, or is not noticed. A "
        "server that may be thrown away can live so, one with data cannot.");
    finding.evidence = {variable_fact(*setting),
                        fact("set by", setting->source.empty() ? "unknown" : setting->source,
                             "performance_schema.variables_info, SYSTEM_VARIABLES")};
    finding.impact.outage_risk = elsewhere ? 0.1 : 0.4;
    const std::string_view right =
        setting == twice ? "ON" : (setting == sums ? "crc32" : "O_DIRECT");
    finding.changes = {set_variable(facts, *setting, right, "pages survive a crash")};
    finding.references = {
        manual_page(facts, "innodb-doublewrite-buffer", "innodb-doublewrite-buffer")};
    out.push_back(std::move(finding));
  }
}

CheckInfo info(std::string_view id, Severity severity, std::string_view summary,
               std::string_view why, std::string_view guards, std::string_view source) {
  return {.id = id,
          .area = Area::performance,
          .severity = severity,
          .engines = both_forks,
          .summary = summary,
          .why = why,
          .privileges = "",
          .guards = guards,
          .source = source};
}

const Register commit_check{
    info("performance.innodb_commit_durability", Severity::medium,
         "Committed transactions can be lost in a crash", "Clients were told that they are safe.",
         "1, and MariaDB's 3; only for information on a replica or in a Galera cluster",
         "PMM; MySQLTuner asks for the opposite on Galera"),
    flush_at_commit};
const Register sync_check{
    info("performance.sync_binlog", Severity::medium,
         "The binary log is not on disk when a commit returns",
         "Replicas and restores may then differ from the server.",
         "without a binary log; only for information on a replica or in a Galera cluster", "PMM"),
    sync_binlog};
const Register page_check{
    info("performance.innodb_page_safety", Severity::high,
         "Half-written pages are not repaired or not noticed", "A crash can damage data for good.",
         "doublewrite off on ZFS, which writes pages whole; low on a replica or in a cluster",
         "PMM"),
    page_safety};

}  // namespace
}  // namespace whet::advise::settings
