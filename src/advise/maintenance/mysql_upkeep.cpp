// Upkeep of MySQL and MariaDB: unused space, statistics, logs that are never cut, large deletes.
#include <algorithm>
#include <cmath>

#include "advise/build.h"
#include "advise/check.h"
#include "advise/mysql_facts.h"
#include "base/text.h"
#include "base/units.h"
#include "base/whole.h"
#include "sql/mysql/quote.h"

namespace whet::advise {
namespace {

using model::Finding;
using model::Severity;
using model::Table;

model::Change table_change(model::ActionKind kind, const Table& table, std::string_view verb) {
  model::Change change;
  change.id = std::string(name_of(kind)) + "/" + table.qualified();
  change.summary = std::string(verb) + " " + table.qualified();
  change.action.kind = kind;
  change.action.schema = table.schema;
  change.action.table = table.name;
  return change;
}

// ---- space ----

constexpr double least_free = 20 * megabyte;
constexpr double least_share = 0.25;

void free_space(const Facts& facts, std::vector<Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    const double free = static_cast<double>(table->free_bytes);
    const double used = static_cast<double>(table->heap_bytes + table->index_bytes);
    // Tables in a shared tablespace all show that tablespace's free space.
    if (free < least_free || free < least_share * (used + free) || !table->partitions.empty() ||
        table->options.contains("shared_tablespace"))
      continue;
    Finding finding;
    finding.severity = free >= 1024 * megabyte ? Severity::medium : Severity::low;
    finding.subject = table_subject(*table);
    finding.title = text::bytes(free) + " of " + table->qualified() + " (" +
                    text::bytes(used + free) + ") are free";
    finding.detail =
        "Deleted rows left it behind. InnoDB fills it with new rows of this table and gives none "
        "of "
        "it back to the file system; scans and backups still pass through part of it. If the table "
        "will not grow again, rebuild it: online, with room for a second copy.";
    finding.evidence = {
        size("free", free, "information_schema.TABLES.DATA_FREE"),
        size("in use", used, "information_schema.TABLES.DATA_LENGTH + INDEX_LENGTH"),
        count("rows", to_whole(table->rows()), "information_schema.TABLES.TABLE_ROWS"),
        count("rows deleted since the counters began", table->total.deletes,
              "table_io_waits_summary_by_table")};
    finding.impact.bytes = free;
    finding.impact.arithmetic = "what DATA_FREE says";
    model::Change change =
        manual("rebuild_table/" + table->qualified(), "Rebuild " + table->qualified(),
               "ALTER TABLE " + sql::mysql::quote_qualified(table->schema, table->name) +
                   " FORCE, ALGORITHM = INPLACE, LOCK = NONE;");
    change.disk_bytes = to_whole(used);
    finding.changes = {change};
    out.push_back(std::move(finding));
  }
}

// ---- statistics ----

double net_inserts(const Table& table) {
  return static_cast<double>(table.total.inserts - table.total.deletes);
}

void stale_statistics(const Facts& facts, std::vector<Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    if (!table->row_estimate || table->storage_engine != "InnoDB") continue;
    const double believed = *table->row_estimate;
    // The counters begin with the server: a table has at least the rows that came since and stayed.
    const double certain = net_inserts(*table);
    if (certain < 10000 || certain < 2 * std::max(believed, 1.0)) continue;
    Finding finding;
    finding.severity = certain >= 10 * believed ? Severity::medium : Severity::low;
    finding.subject = table_subject(*table);
    finding.title = "The statistics of " + table->qualified() + " say " +
                    text::count(to_whole(believed)) + " rows; " + text::count(to_whole(certain)) +
                    " came since the server started";
    finding.detail =
        "The optimizer chooses plans for a table that is far smaller than this one. ANALYZE TABLE "
        "reads a few pages of each index and takes a moment.";
    finding.evidence = {
        count("rows, by the statistics", to_whole(believed), "mysql.innodb_table_stats.n_rows"),
        count("rows inserted less rows deleted", to_whole(certain),
              "table_io_waits_summary_by_table"),
        time("age of the counters", facts.history_seconds(), "Uptime")};
    if (table->last_analyze_age_seconds)
      finding.evidence.push_back(time("age of the statistics", *table->last_analyze_age_seconds,
                                      "mysql.innodb_table_stats.last_update"));
    finding.changes = {table_change(model::ActionKind::analyze_table, *table, "Analyse")};
    out.push_back(std::move(finding));
  }
}

