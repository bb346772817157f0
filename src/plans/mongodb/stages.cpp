#include "plans/mongodb/stages.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "plans/mongodb/bounds.h"
#include "plans/mongodb/conditions.h"

namespace whet::plans::mongodb {
namespace {

using model::PlanNode;
using mql::Field;
using mql::Value;

// BSON's own limit; deeper is no document of a server.
constexpr int deepest = 200;

constexpr std::array<std::string_view, 15> scans{"COLLSCAN",
                                                 "IXSCAN",
                                                 "IDHACK",
                                                 "COUNT_SCAN",
                                                 "DISTINCT_SCAN",
                                                 "CLUSTERED_IXSCAN",
                                                 "TEXT_MATCH",
                                                 "GEO_NEAR_2D",
                                                 "GEO_NEAR_2DSPHERE",
                                                 "EXPRESS_IXSCAN",
                                                 "EXPRESS_CLUSTERED_IXSCAN",
                                                 "RECORD_STORE_FAST_COUNT",
                                                 "VIRTUAL_SCAN",
                                                 "MULTI_ITERATOR",
                                                 "TEXT"};

constexpr std::array<std::string_view, 4> writes{"UPDATE", "DELETE", "BATCHED_DELETE",
                                                 "EXPRESS_UPDATE"};

constexpr std::array<std::string_view, 10> inputs{
    "inputStage",  "outerStage", "innerStage", "thenStage",   "elseStage",
    "inputStages", "shards",     "children",   "outerStages", "innerStages"};

void note(PlanNode& node, const char* name, const Value& stage, std::string_view member) {
  const Value* value = stage.find(member);
  if (value == nullptr) return;
  if (const auto number = value->as_number()) {
    node.other[name] = std::to_string(static_cast<std::int64_t>(*number));
  }
}

void read_index(const Value& stage, PlanNode& node) {
  node.index = stage.string_at("indexName");
  if (node.index.empty() && node.type == "IDHACK") node.index = "_id_";
  node.multikey = stage.flag_at("isMultiKey");
  if (const Value* pattern = stage.find("keyPattern")) {
    node.other["Key"] = "{" + text::join(keys_of(*pattern), ", ") + "}";
  }
  if (const Value* bounds = stage.find("indexBounds")) {
    const Bounds read =
        bounds->find("startKey") != nullptr ? bounds_of_count(*bounds) : bounds_of(*bounds);
    node.index_condition = read.text;
    if (read.intervals > 1) node.other["Intervals"] = std::to_string(read.intervals);
  }
  if (node.index_condition.empty() && node.type == "IDHACK") node.index_condition = "_id: ?";
  if (stage.find("minRecord") != nullptr || stage.find("maxRecord") != nullptr) {
    node.index_condition = std::string("_id: ") +
                           (stage.find("minRecord") != nullptr ? "[?, " : "[MinKey, ") +
                           (stage.find("maxRecord") != nullptr ? "?]" : "MaxKey]");
  }
  for (const char* flag : {"isSparse", "isPartial", "isUnique"}) {
    if (stage.flag_at(flag)) node.other[flag] = "true";
  }
  if (const Value* collation = stage.find("collation")) {
    node.other["Collation"] = collation->string_at("locale");
  }
}

void read_counters(const Value& stage, PlanNode& node) {
  if (stage.find("keysExamined") != nullptr) {
    node.keys_examined = stage.integer_at("keysExamined");
  }
  if (stage.find("docsExamined") != nullptr) {
    node.documents_examined = stage.integer_at("docsExamined");
  }
  node.works = stage.integer_at("works");
  node.seeks = stage.integer_at("seeks");
  note(node, "Chunk skips", stage, "chunkSkips");
  note(node, "Counted", stage, "nCounted");
  note(node, "Matched", stage, "nMatched");
  note(node, "Modified", stage, "nWouldModify");
  note(node, "Deleted", stage, "nWouldDelete");
  note(node, "Duplicates", stage, "dupsDropped");
}

void read_scan_order(const Value& stage, PlanNode& node) {
  const std::string direction = stage.string_at("direction");
  if (direction == "forward") node.scan_direction = "Forward";
  if (direction == "backward") node.scan_direction = "Backward";
}

void read_lookup(const Value& stage, PlanNode& node) {
  const Namespace other = namespace_of(stage.string_at("foreignCollection"));
  node.schema = other.database;
  node.relation = other.collection;
  node.strategy = stage.string_at("strategy");
  node.join_filter = stage.string_at("localField") + " = " + other.collection + "." +
                     stage.string_at("foreignField");
  if (!node.index.empty()) node.indexes.push_back(node.index);
  // It is the other collection's: the node itself reads none.
  node.index.clear();
}

void read_own(const Value& stage, PlanNode& node, const Namespace& of) {
  if (is_scan(node.type) || std::ranges::find(writes, node.type) != writes.end()) {
    node.schema = of.database;
    node.relation = of.collection;
  }
  if (const Value* filter = stage.find("filter"); filter != nullptr && filter->is_object()) {
    node.filter = filter_text(*filter);
  }
  if (const Value* pattern = stage.find("sortPattern")) node.sort_keys = keys_of(*pattern);
  if (const Value* fields = stage.find("transformBy")) node.output = keys_of(*fields);
  note(node, "Limit", stage, "limitAmount");
  note(node, "Offset", stage, "skipAmount");
  if (node.type == "SORT") node.sort_method = stage.string_at("type");
  node.covering = node.type == "PROJECTION_COVERED";
  read_index(stage, node);
  read_scan_order(stage, node);
  read_counters(stage, node);
  read_memory(stage, node);
  if (node.type == "EQ_LOOKUP" || node.type == "EQ_LOOKUP_UNWIND") read_lookup(stage, node);
  if (stage.flag_at("failed")) node.other["Failed"] = "true";
  read_run(stage, node);
}

}  // namespace

bool is_scan(std::string_view stage) { return std::ranges::find(scans, stage) != scans.end(); }

Namespace namespace_of(std::string_view name) {
  const auto dot = name.find('.');
  if (dot == std::string_view::npos) return {"", std::string(name)};
  return {std::string(name.substr(0, dot)), std::string(name.substr(dot + 1))};
}

void read_memory(const Value& stage, PlanNode& node) {
  node.memory_limit_bytes = stage.integer_at("memLimit");
  node.spills = stage.integer_at("spills");
  for (const char* name : {"spilledBytes", "spilledBytesApprox", "numBytesSpilledEstimate",
                           "spilledDataStorageSize"}) {
    node.spilled_bytes = std::max(node.spilled_bytes, stage.integer_at(name));
  }
  std::int64_t sorted = 0;
  for (const char* name : {"totalDataSizeSorted", "totalDataSizeSortedBytesEstimate"}) {
    sorted = std::max(sorted, stage.integer_at(name));
  }
  node.sort_space_kb = (sorted + 1023) / 1024;
  if (const Value* disk = stage.find("usedDisk")) {
    node.sort_space_type = disk->truthy() ? "Disk" : "Memory";
    // 4.4 counts no spills.
    if (disk->truthy()) node.spills = std::max<std::int64_t>(node.spills, 1);
  }
}

void read_run(const Value& stage, PlanNode& node) {
  if (stage.find("nReturned") == nullptr) return;
  node.executed = true;
  node.loops = 1;
  node.rows = stage.number_at("nReturned");
  const Value* time = stage.find("executionTimeMillisEstimate");
  if (time == nullptr) time = stage.find("executionTimeMillis");
  if (time != nullptr) node.total_ms = time->as_number().value_or(0);
}

PlanNode stage_tree(const Value& stage, const Namespace& of, int depth) {
  PlanNode node;
  node.type = stage.string_at("stage", "unknown");
  read_own(stage, node, of);
  if (depth >= deepest) return node;
  for (const std::string_view name : inputs) {
    const Value* input = stage.find(name);
    if (input == nullptr) continue;
    if (input->is_object() && input->find("stage") != nullptr) {
      node.children.push_back(stage_tree(*input, of, depth + 1));
    } else if (input->is_array()) {
      for (const Field& one : input->fields) {
        if (one.value.find("stage") == nullptr) continue;
        node.children.push_back(stage_tree(one.value, of, depth + 1));
      }
    }
  }
  return node;
}

}  // namespace whet::plans::mongodb
