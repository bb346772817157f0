// Comparisons: of columns with values (predicates) and with other relations' columns (join edges).
#include <algorithm>
#include <array>
#include <utility>

#include "sql/expression.h"
#include "sql/parse.h"
#include "sql/quote.h"
#include "sql/shaper.h"

namespace whet::sql {

namespace {

using model::PatternKind;
using model::PredicateKind;

PredicateKind kind_of(const std::string& op) {
  if (op == "=") return PredicateKind::equality;
  if (op == "<" || op == "<=" || op == ">" || op == ">=") return PredicateKind::range;
  return PredicateKind::other;
}

// The operator with its sides changed.
std::string commuted(const std::string& op) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 10> pairs{
      {{"<", ">"},
       {"<=", ">="},
       {">", "<"},
       {">=", "<="},
       {"@>", "<@"},
       {"<@", "@>"},
       {"<<", ">>"},
       {">>", "<<"},
       {"<<=", ">>="},
       {">>=", "<<="}}};
  for (const auto& [from, to] : pairs) {
    if (op == from) return std::string(to);
  }
  return op;
}

// The same in every call: no parameter and no subquery, and no literal unless literals are
// constant.
bool is_constant(json::View view, bool literals_are_constant, int& nodes_left) {
  if (--nodes_left < 0) return false;
  for (const auto& [type, content] : view.members()) {
    if (type == "ParamRef" || type == "SubLink" || type == "SQLValueFunction") return false;
    // A flag has but two values: who writes one down means it.
    if (type == "A_Const" && !literals_are_constant && !content["boolval"].present()) return false;
    if (!is_constant(content, literals_are_constant, nodes_left)) return false;
  }
  for (const json::View element : view.elements()) {
    if (!is_constant(element, literals_are_constant, nodes_left)) return false;
  }
  return true;
}

// Begins the pattern with a wildcard? The first operand of a concatenation decides.
PatternKind pattern_of(json::View pattern) {
  auto [type, content] = node(pattern);
  while (type == "TypeCast" || type == "A_Expr" || type == "FuncCall") {
    if (type == "A_Expr" && operator_name(content) != "||") return PatternKind::parameter;
    // LIKE ... ESCAPE and SIMILAR TO wrap the pattern in a function.
    const auto arguments = content["args"].elements();
    const json::View first = type == "FuncCall" ? (arguments.empty() ? json::View() : arguments[0])
                                                : content[type == "A_Expr" ? "lexpr" : "arg"];
    std::tie(type, content) = node(first);
  }
  if (!content["sval"].present()) return PatternKind::parameter;
  const std::string text = content["sval"]["sval"].string_or("");
  return !text.empty() && (text[0] == '%' || text[0] == '_') ? PatternKind::wildcard
                                                             : PatternKind::prefix;
}

}  // namespace

std::optional<std::int64_t> parameter_number(json::View expression) {
  auto [type, content] = node(expression);
  while (type == "TypeCast") std::tie(type, content) = node(json::View(content["arg"]));
  if (type != "ParamRef") return std::nullopt;
  return content["number"].integer_or(0);
}

Side Shaper::side(json::View expression, const Block& block) const {
  Side out;
  out.view = expression;
  columns_of(expression, block, out);
  if (const auto number = parameter_number(expression)) out.parameters.push_back(*number);
  const json::View reference = expression["ColumnRef"];
  if (reference.present()) {
    const Place place = resolve(block, reference);
    if (place.relation && !place.column.empty()) {
      out.relation = place.relation;
      out.column = place.column;
      out.also = place.also;
    }
  }
  return out;
}

void Shaper::columns_of(json::View view, const Block& block, Side& out) const {
  for (const auto& [type, content] : view.members()) {
    if (type == "SubLink") continue;  // a value of its own
    if (type != "ColumnRef") {
      columns_of(content, block, out);
      continue;
    }
    const Place place = resolve(block, content);
    if (!place.relation) out.derived = true;
    if (!place.relation) continue;
    out.relations.insert(*place.relation);
    if (!place.column.empty()) out.columns.push_back(place.column);
  }
  for (const json::View element : view.elements()) columns_of(element, block, out);
}

