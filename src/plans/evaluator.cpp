#include "plans/evaluator.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "plans/arithmetic.h"

namespace whet::plans {
namespace {

using model::PlanNode;

std::optional<std::size_t> cte_reader(const Figures& figures, std::string_view cte) {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < figures.nodes.size(); ++i) {
    const NodeFigures& one = figures.nodes[i];
    if (!one.ran || one.node->type != "CTE Scan" || one.node->cte != cte) continue;
    if (!best || one.inclusive_ms > figures.nodes[*best].inclusive_ms) best = i;
  }
  return best;
}

/// "$1" in "x = $1" but not in "x = $12".
bool names(std::string_view expression, std::string_view name) {
  for (auto at = expression.find(name); at != std::string_view::npos;
       at = expression.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    const bool more = end < expression.size() && expression[end] >= '0' && expression[end] <= '9';
    if (!more) return true;
  }
  return false;
}

bool mentions(const PlanNode& node, const std::vector<std::string>& marks) {
  const auto in = [&](std::string_view expression) {
    return std::any_of(marks.begin(), marks.end(),
                       [&](const std::string& mark) { return names(expression, mark); });
  };
  for (const std::string* expression :
       {&node.filter, &node.join_filter, &node.index_condition, &node.recheck_condition,
        &node.hash_condition, &node.merge_condition, &node.one_time_filter, &node.order_by}) {
    if (in(*expression)) return true;
  }
  const auto any = [&](const std::vector<std::string>& list) {
    return std::any_of(list.begin(), list.end(), in);
  };
  return any(node.output) || any(node.sort_keys) || any(node.group_keys) ||
         std::any_of(node.other.begin(), node.other.end(),
                     [&](const auto& property) { return in(property.second); });
}

/// How expressions name an InitPlan: "$0" up to 16 ("InitPlan 1 (returns $0)"), "(InitPlan 1)" from
/// 17 on.
std::vector<std::string> marks_of(std::string_view name) {
  std::vector<std::string> marks;
  const auto returns = name.find("(returns ");
  if (returns == std::string_view::npos) return {std::string(name)};
  std::string_view list = name.substr(returns + 9);
  list = list.substr(0, list.find(')'));
  for (const std::string& mark : text::split(list, ',')) marks.emplace_back(text::trim(mark));
  return marks;
}

bool is_below(const Figures& figures, std::size_t node, std::size_t ancestor) {
  for (std::optional<std::size_t> at = node; at; at = figures.nodes[*at].parent) {
    if (*at == ancestor) return true;
  }
  return false;
}

}  // namespace

std::optional<std::size_t> find_evaluator(const Figures& figures, std::size_t subplan) {
  const NodeFigures& one = figures.nodes[subplan];
  const std::string& name = one.node->subplan_name;
  if (name.substr(0, 4) == "CTE ") {
    return cte_reader(figures, std::string_view(name).substr(4));
  }
  const std::size_t declaring = one.parent.value_or(0);
  const auto marks = marks_of(name);
  for (std::size_t i = declaring; i < figures.nodes.size(); ++i) {
    const NodeFigures& candidate = figures.nodes[i];
    if (i > declaring && candidate.depth <= figures.nodes[declaring].depth) break;
    // Not the InitPlan's own nodes, and only a node whose time can hold it (printed times are
    // rounded).
    if (is_below(figures, i, subplan) || !candidate.ran) continue;
    if (candidate.exclusive_ms < one.inclusive_ms * 0.95 - 0.01) continue;
    if (mentions(*candidate.node, marks)) return i;
  }
  return declaring;
}

}  // namespace whet::plans
