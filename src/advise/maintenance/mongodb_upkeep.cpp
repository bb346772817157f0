// MongoDB: space that is free inside files, data that should expire, builds and leftovers.
#include <algorithm>

#include <fmt/format.h>

#include "advise/build.h"
#include "advise/mongodb_facts.h"
#include "advise/mongodb_index.h"
#include "advise/status.h"
#include "base/text.h"
#include "base/whole.h"

namespace whet::advise::maintenance {
namespace {

using model::Finding;
using model::Severity;
using model::Table;

constexpr double gigabyte = 1024.0 * 1024 * 1024;
constexpr std::string_view storage = "$collStats.storageStats";

model::Change compact(const Table& table) {
  model::Change change;
  change.id = "maintenance.table_bloat/" + table.qualified();
  change.summary = "Compact " + table.qualified();
  change.reason = "Its file is mostly free space.";
  change.risk = model::Risk::medium;  // before 6.1 it stops the collection's writes at times
  change.action.kind = model::ActionKind::vacuum_table;
  change.action.schema = table.schema;
  change.action.table = table.name;
  return change;
}

// WiredTiger fills free space again before it asks for more: only much of it, in a collection that
// is not being filled, is worth giving back.
void free_space(const Facts& facts, std::vector<Finding>& out) {
  constexpr double least_part = 0.5;
  for (const Table* table : facts.user_tables()) {
    const auto free = static_cast<double>(table->free_bytes);
    const auto file = static_cast<double>(table->heap_bytes);
    if (free < gigabyte || file <= 0 || free / file < least_part) continue;
    if (table->window.inserts > 0 && table->window.inserts > table->window.deletes * 2) {
      continue;  // it will be used
    }
    Finding finding = finding_of(
        Severity::low, table_subject(*table),
        fmt::format("{} of the file of {} is free", text::percent(free / file), table->qualified()),
        "The server uses it for new documents of this collection, and of no other. When it stays "
        "small, compact gives the space back to the disk; run it on secondaries first. When it "
        "will grow again, there is nothing to do.");
    finding.evidence = {size("free in the file", free, "storageStats.wiredTiger.block-manager"),
                        size("file", file, storage), count("documents", table->live_rows, storage)};
    finding.impact.bytes = free;
    finding.changes.push_back(compact(*table));
    finding.references = {mongodb_manual(facts, "reference/command/compact")};
    out.push_back(std::move(finding));
  }
}

bool has_ttl(const Table& table) {
  return table.options.contains("expireAfterSeconds") ||
         std::any_of(table.indexes.begin(), table.indexes.end(), [](const model::Index& index) {
           return index.options.contains("expireAfterSeconds");
         });
}

const model::Column* old_date(const Table& table) {
  for (const model::Column& column : table.columns) {
    if (column.base_type == "date" && column.path && column.path->rises && !column.path->in_array &&
        column.path->present > 0.99) {
      return &column;
    }
  }
  return nullptr;
}

void archival_candidate(const Facts& facts, std::vector<Finding>& out) {
  constexpr double large = 20 * gigabyte;
  double all = 0;
  for (const Table* table : facts.user_tables()) all += static_cast<double>(table->data_bytes);
  for (const Table* table : facts.user_tables()) {
    const auto bytes = static_cast<double>(table->data_bytes);
    if (bytes < large || bytes < 0.3 * all || has_ttl(*table) || table->options.contains("capped"))
      continue;
    const model::Column* date = old_date(*table);
    if (date == nullptr) continue;
    Finding finding = finding_of(
        Severity::info, table_subject(*table),
        fmt::format("{} ({}) keeps everything since its beginning", table->qualified(),
                    text::bytes(bytes)),
        fmt::format("It grows in the order of {} and nothing expires. If old documents are seldom "
                    "read, archive them and let a TTL index delete them, a month at a time the "
                    "first time.",
                    date->name));
    finding.evidence = {size("data", bytes, storage),
                        share("of all data", bytes / std::max(all, 1.0), storage),
                        fact("grows with", date->name, "$sample of the collection"),
                        count("TTL indexes", 0, "listIndexes")};
    finding.changes.push_back(
        manual("maintenance.archival_candidate/" + table->qualified(), "Expire what is old",
               fmt::format("{}.createIndex({{\"{}\": 1}}, {{expireAfterSeconds: ...}})",
                           mongosh_collection(*table), date->name)));
    out.push_back(std::move(finding));
  }
}

void series_without_expiry(const Facts& facts, std::vector<Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    if (!table->options.contains("timeseries") || table->options.contains("expireAfterSeconds"))
      continue;
    if (static_cast<double>(table->data_bytes) < 10 * gigabyte) continue;
    Finding finding =
        finding_of(Severity::info, table_subject(*table),
                   fmt::format("The time-series collection {} never expires", table->qualified()),
                   "Its buckets can be deleted as a whole once they are old, at almost no cost.");
    finding.evidence = {size("data", static_cast<double>(table->data_bytes), storage),
                        fact("expireAfterSeconds", "none", "listCollections")};
    finding.changes.push_back(manual(
        "maintenance.series_without_expiry/" + table->qualified(), "Expire what is old",
        fmt::format("db.runCommand({{collMod: \"{}\", expireAfterSeconds: ...}})", table->name)));
    out.push_back(std::move(finding));
  }
}

void leftovers(const Facts& facts, std::vector<Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    const std::string& name = table->name;
    const bool left = name.starts_with("tmp.agg_out.") || name.starts_with("tmp.mr.") ||
                      name.starts_with("system.resharding.") || name.starts_with("dbrefs.tmp.");
    if (!left || facts.server().uptime_seconds < 86400) continue;
    Finding finding = finding_of(
        Severity::low, table_subject(*table),
        fmt::format("{} was left by an operation that did not end", table->qualified()),
        "$out and mapReduce write to such a collection and rename it at the end. When no such "
        "operation runs now, it can be dropped.");
    finding.evidence = {count("documents", table->live_rows, storage),
                        size("size", static_cast<double>(table->total_bytes()), storage)};
    finding.impact.bytes = static_cast<double>(table->total_bytes());
    finding.changes.push_back(manual("maintenance.leftover_collection/" + table->qualified(),
                                     "Drop it", mongosh_collection(*table) + ".drop()"));
    out.push_back(std::move(finding));
  }
}

