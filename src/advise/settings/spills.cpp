// Sorts and hashes that go to disk, over the database and by statement.
#include <string>

#include <fmt/format.h>

#include "advise/check.h"
#include "advise/settings/memory_set.h"
#include "advise/settings/support.h"
#include "base/text.h"
#include "base/units.h"

namespace whet::advise::settings {
namespace {

using model::Severity;

void temp_spills(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Database* database = facts.server().current_database();
  const auto work_mem = facts.server().number("work_mem");
  if (database == nullptr || !work_mem || !facts.ratio_age(database->stats_age_seconds)) return;
  const auto& total = database->total;
  const auto bytes = static_cast<double>(total.temp_bytes);
  const double hourly = per_hour(bytes, database->stats_age_seconds);
  if (total.temp_files < 100 || hourly < gigabyte) return;
  const double mean = bytes / static_cast<double>(total.temp_files);
  const bool curable = mean < 4 * *work_mem;
  model::Finding finding = make_finding(
      hourly >= 20 * gigabyte ? Severity::medium : Severity::low,
      named(model::SubjectKind::database, database->name),
      fmt::format("Statements write {} of temporary files an hour, {} each", text::bytes(hourly),
                  text::bytes(mean)),
      curable ? "The files are little larger than work_mem: a larger work_mem keeps most of these "
                "sorts and hashes in memory."
              : "The files are many times larger than work_mem, so memory alone will not cure it: "
                "look for indexes that give the order, for rows filtered too late, and give single "
                "statements more with SET LOCAL work_mem.");
  finding.evidence = {size("temporary files", bytes, "pg_stat_database.temp_bytes"),
                      count("number of files", total.temp_files, "pg_stat_database.temp_files"),
                      time("age of the counters", database->stats_age_seconds.value_or(0),
                           "pg_stat_database.stats_reset"),
                      size("work_mem", *work_mem, "pg_settings.work_mem")};
  finding.impact.bytes = hourly;
  finding.impact.arithmetic =
      fmt::format("{} / {} = {} an hour; {} / {} files = {}", text::bytes(bytes),
                  text::duration(database->stats_age_seconds.value_or(0)), text::bytes(hourly),
                  text::bytes(bytes), total.temp_files, text::bytes(mean));
  const auto set = recommend(facts);
  if (const Recommendation* advice = set.find("work_mem"))
    finding.changes = {change_for(facts, *advice)};
  finding.references = {"runtime-config-resource"};
  out.push_back(std::move(finding));
}

model::Finding spill_of(const Facts& facts, const model::Statement& statement, double spilled,
                        double work_mem) {
  // What a sort holds in memory is up to some 2.5 times what it writes.
  const double wanted = round_memory(spilled * 2.5 * 1.125);
  const double share_of_time = facts.share(statement);
  const double seconds = facts.seconds_per_hour(statement);
  model::Finding finding = make_finding(
      share_of_time >= 0.2 ? Severity::medium : Severity::low, statement_subject(statement),
      fmt::format("Each call spills {} to disk ({} of the workload's time): {}",
                  text::bytes(spilled), text::percent(share_of_time),
                  text::shorten(text::squeeze(statement.text), 60)),
      "A sort or hash did not fit in work_mem and went through temporary files. An index that "
      "gives "
      "the order, or fewer rows and columns, cures the cause; more memory for this statement alone "
      "cures the effect.");
  finding.evidence = {
      count("temporary blocks written", statement.total.temp_written,
            "pg_stat_statements.temp_blks_written"),
      count("calls", statement.total.calls, "pg_stat_statements.calls"),
      share("share of execution time", share_of_time, "pg_stat_statements.total_exec_time"),
      size("work_mem", work_mem, "pg_settings.work_mem"),
      fact("statement", text::shorten(text::squeeze(statement.text), 400),
           "pg_stat_statements.query")};
  finding.impact.seconds_per_hour = seconds;
  finding.impact.share = share_of_time;
  finding.impact.arithmetic =
      fmt::format("{} blocks x {} / {} calls = {}; the statement takes {} an hour",
                  statement.total.temp_written, text::bytes(block_bytes(facts)),
                  statement.total.calls, text::bytes(spilled), text::duration(seconds));
  model::Change change =
      manual("statement/" + statement.id + "/work_mem", "Give this statement more memory",
             fmt::format("SET LOCAL work_mem = '{}';  -- in its transaction, or ALTER ROLE ... SET "
                         "for the role that runs it",
                         print_memory(wanted)));
  change.affected = {statement.id};
  finding.changes = {std::move(change)};
  finding.references = {"runtime-config-resource"};
  return finding;
}

void query_spills(const Facts& facts, std::vector<model::Finding>& out) {
  const auto work_mem = facts.server().number("work_mem");
  if (!work_mem) return;
  for (const model::Statement& statement : facts.snapshot().workload.statements) {
    const auto age = statement.stats_age_seconds ? statement.stats_age_seconds
                                                 : facts.snapshot().workload.age_seconds;
    const bool query = statement.kind != model::StatementKind::ddl &&
                       statement.kind != model::StatementKind::utility;
    if (statement.own || statement.nested || !query || statement.total.calls < 10 ||
        !facts.ratio_age(age) || facts.share(statement) < 0.05)
      continue;
    const double spilled = static_cast<double>(statement.total.temp_written) * block_bytes(facts) /
                           static_cast<double>(statement.total.calls);
    if (spilled > *work_mem) out.push_back(spill_of(facts, statement, spilled, *work_mem));
  }
}

const Register temp{
    {
        .id = "performance.temp_spills",
        .area = Area::performance,
        .severity = Severity::medium,
        .engines = postgresql,
        .summary = "Statements write many temporary files",
        .why = "Sorting and hashing on disk is several times slower, and the disk is shared.",
        .privileges = "",
        .guards = "100 files and 1 GB an hour or more, counters old enough",
        .source = "pghero, pgwatch",
    },
    temp_spills};

const Register by_statement{
    {
        .id = "performance.query_spills",
        .area = Area::performance,
        .severity = Severity::medium,
        .engines = postgresql,
        .summary = "An important statement spills more than work_mem on each call",
        .why = "It is slow because it sorts or hashes on disk.",
        .privileges = "pg_read_all_stats for the statements of other roles",
        .guards =
            "10 calls and 5 % of the workload's time or more, counters old enough; no DDL, no "
            "utility statements, none inside functions",
        .source = "the bound that health checks of the field take",
    },
    query_spills};

}  // namespace
}  // namespace whet::advise::settings
