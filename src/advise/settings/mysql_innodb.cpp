// InnoDB's redo log, flushing, and how it uses the disk.
#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "advise/check.h"
#include "advise/mysql_facts.h"
#include "advise/settings/mysql_set.h"
#include "advise/settings/support.h"
#include "base/text.h"
#include "base/units.h"

namespace whet::advise::settings {
namespace {

using model::Severity;

void redo_small(const Facts& facts, std::vector<model::Finding>& out) {
  const MysqlSet set = recommend_mysql(facts);
  const auto capacity = redo_capacity(facts);
  model::Finding changes;
  if (!capacity ||
      !add_advice(facts, set, {"innodb_redo_log_capacity", "innodb_log_file_size"}, changes))
    return;
  const double used = redo_used(facts).value_or(0);
  const double hour = redo_per_hour(facts);
  model::Finding finding = finding_of(
      used > redo_full ? Severity::medium : Severity::low,
      setting_subject(variable(facts, {"innodb_redo_log_capacity", "innodb_log_file_size"})->name),
      hour > *capacity
          ? fmt::format("An hour writes {} of redo, and the log holds {}", text::bytes(hour),
                        text::bytes(*capacity))
          : fmt::format("The redo log of {} is {} full of changes that are not yet in the tables",
                        text::bytes(*capacity), text::percent(used)),
      used > redo_full
          ? "It is nearly full of changes that are not yet in the tables: when it is, all writes "
            "stop until pages are flushed. A larger log costs a longer recovery after a crash, "
            "minutes at most."
          : "Pages that change often are written to the tables at each turn of the log, not once. "
            "A larger log costs a longer recovery after a crash, minutes at most.");
  finding.evidence = {size("capacity", *capacity, "SHOW GLOBAL VARIABLES"),
                      status_size(facts, "Innodb_os_log_written"), age_fact(facts)};
  if (used > 0)
    finding.evidence.push_back(
        share("of it needed now", used, "the age of the checkpoint, SHOW GLOBAL STATUS"));
  finding.evidence.insert(finding.evidence.end(), changes.evidence.begin(), changes.evidence.end());
  finding.impact = changes.impact;
  finding.changes = std::move(changes.changes);
  finding.references = {manual_page(facts, "innodb-redo-log", "innodb-redo-log")};
  out.push_back(std::move(finding));
}

void log_waits(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting = facts.server().setting("innodb_log_buffer_size");
  if (setting == nullptr || !log_buffer_waits(facts)) return;
  const MysqlSet set = recommend_mysql(facts);
  model::Finding finding = finding_of(
      Severity::low, setting_subject(setting->name),
      fmt::format("Transactions waited {} times for room in the log buffer of {}",
                  text::count(static_cast<std::int64_t>(status(facts, "Innodb_log_waits"))),
                  text::bytes(number_of(setting).value_or(0))),
      "");
  finding.evidence = {status_fact(facts, "Innodb_log_waits"), age_fact(facts),
                      variable_size(*setting)};
  if (add_advice(facts, set, {setting->name}, finding)) {
    finding.detail =
        "Changes pile up in it faster than they are written. A larger one lets the writes go on "
        "behind the transactions.";
  } else {
    finding.detail =
        number_of(setting).value_or(0) >= 64 * megabyte
            ? "It is large already: the disk of the log is too slow for what is written, or single "
              "transactions are huge. Split those, or give the log a faster disk."
            : "A larger one would help, but the memory is promised away already: see first what "
              "the sessions and the pool may take.";
  }
  finding.references = {manual_page(facts, "innodb-parameters", "innodb-system-variables")};
  out.push_back(std::move(finding));
}

void wait_free(const Facts& facts, std::vector<model::Finding>& out) {
  const double waits = status(facts, "Innodb_buffer_pool_wait_free");
  if (!status_is_old(facts) || waits < 1000 ||
      per_second(facts, "Innodb_buffer_pool_wait_free") < 0.1)
    return;
  const MysqlSet set = recommend_mysql(facts);
  model::Finding finding = finding_of(
      Severity::medium, server_subject(),
      fmt::format("Sessions waited {} times for a free page in the buffer pool",
                  text::count(static_cast<std::int64_t>(waits))),
      "Everything in the pool was changed and not yet written: sessions then write pages "
      "themselves. Flushing is too slow for the load, or the pool too small.");
  finding.evidence = {status_fact(facts, "Innodb_buffer_pool_wait_free"), age_fact(facts),
                      status_fact(facts, "Innodb_buffer_pool_pages_dirty"),
                      status_fact(facts, "Innodb_buffer_pool_pages_total")};
  if (const model::Setting* capacity = facts.server().setting("innodb_io_capacity"))
    finding.evidence.push_back(variable_fact(*capacity));
  add_advice(facts, set,
             {"innodb_io_capacity", "innodb_io_capacity_max", "innodb_buffer_pool_size"}, finding);
  finding.references = {manual_page(facts, "innodb-buffer-pool-flushing", "innodb-page-flushing")};
  out.push_back(std::move(finding));
}

void io_capacity(const Facts& facts, std::vector<model::Finding>& out) {
  const MysqlSet set = recommend_mysql(facts);
  model::Finding changes;
  if (!add_advice(facts, set, {"innodb_io_capacity", "innodb_io_capacity_max"}, changes)) return;
  const Recommendation* capacity = set.find("innodb_io_capacity");
  model::Finding finding =
      capacity != nullptr
          ? finding_of(Severity::low, setting_subject("innodb_io_capacity"),
                       fmt::format("Flushing is held to {} pages a second on a disk that does not "
                                   "spin, and uses more than half of that",
                                   capacity->setting->value),
                       "Changed pages pile up until the server must write them all at once.")
          : finding_of(Severity::low, setting_subject("innodb_io_capacity_max"),
                       "innodb_io_capacity_max is below innodb_io_capacity",
                       "The limit for emergencies must not be lower than the usual one.");
  finding.evidence = std::move(changes.evidence);
  finding.impact = changes.impact;
  finding.changes = std::move(changes.changes);
  finding.references = {
      manual_page(facts, "innodb-configuring-io-capacity", "innodb-page-flushing")};
  out.push_back(std::move(finding));
}

std::string data_filesystem(const Facts& facts) {
  const model::Host* host = facts.host();
  if (host == nullptr) return {};
  for (const model::Disk& disk : host->disks) {
    if (std::find(disk.holds.begin(), disk.holds.end(), "data") != disk.holds.end())
      return disk.filesystem;
  }
  return {};
}

// Cached by the operating system too: only then O_DIRECT gives memory back.
bool caches_twice(std::string_view method) {
  const std::string lower = text::lower(method);
  return lower == "fsync" || lower == "o_dsync" || lower.empty();
}

void flush_method(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting = facts.server().setting("innodb_flush_method");
  const auto memory = facts.memory_bytes();
  const double pool = number_of(facts, "innodb_buffer_pool_size", 0);
  const std::string filesystem = data_filesystem(facts);
  if (setting == nullptr || !memory || !caches_twice(setting->value) || pool < 0.25 * *memory ||
      (filesystem != "ext4" && filesystem != "xfs"))
    return;
  model::Finding finding = finding_of(
      Severity::low, setting_subject(setting->name),
      "Pages are kept in memory twice: in the buffer pool and in the system's cache",
      "With O_DIRECT the server's own cache is the only one, and writes do not push other things "
      "out of memory. It is the default from MySQL 8.4 and MariaDB 10.6 on.");
  finding.evidence = {
      fact(setting->name, setting->value.empty() ? "(default: fsync)" : setting->value,
           "SHOW GLOBAL VARIABLES"),
      size("buffer pool", pool, "innodb_buffer_pool_size"), size("memory", *memory, "host.memory"),
      fact("file system", filesystem, "/proc/mounts")};
  finding.changes = {
      set_variable(facts, *setting, "O_DIRECT", "the data is then in memory only once")};
  finding.references = {manual_page(facts, "innodb-parameters", "innodb-system-variables")};
  out.push_back(std::move(finding));
}

void flush_neighbors(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting = facts.server().setting("innodb_flush_neighbors");
  const double flushed = per_second(facts, "Innodb_buffer_pool_pages_flushed");
  if (setting == nullptr || setting->value == "0" || setting->value == "OFF" ||
      !solid_state(facts).value_or(false) || flushed < 20)
    return;
  model::Finding finding =
      finding_of(Severity::low, setting_subject(setting->name),
                 "Flushing a page writes its neighbours too, which helps only disks that spin",
                 "On this disk it multiplies writes and gains nothing.");
  finding.evidence = {variable_fact(*setting),
                      number("pages flushed a second", flushed, "Innodb_buffer_pool_pages_flushed"),
                      fact("spins", "no", "/sys/block/*/queue/rotational")};
  finding.changes = {set_variable(facts, *setting, "0", "each page is written for itself")};
  finding.references = {manual_page(facts, "innodb-parameters", "innodb-system-variables")};
  out.push_back(std::move(finding));
}

struct HashSearches {
  double found = 0, missed = 0;
};

HashSearches hash_searches(const Facts& facts) {
  if (facts.server().status_value("Innodb_adaptive_hash_hash_searches") != nullptr)
    return {status(facts, "Innodb_adaptive_hash_hash_searches"),
            status(facts, "Innodb_adaptive_hash_non_hash_searches")};
  return {status(facts, "innodb_metrics.adaptive_hash_searches"),
          status(facts, "innodb_metrics.adaptive_hash_searches_btree")};
}

void adaptive_hash(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting = facts.server().setting("innodb_adaptive_hash_index");
  if (!is_on(setting) || !status_is_old(facts)) return;
  const auto [found, missed] = hash_searches(facts);
  if (found + missed < 1e7 || found / (found + missed) >= 0.2) return;
  model::Finding finding = finding_of(
      Severity::low, setting_subject(setting->name),
      fmt::format("The adaptive hash index answers only {} of the searches",
                  text::percent(found / (found + missed))),
      "It is kept up to date behind latches that all sessions share, and takes memory from the "
      "pool. Where it answers so few searches it is better off, as newer versions have it.");
  finding.evidence = {
      number("answered by it", found, "innodb_metrics.adaptive_hash_searches"),
      number("answered by the tree", missed, "innodb_metrics.adaptive_hash_searches_btree"),
      variable_fact(*setting), age_fact(facts)};
  finding.impact.arithmetic = fmt::format("{} / ({} + {})", found, found, missed);
  finding.changes = {set_variable(facts, *setting, "OFF", "it costs more than it answers")};
  finding.references = {manual_page(facts, "innodb-adaptive-hash", "innodb-system-variables")};
  out.push_back(std::move(finding));
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

const Register redo_check{
    info("performance.innodb_redo_small", Severity::medium,
         "The redo log turns faster than once an hour",
         "Pages that change often are written again and again; a full log stops all writes.",
         "an hour of redo that fits, unless the log is 80 % full; counters younger than a day; "
         "never "
         "by the size of the buffer pool; a tenth of the disk's room at most; "
         "innodb_dedicated_server",
         "PMM advisor, MySQLTuner#784"),
    redo_small};
const Register waits_check{
    info("performance.innodb_log_waits", Severity::low,
         "Transactions wait for room in the log buffer", "Every commit behind them waits too.",
         "up to 10 waits in 15 minutes; counters younger than a day", "apa"),
    log_waits};
const Register free_check{
    info("performance.innodb_wait_free", Severity::medium,
         "Sessions wait for a free page in the buffer pool",
         "They write pages to the disk themselves while their clients wait.",
         "under 1,000 waits or one in 10 s; counters younger than a day", "MySQLTuner"),
    wait_free};
const Register capacity_check{
    info("performance.innodb_io_capacity", Severity::low,
         "Flushing is slowed down as for a disk that spins",
         "Changed pages pile up until they must all be written at once.",
         "only when the disk is known not to spin, and flushing uses over half of the limit; or a "
         "maximum below the usual limit",
         "MySQLTuner"),
    io_capacity};
const Register method_check{
    info("performance.innodb_flush_method", Severity::low,
         "Data is cached by the server and by the operating system",
         "Half of the memory holds copies.",
         "only on ext4 and xfs, with a pool of a quarter of the memory or more; unknown hosts",
         "PMM"),
    flush_method};
const Register neighbor_check{
    info("performance.innodb_flush_neighbors", Severity::low,
         "Neighbouring pages are flushed too, on a disk that does not spin",
         "Writes are multiplied for nothing.",
         "only when the disk is known not to spin; fewer than 20 pages flushed a second",
         "MySQL manual: off by default from 8.0"),
    flush_neighbors};
const Register hash_check{
    {.id = "performance.innodb_adaptive_hash",
     .area = Area::performance,
     .severity = Severity::low,
     .engines = both_forks,
     .summary = "The adaptive hash index hardly answers any search",
     .why = "Sessions wait at its latches for nothing.",
     .privileges = "PROCESS (information_schema.INNODB_METRICS)",
     .guards = "off, as newer versions have it; under 10 million searches; 20 % or more answered",
     .source = "PMM, without its mistake of warning in both states"},
    adaptive_hash};

}  // namespace
}  // namespace whet::advise::settings
