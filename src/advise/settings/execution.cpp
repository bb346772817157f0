// How statements are planned and executed: JIT, planning time, parallel workers, I/O method.
#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "advise/check.h"
#include "advise/settings/memory_set.h"
#include "advise/settings/support.h"
#include "base/text.h"

namespace whet::advise::settings {
namespace {

using model::Severity;

void jit_costly(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Workload& workload = facts.snapshot().workload;
  const model::Setting* above = facts.server().setting("jit_above_cost");
  if (!facts.ratio_age(workload.age_seconds) || above == nullptr) return;
  double jit_ms = 0;
  std::vector<std::string> affected;
  for (const model::Statement& statement : workload.statements) {
    if (statement.own || statement.nested) continue;
    jit_ms += statement.total.jit_ms;
    if (statement.total.jit_ms > 0.2 * statement.total.execution_ms && affected.size() < 10)
      affected.push_back(statement.id);
  }
  const double part = fraction(jit_ms, facts.workload_ms());
  if (facts.workload_ms() < 60000 || part <= 0.1) return;
  const double hourly = per_hour(jit_ms / 1000, workload.age_seconds);
  model::Finding finding = make_finding(
      part > 0.2 ? Severity::medium : Severity::low, setting_subject("jit_above_cost"),
      fmt::format("{} of the execution time is compiling (JIT)", text::percent(part)),
      "Compiling pays for long analytical statements only. Here short ones are compiled because "
      "their estimated cost is over jit_above_cost; raise it, or switch jit off for the roles that "
      "run short statements.");
  finding.evidence = {
      time("time compiling", jit_ms / 1000,
           "pg_stat_statements.jit_generation_time + inlining + optimization + emission"),
      time("time executing", facts.workload_ms() / 1000, "pg_stat_statements.total_exec_time"),
      time("age of the statistics", workload.age_seconds.value_or(0),
           "pg_stat_statements_info.stats_reset"),
      setting_fact(*above)};
  finding.impact.seconds_per_hour = hourly;
  finding.impact.share = part;
  finding.impact.arithmetic =
      fmt::format("{} / {} = {}", text::duration(jit_ms / 1000),
                  text::duration(facts.workload_ms() / 1000), text::percent(part));
  const double wanted = std::max(500000.0, above->number.value_or(100000) * 5);
  model::Change change =
      set_to(facts, *above, fmt::format("{:.0f}", wanted), "compile only long statements");
  change.affected = affected;
  finding.changes = {std::move(change)};
  finding.references = {"jit-decision"};
  out.push_back(std::move(finding));
}

void planning_dominates(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Workload& workload = facts.snapshot().workload;
  if (!workload.track_planning) return;
  for (const model::Statement& statement : workload.statements) {
    const auto& total = statement.total;
    const auto age =
        statement.stats_age_seconds ? statement.stats_age_seconds : workload.age_seconds;
    if (statement.own || statement.nested || total.plans < 1000 || !facts.ratio_age(age) ||
        total.planning_ms <= total.execution_ms)
      continue;
    const double mean = total.planning_ms / static_cast<double>(total.plans);
    const double hourly = per_hour(total.planning_ms / 1000, age);
    // A second an hour is not worth a reader's time.
    if (mean <= 1 || hourly < 1) continue;
    model::Finding finding = make_finding(
        Severity::low, statement_subject(statement),
        fmt::format("Planning takes {} a call, executing {}: {}", text::duration(mean / 1000),
                    text::duration(statement.mean_ms() / 1000),
                    text::shorten(text::squeeze(statement.text), 60)),
        "Many partitions, many indexes or many joins make a plan dear. Prepare the statement in "
        "the application so that its plan is reused, give a condition that prunes partitions, or "
        "have fewer of them.");
    finding.evidence = {
        time("planning", total.planning_ms / 1000, "pg_stat_statements.total_plan_time"),
        count("plans", total.plans, "pg_stat_statements.plans"),
        time("executing", total.execution_ms / 1000, "pg_stat_statements.total_exec_time"),
        count("calls", total.calls, "pg_stat_statements.calls"),
        fact("statement", text::shorten(text::squeeze(statement.text), 400),
             "pg_stat_statements.query")};
    finding.impact.seconds_per_hour = hourly;
    finding.impact.arithmetic =
        fmt::format("{} / {} plans = {} each; {} an hour", text::duration(total.planning_ms / 1000),
                    total.plans, text::duration(mean / 1000), text::duration(hourly));
    finding.references = {"sql-prepare", "runtime-config-query"};
    out.push_back(std::move(finding));
  }
}

void parallel_starved(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Database* database = facts.server().current_database();
  if (database == nullptr || !facts.ratio_age(database->stats_age_seconds)) return;
  const auto& total = database->total;
  const double part = fraction(static_cast<double>(total.parallel_launched),
                               static_cast<double>(total.parallel_to_launch));
  if (total.parallel_to_launch < 1000 || part >= 0.8) return;
  model::Finding finding = make_finding(
      Severity::low, setting_subject("max_parallel_workers"),
      fmt::format("Only {} of the planned parallel workers could start", text::percent(part)),
      "The plans counted on workers that were not to be had, so the statements ran slower than a "
      "plan without them might have. Allow more in all when there are CPUs for them, else fewer "
      "for each statement.");
  finding.evidence = {
      count("planned", total.parallel_to_launch, "pg_stat_database.parallel_workers_to_launch"),
      count("started", total.parallel_launched, "pg_stat_database.parallel_workers_launched"),
      time("age of the counters", database->stats_age_seconds.value_or(0),
           "pg_stat_database.stats_reset")};
  for (const char* name : {"max_parallel_workers", "max_parallel_workers_per_gather"}) {
    if (const model::Setting* setting = facts.server().setting(name))
      finding.evidence.push_back(setting_fact(*setting));
  }
  finding.impact.arithmetic = fmt::format("{} / {} = {}", total.parallel_launched,
                                          total.parallel_to_launch, text::percent(part));
  const auto set = recommend(facts);
  for (const char* name : {"max_parallel_workers", "max_worker_processes"}) {
    if (const Recommendation* advice = set.find(name))
      finding.changes.push_back(change_for(facts, *advice));
  }
  finding.references = {"runtime-config-resource"};
  out.push_back(std::move(finding));
}

void io_method_sync(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting = facts.server().setting("io_method");
  if (setting == nullptr || setting->value != "sync") return;
  model::Finding finding = make_finding(
      Severity::low, setting_subject("io_method"),
      "io_method is sync: the server reads one block after the other",
      "From 18 on the server can read ahead asynchronously, with worker processes everywhere or "
      "with io_uring on newer Linux. sync is the behaviour of older versions.");
  finding.evidence = {setting_fact(*setting),
                      fact("version", facts.server().version, "server_version")};
  finding.changes = {set_to(facts, *setting, "worker", "reads ahead in worker processes")};
  finding.references = {"runtime-config-resource"};
  out.push_back(std::move(finding));
}

void default_statistics_target(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting = facts.server().setting("default_statistics_target");
  if (setting == nullptr || !setting->number ||
      (*setting->number >= 100 && *setting->number <= 1000))
    return;
  const bool low = *setting->number < 100;
  model::Finding finding = make_finding(
      Severity::low, setting_subject("default_statistics_target"),
      fmt::format("default_statistics_target is {}, {} the default of 100", setting->value,
                  low ? "below" : "many times"),
      low ? "The planner knows fewer frequent values and coarser histograms than usual, so its row "
            "estimates are worse."
          : "Every ANALYZE samples, and every plan reads, many times more than usual, for all "
            "columns. Raise it for single columns that need it.");
  finding.evidence = {setting_fact(*setting)};
  finding.changes = {set_to(facts, *setting, low ? "100" : "500", "statistics in proportion")};
  finding.references = {"runtime-config-query", "planner-stats"};
  out.push_back(std::move(finding));
}

constexpr std::string_view statement_privilege =
    "pg_read_all_stats for the statements of other roles";

const Register jit{
    {
        .id = "performance.jit_costly",
        .area = Area::performance,
        .severity = Severity::medium,
        .engines = postgresql,
        .summary = "Compiling statements takes a large part of their time",
        .why = "Short statements are compiled longer than they run.",
        .privileges = statement_privilege,
        .guards = "PostgreSQL 15 and later; a minute of execution or more, statistics old enough, "
                  "over 10 %",
        .source = "pgMustard",
    },
    jit_costly};
const Register planning{
    {
        .id = "performance.planning_dominates",
        .area = Area::performance,
        .severity = Severity::low,
        .engines = postgresql,
        .summary = "A statement is planned longer than it is executed",
        .why = "A prepared statement would plan once.",
        .privileges = statement_privilege,
        .guards = "pg_stat_statements.track_planning on; 1,000 plans of over 1 ms, at least 1 s an "
                  "hour, statistics old enough",
        .source = "Percona Monitoring and Management",
    },
    planning_dominates};
const Register starved{
    {
        .id = "performance.parallel_starved",
        .area = Area::performance,
        .severity = Severity::low,
        .engines = postgresql,
        .summary = "Planned parallel workers cannot start",
        .why = "Plans that count on workers run slower without them.",
        .privileges = "",
        .guards = "PostgreSQL 18 and later; 1,000 planned workers, counters old enough, under 80 %",
        .source = "the bound that health checks of the field take",
    },
    parallel_starved};
const Register io_method{{
                             .id = "performance.io_method_sync",
                             .area = Area::performance,
                             .severity = Severity::low,
                             .engines = postgresql,
                             .summary = "Asynchronous reading is switched off",
                             .why = "Scans wait for each block instead of reading ahead.",
                             .privileges = "",
                             .guards = "PostgreSQL 18 and later",
                             .source = "PostgreSQL manual, io_method",
                         },
                         io_method_sync};
const Register target{
    {
        .id = "performance.default_statistics_target",
        .area = Area::performance,
        .severity = Severity::low,
        .engines = postgresql,
        .summary = "Planner statistics are much coarser or much finer than usual",
        .why = "Coarse ones mislead the planner, very fine ones slow planning and ANALYZE.",
        .privileges = "",
        .guards = "100 to 1,000 is right",
        .source = "PostgreSQL manual, default_statistics_target",
    },
    default_statistics_target};

}  // namespace
}  // namespace whet::advise::settings
