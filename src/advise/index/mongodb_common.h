// What MongoDB's index checks share: changes of indexes, and what all members of a replica set
// together know of an index's use.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "advise/build.h"
#include "advise/facts.h"
#include "advise/index/common.h"
#include "advise/mongodb_facts.h"
#include "advise/mongodb_index.h"
#include "model/finding.h"

namespace whet::advise {

/// Documents written to a collection since its counters began; operations when the server counts
/// only those.
[[nodiscard]] std::int64_t documents_written(const model::Table& table);
/// Uses of an index by all members together.
[[nodiscard]] std::int64_t mongodb_uses(const model::Index& index);

/// The members of the replica set that hold data and indexes.
[[nodiscard]] std::vector<const model::GroupMember*> index_members(const Facts& facts);

/// The use of an index as all data-bearing members have counted it.
struct SeenUse {
  std::int64_t scans = 0;
  double age_seconds = 0;            ///< of the member that counts for the shortest time
  std::size_t members = 0;           ///< that told
  std::vector<std::string> unasked;  ///< members and shards that hold data and did not tell

  /// Nobody uses it, for sure: all told, and all count for long enough.
  [[nodiscard]] bool certain(const Facts& facts) const;
  /// Why it is not certain, a part of a sentence: "db2:27017 did not tell".
  [[nodiscard]] std::string doubt(const Facts& facts) const;
};
[[nodiscard]] SeenUse seen_use(const Facts& facts, const model::Index& index);
[[nodiscard]] std::vector<model::Evidence> use_evidence(const SeenUse& use);

/// A statement of the workload asks for the index by name or key: without it, or with it hidden,
/// the statement fails.
[[nodiscard]] bool is_hinted(const Facts& facts, const model::Table& table,
                             const model::Index& index);

/// createIndex of an index that has its name already. `bytes`: its expected size.
[[nodiscard]] model::Change create_mongodb_index(const model::Table& table,
                                                 const model::Index& index, double bytes,
                                                 std::string_view reason);
[[nodiscard]] model::Change drop_mongodb_index(const model::Table& table, const model::Index& index,
                                               std::string_view reason);
/// Hidden first: kept up to date and back in an instant (4.4 and later; else it is dropped). For a
/// person when a statement asks for it by name.
[[nodiscard]] model::Change retire_mongodb_index(const Facts& facts, const model::Table& table,
                                                 const model::Index& index,
                                                 std::string_view reason);

/// "status_1 on shop.orders ({status: 1})".
[[nodiscard]] std::string index_words(const model::Table& table, const model::Index& index);

[[nodiscard]] model::Evidence key_evidence(const model::Index& index);
[[nodiscard]] model::Evidence size_evidence(const model::Index& index);

}  // namespace whet::advise
