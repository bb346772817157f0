// Indexes in a bad state: invalid ones, and GIN indexes with long pending lists.
#include <algorithm>

#include "advise/check.h"
#include "advise/index/common.h"
#include "base/text.h"

namespace whet::advise {
namespace {

using model::Finding;
using model::Index;
using model::Severity;
using model::Table;

// REINDEX CONCURRENTLY leaves "<name>_ccnew" (unfinished copy) or "<name>_ccold" (old one that it
// could not drop), with a number when the name was taken.
bool left_by_reindex(std::string_view name, std::string_view ending) {
  const std::size_t at = name.rfind(ending);
  if (at == std::string_view::npos) return false;
  const std::string_view rest = name.substr(at + ending.size());
  return std::all_of(rest.begin(), rest.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool worked_on(const Facts& facts, const Table& table, const Index& index) {
  if (index.building) return true;
  const auto& running = facts.snapshot().activity.running;
  return std::any_of(running.begin(), running.end(), [&](const model::RunningCommand& command) {
    return command.table == table.id && (text::contains(command.command, "INDEX"));
  });
}

const Index* valid_twin(const Facts& facts, const Table& table, const Index& index) {
  const Ties ties = ties_of(facts, table);
  for (const Index& other : table.indexes) {
    if (other.usable() && covers(other, index, ties).droppable()) return &other;
  }
  return nullptr;
}

void fix_invalid(const Facts& facts, const Table& table, const Index& index, Finding& finding) {
  if (table.kind == model::TableKind::partitioned || index.parent != 0) {
    finding.detail +=
        " A partitioned index becomes valid when every partition has a valid part "
        "that is attached to it.";
    finding.changes = {
        manual("attach/" + table.schema + "." + index.name,
               "Make the missing parts of " + index.name + " on the partitions and attach them",
               "ALTER INDEX " + sql_name(table.schema, index.name) + " ATTACH PARTITION ...;")};
    return;
  }
  if (left_by_reindex(index.name, "_ccnew") || left_by_reindex(index.name, "_ccold")) {
    finding.detail +=
        " REINDEX CONCURRENTLY left it when it was interrupted; the original index "
        "is still there.";
    finding.changes = {drop_index(table, index, "an interrupted REINDEX CONCURRENTLY left it")};
    finding.changes[0].risk = model::Risk::low;
    return;
  }
  if (const Index* twin = valid_twin(facts, table, index)) {
    finding.detail += " " + twin->name + " does its work.";
    finding.changes = {drop_index(table, index, twin->name + " is valid and does the same")};
    finding.changes[0].risk = model::Risk::low;
    return;
  }
  if (index.unique && index.constraint.empty()) {
    finding.detail +=
        " It is unique: probably the build failed on values that repeat. Rebuilding "
        "would fail again, so it is dropped; remove the repeated values, then create "
        "it anew.";
    finding.changes = {drop_index(table, index, "it was never completed")};
    return;
  }
  finding.changes = {rebuild_index(table, index, "its build was interrupted")};
}

void invalid(const Facts& facts, std::vector<Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    for (const Index& index : table->indexes) {
      if (index.usable() || worked_on(facts, *table, index)) continue;
      Finding finding;
      const auto bytes = static_cast<double>(index.size_bytes);
      finding.severity = index.constraint.empty() ? Severity::medium : Severity::high;
      finding.subject = index_subject(*table, index);
      finding.title = index.name + " (" + text::bytes(bytes) + ") is " +
                      (index.not_ready ? "invalid and not maintained" : "invalid") +
                      ": no query can use it" +
                      (index.not_ready ? "" : ", but every write maintains it");
      finding.detail =
          "CREATE INDEX CONCURRENTLY or REINDEX CONCURRENTLY was interrupted or "
          "failed, and left it behind.";
      finding.evidence = {
          fact("valid", index.invalid ? "no" : "yes", "pg_index.indisvalid"),
          fact("maintained by writes", index.not_ready ? "no" : "yes", "pg_index.indisready"),
          size("size", bytes, "pg_relation_size"), fact("key", key_text(index), "pg_index"),
          fact("being built now", "no", "pg_stat_progress_create_index")};
      finding.impact.bytes = bytes;
      finding.impact.arithmetic = "the whole index: " + text::bytes(bytes);
      fix_invalid(facts, *table, index, finding);
      out.push_back(std::move(finding));
    }
  }
}

// The limit in bytes: the index's own option in kB, else the server's setting.
double pending_limit(const Facts& facts, const Index& index) {
  const auto own = index.options.find("gin_pending_list_limit");
  if (own != index.options.end()) {
    if (const auto kilobytes = text::to_double(own->second)) return *kilobytes * 1024;
  }
  return facts.server().number("gin_pending_list_limit").value_or(4.0 * 1024 * 1024);
}

void pending_list(const Facts& facts, std::vector<Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    for (const Index& index : table->indexes) {
      if (!index.pending_list_bytes || index.method != "gin") continue;
      const double bytes = *index.pending_list_bytes;
      const double limit = pending_limit(facts, index);
      // Up to the limit is normal: the write that exceeds it empties the list.
      if (bytes <= limit * 1.5) continue;
      Finding finding;
      finding.severity = bytes > 4 * limit ? Severity::medium : Severity::low;
      finding.subject = index_subject(*table, index);
      finding.title = "The pending list of " + index.name + " holds " + text::bytes(bytes) + ", " +
                      text::number(bytes / limit, 2) + " times its limit";
      finding.detail =
          "New entries of a GIN index wait in an unsorted list that every search reads whole. It "
          "outgrows its limit when writes come faster than it is emptied. VACUUM empties it; if "
          "it comes back, switch fastupdate off for this index.";
      finding.evidence = {size("pending list", bytes, "pgstatginindex.pending_pages"),
                          size("limit", limit, "gin_pending_list_limit")};
      finding.impact.bytes = bytes;
      finding.impact.arithmetic = "bytes that each search reads before the index itself";
      model::Change change;
      change.id = "vacuum_table/" + table->qualified();
      change.summary = "Vacuum " + table->qualified() + ", which empties the pending list";
      change.reason = "each search reads the whole pending list";
      change.action.kind = model::ActionKind::vacuum_table;
      change.action.schema = table->schema;
      change.action.table = table->name;
      change.risk = model::Risk::low;
      change.locks = "SHARE UPDATE EXCLUSIVE on " + table->name + ": reads and writes go on";
      finding.changes = {std::move(change)};
      out.push_back(std::move(finding));
    }
  }
}

const Register invalid_check{
    {.id = "index.invalid",
     .area = Area::index,
     .severity = Severity::high,
     .summary = "An index is invalid: writes may maintain it, no query can use it",
     .why = "It costs like an index and serves nothing; a unique one does not guarantee "
            "uniqueness.",
     .guards = "silent while a CREATE INDEX or REINDEX works on the table",
     .source = "PostgreSQL manual, 'Building Indexes Concurrently'"},
    invalid};
const Register pending_check{
    {.id = "index.gin_pending_list",
     .area = Area::index,
     .severity = Severity::medium,
     .summary = "The pending list of a GIN index is longer than its limit",
     .why = "Each search reads the list from end to end.",
     .privileges = "pgstattuple with EXECUTE on pgstatginindex (pg_stat_scan_tables)",
     .guards = "up to 1.5 times the limit is normal between two clean-ups",
     .source = "PostgreSQL manual, 'GIN Fast Update Technique'"},
    pending_list};

}  // namespace
}  // namespace whet::advise
