// What the server may take of the memory: the buffer pool, the sessions' buffers, the caches that
// nobody uses, and all of them together.
#include <array>
#include <string>

#include <fmt/format.h>

#include "advise/check.h"
#include "advise/mysql_facts.h"
#include "advise/settings/mysql_set.h"
#include "base/text.h"
#include "base/units.h"

namespace whet::advise::settings {
namespace {

using model::Severity;

constexpr std::string_view pool_name = "innodb_buffer_pool_size";

double setting_bytes(const Recommendation& advice) { return number_of(advice.setting).value_or(0); }

void pool_small(const Facts& facts, std::vector<model::Finding>& out) {
  const MysqlSet set = recommend_mysql(facts);
  const Recommendation* advice = set.find(pool_name);
  const auto misses = pool_misses(facts);
  if (advice == nullptr || !misses || advice->number <= setting_bytes(*advice)) return;
  model::Finding finding = finding_of(
      *misses > 0.05 ? Severity::medium : Severity::low, setting_subject(pool_name),
      fmt::format("{} a second are read from disk past the buffer pool of {}, and there is memory "
                  "for {}",
                  text::bytes(per_second(facts, "Innodb_pages_read") *
                              number_of(facts, "innodb_page_size", 16384)),
                  text::bytes(setting_bytes(*advice)), text::bytes(advice->number)),
      "What is read often does not fit. Look first at the statements that read most: an index that "
      "is missing makes the pool seem small. The size can be changed while the server runs.");
  finding.evidence = {status_fact(facts, "Innodb_buffer_pool_reads"),
                      status_fact(facts, "Innodb_buffer_pool_read_requests"),
                      status_fact(facts, "Innodb_pages_read"), age_fact(facts)};
  add_advice(facts, set, {pool_name}, finding);
  add_envelope(set, finding);
  finding.references = {manual_page(facts, "innodb-buffer-pool-resize", "innodb-buffer-pool")};
  out.push_back(std::move(finding));
}

void pool_large(const Facts& facts, std::vector<model::Finding>& out) {
  const MysqlSet set = recommend_mysql(facts);
  const Recommendation* advice = set.find(pool_name);
  if (advice == nullptr || !set.memory) return;
  const double pool = setting_bytes(*advice);
  if (advice->number >= pool || pool <= 0.8 * set.usable) return;
  model::Finding finding = finding_of(
      pool > 0.95 * set.usable ? Severity::high : Severity::medium, setting_subject(pool_name),
      fmt::format("The buffer pool of {} is {} of the {} that the server may use",
                  text::bytes(pool), text::percent(pool / set.usable), text::bytes(set.usable)),
      "Sessions, temporary tables and the operating system need memory too. When it runs out, the "
      "machine swaps, or the kernel ends the server.");
  finding.impact.outage_risk = pool > 0.95 * set.usable ? 0.5 : 0.2;
  add_advice(facts, set, {pool_name}, finding);
  add_envelope(set, finding);
  finding.references = {manual_page(facts, "innodb-buffer-pool-resize", "innodb-buffer-pool")};
  out.push_back(std::move(finding));
}

constexpr std::array memory_names{
    "innodb_buffer_pool_size", "sort_buffer_size", "join_buffer_size",    "read_buffer_size",
    "read_rnd_buffer_size",    "tmp_table_size",   "max_heap_table_size", "key_buffer_size"};

void overcommitted(const Facts& facts, std::vector<model::Finding>& out) {
  const MysqlSet set = recommend_mysql(facts);
  if (!set.memory) return;
  const double realistic = set.now.realistic() / set.usable;
  const double worst = set.now.worst() / set.usable;
  const bool danger = realistic > promised_share;
  if (!danger && worst <= 1) return;
  model::Finding finding = finding_of(
      danger ? Severity::medium : Severity::info, server_subject(),
      danger ? fmt::format("The settings let the server take {} of the memory it may use, with the "
                           "{:.0f} connections that it had",
                           text::percent(realistic), set.now.connected)
             : fmt::format("If all {:.0f} connections came and took all their buffers, the server "
                           "would need {} of the memory",
                           set.now.connections, text::percent(worst)),
      danger ? "When memory runs out, the machine swaps or the kernel ends the server. Lower what "
               "the settings promise, or let fewer connections in."
             : "Buffers are taken only when a statement needs them, so that never happens in "
               "practice, and nothing needs to be done now. A max_connections nearer to what is "
               "used would rule it out.");
  finding.evidence = {
      size("memory of the machine", *set.memory, "host.memory"),
      size("usable", set.usable, "host.memory less what others hold"),
      size("realistic need", set.now.realistic(), "SHOW GLOBAL VARIABLES, Max_used_connections"),
      size("worst case", set.now.worst(), "SHOW GLOBAL VARIABLES"),
      number("connections seen", set.now.connected, "Max_used_connections")};
  finding.impact.arithmetic =
      fmt::format("realistic: {}; worst: {}", set.now.realistic_text(), set.now.worst_text());
  finding.impact.outage_risk = danger ? 0.3 : 0;
  for (const char* name : memory_names) {
    const Recommendation* advice = set.find(name);
    if (danger && advice != nullptr && advice->number < setting_bytes(*advice))
      finding.changes.push_back(mysql_change_for(facts, *advice));
  }
  finding.references = {manual_page(facts, "memory-use", "mariadb-memory-allocation")};
  out.push_back(std::move(finding));
}

void session_buffers(const Facts& facts, std::vector<model::Finding>& out) {
  const MysqlSet set = recommend_mysql(facts);
  for (const char* name :
       {"sort_buffer_size", "join_buffer_size", "read_buffer_size", "read_rnd_buffer_size"}) {
    const Recommendation* advice = set.find(name);
    if (advice == nullptr || advice->number >= setting_bytes(*advice)) continue;
    model::Finding finding = finding_of(
        Severity::low, setting_subject(name),
        fmt::format("Each session may take {} for {}", text::bytes(setting_bytes(*advice)), name),
        "It is allocated whole, for each sort or join of each session, however small: that costs "
        "time always, and the memory when many work. Set it for the one session that needs it.");
    finding.evidence = {number("sessions that work at once", set.now.working,
                               "4 x the most seen, half of Max_used_connections, 20 at least")};
    add_advice(facts, set, {name}, finding);
    add_envelope(set, finding);
    finding.references = {manual_page(facts, "server-system-variables", "server-system-variables")};
    out.push_back(std::move(finding));
  }
}

void key_buffer_unused(const Facts& facts, std::vector<model::Finding>& out) {
  const MysqlSet set = recommend_mysql(facts);
  const Recommendation* advice = set.find("key_buffer_size");
  if (advice == nullptr || advice->number >= setting_bytes(*advice)) return;
  model::Finding finding =
      finding_of(Severity::low, setting_subject("key_buffer_size"),
                 fmt::format("{} are kept for the keys of MyISAM tables, and there are none",
                             text::bytes(setting_bytes(*advice))),
                 "InnoDB has its own cache. The memory is better given to that, or left free.");
  finding.evidence = {status_fact(facts, "Key_read_requests")};
  add_advice(facts, set, {"key_buffer_size"}, finding);
  finding.impact.bytes = setting_bytes(*advice) - advice->number;
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

const Register small_check{
    info("performance.innodb_buffer_pool_small", Severity::medium,
         "Pages that are read often do not fit in the buffer pool",
         "Reading from the disk is a hundred times slower than from memory.",
         "under 1 % misses, 10 reads a second, or a million requests; data that fits; no memory "
         "left for more; a server of its own sizing (innodb_dedicated_server); never by the size "
         "of cold data alone",
         "MySQLTuner goes by size alone, wrongly"),
    pool_small};
const Register large_check{
    info("performance.innodb_buffer_pool_large", Severity::high,
         "The buffer pool leaves too little memory for the rest",
         "The machine swaps, or the kernel ends the server.",
         "nothing without known memory (a container's limit counts); up to 80 % of it",
         "MySQL manual: up to 80 % of the memory of a dedicated server"),
    pool_large};
const Register memory_check{
    info("performance.mysql_memory_overcommitted", Severity::medium,
         "The settings let the server take more memory than there is",
         "The machine swaps, or the kernel ends the server.",
         "nothing without known memory; the worst case alone is only for information",
         "Max_used_connections as the second figure"),
    overcommitted};
const Register buffers_check{
    info("performance.session_buffers", Severity::low,
         "Every session may take large sort, join or read buffers",
         "They are allocated for each statement that sorts or joins, in every session.",
         "nothing without known memory; below 1 to 2 MB, or as long as all working sessions' "
         "buffers fit in a quarter of the memory",
         "MySQL manual, sort_buffer_size and join_buffer_size: never large globally"),
    session_buffers};
const Register key_check{
    info("performance.key_buffer_unused", Severity::low,
         "Memory is kept for MyISAM, which is not used", "InnoDB could use it.",
         "any MyISAM table, a million reads of its keys, or tables that were not read; up to 128 "
         "MB or 5 % of the memory",
         "MySQL manual, key_buffer_size: only for MyISAM"),
    key_buffer_unused};

}  // namespace
}  // namespace whet::advise::settings
