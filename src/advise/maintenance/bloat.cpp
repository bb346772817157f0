// Tables, TOAST tables, indexes and catalogs that hold much more space than live rows.
#include <algorithm>

#include "advise/check.h"
#include "advise/index/common.h"
#include "advise/maintenance/upkeep.h"
#include "base/text.h"
#include "base/units.h"

namespace whet::advise {
namespace {

using model::Bloat;
using model::Finding;
using model::Index;
using model::Severity;
using model::Table;

// postgres-checkup F004/F005 and PgHero warn from 40 % on.
constexpr double large_fraction = 0.4;
constexpr double worth_it = 10 * megabyte;

bool large(const std::optional<Bloat>& bloat, double least_bytes) {
  return bloat && !bloat->uncertain && bloat->fraction >= large_fraction &&
         bloat->wasted_bytes >= least_bytes;
}

Severity severity_of(const Bloat& bloat) {
  const bool serious = bloat.wasted_bytes >= gigabyte ||
                       (bloat.wasted_bytes >= 100 * megabyte && bloat.fraction >= 0.6);
  return serious ? Severity::medium : Severity::low;
}

void bloat_evidence(const Bloat& bloat, double bytes, Finding& finding) {
  const std::string source = bloat.method == "pgstattuple"
                                 ? "pgstattuple"
                                 : "estimate from pg_class.relpages, reltuples and pg_stats";
  finding.evidence = {size("not live data", bloat.wasted_bytes, source),
                      share("of its size", bloat.fraction, source),
                      size("size", bytes, "pg_relation_size")};
  finding.impact.bytes = bloat.wasted_bytes;
  finding.impact.arithmetic = text::percent(bloat.fraction) + " of " + text::bytes(bytes) + " (" +
                              (bloat.method.empty() ? "estimate" : bloat.method) + ")";
}

// First what stops the growth, never a rewrite: VACUUM FULL locks everybody out, and the table
// would only bloat again.
void table_changes(const Facts& facts, const Table& table, Finding& finding) {
  if (switched_off(table, "")) {
    finding.changes.push_back(
        table_option(table, "autovacuum_enabled", "", "autovacuum keeps it from bloating again"));
    finding.detail += " Autovacuum is switched off for it: switch it on before all else.";
  }
  const auto all = static_cast<double>(table.live_rows + table.dead_rows);
  const bool dead = all > 0 && static_cast<double>(table.dead_rows) >= 0.05 * all;
  if (dead && !being_vacuumed(facts, table)) {
    finding.changes.push_back(vacuum_table(table, "makes the space of dead rows usable again"));
    finding.detail += " A vacuum makes the space of its " + text::count(table.dead_rows) +
                      " dead rows usable for new ones; the file itself stays as large.";
    return;
  }
  finding.detail +=
      " The space is free inside the table and new rows will use it. To give it back to the "
      "system online, use pg_repack or pg_squeeze; VACUUM FULL would lock out reads and writes.";
  finding.changes.push_back(manual("repack/" + table.qualified(),
                                   "Rewrite " + table.qualified() + " online, if its size matters",
                                   "pg_repack --table=" + table.qualified()));
}

void table_bloat(const Facts& facts, std::vector<Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    if (!large(table->bloat, worth_it)) continue;
    Finding finding;
    finding.severity = severity_of(*table->bloat);
    finding.subject = table_subject(*table);
    finding.title = text::bytes(table->bloat->wasted_bytes) + " of " + table->name + " (" +
                    text::percent(table->bloat->fraction) + ") is dead or free space";
    finding.detail = "Scans read it, and it takes cache and backup space.";
    bloat_evidence(*table->bloat, static_cast<double>(table->heap_bytes), finding);
    finding.evidence.push_back(
        count("dead rows", table->dead_rows, "pg_stat_user_tables.n_dead_tup"));
    const auto age = last_vacuum(*table);
    finding.evidence.push_back(
        fact("last vacuumed", age ? text::duration(*age) + " ago" : "not since the counters began",
             "pg_stat_user_tables.last_vacuum, last_autovacuum"));
    table_changes(facts, *table, finding);
    out.push_back(std::move(finding));
  }
}

void index_bloat(const Facts& facts, std::vector<Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    for (const Index& index : table->indexes) {
      if (!large(index.bloat, worth_it) || !index.usable() || index.building) continue;
      Finding finding;
      finding.severity = severity_of(*index.bloat);
      finding.subject = index_subject(*table, index);
      finding.title = text::bytes(index.bloat->wasted_bytes) + " of " + index.name + " (" +
                      text::percent(index.bloat->fraction) + ") is empty space";
      finding.detail =
          "Pages that deletes and updates have thinned out stay in the tree: scans read more of "
          "them, and they crowd the cache. A rebuild packs them anew while reads and writes go "
          "on.";
      bloat_evidence(*index.bloat, static_cast<double>(index.size_bytes), finding);
      // REINDEX CONCURRENTLY refuses exclusion constraints.
      if (index.exclusion) {
        finding.changes = {manual("rebuild_index/" + table->schema + "." + index.name,
                                  "Rebuild " + index.name + " in a maintenance window",
                                  "REINDEX INDEX " + sql_name(table->schema, index.name) + ";")};
      } else {
        finding.changes = {rebuild_index(*table, index, "most of its pages are nearly empty")};
      }
      out.push_back(std::move(finding));
    }
  }
}

