#include "plans/mongodb/pipeline.h"

#include <optional>

#include "base/text.h"
#include "plans/mongodb/conditions.h"
#include "plans/mongodb/planner.h"
#include "plans/mongodb/stages.h"

namespace whet::plans::mongodb {
namespace {

using model::Plan;
using model::PlanNode;
using mql::Field;
using mql::Value;

constexpr int deepest = 20;  // pipelines in pipelines, as the server allows

/// A stage's document begins with its name.
const Field* stage_of(const Value& document) {
  if (!document.is_object() || document.fields.empty()) return nullptr;
  const Field& first = document.fields.front();
  return first.name.starts_with('$') ? &first : nullptr;
}

/// Collections are named by a text or by {db, coll}.
Namespace collection_of(const Value& value, const std::string& database) {
  if (value.is_string()) return {database, value.text};
  return {value.string_at("db", database), value.string_at("coll")};
}

void read_lookup(const Value& spec, const std::string& database, PlanNode& node) {
  if (const Value* from = spec.find("from")) {
    const Namespace of = collection_of(*from, database);
    node.schema = of.database;
    node.relation = of.collection;
  }
  const bool graph = node.type == "$graphLookup";
  const std::string local = spec.string_at(graph ? "connectFromField" : "localField");
  const std::string foreign = spec.string_at(graph ? "connectToField" : "foreignField");
  if (!foreign.empty()) node.join_filter = local + " = " + node.relation + "." + foreign;
  if (spec.find("pipeline") != nullptr) node.other["Pipeline"] = "true";
  if (const Value* unwinding = spec.find("unwinding")) {
    node.other["Unwinding"] = spec.string_at("as");
    if (unwinding->is_string()) node.other["Unwinding"] = unwinding->text;
  }
  if (const Value* matching = spec.find("matching")) node.filter = filter_text(*matching);
}

void read_lookup_figures(const Value& document, PlanNode& node, Plan& plan) {
  if (document.find("totalDocsExamined") == nullptr) return;
  node.documents_examined = document.integer_at("totalDocsExamined");
  node.keys_examined = document.integer_at("totalKeysExamined");
  plan.documents_examined += *node.documents_examined;
  plan.keys_examined += *node.keys_examined;
  const std::int64_t scans = document.integer_at("collectionScans");
  if (scans > 0) node.other["Collection scans"] = std::to_string(scans);
  if (const Value* indexes = document.find("indexesUsed")) {
    for (const Field& index : indexes->fields) node.indexes.push_back(index.value.text);
  }
}

/// $sort: {sortKey: {...}, limit: 5}, or the pattern itself.
void read_sort(const Value& spec, PlanNode& node) {
  const Value* key = spec.find("sortKey");
  node.sort_keys = keys_of(key != nullptr && key->is_object() ? *key : spec);
  if (key != nullptr && spec.find("limit") != nullptr) {
    node.other["Limit"] = std::to_string(spec.integer_at("limit"));
  }
}

void read_group(const Value& spec, PlanNode& node) {
  if (const Value* id = spec.find("_id")) node.group_keys = {expression_text(*id)};
  for (const Field& field : spec.fields) {
    if (field.name == "_id") continue;
    node.output.push_back(field.name + ": " + expression_text(field.value));
  }
}

void read_spec(const Field& stage, const std::string& database, PlanNode& node) {
  const Value& spec = stage.value;
  const std::string& name = stage.name;
  if (name == "$match") {
    node.filter = filter_text(spec);
  } else if (name == "$lookup" || name == "$graphLookup") {
    read_lookup(spec, database, node);
  } else if (name == "$sort") {
    read_sort(spec, node);
  } else if (name == "$group") {
    read_group(spec, node);
  } else if (name == "$limit" || name == "$skip") {
    if (const auto amount = spec.as_number()) {
      node.other[name == "$limit" ? "Limit" : "Offset"] =
          std::to_string(static_cast<std::int64_t>(*amount));
    }
  } else if (name == "$unwind") {
    node.output = {spec.is_string() ? spec.text : spec.string_at("path")};
  } else if (name == "$_internalSetWindowFields") {
    node.type = "$setWindowFields";
    if (const Value* by = spec.find("partitionBy")) node.group_keys = {expression_text(*by)};
    if (const Value* by = spec.find("sortBy")) node.sort_keys = keys_of(*by);
  }
}

class Reader {
 public:
  Reader(Plan& plan, std::string database, int depth)
      : plan_(plan), database_(std::move(database)), depth_(depth) {}