void not_recalculated(const Facts& facts, std::vector<Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    const auto option = table->options.find("stats_auto_recalc");
    const std::int64_t changes = table->total.inserts + table->total.updates + table->total.deletes;
    if (option == table->options.end() || option->second != "0" || table->rows() < 1000 ||
        static_cast<double>(changes) < std::max(1000.0, table->rows() / 10))
      continue;
    Finding finding;
    finding.severity = Severity::low;
    finding.subject = table_subject(*table);
    finding.title = table->qualified() + " never refreshes its statistics by itself";
    finding.detail =
        "STATS_AUTO_RECALC=0 is meant for tables whose statistics somebody keeps by hand; this one "
        "has changed by more than a tenth, where InnoDB would have refreshed them.";
    finding.evidence = {fact("STATS_AUTO_RECALC", "0", "information_schema.TABLES.CREATE_OPTIONS"),
                        count("rows written", changes, "table_io_waits_summary_by_table"),
                        count("rows", to_whole(table->rows()), "mysql.innodb_table_stats.n_rows")};
    finding.changes = {manual("stats_auto_recalc/" + table->qualified(),
                              "Let InnoDB refresh the statistics of " + table->qualified(),
                              "ALTER TABLE " +
                                  sql::mysql::quote_qualified(table->schema, table->name) +
                                  " STATS_AUTO_RECALC = DEFAULT;")};
    out.push_back(std::move(finding));
  }
}

void row_versions(const Facts& facts, std::vector<Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    const auto option = table->options.find("total_row_versions");
    if (option == table->options.end()) continue;
    const double versions = std::strtod(option->second.c_str(), nullptr);
    const double limit = facts.server().version_number >= 90100 ? 255 : 64;
    if (versions < 0.75 * limit) continue;
    Finding finding;
    finding.severity = Severity::low;
    finding.subject = table_subject(*table);
    finding.title = table->qualified() + " has had " + text::number(versions) +
                    " instant changes of its columns, of " + text::number(limit);
    finding.detail =
        "At the limit ALTER TABLE ... ALGORITHM=INSTANT fails and a plain ALTER rebuilds the table "
        "when nobody expects it. Rebuild it at a quiet time: that sets the count to 0.";
    finding.evidence = {
        number("row versions", versions, "information_schema.INNODB_TABLES.TOTAL_ROW_VERSIONS"),
        number("limit", limit, "MySQL manual, 17.12.1 (64; 255 from 9.1 on)")};
    finding.changes = {
        manual("rebuild_table/" + table->qualified(), "Rebuild " + table->qualified(),
               "ALTER TABLE " + sql::mysql::quote_qualified(table->schema, table->name) +
                   " FORCE, ALGORITHM = INPLACE, LOCK = NONE;")};
    out.push_back(std::move(finding));
  }
}

// ---- logs and the server ----

void binlog_never_expires(const Facts& facts, std::vector<Finding>& out) {
  const auto& server = facts.server();
  if (!facts.snapshot().replication.binary_logs.enabled && !server.on("log_bin")) return;
  const auto seconds = server.number("binlog_expire_logs_seconds");
  const auto days = server.number("expire_logs_days");
  if (!seconds && !days) return;
  if (seconds.value_or(0) > 0 || days.value_or(0) > 0) return;
  const auto space = server.number("max_binlog_total_size").value_or(0);  // MariaDB 11.4
  if (space > 0) return;
  Finding finding;
  const auto& logs = facts.snapshot().replication.binary_logs;
  finding.severity =
      static_cast<double>(logs.bytes) >= 10 * 1024 * megabyte ? Severity::high : Severity::medium;
  const char* name = seconds ? "binlog_expire_logs_seconds" : "expire_logs_days";
  finding.subject = setting_subject(name);
  finding.title =
      "Binary logs are kept for ever (" + text::bytes(static_cast<double>(logs.bytes)) + " so far)";
  finding.detail =
      "They fill the disk some day, and then every write waits. Keep as much as replicas and "
      "point-in-time recovery need; three days is a usual choice.";
  finding.evidence = {fact(name, "0", "SHOW GLOBAL VARIABLES"),
                      count("binary logs", logs.files, "SHOW BINARY LOGS"),
                      size("their size", static_cast<double>(logs.bytes), "SHOW BINARY LOGS")};
  finding.impact.outage_risk = 0.3;
  if (const model::Setting* setting = server.setting(name))
    finding.changes = {set_variable(facts, *setting, seconds ? "259200" : "3",
                                    "keeps three days for replicas and recovery")};
  out.push_back(std::move(finding));
}

