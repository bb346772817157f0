// Work that an index, or some memory, would save: temporary tables, sorts, joins and scans without
// an index; seen over the whole server. The statements themselves have checks of their own.
#include <algorithm>
#include <string>
#include <vector>

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
using model::Statement;
using model::StatementCounters;

/// The statements with most of a counter, as evidence, three at most.
void add_statements(const Facts& facts, std::int64_t StatementCounters::* counter,
                    std::string_view source, model::Finding& finding) {
  std::vector<const Statement*> top;
  for (const Statement& statement : facts.snapshot().workload.statements) {
    if (!statement.own && statement.total.*counter > 0) top.push_back(&statement);
  }
  std::stable_sort(top.begin(), top.end(), [&](const Statement* a, const Statement* b) {
    return a->total.*counter > b->total.*counter;
  });
  if (top.size() > 3) top.resize(3);
  for (const Statement* statement : top) {
    finding.evidence.push_back(count("of " + text::shorten(text::squeeze(statement->text), 80),
                                     statement->total.*counter, source));
  }
}

void temporaries(const Facts& facts, std::vector<model::Finding>& out) {
  const auto spilled = part_of(facts, "Created_tmp_disk_tables", {"Created_tmp_tables"}, 1000);
  if (!spilled || !temporaries_spill(facts)) return;
  const double rate = per_second(facts, "Created_tmp_disk_tables");
  model::Finding finding = finding_of(
      rate > 50 ? Severity::medium : Severity::low, server_subject(),
      fmt::format("{} of the temporary tables are on disk, {} a second",
                  text::percent(spilled->value), text::number(rate)),
      "Grouping, DISTINCT, UNION and ORDER BY on other columns make them. An index in the order of "
      "the grouping, or fewer and shorter columns, saves the table; in older versions any TEXT or "
      "BLOB column sends it to disk, whatever the limits.");
  finding.evidence = {status_fact(facts, "Created_tmp_disk_tables"),
                      status_fact(facts, "Created_tmp_tables"), age_fact(facts)};
  add_statements(facts, &StatementCounters::temp_disk_tables, "SUM_CREATED_TMP_DISK_TABLES",
                 finding);
  const MysqlSet set = recommend_mysql(facts);
  if (add_advice(facts, set, {"tmp_table_size", "max_heap_table_size"}, finding))
    add_envelope(set, finding);
  finding.references = {manual_page(facts, "internal-temporary-tables", "server-system-variables")};
  out.push_back(std::move(finding));
}

void limits_differ(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* limit = facts.server().setting("tmp_table_size");
  const model::Setting* heap = facts.server().setting("max_heap_table_size");
  if (limit == nullptr || heap == nullptr || !memory_engine_temporaries(facts)) return;
  const double first = number_of(limit).value_or(0), second = number_of(heap).value_or(0);
  // MEMORY tables of one's own may want a larger max_heap_table_size.
  if (first <= second || recommend_mysql(facts).find("tmp_table_size") != nullptr) return;
  model::Finding finding = finding_of(
      Severity::info, setting_subject(limit->name),
      fmt::format("Temporary tables go to disk beyond {}, not {}", text::bytes(second),
                  text::bytes(first)),
      "The smaller of tmp_table_size and max_heap_table_size counts: somebody raised the first "
      "alone.");
  finding.evidence = {variable_size(*limit), variable_size(*heap)};
  finding.references = {manual_page(facts, "internal-temporary-tables", "server-system-variables")};
  out.push_back(std::move(finding));
}

void sort_merges(const Facts& facts, std::vector<model::Finding>& out) {
  const auto merged = part_of(facts, "Sort_merge_passes", {"Sort_scan", "Sort_range"}, 1000);
  if (!merged || !sorts_merge(facts)) return;
  model::Finding finding = finding_of(
      Severity::low, server_subject(),
      fmt::format("{} merge passes for {} sorts: they do not fit in memory",
                  text::count(static_cast<std::int64_t>(merged->part)),
                  text::count(static_cast<std::int64_t>(merged->whole))),
      "An index in the order that is asked for, or a LIMIT, saves the sort; a larger buffer only "
      "makes it cheaper, and each session takes it.");
  finding.evidence = {status_fact(facts, "Sort_merge_passes"), status_fact(facts, "Sort_scan"),
                      status_fact(facts, "Sort_range"), age_fact(facts)};
  add_statements(facts, &StatementCounters::sort_merge_passes, "SUM_SORT_MERGE_PASSES", finding);
  const MysqlSet set = recommend_mysql(facts);
  const Recommendation* advice = set.find("sort_buffer_size");
  if (advice != nullptr && advice->number > number_of(advice->setting).value_or(0)) {
    add_advice(facts, set, {"sort_buffer_size"}, finding);
    add_envelope(set, finding);
  }
  finding.references = {manual_page(facts, "order-by-optimization", "server-system-variables")};
  out.push_back(std::move(finding));
}

