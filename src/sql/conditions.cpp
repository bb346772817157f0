// Conditions: AND, OR, NOT and what they are made of.
#include <algorithm>

#include "sql/parse.h"
#include "sql/shaper.h"

namespace whet::sql {

using model::PredicateKind;

std::string operator_name(json::View a_expr) {
  const auto parts = a_expr["name"].elements();
  return parts.empty() ? "" : parts.back()["String"]["sval"].string_or("");
}

void Shaper::conditions(const std::vector<Condition>& all, const Block& block) {
  for (const Condition& one : all) {
    columns_used(one.expression, block, false);
    condition(one.expression, {block, one});
    subqueries(one.expression, block);
  }
}

void Shaper::condition(json::View expression, const Context& around) {
  const auto [type, content] = node(expression);
  Context context = around;
  // Below a NOT the whole is what boolean() has found.
  if (!around.negated) context.whole = expression;
  if (type == "BoolExpr") return boolean(expression, context);
  if (type == "A_Expr") return operation(content, context);
  if (type == "NullTest") return null_test(content, context);
  if (type == "ColumnRef") return truth(expression, true, context);
  if (type == "BooleanTest") {
    const std::string test = content["booltesttype"].string_or("");
    if (test == "IS_TRUE" || test == "IS_FALSE")
      return truth(content["arg"], test == "IS_TRUE", context);
  }
  // Subqueries are visited on their own.
  if (type != "SubLink" && type != "A_Const" && type != "ParamRef") any_other(expression, context);
}

void Shaper::boolean(json::View expression, const Context& context) {
  const json::View content = expression["BoolExpr"];
  const std::string op = content["boolop"].string_or("");
  const auto arguments = content["args"].elements();
  Context below = context;
  if (op == "AND_EXPR") {
    // NOT (a AND b) demands neither.
    if (context.negated) below.whole = json::View();
    for (const json::View argument : arguments) condition(argument, below);
    return;
  }
  if (op == "NOT_EXPR") {
    if (arguments.empty()) return;
    below.whole = context.negated ? json::View() : expression;
    if (arguments[0]["ColumnRef"].present()) return truth(arguments[0], false, below);
    below.negated = true;
    return condition(arguments[0], below);
  }
  if (one_membership(content, context)) return;
  const bool nested = context.disjunction != 0;
  if (!nested) below.disjunction = ++disjunctions_;
  std::int64_t arm = 0;
  for (const json::View argument : arguments) {
    if (!nested) below.arm = ++arm;
    condition(argument, below);
  }
}

// a = 1 OR a = 2 OR a IN (3, 4) is a IN (1, 2, 3, 4).
bool Shaper::one_membership(json::View content, const Context& context) {
  std::optional<Side> tested;
  std::vector<std::int64_t> parameters;
  for (const json::View argument : content["args"].elements()) {
    const json::View comparison = argument["A_Expr"];
    const std::string kind = comparison["kind"].string_or("");
    if ((kind != "AEXPR_OP" && kind != "AEXPR_IN") || operator_name(comparison) != "=")
      return false;
    const Side left = side(comparison["lexpr"], context.block);
    if (left.column.empty()) return false;
    if (tested && (tested->relation != left.relation || tested->column != left.column))
      return false;
    const json::View list = comparison["rexpr"]["List"]["items"];
    std::vector<json::View> values = list.elements();
    if (kind == "AEXPR_OP") values = {comparison["rexpr"]};
    for (const json::View value : values) {
      const Side right = side(value, context.block);
      if (!right.relations.empty() || right.derived) return false;
      parameters.insert(parameters.end(), right.parameters.begin(), right.parameters.end());
    }
    tested = left;
  }
  if (!tested) return false;
  value_test(*tested, PredicateKind::membership, "IN", parameters, context);
  return true;
}

void Shaper::truth(json::View expression, bool wanted, const Context& context) {
  const Side found = side(expression, context.block);
  if (found.column.empty()) return any_other(expression, context);
  Context plain = context;
  plain.negated = false;
  value_test(found, PredicateKind::equality, wanted != context.negated ? "IS TRUE" : "IS FALSE", {},
             plain);
}

void Shaper::null_test(json::View content, const Context& context) {
  const Side found = side(content["arg"], context.block);
  if (found.relations.size() != 1) return;
  const bool is_null = (content["nulltesttype"].string_or("") == "IS_NULL") != context.negated;
  model::Predicate made;
  made.kind = PredicateKind::null;
  made.op = is_null ? "IS NULL" : "IS NOT NULL";
  made.negated = !is_null;
  predicate(found, std::move(made), context);
}

// A function that gives a boolean, CASE and the like.
void Shaper::any_other(json::View expression, const Context& context) {
  const Side found = side(expression, context.block);
  if (found.relations.size() != 1 || found.derived) return;
  model::Predicate made;
  made.kind = PredicateKind::other;
  made.negated = context.negated;
  predicate(found, std::move(made), context);
}

void Shaper::predicate(const Side& tested, model::Predicate made, const Context& context) {
  const std::size_t position = *tested.relations.begin();
  if (context.condition.outer && !context.condition.filters.contains(position)) return;
  made.column = tested.column;
  if (made.column.empty()) {
    made.expression = text_of(tested.view, context.block);
    made.expression_columns = tested.columns;
  }
  made.disjunction = context.disjunction;
  made.arm = context.arm;
  made.constant = constant_text(context);
  for (const At& also : tested.also) {
    model::Predicate other = made;
    other.column = also.column;
    // Its text names the first branch's column.
    other.constant.clear();
    shape_.relations[also.relation].predicates.push_back(std::move(other));
  }
  shape_.relations[position].predicates.push_back(std::move(made));
}

}  // namespace whet::sql
