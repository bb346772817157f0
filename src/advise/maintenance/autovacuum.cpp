// Whether autovacuum is on, keeps up, and acts early enough.
#include <algorithm>

#include "advise/check.h"
#include "advise/maintenance/upkeep.h"
#include "base/text.h"
#include "base/whole.h"

namespace whet::advise {
namespace {

using model::Finding;
using model::Severity;
using model::Table;

constexpr double hour = 3600;

// ---- switched off ---------------------------------------------------------------------------

void server_off(const Facts& facts, const char* name, const char* why, std::vector<Finding>& out) {
  const model::Setting* setting = facts.server().setting(name);
  if (setting == nullptr || setting->value != "off") return;
  Finding finding;
  finding.severity = Severity::high;
  finding.subject = setting_subject(name);
  finding.title = std::string(name) + " is off: nothing removes dead rows or refreshes statistics";
  finding.detail = why;
  finding.evidence = {fact(name, setting->value, "pg_settings.setting")};
  finding.changes = {change_setting(*setting, "on", "tables bloat and statistics age without it")};
  out.push_back(std::move(finding));
}

std::int64_t written(const Table& table) {
  return table.total.inserts + table.total.updates + table.total.deletes;
}

void table_off(const Table& table, std::string_view prefix, std::vector<Finding>& out) {
  if (!switched_off(table, prefix)) return;
  const std::string option = std::string(prefix) + "autovacuum_enabled";
  const bool heap = prefix.empty();
  const bool suffers = heap && (table.dead_rows >= 10000 || table.modified_since_analyze >= 10000);
  Finding finding;
  finding.severity = suffers ? Severity::medium : Severity::low;
  finding.subject = table_subject(table);
  finding.title = heap ? "Autovacuum is switched off for " + table.name + ", which has " +
                             text::count(table.dead_rows) + " dead rows and " +
                             text::count(table.modified_since_analyze) +
                             " changes since the last ANALYZE"
                       : "Autovacuum is switched off for the TOAST table of " + table.name + " (" +
                             text::bytes(static_cast<double>(table.toast_bytes)) + ")";
  finding.detail =
      "Only VACUUM to prevent wraparound still runs. If a batch job was to be spared, let the job "
      "vacuum at its end, or give the table its own thresholds, and leave autovacuum on.";
  finding.evidence = {fact(option, table.options.at(option), "pg_class.reloptions")};
  if (heap) {
    finding.evidence.push_back(
        count("dead rows", table.dead_rows, "pg_stat_user_tables.n_dead_tup"));
    finding.evidence.push_back(count("rows changed since ANALYZE", table.modified_since_analyze,
                                     "pg_stat_user_tables.n_mod_since_analyze"));
  } else {
    finding.evidence.push_back(size("size of the TOAST table",
                                    static_cast<double>(table.toast_bytes), "pg_relation_size"));
  }
  finding.evidence.push_back(
      count("rows written", written(table), "pg_stat_user_tables.n_tup_ins, n_tup_upd, n_tup_del"));
  finding.changes = {table_option(table, option, "", "autovacuum keeps the table in order")};
  out.push_back(std::move(finding));
}

void autovacuum_is_off(const Facts& facts, std::vector<Finding>& out) {
  server_off(facts, "autovacuum",
             "Tables and indexes grow with every update and delete, plans go wrong, and in the end "
             "transaction IDs run out.",
             out);
  server_off(facts, "track_counts",
             "Autovacuum finds its work by these counters; without them it does nothing, though it "
             "seems to be on.",
             out);
  for (const Table* table : facts.user_tables()) {
    if (table->options.empty()) continue;
    table_off(*table, "", out);
    if (table->toast_bytes > 0) table_off(*table, "toast.", out);
  }
}

// ---- dead rows ------------------------------------------------------------------------------

// Beyond its own threshold, for longer than autovacuum should need.
bool overdue(const Facts& facts, const Table& table) {
  const double limit = vacuum_threshold(facts, table);
  const auto dead = static_cast<double>(table.dead_rows);
  if (dead < 10000 || dead <= 1.5 * limit || being_vacuumed(facts, table)) return false;
  if (autovacuum_off(facts, table)) return true;
  return last_vacuum(table).value_or(facts.history_seconds()) >= hour;
}

double dead_share(const Table& table) {
  const auto all = static_cast<double>(table.live_rows + table.dead_rows);
  return all > 0 ? static_cast<double>(table.dead_rows) / all : 0;
}

void dead_rows(const Facts& facts, std::vector<Finding>& out) {
  std::vector<Holder> holders;
  bool looked = false;
  for (const Table* table : facts.user_tables()) {
    const double part = dead_share(*table);
    if (part < 0.1 || !overdue(facts, *table)) continue;
    if (!looked) holders = horizon_holders(facts);
    looked = true;
    const bool held = !holders.empty() && holders.front().xids >= 1000000;
    const double limit = vacuum_threshold(facts, *table);
    const auto age = last_vacuum(*table);
    Finding finding;
    finding.severity = part >= 0.3 ? Severity::medium : Severity::low;
    finding.subject = table_subject(*table);
    finding.title = text::percent(part) + " of the rows of " + table->name + " are dead (" +
                    text::count(table->dead_rows) + "), " +
                    text::number(static_cast<double>(table->dead_rows) / limit, 2) +
                    " times autovacuum's threshold";
    finding.detail =
        "Every scan steps over dead rows, and the table grows instead of using their space again. "
        "Autovacuum should have begun at " +
        text::count(to_whole(limit)) + ".";
    if (autovacuum_off(facts, *table)) finding.detail += " It is switched off here.";
    if (held)
      finding.detail += " The " + holders.front().kind + " " + holders.front().name +
                        " holds old rows back: a vacuum can remove little before that ends.";
    finding.evidence = {
        count("dead rows", table->dead_rows, "pg_stat_user_tables.n_dead_tup"),
        count("live rows", table->live_rows, "pg_stat_user_tables.n_live_tup"),
        count("autovacuum's threshold", to_whole(limit),
              "autovacuum_vacuum_threshold + scale_factor x reltuples"),
        fact("last vacuumed", age ? text::duration(*age) + " ago" : "not since the counters began",
             "pg_stat_user_tables.last_vacuum, last_autovacuum")};
    finding.impact.bytes = part * static_cast<double>(table->heap_bytes);
    finding.impact.arithmetic = text::percent(part) + " of " +
                                text::bytes(static_cast<double>(table->heap_bytes)) +
                                ", if dead rows are as wide as live ones";
    if (!held) finding.changes = {vacuum_table(*table, "its dead rows are overdue")};
    out.push_back(std::move(finding));
  }
}

// ---- workers --------------------------------------------------------------------------------

void saturated(const Facts& facts, std::vector<Finding>& out) {
  const double workers = facts.server().number("autovacuum_max_workers").value_or(3);
  std::int64_t running = 0;
  for (const auto& command : facts.snapshot().activity.running)
    running += command.automatic ? 1 : 0;
  std::int64_t sessions = 0;
  for (const auto& session : facts.snapshot().activity.sessions)
    sessions += session.kind == "autovacuum worker" ? 1 : 0;
  const std::int64_t busy = std::max(running, sessions);
  if (static_cast<double>(busy) < workers) return;
  std::int64_t waiting = 0;
  for (const Table* table : facts.user_tables())
    waiting += !autovacuum_off(facts, *table) && overdue(facts, *table) ? 1 : 0;
  if (waiting < 3) return;
  Finding finding;
  finding.severity = waiting >= 10 ? Severity::medium : Severity::low;
  finding.subject = setting_subject("autovacuum_max_workers");
  finding.title = "All " + text::number(workers) + " autovacuum workers are busy while " +
                  text::count(waiting) + " tables are overdue";
  finding.detail =
      "The workers share one cost limit: more of them only go slower. Raise "
      "autovacuum_vacuum_cost_limit or lower autovacuum_vacuum_cost_delay first, then give large "
      "tables thresholds of their own.";
  finding.evidence = {count("workers running", busy, "pg_stat_activity, pg_stat_progress_vacuum"),
                      number("autovacuum_max_workers", workers, "pg_settings"),
                      count("tables beyond 1.5 times their threshold for an hour", waiting,
                            "pg_stat_user_tables.n_dead_tup, last_autovacuum"),
                      fact("autovacuum_vacuum_cost_limit",
                           facts.server().text("autovacuum_vacuum_cost_limit"), "pg_settings"),
                      fact("autovacuum_vacuum_cost_delay",
                           facts.server().text("autovacuum_vacuum_cost_delay"), "pg_settings")};
  out.push_back(std::move(finding));
}

// ---- huge tables ----------------------------------------------------------------------------

void too_coarse(const Facts& facts, std::vector<Finding>& out) {
  constexpr double too_many_rows = 1e7;
  for (const Table* table : facts.user_tables()) {
    if (table->kind != model::TableKind::table || autovacuum_off(facts, *table)) continue;
    const double limit = vacuum_threshold(facts, *table);
    const std::int64_t dying = table->total.updates + table->total.deletes;
    // Without a stream of dying rows the threshold does not matter.
    if (limit <= too_many_rows || dying < 100000) continue;
    const double rows = table->row_estimate.value_or(0);
    // A hundredth, but not more than a million rows at a time.
    const double factor = std::min(0.01, 1e6 / rows);
    const double width = rows > 0 ? static_cast<double>(table->heap_bytes) / rows : 0;
    Finding finding;
    finding.severity = Severity::low;
    finding.subject = table_subject(*table);
    finding.title =
        "Autovacuum waits for " + text::count(to_whole(limit)) + " dead rows in " + table->name;
    finding.detail =
        "By then they fill many pages, and the vacuum that removes them is long and heavy. Small "
        "vacuums more often cost less each and keep the table's size steady.";
    finding.evidence = {
        count("threshold", to_whole(limit),
              "autovacuum_vacuum_threshold + scale_factor x reltuples"),
        count("rows", to_whole(rows), "pg_class.reltuples"),
        count("rows updated and deleted", dying, "pg_stat_user_tables.n_tup_upd, n_tup_del")};
    finding.impact.bytes = limit * width;
    finding.impact.arithmetic =
        text::count(to_whole(limit)) + " dead rows x " + text::number(width) + " bytes";
    finding.changes = {
        table_option(*table, "autovacuum_vacuum_scale_factor", text::number(factor, 2),
                     "vacuum after about " + text::count(to_whole(factor * rows)) + " dead rows")};
    out.push_back(std::move(finding));
  }
}

// ---- insert only ----------------------------------------------------------------------------

bool mostly_inserted(const Table& table) {
  return (table.total.updates + table.total.deletes) * 20 <= table.total.inserts;
}

void insert_only(const Facts& facts, std::vector<Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    if (table->kind != model::TableKind::table || table->pages < 10000 ||
        !mostly_inserted(*table) || being_vacuumed(facts, *table))
      continue;
    const double visible =
        static_cast<double>(table->all_visible_pages) / static_cast<double>(table->pages);
    const auto limit = insert_threshold(facts, *table);
    const auto inserted = static_cast<double>(table->inserted_since_vacuum);
    const bool off = autovacuum_off(facts, *table) || !limit;
    const bool late = limit && inserted > 2 * *limit &&
                      last_vacuum(*table).value_or(facts.history_seconds()) >= hour;
    if (visible >= 0.5 || inserted < 100000 || (!off && !late)) continue;
    Finding finding;
    finding.severity = Severity::low;
    finding.subject = table_subject(*table);
    finding.title = "Only " + text::percent(visible) + " of the pages of " + table->name +
                    " are all-visible: " + text::count(table->inserted_since_vacuum) +
                    " rows were inserted since the last vacuum";
    finding.detail =
        "Index-only scans must visit every page that is not all-visible, and freezing piles up "
        "into one long vacuum against wraparound.";
    if (off) finding.detail += " Vacuuming after inserts is switched off for this table.";
    finding.evidence = {
        count("all-visible pages", table->all_visible_pages, "pg_class.relallvisible"),
        count("pages", table->pages, "pg_class.relpages"),
        count("rows inserted since", table->inserted_since_vacuum,
              "pg_stat_user_tables.n_ins_since_vacuum")};
    if (limit)
      finding.evidence.push_back(
          count("threshold", to_whole(*limit),
                "autovacuum_vacuum_insert_threshold + insert_scale_factor x reltuples"));
    finding.changes = {vacuum_table(*table, "its new pages were never marked all-visible")};
    out.push_back(std::move(finding));
  }
}

constexpr std::string_view daemon_source = "PostgreSQL manual, 'The Autovacuum Daemon'";

const Register off_check{
    {.id = "maintenance.autovacuum_off",
     .area = Area::maintenance,
     .severity = Severity::high,
     .summary = "Autovacuum or its counters are switched off, for the server or a table",
     .why = "Tables bloat, statistics age, and at last transaction IDs run out.",
     .guards = "for a table: medium only from 10,000 dead or changed rows on",
     .source = daemon_source},
    autovacuum_is_off};
const Register dead_check{
    {.id = "maintenance.dead_rows",
     .area = Area::maintenance,
     .severity = Severity::medium,
     .summary = "A table has far more dead rows than autovacuum should leave",
     .why = "Scans step over them, and the table grows.",
     .guards = "10,000 dead rows, a tenth of the table, 1.5 times the table's own threshold "
               "(storage parameters and 18's upper limit counted), an hour since the last vacuum "
               "unless autovacuum is off; silent while it is being vacuumed",
     .source = daemon_source},
    dead_rows};
const Register saturated_check{
    {.id = "maintenance.autovacuum_saturated",
     .area = Area::maintenance,
     .severity = Severity::medium,
     .summary = "All autovacuum workers are busy while tables are overdue",
     .why = "Autovacuum does not keep up with the writes.",
     .guards = "three overdue tables and more",
     .source = "postgres-checkup F008"},
    saturated};
const Register coarse_check{
    {.id = "maintenance.scale_factor_too_coarse",
     .area = Area::maintenance,
     .severity = Severity::low,
     .summary = "Autovacuum waits for more than ten million dead rows in a huge table",
     .why = "The vacuum comes late and is heavy.",
     .guards = "100,000 rows updated or deleted; 18's upper limit counted",
     .source =
         "postgres-checkup F001; ten million: a tenth of 18's autovacuum_vacuum_max_threshold"},
    too_coarse};
const Register insert_check{
    {.id = "maintenance.insert_only_not_vacuumed",
     .area = Area::maintenance,
     .severity = Severity::low,
     .summary = "A table that only grows is not vacuumed",
     .why = "Index-only scans visit its pages, and freezing piles up.",
     .guards = "10,000 pages, 100,000 rows inserted, twice the insert threshold for an hour, or "
               "vacuuming after inserts switched off",
     .source = daemon_source},
    insert_only};

}  // namespace
}  // namespace whet::advise
