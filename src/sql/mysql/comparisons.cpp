// Comparisons: of columns with values (predicates) and with other relations' columns (join edges).
#include <algorithm>
#include <array>
#include <utility>

#include "sql/mysql/expression.h"
#include "sql/mysql/quote.h"
#include "sql/mysql/shaper.h"

namespace whet::sql::mysql {

namespace {

using model::PatternKind;
using model::PredicateKind;

PredicateKind kind_of(const std::string& op) {
  if (op == "=" || op == "<=>") return PredicateKind::equality;
  if (op == "<" || op == "<=" || op == ">" || op == ">=") return PredicateKind::range;
  return PredicateKind::other;
}

bool is_comparison(const std::string& op) {
  return kind_of(op) != PredicateKind::other || op == "<>";
}

// The operator with its sides changed.
std::string commuted(const std::string& op) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 4> pairs{
      {{"<", ">"}, {"<=", ">="}, {">", "<"}, {">=", "<="}}};
  for (const auto& [from, to] : pairs) {
    if (op == from) return std::string(to);
  }
  return op;
}

// The same in every call: no parameter, variable, subquery, and no literal unless literals are
// constant.
bool is_constant(const Expr& one, bool literals_are_constant, int& nodes_left) {
  if (--nodes_left < 0 || one.query) return false;
  if (one.kind == ExprKind::parameter || one.kind == ExprKind::variable ||
      one.kind == ExprKind::other)
    return false;
  if (one.kind == ExprKind::literal && !literals_are_constant) return false;
  if (one.kind == ExprKind::call &&
      (one.name == "now" || one.name == "curdate" || one.name == "curtime" ||
       one.name == "sysdate" || one.name == "unix_timestamp" || one.name.starts_with("utc_")))
    return false;
  return std::all_of(one.args.begin(), one.args.end(), [&](const Expr& arg) {
    return is_constant(arg, literals_are_constant, nodes_left);
  });
}

// Begins the pattern with a wildcard? The first operand of a concatenation decides.
PatternKind pattern_of(const Expr& pattern, bool regexp) {
  const Expr* one = &pattern;
  while (!one->args.empty() && !one->query) {
    const bool looked_through = one->kind == ExprKind::cast || one->kind == ExprKind::collate ||
                                (one->kind == ExprKind::unary && one->name == "BINARY");
    const bool concatenation = (one->kind == ExprKind::call && one->name == "concat") ||
                               (one->kind == ExprKind::binary && one->name == "||");
    if (!looked_through && !concatenation) return PatternKind::parameter;
    one = one->args.data();
  }
  if (one->kind != ExprKind::literal) return PatternKind::parameter;
  // No index serves a regular expression.
  if (regexp) return PatternKind::wildcard;
  const std::size_t quote = one->name.find_first_of("'\"");
  const char first =
      quote == std::string::npos || quote + 1 >= one->name.size() ? 'x' : one->name[quote + 1];
  return first == '%' || first == '_' ? PatternKind::wildcard : PatternKind::prefix;
}

// The number of a parameter, looking through casts.
std::optional<std::int64_t> parameter_number(const Expr& one) {
  const Expr* at = &one;
  while ((at->kind == ExprKind::cast || at->kind == ExprKind::collate) && !at->args.empty())
    at = at->args.data();
  if (at->kind != ExprKind::parameter) return std::nullopt;
  return at->number;
}

}  // namespace

Side Shaper::side(const Expr& one, const Block& block) const {
  Side out;
  out.expression = &one;
  columns_of(one, block, out);
  if (const auto number = parameter_number(one)) out.parameters.push_back(*number);
  if (one.kind == ExprKind::column) {
    const Place place = resolve(block, one.path);
    if (place.relation && !place.column.empty()) {
      out.relation = place.relation;
      out.column = place.column;
      out.also = place.also;
    }
  }
  return out;
}

void Shaper::columns_of(const Expr& one, const Block& block, Side& out) const {
  if (one.kind == ExprKind::column) {
    const Place place = resolve(block, one.path);
    if (!place.relation) out.derived = true;
    if (!place.relation) return;
    out.relations.insert(*place.relation);
    if (!place.column.empty()) out.columns.push_back(place.column);
  }
  // A subquery is a value of its own.
  for (const Expr& arg : one.args) columns_of(arg, block, out);
  for (const Expr& part : one.window) columns_of(part, block, out);
}

std::string Shaper::text_of(const Expr& one, const Block& block) const {
  const auto name = [&block](const std::vector<std::string>& path) {
    const Place place = resolve(block, path);
    return place.column.empty() ? std::string() : quote_identifier(place.column);
  };
  return expression_text(one, name).value_or("");
}

// Nothing when a part of the condition may differ from call to call.
std::string Shaper::constant_text(const Context& context) const {
  if (context.whole == nullptr || context.disjunction != 0) return "";
  // Longer ones are no predicates that anybody would want.
  int nodes = 400;
  return is_constant(*context.whole, literals_are_constant_, nodes)
             ? text_of(*context.whole, context.block)
             : "";
}