void long_build(const Facts& facts, std::vector<Finding>& out) {
  constexpr double long_time = 3600;
  for (const model::RunningCommand& one : facts.snapshot().activity.running) {
    if (!is_mongodb(facts) || one.age_seconds.value_or(0) < long_time) continue;
    Finding finding = finding_of(
        Severity::low, named(model::SubjectKind::session, std::to_string(one.pid)),
        fmt::format("{} on {} runs for {}", one.command, one.relation,
                    text::duration(*one.age_seconds)),
        "An index build takes cache and I/O, and until it ends every write keeps a side table for "
        "it. Stop it by dropping exactly that index if it hurts.");
    finding.evidence = {time("running for", *one.age_seconds, "currentOp.microsecs_running"),
                        share("done", one.done_fraction, "currentOp.progress"),
                        fact("phase", one.phase, "currentOp.msg")};
    out.push_back(std::move(finding));
  }
}

const Register registered_free{
    mongodb_check(Area::maintenance, "maintenance.table_bloat", Severity::low,
                  "A collection's file is mostly free space", "Other collections cannot use it.",
                  "collStats on the collection",
                  "1 GB and half of the file; not while it is being filled",
                  "MongoDB manual, compact; WiredTiger block manager statistics"),
    free_space};
const Register registered_archive{
    mongodb_check(Area::maintenance, "maintenance.archival_candidate", Severity::info,
                  "A large collection keeps everything",
                  "Backups, caches and indexes grow with it.", "collStats; read on the database",
                  "20 GB and 30 % of all data; capped and TTL collections",
                  "MongoDB manual, Expire Data from Collections"),
    archival_candidate};
const Register registered_series{
    mongodb_check(Area::maintenance, "maintenance.series_without_expiry", Severity::info,
                  "A large time-series collection never expires", "It grows for ever.",
                  "listCollections, collStats", "10 GB",
                  "MongoDB manual, Time Series, Automatic Removal"),
    series_without_expiry};
const Register registered_leftovers{
    mongodb_check(Area::maintenance, "maintenance.leftover_collection", Severity::low,
                  "Temporary collections were left behind", "They take space.", "listCollections",
                  "a server that is up for less than a day", "MongoDB source, $out and mapReduce"),
    leftovers};
const Register registered_build{
    mongodb_check(Area::maintenance, "maintenance.long_index_build", Severity::low,
                  "An index build runs for an hour and more", "It takes cache and I/O.",
                  "clusterMonitor (inprog)", "under an hour", "MongoDB manual, Index Builds"),
    long_build};

}  // namespace
}  // namespace whet::advise::maintenance
