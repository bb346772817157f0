// MongoDB's special kinds of indexes and options: wildcard, text, sparse, unique with missing
// values.
#include <algorithm>

#include "advise/check.h"
#include "advise/index/mongodb_common.h"
#include "base/text.h"
#include "base/units.h"
#include "base/whole.h"

namespace whet::advise {

namespace {

using model::Column;
using model::Finding;
using model::Index;
using model::Severity;
using model::Table;

constexpr std::int64_t enough_writes = 1000;
constexpr std::int64_t enough_sampled = 100;

bool sampled(const Table& table) {
  return table.sample && table.sample->documents >= enough_sampled;
}

const model::PathFacts* path_of(const Table& table, std::string_view path) {
  const Column* column = table.column(path);
  return column != nullptr && column->path ? &*column->path : nullptr;
}

/// The part of the documents that have nothing, or null, at the path; nothing: not known.
std::optional<double> missing_share(const Table& table, std::string_view name) {
  const model::PathFacts* path = path_of(table, name);
  if (path == nullptr || !sampled(table)) return std::nullopt;
  double null = 0;
  for (const model::TypeShare& type : path->types) {
    if (type.type == "null" || type.type == "undefined") null += type.share;
  }
  return std::clamp(1 - path->present + null, 0.0, 1.0);
}

bool all_paths(const Index& index) {
  return is_wildcard(index) && index_option(index, "wildcardProjection").empty() &&
         std::any_of(index.parts.begin(), index.parts.end(),
                     [](const model::IndexPart& part) { return part.column == "$**"; });
}

void wildcard_everything(const Facts& facts, std::vector<Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    for (const Index& index : table->indexes) {
      if (!all_paths(index) || index.hidden || index.building) continue;
      const std::int64_t writes = documents_written(*table);
      const auto bytes = static_cast<double>(index.size_bytes);
      const bool heavy = writes >= enough_writes && table->rows() >= 10000;
      if (!heavy && bytes < 100 * megabyte) continue;
      Finding finding;
      finding.severity = heavy && bytes > static_cast<double>(table->data_bytes) / 2
                             ? Severity::medium
                             : Severity::low;
      finding.subject = index_subject(*table, index);
      finding.title = index.name + " indexes every field of " + table->qualified();
      finding.detail =
          "Each write makes an entry for every value of the document. The index serves one field "
          "of a query at a time and no sort beside another condition: ordinary indexes on the "
          "fields that the queries name, or a wildcard on the part that varies "
          "({\"attributes.$**\": 1}), do the same for far less.";
      finding.evidence = {
          key_evidence(index), size_evidence(index),
          size("documents, uncompressed", static_cast<double>(table->data_bytes),
               "$collStats.storageStats.size"),
          count("documents written", writes, "top, latencyStats"),
          count("uses", mongodb_uses(index), "$indexStats.accesses.ops, all members")};
      if (table->sample)
        finding.evidence.push_back(
            number("fields of an average document", table->sample->average_fields, "$sample"));
      finding.impact.bytes = bytes;
      finding.references = {mongodb_manual(facts, "core/indexes/index-types/index-wildcard")};
      out.push_back(std::move(finding));
    }
  }
}

bool is_text(const Index& index) {
  return index.method == "text" ||
         std::any_of(index.parts.begin(), index.parts.end(),
                     [](const model::IndexPart& part) { return part.opclass == "text"; });
}

void text_cost(const Facts& facts, std::vector<Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    for (const Index& index : table->indexes) {
      if (!is_text(index) || index.hidden || index.building) continue;
      const auto bytes = static_cast<double>(index.size_bytes);
      // index.unused speaks of those that nobody reads.
      if (bytes < 10 * megabyte || mongodb_uses(index) == 0) continue;
      const auto data = static_cast<double>(table->data_bytes);
      const std::int64_t writes = documents_written(*table);
      const bool large = data > 0 && bytes > data / 2;
      const bool written = writes > 10 * mongodb_uses(index) && writes >= enough_writes;
      if (!large && !written) continue;
      Finding finding;
      finding.severity = large && written ? Severity::medium : Severity::low;
      finding.subject = index_subject(*table, index);
      finding.title = "The text index " + index.name + " takes " + text::bytes(bytes) +
                      (written ? ", for " + text::count(mongodb_uses(index)) + " searches and " +
                                     text::count(writes) + " writes"
                               : "");
      finding.detail =
          "It has an entry for every different word of every document. Index fewer fields, leave "
          "documents out by a partialFilterExpression, or search with a search engine (Atlas "
          "Search) beside the collection.";
      finding.evidence = {
          size_evidence(index),
          size("documents, uncompressed", data, "$collStats.storageStats.size"),
          count("uses", mongodb_uses(index), "$indexStats.accesses.ops, all members"),
          count("documents written", writes, "top, latencyStats"), key_evidence(index)};
      finding.impact.bytes = bytes;
      finding.references = {mongodb_manual(facts, "core/indexes/index-types/index-text")};
      out.push_back(std::move(finding));
    }
  }
}

/// A part that every sampled document has: a sparse index on it leaves nothing out.
std::string always_there(const Table& table, const Index& index) {
  for (const model::IndexPart& part : index.parts) {
    const model::PathFacts* path = path_of(table, part.column);
    if (path != nullptr && path->present >= 1) return part.column;
  }
  return "";
}

