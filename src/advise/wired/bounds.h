// What of an index a filter's conditions leave to be read: the bounds of each part of the key, by
// the rules of MongoDB's planner (src/mongo/db/query/planner_ixselect.cpp,
// index_bounds_builder.cpp, query_planner_analysis.cpp; manual, "Multikey Index Bounds").
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "advise/wired/query.h"
#include "advise/wired/statistics.h"
#include "model/schema.h"

namespace whet::advise::wired {

/// An index as the model sees it.
struct Key {
  const model::Index* index = nullptr;
  const model::Table* table = nullptr;
  std::optional<std::size_t> position;  ///< among the switched ones
  std::string name;
  Filter partial;  ///< of a partial index
  bool sparse = false, wildcard = false;
  std::string collation;  ///< canonical; empty: none
  double bytes = 0;       ///< of one entry
};

[[nodiscard]] Key key_of(const model::Table& table, const model::Index& index);

/// What is read of one part.
struct Part {
  std::string path;
  std::string word;  ///< "hashed", "2dsphere", ...; empty: ordered
  bool descending = false;
  std::vector<const Condition*> conditions;  ///< that make the bounds; empty: all of it
  double points = 0;                         ///< intervals of one value each; 0: a range
  double share = 1;                          ///< of the entries that the parts before leave
  double distinct = 1;                       ///< different values in the whole index
  double intervals = 1;
  double key_filter = 1;  ///< part that a check on the key lets through
  bool array = false;     ///< entries for elements

  [[nodiscard]] bool all() const { return conditions.empty(); }
};

struct Bounds {
  std::vector<Part> parts;
  std::vector<const Condition*> unchecked;  ///< only the document tells whether they hold
  double entries = 0;                       ///< of the whole index
  double keys = 0;                          ///< examined
  double matching = 0;                      ///< within the bounds of all parts
  double documents = 0;                     ///< different ones among these
  double intervals = 1;
};

/// Whether the planner may use it at all for these conditions: it must hold all documents that the
/// filter takes, and order texts as the read does. `led`: its first part must be bounded.
[[nodiscard]] bool usable(const Statistics& statistics, const Key& key, const Read& read,
                          const Filter& filter, bool led);

/// REQUIRES: usable. With `led` false nothing is bounded: the whole index is read, for its order.
[[nodiscard]] Bounds bounds_of(const Statistics& statistics, const Key& key, const Read& read,
                               const Filter& filter, bool led);

/// Whether reading it gives the sort's order. `scans`: so many scans must be merged for it.
struct Order {
  bool given = false, merged = false;
  double scans = 1;
};
[[nodiscard]] Order order_of(const Bounds& bounds, const std::vector<SortKey>& sort);

}  // namespace whet::advise::wired
