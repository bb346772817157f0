// Sizes and counters of collections, and who uses which index: each data-bearing member counts by
// itself.
#include <algorithm>
#include <string>

#include "engine/mongodb/collector.h"
#include "engine/mongodb/schema_parts.h"
#include "model/delta.h"

namespace whet::engine::mongodb {

namespace {

using mql::Value;

/// So many collections are asked for everything. A server makes 20 kB of figures for each index
/// then, which takes it as long as all the other questions together; so of further ones it is asked
/// only when they are large.
constexpr std::size_t all_figures_at_most = 300;
constexpr std::int64_t large_documents = 1000;
/// In the window so many collections are read again.
constexpr std::size_t windows_at_most = 200;

Value aggregate(std::string_view collection, std::vector<Value> stages) {
  return Value::object({{"aggregate", Value::of(collection)},
                        {"pipeline", Value::array(std::move(stages))},
                        {"cursor", Value::object({})}});
}

/// Only what is kept: the whole answer has 20 kB for each index.
Value wanted_parts() {
  Value parts = Value::object(
      {{"latencyStats", Value::of(1)}, {"queryExecStats", Value::of(1)}, {"shard", Value::of(1)}});
  for (const auto* part :
       {"size", "count", "storageSize", "freeStorageSize", "indexSizes", "indexBuilds"})
    parts.set("storageStats." + std::string(part), Value::of(1));
  const Value free = Value::object(
      {{"input", Value::object({{"$objectToArray", Value::of("$storageStats.indexDetails")}})},
       {"in", Value::object({{"k", Value::of("$$this.k")},
                             {"v", Value::of("$$this.v.block-manager.file bytes available for "
                                             "reuse")}})}});
  parts.set("free", Value::object({{"$map", free}}));
  return parts;
}

Value stats_stage(const char* more) {
  Value parts =
      Value::object({{"latencyStats", Value::object({})}, {"queryExecStats", Value::object({})}});
  if (more != nullptr) parts.set(more, Value::object({}));
  return Value::object({{"$collStats", parts}});
}

/// False when it could not be asked.
bool collect_all_figures(Collector& c, model::Table& table) {
  const auto documents = c.query(
      "sizes and counters of collections", table.schema,
      aggregate(table.name,
                {stats_stage("storageStats"), Value::object({{"$project", wanted_parts()}})}),
      c.grant("clusterMonitor"));
  if (!documents) return false;
  for (const auto& document : *documents) {
    add_sizes(table, document);
    add_counters(table.total, document);
  }
  return true;
}

/// Documents and counters, and everything of a large one.
bool collect_few_figures(Collector& c, model::Table& table) {
  const auto documents =
      c.query("sizes and counters of collections", table.schema,
              aggregate(table.name, {stats_stage("count")}), c.grant("clusterMonitor"));
  std::int64_t count = 0;
  if (documents) {
    for (const auto& document : *documents) count += document.integer_at("count");
  }
  // A time series has no count.
  if (!documents || count >= large_documents) return collect_all_figures(c, table);
  for (const auto& document : *documents) add_counters(table.total, document);
  table.live_rows = count;
  table.row_estimate = static_cast<double>(count);
  return false;
}

void keep_counters(model::TableCounters& counters, const TopCounters& top) {
  counters.inserts = top.inserts;
  counters.updates = top.updates;
  counters.deletes = top.deletes;
}

std::optional<Top> read_top(Collector& c) {
  if (c.connection.mongos()) return std::nullopt;
  const auto reply = c.run("use of collections (top)", "admin",
                           Value::object({{"top", Value::of(1)}}), c.grant("clusterMonitor"));
  if (!reply) return std::nullopt;
  return top_of(*reply);
}

void add_use(model::Table& table, const std::vector<Value>& documents, double now,
             const std::string& member) {
  for (const auto& document : documents) {
    model::Index* index = Collector::index(table, document.string_at("name"));
    if (index == nullptr) continue;
    index->building |= document.flag_at("building");
    index->members.push_back(use_of(document, now, member));
    index->total.scans += index->members.back().scans;
  }
}

Value use_command(const model::Table& table) {
  return aggregate(table.name, {Value::object({{"$indexStats", Value::object({})}})});
}

/// On a server of its own the member is the target itself; a mongos' answer names who answered.
std::string own_name(const Collector& c) {
  if (c.connection.mongos()) return {};
  const Identity& identity = c.connection.identity();
  return identity.self.empty() ? identity.primary : identity.self;
}

void collect_own_use(Collector& c, const std::vector<std::size_t>& order) {
  // Shards are asked member by member, where that is allowed.
  if (c.connection.mongos() && !c.members.empty()) return;
  const Budget budget(c.connection, c.round_trip, seconds_for_collections);
  const std::string self = own_name(c);
  for (const std::size_t i : order) {
    if (c.stopped() || budget.spent()) break;
    auto& table = c.snapshot.schema.tables[i];
    if (table.indexes.empty()) continue;
    if (const auto documents =
            c.query("use of indexes", table.schema, use_command(table), c.grant("clusterMonitor")))
      add_use(table, *documents, c.now, self);
  }
}

void lose(Collector& c, Member& member, const Error& error) {
  if (error.kind == ErrorKind::interrupted) c.failure = error;
  c.note("use of indexes on " + member.address, error.message,
         error.hint.empty() ? c.grant("clusterMonitor") : error.hint);
}

void collect_member_use(Collector& c, Member& member, const std::vector<std::size_t>& order) {
  const Budget budget(*member.connection, c.round_trip, seconds_for_collections);
  for (const std::size_t i : order) {
    if (c.stopped() || budget.spent()) return;
    auto& table = c.snapshot.schema.tables[i];
    if (table.indexes.empty()) continue;
    const auto documents = member.connection->query(table.schema, use_command(table), &c.progress);
    if (documents) {
      add_use(table, *documents, c.now, member.address);
      continue;
    }
    const Error& error = documents.error();
    if (error.sqlstate == "26") continue;  // dropped meanwhile, or not on this shard
    lose(c, member, error);
    if (!member.connection->alive()) member.connection.reset();
    return;
  }
}

}  // namespace

void collect_sizes(Collector& c) {
  auto& tables = c.snapshot.schema.tables;
  if (auto top = read_top(c)) c.top = *std::move(top);
  const auto order = most_used(tables, c.top, collections_at_most);
  const Budget budget(c.connection, c.round_trip, seconds_for_collections);
  std::size_t asked = 0;
  for (const std::size_t i : order) {
    if (c.stopped() || budget.spent()) break;
    c.progress.report("reading sizes",
                      static_cast<double>(asked) / static_cast<double>(order.size()));
    const bool known = asked++ < all_figures_at_most ? collect_all_figures(c, tables[i])
                                                     : collect_few_figures(c, tables[i]);
    tables[i].sizes_skipped = !known;
    const auto top = c.top.find(tables[i].qualified());
    if (top != c.top.end()) keep_counters(tables[i].total, top->second);
  }
  if (asked < tables.size()) {
    for (std::size_t k = asked; k < order.size(); ++k) tables[order[k]].sizes_skipped = true;
    c.note("sizes of " + std::to_string(tables.size() - asked) + " rarely used collections",
           "There are " + std::to_string(tables.size()) +
               " collections, and asking for all of them would cost the server too much.",
           "Name one database in the URL.");
  }
  collect_own_use(c, order);
  for (auto& member : c.members) {
    if (member.connection) collect_member_use(c, member, order);
  }
}

void sample_usage(Collector& c, Sample sample) {
  if (sample == Sample::first) return;  // collect_sizes has read it
  auto& tables = c.snapshot.schema.tables;
  const auto later = read_top(c);
  std::vector<std::size_t> used;
  if (later) {
    used = used_between(tables, c.top, *later);
  } else {
    used = most_used(tables, c.top, windows_at_most);
  }
  if (used.size() > windows_at_most) used.resize(windows_at_most);
  for (const std::size_t i : used) {
    if (c.stopped()) return;
    auto& table = tables[i];
    const auto documents =
        c.query("counters of collections in the window", table.schema,
                aggregate(table.name, {stats_stage(nullptr)}), c.grant("clusterMonitor"));
    if (!documents) continue;
    model::TableCounters now;
    for (const auto& document : *documents) add_counters(now, document);
    if (later) {
      const auto top = later->find(table.qualified());
      if (top != later->end()) keep_counters(now, top->second);
    }
    table.window = model::counters_between(table.total, now);
    table.total = now;
  }
}

}  // namespace whet::engine::mongodb
