// Which indexes of a table another index of it makes needless.
#pragma once

#include <string>
#include <vector>

#include "advise/index/common.h"

namespace whet::advise {

struct Redundancy {
  const model::Index* index = nullptr;   ///< the one that may go
  const model::Index* keeper = nullptr;  ///< the one that stays and does its work
  Cover kind = Cover::no;
  std::string reason;
  bool twin_of_constraint = false;  ///< both enforce the same uniqueness; the keeper's is declared
};

/// At most one for each index. A keeper is never itself redundant, so that all of them may be
/// dropped together. O(n^2) in the table's indexes.
[[nodiscard]] std::vector<Redundancy> redundancies(const Facts& facts, const model::Table& table);

/// The list says that the index may be dropped.
[[nodiscard]] bool is_redundant(const std::vector<Redundancy>& list, const model::Index& index);

/// Another index may be dropped because this one stays: it will inherit that one's scans, so its
/// own scans so far tell too little.
[[nodiscard]] bool is_keeper(const std::vector<Redundancy>& list, const model::Index& index);

}  // namespace whet::advise
