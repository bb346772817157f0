// A B-tree as nbtsort.c builds it: entries in order onto pages from left to right.
#pragma once

#include <vector>

#include "advise/sizes/keys.h"
#include "advise/sizes/layout.h"

namespace whet::advise {

struct BtreeInput {
  std::vector<KeyClass> keys;
  std::vector<Field> fields;           ///< of the key, then those of INCLUDE
  std::vector<double> null_fractions;  ///< of the fields of INCLUDE
  std::size_t key_fields = 1;
  double first_part_keys = 1;  ///< different values of the first part among the entries
  double entries = 0;
  int fillfactor = 90;
  bool deduplicates = true;
};

struct BtreePages {
  double leaves = 0, inner = 0;
  int height = 0;
};

/// A few pages of each class of keys are filled entry by entry as the server does it, and the rest
/// follows in proportion. The draws are fixed: the same input gives the same output.
[[nodiscard]] BtreePages btree_pages(const BtreeInput& input);

}  // namespace whet::advise
