// Conditions: AND, OR, NOT and what they are made of.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "sql/mysql/shaper.h"

namespace whet::sql::mysql {

using model::PredicateKind;

void Shaper::conditions(const std::vector<Condition>& all, const Block& block) {
  for (const Condition& one : all) {
    columns_used(*one.expression, block, false);
    condition(*one.expression, {block, one});
    subqueries(*one.expression, block);
  }
}

void Shaper::condition(const Expr& one, const Context& around) {
  Context context = around;
  // Below a NOT the whole is what negation() has found.
  if (!around.negated) context.whole = &one;
  switch (one.kind) {
    case ExprKind::logic:
      return logic(one, context);
    case ExprKind::unary:
      return one.name == "NOT" ? negation(one, context) : any_other(one, context);
    case ExprKind::binary:
      return comparison(one, context);
    case ExprKind::is:
      return test(one, context);
    case ExprKind::between:
      return between(one, context);
    case ExprKind::in:
      return membership(one, context);
    case ExprKind::like:
      return like(one, context);
    case ExprKind::match:
      return full_text(one, context);
    case ExprKind::column:
      return truth(one, true, context);
    case ExprKind::call:
      return called(one, context);
    case ExprKind::quantified:
    case ExprKind::exists:
    case ExprKind::subquery:
    case ExprKind::literal:
    case ExprKind::flag:
    case ExprKind::null:
    case ExprKind::parameter:
      return;  // subqueries are visited on their own
    default:
      return any_other(one, context);
  }
}

void Shaper::logic(const Expr& one, const Context& context) {
  Context below = context;
  if (one.name == "AND") {
    // NOT (a AND b) demands neither.
    if (context.negated) below.whole = nullptr;
    for (const Expr& arg : one.args) condition(arg, below);
    return;
  }
  if (one_membership(one, context)) return;
  const bool nested = context.disjunction != 0;
  if (!nested) below.disjunction = ++disjunctions_;
  std::int64_t arm = 0;
  for (const Expr& arg : one.args) {
    if (!nested) below.arm = ++arm;
    condition(arg, below);
  }
}

void Shaper::negation(const Expr& one, const Context& context) {
  Context below = context;
  below.whole = context.negated ? nullptr : &one;
  const Expr& arg = one.args[0];
  if (arg.kind == ExprKind::column) return truth(arg, false, below);
  // What IN, LIKE, BETWEEN and IS can say themselves.
  const bool simple = arg.kind == ExprKind::in || arg.kind == ExprKind::like ||
                      arg.kind == ExprKind::between ||
                      (arg.kind == ExprKind::is && arg.name == "NULL");
  if (simple && !context.negated) {
    Expr turned = arg;
    turned.negated = !arg.negated;
    return condition(turned, context);
  }
  below.negated = !context.negated;
  // NOT NOT a is a, but its text is another.
  if (context.negated) below.whole = nullptr;
  condition(arg, below);
}

// a = 1 OR a = 2 OR a IN (3, 4) is a IN (1, 2, 3, 4).
bool Shaper::one_membership(const Expr& one, const Context& context) {
  std::optional<Side> tested;
  std::vector<std::int64_t> parameters;
  for (const Expr& arg : one.args) {
    const bool equal = arg.kind == ExprKind::binary && arg.name == "=";
    const bool in = arg.kind == ExprKind::in && !arg.negated && !arg.query;
    if (!equal && !in) return false;
    const Side left = side(arg.args[0], context.block);
    if (left.column.empty()) return false;
    if (tested && (tested->relation != left.relation || tested->column != left.column))
      return false;
    for (std::size_t i = 1; i < arg.args.size(); ++i) {
      const Side right = side(arg.args[i], context.block);
      if (!right.is_value()) return false;
      parameters.insert(parameters.end(), right.parameters.begin(), right.parameters.end());
    }
    tested = left;
  }
  if (!tested) return false;
  value_test(*tested, PredicateKind::membership, "IN", parameters, context);
  return true;
}

// IS NULL, IS TRUE, IS FALSE.
void Shaper::test(const Expr& one, const Context& context) {
  const Expr& arg = one.args[0];
  if (one.name != "NULL") {
    const bool wanted = one.name == "TRUE";
    if (arg.kind == ExprKind::column || one.negated) return any_other(one, context);
    if (wanted) return condition(arg, context);
    Context below = context;
    below.negated = !context.negated;
    below.whole = nullptr;
    return condition(arg, below);
  }
  const Side found = side(arg, context.block);
  if (found.relations.size() != 1) return;
  const bool is_null = one.negated == context.negated;
  model::Predicate made;
  made.kind = PredicateKind::null;
  made.op = is_null ? "IS NULL" : "IS NOT NULL";
  made.negated = !is_null;
  predicate(found, std::move(made), context);
}

// A bare column: it must not be 0, which is two ranges; below a NOT it must be 0.
void Shaper::truth(const Expr& one, bool wanted, const Context& context) {
  const Side found = side(one, context.block);
  if (found.column.empty()) return any_other(one, context);
  Context plain = context;
  plain.negated = false;
  const bool true_wanted = wanted != context.negated;
  value_test(found, true_wanted ? PredicateKind::other : PredicateKind::equality,
             true_wanted ? "<>" : "=", {}, plain);
}

// A function's result. Those that an index may serve keep their name.
void Shaper::called(const Expr& one, const Context& context) {
  static constexpr std::array<std::string_view, 16> indexed{
      "json_contains", "json_overlaps", "mbrcontains", "mbrcoveredby", "mbrcovers", "mbrequals",
      "mbrintersects", "mbrwithin",     "st_contains", "st_crosses",   "st_equals", "st_intersects",
      "st_overlaps",   "st_touches",    "st_within",   "mbroverlaps"};
  if (one.name == "regexp_like" && one.args.size() >= 2) {
    Expr same = one;
    same.kind = ExprKind::like;
    same.name = "REGEXP";
    return like(same, context);
  }
  if (std::find(indexed.begin(), indexed.end(), one.name) == indexed.end())
    return any_other(one, context);
  std::string op = one.name;
  for (char& c : op) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  for (std::size_t i = 0; i < one.args.size() && i < 2; ++i) {
    const Side mine = side(one.args[i], context.block);
    if (mine.relations.size() != 1 || mine.derived) continue;
    const Side other = one.args.size() > 1 ? side(one.args[1 - i], context.block) : Side();
    if (!other.is_value()) {
      edge(mine, op, other, context);
    } else {
      value_test(mine, PredicateKind::other, op, other.parameters, context);
    }
    return;
  }
}

void Shaper::any_other(const Expr& one, const Context& context) {
  const Side found = side(one, context.block);
  if (found.relations.size() != 1 || found.derived) return;
  model::Predicate made;
  made.kind = PredicateKind::other;
  made.negated = context.negated;
  predicate(found, std::move(made), context);
}

void Shaper::predicate(const Side& tested, model::Predicate made, const Context& context) {
  const std::size_t position = *tested.relations.begin();
  if (context.condition.restricted && !context.condition.filters.contains(position)) return;
  made.column = tested.column;
  if (made.column.empty()) {
    if (tested.expression != nullptr) made.expression = text_of(*tested.expression, context.block);
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

}  // namespace whet::sql::mysql