void binlog_space(const Facts& facts, std::vector<Finding>& out) {
  const auto& logs = facts.snapshot().replication.binary_logs;
  const model::Host* host = facts.host();
  if (!logs.enabled || host == nullptr || host->stated) return;
  for (const model::Disk& disk : host->disks) {
    const bool holds = std::find(disk.holds.begin(), disk.holds.end(), "data") != disk.holds.end();
    const double bytes = static_cast<double>(logs.bytes);
    if (!holds || disk.size_bytes <= 0 || bytes < 0.2 * static_cast<double>(disk.size_bytes))
      continue;
    Finding finding;
    finding.severity =
        static_cast<double>(disk.free_bytes) < 0.1 * static_cast<double>(disk.size_bytes)
            ? Severity::high
            : Severity::low;
    finding.subject = server_subject();
    finding.title = "Binary logs take " + text::bytes(bytes) + " of the disk's " +
                    text::bytes(static_cast<double>(disk.size_bytes));
    finding.detail =
        "Cut them to what the slowest replica and recovery need, or give them a disk of their own.";
    finding.evidence = {size("binary logs", bytes, "SHOW BINARY LOGS"),
                        size("disk", static_cast<double>(disk.size_bytes), "statvfs"),
                        size("free", static_cast<double>(disk.free_bytes), "statvfs")};
    out.push_back(std::move(finding));
  }
}

void undo_not_truncated(const Facts& facts, std::vector<Finding>& out) {
  const model::Setting* setting = facts.server().setting("innodb_undo_log_truncate");
  if (setting == nullptr || facts.server().on("innodb_undo_log_truncate")) return;
  Finding finding;
  finding.severity = Severity::low;
  finding.subject = setting_subject(setting->name);
  finding.title = "Undo tablespaces only grow: innodb_undo_log_truncate is off";
  finding.detail =
      "After one long transaction they keep its size for ever. Truncation waits until nobody needs "
      "the old rows; two undo tablespaces or more let it happen while others work.";
  finding.evidence = {fact(setting->name, setting->value, "SHOW GLOBAL VARIABLES")};
  finding.changes = {
      set_variable(facts, *setting, "ON", "gives space back after long transactions")};
  out.push_back(std::move(finding));
}

void forced_recovery(const Facts& facts, std::vector<Finding>& out) {
  const double level = facts.server().number("innodb_force_recovery").value_or(0);
  if (level <= 0) return;
  Finding finding;
  finding.severity = Severity::critical;
  finding.subject = setting_subject("innodb_force_recovery");
  finding.title = "The server runs with innodb_force_recovery = " + text::number(level);
  finding.detail =
      "This is for saving data from a damaged server: writes are refused or unsafe (from 4 on data "
      "can be lost for good). Dump what you need, make a new server from it, and take the setting "
      "out.";
  finding.evidence = {number("innodb_force_recovery", level, "SHOW GLOBAL VARIABLES")};
  finding.impact.outage_risk = 1;
  out.push_back(std::move(finding));
}

// ---- large writes ----

void large_writes(const Facts& facts, std::vector<Finding>& out) {
  constexpr double many_rows = 100000;
  for (const model::Statement& statement : facts.snapshot().workload.statements) {
    const bool writes = statement.kind == model::StatementKind::remove ||
                        statement.kind == model::StatementKind::update;
    if (!writes || statement.own || statement.total.calls <= 0) continue;
    const double each = static_cast<double>(statement.total.rows_affected) /
                        static_cast<double>(statement.total.calls);
    if (each < many_rows) continue;
    Finding finding;
    finding.severity = each >= 10 * many_rows ? Severity::medium : Severity::low;
    finding.subject = {model::SubjectKind::statement, statement.database, "", statement.id};
    finding.title = "One statement changes " + text::count(to_whole(each)) + " rows at once";
    finding.detail =
        "It locks them all until it ends, fills the undo log, and replicas apply it as one piece: "
        "they "
        "fall behind for as long as it ran. Go through the rows in batches of a few thousand by "
        "the "
        "primary key (pt-archiver does that), or drop partitions instead of deleting.";
    finding.evidence = {
        count("rows for each call", to_whole(each), "SUM_ROWS_AFFECTED / COUNT_STAR"),
        count("calls", statement.total.calls, "events_statements_summary_by_digest.COUNT_STAR"),
        fact("statement", statement.text, "DIGEST_TEXT")};
    out.push_back(std::move(finding));
  }
}

