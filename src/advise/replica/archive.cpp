// WAL archiving: the half of a backup that must never stop.
#include <fmt/format.h>

#include "advise/build.h"
#include "advise/check.h"
#include "base/text.h"

namespace whet::advise::replica {
namespace {

using model::Archiver;
using model::Severity;

constexpr std::int64_t many_waiting = 20;  // check_pgactivity's warning; 320 MB at 16 MB each

bool last_try_failed(const Archiver& archiver) {
  return archiver.last_failed_age_seconds &&
         (!archiver.last_archived_age_seconds ||
          *archiver.last_failed_age_seconds < *archiver.last_archived_age_seconds);
}

void failing(const Facts& facts, std::vector<model::Finding>& out) {
  const Archiver& archiver = facts.snapshot().replication.archiver;
  const std::string mode = facts.server().text("archive_mode");
  if (mode != "on" && mode != "always") return;
  const bool failed = last_try_failed(archiver) || archiver.window_failed > 0;
  const std::int64_t ready = archiver.ready_files.value_or(0);
  if (!failed && ready <= many_waiting) return;
  model::Finding finding;
  finding.severity = failed ? Severity::high : Severity::medium;
  finding.subject = server_subject();
  finding.title = failed ? fmt::format("WAL archiving fails ({} failures counted)",
                                       text::count(archiver.failed))
                         : fmt::format("WAL archiving is behind: {} files wait", ready);
  finding.detail =
      failed
          ? "Recovery to a point in time ends at the last file archived, and WAL collects on disk "
            "until it is full. The server's log shows what archive_command said."
          : "WAL is written faster than it is archived. A failure now would lose what waits. Look "
            "at the network and the store, or archive several files at once.";
  finding.evidence = {
      count("failures", archiver.failed, "pg_stat_archiver.failed_count"),
      count("failures in the window", archiver.window_failed, "pg_stat_archiver.failed_count")};
  if (archiver.last_failed_age_seconds)
    finding.evidence.push_back(time("since the last failure", *archiver.last_failed_age_seconds,
                                    "pg_stat_archiver.last_failed_time"));
  if (archiver.last_archived_age_seconds)
    finding.evidence.push_back(time("since the last success", *archiver.last_archived_age_seconds,
                                    "pg_stat_archiver.last_archived_time"));
  if (archiver.ready_files)
    finding.evidence.push_back(count("files waiting", ready, "pg_ls_archive_statusdir()"));
  finding.references = {"https://www.postgresql.org/docs/current/continuous-archiving.html"};
  out.push_back(std::move(finding));
}

const Register failing_check{
    {
        .id = "replica.archiver_failing",
        .area = Area::replica,
        .severity = Severity::high,
        .engines = postgresql,
        .summary = "WAL archiving fails or is behind",
        .why = "Backups end where archiving ended, and WAL fills the disk.",
        .privileges = "pg_monitor",
        .guards = "archiving that is off; failures before the last success; up to 20 files waiting",
        .source = "check_pgactivity: ready_archives",
    },
    failing};

}  // namespace
}  // namespace whet::advise::replica
