// Which indexes of a MySQL or MariaDB table another index of it makes needless, and the changes
// that retire one: first hidden, which is undone in an instant, and dropped by a later run.
#pragma once

#include <string_view>
#include <vector>

#include "advise/facts.h"
#include "advise/index/innodb_algebra.h"
#include "model/change.h"

namespace whet::advise {

struct InnodbRedundancy {
  const model::Index* index = nullptr;   ///< the one that may go
  const model::Index* keeper = nullptr;  ///< the one that stays
  InnodbCover cover;
};

/// At most one for each index; a keeper is never itself redundant. Those that a foreign key needs
/// are left out. O(n^2) in the table's indexes.
[[nodiscard]] std::vector<InnodbRedundancy> innodb_redundancies(const Facts& facts,
                                                                const model::Table& table);

/// Retires an index: hides it where the server can (MySQL 8.0, MariaDB 10.6), else drops it.
[[nodiscard]] model::Change retire_index(const Facts& facts, const model::Table& table,
                                         const model::Index& index, std::string_view reason);
/// ALTER TABLE ... DROP INDEX, online.
[[nodiscard]] model::Change drop_innodb_index(const model::Table& table, const model::Index& index,
                                              std::string_view reason);

/// Foreign keys that point at the table.
[[nodiscard]] std::vector<const model::Constraint*> referring_keys(const Facts& facts,
                                                                   const model::Table& table);

/// Calls of the handler that read or wrote through the index since the counters began.
[[nodiscard]] std::int64_t uses_of(const model::Index& index);

}  // namespace whet::advise
