// The paths of documents with all that was seen at each: what statistics are made from. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "mql/value.h"

namespace whet::engine::mongodb {

/// One path over all sampled documents.
struct PathValues {
  std::map<mql::Type, std::int64_t> types;  ///< documents that have a value of the type there
  std::int64_t documents = 0;               ///< that have the path at all
  std::int64_t nulls = 0;                   ///< documents that have nothing but null there
  bool in_array = false;                    ///< below an array of documents
  std::vector<double> array_sizes;
  std::int64_t values = 0;  ///< several in a document below an array of documents
  std::int64_t bytes = 0;   ///< of all values, BSON
  /// Leaf values in the order of the documents, those of arrays one by one, and whose they are.
  struct Leaf {
    const mql::Value* value = nullptr;
    std::int64_t document = 0;
  };
  std::vector<Leaf> leaves;
};

struct DocumentPaths {
  std::map<std::string, PathValues> paths;
  std::vector<double> bytes, fields, depths;  ///< of each document
  double name_bytes = 0;                      ///< field names of all documents
  std::int64_t left_out = 0;                  ///< paths that did not fit in
};

/// The values point into `documents`.
[[nodiscard]] DocumentPaths paths_of(const std::vector<mql::Value>& documents);

}  // namespace whet::engine::mongodb
