// How an index's entries fall onto different keys: what deduplication can join.
#pragma once

#include <cstdint>
#include <vector>

#include "advise/sizes/predicate.h"
#include "model/schema.h"

namespace whet::advise {

/// Keys that are about equally frequent.
struct KeyClass {
  double keys = 1;          ///< that may occur; more than there are rows when the key is unique
  double share = 1;         ///< of the entries, together
  std::uint32_t nulls = 0;  ///< bit i: part i is NULL
  bool exact = false;       ///< each has its share exactly; else entries fall on the keys at random

  /// Different keys among so many entries of the whole index, as expected.
  [[nodiscard]] double present(double entries) const;
};

[[nodiscard]] double present(const std::vector<KeyClass>& classes, double entries);

/// Of one key part, over the rows that the predicate lets through. `part` is its position.
///
/// The most common values have the frequencies of the statistics. The rest is spread evenly over
/// the values that are left, except when a full list of most common values falls like a power of
/// its rank: then the rest follows that law, since the server's estimate of the number of distinct
/// values is known to be far too low for such columns (Haas and Stokes 1998, section 6).
[[nodiscard]] std::vector<KeyClass> part_classes(const model::Table& table,
                                                 const model::IndexPart& part, std::size_t position,
                                                 const PredicateEffect& effect);

/// Of the whole key. Parts are taken as independent, except: extended statistics (ndistinct) say
/// how many combinations there are; parts that both follow the order of the rows (correlation over
/// 0.99) rise together, so that d1 and d2 values make d1 + d2 - 1 combinations at most; and a key
/// that holds a unique key's columns is unique.
[[nodiscard]] std::vector<KeyClass> key_classes(
    const model::Table& table, const model::Index& index, const PredicateEffect& effect,
    const std::vector<const model::ExtendedStatistics*>& statistics);

}  // namespace whet::advise
