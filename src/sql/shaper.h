// The walk over a parse tree that makes a shape. Only for this folder.
//
// Each query block is handled in this order: WITH, FROM, conditions, output, keys; subqueries
// inside expressions come last, when every name around them is known.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/json.h"
#include "model/shape.h"
#include "sql/catalog.h"
#include "sql/parameters.h"
#include "sql/scope.h"

namespace whet::sql {

/// What a query block gives to the one around it.
struct Derived {
  std::vector<Output> outputs;
  bool opaque = false;
};

/// A condition of a FROM clause or a WHERE.
struct Condition {
  json::View expression;
  bool outer = false;  ///< of an outer join: it filters only the relations in `filters`
  std::set<std::size_t> filters;
};

/// Beyond these a statement is given up: names are looked for among all that is in reach.
inline constexpr std::size_t most_relations = 2000;
inline constexpr std::size_t most_common_tables = 300;

/// One side of a comparison.
struct Side {
  json::View view;
  std::set<std::size_t> relations;      ///< of the columns in it
  bool derived = false;                 ///< it has columns that belong to no relation
  std::optional<std::size_t> relation;  ///< of the bare column that it is
  std::string column;
  std::vector<std::string> columns;      ///< all in it
  std::vector<std::int64_t> parameters;  ///< bare parameters, casts looked through
  std::vector<At> also = {};             ///< the bare column in a UNION's other branches
};

/// Where a comparison stands.
struct Context {
  const Block& block;
  const Condition& condition;
  std::int64_t disjunction = 0, arm = 0;
  bool negated = false;   ///< below a NOT that could not be resolved
  json::View whole = {};  ///< the condition that must hold, as written; absent below an OR
};

class Shaper {
 public:
  /// `literals_are_constant`: what the text says is the same in every call.
  Shaper(const Catalog& catalog, bool literals_are_constant)
      : catalog_(catalog), literals_are_constant_(literals_are_constant) {}

  /// One statement of a parse tree.
  void statement(json::View body);

  /// It reads more tables, or has more WITH queries, than anybody plans: the walk was given up.
  [[nodiscard]] bool too_large() const { return too_large_; }
  [[nodiscard]] model::Shape take_shape();
  [[nodiscard]] std::vector<ParameterUse> take_parameters() { return std::move(parameters_); }

 private:
  // shaper.cpp: blocks
  Derived query(json::View select, const Block* outer);
  Derived set_operation(json::View select, const Block* outer, std::vector<CommonTable> common);
  void with(json::View clause, Block& block);
  /// The base type of a relation's column; "" when it is not known.
  [[nodiscard]] std::string type_of(std::size_t relation, const std::string& column) const;
  void forget_computed(json::View select, const Block& block, std::vector<Output>& outputs);
  void modify(json::View content, const Block* outer);
  void insert(json::View content, const Block* outer);
  void merge(json::View content, const Block* outer);
  Derived any_query(json::View statement, const Block* outer);
  std::vector<Output> output_of(json::View target_list, const Block& block);
  void subqueries(json::View view, const Block& block);
  void subquery(json::View link, const Block& block);
  void columns_used(json::View view, const Block& block, bool projected);
  void note(const Place& place, bool projected);

  // from.cpp: FROM clauses
  void from(json::View item, Block& block, std::vector<Condition>& conditions);
  std::size_t table(json::View range_var, Block& block);
  bool view(json::View range_var, Block& block);
  void written(json::View range_var, Block& block);
  void join(json::View content, Block& block, std::vector<Condition>& conditions);
  void merge_columns(const std::vector<std::string>& names, std::size_t left, std::size_t right,
                     Block& block, bool outer);
  void derived_table(const Derived& derived, json::View alias, Block& block);
  std::size_t add_relation(model::ShapeRelation relation);

  // keys.cpp: GROUP BY, ORDER BY, LIMIT, locks
  void keys(json::View select, const Block& block);
  std::optional<std::pair<std::size_t, model::ShapeKey>> key(json::View expression,
                                                             json::View select, const Block& block,
                                                             bool output_first);
  [[nodiscard]] std::string nearest(json::View expression, const Block& block) const;
  void grouping(json::View select, const Block& block);
  void ordering(json::View select, const Block& block);
  void extremes(json::View select, const Block& block);
  void locks(json::View select, const Block& block);
  std::vector<std::size_t> relations_of(const Block& block) const;

  // conditions.cpp: boolean structure; comparisons.cpp: what is compared with what
  void conditions(const std::vector<Condition>& all, const Block& block);
  void condition(json::View expression, const Context& context);
  void boolean(json::View expression, const Context& context);
  bool one_membership(json::View content, const Context& context);
  void operation(json::View content, const Context& context);
  void row_comparison(json::View content, const Context& context);
  void compare(json::View left, const std::string& op, json::View right, const Context& context);
  void membership(json::View content, const Context& context);
  void between(json::View content, const Context& context);
  void any_all(json::View content, const Context& context);
  void value_test(const Side& side, model::PredicateKind kind, const std::string& op,
                  const std::vector<std::int64_t>& parameters, const Context& context);
  void like(json::View content, const Context& context);
  void truth(json::View expression, bool wanted, const Context& context);
  void any_other(json::View expression, const Context& context);
  void null_test(json::View content, const Context& context);
  void edge(const Side& left, const std::string& op, const Side& right, const Context& context);
  void one_edge(const Side& mine, const std::string& op, const Side& other, const Context& context);
  void predicate(const Side& side, model::Predicate made, const Context& context);
  Side side(json::View expression, const Block& block) const;
  void columns_of(json::View view, const Block& block, Side& out) const;
  [[nodiscard]] std::string text_of(json::View expression, const Block& block) const;
  [[nodiscard]] std::string constant_text(const Context& context) const;
  ParameterUse& parameter(std::int64_t number, ParameterRole role);
  void compared(const std::vector<std::int64_t>& numbers, const Side& with, const std::string& op,
                const Context& context);

  const Catalog& catalog_;
  bool literals_are_constant_ = false;
  model::Shape shape_;
  std::vector<ParameterUse> parameters_;
  std::unordered_map<std::int64_t, std::size_t> parameter_positions_;
  /// Views that are being expanded, from the outermost in; and the parse trees of all so far.
  std::vector<const model::View*> open_views_;
  std::map<const model::View*, std::optional<json::Document>> view_trees_;
  int expansions_ = 0;
  bool too_large_ = false;
  std::int64_t blocks_ = 0;
  std::int64_t disjunctions_ = 0;
};

/// The number of a parameter, looking through casts.
[[nodiscard]] std::optional<std::int64_t> parameter_number(json::View expression);
/// True when the block's output is computed from many rows.
[[nodiscard]] bool has_aggregate(json::View view);
[[nodiscard]] bool has_window(json::View view);
/// The last name of an A_Expr's operator.
[[nodiscard]] std::string operator_name(json::View a_expr);

}  // namespace whet::sql