std::string Shaper::text_of(json::View expression, const Block& block) const {
  const auto name = [&block](json::View reference) {
    const Place place = resolve(block, reference);
    return place.column.empty() ? std::string() : quote_identifier(place.column);
  };
  const auto is_text = [&block, this](json::View reference) {
    const Place place = resolve(block, reference);
    if (!place.relation) return false;
    const std::string type = type_of(*place.relation, place.column);
    return type.empty() || type == "text" || type == "varchar" || type == "bpchar";
  };
  return expression_text(expression, name, is_text).value_or("");
}

// Nothing when a part of the condition may differ from call to call.
std::string Shaper::constant_text(const Context& context) const {
  if (!context.whole.present() || context.disjunction != 0) return "";
  // Longer ones are no predicates that anybody would want.
  constexpr int most_nodes = 400;
  int nodes = most_nodes;
  return is_constant(context.whole, literals_are_constant_, nodes)
             ? text_of(context.whole, context.block)
             : "";
}

void Shaper::operation(json::View content, const Context& context) {
  const std::string kind = content["kind"].string_or("");
  const std::string op = operator_name(content);
  if (kind == "AEXPR_IN") return membership(content, context);
  if (kind.starts_with("AEXPR_BETWEEN") || kind.starts_with("AEXPR_NOT_BETWEEN"))
    return between(content, context);
  if (kind == "AEXPR_OP_ANY" || kind == "AEXPR_OP_ALL") return any_all(content, context);
  if (kind == "AEXPR_LIKE" || kind == "AEXPR_ILIKE" || kind == "AEXPR_SIMILAR" ||
      op.ends_with("~~") || op.ends_with("~~*"))
    return like(content, context);
  if (kind == "AEXPR_OP" && content["lexpr"]["RowExpr"].present())
    return row_comparison(content, context);
  if (kind == "AEXPR_DISTINCT") {
    return compare(content["lexpr"], "IS DISTINCT FROM", content["rexpr"], context);
  }
  if (kind == "AEXPR_NOT_DISTINCT")
    return compare(content["lexpr"], "IS NOT DISTINCT FROM", content["rexpr"], context);
  compare(content["lexpr"], op, content["rexpr"], context);
}

