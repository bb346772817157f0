#include "advise/wired/sizes.h"

#include <algorithm>
#include <cmath>

#include "advise/mongodb_index.h"

namespace whet::advise::wired {

namespace {

constexpr double block = 4096;         // allocation_size
constexpr double page = 16384 * 0.9;   // leaf_page_max, split_pct
constexpr double page_header = 40;     // of a page and its block
constexpr double shortest_prefix = 4;  // prefix_compression_min
constexpr double cells = 3.2;          // key and value cells of an entry, with their lengths
constexpr double text_bits = 4.5;      // that a character of a text decides, of 8
constexpr double usual_words = 40;     // of a document, in a text index

/// Of a number in sorting form: those near 0 are short.
double number_bytes(const std::string& type) {
  if (type == "int") return 3;
  if (type == "long") return 5;
  if (type == "decimal") return 12;
  return 8.5;
}

/// A value in sorting form, with its type's byte.
double key_bytes(const Statistics& statistics, const std::string& path) {
  const model::Column* column = statistics.table().column(path);
  const std::string type = column == nullptr ? "" : column->base_type;
  const double bson = statistics.value_bytes(path);
  if (type == "string") return std::max(2.0, bson - 5) + 2;
  if (type == "objectId" || (type.empty() && path == "_id")) return 13;
  if (type == "date" || type == "timestamp") return 9;
  if (type == "bool" || type == "null") return 1;
  if (type == "int" || type == "long" || type == "double" || type == "decimal")
    return number_bytes(type) + 1;
  return bson + 1;
}

/// Bytes of values that follow each other in order have in common: as many as tell `different` ones
/// apart, when they spread evenly; texts decide less with each.
double common_bytes(const Statistics& statistics, const std::string& path, double bytes,
                    double different) {
  const model::Column* column = statistics.table().column(path);
  const std::string type = column == nullptr ? "" : column->base_type;
  double bits = 8;
  double head = 1;  // the type's byte
  if (type == "string") bits = text_bits;
  // Ids and dates of one time begin alike.
  if (type == "objectId" || type.empty()) head = 9;
  if (type == "date") head = 4;
  return std::min(bytes - 1, head + std::log2(std::max(different, 1.0)) / bits);
}

double record_id_bytes(double documents) {
  return 1 + std::ceil(std::max(1.0, (std::log2(std::max(documents, 2.0)) - 2) / 8));
}

bool has_word(const Key& key, const char* word) {
  return std::any_of(key.index->parts.begin(), key.index->parts.end(),
                     [&](const auto& part) { return part_word(*key.index, part) == word; });
}

/// Entries of a wildcard index: one for each value below its path.
double wildcard_entries(const Statistics& statistics, const std::string& wildcard) {
  const std::string head = wildcard == "$**" ? "" : wildcard.substr(0, wildcard.size() - 3);
  double sum = 0;
  for (const model::Column& column : statistics.table().columns) {
    if (!column.name.starts_with(head) || column.name == "_id" || column.base_type == "object")
      continue;
    const double present = column.path ? column.path->present : 1 - statistics.missing(column.name);
    sum += present * statistics.entries(column.name);
  }
  return std::max(sum, 1.0);
}

}  // namespace

IndexSize index_size(const Statistics& statistics, const Key& key) {
  IndexSize out;
  const Bounds bounds = bounds_of(statistics, key, Read{}, Filter{}, false);
  out.entries = bounds.entries;
  const double documents = statistics.documents();
  const double record = record_id_bytes(documents);
  double different = 1, shared = 0, whole = 1;  // the end
  bool told_apart = false;
  for (const model::IndexPart& part : key.index->parts) {
    const std::string word = part_word(*key.index, part);
    double bytes = key_bytes(statistics, part.column);
    double values = statistics.distinct(part.column);
    if (word == "hashed") bytes = 9;
    if (word == "2dsphere" || word == "2d") bytes = 10, values = documents;
    if (word == "text") {
      bytes = 20, values = documents / 10;
      out.entries = documents * usual_words;
    }
    if (key.wildcard && part.column.ends_with("$**")) {
      out.entries *= wildcard_entries(statistics, part.column);
      bytes = 22, values = documents / 4;
    }
    const double missing = std::min(1.0, statistics.missing(part.column));
    bytes = bytes * (1 - missing) + missing;
    const double before = different;
    different = std::min(out.entries, different * values);
    // Neighbours agree in the parts before, as far as these repeat, and in the beginning of this.
    if (!told_apart) {
      const bool repeats = different < out.entries * 0.5;
      shared +=
          repeats ? bytes : common_bytes(statistics, part.column, bytes, out.entries / before);
      told_apart = !repeats;
    }
    whole += bytes;
  }
  // Equal keys differ in the last bytes of their record ids only.
  const double equal = 1 - std::min(1.0, different / std::max(out.entries, 1.0));
  const double in_equal = whole + record - 1.7;
  const double in_others = told_apart ? shared : std::min(shared, whole - 1);
  double stored = 0;
  for (const auto& [part, common] : {std::pair(equal, in_equal), std::pair(1 - equal, in_others)})
    stored += part * (whole + record - (common >= shortest_prefix ? common : 0));
  out.key_bytes = whole + record;
  out.entry_bytes = stored + cells;
  if (has_word(key, "hashed")) out.entry_bytes = std::max(out.entry_bytes, 4.0 + record + cells);
  const double pages = std::ceil(out.entries * out.entry_bytes / (page - page_header));
  out.bytes = std::max(5.0 * block, pages * 16384 * 0.93 + 3 * block);
  return out;
}

}  // namespace whet::advise::wired
