#include "plans/shape.h"

#include <algorithm>
#include <vector>

#include "base/text.h"

namespace whet::plans {
namespace {

using model::PlanNode;

void add(std::string& out, const PlanNode& node) {
  if (node.parallel_aware) out += "Parallel ";
  if (!node.partial_mode.empty() && node.partial_mode != "Simple") out += node.partial_mode + " ";
  if (!node.strategy.empty() && node.strategy != "Plain") out += node.strategy + " ";
  out += node.type == "ModifyTable" && !node.operation.empty() ? node.operation : node.type;
  if (!node.join_type.empty() && node.join_type != "Inner") out += " " + node.join_type;
  if (node.scan_direction == "Backward") out += " Backward";
  for (const std::string* name : {&node.index, &node.relation, &node.cte, &node.function}) {
    if (!name->empty()) out += " " + *name;
  }
  for (const std::string& index : node.indexes) out += " " + index;
  if (node.children.empty()) return;
  std::vector<std::string> children;
  for (const PlanNode& child : node.children) {
    const std::string& relationship = child.parent_relationship;
    std::string text;
    if (relationship == "InitPlan" || relationship == "SubPlan") text += relationship + ": ";
    add(text, child);
    // However many shards do the same: it is one plan.
    const bool again = std::ranges::find(children, text) != children.end();
    if (!child.shard.empty() && again) continue;
    children.push_back(std::move(text));
  }
  out += "(" + text::join(children, ", ") + ")";
}

}  // namespace

std::string shape_text(const model::Plan& plan) {
  std::string out;
  add(out, plan.root);
  return out;
}

std::string shape_hash(const model::Plan& plan) { return text::hash_hex(shape_text(plan)); }

}  // namespace whet::plans
