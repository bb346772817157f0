#include "advise/query/plan_terms.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"

namespace whet::advise {
namespace {

using plans::Expr;
using plans::ExprKind;

constexpr std::array<std::string_view, 12> number_and_time_types{
    "numeric", "double precision", "real",   "integer", "bigint",  "smallint",
    "date",    "double",           "signed", "char",    "decimal", "datetime"};

bool is_text_type(std::string_view type) {
  return type == "text" || type == "varchar" || type == "character varying" || type == "name";
}

bool is_time_type(std::string_view type) {
  return type.substr(0, 9) == "timestamp" || type.substr(0, 5) == "time ";
}

/// The server's short names of the types that casts print in full.
bool same_type(std::string_view base_type, std::string_view printed) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 9> names{
      {{"int2", "smallint"},
       {"int4", "integer"},
       {"int8", "bigint"},
       {"float4", "real"},
       {"float8", "double precision"},
       {"timestamp", "timestamp without time zone"},
       {"timestamptz", "timestamp with time zone"},
       {"timetz", "time with time zone"},
       {"time", "time without time zone"}}};
  if (base_type == printed) return true;
  return std::any_of(names.begin(), names.end(), [&](const auto& pair) {
    return pair.first == base_type && pair.second == printed;
  });
}

std::string first_column(const Expr& expr) {
  const auto columns = plans::columns_in(expr);
  return columns.empty() ? "" : columns.front();
}

/// Case-insensitive, or without a fixed beginning.
bool unanchored(const plans::Comparison& one) {
  const Expr* pattern = one.fixed;
  // "'%' || $1": what stands first decides.
  while ((pattern->kind == ExprKind::cast || pattern->name == "||") && !pattern->args.empty()) {
    pattern = &pattern->args.front();
  }
  if (pattern->kind == ExprKind::parameter) return one.op == "~~*";
  if (pattern->kind != ExprKind::constant || pattern->name.empty()) return false;
  const bool open = pattern->name[0] == '%' || pattern->name[0] == '_';
  return one.op == "~~*" || open;
}

const Expr& without_harmless_casts(const PlanContext& plan, std::size_t scan, const Expr& expr) {
  const Expr* at = &expr;
  while (at->kind == ExprKind::cast && !at->args.empty()) {
    const Expr& inner = at->args.front();
    if (inner.kind == ExprKind::column &&
        changes_comparison(column_of(plan, scan, inner.name), at->name)) {
      break;
    }
    at = &inner;
  }
  return *at;
}

bool is_call_of_column(const Expr& expr) {
  if (expr.name == "any" || expr.name == "all") return false;
  return expr.kind == ExprKind::call || expr.kind == ExprKind::operation;
}

Term comparison_term(const PlanContext& plan, std::size_t scan, const plans::Comparison& one) {
  Term term;
  const Expr& variable = without_harmless_casts(plan, scan, *one.variable);
  term.column = first_column(variable);
  term.wrapped = plans::to_text(variable);
  if (one.op == "~~" || one.op == "~~*" || one.op == "LIKE") {
    if (unanchored(one)) term.kind = TermKind::wildcard;
    return term;
  }
  constexpr std::array<std::string_view, 8> served{
      "=", "<", ">", "<=", ">=", "IN", "BETWEEN", "<=>"};
  if (std::find(served.begin(), served.end(), one.op) == served.end()) return term;
  term.wrapper = variable.name;
  if (variable.kind == ExprKind::column) {
    term.kind = TermKind::plain;
  } else if (variable.kind == ExprKind::cast) {
    // A cast of a larger expression says as little as the expression.
    const bool direct = variable.args.front().kind == ExprKind::column;
    term.kind = direct ? TermKind::cast : TermKind::function;
  } else if (is_call_of_column(variable)) {
    term.kind = TermKind::function;
  }
  return term;
}

Term term_of(const PlanContext& plan, std::size_t scan, const Expr& expr) {
  Term term;
  if (expr.kind == ExprKind::disjunction) {
    std::set<std::string> columns;
    bool simple = true;
    for (const Expr& branch : expr.args) {
      for (const Expr* part : plans::conjuncts(branch)) {
        const auto one = plans::comparison(*part);
        simple = simple && one && comparison_term(plan, scan, *one).kind == TermKind::plain;
      }
      for (const std::string& column : plans::columns_in(branch)) columns.insert(column);
    }
    if (simple && columns.size() >= 2) term.kind = TermKind::either;
    term.column = columns.empty() ? "" : *columns.begin();
  } else if (plans::find_in(expr, [](const Expr& e) { return e.kind == ExprKind::subplan; })) {
    term.kind = TermKind::subquery;
  } else if (const auto one = plans::comparison(expr)) {
    term = comparison_term(plan, scan, *one);
  }
  term.text = text::shorten(plans::to_text(expr), 80);
  return term;
}

}  // namespace

