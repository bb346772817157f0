// BRIN: a few bytes for every 128 pages. Useful where neighbours in the table have like values.
#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "advise/proposals/operands.h"

namespace whet::advise {

namespace {

// Below this, a scan is over before an index pays: 32 MB with the usual pages.
constexpr double big_table_pages = 4096;
constexpr double close_correlation = 0.9;
// The planner expects something of a BRIN index from little correlation on.
constexpr double some_correlation = 0.1;

// Types with a minmax operator class in 15 (pg_opclass, brin, opcdefault).
constexpr auto ordered = std::to_array<std::string_view>(
    {"int2",   "int4",      "int8",        "float4",   "float8", "numeric", "date",    "time",
     "timetz", "timestamp", "timestamptz", "interval", "text",   "varchar", "bpchar",  "uuid",
     "bytea",  "oid",       "bit",         "varbit",   "name",   "macaddr", "macaddr8"});

// ANALYZE sorts equal values by where they lie, so that few values look ordered when they are not:
// values strewn at random with shares f have a correlation of the sum of f^2 (compute_scalar_stats
// in analyze.c). What is left above that is order.
double order_of(const model::ColumnStats& stats, double rows) {
  double by_chance = 0;
  double rest = 1;
  for (const double share : stats.common_frequencies) {
    by_chance += share * share;
    rest -= share;
  }
  const double distinct = stats.distinct >= 0 ? stats.distinct : -stats.distinct * rows;
  const double others = distinct - static_cast<double>(stats.common_frequencies.size());
  if (others >= 1 && rest > 0) by_chance += rest * rest / others;
  constexpr double one_value = 0.99;
  if (by_chance > one_value) return 0;
  return (std::abs(*stats.correlation) - by_chance) / (1 - by_chance);
}

// The weakest order of the column in any of the heaps; nothing when one has no statistics.
// A partitioned table's own statistics are of all partitions together, which no index is on.
std::optional<double> correlation_of(const Facts& facts, const model::Table& table,
                                     const std::string& name, bool as_it_is) {
  std::optional<double> weakest;
  const auto& parts = facts.children(table.id);
  if (table.kind != model::TableKind::partitioned) {
    const model::Column* column = table.column(name);
    if (column == nullptr || !column->stats || !column->stats->correlation) return std::nullopt;
    weakest =
        as_it_is ? std::abs(*column->stats->correlation) : order_of(*column->stats, table.rows());
  }
  for (const model::Table* part : parts) {
    if (!part->is_partition || pages_of(facts, *part) == 0) continue;
    const auto below = correlation_of(facts, *part, name, as_it_is);
    if (!below) return std::nullopt;
    weakest = std::min(weakest.value_or(1), *below);
  }
  return weakest;
}

// Columns whose values a block range can be skipped by: bounded, fixed or joined.
std::set<std::string> compared_columns(const model::ShapeRelation& used) {
  std::set<std::string> columns;
  for (const model::Predicate& predicate : used.predicates) {
    using Kind = model::PredicateKind;
    const bool fits = predicate.kind == Kind::range ||
                      (!predicate.negated &&
                       (predicate.kind == Kind::equality || predicate.kind == Kind::membership));
    if (fits && !(predicate.negated && predicate.kind != Kind::range))
      columns.insert(predicate.column);
  }
  for (const model::JoinEdge& edge : used.joins) {
    if (edge.op == "=") columns.insert(edge.column);
  }
  return columns;
}

}  // namespace

void propose_summaries(const Facts& facts, const model::ShapeRelation& used,
                       const model::Table& table, const ProposalLimits& limits,
                       std::vector<Proposal>& out) {
  if (pages_of(facts, table) < big_table_pages) return;
  MethodProposals made(table, "brin", out);
  const double wanted = limits.trust_planner ? some_correlation : close_correlation;
  for (const std::string& name : compared_columns(used)) {
    const model::Column* column = table.column(name);
    if (column == nullptr ||
        std::find(ordered.begin(), ordered.end(), column->base_type) == ordered.end())
      continue;
    if (correlation_of(facts, table, name, limits.trust_planner).value_or(0) > wanted)
      made.add({column_part(name)}, "");
  }
}

}  // namespace whet::advise
