// The statements that make a snapshot's schema anew, in stages. Pure.
//
// Left out on purpose, since no plan depends on them: triggers, rules, policies, defaults,
// identities, owners, privileges.
#pragma once

#include <string>
#include <vector>

#include "model/snapshot.h"

namespace whet::engine::postgres::shadow {

struct Statement {
  std::string what;  ///< "view shop.open_orders"
  std::string sql;
};
using Statements = std::vector<Statement>;

/// False for what the shadow leaves out: temporary, foreign, the server's own, an extension's.
[[nodiscard]] bool is_made(const model::Table& table);

[[nodiscard]] Statements schemas(const model::Snapshot& snapshot);
[[nodiscard]] Statements types(const model::Snapshot& snapshot);      ///< and collations
[[nodiscard]] Statements functions(const model::Snapshot& snapshot);  ///< and sequences
[[nodiscard]] Statements tables(const model::Snapshot& snapshot);
/// CHECK constraints, then who is whose partition or child.
[[nodiscard]] Statements checks_and_trees(const model::Snapshot& snapshot);
/// Keys, other constraints with an index, other indexes.
[[nodiscard]] Statements indexes(const model::Snapshot& snapshot);
[[nodiscard]] Statements index_trees(const model::Snapshot& snapshot);
[[nodiscard]] Statements foreign_keys(const model::Snapshot& snapshot);
[[nodiscard]] Statements views(const model::Snapshot& snapshot);
[[nodiscard]] Statements extended_statistics(const model::Snapshot& snapshot);
[[nodiscard]] Statements domain_checks(const model::Snapshot& snapshot);

}  // namespace whet::engine::postgres::shadow