bool changes_comparison(const model::Column* column, std::string_view type) {
  if (column != nullptr && !column->base_type.empty()) {
    if (same_type(column->base_type, type)) return false;
    // The server prints varchar = text with a cast, but compares them as they are.
    if (is_text_type(type)) return !is_text_type(column->base_type);
    return true;
  }
  return is_time_type(type) || std::find(number_and_time_types.begin(), number_and_time_types.end(),
                                         type) != number_and_time_types.end();
}

const model::Column* column_of(const PlanContext& plan, std::size_t node, std::string_view name) {
  const auto dot = name.rfind('.');
  const std::string_view qualifier = dot == std::string_view::npos ? "" : name.substr(0, dot);
  const std::string_view bare = dot == std::string_view::npos ? name : name.substr(dot + 1);
  for (std::size_t i = node; i < plan.size(); ++i) {
    if (i > node && plan.figure(i).depth <= plan.figure(node).depth) break;
    const model::Table* table = plan.table(i);
    if (table == nullptr) continue;
    const model::PlanNode& scan = plan.node(i);
    if (!qualifier.empty() && scan.alias != qualifier && scan.relation != qualifier) continue;
    if (const model::Column* column = table->column(bare)) return column;
  }
  return nullptr;
}

std::vector<Term> filter_terms(const PlanContext& plan, std::size_t scan) {
  const auto parsed = plans::parse_expression(plan.node(scan).filter);
  std::vector<Term> terms;
  if (!parsed) return terms;
  for (const Expr* one : plans::conjuncts(*parsed)) terms.push_back(term_of(plan, scan, *one));
  return terms;
}

bool keeps_few(const PlanContext& plan, std::size_t scan) {
  constexpr double many_rows = 10000;
  const model::PlanNode& node = plan.node(scan);
  double read = 0;
  double kept = 0;
  if (plan.mysql() && !plan.ran()) {
    // A tenth or a ninth is its rule of thumb, and of a function's result it knows nothing: the
    // statement's counters decide then, which only a workload has (workload_plans.cpp).
    const double percent = node.filtered.value_or(100);
    const bool unknown = percent > 99.9 && plan.facts() != nullptr;
    return plan.rows_read(scan) >= many_rows && (percent <= 20 || unknown) && !plan.limited(scan);
  }
  if (plan.ran()) {
    kept = plan.figure(scan).rows;
    read = kept + plan.removed_by_filter(scan);
  } else {
    const model::Table* table = plan.table(scan);
    kept = node.plan_rows;
    read = table != nullptr ? table->rows() : node.total_cost / 0.0125;
  }
  return read >= many_rows && kept <= 0.1 * read;
}

bool only_unusable_terms(const PlanContext& plan, std::size_t scan) {
  const auto terms = filter_terms(plan, scan);
  return !terms.empty() && std::all_of(terms.begin(), terms.end(), [](const Term& term) {
    return term.kind != TermKind::plain && term.kind != TermKind::other;
  });
}

}  // namespace whet::advise
