// How many bytes a secondary index of InnoDB has once it is built.
//
// Nothing is fitted: the model follows how InnoDB builds an index from sorted entries
// (btr0load.cc, PageBulk) and how it lays records out (rem0rec.cc, compact formats). A secondary
// entry is its key, then the primary key's columns that the key has not.
#pragma once

#include <string>
#include <vector>

#include "advise/innodb/constants.h"
#include "model/schema.h"

namespace whet::advise::innodb {

struct IndexSize {
  double pages = 0;  ///< as the server counts them: whole extents of both segments
  double leaf_pages = 0;
  double entries = 0;
  int height = 0;  ///< levels above the leaves
  double entry_bytes = 0;
};

/// The primary key's columns; InnoDB's hidden row id (no column) when there is none.
[[nodiscard]] std::vector<std::string> clustering_key(const model::Table& table);

/// Of an index freshly built on the table.
[[nodiscard]] IndexSize index_size(const Constants& constants, const model::Table& table,
                                   const model::Index& index);

/// Its parts with the primary key's columns behind them: the order that a reader sees.
[[nodiscard]] std::vector<model::IndexPart> full_key(const model::Table& table,
                                                     const model::Index& index);

}  // namespace whet::advise::innodb
