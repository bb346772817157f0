#include "plans/arithmetic.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>

#include "base/text.h"
#include "plans/evaluator.h"

namespace whet::plans {
namespace {

using model::Plan;
using model::PlanBuffers;
using model::PlanNode;

double at_least_one(double value) { return std::max(value, 1.0); }

double blocks(const PlanBuffers& b) {
  return static_cast<double>(b.shared_hit + b.shared_read + b.local_hit + b.local_read +
                             b.temp_read + b.temp_written);
}

/// How many processes ran the nodes below this Gather, from what its child says.
double participants(const PlanNode& gather) {
  if (gather.single_copy || gather.children.empty()) return 1;
  const double loops = gather.children.back().loops / at_least_one(gather.loops);
  const double most = static_cast<double>(gather.workers_launched.value_or(0)) + 1;
  return std::clamp(std::round(loops), 1.0, at_least_one(most));
}

/// Wall-clock milliseconds of a node that ran in `processes` processes.
double wall_ms(const PlanNode& node, double processes) {
  if (node.loops <= 0 || !node.total_ms) return 0;
  const double sum = *node.total_ms * node.loops;
  if (processes <= 1) return sum;
  double slowest = 0;
  double by_workers = 0;
  for (const model::PlanWorker& worker : node.workers) {
    const double one = worker.total_ms * worker.loops;
    slowest = std::max(slowest, one);
    by_workers += one;
  }
  // Workers that only say how they sorted have no times.
  if (slowest > 0) return std::max(slowest, sum - by_workers);
  return sum / std::min(processes, at_least_one(node.loops));
}

class Walk {
 public:
  explicit Walk(Figures& out) : out_(out) {}

  void visit(const PlanNode& node, std::optional<std::size_t> parent, std::size_t depth,
             double processes) {
    const std::size_t self = out_.nodes.size();
    out_.nodes.emplace_back();
    fill(out_.nodes.back(), node, processes);
    out_.nodes.back().parent = parent;
    out_.nodes.back().depth = depth;
    if (parent) out_.nodes[*parent].children.push_back(self);
    const bool gather = node.type == "Gather" || node.type == "Gather Merge";
    for (const PlanNode& child : node.children) {
      // InitPlans of a Gather run in the leader before the workers start.
      const bool below = gather && child.parent_relationship != "InitPlan";
      visit(child, self, depth + 1, below ? participants(node) : processes);
    }
  }

 private:
  static void fill(NodeFigures& figures, const PlanNode& node, double processes) {
    figures.node = &node;
    figures.ran = node.executed && node.loops > 0;
    figures.processes = figures.ran ? std::min(processes, at_least_one(node.loops)) : 1;
    figures.loops = figures.ran ? node.loops : 0;
    figures.rows = figures.ran ? node.rows * node.loops : 0;
    figures.plan_rows = node.plan_rows * at_least_one(figures.loops);
    figures.inclusive_ms = wall_ms(node, processes);
    if (node.buffers) {
      figures.inclusive_blocks = blocks(*node.buffers);
      figures.own = *node.buffers;
    }
    if (figures.ran) {
      figures.estimate_ratio = at_least_one(node.rows) / at_least_one(node.plan_rows);
    }
  }

