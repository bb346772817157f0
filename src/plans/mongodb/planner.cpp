#include "plans/mongodb/planner.h"

#include <algorithm>

#include "plans/mongodb/slots.h"

namespace whet::plans::mongodb {
namespace {

using model::Plan;
using model::PlanNode;
using mql::Field;
using mql::Value;

Error no_plan() {
  return Error{ErrorKind::invalid, "The explain has no winning plan in it.",
               "Give the whole reply of explain, as db.c.find(...).explain(\"executionStats\") "
               "prints it.",
               ""};
}

/// What decided but the planner: index filters, query settings (8.0).
void read_settings(const Value& planner, Plan& plan) {
  if (planner.flag_at("indexFilterSet")) plan.settings_applied = "an index filter";
  const Value* settings = planner.find("querySettings");
  if (settings != nullptr && !settings->fields.empty()) plan.settings_applied = "query settings";
}

void read_names(const Value& document, const Value& planner, Plan& plan) {
  for (const std::string_view name : {"queryShapeHash", "planCacheShapeHash", "queryHash"}) {
    if (!plan.query_id.empty()) break;
    plan.query_id = planner.string_at(name);
    if (plan.query_id.empty()) plan.query_id = document.string_at(name);
  }
  if (const Value* time = planner.find("optimizationTimeMillis")) {
    plan.planning_ms = plan.planning_ms.value_or(0) + time->as_number().value_or(0);
  }
  if (const Value* rejected = planner.find("rejectedPlans")) {
    plan.rejected += static_cast<std::int64_t>(rejected->fields.size());
  }
  read_settings(planner, plan);
}

/// The works of the trial that the plan won, when the explain says how the others did.
void read_trial(const Value& stats, PlanNode& root) {
  const Value* all = stats.find("allPlansExecution");
  if (all == nullptr || all->fields.size() < 2) return;
  std::int64_t most = 0;
  for (const Field& one : all->fields) {
    most = std::max(most, one.value.integer_at("executionStages.works"));
  }
  if (most > 0) root.other["Trial works"] = std::to_string(most);
}

PlanNode classic(const Value& winning, const Value* executed, const Namespace& of, Plan& plan) {
  if (plan.framework.empty()) {
    plan.framework = winning.string_at("stage").starts_with("EXPRESS") ? "express" : "classic";
  }
  const bool ran = executed != nullptr && executed->find("stage") != nullptr;
  if (ran && is_slot_based(*executed)) {
    plan.framework = "sbe";
    return tree_of_slots(*executed, of);
  }
  return stage_tree(ran ? *executed : winning, of);
}

PlanNode slot_based(const Value& winning, const Value* executed, const Namespace& of, Plan& plan) {
  plan.framework = "sbe";
  const Value& query_plan = *winning.find("queryPlan");
  PlanNode root = stage_tree(query_plan, of);
  if (executed == nullptr) return root;
  if (is_slot_based(*executed)) {
    add_slot_figures(*executed, query_plan, root);
  } else if (executed->find("stage") != nullptr) {
    return stage_tree(*executed, of);
  }
  return root;
}

Result<PlanNode> one_planner(const Value& planner, const Value* stats, Plan& plan) {
  const Value* winning = planner.find("winningPlan");
  if (winning == nullptr || !winning->is_object()) return no_plan();
  const Namespace of = namespace_of(planner.string_at("namespace"));
  const Value* executed = stats != nullptr ? stats->find("executionStages") : nullptr;
  PlanNode root;
  if (winning->find("queryPlan") != nullptr) {
    root = slot_based(*winning, executed, of, plan);
  } else if (winning->find("stage") != nullptr) {
    root = classic(*winning, executed, of, plan);
  } else {
    return no_plan();
  }
  if (winning->flag_at("isCached")) root.other["Cached"] = "true";
  if (stats != nullptr) read_trial(*stats, root);
  return root;
}

/// The part of the statistics about the shard of that name.
const Value* stats_of_shard(const Value* stages, const std::string& shard) {
  const Value* shards = stages != nullptr ? stages->find("shards") : nullptr;
  if (shards == nullptr) return nullptr;
  for (const Field& one : shards->fields) {
    if (one.value.string_at("shardName") == shard) return &one.value;
  }
  return nullptr;
}

/// {stage: "SHARD_MERGE", shards: [{shardName, winningPlan, ...}]} with the same in the statistics.
Result<PlanNode> sharded(const Value& winning, const Value* stats, Plan& plan) {
  const Value* stages = stats != nullptr ? stats->find("executionStages") : nullptr;
  PlanNode root;
  root.type = winning.string_at("stage");
  if (stages != nullptr) read_run(*stages, root);
  for (const Field& one : winning.find("shards")->fields) {
    const std::string name = one.value.string_at("shardName");
    read_names(one.value, one.value, plan);
    PlanNode child = WHET_TRY(one_planner(one.value, stats_of_shard(stages, name), plan));
    child.shard = name;
    root.children.push_back(std::move(child));
  }
  return root;
}

/// A name for the commonest failures. The server's own sentence may quote values.
std::string failure(std::int64_t code) {
  switch (code) {
    case 50:
      return "it exceeded its time limit (maxTimeMS)";
    case 175:
      return "its plan was killed while it ran";
    case 292:
      return "it needed more memory than a stage may use, without leave to use the disk";
    case 11601:
      return "it was interrupted";
    default:
      return "error " + std::to_string(code);
  }
}

}  // namespace

void read_execution(const Value& stats, Plan& plan) {
  plan.keys_examined += stats.integer_at("totalKeysExamined");
  plan.documents_examined += stats.integer_at("totalDocsExamined");
  if (const Value* time = stats.find("executionTimeMillis")) {
    plan.execution_ms = std::max(plan.execution_ms.value_or(0), time->as_number().value_or(0));
  }
  const Value* success = stats.find("executionSuccess");
  if (success != nullptr && !success->truthy()) {
    const std::int64_t code = stats.integer_at("errorCode");
    plan.warnings.push_back({code, "The execution failed: " + failure(code) + "."});
  }
}

Result<PlanNode> read_planner(const Value& document, Plan& plan) {
  const Value* planner = document.find("queryPlanner");
  if (planner == nullptr) return no_plan();
  const Value* stats = document.find("executionStats");
  const Value* winning = planner->find("winningPlan");
  read_names(document, *planner, plan);
  if (stats != nullptr) read_execution(*stats, plan);
  const Value* shards = winning != nullptr ? winning->find("shards") : nullptr;
  if (shards != nullptr && shards->is_array()) return sharded(*winning, stats, plan);
  return one_planner(*planner, stats, plan);
}

}  // namespace whet::plans::mongodb
