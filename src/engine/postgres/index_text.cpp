#include "engine/postgres/index_text.h"

#include "engine/postgres/render.h"

namespace whet::engine::postgres {

namespace {

void note(const model::PlanNode& node, std::set<std::string>& names) {
  if (!node.index.empty()) names.insert(node.index);
  for (const auto& child : node.children) note(child, names);
}

}  // namespace

std::string create_index_text(const model::HypotheticalIndex& wanted) {
  model::Change change;
  change.action.kind = model::ActionKind::create_index;
  change.action.schema = wanted.schema;
  change.action.table = wanted.table;
  change.action.index = wanted.index;
  if (wanted.index.name.empty()) change.action.index->name = "whet";
  render(change, {});
  std::string text = change.action.statement;
  const std::string word = "CONCURRENTLY ";
  const std::size_t at = text.find(word);
  if (at != std::string::npos) text.erase(at, word.size());
  return text;
}

std::set<std::string> index_names(const model::Plan& plan) {
  std::set<std::string> names;
  note(plan.root, names);
  return names;
}

}  // namespace whet::engine::postgres
