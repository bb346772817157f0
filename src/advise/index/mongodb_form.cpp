// How indexes of MongoDB are made: keys that hardly tell documents apart, too many of them, more
// than the cache holds.
#include <algorithm>
#include <cmath>

#include "advise/check.h"
#include "advise/index/mongodb_algebra.h"
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

constexpr double few_values = 8;
constexpr double enough_rows = 10000;
constexpr double enough_sampled = 100;
constexpr std::size_t many_indexes = 10;
constexpr std::size_t index_limit = 64;
constexpr std::size_t near_limit = 56;

/// Different values of the index's only field, when the sample tells: 0 else.
double distinct_of(const Table& table, const Index& index) {
  if (index.parts.size() != 1 || !table.sample ||
      static_cast<double>(table.sample->documents) < enough_sampled)
    return 0;
  const Column* column = table.column(index.parts.front().column);
  if (column == nullptr || !column->stats) return 0;
  const double distinct = column->stats->distinct;
  return distinct < 0 ? -distinct * table.rows() : distinct;
}

/// A value that few documents have is worth an index even when there are few values.
bool has_rare_value(const Table& table, const Index& index) {
  const auto& common = table.column(index.parts.front().column)->stats->common_frequencies;
  return std::any_of(common.begin(), common.end(), [](double f) { return f > 0 && f < 0.05; });
}

std::vector<model::Evidence> value_evidence(const Table& table, const Index& index,
                                            double distinct) {
  return {number("different values", distinct, "sampled documents"),
          count("sampled documents", table.sample->documents, "$sample"),
          count("documents", to_whole(table.rows()), "$collStats.storageStats.count"),
          count("uses", mongodb_uses(index), "$indexStats.accesses.ops, all members"),
          size_evidence(index)};
}

void low_cardinality(const Facts& facts, std::vector<Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    if (table->rows() < enough_rows) continue;
    for (const Index& index : table->indexes) {
      if (!is_ordered(index) || !index.predicate.empty() || index.hidden || index.building)
        continue;
      const double distinct = distinct_of(*table, index);
      if (distinct <= 0 || distinct > few_values || has_rare_value(*table, index)) continue;
      // index.unused speaks of those that nobody reads.
      if (!mongodb_must_stay(index).empty() || mongodb_uses(index) == 0) continue;
      Finding finding;
      finding.severity = Severity::low;
      finding.subject = index_subject(*table, index);
      finding.title = index.name + " holds only " +
                      text::plural(to_whole(distinct), "different value", "different values") +
                      " in " + text::count(to_whole(table->rows())) + " documents";
      finding.detail =
          "A search by it fetches a large part of the collection, document by document: reading "
          "all of it is usually quicker. It helps only when one value is rare and that one is "
          "asked for (then a partial index is far smaller), or at the beginning of a longer key.";
      finding.evidence = value_evidence(*table, index, distinct);
      finding.impact.bytes = static_cast<double>(index.size_bytes);
      finding.references = {mongodb_manual(facts, "core/index-partial")};
      out.push_back(std::move(finding));
    }
  }
}

void hashed_low_cardinality(const Facts& facts, std::vector<Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    if (table->rows() < enough_rows) continue;
    for (const Index& index : table->indexes) {
      if (index.parts.size() != 1 || part_word(index, index.parts.front()) != "hashed") continue;
      const double distinct = distinct_of(*table, index);
      if (distinct <= 0 || distinct > 1000 || distinct > table->rows() / 100) continue;
      Finding finding;
      finding.severity = index.shard_key ? Severity::medium : Severity::low;
      finding.subject = index_subject(*table, index);
      finding.title = "The hashed index " + index.name + " has only " +
                      text::count(to_whole(distinct)) + " different values";
      finding.detail =
          index.shard_key
              ? "Equal values have equal hashes: all documents of a value are in one chunk, which "
                "cannot be split. There can be no more chunks than values."
              : "Hashing spreads values that are many; it has no advantage over an ordinary index "
                "here, and cannot serve ranges, sorts, or longer keys of other indexes.";
      finding.evidence = value_evidence(*table, index, distinct);
      finding.references = {mongodb_manual(facts, "core/index-hashed")};
      out.push_back(std::move(finding));
    }
  }
}

std::size_t secondary_indexes(const Table& table) {
  return static_cast<std::size_t>(std::count_if(table.indexes.begin(), table.indexes.end(),
                                                [](const Index& i) { return !i.primary; }));
}

