#include "advise/advisor/accesses.h"

#include <algorithm>

#include "base/text.h"

namespace whet::advise {

namespace {

void visit(const model::PlanNode& node, const std::string& above, const model::SwitchedPlan& plan,
           Accesses& out) {
  std::string relation = above;
  if (!node.relation.empty()) {
    const bool same = node.alias.empty() || node.alias == node.relation;
    relation = same ? node.relation : node.relation + " " + node.alias;
  }
  const bool reads = !node.index.empty() || node.type == "Seq Scan" || node.type == "Table scan" ||
                     node.type == "COLLSCAN";
  if (reads && !relation.empty()) {
    const std::string type = node.covering ? "Covering " + text::lower(node.type) : node.type;
    Access access{type, node.index, std::nullopt};
    const auto at = plan.names.find(node.index);
    if (at != plan.names.end()) access.position = at->second;
    std::vector<Access>& ways = out[relation];
    if (std::find(ways.begin(), ways.end(), access) == ways.end()) ways.push_back(access);
  }
  for (const auto& child : node.children) visit(child, relation, plan, out);
}

std::string words(const std::vector<Access>& ways,
                  const std::function<std::string(std::size_t)>& name) {
  std::vector<std::string> out;
  for (const Access& access : ways) {
    const std::string index = access.position ? name(*access.position) : access.index;
    out.push_back(access.type + (index.empty() ? "" : " using " + index));
  }
  return text::join(out, ", ");
}

}  // namespace

Accesses accesses_of(const model::SwitchedPlan& plan) {
  Accesses out;
  visit(plan.plan.root, "", plan, out);
  return out;
}

std::vector<AccessChange> changes_between(const Accesses& before, const Accesses& after,
                                          const std::function<std::string(std::size_t)>& name) {
  std::vector<AccessChange> changes;
  for (const auto& [relation, ways] : before) {
    const auto now = after.find(relation);
    if (now == after.end()) continue;
    const std::string was = words(ways, name);
    const std::string is = words(now->second, name);
    if (was != is) changes.push_back({relation, was, is});
  }
  return changes;
}

}  // namespace whet::advise
