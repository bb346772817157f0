// A statement as the model plans it: relations with the rows that their conditions leave, and the
// joins between them. Only for this folder.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "advise/innodb/statistics.h"
#include "model/shape.h"

namespace whet::advise::innodb {

/// How an index can use the conditions on one column or expression.
enum class Use : std::uint8_t { none, point, points, range };

/// All that a statement says about one column (or expression) of a relation, that must hold.
struct Condition {
  Use use = Use::none;
  Share share;
  double believed = 1;  ///< the same as the server has it without an index on it
  double values = 1;    ///< of Use::points
  std::vector<const model::Predicate*> predicates;
};

/// By column, by expression in parentheses, or by members_of().
using Conditions = std::map<std::string, Condition>;

/// How conditions on the elements of a JSON array are called.
[[nodiscard]] std::string members_of(const std::string& column);

/// One alternative of an OR.
struct Arm {
  Conditions conditions;
  double part = 1;
};

/// Columns of relations that are equal.
struct Equality {
  std::string column;  ///< of this relation
  std::size_t other = 0;
  std::string other_column;
  int group = 0;  ///< those of one group are all equal to each other
};

/// How a relation's rows count in the result.
enum class Role : std::uint8_t {
  inner,
  outer,  ///< of a LEFT JOIN: at least one row for each
  semi,   ///< IN or EXISTS: at most one
  anti,   ///< NOT EXISTS
};

struct Relation {
  const model::ShapeRelation* shape = nullptr;
  const model::Table* table = nullptr;  ///< null: a view or unknown
  double rows = 1;                      ///< of the table
  double filter = 1;                    ///< part that passes all conditions
  double other_filter = 1;              ///< part that passes the ORs
  Conditions conditions;
  std::vector<std::vector<Arm>> alternatives;  ///< one list for each OR
  std::vector<Equality> equalities;
  Role role = Role::inner;
  std::set<std::string> needed;
  std::int64_t block = 0;
};

/// A block that is planned by itself: its relations are joined, then grouped and sorted.
struct Block {
  std::vector<std::size_t> relations;  ///< positions in Query::relations
  bool dependent = false;              ///< runs for each row of the block around it
  std::size_t around = 0;              ///< that block's position
  std::vector<std::size_t> outer;      ///< relations around it that it refers to
};

struct Query {
  model::Shape shape;
  std::vector<Relation> relations;
  std::vector<Block> blocks;
  std::optional<double> limit;  ///< rows that the outermost LIMIT asks for, with its OFFSET
};

/// `statement`: for the figure of its LIMIT, which the shape has not.
[[nodiscard]] Query query_of(const Facts& facts, model::Shape shape, const std::string& statement);

}  // namespace whet::advise::innodb