void Shaper::comparison(const Expr& one, const Context& context) {
  if (one.name == "MEMBER OF") {
    const Side value = side(one.args[0], context.block);
    const Side array = side(one.args[1], context.block);
    if (array.is_value()) return any_other(one, context);
    if (!value.is_value()) return edge(array, "MEMBER OF", value, context);
    return value_test(array, PredicateKind::other, "MEMBER OF", value.parameters, context);
  }
  if (!is_comparison(one.name)) return any_other(one, context);
  if (one.args[0].kind == ExprKind::row) return row_comparison(one, context);
  const bool null = one.args[1].kind == ExprKind::null;
  if (one.name == "<=>" && null) {
    Expr is_null = one;
    is_null.kind = ExprKind::is;
    is_null.name = "NULL";
    is_null.args.pop_back();
    return test(is_null, context);
  }
  compare(one.args[0], one.name, one.args[1], context);
}

void Shaper::compare(const Expr& left_view, const std::string& op, const Expr& right_view,
                     const Context& context) {
  // MATCH ... AGAINST (...) > 0.5 is served by the full-text index as well.
  if (left_view.kind == ExprKind::match && side(right_view, context.block).is_value())
    return full_text(left_view, context);
  const Side left = side(left_view, context.block);
  const Side right = side(right_view, context.block);
  if (left.relations.empty()) {
    if (right.relations.empty()) return;
    if (left.derived) return edge(left, op, right, context);
    return value_test(right, kind_of(op), commuted(op), left.parameters, context);
  }
  if (right.is_value()) return value_test(left, kind_of(op), op, right.parameters, context);
  if (left.relations == right.relations && left.relations.size() == 1) {
    Side both = left;
    both.column.clear();
    both.columns.insert(both.columns.end(), right.columns.begin(), right.columns.end());
    both.expression = nullptr;
    model::Predicate made;
    made.kind = PredicateKind::other;
    made.op = op;
    made.negated = context.negated;
    return predicate(both, std::move(made), context);
  }
  edge(left, op, right, context);
}

// A side of one relation's columns tested against values.
void Shaper::value_test(const Side& tested, PredicateKind kind, const std::string& op,
                        const std::vector<std::int64_t>& parameters, const Context& context) {
  if (tested.relations.size() != 1 || tested.derived) return;
  model::Predicate made;
  made.kind = context.negated ? PredicateKind::other : kind;
  made.negated = context.negated;
  made.op = op;
  made.parameters = parameters;
  compared(parameters, tested, op);
  predicate(tested, std::move(made), context);
}

// (a, b) > (x, y), or > (...) of a digest: one parameter stands for the whole row.
void Shaper::row_comparison(const Expr& one, const Context& context) {
  const auto& left = one.args[0].args;
  const bool list = one.args[1].kind == ExprKind::parameter;
  const std::vector<Expr> right =
      list ? std::vector<Expr>(left.size(), one.args[1]) : one.args[1].args;
  const std::string& op = one.name;
  if ((!list && one.args[1].kind != ExprKind::row) || left.size() != right.size() || left.empty())
    return;
  if (kind_of(op) == PredicateKind::equality && !context.negated) {
    for (std::size_t i = 0; i < left.size(); ++i) compare(left[i], op, right[i], context);
    return;
  }
  const Side first = side(left[0], context.block);
  if (first.relations.size() != 1 || first.derived) return;
  model::Predicate made;
  made.kind = context.negated ? PredicateKind::other : kind_of(op);
  made.negated = context.negated;
  made.op = op;
  bool comparable = true;
  for (std::size_t i = 0; i < left.size(); ++i) {
    const Side column = side(left[i], context.block);
    const Side value = side(right[i], context.block);
    comparable = comparable && column.relation == first.relation && value.relations.empty() &&
                 !column.column.empty();
    if (i > 0) made.row.push_back(column.column);
    if (i == 0 || !list)
      made.parameters.insert(made.parameters.end(), value.parameters.begin(),
                             value.parameters.end());
    compared(value.parameters, column, op);
  }
  if (!comparable) made.row.clear();
  predicate(first, std::move(made), context);
}

void Shaper::membership(const Expr& one, const Context& context) {
  if (one.query) {
    // The tie to the subquery is made where that is visited.
    return;
  }
  const std::string op = one.negated ? "NOT IN" : "IN";
  const bool is_row = one.args[0].kind == ExprKind::row;
  const std::size_t width = is_row ? one.args[0].args.size() : 1;
  for (std::size_t n = 0; n < width; ++n) {
    const Side left = side(is_row ? one.args[0].args[n] : one.args[0], context.block);
    std::vector<std::int64_t> parameters;
    bool values = true;
    for (std::size_t i = 1; i < one.args.size(); ++i) {
      const Expr& value = one.args[i];
      if (is_row && value.kind == ExprKind::row && n >= value.args.size()) continue;
      const bool part = is_row && value.kind == ExprKind::row;
      const Side right = side(part ? value.args[n] : value, context.block);
      values = values && right.is_value();
      parameters.insert(parameters.end(), right.parameters.begin(), right.parameters.end());
    }
    const bool usable = values && !one.negated;
    value_test(left, usable ? PredicateKind::membership : PredicateKind::other, op, parameters,
               context);
  }
}

