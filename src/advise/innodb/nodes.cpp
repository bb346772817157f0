#include "advise/innodb/nodes.h"

#include <algorithm>
#include <set>

#include "base/text.h"

namespace whet::advise::innodb {

namespace {

struct Names {
  const char* type;
  const char* access;  ///< EXPLAIN's word
};

Names names_of(Way way) {
  switch (way) {
    case Way::table_scan:
      return {"Table scan", "ALL"};
    case Way::index_scan:
      return {"Index scan", "index"};
    case Way::range:
      return {"Index range scan", "range"};
    case Way::lookup:
      return {"Index lookup", "ref"};
    case Way::unique_lookup:
      return {"Single-row index lookup", "eq_ref"};
    case Way::merge:
      return {"Index merge", "index_merge"};
    case Way::skip_scan:
      return {"Index skip scan", "range"};
    case Way::distinct_scan:
      return {"Index skip scan for deduplication", "range"};
    case Way::extreme:
      return {"Rows fetched before execution", "const"};
  }
  return {"Table scan", "ALL"};
}

class Printer {
 public:
  explicit Printer(const Query& query) : query_(query) {}

  model::SwitchedPlan print(const std::vector<PlannedBlock>& blocks) {
    model::PlanNode top;
    double work = 0, price = 0;
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      work += blocks[i].work;
      price += blocks[i].price;
      model::PlanNode node = block(blocks[i]);
      if (i == 0) {
        top = std::move(node);
        continue;
      }
      node.parent_relationship = "Subquery";
      node.dependent = query_.blocks[i].dependent;
      top.children.push_back(std::move(node));
    }
    if (blocks.empty()) top.type = "Rows fetched before execution";
    top.total_cost = work;
    top.other["server_cost"] = text::number(price, 6);
    out_.plan.root = std::move(top);
    out_.used.assign(used_.begin(), used_.end());
    return std::move(out_);
  }

 private:
  model::PlanNode block(const PlannedBlock& block);
  model::PlanNode access(const Step& step);
  void note(const Key* key) {
    if (key == nullptr || !key->position) return;
    used_.insert(*key->position);
    out_.names[key->name] = *key->position;
  }

  const Query& query_;
  model::SwitchedPlan out_;
  std::set<std::size_t> used_;
};

model::PlanNode Printer::access(const Step& step) {
  const Relation& relation = query_.relations[step.relation];
  model::PlanNode node;
  const Names names = names_of(step.path.way);
  node.type = names.type;
  node.access = names.access;
  node.schema = relation.shape->schema;
  node.relation = relation.shape->table;
  node.alias = relation.shape->alias;
  node.plan_rows = step.path.examined;
  node.total_cost = step.work;
  node.covering = step.path.covering && step.path.key != nullptr && !step.path.key->primary;
  if (step.path.way == Way::merge) {
    for (const Key* key : step.path.merged) {
      note(key);
      node.index += (node.index.empty() ? "" : ",") + key->name;
      model::PlanNode part;
      part.type = "Index range scan";
      part.index = key->name;
      node.children.push_back(std::move(part));
    }
    node.index.clear();
    return node;
  }
  if (step.path.key != nullptr) {
    note(step.path.key);
    node.index = step.path.key->name;
    for (std::size_t i = 0; i < step.path.used_parts; ++i) {
      const model::IndexPart& part = step.path.key->parts[i];
      node.used_key_parts.push_back(part.column.empty() ? part.expression : part.column);
    }
  }
  return node;
}

model::PlanNode above(std::string type, model::PlanNode below, double cost, double rows) {
  model::PlanNode node;
  node.type = std::move(type);
  node.total_cost = cost;
  node.plan_rows = rows;
  node.children.push_back(std::move(below));
  return node;
}

model::PlanNode Printer::block(const PlannedBlock& block) {
  model::PlanNode node;
  double work = 0;
  for (const Step& step : block.joined.steps) {
    model::PlanNode one = access(step);
    work += step.work;
    if (node.type.empty()) {
      node = std::move(one);
      continue;
    }
    const Role role = query_.relations[step.relation].role;
    const std::string kind = role == Role::outer  ? "left"
                             : role == Role::semi ? "semi"
                             : role == Role::anti ? "anti"
                                                  : "inner";
    std::string type = "Nested loop " + kind + "join";
    if (kind == "inner" || kind == "left") type = "Nested loop " + kind + " join";
    if (step.buffered) type = kind == "inner" ? "Inner hash join" : "Hash " + kind + "join";
    if (step.buffered && kind == "left") type = "Left hash join";
    model::PlanNode join = above(std::move(type), std::move(node), work, step.after);
    join.join_buffer = step.buffered;
    join.children.push_back(std::move(one));
    node = std::move(join);
  }
  if (block.grouped)
    node = above("Aggregate using temporary table", std::move(node), block.work, block.rows);
  if (block.sorted) node = above("Sort", std::move(node), block.work, block.rows);
  return node;
}

}  // namespace

model::SwitchedPlan plan_of(const Query& query, const std::vector<PlannedBlock>& blocks) {
  return Printer(query).print(blocks);
}

}  // namespace whet::advise::innodb
