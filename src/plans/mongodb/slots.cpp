#include "plans/mongodb/slots.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace whet::plans::mongodb {
namespace {

using model::PlanNode;
using mql::Field;
using mql::Value;

// The document's own depth is limited already; so is the recursion.
constexpr int deepest = 200;

/// What the executed stages of one planner stage did.
struct Figures {
  const Value* top = nullptr;  ///< the uppermost of them: what it returns, the planner's does
  bool reads_index = false, reads_collection = false, fetches = false;
  std::int64_t keys = 0, documents = 0, seeks = 0;
  std::set<std::string> indexes, kinds;
  std::vector<const Value*> memory;  ///< sorts, groups, hash joins
  std::vector<std::int64_t> inputs;  ///< planner stages right below, in order
};

using ByNode = std::map<std::int64_t, Figures>;

void gather_own(const Value& stage, const std::string& kind, Figures& out) {
  out.kinds.insert(kind);
  if (const std::string index = stage.string_at("indexName"); !index.empty()) {
    out.indexes.insert(index);
    out.reads_index = true;
    out.keys += stage.integer_at("keysExamined");
    out.seeks += stage.integer_at("seeks");
  } else if (kind == "scan" || kind == "pscan") {
    out.reads_collection = true;
    out.documents += stage.integer_at("numReads");
  } else if (kind == "seek") {
    out.fetches = true;
    out.documents += stage.integer_at("numReads");
  }
  if (stage.find("usedDisk") != nullptr) out.memory.push_back(&stage);
}

void gather(const Value& stage, std::int64_t above, ByNode& out, int depth) {
  const std::string kind = stage.string_at("stage");
  const std::int64_t id = stage.integer_at("planNodeId", above);
  Figures& figures = out[id];
  if (figures.top == nullptr) figures.top = &stage;
  gather_own(stage, kind, figures);
  if (id != above && above >= 0) {
    std::vector<std::int64_t>& inputs = out[above].inputs;
    if (std::ranges::find(inputs, id) == inputs.end()) inputs.push_back(id);
  }
  if (depth >= deepest) return;
  for (const Field& field : stage.fields) {
    if (field.value.is_object() && field.value.find("stage") != nullptr) {
      gather(field.value, id, out, depth + 1);
    } else if (field.value.is_array()) {
      for (const Field& one : field.value.fields) {
        if (one.value.find("stage") != nullptr) gather(one.value, id, out, depth + 1);
      }
    }
  }
}

void put(const Figures& figures, PlanNode& node) {
  read_run(*figures.top, node);
  if (figures.reads_index) {
    node.keys_examined = figures.keys;
    node.seeks = figures.seeks;
  }
  if (figures.reads_collection || figures.fetches) node.documents_examined = figures.documents;
  for (const Value* stage : figures.memory) {
    PlanNode part;
    read_memory(*stage, part);
    if (part.memory_limit_bytes > 0) node.memory_limit_bytes = part.memory_limit_bytes;
    node.spills += part.spills;
    node.spilled_bytes = std::max(node.spilled_bytes, part.spilled_bytes);
    node.sort_space_kb = std::max(node.sort_space_kb, part.sort_space_kb);
    if (node.sort_space_type != "Disk") node.sort_space_type = part.sort_space_type;
  }
  const bool lookup = node.type == "EQ_LOOKUP" || node.type == "EQ_LOOKUP_UNWIND";
  if (lookup && figures.reads_collection) node.other["Collection scans"] = "1";
}

void walk(const Value& plan, const ByNode& by_node, PlanNode& node, int depth) {
  const auto found = by_node.find(plan.integer_at("planNodeId", -1));
  if (found != by_node.end() && found->second.top != nullptr) put(found->second, node);
  if (depth >= deepest) return;
  // In the order that stage_tree reads them.
  std::vector<const Value*> inputs;
  for (const std::string_view name : {"inputStage", "inputStages"}) {
    const Value* input = plan.find(name);
    if (input == nullptr) continue;
    if (input->is_object()) inputs.push_back(input);
    if (!input->is_array()) continue;
    for (const Field& one : input->fields) inputs.push_back(&one.value);
  }
  for (std::size_t i = 0; i < inputs.size() && i < node.children.size(); ++i) {
    walk(*inputs[i], by_node, node.children[i], depth + 1);
  }
}

struct Kind {
  std::string_view slots, stage;
};
// The first that is among a planner stage's executed ones names it.
constexpr std::array<Kind, 10> kinds{{{"hash_lookup", "EQ_LOOKUP"},
                                      {"sort", "SORT"},
                                      {"smerge", "SORT_MERGE"},
                                      {"group", "GROUP"},
                                      {"limitskip", "LIMIT"},
                                      {"mkbson", "PROJECTION_SIMPLE"},
                                      {"unique", "OR"},
                                      {"union", "OR"},
                                      {"unwind", "UNWIND"},
                                      {"project", "PROJECTION_DEFAULT"}}};

std::string stage_name(const Figures& figures) {
  const bool lookup = figures.kinds.contains("hash_lookup") ||
                      (figures.kinds.contains("mkbson") && figures.kinds.contains("nlj") &&
                       (figures.fetches || figures.reads_collection) && !figures.inputs.empty());
  if (lookup) return "EQ_LOOKUP";
  if (figures.reads_collection) return "COLLSCAN";
  if (figures.reads_index) return "IXSCAN";
  if (figures.fetches) return "FETCH";
  for (const Kind& kind : kinds) {
    if (figures.kinds.contains(std::string(kind.slots))) return std::string(kind.stage);
  }
  return figures.kinds.contains("limit") ? "LIMIT" : "FETCH";
}

PlanNode node_of(std::int64_t id, const ByNode& by_node, const Namespace& of, int depth) {
  const Figures& figures = by_node.at(id);
  PlanNode node;
  node.type = stage_name(figures);
  if (is_scan(node.type)) {
    node.schema = of.database;
    node.relation = of.collection;
    if (!figures.indexes.empty()) node.index = *figures.indexes.begin();
  } else {
    node.indexes.assign(figures.indexes.begin(), figures.indexes.end());
  }
  if (figures.top != nullptr) put(figures, node);
  if (depth >= deepest) return node;
  for (const std::int64_t input : figures.inputs) {
    // A stage reads from others only, whatever a damaged document says.
    if (input != id) node.children.push_back(node_of(input, by_node, of, depth + 1));
  }
  return node;
}

/// Each node below one parent only, and none below itself.
void untangle(ByNode& by_node, std::int64_t root) {
  std::set<std::int64_t> seen{root};
  for (auto& [id, figures] : by_node) {
    std::erase_if(figures.inputs, [&](std::int64_t input) { return !seen.insert(input).second; });
  }
}

}  // namespace

bool is_slot_based(const Value& stage) {
  const std::string name = stage.string_at("stage");
  // The planner's stages are written in capitals, the engine's are not.
  return !name.empty() && name.front() >= 'a' && name.front() <= 'z';
}

void add_slot_figures(const Value& executed, const Value& plan, PlanNode& root) {
  ByNode by_node;
  gather(executed, -1, by_node, 0);
  walk(plan, by_node, root, 0);
}

PlanNode tree_of_slots(const Value& executed, const Namespace& of) {
  ByNode by_node;
  gather(executed, -1, by_node, 0);
  const std::int64_t root = executed.integer_at("planNodeId", -1);
  untangle(by_node, root);
  return node_of(root, by_node, of, 0);
}

}  // namespace whet::plans::mongodb