void toast_bloat(const Facts& facts, std::vector<Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    if (table->toast_table == 0 || static_cast<double>(table->toast_bytes) < 10 * worth_it)
      continue;
    const Table* toast = facts.table(table->toast_table);
    if (toast == nullptr) continue;
    const auto all = static_cast<double>(toast->live_rows + toast->dead_rows);
    const double dead = all > 0 ? static_cast<double>(toast->dead_rows) / all : 0;
    const bool estimated = large(toast->bloat, 10 * worth_it);
    if (dead < large_fraction && !estimated) continue;
    const double fraction = std::max(dead, estimated ? toast->bloat->fraction : 0);
    const auto bytes = static_cast<double>(table->toast_bytes);
    Finding finding;
    finding.severity = fraction * bytes >= gigabyte ? Severity::medium : Severity::low;
    finding.subject = table_subject(*table);
    finding.title = text::percent(fraction) + " of the out-of-line values of " + table->name +
                    " (" + text::bytes(bytes) + ") are dead";
    finding.detail =
        "Long values live in a TOAST table of their own, with thresholds and settings of their "
        "own (toast.autovacuum_...). Each update of such a value leaves its old chunks behind.";
    if (switched_off(*table, "toast.")) finding.detail += " Autovacuum is switched off for it.";
    finding.evidence = {
        count("dead chunks", toast->dead_rows, "pg_stat_all_tables.n_dead_tup of the TOAST table"),
        count("live chunks", toast->live_rows, "pg_stat_all_tables.n_live_tup of the TOAST table"),
        size("size", bytes, "pg_relation_size")};
    finding.impact.bytes = fraction * bytes;
    finding.impact.arithmetic = text::percent(fraction) + " of " + text::bytes(bytes);
    if (switched_off(*table, "toast."))
      finding.changes.push_back(table_option(*table, "toast.autovacuum_enabled", "",
                                             "autovacuum keeps it from bloating again"));
    if (!being_vacuumed(facts, *table))
      finding.changes.push_back(vacuum_table(*table, "removes the dead chunks as well"));
    out.push_back(std::move(finding));
  }
}

void catalog_bloat(const Facts& facts, std::vector<Finding>& out) {
  for (const Table& table : facts.schema().tables) {
    if (!table.system) continue;
    const auto all = static_cast<double>(table.live_rows + table.dead_rows);
    const double dead = all > 0 ? static_cast<double>(table.dead_rows) / all : 0;
    const auto bytes = static_cast<double>(table.heap_bytes);
    const bool estimated = large(table.bloat, 50 * megabyte);
    if (!estimated && (dead < large_fraction || bytes < 50 * megabyte)) continue;
    const double wasted = estimated ? table.bloat->wasted_bytes : dead * bytes;
    Finding finding;
    finding.severity = wasted >= gigabyte ? Severity::medium : Severity::low;
    finding.subject = table_subject(table);
    finding.title =
        "The catalog " + table.name + " holds " + text::bytes(wasted) + " of dead or free space";
    finding.detail =
        "Every planning and every new session reads the catalogs. They bloat when temporary "
        "tables or partitions are made and dropped all the time, or when something holds old rows "
        "back. Reuse temporary tables with TRUNCATE, and look at maintenance.xmin_horizon.";
    finding.evidence = {count("dead rows", table.dead_rows, "pg_stat_sys_tables.n_dead_tup"),
                        count("live rows", table.live_rows, "pg_stat_sys_tables.n_live_tup"),
                        size("size", bytes, "pg_relation_size")};
    finding.impact.bytes = wasted;
    finding.impact.arithmetic = "dead or free space of the catalog's " + text::bytes(bytes);
    finding.changes = {manual("vacuum/" + table.qualified(), "Vacuum the catalog as a superuser",
                              "VACUUM " + table.qualified() + ";")};
    out.push_back(std::move(finding));
  }
}

const Register table_check{
    {.id = "maintenance.table_bloat",
     .area = Area::maintenance,
     .severity = Severity::medium,
     .summary = "Much of a table is dead or free space",
     .why = "Scans, cache and backups carry it along.",
     .privileges = "SELECT on the table (estimate), or pg_stat_scan_tables (pgstattuple)",
     .guards = "40 % and 10 MB; silent when the estimate's conditions do not hold; never advises "
               "VACUUM FULL",
     .source = "postgres-checkup F004 (40 %)"},
    table_bloat};
const Register index_check{
    {.id = "maintenance.index_bloat",
     .area = Area::maintenance,
     .severity = Severity::medium,
     .summary = "Much of an index is empty space",
     .why = "Scans read more pages, and they crowd the cache.",
     .privileges = "SELECT on the table (estimate), or pg_stat_scan_tables (pgstattuple)",
     .guards = "40 % and 10 MB; silent when the estimate's conditions do not hold",
     .source = "PgHero and postgres-checkup F005 (40 %)"},
    index_bloat};
const Register toast_check{{.id = "maintenance.toast_bloat",
                            .area = Area::maintenance,
                            .severity = Severity::medium,
                            .summary = "Much of a table's out-of-line storage is dead",
                            .why = "It has its own autovacuum thresholds, and nobody looks at it.",
                            .guards = "100 MB and 40 % dead chunks",
                            .source = "pg_bloat_check; 40 % as for tables"},
                           toast_bloat};
const Register catalog_check{{.id = "maintenance.catalog_bloat",
                              .area = Area::maintenance,
                              .severity = Severity::medium,
                              .summary = "A system catalog is bloated",
                              .why = "Every planning and every new session reads it.",
                              .guards = "50 MB and 40 %",
                              .source = "pgmetrics; 40 % as for tables"},
                             catalog_bloat};

}  // namespace
}  // namespace whet::advise
