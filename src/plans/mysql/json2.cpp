#include "plans/mysql/json2.h"

#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "plans/mysql/operation.h"
#include "plans/mysql/settle.h"
#include "plans/mysql/tree.h"
#include "plans/mysql/words.h"

namespace whet::plans::mysql {
namespace {

using json::View;
using model::Plan;
using model::PlanNode;

void set_names(PlanNode& node, View view) {
  if (view["table_name"].is_string()) {
    node.relation = view["table_name"].string_or("");
    node.alias = view["alias"].string_or("");
    if (node.alias == node.relation) node.alias.clear();
  }
  node.schema = view["schema_name"].string_or("");
  if (view["index_name"].is_string()) node.index = view["index_name"].string_or("");
  node.covering = node.covering || view["covering"].boolean_or(false);
  if (!view["key_columns"].is_array()) return;
  node.used_key_parts.clear();
  for (const View column : view["key_columns"].elements()) {
    node.used_key_parts.push_back(column.string_or(""));
  }
}

void set_figures(PlanNode& node, View view) {
  node.plan_rows = view["estimated_rows"].number_or(0);
  node.total_cost = view["estimated_total_cost"].number_or(0);
  node.startup_cost = view["estimated_first_row_cost"].number_or(0);
  const View loops = view["actual_loops"];
  if (!loops.present()) return;
  node.executed = true;
  node.loops = loops.number_or(0);
  node.rows = view["actual_rows"].number_or(0);
  if (node.loops <= 0) return;
  node.startup_ms = view["actual_first_row_ms"].number();
  node.total_ms = view["actual_last_row_ms"].number();
}

/// The heading that TREE prints above a node stands in it here.
void set_heading(PlanNode& node, View view) {
  const std::string heading = view["heading"].string_or("");
  if (heading.substr(0, 8) != "Select #") {
    if (heading == "Hash") node.parent_relationship = "Inner";
    return;
  }
  PlanNode above;
  read_operation(above, heading);
  node.subplan_name = std::move(above.subplan_name);
  node.parent_relationship = "SubPlan";
  node.dependent = above.dependent;
  node.other.merge(above.other);
}

struct Reader {
  bool too_deep = false;

  PlanNode node_of(View view, std::size_t depth) {
    PlanNode node;
    const std::string operation = view["operation"].string_or("");
    read_operation(node, operation);
    set_names(node, view);
    set_figures(node, view);
    set_heading(node, view);
    if (depth >= max_depth) {
      too_deep = true;
      return node;
    }
    std::vector<PlanNode> projection;
    for (const auto& [name, value] : view.members()) {
      if (name.substr(0, 6) != "inputs") continue;
      const bool listed = name == "inputs_from_select_list";
      for (const View child : value.elements()) {
        (listed ? projection : node.children).push_back(node_of(child, depth + 1));
      }
    }
    if (projection.empty()) return node;
    settle(node);
    for (PlanNode& one : projection) settle(one);
    // Headings belong to the whole, not to the part below a new root.
    std::string name = std::exchange(node.subplan_name, "");
    std::string place = std::exchange(node.parent_relationship, "");
    const bool dependent = std::exchange(node.dependent, false);
    attach_projection(node, std::move(projection));
    node.subplan_name = std::move(name);
    node.parent_relationship = std::move(place);
    node.dependent = dependent;
    return node;
  }
};

}  // namespace

Result<Plan> parse_version_2(View document) {
  const View root = document["query_plan"];
  if (text::contains(root["operation"].string_or(""), "<not executable")) return no_tree();
  if (!root.is_object() || !root["operation"].is_string()) {
    return Error{ErrorKind::invalid, "This is JSON of MySQL, but there is no plan in it.",
                 "Give the output of EXPLAIN FORMAT=JSON as it is.", ""};
  }
  Reader reader;
  Plan plan;
  plan.root = reader.node_of(root, 0);
  if (reader.too_deep) {
    return Error{ErrorKind::invalid, "This plan is nested too deep to be one.",
                 "Give the output of EXPLAIN FORMAT=JSON as it is.", ""};
  }
  settle(plan.root);
  if (plan.root.executed && plan.root.total_ms) {
    plan.execution_ms = *plan.root.total_ms * plan.root.loops;
  }
  return plan;
}

}  // namespace whet::plans::mysql