  Figures& out_;
};

void subtract(PlanBuffers& from, const PlanBuffers& part) {
  const auto less = [](std::int64_t& a, std::int64_t b) { a = std::max<std::int64_t>(a - b, 0); };
  less(from.shared_hit, part.shared_hit);
  less(from.shared_read, part.shared_read);
  less(from.shared_dirtied, part.shared_dirtied);
  less(from.shared_written, part.shared_written);
  less(from.local_hit, part.local_hit);
  less(from.local_read, part.local_read);
  less(from.local_dirtied, part.local_dirtied);
  less(from.local_written, part.local_written);
  less(from.temp_read, part.temp_read);
  less(from.temp_written, part.temp_written);
  const auto less_ms = [](double& a, double b) { a = std::max(a - b, 0.0); };
  less_ms(from.read_ms, part.read_ms);
  less_ms(from.write_ms, part.write_ms);
  less_ms(from.temp_read_ms, part.temp_read_ms);
  less_ms(from.temp_write_ms, part.temp_write_ms);
}

/// Exclusive time and blocks: each node's inclusive figures are taken from the node that ran it.
void make_exclusive(Figures& out) {
  for (NodeFigures& figures : out.nodes) {
    figures.exclusive_ms = figures.inclusive_ms;
    figures.exclusive_blocks = figures.inclusive_blocks;
  }
  const auto take = [&](std::size_t from, std::size_t part) {
    NodeFigures& owner = out.nodes[from];
    const NodeFigures& child = out.nodes[part];
    owner.exclusive_ms -= child.inclusive_ms;
    owner.exclusive_blocks -= child.inclusive_blocks;
    if (child.node->buffers) subtract(owner.own, *child.node->buffers);
  };
  std::vector<std::size_t> moved;
  for (std::size_t i = 1; i < out.nodes.size(); ++i) {
    if (!out.nodes[i].ran) continue;
    if (out.nodes[i].node->parent_relationship == "InitPlan") {
      moved.push_back(i);
    } else {
      take(*out.nodes[i].parent, i);
    }
  }
  for (const std::size_t i : moved) {
    if (const auto evaluator = find_evaluator(out, i)) take(*evaluator, i);
  }
  for (NodeFigures& figures : out.nodes) {
    if (figures.exclusive_ms < 0) out.clamped_ms -= figures.exclusive_ms;
    figures.exclusive_ms = std::max(figures.exclusive_ms, 0.0);
    figures.exclusive_blocks = std::max(figures.exclusive_blocks, 0.0);
  }
}

/// MySQL names its subqueries "Select #2".
bool is_select(const PlanNode& node) {
  return node.parent_relationship == "SubPlan" && node.subplan_name.substr(0, 6) == "Select";
}

bool is_mysql_loop(const PlanNode& node) { return node.type.substr(0, 12) == "Nested loop "; }

/// Rows that a node reads in one loop, before its filter.
double rows_read(const PlanNode& node) {
  const double percent = node.filtered.value_or(100);
  return percent > 0 ? node.plan_rows * 100 / percent : node.plan_rows;
}

/// How often the plan expects this child to run for one run of its parent.
double expected_runs(const PlanNode& node, const PlanNode& child, bool inner) {
  if (is_select(child)) return child.dependent ? at_least_one(rows_read(node)) : 1;
  if (child.parent_relationship == "SubPlan") {
    const std::string hashed = "hashed " + child.subplan_name;
    return text::contains(node.filter, hashed) ? 1 : at_least_one(node.plan_rows);
  }
  if ((node.type == "Nested Loop" || is_mysql_loop(node)) && inner) {
    return at_least_one(node.children.front().plan_rows);
  }
  return 1;
}

/// What a node costs: once, however often it runs (temporary tables that it makes), and in each
/// run.
struct Cost {
  double once = 0, each = 0;

