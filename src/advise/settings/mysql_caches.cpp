// Caches that the server has beside the buffer pool: open tables, definitions, threads, queries,
// the binary log's; and the limit of open files behind them.
#include <algorithm>
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

void table_cache(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting = facts.server().setting("table_open_cache");
  if (setting == nullptr || !table_cache_overflows(facts)) return;
  model::Finding finding = finding_of(
      Severity::low, setting_subject(setting->name),
      fmt::format("{} times a second a table is closed to open another ({} fit)",
                  text::number(per_second(facts, "Table_open_cache_overflows")), setting->value),
      "");
  finding.evidence = {status_fact(facts, "Table_open_cache_overflows"),
                      status_fact(facts, "Table_open_cache_misses"),
                      status_fact(facts, "Table_open_cache_hits"),
                      status_fact(facts, "Open_tables"), age_fact(facts)};
  const MysqlSet set = recommend_mysql(facts);
  const bool fits = add_advice(facts, set, {setting->name}, finding);
  finding.detail = "Opening a table takes a lock that all sessions share.";
  const model::Setting* files = facts.server().setting("open_files_limit");
  if (!fits && files != nullptr) {
    finding.detail +=
        " The server may not have more files open: each table takes two. Raise open_files_limit "
        "(and LimitNOFILE of its service) first.";
    finding.evidence.push_back(variable_fact(*files));
    finding.changes = {manual("setting/open_files_limit", "Let the server open more files",
                              "open_files_limit = 65535  # and LimitNOFILE=65535 in its service")};
  }
  finding.references = {manual_page(facts, "table-cache", "optimizing-table_open_cache")};
  out.push_back(std::move(finding));
}

void definition_cache(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting = facts.server().setting("table_definition_cache");
  if (setting == nullptr || !definitions_overflow(facts)) return;
  const MysqlSet set = recommend_mysql(facts);
  model::Finding finding =
      finding_of(Severity::low, setting_subject(setting->name),
                 fmt::format("{} table definitions fit in memory, there are {:.0f} tables",
                             setting->value, table_count(facts)),
                 "Definitions are read from the dictionary again and again. They are small.");
  finding.evidence = {status_fact(facts, "Open_table_definitions"),
                      status_fact(facts, "Opened_table_definitions"), age_fact(facts),
                      number("tables", table_count(facts), "information_schema.TABLES")};
  add_advice(facts, set, {setting->name}, finding);
  finding.references = {manual_page(facts, "server-system-variables", "server-system-variables")};
  out.push_back(std::move(finding));
}

void open_files(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting = facts.server().setting("open_files_limit");
  const double limit = number_of(setting).value_or(0);
  const double used = status(facts, "Open_files") + status(facts, "Innodb_num_open_files");
  if (limit <= 0 || used / limit < 0.75) return;
  model::Finding finding = finding_of(
      used / limit > 0.9 ? Severity::high : Severity::medium, setting_subject(setting->name),
      fmt::format("{:.0f} of the {:.0f} files that the server may open are open", used, limit),
      "When none is left, statements and connections fail. Raise the limit; for a service of "
      "systemd LimitNOFILE counts too.");
  finding.evidence = {status_fact(facts, "Open_files"), variable_fact(*setting)};
  if (facts.server().status_value("Innodb_num_open_files") != nullptr)
    finding.evidence.push_back(status_fact(facts, "Innodb_num_open_files"));
  finding.impact.outage_risk = std::min(1.0, used / limit);
  finding.impact.arithmetic =
      fmt::format("{:.0f} / {:.0f} = {}", used, limit, text::percent(used / limit));
  finding.changes = {manual("setting/open_files_limit", "Let the server open more files",
                            fmt::format("open_files_limit = {:.0f}  # and LimitNOFILE in its "
                                        "service",
                                        std::max(65535.0, 2 * limit)))};
  finding.references = {manual_page(facts, "server-system-variables", "server-system-variables")};
  out.push_back(std::move(finding));
}

void thread_cache(const Facts& facts, std::vector<model::Finding>& out) {
  const MysqlSet set = recommend_mysql(facts);
  const Recommendation* advice = set.find("thread_cache_size");
  if (advice == nullptr) return;
  model::Finding finding = finding_of(
      Severity::low, setting_subject("thread_cache_size"),
      fmt::format("{} threads are made a second, {} are kept for the next clients",
                  text::number(per_second(facts, "Threads_created")), advice->setting->value),
      "Each new connection then waits for a new thread. A pool in the programs would save the "
      "connections too.");
  finding.evidence = {status_fact(facts, "Threads_created"), status_fact(facts, "Connections"),
                      age_fact(facts)};
  add_advice(facts, set, {"thread_cache_size"}, finding);
  finding.references = {manual_page(facts, "connection-interfaces", "server-system-variables")};
  out.push_back(std::move(finding));
}

bool query_cache_runs(const Facts& facts) {
  const model::Setting* type = facts.server().setting("query_cache_type");
  return type != nullptr && type->value != "OFF" && type->value != "0" &&
         number_of(facts, "query_cache_size", 0) > 0;
}

