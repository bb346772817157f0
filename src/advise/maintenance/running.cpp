// Vacuums that run now, and take too long.
#include "advise/check.h"
#include "advise/maintenance/upkeep.h"
#include "base/text.h"

namespace whet::advise {
namespace {

using model::Finding;
using model::RunningCommand;
using model::Severity;

constexpr double hour = 3600;

bool is_vacuum(const RunningCommand& command) {
  return text::starts_with_nocase(command.command, "VACUUM");
}

model::Subject subject_of(const Facts& facts, const RunningCommand& command) {
  const model::Table* table = facts.table(command.table);
  if (table != nullptr) return table_subject(*table);
  return named(model::SubjectKind::table, command.relation);
}

std::string name_of_table(const Facts& facts, const RunningCommand& command) {
  const model::Table* table = facts.table(command.table);
  return table != nullptr ? table->name : command.relation;
}

void index_passes(const Facts& facts, std::vector<Finding>& out) {
  for (const RunningCommand& command : facts.snapshot().activity.running) {
    if (!is_vacuum(command) || command.index_passes < 2) continue;
    const std::string work = facts.server().text("autovacuum_work_mem");
    const bool own = command.automatic && !work.empty() && work != "-1";
    const char* setting = own ? "autovacuum_work_mem" : "maintenance_work_mem";
    Finding finding;
    finding.severity = command.index_passes >= 5 ? Severity::medium : Severity::low;
    finding.subject = subject_of(facts, command);
    finding.title = "The vacuum of " + name_of_table(facts, command) +
                    " has read all its indexes " + text::count(command.index_passes) +
                    " times already";
    finding.detail =
        std::string("The list of dead rows does not fit into ") + setting +
        ", so the indexes are read whole again each time it is full. Give it more memory"
        ", or vacuum more often.";
    finding.evidence = {count("passes over the indexes", command.index_passes,
                              "pg_stat_progress_vacuum.index_vacuum_count"),
                        fact(setting, facts.server().text(setting), "pg_settings"),
                        share("done", command.done_fraction,
                              "pg_stat_progress_vacuum.heap_blks_scanned / heap_blks_total")};
    if (const model::Table* table = facts.table(command.table)) {
      finding.impact.bytes =
          static_cast<double>(table->index_bytes) * static_cast<double>(command.index_passes - 1);
      finding.impact.arithmetic = text::count(command.index_passes - 1) + " needless passes x " +
                                  text::bytes(static_cast<double>(table->index_bytes)) +
                                  " of indexes";
    }
    out.push_back(std::move(finding));
  }
}

void long_vacuum(const Facts& facts, std::vector<Finding>& out) {
  for (const RunningCommand& command : facts.snapshot().activity.running) {
    const double age = command.age_seconds.value_or(0);
    if (!is_vacuum(command) || age < 3 * hour) continue;
    Finding finding;
    finding.severity = age >= 24 * hour ? Severity::medium : Severity::low;
    finding.subject = subject_of(facts, command);
    finding.title = std::string(command.automatic ? "Autovacuum" : "VACUUM") + " has worked on " +
                    name_of_table(facts, command) + " for " + text::duration(age);
    finding.detail =
        "While it runs, it keeps its place among the workers and no second one can work on the "
        "table. With autovacuum's cost delay it mostly sleeps: raise "
        "autovacuum_vacuum_cost_limit.";
    if (command.to_prevent_wraparound)
      finding.detail +=
          " It prevents wraparound: it does not give way to other locks. Do not cancel it.";
    finding.evidence = {time("running", age, "pg_stat_activity.xact_start"),
                        fact("phase", command.phase, "pg_stat_progress_vacuum.phase"),
                        share("heap read", command.done_fraction,
                              "pg_stat_progress_vacuum.heap_blks_scanned / heap_blks_total"),
                        fact("to prevent wraparound", command.to_prevent_wraparound ? "yes" : "no",
                             "pg_stat_activity.query")};
    if (command.delay_ms > 0)
      finding.evidence.push_back(share("time spent sleeping", command.delay_ms / 1000 / age,
                                       "pg_stat_progress_vacuum.delay_time"));
    out.push_back(std::move(finding));
  }
}

const Register passes_check{
    {.id = "maintenance.vacuum_index_passes",
     .area = Area::maintenance,
     .severity = Severity::medium,
     .summary = "A vacuum reads all indexes of a table several times",
     .why = "Each pass reads every index from end to end; one should be enough.",
     .guards = "two passes completed",
     .source = "PostgreSQL manual, 'VACUUM Progress Reporting'"},
    index_passes};
const Register long_check{
    {.id = "maintenance.long_vacuum",
     .area = Area::maintenance,
     .severity = Severity::medium,
     .summary = "A vacuum has been running for hours",
     .why = "Dead rows and freezing wait for it, and a worker is bound.",
     .guards = "three hours",
     .source = "three hours: eight such vacuums a day and worker are too few for most systems"},
    long_vacuum};

}  // namespace
}  // namespace whet::advise
