// What work takes on a server, in microseconds.
//
// Measured on mongod 7.0.15 (WiredTiger, all data in its cache, classic engine, documents of some
// 300 bytes, a machine that was busy otherwise): executionTimeMillis of explain("executionStats")
// over 189 pairs of a query and a hinted index, on collections of 120,000 and 150,000 documents.
// The fast fifth of them: 0.35 to 0.5 us for a document of a collection scan, 1.7 to 2.3 us for an
// entry with its document, 0.9 us for an entry that goes into a sort. The advisor scales them for
// each statement to its measured time (advisor/measured.h), so that their ratios matter. Reads that
// miss the cache are added by its share of the data; `entry` and what follows is not measured.
#pragma once

#include <cstdint>

#include "advise/facts.h"
#include "model/server.h"

namespace whet::advise::wired {

struct Constants {
  double start = 80;         ///< a command, without its work
  double collection = 0.33;  ///< a document of a collection scan, with a simple filter
  double byte = 0.0002;      ///< more for each of its bytes
  double key = 0.45;         ///< an index entry
  double seek = 2;           ///< to the beginning of an interval
  double fetch = 1.5;        ///< from an entry to its document
  double sort = 0.6;         ///< a document into a sort, and out
  double compare = 0.05;     ///< log2(n) for each of these
  double keep = 0.15;        ///< a document that passes by a sort with a limit
  double result = 0.4;       ///< a document of the result, and
  double result_byte = 0.002;
  double entry = 3.5;  ///< made in an index by a write
  double journal_byte = 0.01;
  double random_read = 80;  ///< a page that is not in the cache
  std::int64_t version = 0;
  double cache_bytes = 0, data_bytes = 0;

  /// The part of pages that are in the cache, as if all collections shared it alike.
  [[nodiscard]] double resident() const {
    if (cache_bytes <= 0 || data_bytes <= cache_bytes) return 1;
    return cache_bytes / data_bytes;
  }
};

[[nodiscard]] Constants constants_of(const Facts& facts);

}  // namespace whet::advise::wired