void full_joins(const Facts& facts, std::vector<model::Finding>& out) {
  constexpr double day = 86400;
  if (!status_is_old(facts)) return;
  const double joins = status(facts, "Select_full_join") + status(facts, "Select_range_check");
  const double daily = joins / status_age(facts) * day;
  if (joins < 1000 || daily <= 250) return;
  model::Finding finding = finding_of(
      daily > 100000 ? Severity::medium : Severity::low, server_subject(),
      fmt::format("{} joins a day find no index on the table that they join",
                  text::count(static_cast<std::int64_t>(daily))),
      "They read that table as a whole, once or for each row before it. The answer is an index on "
      "the column of the join (`whet index`), never a larger join_buffer_size: that is taken by "
      "each join of each session.");
  finding.evidence = {status_fact(facts, "Select_full_join"),
                      status_fact(facts, "Select_range_check"), age_fact(facts)};
  add_statements(facts, &StatementCounters::full_joins, "SUM_SELECT_FULL_JOIN", finding);
  finding.impact.arithmetic =
      fmt::format("{:.0f} / {} = {:.0f} a day", joins, text::duration(status_age(facts)), daily);
  finding.references = {manual_page(facts, "server-status-variables", "server-status-variables")};
  out.push_back(std::move(finding));
}

void full_scans(const Facts& facts, std::vector<model::Finding>& out) {
  constexpr double many_rows = 1e5;
  const auto scanned =
      part_of(facts, "Handler_read_rnd_next",
              {"Handler_read_rnd_next", "Handler_read_first", "Handler_read_key",
               "Handler_read_last", "Handler_read_next", "Handler_read_prev", "Handler_read_rnd"},
              1e6);
  const double rate = per_second(facts, "Handler_read_rnd_next");
  if (!scanned || scanned->value <= 0.9 || rate < many_rows) return;
  model::Finding finding = finding_of(
      rate > 10 * many_rows ? Severity::medium : Severity::low, server_subject(),
      fmt::format("{} of the rows are read by scanning tables from end to end, {} a second",
                  text::percent(scanned->value), text::count(static_cast<std::int64_t>(rate))),
      "Most of them are thrown away. `whet index` says which indexes would help which statements.");
  finding.evidence = {status_fact(facts, "Handler_read_rnd_next"),
                      status_fact(facts, "Handler_read_key"),
                      status_fact(facts, "Handler_read_next"), age_fact(facts)};
  add_statements(facts, &StatementCounters::no_index_used, "SUM_NO_INDEX_USED", finding);
  finding.impact.arithmetic = fmt::format("{:.0f} / {:.0f} = {}", scanned->part, scanned->whole,
                                          text::percent(scanned->value));
  finding.references = {manual_page(facts, "server-status-variables", "server-status-variables")};
  out.push_back(std::move(finding));
}

void slow_queries(const Facts& facts, std::vector<model::Finding>& out) {
  const auto slow = part_of(facts, "Slow_queries", {"Questions"}, 10000);
  const model::Setting* limit = facts.server().setting("long_query_time");
  if (!slow || limit == nullptr || slow->value <= 0.05 || number_of(limit).value_or(0) < 0.1)
    return;
  model::Finding finding = finding_of(
      Severity::medium, server_subject(),
      fmt::format("{} of the statements take longer than {}", text::percent(slow->value),
                  text::duration(number_of(limit).value_or(0))),
      "Look at the findings of the statements and of `whet index`; the slow log names the rest.");
  finding.evidence = {status_fact(facts, "Slow_queries"), status_fact(facts, "Questions"),
                      variable_fact(*limit), age_fact(facts)};
  finding.impact.arithmetic = fmt::format("{:.0f} / {:.0f}", slow->part, slow->whole);
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

const Register temporary_check{
    info("performance.tmp_tables_on_disk", Severity::medium, "Many temporary tables go to disk",
         "They are written and read while statements wait.",
         "under 25 % of them, or one a second; counters younger than a day; limits are raised only "
         "as far as all sessions fit, and always both where both count",
         "MySQLTuner, which raises one alone"),
    temporaries};
const Register limits_check{
    info("performance.tmp_limits_differ", Severity::info,
         "The limit of temporary tables is another one than it seems",
         "tmp_table_size counts only up to max_heap_table_size.",
         "TempTable, which has one limit; a larger max_heap_table_size, for MEMORY tables",
         "MySQL manual, tmp_table_size"),
    limits_differ};
const Register sort_check{
    info("performance.sort_merge_passes", Severity::low, "Sorts do not fit in memory",
         "They are written to disk and merged.",
         "under 1,000 sorts, or 10 % merges; counters younger than a day; the buffer is raised to "
         "1 MB at most, and only while memory is not over-committed",
         "MySQLTuner"),
    sort_merges};
const Register join_check{
    info("performance.full_joins", Severity::medium, "Joins run without an index",
         "The table is read as a whole for them.",
         "up to 250 a day, or 1,000 in all; counters younger than a day; never answered with "
         "join_buffer_size",
         "MySQLTuner#687, which raises the buffer"),
    full_joins};
const Register scan_check{
    info("performance.full_scan_share", Severity::medium,
         "Most rows are read by scanning whole tables", "Most of them are thrown away.",
         "up to 90 % of the rows, or 100,000 a second: scans of small tables are cheap", "PMM"),
    full_scans};
const Register slow_check{
    info("performance.slow_queries", Severity::medium, "Many statements are slow",
         "Their clients wait.",
         "under 10,000 statements or 5 %; a long_query_time under 0.1 s, by which much is slow",
         "MySQLTuner"),
    slow_queries};

}  // namespace
}  // namespace whet::advise::settings
