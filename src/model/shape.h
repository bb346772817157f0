// The shape of a statement: what it needs from the storage, without its text. Engine-neutral: made
// from SQL by sql/shape.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/fields.h"

namespace whet::model {

enum class PredicateKind : std::uint8_t {
  equality,    ///< = a value; also IS TRUE and IS FALSE, which stand in `op`
  range,       ///< <, <=, >, >=, BETWEEN
  membership,  ///< IN (values), = ANY (values), a = 1 OR a = 2
  null,        ///< IS NULL; `negated`: IS NOT NULL
  pattern,     ///< LIKE and its like; see `pattern`
  other,       ///< any other condition: <>, NOT IN, @>, a < b of one relation, a function's result
};
constexpr auto enum_names(PredicateKind) {
  return Names<6>{"equality", "range", "membership", "null", "pattern", "other"};
}

enum class PatternKind : std::uint8_t {
  none,       ///< no pattern
  prefix,     ///< 'abc%'
  wildcard,   ///< '%abc': begins with a wildcard
  parameter,  ///< not in the text
};
constexpr auto enum_names(PatternKind) {
  return Names<4>{"none", "prefix", "wildcard", "parameter"};
}

/// A condition on the rows of one relation, its values known before the relation is read.
struct Predicate {
  PredicateKind kind = PredicateKind::equality;
  std::string column;      ///< the bare column; empty: see `expression`
  std::string expression;  ///< what is compared instead of a bare column: "lower(email)"
  std::vector<std::string> expression_columns;  ///< the relation's columns in `expression`
  std::string op;                               ///< "=", "<", "BETWEEN", "IN", "LIKE", "IS NULL"
  PatternKind pattern = PatternKind::none;
  bool ignores_case = false;  ///< ILIKE and its like
  bool negated = false;
  std::vector<std::int64_t> parameters;  ///< numbers of the $n that it is compared with
  std::vector<std::string> row;  ///< (a, b) > (x, y): further columns of the row, after `column`
  std::int64_t disjunction = 0;  ///< 0: must hold; n: an alternative of the statement's n-th OR
  std::int64_t arm = 0;          ///< which alternative of it, from 1
  /// The whole condition as an index's predicate would have it, when it is the same in every call:
  /// "status = 'open'", "closed_at IS NULL". Empty: it depends on the call, or is below an OR.
  std::string constant;
  /// MongoDB: not 0: conditions with the same number hold for one element of the same array
  /// ($elemMatch).
  std::int64_t element = 0;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("element", s.element);
    v("kind", s.kind), v("column", s.column), v("expression", s.expression);
    v("expression_columns", s.expression_columns), v("op", s.op), v("pattern", s.pattern);
    v("ignores_case", s.ignores_case), v("negated", s.negated), v("parameters", s.parameters);
    v("row", s.row), v("disjunction", s.disjunction), v("arm", s.arm);
    v("constant", s.constant);
  }
};

/// A condition that ties a relation to another. Each edge is in both relations' lists.
struct JoinEdge {
  std::string column;      ///< of this relation; empty: see `expression`
  std::string expression;  ///< of this relation's columns
  std::string op;
  std::optional<std::int64_t> other;  ///< position in Shape::relations; absent: a derived table
  std::string other_column;           ///< empty: an expression
  bool outer = false;                 ///< of a LEFT, RIGHT or FULL JOIN
  bool subquery = false;              ///< ties a subquery to what is around it (IN, EXISTS, scalar)
  bool optional = false;              ///< below an OR or a NOT

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("column", s.column), v("expression", s.expression), v("op", s.op), v("other", s.other);
    v("other_column", s.other_column), v("outer", s.outer), v("subquery", s.subquery);
    v("optional", s.optional);
  }
};

/// A key to sort or group by.
struct ShapeKey {
  std::string column;
  std::string expression;  ///< instead of a column
  std::vector<std::string> expression_columns;
  bool descending = false;
  bool nulls_first = false;  ///< PostgreSQL's default is first when descending
  std::string nearest;       ///< the key is this column's distance (<->) from a value

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("column", s.column), v("expression", s.expression);
    v("expression_columns", s.expression_columns), v("descending", s.descending);
    v("nulls_first", s.nulls_first), v("nearest", s.nearest);
  }

  friend bool operator==(const ShapeKey&, const ShapeKey&) = default;
};

/// One use of a table, view or function in a statement.
struct ShapeRelation {
  std::string schema;  ///< as resolved; empty when opaque and not written
  std::string table;
  std::string alias;       ///< as the statement calls it
  bool opaque = false;     ///< a view, a function or unknown: nothing is known of its columns
  bool written = false;    ///< the target of INSERT, UPDATE, DELETE or MERGE
  std::int64_t block = 0;  ///< the query block (SELECT) that it is in, from 1
  std::vector<Predicate> predicates;
  std::vector<JoinEdge> joins;
  /// The block's keys, where all of them are this relation's.
  std::vector<ShapeKey> grouping;
  /// The block's first sort keys, as far as they are this relation's.
  std::vector<ShapeKey> ordering;
  bool ordering_complete = false;  ///< these are all
  /// min(x) (ascending) and max(x) (descending) of a block with nothing to group by.
  std::vector<ShapeKey> extremes;
  bool limited = false;                ///< the block has a LIMIT
  bool offset = false;                 ///< the block has an OFFSET
  bool aggregated = false;             ///< the block groups or aggregates
  bool windowed = false;               ///< the block has window functions
  bool distinct = false;               ///< the block is SELECT DISTINCT
  bool for_update = false;             ///< its rows are locked
  bool whole_row = false;              ///< all columns are wanted
  std::vector<std::string> projected;  ///< columns in the block's output, sorted
  std::vector<std::string> needed;     ///< columns used anywhere in the statement, sorted
  std::string collation;  ///< MongoDB: the statement's own, extended JSON; empty: the collection's
  std::string hint;       ///< MongoDB: name or key pattern of the index that it asks for

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("schema", s.schema), v("table", s.table), v("alias", s.alias), v("opaque", s.opaque);
    v("written", s.written), v("block", s.block), v("predicates", s.predicates);
    v("joins", s.joins), v("grouping", s.grouping), v("ordering", s.ordering);
    v("ordering_complete", s.ordering_complete), v("extremes", s.extremes);
    v("limited", s.limited), v("offset", s.offset), v("aggregated", s.aggregated);
    v("windowed", s.windowed), v("distinct", s.distinct), v("for_update", s.for_update);
    v("whole_row", s.whole_row), v("projected", s.projected), v("needed", s.needed);
    v("collation", s.collation), v("hint", s.hint);
  }
};

struct Shape {
  std::vector<ShapeRelation> relations;  ///< in the order of the text
  std::vector<std::string> unresolved;   ///< column names that no relation in reach has

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("relations", s.relations), v("unresolved", s.unresolved);
  }
};

}  // namespace whet::model
