// What writes pay for an index of MongoDB, in the model's microseconds.
//
// An inserted document makes its entries, one for each array element; an update that changes a path
// of the key removes and makes them; one of other paths costs the index nothing. Each entry is a
// place in the tree, its journal, and a page to read when it is not in the cache. The members of a
// replica set do it all again, each for itself.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "advise/facts.h"
#include "advise/upkeep/upkeep.h"
#include "advise/wired/constants.h"
#include "advise/wired/sizes.h"
#include "mql/command.h"

namespace whet::advise::wired {

/// Documents an hour.
struct CollectionWrites {
  double inserts = 0, updates = 0, deletes = 0;
  std::vector<std::pair<std::set<std::string>, double>> changed;  ///< paths, and updates of them
};

/// Reads the workload once.
class Writes {
 public:
  explicit Writes(const Facts& facts);
  /// By the collection's own counters where there are any; what updates change by the statements.
  [[nodiscard]] CollectionWrites of(const model::Table& table) const;

 private:
  const Facts& facts_;
  std::map<std::string, CollectionWrites> by_name_;  ///< "database.collection"
};

/// The paths that an update command assigns; empty when it replaces documents or is not understood.
[[nodiscard]] std::set<std::string> changed_paths(const mql::Command& command);

/// Of one document that enters the index.
[[nodiscard]] double entry_cost(const Constants& constants, const Statistics& statistics,
                                const IndexSize& size);

/// An hour.
[[nodiscard]] Upkeep upkeep(const Constants& constants, const Statistics& statistics,
                            const Writes& writes, const model::Index& index, const IndexSize& size);

}  // namespace whet::advise::wired
