#include "advise/query/plan_context.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "base/text.h"

namespace whet::advise {

using model::Evidence;
using model::PlanNode;

namespace {

bool is_subplan(const PlanNode& node) {
  return node.parent_relationship == "InitPlan" || node.parent_relationship == "SubPlan";
}

std::string source(std::string_view property) { return "EXPLAIN, " + std::string(property); }

}  // namespace

PlanContext::PlanContext(const model::Plan& plan, const Facts* facts)
    : plan_(plan), figures_(plans::measure(plan)), facts_(facts) {
  mysql_ = std::any_of(figures_.nodes.begin(), figures_.nodes.end(),
                       [](const plans::NodeFigures& one) { return !one.node->access.empty(); });
}

bool PlanContext::full_scan(std::size_t i) const {
  const PlanNode& one = node(i);
  if (one.type == "Seq Scan") return true;
  const bool made = one.relation.substr(0, 1) == "<" || !one.function.empty() ||
                    std::any_of(one.children.begin(), one.children.end(),
                                [](const PlanNode& child) { return child.temporary; });
  return one.type == "Table scan" && !made;
}

bool PlanContext::nested_loop(std::size_t i) const {
  return node(i).type == "Nested Loop" || node(i).type.substr(0, 12) == "Nested loop ";
}

double PlanContext::runs(std::size_t i) const {
  if (ran()) return figure(i).loops;
  double runs = 1;
  for (std::size_t at = i; figure(at).parent; at = *figure(at).parent) {
    const std::size_t above = *figure(at).parent;
    const double percent = node(above).filtered.value_or(100);
    if (node(at).dependent && percent > 0) runs *= node(above).plan_rows * 100 / percent;
    // Made once, and read by each run.
    if (node(at).temporary && !node(at).dependent) return runs;
    const auto outer = input(above);
    if (nested_loop(above) && outer && *outer != at) runs *= std::max(node(*outer).plan_rows, 1.0);
  }
  return runs;
}

double PlanContext::rows_read(std::size_t i) const {
  if (ran()) return figure(i).rows + removed_by_filter(i);
  const double percent = node(i).filtered.value_or(100);
  return (percent > 0 ? node(i).plan_rows * 100 / percent : node(i).plan_rows) * runs(i);
}

double PlanContext::rows_kept(std::size_t i) const {
  return ran() ? figure(i).rows : node(i).plan_rows * runs(i);
}

bool PlanContext::limited(std::size_t i) const {
  for (auto up = figure(i).parent; up; up = figure(*up).parent) {
    const PlanNode& above = node(*up);
    if (above.type == "Limit") return true;
    const bool reads_all = above.type == "Sort" || above.temporary || above.type == "Hash join" ||
                           text::contains(above.type, "ggregate");
    if (reads_all) return false;
  }
  return false;
}

const PlanNode* PlanContext::parent(std::size_t i) const {
  const auto up = figure(i).parent;
  return up ? &node(*up) : nullptr;
}

bool PlanContext::below(std::size_t i, std::string_view type) const {
  for (auto up = figure(i).parent; up; up = figure(*up).parent) {
    if (is(*up, type)) return true;
  }
  return false;
}

std::optional<std::size_t> PlanContext::input(std::size_t i, std::size_t nth) const {
  for (const std::size_t child : figure(i).children) {
    if (is_subplan(node(child))) continue;
    if (nth-- == 0) return child;
  }
  return std::nullopt;
}

double PlanContext::rows(std::size_t i) const { return ran() ? figure(i).rows : node(i).plan_rows; }

double PlanContext::removed_by_filter(std::size_t i) const {
  return node(i).rows_removed_by_filter * figure(i).loops;
}

const model::Table* PlanContext::table(std::size_t i) const {
  const PlanNode& scan = node(i);
  if (facts_ == nullptr || scan.relation.empty()) return nullptr;
  return scan.schema.empty() ? facts_->table_named(scan.relation)
                             : facts_->table(scan.schema, scan.relation);
}

std::string PlanContext::label(std::size_t i) const {
  const PlanNode& one = node(i);
  std::string out = one.type == "ModifyTable" && !one.operation.empty() ? one.operation : one.type;
  for (const std::string* name : {&one.relation, &one.cte, &one.function}) {
    if (!name->empty()) out += " on " + *name;
  }
  if (!one.index.empty()) out += " using " + one.index;
  return out;
}

std::string PlanContext::path(std::size_t i) const {
  std::string out = label(i);
  for (auto up = figure(i).parent; up; up = figure(*up).parent) out.insert(0, label(*up) + " > ");
  return out;
}

std::string PlanContext::share_name() const {
  if (mongodb()) return "of the plan's time, keys or documents";
  if (figures_.timed) return "of the plan's time (or blocks)";
  return ran() && figures_.total_blocks > 0 ? "of the plan's blocks" : "of the estimated cost";
}

Evidence plan_fact(std::string_view name, std::string_view value, std::string_view property) {
  return fact(name, value, source(property));
}

Evidence plan_count(std::string_view name, double value, std::string_view property) {
  if (!std::isfinite(value)) return plan_fact(name, "-", property);
  return count(name, std::llround(std::clamp(value, -1e15, 1e15)), source(property));
}

Evidence plan_kilobytes(std::string_view name, double kb, std::string_view property) {
  return size(name, kb * 1024, source(property));
}

Evidence plan_ms(std::string_view name, double ms, std::string_view property) {
  return time(name, ms / 1000, source(property));
}

std::string rows_text(double rows) {
  if (!std::isfinite(rows)) return "-";
  return text::count(std::llround(std::clamp(rows, -1e15, 1e15)));
}

std::string expression_text(std::string_view expression) {
  const auto parsed = plans::parse_expression(expression);
  return text::shorten(parsed ? plans::to_text(*parsed) : text::squeeze(expression), 80);
}

}  // namespace whet::advise
