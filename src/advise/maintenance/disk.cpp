// Data that could live elsewhere, and files that nobody needs any more.
#include <algorithm>
#include <cmath>

#include "advise/check.h"
#include "advise/index/common.h"
#include "advise/maintenance/upkeep.h"
#include "base/text.h"
#include "base/units.h"

namespace whet::advise {
namespace {

using model::Column;
using model::Finding;
using model::Severity;
using model::Table;

// A column of times in whose order the rows lie: new rows come at the end, old ones at the start.
const Column* time_of(const Table& table) {
  for (const Column& column : table.columns) {
    const bool is_time =
        text::starts_with_nocase(column.base_type, "timestamp") || column.base_type == "date";
    if (is_time && column.stats && std::abs(column.stats->correlation.value_or(0)) >= 0.9)
      return &column;
  }
  return nullptr;
}

void archival(const Facts& facts, std::vector<Finding>& out) {
  const model::Database* database = facts.server().current_database();
  const double whole = database == nullptr ? 0 : static_cast<double>(database->size_bytes);
  for (const Table* table : facts.user_tables()) {
    const auto bytes = static_cast<double>(table->total_bytes());
    const std::int64_t changed = table->total.updates + table->total.deletes;
    if (table->kind != model::TableKind::table || table->is_partition || bytes < 10 * gigabyte ||
        bytes < 0.5 * whole || table->total.inserts < 1000 || changed * 100 > table->total.inserts)
      continue;
    const Column* column = time_of(*table);
    if (column == nullptr) continue;
    Finding finding;
    finding.severity = Severity::info;
    finding.subject = table_subject(*table);
    finding.title = table->name + " (" + text::bytes(bytes) + ") only grows, in order of " +
                    column->name + ", and is never cleaned up";
    finding.detail =
        "Partitioned by " + column->name +
        ", old parts can be detached in an instant and kept as files or on cheaper disks, and "
        "vacuum, backup and restore have less to do. Find out first how far back the queries "
        "look.";
    finding.evidence = {
        size("size", bytes, "pg_total_relation_size"),
        number("correlation of " + column->name, column->stats->correlation.value_or(0),
               "pg_stats.correlation"),
        count("rows inserted", table->total.inserts, "pg_stat_user_tables.n_tup_ins"),
        count("rows updated or deleted", changed, "pg_stat_user_tables.n_tup_upd, n_tup_del")};
    if (whole > 0)
      finding.evidence.push_back(share("of the database", bytes / whole, "pg_database_size"));
    finding.impact.bytes = bytes;
    finding.impact.arithmetic = "the whole table; how much of it is old is not known";
    finding.changes = {
        manual("archive/" + table->qualified(), "Partition by " + column->name + " and archive",
               "CREATE TABLE ... (LIKE " + sql_name(table->schema, table->name) +
                   " INCLUDING ALL) PARTITION BY RANGE (" + sql_name(column->name) + ");")};
    out.push_back(std::move(finding));
  }
}

void temp_files(const Facts& facts, std::vector<Finding>& out) {
  const auto bytes = static_cast<double>(facts.snapshot().resources.temp_directory_bytes);
  if (bytes < 100.0 * 1024 * 1024) return;
  // A running query may own them: only without any can they be called left over.
  const auto& sessions = facts.snapshot().activity.sessions;
  const bool busy =
      std::any_of(sessions.begin(), sessions.end(), [](const model::Session& session) {
        return session.state != "idle" && session.kind != "walsender" && !session.state.empty();
      });
  if (busy) return;
  Finding finding;
  finding.severity = bytes >= 10 * gigabyte ? Severity::medium : Severity::low;
  finding.subject = server_subject();
  finding.title = "Temporary files of " + text::bytes(bytes) + " are left over: no query runs";
  finding.detail =
      "A crash of a session leaves its temporary files behind when remove_temp_files_after_crash "
      "is off. A restart of the server removes them.";
  finding.evidence = {size("temporary files", bytes, "pg_ls_tmpdir()"),
                      fact("remove_temp_files_after_crash",
                           facts.server().setting("remove_temp_files_after_crash") == nullptr
                               ? "not known"
                               : facts.server().text("remove_temp_files_after_crash"),
                           "pg_settings"),
                      count("sessions in a transaction", 0, "pg_stat_activity.state")};
  finding.impact.bytes = bytes;
  finding.impact.arithmetic = "sum of the files in pgsql_tmp";
  finding.changes = {
      manual("remove_temp_files", "Restart the server when it suits you", "pg_ctl restart")};
  out.push_back(std::move(finding));
}

const Register archival_check{
    {.id = "maintenance.archival_candidate",
     .area = Area::maintenance,
     .severity = Severity::info,
     .summary = "Half of the database is one table that only grows in order of time",
     .why = "Its old part costs vacuum, backup and restore time, and may never be read.",
     .privileges = "SELECT on the table, to read its statistics",
     .guards = "10 GB and half of the database, not partitioned, at most 1 % updated or deleted, a "
               "time column with correlation of 0.9",
     .source = "half of the database: where archiving it changes the whole's cost"},
    archival};
const Register temp_check{{.id = "maintenance.temp_files_left",
                           .area = Area::maintenance,
                           .severity = Severity::medium,
                           .summary = "Temporary files are left over from crashed sessions",
                           .why = "They take disk that nothing frees before the next restart.",
                           .privileges = "pg_monitor, for pg_ls_tmpdir",
                           .guards = "100 MB, and no session in a transaction",
                           .source = "PostgreSQL manual, remove_temp_files_after_crash"},
                          temp_files};

}  // namespace
}  // namespace whet::advise
