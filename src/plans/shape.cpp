#include "plans/shape.h"

#include <cstddef>

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
  if (node.children.empty()) return;
  out += "(";
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    if (i > 0) out += ", ";
    const std::string& relationship = node.children[i].parent_relationship;
    if (relationship == "InitPlan" || relationship == "SubPlan") out += relationship + ": ";
    add(out, node.children[i]);
  }
  out += ")";
}

}  // namespace

std::string shape_text(const model::Plan& plan) {
  std::string out;
  add(out, plan.root);
  return out;
}

std::string shape_hash(const model::Plan& plan) { return text::hash_hex(shape_text(plan)); }

}  // namespace whet::plans
