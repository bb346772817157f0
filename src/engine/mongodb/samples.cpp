// A few documents of each collection, read with bounded questions, for what their paths hold.
#include <algorithm>
#include <cmath>
#include <set>

#include "engine/mongodb/collector.h"
#include "engine/mongodb/sample_plan.h"
#include "engine/mongodb/sample_statistics.h"

namespace whet::engine::mongodb {

namespace {

using mql::Value;

/// All of it together.
constexpr std::size_t sampled_at_most = 1000;
constexpr std::int64_t bytes_at_most = 96LL << 20U;
/// One question.
constexpr double statement_seconds = 3;

void keep(model::Table& table, const std::vector<Value>& documents, const Collector& c) {
  SampleRequest request;
  request.rows = table.rows();
  request.complete =
      table.row_estimate && static_cast<double>(documents.size()) >= *table.row_estimate;
  request.with_values = c.options.with_samples || c.options.planner_facts;
  SampledCollection sampled = statistics_of(documents, request);
  table.sample = sampled.sample;
  table.columns = std::move(sampled.columns);
}

/// Natural order is the order of insertion; a random sample comes in none, so _id stands in.
void put_in_order(std::vector<Value>& documents, const SamplePlan& plan) {
  if (!plan.random) return;
  std::stable_sort(documents.begin(), documents.end(), [](const Value& a, const Value& b) {
    const Value* left = a.find("_id");
    const Value* right = b.find("_id");
    if (left == nullptr || right == nullptr) return right != nullptr;
    return mql::compare(*left, *right) < 0;
  });
}

/// False when no more shall be read of that database.
bool sample_table(Collector& c, model::Table& table) {
  const SamplePlan plan = plan_sample(table, c.options.documents_at_most);
  if (plan.documents <= 0) return true;
  const std::size_t noted = c.snapshot.not_collected.size();
  auto documents =
      c.query("documents of " + table.schema, table.schema, sample_command(table, plan),
              c.grant("read", table.schema), plan.documents);
  if (!documents) return c.snapshot.not_collected.size() == noted;
  put_in_order(*documents, plan);
  keep(table, *documents, c);
  return true;
}

}  // namespace

void collect_samples(Collector& c) {
  if (c.options.documents_at_most <= 0 || c.stopped()) return;
  auto& tables = c.snapshot.schema.tables;
  const auto order = most_used(tables, c.top, sampled_at_most);
  const model::CollectionCost before = c.connection.cost();
  const Budget budget(c.connection, c.round_trip, seconds_for_collections);
  const double usual = c.connection.statement_timeout();
  if (usual <= 0 || usual > statement_seconds)
    c.connection.set_statement_timeout(statement_seconds);
  std::set<std::string> refused;
  std::size_t asked = 0;
  for (const std::size_t i : order) {
    const auto received = c.connection.cost().received_bytes - before.received_bytes;
    if (c.stopped() || budget.spent() || received > bytes_at_most) break;
    c.progress.report("sampling documents",
                      static_cast<double>(asked++) / static_cast<double>(order.size()));
    if (refused.contains(tables[i].schema)) continue;
    if (!sample_table(c, tables[i])) refused.insert(tables[i].schema);
  }
  c.connection.set_statement_timeout(usual);
  if (asked < tables.size() && !c.stopped()) {
    c.note("documents of " + std::to_string(tables.size() - asked) + " rarely used collections",
           "Sampling all of them would cost the server too much.", "Name one database in the URL.");
  }
}

}  // namespace whet::engine::mongodb
