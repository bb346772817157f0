// MongoDB: collections as a whole: the size and form of their documents, how many there are, what
// validates them, what kind of collection would suit them.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "advise/build.h"
#include "advise/mongodb_facts.h"
#include "advise/schema/common.h"
#include "advise/status.h"
#include "base/text.h"
#include "base/whole.h"

namespace whet::advise::schema {
namespace {

using model::Finding;
using model::Severity;
using model::Table;

constexpr double kilobyte = 1024, megabyte = 1024 * kilobyte;
constexpr std::string_view sampled = "$sample of the collection";
constexpr std::string_view storage = "$collStats.storageStats";

std::string option(const Table& table, const std::string& name) {
  const auto found = table.options.find(name);
  return found == table.options.end() ? std::string() : found->second;
}

double average_bytes(const Table& table) {
  if (table.live_rows > 0 && table.data_bytes > 0) {
    return static_cast<double>(table.data_bytes) / static_cast<double>(table.live_rows);
  }
  return table.sample ? table.sample->average_bytes : 0;
}

bool is_files(const Table& table) { return table.name.ends_with(".chunks"); }  // GridFS

void oversized_documents(const Facts& facts, std::vector<Finding>& out) {
  constexpr double near_limit = 10 * megabyte, large = 100 * kilobyte;
  for (const Table* table : facts.user_tables()) {
    if (is_files(*table)) continue;
    const double average = average_bytes(*table);
    const double longest = table->sample ? table->sample->max_bytes : 0;
    const bool at_limit = longest >= near_limit;
    if (!at_limit && (average < large || table->live_rows < 10)) continue;
    Finding finding = finding_of(
        at_limit ? Severity::high : Severity::low, table_subject(*table),
        at_limit ? fmt::format("A document of {} has {} of the 16 MB that it may have",
                               table->qualified(), text::bytes(longest))
                 : fmt::format("Documents of {} have {} on average", table->qualified(),
                               text::bytes(average)),
        "The server reads, caches and writes whole documents: each small update of a large one "
        "costs its whole size, and queries that want two fields load all of it. Keep what is "
        "rarely read in a collection of its own, large files in GridFS or an object store.");
    finding.evidence = {size("average document", average, storage),
                        size("largest sampled document", longest, sampled),
                        count("documents", table->live_rows, storage)};
    finding.impact.outage_risk = at_limit ? 0.3 : 0;
    finding.references = {
        mongodb_manual(facts, "data-modeling/design-antipatterns/bloated-documents")};
    out.push_back(std::move(finding));
  }
}

void too_many_collections(const Facts& facts, std::vector<Finding>& out) {
  constexpr std::int64_t many = 5000, too_many = 10000;
  std::int64_t collections = 0, indexes = 0;
  for (const model::Database& one : facts.server().databases) collections += one.collections;
  for (const Table& table : facts.schema().tables) {
    indexes += static_cast<std::int64_t>(table.indexes.size());
  }
  collections = std::max(collections, static_cast<std::int64_t>(facts.schema().tables.size()));
  if (collections < many) return;
  Finding finding = finding_of(
      collections >= too_many ? Severity::medium : Severity::low, server_subject(),
      fmt::format("The server has {} collections", text::count(collections)),
      "Each collection and each index is a file with a handle and memory of its own: checkpoints "
      "become slow, starts take minutes, and files may run out. A collection for each tenant or "
      "day is better one collection with that as the first key of its indexes.");
  finding.evidence = {count("collections", collections, "dbStats.collections"),
                      count("indexes collected", indexes, "listIndexes")};
  finding.references = {
      mongodb_manual(facts, "data-modeling/design-antipatterns/reduce-collections")};
  out.push_back(std::move(finding));
}

void wide_documents(const Facts& facts, std::vector<Finding>& out) {
  constexpr double deep = 8, many_fields = 200;
  for (const Table* table : facts.user_tables()) {
    if (!table->sample || table->sample->documents < 20) continue;
    const auto& sample = *table->sample;
    if (sample.max_depth <= deep && sample.average_fields <= many_fields) continue;
    Finding finding = finding_of(
        Severity::info, table_subject(*table),
        sample.max_depth > deep
            ? fmt::format("Documents of {} are nested {} levels deep", table->qualified(),
                          text::number(sample.max_depth))
            : fmt::format("Documents of {} have {} fields on average", table->qualified(),
                          text::number(sample.average_fields)),
        "Such documents are hard to index and to validate, and reading one field walks past all "
        "before it. If the names are data (one field for each day or product), an array of "
        "{k, v} pairs needs a single index.");
    finding.evidence = {number("deepest nesting", sample.max_depth, sampled),
                        number("fields on average", sample.average_fields, sampled),
                        number("most fields", sample.max_fields, sampled),
                        count("documents sampled", sample.documents, sampled)};
    out.push_back(std::move(finding));
  }
}

void long_names(const Facts& facts, std::vector<Finding>& out) {
  constexpr double least_part = 0.4;
  constexpr double least_bytes = 1024 * megabyte;
  for (const Table* table : facts.user_tables()) {
    if (!table->sample || table->sample->average_bytes <= 0) continue;
    const double part = table->sample->name_bytes / table->sample->average_bytes;
    if (part < least_part || static_cast<double>(table->data_bytes) < least_bytes) continue;
    Finding finding = finding_of(
        Severity::info, table_subject(*table),
        fmt::format("Field names are {} of the documents of {}", text::percent(part),
                    table->qualified()),
        "Each document has all of its names. Compression takes most of them away on disk, but not "
        "in the cache or on the network. Shorter names, or a time-series collection for "
        "measurements, hold more documents in the same memory.");
    finding.evidence = {
        size("names in an average document", table->sample->name_bytes, sampled),
        size("average document", table->sample->average_bytes, sampled),
        size("data, uncompressed", static_cast<double>(table->data_bytes), storage)};
    finding.impact.bytes = part * static_cast<double>(table->data_bytes);
    out.push_back(std::move(finding));
  }
}

/// What the workload does to a collection.
struct Uses {
  bool inserts = false, changes = false;
};
Uses uses_of(const Facts& facts, const Table& table) {
  Uses uses;
  const std::string name = "db." + table.name + ".";
  const std::string quoted = "getCollection(\"" + table.name + "\")";
  for (const model::Statement& one : facts.snapshot().workload.statements) {
    if (one.own || one.database != table.schema) continue;
    if (!text::contains(one.text, name) && !text::contains(one.text, quoted)) continue;
    uses.inserts = uses.inserts || one.kind == model::StatementKind::insert;
    uses.changes = uses.changes || one.kind == model::StatementKind::update ||
                   one.kind == model::StatementKind::remove;
  }
  return uses;
}

const model::Column* rising_date(const Table& table) {
  for (const model::Column& column : table.columns) {
    if (column.path && column.base_type == "date" && column.path->rises && !column.path->in_array &&
        column.path->present > 0.99) {
      return &column;
    }
  }
  return nullptr;
}

void time_series_candidate(const Facts& facts, std::vector<Finding>& out) {
  constexpr std::int64_t least_documents = 1'000'000;
  if (!mongodb_since(facts, 5, 0)) return;
  for (const Table* table : facts.user_tables()) {
    if (table->live_rows < least_documents || table->options.contains("timeseries")) continue;
    const model::Column* date = rising_date(*table);
    const Uses uses = uses_of(facts, *table);
    if (date == nullptr || !uses.inserts || uses.changes) continue;
    Finding finding = finding_of(
        Severity::info, table_subject(*table),
        fmt::format("{} only grows, in the order of {}: a time-series collection would hold it in "
                    "less space",
                    table->qualified(), date->name),
        "Time-series collections keep documents of one source and time together, compressed by "
        "column, and expire whole buckets. They restrict updates, and a collection cannot be "
        "turned into one: its documents are copied.");
    finding.evidence = {
        count("documents", table->live_rows, storage),
        fact("rises with insertion", date->name, sampled),
        fact("updates or deletes in the workload", "none", facts.snapshot().workload.source)};
    finding.changes.push_back(manual(
        "schema.time_series_candidate/" + table->qualified(), "Make a time-series collection",
        fmt::format("db.createCollection(\"{}_ts\", {{timeseries: {{timeField: \"{}\", metaField: "
                    "\"...\"}}}})",
                    table->name, date->name)));
    finding.references = {mongodb_manual(facts, "core/timeseries-collections")};
    out.push_back(std::move(finding));
  }
}

void validator_lax(const Facts& facts, std::vector<Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    if (option(*table, "validator").empty() || option(*table, "validator") == "{}") continue;
    const std::string action = option(*table, "validationAction");
    const std::string level = option(*table, "validationLevel");
    if (action != "warn" && level != "off") continue;
    Finding finding = finding_of(
        Severity::info, table_subject(*table),
        fmt::format("The validator of {} refuses nothing", table->qualified()),
        "It is there, but only warns in the server's log, or is off. When the documents are clean, "
        "let it refuse what is not.");
    finding.evidence = {
        fact("validationAction", action.empty() ? "error" : action, "listCollections"),
        fact("validationLevel", level.empty() ? "strict" : level, "listCollections")};
    model::Change change;
    const bool off = level == "off";
    change.id = "schema.validator_lax/" + table->qualified();
    change.summary = off ? "Check inserts and valid documents" : "Refuse invalid documents";
    change.reason = "A validator that refuses nothing protects nothing.";
    change.risk = model::Risk::high;  // the application's next write may fail
    change.action.kind = model::ActionKind::set_table_option;
    change.action.schema = table->schema;
    change.action.table = table->name;
    change.action.setting = off ? "validationLevel" : "validationAction";
    change.action.value = off ? "moderate" : "error";
    change.action.previous = off ? level : action;
    finding.changes.push_back(std::move(change));
    out.push_back(std::move(finding));
  }
}

void unused_collection(const Facts& facts, std::vector<Finding>& out) {
  constexpr double least_bytes = 100 * megabyte;
  const double up = facts.server().uptime_seconds;
  if (up < facts.policy().min_history_seconds || !facts.policy().all_nodes_seen) return;
  for (const Table* table : facts.user_tables()) {
    const auto& total = table->total;
    if (total.reads + total.writes + total.commands > 0 || table->live_rows == 0) continue;
    if (static_cast<double>(table->total_bytes()) < least_bytes) continue;
    Finding finding = finding_of(
        Severity::low, table_subject(*table),
        fmt::format("Nobody has used {} ({}) for {}", table->qualified(),
                    text::bytes(static_cast<double>(table->total_bytes())), text::duration(up)),
        "It costs disk and backup time. Archive it (mongodump), then drop it, if nobody knows it.");
    finding.evidence = {
        count("operations since the start", 0, "$collStats.latencyStats"),
        time("server up", up, "serverStatus.uptime"),
        size("size with indexes", static_cast<double>(table->total_bytes()), storage)};
    finding.impact.bytes = static_cast<double>(table->total_bytes());
    out.push_back(std::move(finding));
  }
}

void lookup_heavy(const Facts& facts, std::vector<Finding>& out) {
  constexpr double least_share = 0.1;
  double joined = 0;
  std::vector<std::string> texts;
  std::int64_t calls = 0;
  for (const model::Statement& one : facts.snapshot().workload.statements) {
    if (one.own || !text::contains(one.text, "$lookup")) continue;
    joined += facts.share(one);
    calls += one.total.calls;
    texts.push_back(text::shorten(one.text, 100));
  }
  if (joined < least_share || calls < 100) return;
  Finding finding = finding_of(
      Severity::low, server_subject(),
      fmt::format("{} of the workload's time goes into $lookup", text::percent(joined)),
      "A $lookup asks the other collection once for each document. An index on its foreign field "
      "is the first remedy (see index.missing); where the joined data seldom changes, keep a copy "
      "of the fields that are read in the document itself.");
  finding.evidence = {share("share of the time", joined, facts.snapshot().workload.source),
                      count("calls", calls, facts.snapshot().workload.source),
                      fact("the most expensive", texts.front(), facts.snapshot().workload.source)};
  finding.impact.share = joined;
  finding.references = {
      mongodb_manual(facts, "data-modeling/design-antipatterns/reduce-lookup-operations")};
  out.push_back(std::move(finding));
}

const Register registered_documents{
    mongodb_check(Area::schema, "schema.oversized_documents", Severity::high,
                  "Documents are very large",
                  "Whole documents are read, cached and written; 16 MB is the end.",
                  "collStats on the collection; read for the largest",
                  "GridFS chunks are left alone; 100 KB on average, or 10 MB in one",
                  "MongoDB manual, Limits (BSON document size); MongoDB Compass's threshold"),
    oversized_documents};
const Register registered_many{
    mongodb_check(Area::schema, "schema.too_many_collections", Severity::medium,
                  "The server has thousands of collections",
                  "Each collection and index has a file, a handle and memory.", "dbStats",
                  "under 5,000", "MongoDB manual, Reduce the Number of Collections"),
    too_many_collections};
const Register registered_wide{
    mongodb_check(Area::schema, "schema.wide_documents", Severity::info,
                  "Documents have very many fields or are nested deeply",
                  "They are hard to index, and names that are data cannot be indexed at all.",
                  "read on the database (to sample documents)", "20 sampled documents",
                  "MongoDB manual, Attribute Pattern"),
    wide_documents};
const Register registered_names{
    mongodb_check(Area::schema, "schema.long_field_names", Severity::info,
                  "Field names are a large part of the data",
                  "They take memory in the cache and bytes on the network.",
                  "read on the database (to sample documents)",
                  "under 1 GB of data, or under 40 % of it",
                  "MongoDB manual, Operations Checklist"),
    long_names};
const Register registered_series{
    mongodb_check(Area::schema, "schema.time_series_candidate", Severity::info,
                  "A collection of measurements could be a time-series collection",
                  "Those take a fraction of the space and expire by bucket.",
                  "read on the database; the workload (profiler or log)",
                  "5.0 and later; a million documents; inserted in the order of a date and never "
                  "changed in the workload seen",
                  "MongoDB manual, Time Series"),
    time_series_candidate};
const Register registered_lax{
    mongodb_check(Area::schema, "schema.validator_lax", Severity::info,
                  "A validator warns only, or is off", "It protects nothing.", "listCollections",
                  "none: the server says so", "MongoDB manual, Schema Validation"),
    validator_lax};
const Register registered_unused{
    mongodb_check(Area::schema, "schema.unused_collection", Severity::low,
                  "A large collection is never used", "It costs disk and backup time.",
                  "collStats on the collection",
                  "a long uptime; all members were seen (--all-nodes-seen); 100 MB",
                  "MongoDB manual, $collStats (latencyStats)"),
    unused_collection};
const Register registered_lookups{
    mongodb_check(Area::schema, "schema.lookup_heavy", Severity::low,
                  "Much of the time goes into $lookup", "Embedded data needs no join.",
                  "the workload (profiler or log)", "10 % of the time and 100 calls",
                  "MongoDB manual, Reduce $lookup Operations"),
    lookup_heavy};

}  // namespace
}  // namespace whet::advise::schema
