#include "advise/candidates/reading.h"

#include <algorithm>

#include "base/text.h"
#include "base/whole.h"

namespace whet::advise {

namespace {

using model::PlanNode;

bool is_join(const PlanNode& node) {
  return node.type == "Nested Loop" || node.type.ends_with("Join");
}

bool is_sort(const PlanNode& node) {
  return node.type == "Sort" || node.type == "Incremental Sort";
}

void aliases_below(const PlanNode& node, std::set<std::string>& out) {
  if (!node.alias.empty()) out.insert(node.alias);
  for (const PlanNode& child : node.children) aliases_below(child, out);
}

// The index conditions of a bitmap's scans, joined; the first index gives the name.
void bitmap(const PlanNode& node, Reading& reading) {
  if (node.type == "Bitmap Index Scan") {
    if (reading.index.empty()) reading.index = node.index;
    if (!reading.condition.empty()) reading.condition += " AND ";
    reading.condition += node.index_condition;
  }
  for (const PlanNode& child : node.children) bitmap(child, reading);
}

std::string describe(const PlanNode& node) {
  std::string out = node.type;
  if (!node.index.empty()) out += " using " + node.index;
  out += " on " + node.relation;
  if (!node.alias.empty() && node.alias != node.relation) out += " " + node.alias;
  return out + " (cost " + text::count(to_whole(node.total_cost)) + ")";
}

}  // namespace

Readings::Readings(const Facts& facts, const model::Statement& statement)
    : facts_(facts), statement_(statement) {
  if (statement.plan) visit(statement.plan->root, Reading());
}

// `above` holds what the nodes above say: sorting, and the other side of the nearest join.
void Readings::visit(const PlanNode& node, const Reading& above) {
  if (!node.relation.empty() && node.type != "ModifyTable") {
    Reading reading = above;
    reading.node = &node;
    reading.full_scan = node.type == "Seq Scan";
    reading.index = node.index;
    reading.condition = node.index_condition;
    if (node.type == "Bitmap Heap Scan") bitmap(node, reading);
    reading.text = describe(node);
    reading.source =
        "EXPLAIN (" + (statement_.plan_kind.empty() ? "generic" : statement_.plan_kind) + ")";
    found_.push_back({std::move(reading), node.total_cost});
  }
  for (const PlanNode& child : node.children) {
    Reading below = above;
    below.sorted = below.sorted || is_sort(node);
    const bool own =
        child.parent_relationship == "SubPlan" || child.parent_relationship == "InitPlan";
    if (own) below = Reading();
    if (is_join(node) && !own) {
      below.other_aliases.clear();
      below.probes.reset();
      for (const PlanNode& other : node.children) {
        const bool side = &other != &child && other.parent_relationship != "SubPlan" &&
                          other.parent_relationship != "InitPlan";
        if (!side) continue;
        below.probes = std::max(1.0, other.plan_rows);
        aliases_below(other, below.other_aliases);
      }
    }
    visit(child, below);
  }
}

std::optional<Reading> Readings::of(const model::ShapeRelation& relation,
                                    const model::Table& table) const {
  const Found* worst = nullptr;
  for (const Found& found : found_) {
    const PlanNode& node = *found.reading.node;
    const bool schema_fits = node.schema.empty() || node.schema == table.schema;
    bool fits = schema_fits && node.relation == table.name &&
                (node.alias.empty() || node.alias == relation.alias);
    if (table.kind == model::TableKind::partitioned) {
      const auto& parts = facts_.children(table.id);
      fits = std::any_of(parts.begin(), parts.end(), [&](const model::Table* part) {
        return part->name == node.relation && (node.schema.empty() || node.schema == part->schema);
      });
    }
    if (fits && (worst == nullptr || found.cost > worst->cost)) worst = &found;
  }
  if (worst != nullptr) return worst->reading;
  if (statement_.plan) return std::nullopt;
  const auto calls = static_cast<double>(statement_.total.calls);
  const auto scans = static_cast<double>(table.total.sequential_scans);
  if (calls < 1 || table.pages < 1) return std::nullopt;
  const double blocks =
      static_cast<double>(statement_.total.shared_hit + statement_.total.shared_read) / calls;
  // A statement that touches half of the table's blocks in each call, on a table that is fully
  // scanned about as often as it is called, does so by scanning it.
  if (scans < calls / 2 || blocks < static_cast<double>(table.pages) / 2) return std::nullopt;
  Reading reading;
  reading.full_scan = true;
  reading.text = text::count(table.total.sequential_scans) + " full scans of " + table.name + ", " +
                 text::count(statement_.total.calls) + " calls of " + text::number(blocks) +
                 " blocks each, and the table has " + text::count(table.pages);
  reading.source = "pg_stat_user_tables.seq_scan, pg_stat_statements (no plan)";
  return reading;
}

}  // namespace whet::advise