  void cap() {
    constexpr double most = 1e200;
    once = std::min(once, most);
    each = std::min(each, most);
  }
};

bool is_inner(const NodeFigures& parent, std::size_t child) {
  return child != parent.children.front();
}

/// A temporary table whose making the server does not count where it reads it: the cost printed
/// there is smaller (MySQL's JSON in version 1, and where nothing is printed).
bool made_once(const PlanNode& node, const PlanNode& child) {
  return child.type == "Materialize" && child.temporary && !child.dependent &&
         child.total_cost >= node.total_cost;
}

/// What the child adds to the cost of its parent, of which `counted` is in there already.
Cost cost_in(const PlanNode& node, const PlanNode& child, const Cost& cost, double counted,
             bool inner) {
  const double each = std::max(cost.each - counted, 0.0);
  if (made_once(node, child) || (is_select(child) && !child.dependent)) {
    return {cost.once + each, 0};
  }
  const double runs = expected_runs(node, child, inner);
  // Under a loop of MySQL, what comes before the first row is done once.
  const double start = is_mysql_loop(node) ? std::min(child.startup_cost, each) : 0;
  return {cost.once, start + (each - start) * runs};
}

/// The server's cost of each node, and with it what the server leaves out. MySQL leaves out the
/// subqueries that run for each row; MariaDB before 11 prints no costs at all, then the rows that
/// are read stand for them.
std::vector<Cost> whole_costs(const Figures& out) {
  const bool printed = out.nodes.front().node->total_cost > 0;
  std::vector<Cost> costs(out.nodes.size());
  for (std::size_t i = out.nodes.size(); i-- > 0;) {
    const NodeFigures& figures = out.nodes[i];
    const PlanNode& node = *figures.node;
    Cost& cost = costs[i];
    cost.each = printed ? node.total_cost : node.access.empty() ? 0 : rows_read(node);
    for (const std::size_t index : figures.children) {
      const PlanNode& child = *out.nodes[index].node;
      const bool left_out = !printed || is_select(child) || made_once(node, child);
      const Cost added = cost_in(node, child, costs[index], left_out ? 0 : child.total_cost,
                                 is_inner(figures, index));
      cost.once += added.once;
      // Exactly what is counted may come out as a startup cost that is left over.
      if (left_out || costs[index].each > child.total_cost) cost.each += added.each;
    }
    cost.cap();
  }
  return costs;
}

void share_cost(Figures& out, const std::vector<Cost>& costs, std::size_t self) {
  NodeFigures& parent = out.nodes[self];
  const Cost& cost = costs[self];
  const double factor =
      cost.each > 0 ? std::max(parent.inclusive_cost - cost.once, 0.0) / cost.each : 0;
  double left = parent.inclusive_cost;
  for (const std::size_t index : parent.children) {
    NodeFigures& child = out.nodes[index];
    const Cost one = cost_in(*parent.node, *child.node, costs[index], 0, is_inner(parent, index));
    // However often a temporary table is read, it is made once.
    const bool once = child.node->type == "Materialize" && child.node->temporary;
    child.inclusive_cost = std::min(one.once + one.each * (once && factor > 1 ? 1 : factor), left);
    left -= child.inclusive_cost;
  }
  parent.exclusive_cost = left;
}

double part(double of, double whole) {
  const double fraction = whole > 0 ? of / whole : 0;
  return std::isfinite(fraction) ? std::clamp(fraction, 0.0, 1.0) : 0;
}

}  // namespace

double Figures::share(std::size_t node) const {
  const NodeFigures& n = nodes[node];
  const double by_blocks = part(n.exclusive_blocks, total_blocks);
  if (timed) return std::max(part(n.exclusive_ms, total_ms), by_blocks);
  if (ran && total_blocks > 0) return by_blocks;
  return part(n.exclusive_cost, total_cost);
}

double Figures::inclusive_share(std::size_t node) const {
  const NodeFigures& n = nodes[node];
  const double by_blocks = part(n.inclusive_blocks, total_blocks);
  if (timed) return std::max(part(n.inclusive_ms, total_ms), by_blocks);
  if (ran && total_blocks > 0) return by_blocks;
  return part(n.inclusive_cost, total_cost);
}

Figures measure(const Plan& plan) {
  Figures out;
  Walk(out).visit(plan.root, std::nullopt, 0, 1);
  NodeFigures& root = out.nodes.front();
  const std::vector<Cost> costs = whole_costs(out);
  root.inclusive_cost = costs.front().once + costs.front().each;
  make_exclusive(out);
  // Parents stand before their children.
  for (std::size_t i = 0; i < out.nodes.size(); ++i) share_cost(out, costs, i);
  out.total_ms = root.inclusive_ms;
  out.total_cost = root.inclusive_cost;
  out.total_blocks = root.inclusive_blocks;
  out.ran = root.ran;
  out.timed = root.ran && root.node->total_ms.has_value();
  return out;
}

}  // namespace whet::plans
