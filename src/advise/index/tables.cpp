// Tables and their indexes as a whole: too many, or in the way of updates.
#include <algorithm>

#include "advise/check.h"
#include "advise/index/hot.h"
#include "advise/index/redundant.h"
#include "advise/index/texts.h"
#include "base/text.h"
#include "base/units.h"
#include "base/whole.h"

namespace whet::advise {
namespace {

using model::Finding;
using model::Index;
using model::Severity;
using model::Table;

// ---- too many -------------------------------------------------------------------------------

void too_many(const Facts& facts, std::vector<Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    if (table->is_partition || table->indexes.size() < 5) continue;
    const std::int64_t writes = writes_of(facts, *table);
    if (writes < 10000 || rows_of(facts, *table) < 10000) continue;
    double bytes = 0;
    std::int64_t idle = 0;
    for (const Index& index : table->indexes) {
      const IndexUse use = use_of(facts, *table, index);
      bytes += use.size_bytes;
      idle += use.scans == 0 && !index.unique ? 1 : 0;
    }
    const double data = data_bytes_of(facts, *table);
    const auto number_of = static_cast<std::int64_t>(table->indexes.size());
    const bool many = number_of > 10;
    const bool heavy = bytes > 2 * data && bytes >= 1024 * megabyte;
    if (!many && !heavy) continue;
    Finding finding;
    finding.subject = table_subject(*table);
    finding.severity = number_of > 20 && writes >= 1000000 ? Severity::medium : Severity::low;
    finding.title = table->name + " has " + text::count(number_of) + " indexes of " +
                    text::bytes(bytes) + " on " + text::bytes(data) + " of data";
    finding.detail =
        "An insert, and each update that is not heap-only, writes to every one of them. Merge "
        "those "
        "that begin alike, and drop those that no query uses: the other index checks name them.";
    finding.evidence = {
        count("indexes", number_of, "pg_index"), size("their size", bytes, "pg_relation_size"),
        size("size of the data", data, "pg_relation_size"),
        count("not scanned since the counters began", idle, "pg_stat_user_indexes.idx_scan"),
        count("rows written", writes, "pg_stat_user_tables.n_tup_ins, n_tup_upd, n_tup_del")};
    finding.impact.bytes = std::max(0.0, bytes - data);
    finding.impact.arithmetic = "what the indexes take beyond the size of the data";
    out.push_back(std::move(finding));
  }
}

// ---- heap-only updates ----------------------------------------------------------------------

double hot_share(const Table& table) {
  return table.total.updates == 0 ? 1
                                  : static_cast<double>(table.total.hot_updates) /
                                        static_cast<double>(table.total.updates);
}

bool updates_matter(const Table& table) {
  return table.total.updates >= 10000 && hot_share(table) < 0.5;
}

void update_evidence(const Table& table, const UpdatedColumns& updated, Finding& finding) {
  finding.evidence = {
      count("updates", table.total.updates, "pg_stat_user_tables.n_tup_upd"),
      share("heap-only updates", hot_share(table), "pg_stat_user_tables.n_tup_hot_upd"),
      count("calls of the workload's updates", updated.total_calls, "pg_stat_statements.calls")};
  finding.impact.seconds_per_hour = updated.seconds_per_hour;
  finding.impact.share = updated.share;
  if (updated.seconds_per_hour > 0)
    finding.impact.arithmetic = "execution time of the workload's updates of " + table.name +
                                " (pg_stat_statements.total_exec_time), per hour";
}

// A BRIN index does not keep updates from being heap-only from 16 on.
bool blocks_hot(const Facts& facts, const Index& index) {
  return !(index.method == "brin" && facts.server().major() >= 16);
}

Finding blocker_finding(const Facts& facts, const Table& table, const Index& index,
                        const std::string& column, const UpdatedColumns& updated) {
  Finding finding;
  finding.subject = index_subject(table, index);
  finding.severity =
      index.total.scans == 0 && table.total.updates >= 100000 ? Severity::medium : Severity::low;
  finding.title = index.name + " on " + column + " keeps updates of " + table.name +
                  " from being heap-only: " + text::percent(1 - hot_share(table)) + " of " +
                  text::count(table.total.updates) + " wrote to every index";
  finding.detail =
      "An update that changes no indexed column can stay on its page and leave all indexes alone. "
      "The workload's updates assign " +
      column + ", so each one writes an entry to every index of " + table.name +
      ", while this index was scanned " + text::count(index.total.scans) + " times.";
  update_evidence(table, updated, finding);
  finding.evidence.push_back(
      count("scans of the index", index.total.scans, "pg_stat_user_indexes.idx_scan"));
  finding.evidence.push_back(
      size("size of the index", static_cast<double>(index.size_bytes), "pg_relation_size"));
  const bool certain = index.total.scans == 0 && facts.history_is_long() &&
                       unseen_use(facts).empty() && only_supported_by(index, table).empty();
  if (certain)
    finding.changes = {drop_index(table, index, "no query used it, and it slows every update")};
  return finding;
}

void hot_blocker(const Facts& facts, std::vector<Finding>& out) {
  const Writers writers(facts);
  for (const Table* table : facts.user_tables()) {
    const UpdatedColumns updated = writers.updates_of(*table);
    for (const HotBlocker& found : hot_blockers(facts, *table, updated))
      out.push_back(blocker_finding(facts, *table, *found.index, found.column, updated));
  }
}

bool any_index_updated(const Table& table, const UpdatedColumns& updated) {
  return std::any_of(table.indexes.begin(), table.indexes.end(),
                     [&](const Index& index) { return !updated_part(index, updated).empty(); });
}

bool full_pages(const Table& table) {
  const auto option = table.options.find("fillfactor");
  return option == table.options.end() || option->second == "100";
}

void hot_fillfactor(const Facts& facts, std::vector<Finding>& out) {
  const Writers writers(facts);
  for (const Table* table : facts.user_tables()) {
    if (!updates_matter(*table) || !full_pages(*table) || table->rows() < 10000 ||
        table->kind != model::TableKind::table)
      continue;
    const double width = static_cast<double>(table->heap_bytes) / table->rows();
    if (width > 400) continue;  // a tenth of a page must hold at least two versions
    const UpdatedColumns updated = writers.updates_of(*table);
    if (updated.total_calls == 0 || any_index_updated(*table, updated)) continue;
    Finding finding;
    finding.subject = table_subject(*table);
    finding.severity = Severity::low;
    finding.title = text::percent(1 - hot_share(*table)) + " of the updates of " + table->name +
                    " left their page, though no index has the changed columns";
    finding.detail =
        "An update stays heap-only when its page has room. With a fill factor of 90 new pages keep "
        "a tenth free for that. It holds for pages written from now on; what is there fills up by "
        "and by, or is rewritten by pg_repack.";
    update_evidence(*table, updated, finding);
    finding.evidence.push_back(fact("fill factor", "100", "pg_class.reloptions"));
    finding.evidence.push_back(number("bytes a row", width, "pg_relation_size / n_live_tup"));
    model::Change change;
    change.id = "set_table_option/" + table->qualified() + ".fillfactor";
    change.summary = "Set fillfactor = 90 on " + table->qualified();
    change.reason = "room for heap-only updates";
    change.action.kind = model::ActionKind::set_table_option;
    change.action.schema = table->schema;
    change.action.table = table->name;
    change.action.setting = "fillfactor";
    change.action.value = "90";
    const auto option = table->options.find("fillfactor");
    if (option != table->options.end()) change.action.previous = option->second;
    change.locks = "SHARE UPDATE EXCLUSIVE on " + table->name + " for an instant";
    finding.changes = {std::move(change)};
    out.push_back(std::move(finding));
  }
}

const Register many_check{
    {.id = "index.too_many",
     .area = Area::index,
     .severity = Severity::medium,
     .summary = "A table that is written has more than 10 indexes, or indexes twice its size",
     .why = "Each insert writes to all of them; together they crowd the data out of the cache.",
     .guards = "10,000 rows and 10,000 rows written; by size from 1 GB on",
     .source = "Percona PMM (10 indexes)"},
    too_many};
const Register blocker_check{
    {.id = "index.hot_blocker",
     .area = Area::index,
     .severity = Severity::medium,
     .summary = "A hardly used index on a column that every update changes",
     .why = "It turns cheap heap-only updates into writes to all indexes of the table.",
     .privileges = "pg_read_all_stats, for the statements of other roles",
     .guards = "10,000 updates, less than half of them heap-only; the workload's updates must "
               "assign the column; index scans at most 1 % of the updates",
     .source = "PostgreSQL source, README.HOT"},
    hot_blocker};
const Register fillfactor_check{
    {.id = "index.hot_fillfactor",
     .area = Area::index,
     .severity = Severity::low,
     .summary = "Updates leave their page for lack of room, though they could be heap-only",
     .why = "Each such update writes to all indexes of the table.",
     .privileges = "pg_read_all_stats, for the statements of other roles",
     .guards = "10,000 updates, less than half heap-only, no index on an updated column, rows up "
               "to 400 bytes, fill factor of 100",
     .source = "PostgreSQL source, README.HOT; manual, 'fillfactor'"},
    hot_fillfactor};

}  // namespace

std::vector<HotBlocker> hot_blockers(const Facts& facts, const model::Table& table,
                                     const UpdatedColumns& updated) {
  std::vector<HotBlocker> out;
  if (!updates_matter(table) || updated.total_calls == 0) return out;
  const Ties ties = ties_of(facts, table);
  for (const Index& index : table.indexes) {
    const bool low_use = index.total.scans * 100 <= table.total.updates;
    if (!low_use || !index.usable() || index.unique || !must_stay(index, ties).empty() ||
        !blocks_hot(facts, index))
      continue;
    std::string column = updated_part(index, updated);
    if (!column.empty()) out.push_back({&index, std::move(column)});
  }
  return out;
}

}  // namespace whet::advise
