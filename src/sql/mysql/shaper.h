// The walk over a parse tree that makes a shape. Only for this folder.
//
// Each query block is handled in this order: FROM, conditions, output, keys; subqueries inside
// expressions come last, when every name around them is known. A WITH query is walked where it is
// read, as often as it is read: the server merges or computes it there.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/shape.h"
#include "sql/catalog.h"
#include "sql/mysql/ast.h"
#include "sql/mysql/mode.h"
#include "sql/mysql/scope.h"
#include "sql/parameters.h"

namespace whet::sql::mysql {

/// What a query block gives to the one around it.
struct Derived {
  std::vector<Output> outputs;
  bool opaque = false;
};

/// A condition of a FROM clause or a WHERE.
struct Condition {
  const Expr* expression = nullptr;
  bool outer = false;       ///< of an outer join
  bool restricted = false;  ///< it filters only the relations in `filters`
  std::set<std::size_t> filters;
};

/// Beyond these a statement is given up: names are looked for among all that is in reach.
inline constexpr std::size_t most_relations = 2000;
inline constexpr int most_expansions = 200;

/// One side of a comparison.
struct Side {
  const Expr* expression = nullptr;
  std::set<std::size_t> relations;      ///< of the columns in it
  bool derived = false;                 ///< it has columns that belong to no relation
  std::optional<std::size_t> relation;  ///< of the bare column that it is
  std::string column;
  std::vector<std::string> columns;      ///< all in it
  std::vector<std::int64_t> parameters;  ///< bare parameters, casts looked through
  std::vector<At> also = {};             ///< the bare column in a UNION's other branches

  [[nodiscard]] bool is_value() const { return relations.empty() && !derived; }
};

/// Where a comparison stands.
struct Context {
  const Block& block;
  const Condition& condition;
  std::int64_t disjunction = 0, arm = 0;
  bool negated = false;         ///< below a NOT that could not be resolved
  const Expr* whole = nullptr;  ///< the condition that must hold; absent below an OR
};

class Shaper {
 public:
  /// `literals_are_constant`: what the text says is the same in every call.
  Shaper(const Catalog& catalog, const Mode& mode, bool literals_are_constant)
      : catalog_(catalog), mode_(mode), literals_are_constant_(literals_are_constant) {}

  void statement(const Statement& one);

  /// It reads more tables than anybody plans: the walk was given up.
  [[nodiscard]] bool too_large() const { return too_large_; }
  [[nodiscard]] model::Shape take_shape();
  [[nodiscard]] std::vector<ParameterUse> take_parameters() { return std::move(parameters_); }

 private:
  // shaper.cpp: blocks
  Derived query(const Query& one, const Block* outer);
  Derived single(const Query& one, Block& block);
  Derived set_operation(const Query& one, const Block& around);
  void add_branch(Output& output, const Output& other) const;
  [[nodiscard]] const model::Column* column_of(std::size_t relation,
                                               const std::string& column) const;
  void forget_computed(const Query& one, const Block& block, std::vector<Output>& outputs);
  std::vector<Output> output_of(const std::vector<Item>& items, const Block& block);
  void subqueries(const Expr& one, const Block& block);
  void subqueries(const std::vector<Expr>& all, const Block& block);
  void ties_of_subquery(const Expr& one, const Derived& inner, const Block& block);
  void columns_used(const Expr& one, const Block& block, bool projected);
  void star_used(const Expr& star, const Block& block, bool projected);
  void key_columns(const std::vector<Key>& keys, const Query& one, const Block& block);
  void having_columns(const Expr& one, const std::vector<Item>& items, const Block& block);
  void note(const Place& place, bool projected);
  // statements.cpp: writes
  void insert(const Statement& one, Block& block);
  void update(const Statement& one, Block& block);
  void remove(const Statement& one, Block& block);
  void changed_rows(const Statement& one, Block& block, std::vector<Condition>& conditions);
  void mark_written(const Source& source);

