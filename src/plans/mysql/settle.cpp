#include "plans/mysql/settle.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/text.h"
#include "plans/mysql/words.h"

namespace whet::plans::mysql {
namespace {

using model::PlanNode;

bool is_subplan(const PlanNode& node) { return node.parent_relationship == "SubPlan"; }

bool is_scan(const PlanNode& node) {
  return !node.access.empty() && (!node.relation.empty() || node.type == "Index merge");
}

/// The only input that is no subquery; nullptr when there are none or several.
PlanNode* only_input(PlanNode& node) {
  PlanNode* found = nullptr;
  for (PlanNode& child : node.children) {
    if (is_subplan(child)) continue;
    if (found != nullptr) return nullptr;
    found = &child;
  }
  return found;
}

/// A heading without figures passes its name on to what it stands above.
void fold_heading(PlanNode& node) {
  const bool select = node.type.empty() && !node.subplan_name.empty();
  const bool hash = node.type == "Hash" && node.plan_rows == 0 && !node.executed;
  if ((!select && !hash) || node.children.size() != 1) {
    if (node.type.empty()) node.type = "Subquery";
    return;
  }
  PlanNode below = std::move(node.children.front());
  if (select) {
    below.subplan_name = std::move(node.subplan_name);
    below.dependent = node.dependent;
    below.other.merge(node.other);
    below.parent_relationship = "SubPlan";
  } else {
    below.parent_relationship = "Inner";
  }
  node = std::move(below);
}

void fold_filter(PlanNode& node) {
  if (node.type != "Filter") return;
  PlanNode* input = only_input(node);
  if (input == nullptr || !is_scan(*input) || !input->filter.empty()) return;
  PlanNode scan = std::move(*input);
  const double read = scan.plan_rows;
  scan.filter = std::move(node.filter);
  scan.filtered = read > 0 ? std::clamp(node.plan_rows / read * 100, 0.0, 100.0) : 100.0;
  scan.plan_rows = node.plan_rows;
  scan.startup_cost = node.startup_cost;
  scan.total_cost = std::max(node.total_cost, scan.total_cost);
  if (node.executed && scan.executed) {
    const double read_rows = scan.rows;
    scan.rows_removed_by_filter = std::max(0.0, read_rows - node.rows);
    if (read_rows > 0) scan.filtered_actual = std::min(node.rows / read_rows * 100, 100.0);
    scan.rows = node.rows;
    scan.loops = node.loops;
    scan.startup_ms = node.startup_ms;
    scan.total_ms = node.total_ms;
  }
  for (PlanNode& child : node.children) {
    if (is_subplan(child)) scan.children.push_back(std::move(child));
  }
  for (std::string PlanNode::* member : {&PlanNode::subplan_name, &PlanNode::parent_relationship}) {
    if (!(node.*member).empty()) scan.*member = std::move(node.*member);
  }
  scan.dependent = scan.dependent || node.dependent;
  scan.other.merge(node.other);
  node = std::move(scan);
}

void name_merge(PlanNode& node) {
  if (node.type != "Index merge" || node.children.empty()) return;
  std::vector<std::string> indexes;
  node.used_key_parts.clear();
  for (const PlanNode& child : node.children) {
    if (child.index.empty()) continue;
    indexes.push_back(child.index);
    if (node.relation.empty()) {
      node.relation = child.relation, node.alias = child.alias, node.schema = child.schema;
    }
    node.used_key_parts.insert(node.used_key_parts.end(), child.used_key_parts.begin(),
                               child.used_key_parts.end());
  }
  if (node.index.empty()) node.index = text::join(indexes, ", ");
}

void place_inputs(PlanNode& node) {
  bool first = true;
  for (PlanNode& child : node.children) {
    if (is_subplan(child)) continue;
    if (child.parent_relationship.empty()) child.parent_relationship = first ? "Outer" : "Inner";
    first = false;
  }
}

/// The figures of a node that printed none.
void fill_estimates(PlanNode& node) {
  if (node.total_cost > 0 || node.plan_rows > 0 || node.children.empty()) return;
  const bool join = !node.join_type.empty();
  for (const PlanNode& child : node.children) {
    if (is_subplan(child)) continue;
    node.total_cost += child.total_cost;
    node.plan_rows =
        join ? std::max(node.plan_rows, child.plan_rows) : node.plan_rows + child.plan_rows;
  }
  const auto limit = node.other.find("Limit");
  if (limit == node.other.end()) return;
  if (const auto most = text::to_double(limit->second)) {
    node.plan_rows = std::min(node.plan_rows, std::max(*most, 0.0));
  }
}

void fill_actuals(PlanNode& node) {
  if (node.executed) return;
  const PlanNode* from = nullptr;
  for (const PlanNode& child : node.children) {
    if (child.executed && !is_subplan(child)) {
      if (from == nullptr) from = &child;
    }
  }
  if (from == nullptr) return;
  node.executed = true;
  node.loops = from->loops;
  node.rows = from->rows;
  if (!from->total_ms) return;
  double ms = 0;
  for (const PlanNode& child : node.children) ms += child.total_ms.value_or(0) * child.loops;
  node.startup_ms = from->startup_ms;
  if (node.loops > 0) node.total_ms = ms / node.loops;
}

/// Blocks are printed for the tables only (MariaDB); every node above has those of all below.
void add_blocks(PlanNode& node) {
  for (const PlanNode& child : node.children) {
    if (!child.buffers) continue;
    if (!node.buffers) node.buffers.emplace();
    node.buffers->shared_hit += child.buffers->shared_hit;
    node.buffers->shared_read += child.buffers->shared_read;
    node.buffers->read_ms += child.buffers->read_ms;
  }
}

void settle_children(PlanNode& node) {
  for (PlanNode& child : node.children) settle(child);
}

bool computes_rows(const PlanNode& node) {
  return node.type == "Stream results" || node.type == "Projection" || node.temporary;
}

}  // namespace

double rows_read(const PlanNode& node) {
  const double percent = node.filtered.value_or(100);
  return percent > 0 ? node.plan_rows * 100 / percent : node.plan_rows;
}

void settle(PlanNode& node) {
  settle_children(node);
  fold_heading(node);
  fold_filter(node);
  name_merge(node);
  place_inputs(node);
  fill_estimates(node);
  fill_actuals(node);
  add_blocks(node);
}

void attach_projection(PlanNode& root, std::vector<PlanNode> subqueries) {
  if (subqueries.empty()) return;
  PlanNode* at = &root;
  while (at != nullptr && !computes_rows(*at)) at = only_input(*at);
  if (at == nullptr) {
    PlanNode above;
    above.type = "Projection";
    above.total_cost = root.total_cost;
    above.startup_cost = root.startup_cost;
    above.plan_rows = root.plan_rows;
    above.executed = root.executed;
    above.rows = root.rows;
    above.loops = root.loops;
    above.startup_ms = root.startup_ms;
    if (root.total_ms) {
      double ms = *root.total_ms * root.loops;
      for (const PlanNode& one : subqueries) ms += one.total_ms.value_or(0) * one.loops;
      above.total_ms = root.loops > 0 ? ms / root.loops : ms;
    }
    root.parent_relationship = "Outer";
    above.children.push_back(std::move(root));
    root = std::move(above);
    at = &root;
  }
  for (PlanNode& one : subqueries) {
    one.parent_relationship = "SubPlan";
    at->children.push_back(std::move(one));
  }
}

}  // namespace whet::plans::mysql
