#include "plans/parse_json.h"

#include <string>

#include "base/json.h"
#include "base/text.h"
#include "plans/properties.h"

namespace whet::plans {
namespace {

using json::View;
using model::Plan;
using model::PlanNode;

std::string scalar(View view) {
  if (const auto text = view.string()) return std::string(*text);
  if (const auto flag = view.boolean()) return *flag ? "true" : "false";
  if (const auto whole = view.integer()) return std::to_string(*whole);
  if (const auto number = view.number()) return json::format(*number);
  return "";
}

/// An array in an array (grouping sets) becomes "a, b".
std::string element_text(View view) {
  if (!view.is_array()) return scalar(view);
  std::vector<std::string> parts;
  for (const View part : view.elements()) parts.push_back(scalar(part));
  return text::join(parts, ", ");
}

model::PlanWorker worker(View view) {
  model::PlanWorker out;
  out.number = view["Worker Number"].integer_or(0);
  out.total_ms = view["Actual Total Time"].number_or(0);
  out.rows = view["Actual Rows"].number_or(0);
  out.loops = view["Actual Loops"].number_or(0);
  out.sort_method = view["Sort Method"].string_or("");
  out.sort_space_type = view["Sort Space Type"].string_or("");
  out.sort_space_kb = view["Sort Space Used"].integer_or(0);
  out.disk_kb = view["Disk Usage"].integer_or(0);
  return out;
}

void incremental_sort_groups(PlanNode& node, View groups);

PlanNode node_of(View view) {
  PlanNode node;
  for (const auto& [name, value] : view.members()) {
    if (name == "Plans") {
      for (const View child : value.elements()) node.children.push_back(node_of(child));
    } else if (name == "Workers") {
      for (const View one : value.elements()) node.workers.push_back(worker(one));
    } else if (value.is_array()) {
      for (const View one : value.elements()) add_to_property(node, name, element_text(one));
    } else if (name == "Full-sort Groups" || name == "Pre-sorted Groups") {
      incremental_sort_groups(node, value);
    } else if (!value.is_object() && !value.is_null()) {
      set_property(node, name, scalar(value));
    }
  }
  node.executed = view["Actual Loops"].present();
  if (node.loops == 0) node.startup_ms = node.total_ms = std::nullopt;
  return node;
}

/// An incremental sort says for each kind of group what it used; disk is what matters.
void incremental_sort_groups(PlanNode& node, View groups) {
  for (const View method : groups["Sort Methods Used"].elements()) {
    add_to_property(node, "Sort Methods Used", scalar(method));
  }
  const auto peak = groups["Sort Space Disk"]["Peak Sort Space Used"].integer_or(0);
  if (peak == 0) return;
  node.sort_space_type = "Disk";
  node.sort_space_kb = std::max(node.sort_space_kb, peak);
}

void jit(Plan& plan, View view) {
  if (!view.is_object()) return;
  plan.jit_functions = view["Functions"].integer_or(0);
  const View timing = view["Timing"];
  if (timing["Total"].is_number()) plan.jit_ms = timing["Total"].number();
}

void triggers(Plan& plan, View view) {
  for (const View one : view.elements()) {
    model::PlanTrigger trigger;
    trigger.name = one["Trigger Name"].string_or("");
    trigger.constraint = one["Constraint Name"].string_or("");
    trigger.relation = one["Relation"].string_or("");
    trigger.total_ms = one["Time"].number_or(0);
    trigger.calls = one["Calls"].number_or(0);
    plan.triggers.push_back(std::move(trigger));
  }
}

Plan plan_of(View statement) {
  Plan plan;
  plan.root = node_of(statement["Plan"]);
  plan.planning_ms = statement["Planning Time"].number();
  plan.execution_ms = statement["Execution Time"].number();
  if (!plan.execution_ms) plan.execution_ms = statement["Total Runtime"].number();
  jit(plan, statement["JIT"]);
  triggers(plan, statement["Triggers"]);
  for (const auto& [name, value] : statement["Settings"].members()) {
    plan.settings[std::string(name)] = scalar(value);
  }
  const View planning = statement["Planning"];
  if (planning.is_object()) {
    model::PlanBuffers buffers;
    bool any = false;
    for (const auto& [name, value] : planning.members()) {
      any = set_buffer_property(buffers, name, scalar(value)) || any;
    }
    if (any) plan.planning_buffers = buffers;
  }
  plan.query_id = scalar(statement["Query Identifier"]);
  return plan;
}

}  // namespace

Result<Plan> parse_json(std::string_view text) {
  const auto document = json::Document::parse(text);
  if (!document.ok()) {
    return Error{
        ErrorKind::invalid,
        "This looks like a plan in JSON, but it is damaged or cut off: " + document.error().message,
        "Give the whole output of EXPLAIN (FORMAT JSON).", ""};
  }
  View root = document->root();
  if (root.is_array()) {
    const auto statements = root.elements();
    root = statements.empty() ? View() : statements.front();
  }
  if (root["Plan"]["Node Type"].is_string()) return plan_of(root);
  if (root["Node Type"].is_string()) {
    Plan plan;
    plan.root = node_of(root);
    return plan;
  }
  return Error{ErrorKind::invalid, "This is JSON, but there is no plan of PostgreSQL in it.",
               "Give the output of EXPLAIN (FORMAT JSON): an object with a member \"Plan\".", ""};
}

}  // namespace whet::plans
