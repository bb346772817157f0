#include "advise/wired/sizes.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "advise/mongodb_index.h"

namespace whet::advise::wired {

namespace {

constexpr double block = 4096;          // allocation_size
constexpr double page = 16384;          // leaf_page_max
constexpr double fill = 0.9;            // split_pct
constexpr double page_header = 40;      // of a page and its block
constexpr double shortest_prefix = 4;   // prefix_compression_min
constexpr double longer_prefix = 10;    // WT_KEY_PREFIX_PREVIOUS_MINIMUM
constexpr double usual_on_page = 1400;  // entries
constexpr double text_bits = 3.5;       // that a character of a text decides, of 8
constexpr double usual_words = 40;      // of a document, in a text index

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

/// Bytes that all values begin with, the type's among them: what the lowest and the highest share.
double head_bytes(const model::Column* column, const std::string& type) {
  if (column == nullptr || !column->stats || column->stats->histogram.empty()) return 1;
  const auto low = mql::parse_json(column->stats->histogram.front().low);
  const auto high = mql::parse_json(column->stats->histogram.back().high);
  if (!low || !high || low->type != high->type) return 1;
  if (type == "date") {
    const double range = std::max(2.0, static_cast<double>(high->integer - low->integer));
    return 1 + (64 - std::log2(range)) / 8;
  }
  if (type != "string") return 1;
  const auto differ =
      std::mismatch(low->text.begin(), low->text.end(), high->text.begin(), high->text.end());
  return 1 + static_cast<double>(differ.first - low->text.begin());
}

/// Ids begin with their second; behind it those of one process agree in five bytes.
double id_common(const model::Column* column, double groups) {
  double seconds = 3.2e7;  // a year, when nothing is known
  if (column != nullptr && column->stats && !column->stats->histogram.empty()) {
    const auto low = mql::parse_json(column->stats->histogram.front().low);
    const auto high = mql::parse_json(column->stats->histogram.back().high);
    constexpr std::size_t hex = 8;
    const auto second = [](const mql::Value& id) {
      return static_cast<double>(std::strtoll(id.text.substr(0, hex).c_str(), nullptr, 16));
    };
    if (low && high && low->text.size() > hex && high->text.size() > hex)
      seconds = std::max(1.0, second(*high) - second(*low));
  }
  const double each = seconds / std::max(groups, 1.0);
  return each <= 1 ? 10.5 : 5 - std::log2(each) / 8;
}

/// What values have in common with others of the same one of `groups` neighbouring groups, when
/// they spread evenly.
double common_bytes(const Statistics& statistics, const std::string& path, double bytes,
                    double groups) {
  const model::Column* column = statistics.table().column(path);
  const std::string type = column == nullptr ? "" : column->base_type;
  if (type == "objectId" || (type.empty() && path == "_id"))
    return std::min(bytes, id_common(column, groups));
  const double bits = type == "string" ? text_bits : 8;
  return std::min(bytes, head_bytes(column, type) + std::log2(std::max(groups, 1.0)) / bits);
}

/// One part of the key, as it is stored.
struct Stored {
  std::string path;
  double bytes = 0, values = 1;
  bool spread = false;  ///< evenly over all bytes: hashes
};

/// What a key shares with the one before it, and so need not be stored.
struct Prefix {
  double usual = 0;     ///< between neighbours
  double boundary = 0;  ///< where a part changes that otherwise repeats
  double repeats = 1;   ///< part of the entries to which `usual` applies
  double changes = 0;   ///< how often a part so changes
};

double part_common(const Statistics& statistics, const Stored& part, double groups) {
  if (part.spread) return std::min(part.bytes, 1 + std::log2(std::max(groups, 1.0)) / 8);
  return common_bytes(statistics, part.path, part.bytes, groups);
}

Prefix prefix_of(const Statistics& statistics, const std::vector<Stored>& parts, double entries) {
  Prefix out;
  double before = 1;
  for (const Stored& part : parts) {
    const double after = std::min(entries, before * part.values);
    if (after > entries / 2) {
      // It tells the entries apart: of it, they share what a page (or a run) of them shares.
      out.usual += part_common(statistics, part, entries / before / usual_on_page);
      out.repeats = 1 - before / entries;
      out.changes = before;
      return out;
    }
    out.boundary = out.usual + part_common(statistics, part, after / before);
    out.usual += part.bytes;
    before = after;
  }
  // Equal keys: they differ in their record ids.
  out.usual += 1.4;
  out.repeats = 1 - before / entries;
  out.changes = before;
  return out;
}

double record_id_bytes(double documents) {
  // 10 bits in two bytes, then 8 in each.
  return 2 + std::ceil(std::max(0.0, std::log2(std::max(documents, 2.0)) - 10) / 8);
}

/// Types that numbers had before they got the sorting form stand beside the key.
double type_bytes(const Statistics& statistics, const std::string& path) {
  const model::Column* column = statistics.table().column(path);
  if (column == nullptr) return 0;
  return column->base_type == "double" || column->base_type == "long" ||
                 column->base_type == "decimal"
             ? 2
             : 0;
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
  out.entries = bounds_of(statistics, key, Read{}, Filter{}, false).entries;
  const double documents = statistics.documents();
  double whole = 1, types = 0;  // the end
  std::vector<Stored> parts;
  for (const model::IndexPart& wanted : key.index->parts) {
    const std::string word = part_word(*key.index, wanted);
    Stored part{wanted.column, key_bytes(statistics, wanted.column),
                statistics.distinct(wanted.column), false};
    if (word == "hashed") part.bytes = 9, part.spread = true, types += 2;
    if (word == "2dsphere" || word == "2d") part.bytes = 10, part.values = documents;
    if (word == "text") {
      part.bytes = 20, part.values = documents / 10;
      out.entries = documents * usual_words;
    }
    if (key.wildcard && wanted.column.ends_with("$**")) {
      out.entries *= wildcard_entries(statistics, wanted.column);
      part.bytes = static_cast<double>(wanted.column.size()) + 12;
      part.values = statistics.table().columns.size() > 1
                        ? 10.0 * static_cast<double>(statistics.table().columns.size())
                        : documents;
    }
    const double missing = key.sparse ? 0 : std::min(1.0, statistics.missing(wanted.column));
    part.bytes = part.bytes * (1 - missing) + missing;
    types += word.empty() ? type_bytes(statistics, wanted.column) * (1 - missing) : 0;
    whole += part.bytes;
    parts.push_back(std::move(part));
  }
  const double record = record_id_bytes(documents);
  const Prefix prefix = prefix_of(statistics, parts, out.entries);
  // A prefix is made longer by ten bytes or from nothing only: after a change in a long key it
  // stays short to the end of the page.
  const bool stays =
      prefix.boundary >= shortest_prefix && prefix.usual < prefix.boundary + longer_prefix;
  const double on_page = prefix.changes / std::max(1.0, out.entries / usual_on_page);
  const double shortened = stays && on_page > 0 ? 1 - (1 - std::exp(-on_page)) / on_page : 0;
  const double usual = prefix.usual * (1 - shortened) + prefix.boundary * shortened;
  const double boundary = prefix.boundary >= shortest_prefix ? prefix.boundary : 0;
  double shared = prefix.repeats * usual + (1 - prefix.repeats) * boundary;
  if (prefix.usual < shortest_prefix) shared = 0;
  out.key_bytes = whole + record;
  out.entry_bytes = out.key_bytes - shared + 2 + types;
  const double pages = out.entries * out.entry_bytes / (page * fill - page_header);
  out.bytes = pages <= 2 ? std::ceil(pages * page / block + 3) * block + block
                         : std::ceil(pages) * page + 3 * block;
  return out;
}

}  // namespace whet::advise::wired