  // from.cpp: FROM clauses
  void from(const From& item, Block& block, std::vector<Condition>& conditions);
  void named(const From& item, Block& block);
  std::size_t table(const From& item, Block& block);
  bool view(const From& item, Block& block);
  bool common(const From& item, Block& block);
  Derived expanded(const CommonAt& at);
  void join(const From& item, Block& block, std::vector<Condition>& conditions);
  void merge_columns(const std::vector<std::string>& names, std::size_t left, std::size_t right,
                     Block& block, bool outer);
  void derived_table(const Derived& derived, const From& item, Block& block);
  std::size_t add_relation(model::ShapeRelation relation);

  // keys.cpp: GROUP BY, ORDER BY, LIMIT, locks
  void keys(const Query& one, const Block& block);
  [[nodiscard]] const Expr* key_expression(const Expr& written, const std::vector<Item>& items,
                                           const Block& block, bool output_first) const;
  std::optional<std::pair<std::size_t, model::ShapeKey>> key(const Expr& written,
                                                             const std::vector<Item>& items,
                                                             const Block& block, bool output_first);
  void grouping(const Query& one, const Block& block);
  void ordering(const std::vector<Key>& all, const std::vector<Item>& items, const Block& block);
  void extremes(const Query& one, const Block& block);
  void locks(const Query& one, const Block& block);
  void limits(const Expr& limit, const Expr& offset);
  [[nodiscard]] std::vector<std::size_t> relations_of(const Block& block) const;

  // conditions.cpp: boolean structure; comparisons.cpp: what is compared with what
  void conditions(const std::vector<Condition>& all, const Block& block);
  void condition(const Expr& one, const Context& around);
  void logic(const Expr& one, const Context& context);
  void negation(const Expr& one, const Context& context);
  bool one_membership(const Expr& one, const Context& context);
  void test(const Expr& one, const Context& context);
  void truth(const Expr& one, bool wanted, const Context& context);
  void any_other(const Expr& one, const Context& context);
  void called(const Expr& one, const Context& context);
  void comparison(const Expr& one, const Context& context);
  void compare(const Expr& left, const std::string& op, const Expr& right, const Context& context);
  void row_comparison(const Expr& one, const Context& context);
  void membership(const Expr& one, const Context& context);
  void between(const Expr& one, const Context& context);
  void like(const Expr& one, const Context& context);
  void full_text(const Expr& one, const Context& context);
  void value_test(const Side& side, model::PredicateKind kind, const std::string& op,
                  const std::vector<std::int64_t>& parameters, const Context& context);
  void edge(const Side& left, const std::string& op, const Side& right, const Context& context);
  void one_edge(const Side& mine, const std::string& op, const Side& other, const Context& context);
  void predicate(const Side& side, model::Predicate made, const Context& context);
  [[nodiscard]] Side side(const Expr& one, const Block& block) const;
  void columns_of(const Expr& one, const Block& block, Side& out) const;
  [[nodiscard]] std::string text_of(const Expr& one, const Block& block) const;
  [[nodiscard]] std::string constant_text(const Context& context) const;
  ParameterUse& parameter(std::int64_t number, ParameterRole role);
  void compared(const std::vector<std::int64_t>& numbers, const Side& with, const std::string& op);

  const Catalog& catalog_;
  const Mode& mode_;
  bool literals_are_constant_ = false;
  model::Shape shape_;
  std::vector<ParameterUse> parameters_;
  std::unordered_map<std::int64_t, std::size_t> parameter_positions_;
  /// Views that are being expanded, from the outermost in; and the trees of all so far.
  std::vector<const model::View*> open_views_;
  std::map<const model::View*, std::shared_ptr<const Query>> view_trees_;
  std::set<std::size_t> semi_;  ///< relations on the right of a semi or anti join
  int expansions_ = 0;
  bool too_large_ = false;
  bool reads_itself_ = false;  ///< the WITH query that is being expanded
  std::int64_t blocks_ = 0;
  std::int64_t disjunctions_ = 0;
};

/// True when the expression is computed from many rows.
[[nodiscard]] bool has_aggregate(const Expr& one);
[[nodiscard]] bool has_window(const Expr& one);
/// The outputs are no columns of a table any more.
void forget_columns(std::vector<Output>& outputs);

}  // namespace whet::sql::mysql
