// How many documents and index entries conditions leave, by the statistics of sampled documents.
//
// Of a path the snapshot has (model/schema.h, as the collector fills them): the part of documents
// without a value, different values, frequencies of the commonest, a histogram whose values are
// canonical extended JSON; with arrays the elements count each by itself. Conditions on different
// paths are taken to be independent.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "advise/wired/query.h"
#include "model/schema.h"

namespace whet::advise::wired {

class Statistics {
 public:
  explicit Statistics(const model::Table& table);

  [[nodiscard]] const model::Table& table() const { return *table_; }
  [[nodiscard]] double documents() const { return documents_; }
  [[nodiscard]] double document_bytes() const { return document_bytes_; }

  /// Entries that a document makes in an index on the path: elements of an array, else 1.
  [[nodiscard]] double entries(const std::string& path) const;
  /// Different values; at least 1.
  [[nodiscard]] double distinct(const std::string& path) const;
  /// The part of the documents that have nothing, or null, at the path.
  [[nodiscard]] double missing(const std::string& path) const;
  /// The path's first array, "items" of "items.sku"; empty: none.
  [[nodiscard]] std::string array_of(const std::string& path) const;
  [[nodiscard]] bool is_text(const std::string& path) const;
  /// Of one value in an index, with its type's byte.
  [[nodiscard]] double value_bytes(const std::string& path) const;

  /// The part of an index's entries that are within the conditions, all on one path.
  [[nodiscard]] double entry_share(const std::vector<const Condition*>& conditions) const;
  /// The part of the documents that pass.
  [[nodiscard]] double document_share(const std::vector<const Condition*>& conditions) const;
  [[nodiscard]] double document_share(const Filter& filter) const;

 private:
  struct Bucket {
    mql::Value low, high;
    double share = 0, distinct = 0;
  };
  struct Path {
    const model::Column* column = nullptr;
    double missing = 0, distinct = 1, entries = 1;
    std::vector<Bucket> buckets;
    std::vector<std::pair<mql::Value, double>> common;  ///< part of the documents
    double rest = 1;  ///< part of the entries that the common ones leave
    double rest_distinct = 1;
  };
  [[nodiscard]] const Path& path(const std::string& name) const;
  [[nodiscard]] double equal_share(const Path& path, const mql::Value& value) const;
  [[nodiscard]] double below(const Path& path, const mql::Value& value, bool inclusive) const;
  [[nodiscard]] double range_share(const Path& path,
                                   const std::vector<const Condition*>& conditions) const;
  [[nodiscard]] double one_share(const Path& path, const Condition& condition) const;

  const model::Table* table_;
  double documents_ = 0, document_bytes_ = 0;
  mutable std::map<std::string, Path> paths_;
};

}  // namespace whet::advise::wired