void Shaper::compare(json::View left_view, const std::string& op, json::View right_view,
                     const Context& context) {
  const Side left = side(left_view, context.block);
  const Side right = side(right_view, context.block);
  if (left.relations.empty()) {
    if (!right.relations.empty() && !left.derived)
      value_test(right, kind_of(op), commuted(op), left.parameters, context);
    if (!right.relations.empty() && left.derived) edge(left, op, right, context);
    return;
  }
  if (right.relations.empty() && !right.derived)
    return value_test(left, kind_of(op), op, right.parameters, context);
  if (left.relations == right.relations && left.relations.size() == 1) {
    Side both = left;
    both.column.clear();
    both.columns.insert(both.columns.end(), right.columns.begin(), right.columns.end());
    both.view = json::View();
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
  compared(parameters, tested, op, context);
  predicate(tested, std::move(made), context);
}

void Shaper::row_comparison(json::View content, const Context& context) {
  const auto left = content["lexpr"]["RowExpr"]["args"].elements();
  const auto right = content["rexpr"]["RowExpr"]["args"].elements();
  const std::string op = operator_name(content);
  if (left.size() != right.size() || left.empty()) return;
  if (op == "=" && !context.negated) {
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
    comparable = comparable && column.relation == first.relation && value.relations.empty();
    if (i > 0) made.row.push_back(column.column);
    made.parameters.insert(made.parameters.end(), value.parameters.begin(), value.parameters.end());
    compared(value.parameters, column, op, context);
  }
  if (!comparable) made.row.clear();
  predicate(first, std::move(made), context);
}

void Shaper::membership(json::View content, const Context& context) {
  const std::string op = operator_name(content) == "=" ? "IN" : "NOT IN";
  const auto rows = content["rexpr"]["List"]["items"].elements();
  std::vector<json::View> tested = content["lexpr"]["RowExpr"]["args"].elements();
  const bool is_row = !tested.empty();
  if (!is_row) tested = {content["lexpr"]};
  for (std::size_t i = 0; i < tested.size(); ++i) {
    const Side left = side(tested[i], context.block);
    std::vector<std::int64_t> parameters;
    bool values = true;
    for (const json::View row : rows) {
      const auto items = row["RowExpr"]["args"].elements();
      const Side right = side(!is_row            ? row
                              : i < items.size() ? items[i]
                                                 : json::View(),
                              context.block);
      values = values && right.relations.empty() && !right.derived;
      parameters.insert(parameters.end(), right.parameters.begin(), right.parameters.end());
    }
    const bool usable = values && op == "IN";
    value_test(left, usable ? PredicateKind::membership : PredicateKind::other, op, parameters,
               context);
  }
}

void Shaper::between(json::View content, const Context& context) {
  const auto bounds = content["rexpr"]["List"]["items"].elements();
  if (bounds.size() != 2) return;
  const Side tested = side(content["lexpr"], context.block);
  const Side low = side(bounds[0], context.block);
  const Side high = side(bounds[1], context.block);
  const bool negated = content["kind"].string_or("").starts_with("AEXPR_NOT");
  if (!negated && (tested.relations.empty() || !low.relations.empty() || !high.relations.empty())) {
    compare(content["lexpr"], ">=", bounds[0], context);
    compare(content["lexpr"], "<=", bounds[1], context);
    return;
  }
  std::vector<std::int64_t> parameters = low.parameters;
  parameters.insert(parameters.end(), high.parameters.begin(), high.parameters.end());
  value_test(tested, negated ? PredicateKind::other : PredicateKind::range,
             negated ? "NOT BETWEEN" : "BETWEEN", parameters, context);
}

void Shaper::any_all(json::View content, const Context& context) {
  const bool any = content["kind"].string_or("") == "AEXPR_OP_ANY";
  const std::string op = operator_name(content);
  const Side left = side(content["lexpr"], context.block);
  Side right = side(content["rexpr"], context.block);
  if (left.relations.empty())
    return value_test(right, PredicateKind::other, op + (any ? " ANY" : " ALL"), {}, context);
  if (!right.relations.empty() || right.derived) return edge(left, op + " ANY", right, context);
  std::string shown = op + (any ? " ANY" : " ALL");
  const auto elements = content["rexpr"]["A_ArrayExpr"]["elements"].elements();
  for (const json::View element : elements) {
    if (const auto number = parameter_number(element)) right.parameters.push_back(*number);
  }
  if (any && op == "=" && !elements.empty()) shown = "IN";
  value_test(left, any && op == "=" ? PredicateKind::membership : PredicateKind::other, shown,
             right.parameters, context);
}

void Shaper::like(json::View content, const Context& context) {
  const std::string op = operator_name(content);
  const bool negated = op.starts_with("!") != context.negated;
  const bool ignores_case = op.ends_with("*");
  const bool similar = content["kind"].string_or("") == "AEXPR_SIMILAR";
  std::string shown = similar ? "SIMILAR TO" : ignores_case ? "ILIKE" : "LIKE";
  if (op.starts_with("!")) shown = "NOT " + shown;
  const Side left = side(content["lexpr"], context.block);
  const Side right = side(content["rexpr"], context.block);
  if (left.relations.size() != 1 || left.derived) return;
  if (!right.relations.empty() || right.derived) return edge(left, shown, right, context);
  model::Predicate made;
  made.kind = negated ? PredicateKind::other : PredicateKind::pattern;
  made.negated = negated;
  made.op = shown;
  made.pattern = pattern_of(content["rexpr"]);
  made.ignores_case = ignores_case;
  made.parameters = right.parameters;
  compared(right.parameters, left, shown, context);
  predicate(left, std::move(made), context);
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
  if (made.column.empty()) made.expression = text_of(mine.view, context.block);
  made.op = op;
  if (other.relations.size() == 1) made.other = static_cast<std::int64_t>(*other.relations.begin());
  made.other_column = other.column;
  made.outer = context.condition.outer;
  const auto block_of = [this](std::size_t i) { return shape_.relations[i].block; };
  made.subquery =
      other.relations.size() == 1 && block_of(*other.relations.begin()) != block_of(position);
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
                      const std::string& op, const Context& context) {
  if (with.relations.size() != 1 || with.derived) return;
  const model::ShapeRelation& relation = shape_.relations[*with.relations.begin()];
  for (const std::int64_t number : numbers) {
    ParameterUse& use = parameter(number, ParameterRole::column);
    if (!use.op.empty() || use.role != ParameterRole::column) continue;
    use.schema = relation.schema;
    use.table = relation.table;
    use.column = with.column;
    if (with.column.empty()) {
      use.expression = text_of(with.view, context.block);
      if (with.columns.size() == 1) use.column = with.columns[0];
    }
    use.op = op;
  }
}

}  // namespace whet::sql