void sparse_without_effect(const Facts& facts, std::vector<Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    if (!sampled(*table) || table->rows() < 1000) continue;
    for (const Index& index : table->indexes) {
      if (!index_flag(index, "sparse") || !is_ordered(index) || index.hidden) continue;
      // A unique one may be sparse for documents to come.
      if (index.unique) continue;
      const std::string path = always_there(*table, index);
      if (path.empty()) continue;
      Finding finding;
      finding.severity = Severity::low;
      finding.subject = index_subject(*table, index);
      finding.title = index.name + " is sparse, but every document has " + path;
      finding.detail =
          std::string(index.parts.size() > 1
                          ? "A sparse index on several fields leaves out only documents that have "
                            "none of them. "
                          : "") +
          "It leaves nothing out, and the server still may not use it for a sort of the whole "
          "collection, for {" +
          mongosh_field(path) +
          ": null} and for counting: without sparse it would serve these too. When most "
          "documents are not wanted, a partialFilterExpression says which.";
      finding.evidence = {
          key_evidence(index),
          share("sampled documents that have " + path, path_of(*table, path)->present, "$sample"),
          count("sampled documents", table->sample->documents, "$sample"),
          count("documents", to_whole(table->rows()), "$collStats.storageStats.count")};
      finding.references = {mongodb_manual(facts, "core/index-sparse"),
                            mongodb_manual(facts, "core/index-partial")};
      out.push_back(std::move(finding));
    }
  }
}

/// Errors of inserts and updates into the collection.
std::int64_t write_errors(const Facts& facts, const Table& table) {
  std::int64_t errors = 0;
  for (const model::Statement& statement : facts.snapshot().workload.statements) {
    const bool writes = statement.kind == model::StatementKind::insert ||
                        statement.kind == model::StatementKind::update;
    if (writes && !statement.own && mentions(statement.text, table.name))
      errors += statement.total.errors;
  }
  return errors;
}

/// The whole key may be missing: then only one document may be so.
void unique_missing(const Facts& facts, std::vector<Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    for (const Index& index : table->indexes) {
      if (!index.unique || index.primary || index_flag(index, "sparse") ||
          !index.predicate.empty() || !is_ordered(index))
        continue;
      for (const model::IndexPart& part : index.parts) {
        const auto missing = missing_share(*table, part.column);
        if (!missing || *missing <= 0 || *missing >= 1) continue;
        const std::int64_t errors = write_errors(facts, *table);
        Finding finding;
        finding.severity = errors > 0 ? Severity::medium : Severity::low;
        finding.subject = index_subject(*table, index);
        finding.title = "Documents without " + part.column +
                        " count as equal in the unique index " + index.name;
        finding.detail =
            "A missing field is null to a unique index: a second document without it" +
            std::string(index.parts.size() > 1 ? ", and with the same other fields," : "") +
            " is refused as a duplicate (E11000). When such documents are allowed, make it a "
            "partial index over those that have the field.";
        Index partial = index;
        partial.predicate = "{\"" + part.column + "\":{\"$exists\":true}}";
        partial.name = default_index_name(index) + "_present";
        finding.evidence = {key_evidence(index),
                            share("sampled documents without it", *missing, "$sample"),
                            count("sampled documents", table->sample->documents, "$sample"),
                            count("failed writes to the collection", errors, "system.profile")};
        finding.changes = {manual(
            "unique/" + table->qualified() + "." + index.name,
            "Replace " + index.name + " by a unique index over documents that have the field",
            mongosh_create(*table, partial) + "; " + mongosh_drop(*table, index))};
        finding.references = {mongodb_manual(facts, "core/index-unique"),
                              mongodb_manual(facts, "core/index-partial")};
        out.push_back(std::move(finding));
        break;
      }
    }
  }
}

const Register wildcard{{.id = "index.wildcard_everything",
                         .area = Area::index,
                         .severity = Severity::medium,
                         .engines = mongodb,
                         .summary = "A wildcard index over every field of a collection",
                         .why = "Each write makes an entry for every value of the document.",
                         .guards = "a wildcardProjection or a part of the document; fewer than "
                                   "10,000 documents or 1,000 writes, unless it takes 100 MB",
                         .source = "MongoDB manual, Wildcard Indexes (restrictions); MG-IDX-010"},
                        wildcard_everything};
const Register words{{.id = "index.text_cost",
                      .area = Area::index,
                      .severity = Severity::medium,
                      .engines = mongodb,
                      .summary = "A text index costs more than its searches are worth",
                      .why = "It has an entry for every different word of every document.",
                      .guards = "below 10 MB; ten searches for each hundred writes and less than "
                                "half of the data",
                      .source = "MongoDB manual, Text Indexes (storage)"},
                     text_cost};
const Register sparse{{.id = "index.sparse_without_effect",
                       .area = Area::index,
                       .severity = Severity::low,
                       .engines = mongodb,
                       .summary = "A sparse index on a field that every document has",
                       .why = "It saves nothing, and the server may not use it for sorts, null "
                              "and counts.",
                       .guards = "unique ones, fewer than 1,000 documents or 100 sampled ones",
                       .source = "MongoDB manual, Sparse Indexes"},
                      sparse_without_effect};
const Register unique{{.id = "index.unique_missing",
                       .area = Area::index,
                       .severity = Severity::medium,
                       .engines = mongodb,
                       .summary = "Documents lack a field of a unique index",
                       .why = "Missing values are equal to each other: the second is refused.",
                       .guards = "sparse and partial ones, fewer than 100 sampled documents, "
                                 "fields that all or none of them have",
                       .source = "MongoDB manual, Unique Indexes (missing fields); MG-IDX-008"},
                      unique_missing};

}  // namespace
}  // namespace whet::advise
