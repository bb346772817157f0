#include "advise/query/mongodb_plan.h"

#include <algorithm>

#include "base/text.h"

namespace whet::advise {

using model::PlanNode;

double keys_of(const PlanNode& node) { return static_cast<double>(node.keys_examined.value_or(0)); }

double documents_of(const PlanNode& node) {
  return static_cast<double>(node.documents_examined.value_or(0));
}

double examined_below(const PlanNode& node) {
  double sum = keys_of(node) + documents_of(node);
  for (const PlanNode& child : node.children) sum += examined_below(child);
  return sum;
}

double part_of(const PlanContext& plan, std::size_t i) {
  if (!plan.ran()) return 1;
  const double all =
      static_cast<double>(plan.plan().keys_examined + plan.plan().documents_examined);
  const double own = keys_of(plan.node(i)) + documents_of(plan.node(i));
  const double examined = all > 0 ? std::min(own / all, 1.0) : 0;
  return std::max(plan.figures().total_ms > 0 ? plan.share(i) : 0.0, examined);
}

std::int64_t noted(const PlanNode& node, const char* name) {
  const auto found = node.other.find(name);
  return found == node.other.end() ? 0 : text::to_int(found->second).value_or(0);
}

double documents_there(const PlanContext& plan, std::size_t i) {
  const model::Table* table = plan.table(i);
  return table == nullptr ? 0 : table->row_estimate.value_or(0);
}

}  // namespace whet::advise
