#include "plans/details_mongodb.h"

#include <algorithm>

#include "base/text.h"

namespace whet::plans {
namespace {

using model::PlanNode;

void add(std::vector<std::string>& out, const std::string& name, const std::string& value) {
  if (!value.empty()) out.push_back(name + ": " + value);
}

std::string of(const PlanNode& node, const std::string& name) {
  const auto found = node.other.find(name);
  return found == node.other.end() ? "" : found->second;
}

void add_index(const PlanNode& node, std::vector<std::string>& out) {
  std::string key = of(node, "Key");
  if (!key.empty() && node.multikey) key += ", multikey";
  for (const char* flag : {"isPartial", "isSparse"}) {
    if (!key.empty() && !of(node, flag).empty()) key += ", " + text::lower(flag + 2);
  }
  add(out, "key", key);
  const std::string intervals = of(node, "Intervals");
  const std::string several = intervals.empty() ? "" : "  in " + intervals + " intervals";
  add(out, "bounds", node.index_condition + (node.index_condition.empty() ? "" : several));
}

void add_memory(const PlanNode& node, std::vector<std::string>& out) {
  std::string line = text::join(node.sort_keys, ", ");
  if (node.sort_space_type == "Disk") {
    line += std::string(line.empty() ? "" : "  ") + "on disk";
    if (node.spilled_bytes > 0) {
      line += " " + text::bytes(static_cast<double>(node.spilled_bytes));
    }
    if (node.spills > 1) line += " in " + text::count(node.spills) + " spills";
  } else if (node.sort_space_kb > 0) {
    line += std::string(line.empty() ? "" : "  ") + "in memory " +
            text::bytes(static_cast<double>(node.sort_space_kb) * 1024);
  }
  add(out, node.sort_keys.empty() ? "memory" : "sort", line);
}

void add_lookup(const PlanNode& node, std::vector<std::string>& out) {
  std::vector<std::string> parts;
  if (!node.join_filter.empty()) parts.push_back(node.join_filter);
  if (!node.indexes.empty()) parts.push_back("by " + text::join(node.indexes, ", "));
  const std::string scans = of(node, "Collection scans");
  if (!scans.empty()) parts.push_back("collection scans: " + scans);
  const std::string line = text::join(parts, "  ");
  add(out, "join", line);
}

}  // namespace

bool is_stage_of_mongodb(const PlanNode& node) {
  const std::string& type = node.type;
  if (type.starts_with('$')) return true;
  // Of the other engines none has a name of capitals only.
  return type.size() > 1 && std::ranges::all_of(type, [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
         });
}

std::string stage_title(const PlanNode& node) {
  std::string out = node.shard.empty() ? "" : "shard " + node.shard + ": ";
  out += node.type;
  if (!node.strategy.empty()) out += " (" + node.strategy + ")";
  if (node.scan_direction == "Backward") out += " backward";
  if (!node.index.empty()) out += " using " + node.index;
  if (!node.relation.empty()) {
    out += " on " + (node.schema.empty() ? "" : node.schema + ".") + node.relation;
  }
  return out;
}

std::vector<std::string> stage_details(const PlanNode& node) {
  std::vector<std::string> out;
  add_index(node, out);
  add(out, "filter", node.filter);
  add_lookup(node, out);
  add(out, "group", text::join(node.group_keys, ", "));
  add_memory(node, out);
  const std::string limit = of(node, "Limit"), offset = of(node, "Offset");
  add(out, "limit", limit);
  add(out, "skip", offset);
  add(out, "chunks skipped", of(node, "Chunk skips"));
  if (!of(node, "Failed").empty()) out.emplace_back("failed");
  if (!of(node, "Cached").empty()) out.emplace_back("from the plan cache");
  return out;
}

}  // namespace whet::plans
