// The index algebra: may index B be dropped because index A does all that B does? One typed answer
// for every check and advisor that compares indexes.
//
// The rules are PostgreSQL's: a B-tree serves a prefix of its key, forwards or backwards; the
// planner uses an index only for its own collation, operator family and predicate.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/fields.h"
#include "model/schema.h"

namespace whet::advise {

enum class Cover : std::uint8_t {
  no,
  identical,           ///< the same in everything that a query or a write can notice
  reversed,            ///< the same key, each part's direction and NULLS turned round
  prefix,              ///< B's key begins A's key, or A only adds INCLUDE columns
  covered_by_unique,   ///< the same key, and A is unique while B is not
  partial_superseded,  ///< A is B without its predicate: B is smaller, so a person decides
  narrow_twin,         ///< a prefix, but A is much larger and B is busy: B earns its place
};
constexpr auto enum_names(Cover) {
  return Names<7>{"no",         "identical",         "reversed",
                  "prefix",     "covered_by_unique", "partial_superseded",
                  "narrow_twin"};
}

struct Coverage {
  Cover kind = Cover::no;
  std::string reason;  ///< why, or why not; one clause for a reader

  /// Nothing is lost when B goes.
  [[nodiscard]] bool droppable() const {
    return kind == Cover::identical || kind == Cover::reversed || kind == Cover::prefix ||
           kind == Cover::covered_by_unique;
  }
};

/// What depends on a table's indexes besides the queries.
struct Ties {
  const model::Table* table = nullptr;   ///< the table of the indexes; never null
  std::vector<std::int64_t> referenced;  ///< ids of its indexes that foreign keys point at
};

/// Whether `b` can be dropped in favour of `a`. REQUIRES: both are indexes of ties.table.
[[nodiscard]] Coverage covers(const model::Index& a, const model::Index& b, const Ties& ties);

/// Why the index cannot be dropped whatever else there is (a constraint, replica identity, a
/// partitioned parent, ...); empty when nothing but uniqueness, queries and foreign keys of its own
/// table may need it.
[[nodiscard]] std::string must_stay(const model::Index& index, const Ties& ties);

/// Whether the index lets the server find the rows of `table` that refer to one row of the other
/// table: what the foreign key's checks need when a referenced row is deleted. The order of the
/// columns within the key's beginning does not matter.
[[nodiscard]] bool supports_foreign_key(const model::Index& index,
                                        const model::Constraint& constraint);

/// The foreign keys of the table that would be left without a supporting index if `index` went.
[[nodiscard]] std::vector<const model::Constraint*> only_supported_by(const model::Index& index,
                                                                      const model::Table& table);

/// An expression or predicate for comparing: white space squeezed, outer parentheses taken off.
[[nodiscard]] std::string normalized_expression(std::string_view text);

/// The column of a predicate that is just `column IS NOT NULL`; empty for any other.
[[nodiscard]] std::string not_null_column(std::string_view predicate);

}  // namespace whet::advise