void Shaper::between(const Expr& one, const Context& context) {
  const Side tested = side(one.args[0], context.block);
  const Side low = side(one.args[1], context.block);
  const Side high = side(one.args[2], context.block);
  if (!one.negated && (tested.relations.empty() || !low.is_value() || !high.is_value())) {
    compare(one.args[0], ">=", one.args[1], context);
    compare(one.args[0], "<=", one.args[2], context);
    return;
  }
  std::vector<std::int64_t> parameters = low.parameters;
  parameters.insert(parameters.end(), high.parameters.begin(), high.parameters.end());
  value_test(tested, one.negated ? PredicateKind::other : PredicateKind::range,
             one.negated ? "NOT BETWEEN" : "BETWEEN", parameters, context);
}

void Shaper::like(const Expr& one, const Context& context) {
  const std::string shown = one.negated ? "NOT " + one.name : one.name;
  const Side left = side(one.args[0], context.block);
  const Side right = side(one.args[1], context.block);
  if (left.relations.size() != 1 || left.derived) return;
  if (!right.is_value()) return edge(left, shown, right, context);
  const bool negated = one.negated != context.negated;
  model::Predicate made;
  made.kind = negated ? PredicateKind::other : PredicateKind::pattern;
  made.negated = negated;
  made.op = shown;
  made.pattern = pattern_of(one.args[1], one.name == "REGEXP");
  made.parameters = right.parameters;
  compared(right.parameters, left, shown);
  predicate(left, std::move(made), context);
}

// MATCH (a, b) AGAINST (x): a predicate on its first column, the others in `row`.
void Shaper::full_text(const Expr& one, const Context& context) {
  if (one.args.size() < 2) return;
  const Side first = side(one.args[0], context.block);
  if (first.relations.size() != 1 || first.derived) return;
  model::Predicate made;
  made.kind = PredicateKind::other;
  made.op = "MATCH";
  made.negated = context.negated;
  for (std::size_t i = 1; i + 1 < one.args.size(); ++i)
    made.row.push_back(side(one.args[i], context.block).column);
  made.parameters = side(one.args.back(), context.block).parameters;
  compared(made.parameters, first, "MATCH");
  predicate(first, std::move(made), context);
}

void Shaper::edge(const Side& left, const std::string& op, const Side& right,
                  const Context& context) {
  one_edge(left, op, right, context);
  one_edge(right, commuted(op), left, context);
}

// The edge as `mine`, of one relation, sees it.
void Shaper::one_edge(const Side& mine, const std::string& op, const Side& other,
                      const Context& context) {
  if (mine.relations.size() != 1 || mine.derived) return;
  const std::size_t position = *mine.relations.begin();
  if (other.relations.contains(position)) return;
  model::JoinEdge made;
  made.column = mine.column;
  if (made.column.empty() && mine.expression != nullptr)
    made.expression = text_of(*mine.expression, context.block);
  made.op = op;
  if (other.relations.size() == 1) {
    const std::size_t its = *other.relations.begin();
    made.other = static_cast<std::int64_t>(its);
    made.subquery = shape_.relations[its].block != shape_.relations[position].block ||
                    semi_.contains(its) != semi_.contains(position);
  }
  made.other_column = other.column;
  made.outer = context.condition.outer;
  made.optional = context.disjunction != 0 || context.negated;
  for (const At& also : mine.also) {
    if (other.relations.contains(also.relation)) continue;
    made.column = also.column;
    shape_.relations[also.relation].joins.push_back(made);
  }
  made.column = mine.column;
  shape_.relations[position].joins.push_back(std::move(made));
}

ParameterUse& Shaper::parameter(std::int64_t number, ParameterRole role) {
  const auto [at, made] = parameter_positions_.emplace(number, parameters_.size());
  if (!made) return parameters_[at->second];
  parameters_.push_back({number, role, "", "", "", "", ""});
  return parameters_.back();
}

void Shaper::compared(const std::vector<std::int64_t>& numbers, const Side& with,
                      const std::string& op) {
  if (with.relations.size() != 1 || with.derived) return;
  const model::ShapeRelation& relation = shape_.relations[*with.relations.begin()];
  for (const std::int64_t number : numbers) {
    ParameterUse& use = parameter(number, ParameterRole::column);
    if (!use.op.empty() || use.role != ParameterRole::column) continue;
    use.schema = relation.schema;
    use.table = relation.table;
    use.column = with.column;
    if (with.column.empty() && with.expression != nullptr) {
      // The expression is told by the column that it is on; its text needs a block.
      if (with.columns.size() == 1) use.column = with.columns[0];
    }
    use.op = op;
  }
}

}  // namespace whet::sql::mysql
