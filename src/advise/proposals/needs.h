// What one relation of a statement asks of an index, as key parts: columns and immutable
// expressions. Only for this folder.
#pragma once

#include <string>
#include <vector>

#include "advise/facts.h"
#include "advise/proposals/proposals.h"
#include "model/shape.h"

namespace whet::advise {

using Parts = std::vector<model::IndexPart>;

/// Of a relation's conditions (and of its joins, and of the keys of an order) no more are looked
/// at: machines write statements with 10,000 of them, and no index serves those.
inline constexpr std::size_t most_conditions = 100;
inline constexpr std::size_t most_sort_keys = 8;

[[nodiscard]] bool has_part(const Parts& parts, const model::IndexPart& part);
/// `first`, then those of `second` that are not in it.
[[nodiscard]] Parts joined(Parts first, const Parts& second);
[[nodiscard]] model::IndexPart column_part(const std::string& column);
/// In the order of the text, each once; sorted includes.
[[nodiscard]] std::string key_of(const model::Index& index);

/// The table that indexes can be proposed for; nullptr for views, functions, temporary, foreign and
/// system tables, and for what the snapshot does not know.
[[nodiscard]] const model::Table* table_for(const Facts& facts, const model::ShapeRelation& used);

/// The type of an expression on the table's columns that an index may hold; "" of any other.
[[nodiscard]] std::string indexable_type(const Facts& facts, const model::Table& table,
                                         const std::string& expression);

/// Heap pages and rows, partitions included.
[[nodiscard]] double pages_of(const Facts& facts, const model::Table& table);

struct Needs {
  Parts equality;             ///< = a value, IN; not what is the same in every call
  Parts constant;             ///< the same, of conditions that are
  Parts ranges;               ///< bounded
  Parts alternatives;         ///< equalities and ranges below an OR
  std::vector<Parts> joins;   ///< equal to another relation's; one list for each relation
  std::vector<Parts> orders;  ///< sorted, grouped, DISTINCT, the least or the greatest
};

/// Only parts that a B-tree can hold.
[[nodiscard]] Needs needs_of(const Facts& facts, const model::ShapeRelation& used,
                             const model::Table& table);

}  // namespace whet::advise