const Register free_check{
    {.id = "maintenance.table_bloat",
     .area = Area::maintenance,
     .severity = Severity::medium,
     .engines = both_forks,
     .summary = "A large part of a table's file is free",
     .why = "It takes disk, and scans and backups pass through part of it.",
     .guards = "less than 20 MB or a quarter of the file; partitioned tables; shared tablespaces, "
               "whose free space every table in them shows",
     .source = "MySQLTuner (DATA_FREE above 10 % and 100 MB), which counts shared tablespaces too"},
    free_space};
const Register stale{
    {.id = "maintenance.stale_statistics",
     .area = Area::maintenance,
     .severity = Severity::medium,
     .engines = both_forks,
     .summary = "A table has grown far beyond what its statistics say",
     .why = "Plans are chosen for a table that no longer exists.",
     .privileges = "SELECT on performance_schema and mysql.innodb_table_stats",
     .guards = "fewer than 10,000 new rows, or less than twice the rows that the "
               "statistics know; the counters begin with the server",
     .source = "InnoDB refreshes them by itself at 10 % (17.8.10.1); twice: plans differ"},
    stale_statistics};
const Register recalc{{.id = "maintenance.statistics_not_recalculated",
                       .area = Area::maintenance,
                       .severity = Severity::low,
                       .engines = both_forks,
                       .summary = "STATS_AUTO_RECALC=0 on a table that changes",
                       .why = "Its statistics stay as they are until somebody remembers them.",
                       .guards = "tables that changed by less than a tenth",
                       .source = "MySQL manual, 17.8.10.1.1 Automatic Statistics Calculation"},
                      not_recalculated};
const Register versions{
    {.id = "maintenance.row_versions",
     .area = Area::maintenance,
     .severity = Severity::low,
     .engines = mysql,
     .summary = "A table nears the limit of instant column changes",
     .why = "Past it the next ALTER TABLE rebuilds the table unexpectedly.",
     .guards = "below three quarters of the limit",
     .source = "MySQL manual, 17.12.1 Online DDL Operations (TOTAL_ROW_VERSIONS)"},
    row_versions};
const Register expiry{{.id = "maintenance.binlog_never_expires",
                       .area = Area::maintenance,
                       .severity = Severity::high,
                       .engines = both_forks,
                       .summary = "Binary logs are never removed",
                       .why = "They fill the disk some day, and then every write waits.",
                       .guards = "binary logging off; a limit by total size (MariaDB)",
                       .source = "MySQL manual, binlog_expire_logs_seconds; PMM's advisor"},
                      binlog_never_expires};
const Register space{{.id = "maintenance.binlog_space",
                      .area = Area::maintenance,
                      .severity = Severity::high,
                      .engines = both_forks,
                      .summary = "Binary logs take a fifth of the disk or more",
                      .why = "They compete with the data for the disk.",
                      .privileges = "REPLICATION CLIENT (MariaDB: BINLOG MONITOR)",
                      .guards = "a host that Whet does not run on",
                      .source = "a fifth: what a day of peak writes should not reach"},
                     binlog_space};
const Register undo{{.id = "maintenance.undo_not_truncated",
                     .area = Area::maintenance,
                     .severity = Severity::low,
                     .engines = mysql,
                     .summary = "Undo tablespaces are never made smaller",
                     .why = "One long transaction makes them large for ever.",
                     .guards = "none: the setting says so",
                     .source = "MySQL manual, 17.6.3.4 Undo Tablespaces; on by default since 8.0"},
                    undo_not_truncated};
const Register forced{{.id = "maintenance.forced_recovery",
                       .area = Area::maintenance,
                       .severity = Severity::critical,
                       .engines = both_forks,
                       .summary = "The server runs in forced recovery",
                       .why = "Writes are refused or unsafe, and the damage is not repaired.",
                       .guards = "none: the setting says so",
                       .source = "MySQL manual, 17.20.3 Forcing InnoDB Recovery"},
                      forced_recovery};
const Register large{
    {.id = "maintenance.large_writes",
     .area = Area::maintenance,
     .severity = Severity::medium,
     .engines = both_forks,
     .summary = "A DELETE or UPDATE changes a hundred thousand rows at once",
     .why = "It locks them until it ends, and replicas fall behind by as long.",
     .guards = "fewer than 100,000 rows for each call",
     .source = "pt-archiver's reason to exist; MySQL manual, 17.7.1 InnoDB Locking"},
    large_writes};

}  // namespace
}  // namespace whet::advise
