// How many bytes an index of MongoDB has once it is built.
//
// An entry is a KeyString: for each value a type's byte and its bytes in sorting form, an end, and
// the document's record id (src/mongo/db/storage/key_string). WiredTiger writes them sorted into
// pages of 16 KiB filled to 90 %, each without the beginning that it shares with the one before
// (prefix_compression, from 4 bytes on); blocks of indexes are not compressed otherwise.
#pragma once

#include "advise/wired/bounds.h"
#include "advise/wired/statistics.h"

namespace whet::advise::wired {

struct IndexSize {
  double entries = 0;
  double key_bytes = 0;    ///< of a whole key
  double entry_bytes = 0;  ///< as stored
  double bytes = 0;        ///< of the file
};

[[nodiscard]] IndexSize index_size(const Statistics& statistics, const Key& key);

}  // namespace whet::advise::wired