void too_many(const Facts& facts, std::vector<Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    const std::size_t secondary = secondary_indexes(*table);
    const std::int64_t writes = documents_written(*table);
    if (secondary <= many_indexes || table->rows() < enough_rows || writes < 1000) continue;
    Finding finding;
    finding.severity = Severity::low;
    finding.subject = table_subject(*table);
    finding.title =
        table->qualified() + " has " + std::to_string(secondary) + " indexes besides that on _id";
    finding.detail =
        "Each inserted document makes an entry in every one of them, and for arrays one for each "
        "element. Indexes that share their first fields can often be merged: whet index says "
        "which should stay.";
    finding.evidence = {count("indexes", static_cast<std::int64_t>(secondary), "listIndexes"),
                        count("documents written", writes, "top, latencyStats"),
                        size("indexes in all", static_cast<double>(table->index_bytes),
                             "$collStats.storageStats.totalIndexSize"),
                        size("the collection on disk", static_cast<double>(table->heap_bytes),
                             "$collStats.storageStats.storageSize")};
    out.push_back(std::move(finding));
  }
}

void near_the_limit(const Facts& facts, std::vector<Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    const std::size_t all = table->indexes.size();
    if (all < near_limit) continue;
    Finding finding;
    finding.severity = all >= index_limit ? Severity::high : Severity::medium;
    finding.subject = table_subject(*table);
    finding.title = table->qualified() + " has " + std::to_string(all) + " of at most " +
                    std::to_string(index_limit) + " indexes";
    finding.detail =
        "The server refuses the next one: a deployment that creates its indexes fails then.";
    finding.evidence = {count("indexes", static_cast<std::int64_t>(all), "listIndexes"),
                        size("indexes in all", static_cast<double>(table->index_bytes),
                             "$collStats.storageStats.totalIndexSize")};
    finding.references = {mongodb_manual(facts, "reference/limits")};
    out.push_back(std::move(finding));
  }
}

void larger_than_data(const Facts& facts, std::vector<Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    const auto index = static_cast<double>(table->index_bytes);
    const auto data = static_cast<double>(table->data_bytes);
    if (index < gigabyte || data <= 0 || index < 1.5 * data) continue;
    Finding finding;
    finding.severity = Severity::info;
    finding.subject = table_subject(*table);
    finding.title = "The indexes of " + table->qualified() + " (" + text::bytes(index) +
                    ") are larger than its documents (" + text::bytes(data) + ")";
    finding.detail =
        "They compete with the documents for the cache. Look at redundant, unused and wildcard "
        "ones first; short values and few array elements make the others smaller.";
    finding.evidence = {size("indexes", index, "$collStats.storageStats.totalIndexSize"),
                        size("documents, uncompressed", data, "$collStats.storageStats.size")};
    out.push_back(std::move(finding));
  }
}

double status_of(const Facts& facts, std::string_view name) {
  const auto& status = facts.server().status;
  const auto at = std::find_if(status.begin(), status.end(),
                               [&](const auto& value) { return value.name == name; });
  return at == status.end() ? 0 : at->total;
}

void larger_than_cache(const Facts& facts, std::vector<Finding>& out) {
  const double cache = status_of(facts, "wiredTiger.cache.maximum bytes configured");
  if (cache <= 0) return;
  struct Used {
    const Table* table;
    const Index* index;
  };
  std::vector<Used> used;
  double sum = 0;
  for (const Table* table : facts.user_tables()) {
    for (const Index& index : table->indexes) {
      if (mongodb_uses(index) == 0) continue;
      used.push_back({table, &index});
      sum += static_cast<double>(index.size_bytes);
    }
  }
  if (sum < cache) return;
  std::sort(used.begin(), used.end(), [](const Used& a, const Used& b) {
    return std::pair(-a.index->size_bytes, std::string_view(a.index->name)) <
           std::pair(-b.index->size_bytes, std::string_view(b.index->name));
  });
  Finding finding;
  finding.severity = sum > 2 * cache ? Severity::medium : Severity::low;
  finding.subject = server_subject();
  finding.title = "The indexes in use (" + text::bytes(sum) + ") do not fit the cache (" +
                  text::bytes(cache) + ")";
  finding.detail =
      "An index whose pages are not in the cache costs a read from disk for each search. More "
      "memory helps, and so do fewer and smaller indexes: merged, partial, without wide values.";
  finding.evidence = {
      size("indexes in use", sum, "$collStats.storageStats.indexSizes, $indexStats"),
      size("cache", cache, "serverStatus.wiredTiger.cache.maximum bytes configured"),
      number("pages read into the cache",
             status_of(facts, "wiredTiger.cache.pages read into cache"),
             "serverStatus.wiredTiger.cache.pages read into cache")};
  for (std::size_t i = 0; i < used.size() && i < 3; ++i)
    finding.evidence.push_back(size(used[i].table->qualified() + "." + used[i].index->name,
                                    static_cast<double>(used[i].index->size_bytes),
                                    "$collStats.storageStats.indexSizes"));
  finding.impact.bytes = sum - cache;
  finding.impact.arithmetic = "indexes in use less the cache";
  out.push_back(std::move(finding));
}

