// Which indexes of a collection another index of it makes needless.
#pragma once

#include <vector>

#include "advise/facts.h"
#include "advise/index/mongodb_algebra.h"

namespace whet::advise {

struct MongodbRedundancy {
  const model::Index* index = nullptr;   ///< the one that may go
  const model::Index* keeper = nullptr;  ///< the one that stays and does its work
  Coverage cover;
};

/// At most one for each index. A keeper is never itself redundant, so that all of them may be
/// dropped together. O(n^2) in the collection's indexes, of which there are at most 64.
[[nodiscard]] std::vector<MongodbRedundancy> mongodb_redundancies(const model::Table& table);

}  // namespace whet::advise
