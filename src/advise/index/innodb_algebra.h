// The index algebra of InnoDB: may index B be dropped because index A does all that B does?
//
// Each secondary index ends with the primary key's columns, whether they are written or not; a key
// part may be a prefix of its column; there are no INCLUDE columns and no predicates.
// Sources: MySQL manual, 17.6.2.1 Clustered and Secondary Indexes; 10.3.1 How MySQL Uses Indexes.
#pragma once

#include <string>
#include <vector>

#include "advise/index/algebra.h"
#include "model/schema.h"

namespace whet::advise {

struct InnodbCover {
  Cover kind = Cover::no;
  bool by_primary_key = false;  ///< only because the primary key's columns end A anyway
  /// B's entries with equal keys lie in the order of the primary key, A's do not: who relies on
  /// that (ORDER BY the primary key, a range of it) loses.
  bool order_lost = false;

  [[nodiscard]] bool droppable() const { return Coverage{kind, ""}.droppable(); }
};

/// Whether `b` can be dropped in favour of `a`. REQUIRES: both are indexes of `table`.
[[nodiscard]] InnodbCover innodb_covers(const model::Table& table, const model::Index& a,
                                        const model::Index& b);

/// The foreign keys that would be without an index when this one went: those of the table itself,
/// whose columns must begin an index in their order (error 1553), and those that point at the table
/// (`referring`), whose referenced columns must.
[[nodiscard]] std::vector<const model::Constraint*> innodb_needed_by(
    const model::Table& table, const model::Index& index,
    const std::vector<const model::Constraint*>& referring);

/// The primary key's columns, in order; empty when there is none.
[[nodiscard]] std::vector<std::string> primary_columns(const model::Table& table);

}  // namespace whet::advise