void id_prefix(const Facts& facts, std::vector<Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    for (const Index& index : table->indexes) {
      if (index.parts.size() < 2 || index.parts.front().column != "_id" || !is_ordered(index))
        continue;
      if (index.hidden || index.building || !mongodb_must_stay(index).empty()) continue;
      Finding finding;
      finding.severity = Severity::low;
      finding.subject = index_subject(*table, index);
      finding.title = index.name + " begins with _id, which alone tells documents apart";
      finding.detail =
          "Behind _id no further field narrows a search or orders it: the index on _id serves the "
          "same queries. It helps only a query that reads nothing but its fields.";
      finding.evidence = {
          key_evidence(index), size_evidence(index),
          count("uses", mongodb_uses(index), "$indexStats.accesses.ops, all members")};
      finding.impact.bytes = static_cast<double>(index.size_bytes);
      finding.impact.arithmetic = "the whole index: " + text::bytes(finding.impact.bytes);
      finding.changes = {
          retire_mongodb_index(facts, *table, index, "the index on _id does its work")};
      out.push_back(std::move(finding));
    }
  }
}

const Register low{{.id = "index.low_cardinality_leading",
                    .area = Area::index,
                    .severity = Severity::low,
                    .engines = mongodb,
                    .summary = "An index on a field with a handful of values",
                    .why = "Each search by it fetches much of the collection in random order; "
                           "each write keeps it up to date.",
                    .guards = "longer keys, partial, unique, TTL and shard key indexes, those "
                              "that nobody reads (index.unused), fewer than 10,000 documents or "
                              "100 sampled ones, a value that less than 5 % of them have",
                    .source = "8 values: an eighth of the collection each"},
                   low_cardinality};
const Register hashed{{.id = "index.hashed_low_cardinality",
                       .area = Area::index,
                       .severity = Severity::medium,
                       .engines = mongodb,
                       .summary = "A hashed index on a field with few values",
                       .why = "As a shard key it limits the number of chunks; else it has no "
                              "advantage over an ordinary index.",
                       .guards = "more than 1,000 values, or one for each hundred documents",
                       .source = "MongoDB manual, Hashed Indexes; Hashed Sharding"},
                      hashed_low_cardinality};
const Register many{{.id = "index.too_many",
                     .area = Area::index,
                     .severity = Severity::low,
                     .engines = mongodb,
                     .summary = "More than ten indexes on a collection that is written",
                     .why = "Each insert writes an entry into every one of them.",
                     .guards = "fewer than 10,000 documents, fewer than 1,000 written",
                     .source = "Compass and Atlas: 10"},
                    too_many};
const Register limit{{.id = "index.near_limit",
                      .area = Area::index,
                      .severity = Severity::high,
                      .engines = mongodb,
                      .summary = "A collection has nearly as many indexes as it may have",
                      .why = "Creating one more fails.",
                      .guards = "fewer than 56 of 64",
                      .source = "MongoDB manual, Limits: 64 indexes for each collection"},
                     near_the_limit};
const Register larger{{.id = "index.larger_than_data",
                       .area = Area::index,
                       .severity = Severity::info,
                       .engines = mongodb,
                       .summary = "A collection's indexes are much larger than its documents",
                       .why = "They take the cache from the documents that they point at.",
                       .guards = "less than 1 GB of indexes, or less than one and a half times "
                                 "the documents",
                       .source = "PMM's advisor (index larger than data, above 1 GB)"},
                      larger_than_data};
const Register cache{{.id = "index.larger_than_cache",
                      .area = Area::index,
                      .severity = Severity::medium,
                      .engines = mongodb,
                      .summary = "The indexes in use do not fit the cache",
                      .why = "Searches read index pages from disk.",
                      .guards = "indexes that nobody uses do not count",
                      .source = "MongoDB manual, Ensure Indexes Fit in RAM; MG-IDX-007"},
                     larger_than_cache};
const Register id{{.id = "index.id_prefix",
                   .area = Area::index,
                   .severity = Severity::low,
                   .engines = mongodb,
                   .summary = "A compound index begins with _id",
                   .why = "_id alone finds the document: the rest of the key is never needed.",
                   .guards = "unique and shard key indexes, hashed ones",
                   .source = "MongoDB manual, Compound Indexes"},
                  id_prefix};

}  // namespace
}  // namespace whet::advise
