// How full the plan caches of the busiest collections are.
#include <algorithm>

#include "engine/mongodb/collector.h"

namespace whet::engine::mongodb {

namespace {

using mql::Value;

/// The others hardly have plans to lose.
constexpr std::size_t collections_at_most = 50;

Value count_command(const model::Table& table) {
  const Value one_each = Value::object({{"$sum", Value::of(1)}});
  const Value bytes = Value::object({{"$sum", Value::of("$estimatedSizeBytes")}});
  return Value::object(
      {{"aggregate", Value::of(table.name)},
       {"pipeline", Value::array({Value::object({{"$planCacheStats", Value::object({})}}),
                                  Value::object({{"$group", Value::object({{"_id", Value::null()},
                                                                           {"entries", one_each},
                                                                           {"bytes", bytes}})}})})},
       {"cursor", Value::object({})}});
}

std::vector<const model::Table*> busiest(const model::Snapshot& snapshot) {
  std::vector<const model::Table*> out;
  for (const model::Table& table : snapshot.schema.tables) {
    if (table.total.reads + table.total.writes > 0) out.push_back(&table);
  }
  std::stable_sort(out.begin(), out.end(), [](const auto* a, const auto* b) {
    return a->total.reads + a->total.writes > b->total.reads + b->total.writes;
  });
  if (out.size() > collections_at_most) out.resize(collections_at_most);
  return out;
}

void add_status(model::Server& server, std::string name, double total) {
  model::StatusValue value;
  value.name = std::move(name);
  value.total = total;
  const auto place = std::lower_bound(
      server.status.begin(), server.status.end(), value,
      [](const model::StatusValue& a, const model::StatusValue& b) { return a.name < b.name; });
  server.status.insert(place, std::move(value));
}

}  // namespace

void collect_plan_cache(Collector& c) {
  if (c.connection.mongos()) return;  // each shard has its own
  for (const model::Table* table : busiest(c.snapshot)) {
    if (c.stopped()) return;
    const auto counts =
        c.query("plan caches", table->schema, count_command(*table), c.grant("clusterMonitor"));
    if (!counts) return;  // nor will the next one be allowed
    for (const Value& count : *counts) {
      const std::string prefix = "planCache." + table->qualified();
      add_status(c.snapshot.server, prefix + ".bytes", count.number_at("bytes"));
      add_status(c.snapshot.server, prefix + ".entries", count.number_at("entries"));
    }
  }
}

}  // namespace whet::engine::mongodb