void query_cache(const Facts& facts, std::vector<model::Finding>& out) {
  if (!query_cache_runs(facts) || !status_is_old(facts)) return;
  const double hits = status(facts, "Qcache_hits");
  const double selects = status(facts, "Com_select");
  const double prunes = 86400 * per_second(facts, "Qcache_lowmem_prunes");
  const double hit = hits + selects > 0 ? hits / (hits + selects) : 0;
  if (hits + selects < 10000 || (hit >= 0.2 && prunes <= 98)) return;
  const model::Setting& type = *facts.server().setting("query_cache_type");
  const model::Setting& bytes = *facts.server().setting("query_cache_size");
  model::Finding finding = finding_of(
      Severity::medium, setting_subject(type.name),
      fmt::format("The query cache answers {} of the queries, and every session waits at its lock",
                  text::percent(hit)),
      "Each read asks it, each write to a table empties it of that table, and one lock guards it "
      "all. MySQL has removed it. Switch it off with both variables: one alone leaves the lock or "
      "the memory.");
  finding.evidence = {status_fact(facts, "Qcache_hits"),
                      status_fact(facts, "Com_select"),
                      number("entries thrown out a day", prunes, "Qcache_lowmem_prunes"),
                      variable_fact(type),
                      variable_size(bytes),
                      age_fact(facts)};
  finding.impact.arithmetic =
      fmt::format("{:.0f} / ({:.0f} + {:.0f}) = {}", hits, hits, selects, text::percent(hit));
  finding.changes = {set_variable(facts, type, "0", "reads and writes need not wait for its lock"),
                     set_variable(facts, bytes, "0", "its memory is free for the buffer pool")};
  finding.references = {manual_page(facts, "query-cache", "query-cache")};
  out.push_back(std::move(finding));
}

void binlog_cache(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting = facts.server().setting("binlog_cache_size");
  const auto spilled = part_of(facts, "Binlog_cache_disk_use", {"Binlog_cache_use"}, 1000);
  if (setting == nullptr || !spilled || !binlog_cache_spills(facts)) return;
  model::Finding finding = finding_of(
      Severity::low, setting_subject(setting->name),
      fmt::format("{} of the transactions write their changes to a file before the binary log",
                  text::percent(spilled->value)),
      "");
  finding.evidence = {status_fact(facts, "Binlog_cache_disk_use"),
                      status_fact(facts, "Binlog_cache_use"), age_fact(facts),
                      variable_size(*setting)};
  finding.impact.arithmetic =
      fmt::format("{:.0f} / {:.0f} = {}; the first are among the second", spilled->part,
                  spilled->whole, text::percent(spilled->value));
  const MysqlSet set = recommend_mysql(facts);
  finding.detail = add_advice(facts, set, {setting->name}, finding)
                       ? "Their changes do not fit in the cache that each session has for them."
                       : "The transactions are large, not the cache small: change fewer rows in "
                         "each.";
  finding.references = {manual_page(facts, "replication-options-binary-log",
                                    "replication-and-binary-log-system-variables")};
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

const Register table_check{
    info("performance.table_open_cache", Severity::low,
         "Tables are closed and opened again all the time", "Opening one takes a shared lock.",
         "under 20 % misses or one overflow a second; counters younger than a day; never more than "
         "open_files_limit allows",
         "MySQLTuner, which ignores open_files_limit"),
    table_cache};
const Register definition_check{
    info("performance.table_definition_cache", Severity::low,
         "Not all table definitions fit in memory", "They are read again and again.",
         "a cache that is not full, or as large as the number of tables; under one read a second",
         "MySQLTuner"),
    definition_cache};
const Register files_check{
    info("performance.open_files", Severity::high, "The limit of open files is nearly reached",
         "Then statements and connections fail.", "under 75 % of open_files_limit",
         "75 and 90 %: apa, MySQLTuner"),
    open_files};
const Register thread_check{
    info("performance.thread_cache", Severity::low, "Each connection waits for a new thread",
         "Making one costs more than most queries.",
         "under half of the connections, or one thread a second; a thread pool; never beyond "
         "max_connections",
         "MySQLTuner; Releem#533"),
    thread_cache};
const Register query_check{
    info("performance.query_cache", Severity::medium, "The query cache is on and does not help",
         "One lock stops all sessions; MySQL removed it.",
         "off (type or size 0), as newer versions have it; under 10,000 reads; a fifth answered "
         "and hardly anything thrown out",
         "MySQLTuner"),
    query_cache};
const Register binlog_check{
    info("performance.binlog_cache", Severity::low,
         "Transactions write their changes to files before the binary log",
         "Each commit then waits for the disk twice.",
         "under 1,000 transactions or 10 % of them; counters younger than a day",
         "MySQL manual, Binlog_cache_disk_use: counted in Binlog_cache_use already, which "
         "MySQLTuner's formula overlooks"),
    binlog_cache};

}  // namespace
}  // namespace whet::advise::settings
