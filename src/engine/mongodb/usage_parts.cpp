#include "engine/mongodb/usage_parts.h"

#include <algorithm>
#include <tuple>

namespace whet::engine::mongodb {

namespace {

std::string without_buckets(const std::string& ns) {
  constexpr std::string_view mark = ".system.buckets.";
  const std::size_t at = ns.find(mark);
  return at == std::string::npos ? ns : ns.substr(0, at + 1) + ns.substr(at + mark.size());
}

const TopCounters& counters_of(const Top& top, const model::Table& table) {
  static const TopCounters none;
  const auto at = top.find(table.qualified());
  return at == top.end() ? none : at->second;
}

}  // namespace

Top top_of(const mql::Value& reply) {
  Top top;
  const mql::Value* totals = reply.find("totals");
  if (totals == nullptr || !totals->is_object()) return top;
  for (const auto& field : totals->fields) {
    if (!field.value.is_object()) continue;
    TopCounters& counters = top[without_buckets(field.name)];
    counters.operations += field.value.integer_at("total.count");
    counters.milliseconds += field.value.number_at("total.time") / 1000;
    counters.inserts += field.value.integer_at("insert.count");
    counters.updates += field.value.integer_at("update.count");
    counters.deletes += field.value.integer_at("remove.count");
  }
  return top;
}

std::vector<std::size_t> most_used(const std::vector<model::Table>& tables, const Top& top,
                                   std::size_t at_most) {
  std::vector<std::size_t> order(tables.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto weight = [&](std::size_t i) {
    const TopCounters& counters = counters_of(top, tables[i]);
    return std::make_tuple(counters.operations, tables[i].data_bytes);
  };
  // The tables are sorted by name.
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return weight(a) > weight(b); });
  if (order.size() > at_most) order.resize(at_most);
  return order;
}

std::vector<std::size_t> used_between(const std::vector<model::Table>& tables, const Top& earlier,
                                      const Top& later) {
  std::vector<std::size_t> used;
  for (std::size_t i = 0; i < tables.size(); ++i) {
    if (counters_of(later, tables[i]).operations > counters_of(earlier, tables[i]).operations)
      used.push_back(i);
  }
  return used;
}

}  // namespace whet::engine::mongodb
