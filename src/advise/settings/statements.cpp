// pg_stat_statements: is it there, does it keep what it sees, is it affordable?
#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "advise/check.h"
#include "advise/settings/support.h"
#include "base/text.h"

namespace whet::advise::settings {
namespace {

using model::Severity;

bool preloaded(const Facts& facts) {
  const auto& libraries = facts.server().preloaded;
  return std::find(libraries.begin(), libraries.end(), "pg_stat_statements") != libraries.end();
}

model::Change install(const Facts& facts) {
  // A list: ALTER SYSTEM with one quoted text would name one library with a comma in its name, and
  // the server would not start again. So a person runs this.
  std::string libraries = text::join(facts.server().preloaded, ", ");
  libraries += libraries.empty() ? "pg_stat_statements" : ", pg_stat_statements";
  model::Change change = manual(
      "setting/shared_preload_libraries", "Load pg_stat_statements and restart the server",
      fmt::format("ALTER SYSTEM SET shared_preload_libraries = {};  -- then restart, then: CREATE "
                  "EXTENSION pg_stat_statements;",
                  libraries));
  change.action.needs_restart = true;
  return change;
}

void statements_missing(const Facts& facts, std::vector<model::Finding>& out) {
  if (!facts.snapshot().workload.source.empty()) return;
  const bool loaded = preloaded(facts);
  const bool installed = facts.server().extension("pg_stat_statements") != nullptr;
  model::Finding finding = make_finding(
      Severity::low, named(model::SubjectKind::extension, "pg_stat_statements"),
      loaded && installed
          ? "pg_stat_statements is installed, but could not be read"
          : fmt::format("No statement statistics: pg_stat_statements is {}",
                        loaded ? "loaded, but not created in this database" : "not loaded"),
      "Without it nobody can say which statements cost the time: every check of the workload holds "
      "its tongue. It costs little and is part of PostgreSQL.");
  finding.evidence = {fact("in shared_preload_libraries", loaded ? "yes" : "no",
                           "pg_settings.shared_preload_libraries"),
                      fact("extension created", installed ? "yes" : "no", "pg_extension.extname"),
                      fact("statements read", "none", "pg_stat_statements")};
  if (!loaded) {
    finding.changes = {install(facts)};
  } else if (!installed) {
    finding.changes = {manual("extension/pg_stat_statements",
                              "Create the extension in the database that is analysed",
                              "CREATE EXTENSION IF NOT EXISTS pg_stat_statements;")};
  } else {
    finding.changes = {manual("grant/pg_stat_statements",
                              "Let the analysing role read statistics of all roles",
                              "GRANT pg_read_all_stats TO the_role_of_whet;")};
  }
  finding.references = {"pgstatstatements"};
  out.push_back(std::move(finding));
}

void statements_evictions(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Workload& workload = facts.snapshot().workload;
  const double hourly =
      per_hour(static_cast<double>(workload.evictions), workload.evictions_age_seconds);
  // One round of eviction drops 5 % of the entries; one a day is harmless.
  if (!facts.ratio_age(workload.evictions_age_seconds) || workload.evictions < 10 || hourly < 1)
    return;
  const model::Setting* limit = facts.server().setting("pg_stat_statements.max");
  model::Finding finding = make_finding(
      Severity::low, setting_subject("pg_stat_statements.max"),
      fmt::format("pg_stat_statements forgets statements {} times an hour", text::number(hourly)),
      "It keeps fewer statements than the applications send, so the rare ones are dropped again "
      "and "
      "again and every total is too small. Keep more of them, and look for statements that differ "
      "only in the length of a list or in a name (tracking of utility statements adds more).");
  finding.evidence = {count("evictions", workload.evictions, "pg_stat_statements_info.dealloc"),
                      time("age of that counter", workload.evictions_age_seconds.value_or(0),
                           "pg_stat_statements_info.stats_reset"),
                      count("entries", workload.entries, "pg_stat_statements"),
                      count("most entries", workload.max_entries, "pg_stat_statements.max")};
  finding.impact.arithmetic =
      fmt::format("{} evictions / {} = {} an hour", workload.evictions,
                  text::duration(workload.evictions_age_seconds.value_or(0)), text::number(hourly));
  if (limit != nullptr && limit->number) {
    const double wanted = std::max(10000.0, *limit->number * 2);
    finding.changes = {
        set_to(facts, *limit, fmt::format("{:.0f}", wanted), "room for the statements seen")};
  }
  finding.references = {"pgstatstatements"};
  out.push_back(std::move(finding));
}

void statement_texts_large(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Workload& workload = facts.snapshot().workload;
  constexpr double limit = 100.0 * 1024 * 1024;
  const auto bytes = static_cast<double>(workload.text_bytes);
  if (bytes <= limit) return;
  model::Finding finding = make_finding(
      Severity::low, named(model::SubjectKind::extension, "pg_stat_statements"),
      fmt::format("The statement texts of pg_stat_statements take {}", text::bytes(bytes)),
      "Each look at the view with texts reads the whole file into memory, so every monitoring tool "
      "that does pays for it. Long generated statements are the usual reason: send values as "
      "parameters or arrays, and reset the statistics once.");
  finding.evidence = {size("texts", bytes, "sum(length(pg_stat_statements.query))"),
                      count("entries", workload.entries, "pg_stat_statements")};
  finding.impact.bytes = bytes;
  finding.changes = {manual("statements/reset", "Reset the statement statistics at a quiet time",
                            "SELECT pg_stat_statements_reset();")};
  finding.references = {"pgstatstatements"};
  out.push_back(std::move(finding));
}

void compute_query_id(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting = facts.server().setting("compute_query_id");
  if (setting == nullptr || setting->value != "off" || !preloaded(facts)) return;
  model::Finding finding =
      make_finding(Severity::low, setting_subject("compute_query_id"),
                   "compute_query_id is off, so pg_stat_statements records nothing",
                   "pg_stat_statements is loaded and waits for query identifiers that the server "
                   "does not compute. With auto, the server computes them when a module asks.");
  finding.evidence = {setting_fact(*setting),
                      fact("pg_stat_statements", "loaded", "pg_settings.shared_preload_libraries")};
  finding.changes = {set_to(facts, *setting, "auto", "pg_stat_statements needs query identifiers")};
  finding.references = {"runtime-config-statistics"};
  out.push_back(std::move(finding));
}

const Register missing{{
                           .id = "performance.statements_missing",
                           .area = Area::performance,
                           .severity = Severity::low,
                           .engines = postgresql,
                           .summary = "Statement statistics are not available",
                           .why = "Without them nobody can say which statements cost the time.",
                           .privileges = "pg_read_all_stats for the statements of other roles",
                           .guards = "none: either the statistics were read or not",
                           .source = "PostgreSQL manual, pg_stat_statements",
                       },
                       statements_missing};

const Register evictions{
    {
        .id = "performance.statements_evictions",
        .area = Area::performance,
        .severity = Severity::low,
        .engines = postgresql,
        .summary = "pg_stat_statements drops entries to make room",
        .why = "Totals and shares are wrong when statements are forgotten between two looks.",
        .privileges = "",
        .guards = "10 evictions or more, at least one an hour, counters as old as ratios need",
        .source = "check_pgactivity pgss_dealloc",
    },
    statements_evictions};

const Register texts{{
                         .id = "performance.statement_texts_large",
                         .area = Area::performance,
                         .severity = Severity::low,
                         .engines = postgresql,
                         .summary = "The file of statement texts is very large",
                         .why = "Every reader of the view loads all of it into memory.",
                         .privileges = "pg_read_all_stats",
                         .guards = "over 100 MB",
                         .source = "experience of pgmonitor (issue 489)",
                     },
                     statement_texts_large};

const Register query_id{
    {
        .id = "performance.compute_query_id",
        .area = Area::performance,
        .severity = Severity::low,
        .engines = postgresql,
        .summary = "Query identifiers are switched off while pg_stat_statements is loaded",
        .why = "The module then takes its memory and records nothing.",
        .privileges = "",
        .guards = "PostgreSQL 14 and later, and only when the module is loaded",
        .source = "PostgreSQL manual, compute_query_id",
    },
    compute_query_id};

}  // namespace
}  // namespace whet::advise::settings
