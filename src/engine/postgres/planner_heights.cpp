// The heights of B-trees by asking the planner: with cpu_operator_cost at 1, an index scan's
// start-up cost is the binary logarithm of the entries (below 50) and 50 for each level and one
// more (selfuncs.c, btcostestimate). Nothing is read on the target but its catalog.
#include <cmath>
#include <unordered_map>

#include "base/json.h"
#include "engine/postgres/planner_facts.h"
#include "engine/postgres/shadow/pages.h"
#include "sql/quote.h"

namespace whet::engine::postgres {

namespace {

constexpr const char* only_index_scans =
    "SELECT set_config(name, value, false) FROM (VALUES ('cpu_operator_cost', '1'), "
    "('enable_seqscan', 'off'), ('enable_sort', 'off'), ('enable_bitmapscan', 'off'), "
    "('enable_incremental_sort', 'off'), ('enable_indexscan', 'on'), ('enable_indexonlyscan', "
    "'on'), "
    "('max_parallel_workers_per_gather', '0')) AS s(name, value)";
constexpr const char* usual_scans =
    "SELECT set_config(name, reset_val, false) FROM pg_settings WHERE name IN "
    "('cpu_operator_cost', "
    "'enable_seqscan', 'enable_sort', 'enable_bitmapscan', 'enable_incremental_sort', "
    "'enable_indexscan', 'enable_indexonlyscan', 'max_parallel_workers_per_gather')";

/// The start-up cost of the scan of that index; nothing when the plan has none.
std::optional<double> startup_cost(json::View node, const std::string& index) {
  if (node["Index Name"].string_or("") == index) return node["Startup Cost"].number();
  for (const auto child : node["Plans"].elements()) {
    if (const auto found = startup_cost(child, index)) return found;
  }
  return std::nullopt;
}

/// The height where keys of all usual widths give the same one.
std::optional<std::int64_t> certain_height(const model::Index& index, std::int64_t block_bytes) {
  constexpr double narrow = 4, wide = 200;
  const double pages = static_cast<double>(index.size_bytes) / static_cast<double>(block_bytes);
  const int lowest = shadow::btree_height(pages, narrow);
  if (lowest != shadow::btree_height(pages, wide)) return std::nullopt;
  return lowest;
}

std::string scan_of(const model::Table& table, const model::Index& index) {
  std::string order;
  for (const auto& part : index.parts) {
    order += order.empty() ? "" : ", ";
    order += part.column.empty() ? part.expression : sql::quote_identifier(part.column);
    order += part.descending ? " DESC" : "";
    order += part.nulls_first ? " NULLS FIRST" : " NULLS LAST";
  }
  return "EXPLAIN (FORMAT JSON) SELECT FROM ONLY " +
         sql::quote_qualified(table.schema, table.name) +
         (index.predicate.empty() ? "" : " WHERE " + index.predicate) + " ORDER BY " + order;
}

std::optional<std::int64_t> height_of(Collector& c, const model::Table& table,
                                      const model::Index& index) {
  const auto rows = c.read_if_possible(scan_of(table, index));
  if (!rows || rows->empty()) return std::nullopt;
  const auto document = json::Document::parse(rows->text(0, 0));
  if (!document.ok()) return std::nullopt;
  const auto plans = document->root().elements();
  if (plans.empty()) return std::nullopt;
  const auto cost = startup_cost(plans.front()["Plan"], index.name);
  constexpr double level_cost = 50;
  if (!cost || *cost < level_cost) return std::nullopt;
  return static_cast<std::int64_t>(std::floor(*cost / level_cost)) - 1;
}

}  // namespace

void collect_heights(Collector& c) {
  // Each question takes a millisecond; a schema with more large indexes than this is estimated.
  constexpr int asked_at_most = 3000;
  std::unordered_map<std::int64_t, model::PlannerRelation*> relations;
  for (auto& relation : c.snapshot.planner->relations) relations[relation.id] = &relation;
  if (!c.read_if_possible(only_index_scans)) return;
  int asked = 0;
  for (const auto& table : c.snapshot.schema.tables) {
    for (const auto& index : table.indexes) {
      const auto at = relations.find(index.id);
      const bool has_tree = index.method == "btree" && table.kind != model::TableKind::partitioned;
      if (at == relations.end() || !has_tree || table.temporary || !index.usable()) continue;
      auto height = certain_height(index, c.snapshot.server.block_bytes);
      if (!height && !c.stopped() && ++asked <= asked_at_most) height = height_of(c, table, index);
      // Else what the file says: it may be older than the tree.
      if (height) at->second->height = height;
    }
  }
  c.read_if_possible(usual_scans);
}

}  // namespace whet::engine::postgres