  Result<PlanNode> run(const Value& stages) {
    std::optional<PlanNode> below;
    for (const Field& one : stages.fields) {
      const Field* stage = stage_of(one.value);
      if (stage == nullptr) continue;
      PlanNode node = WHET_TRY(read(*stage, one.value));
      if (below) node.children.insert(node.children.begin(), std::move(*below));
      below = std::move(node);
    }
    if (!below) {
      return Error{ErrorKind::invalid, "The explain of the pipeline has no stage in it.",
                   "Give the whole reply, as db.c.explain(\"executionStats\").aggregate([...]) "
                   "prints it.",
                   ""};
    }
    return std::move(*below);
  }

 private:
  Result<PlanNode> read(const Field& stage, const Value& document) {
    const Value& spec = stage.value;
    if (spec.is_object() && spec.find("queryPlanner") != nullptr) return cursor(stage, document);
    PlanNode node;
    node.type = stage.name;
    read_run(document, node);
    read_memory(document, node);
    read_spec(stage, database_, node);
    read_lookup_figures(document, node, plan_);
    if (depth_ >= deepest) return node;
    if (stage.name == "$unionWith") WHET_TRY_VOID(add_union(spec, node));
    if (stage.name == "$facet") WHET_TRY_VOID(add_facets(spec, node));
    return node;
  }

  /// $cursor stands for the plan in it; $geoNearCursor works on its documents.
  Result<PlanNode> cursor(const Field& stage, const Value& document) {
    const bool first = database_.empty();
    if (first) database_ = namespace_of(stage.value.string_at("queryPlanner.namespace")).database;
    PlanNode plan = WHET_TRY(read_planner(stage.value, plan_));
    if (stage.name == "$cursor") return plan;
    PlanNode node;
    node.type = stage.name;
    read_run(document, node);
    node.children.push_back(std::move(plan));
    return node;
  }

  Status add_union(const Value& spec, PlanNode& node) {
    const Namespace of =
        collection_of(spec.find("coll") != nullptr ? *spec.find("coll") : spec, database_);
    node.schema = of.database;
    node.relation = of.collection;
    const Value* pipeline = spec.find("pipeline");
    if (pipeline == nullptr || pipeline->fields.empty()) return {};
    // Only an explained pipeline begins with a cursor.
    if (pipeline->fields.front().value.find("$cursor") == nullptr) return {};
    PlanNode other = WHET_TRY(read_pipeline(*pipeline, plan_, of.database, depth_ + 1));
    other.subplan_name = "union";
    node.children.push_back(std::move(other));
    return {};
  }

  Status add_facets(const Value& spec, PlanNode& node) {
    for (const Field& facet : spec.fields) {
      Value stages = facet.value;
      // Where the documents come from: the stage below $facet.
      std::erase_if(stages.fields, [](const Field& field) {
        const Field* stage = stage_of(field.value);
        return stage != nullptr &&
               (stage->name == "$teeConsumer" || stage->name == "$internalFacetTeeConsumer");
      });
      if (stages.fields.empty()) continue;
      PlanNode child = WHET_TRY(read_pipeline(stages, plan_, database_, depth_ + 1));
      child.subplan_name = "facet " + facet.name;
      node.children.push_back(std::move(child));
    }
    return {};
  }

  Plan& plan_;
  std::string database_;
  int depth_;
};

}  // namespace

Result<PlanNode> read_pipeline(const Value& stages, Plan& plan, const std::string& database,
                               int depth) {
  return Reader(plan, database, depth).run(stages);
}

}  // namespace whet::plans::mongodb
