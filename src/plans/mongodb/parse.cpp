#include "plans/mongodb/parse.h"

#include <algorithm>
#include <optional>
#include <string>

#include "base/text.h"
#include "plans/mongodb/pipeline.h"
#include "plans/mongodb/planner.h"
#include "plans/mongodb/slots.h"
#include "plans/mongodb/stages.h"

namespace whet::plans::mongodb {
namespace {

using model::Plan;
using model::PlanNode;
using mql::Field;
using mql::Value;

/// One part of a reply: {queryPlanner, ...} or {stages: [...]}.
Result<PlanNode> read_part(const Value& document, Plan& plan) {
  if (document.find("queryPlanner") != nullptr) return read_planner(document, plan);
  if (const Value* stages = document.find("stages")) return read_pipeline(*stages, plan);
  return Error{ErrorKind::invalid, "There is no plan of MongoDB in the document.",
               "Give the reply of explain: a document with queryPlanner, stages or shards.", ""};
}

/// The time of a pipeline is the latest stage's, or the cursor's.
void settle_time(Plan& plan) {
  if (!plan.root.executed || !plan.root.total_ms) return;
  plan.execution_ms = std::max(plan.execution_ms.value_or(0), *plan.root.total_ms);
}

/// {splitPipeline: {shardsPart, mergerPart}, mergeType, shards: {name: {host, stages}}}.
Result<PlanNode> read_shards(const Value& reply, Plan& plan) {
  const Value& shards = *reply.find("shards");
  PlanNode merge;
  merge.type = shards.fields.size() == 1 ? "SINGLE_SHARD" : "SHARD_MERGE";
  merge.strategy = reply.string_at("mergeType");
  for (const Field& shard : shards.fields) {
    PlanNode child = WHET_TRY(read_part(shard.value, plan));
    child.shard = shard.name;
    if (child.executed) {
      merge.executed = true;
      merge.loops = 1;
      merge.rows += child.rows;
      merge.total_ms = std::max(merge.total_ms.value_or(0), child.total_ms.value_or(0));
    }
    merge.children.push_back(std::move(child));
  }
  const Value* rest = reply.at("splitPipeline.mergerPart");
  if (rest == nullptr || !rest->is_array()) return merge;
  // What the merging process still does. The server gives no figures for it.
  Value stages = *rest;
  std::erase_if(stages.fields, [](const Field& stage) {
    return stage.value.fields.empty() || stage.value.find("$mergeCursors") != nullptr;
  });
  if (stages.fields.empty()) return merge;
  PlanNode root = WHET_TRY(read_pipeline(stages, plan));
  PlanNode* lowest = &root;
  while (!lowest->children.empty()) lowest = &lowest->children.front();
  lowest->children.push_back(std::move(merge));
  return root;
}

Result<PlanNode> read_reply(const Value& reply, std::string_view of, Plan& plan) {
  const Value* shards = reply.find("shards");
  if (shards != nullptr && shards->is_object() && !shards->fields.empty()) {
    return read_shards(reply, plan);
  }
  if (reply.find("stage") == nullptr) return read_part(reply, plan);
  // The profiler's execStats.
  if (is_slot_based(reply)) {
    plan.framework = "sbe";
    return tree_of_slots(reply, namespace_of(of));
  }
  plan.framework = reply.string_at("stage").starts_with("EXPRESS") ? "express" : "classic";
  return stage_tree(reply, namespace_of(of));
}

void sum_examined(const PlanNode& node, Plan& plan) {
  plan.keys_examined += node.keys_examined.value_or(0);
  plan.documents_examined += node.documents_examined.value_or(0);
  for (const PlanNode& child : node.children) sum_examined(child, plan);
}

/// What the server said instead of a plan.
std::optional<Error> refusal(const Value& reply) {
  if (!reply.is_object()) {
    return Error{ErrorKind::invalid, "This is no document with a plan of MongoDB.",
                 "Give the reply of explain, as mongosh prints it with EJSON.stringify().", ""};
  }
  const Value* ok = reply.find("ok");
  if (ok == nullptr || ok->truthy() || reply.find("errmsg") == nullptr) return std::nullopt;
  return Error{ErrorKind::invalid,
               "The server did not explain the command: error " +
                   std::to_string(reply.integer_at("code")) + " " + reply.string_at("codeName") +
                   ".",
               "Explain a command that runs: find, aggregate, count, distinct, update, delete, "
               "findAndModify.",
               ""};
}

/// From the first brace on: prompts and comments may stand before it.
std::string_view document_in(std::string_view text) {
  const auto from = text.find('{');
  const auto to = text.rfind('}');
  if (from == std::string_view::npos || to == std::string_view::npos || to < from) return "";
  return text.substr(from, to + 1 - from);
}

}  // namespace

bool looks_like_plan(std::string_view text) {
  if (text::contains(text, "\"queryPlanner\"") || text::contains(text, "\"winningPlan\"")) {
    return true;
  }
  if (text::contains(text, "queryPlanner:") && text::contains(text, "winningPlan:")) return true;
  const bool stages = text::contains(text, "\"stage\"") || text::contains(text, "stage: '");
  return stages && (text::contains(text, "nReturned") || text::contains(text, "inputStage") ||
                    text::contains(text, "COLLSCAN"));
}

Result<Plan> parse(const Value& reply, std::string_view of) {
  if (auto error = refusal(reply)) return std::move(*error);
  Plan plan;
  plan.root = WHET_TRY(read_reply(reply, of, plan));
  if (reply.find("stage") != nullptr && plan.root.executed) {
    sum_examined(plan.root, plan);
    plan.execution_ms = plan.root.total_ms;
  }
  // Pipelines that read statistics have no plan of their own.
  if (plan.framework.empty()) plan.framework = "classic";
  settle_time(plan);
  return plan;
}

Result<Plan> parse(std::string_view text) {
  const std::string_view document = document_in(text);
  if (document.empty()) {
    return Error{ErrorKind::invalid, "There is no plan of MongoDB in the text.",
                 "Give the reply of explain as JSON: EJSON.stringify(db.c.find(...).explain()).",
                 ""};
  }
  const Result<Value> reply = mql::parse_json(document);
  if (!reply.ok()) {
    return Error{ErrorKind::invalid,
                 "This looks like a plan of MongoDB, but it is no JSON: " + reply.error().message,
                 "Let mongosh print it with EJSON.stringify(db.c.find(...).explain()).", ""};
  }
  return parse(*reply);
}

}  // namespace whet::plans::mongodb
