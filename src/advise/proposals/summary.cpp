// BRIN: a few bytes for every 128 pages. Useful where neighbours in the table have like values.
#include <algorithm>
#include <array>
#include <cmath>

#include "advise/proposals/operands.h"

namespace whet::advise {

namespace {

// Below this, a scan is over before an index pays: 32 MB with the usual pages.
constexpr double big_table_pages = 4096;
constexpr double close_correlation = 0.9;

// Types with a minmax operator class in 15 (pg_opclass, brin, opcdefault).
constexpr auto ordered = std::to_array<std::string_view>(
    {"int2",   "int4",      "int8",        "float4",   "float8", "numeric", "date",    "time",
     "timetz", "timestamp", "timestamptz", "interval", "text",   "varchar", "bpchar",  "uuid",
     "bytea",  "oid",       "bit",         "varbit",   "name",   "macaddr", "macaddr8"});

// The weakest correlation of the column in any of the heaps; nothing when one has no statistics.
// A partitioned table's own statistics are of all partitions together, which no index is on.
std::optional<double> correlation_of(const Facts& facts, const model::Table& table,
                                     const std::string& name) {
  std::optional<double> weakest;
  const auto& parts = facts.children(table.id);
  if (table.kind != model::TableKind::partitioned) {
    const model::Column* column = table.column(name);
    if (column == nullptr || !column->stats || !column->stats->correlation) return std::nullopt;
    weakest = std::abs(*column->stats->correlation);
  }
  for (const model::Table* part : parts) {
    if (!part->is_partition || pages_of(facts, *part) == 0) continue;
    const auto below = correlation_of(facts, *part, name);
    if (!below) return std::nullopt;
    weakest = std::min(weakest.value_or(1), *below);
  }
  return weakest;
}

}  // namespace

void propose_summaries(const Facts& facts, const model::ShapeRelation& used,
                       const model::Table& table, std::vector<Proposal>& out) {
  if (pages_of(facts, table) < big_table_pages) return;
  MethodProposals made(table, "brin", out);
  for (const model::Predicate& predicate : used.predicates) {
    if (predicate.kind != model::PredicateKind::range || predicate.negated) continue;
    const model::Column* column = table.column(predicate.column);
    if (column == nullptr ||
        std::find(ordered.begin(), ordered.end(), column->base_type) == ordered.end())
      continue;
    if (correlation_of(facts, table, predicate.column).value_or(0) > close_correlation)
      made.add({column_part(predicate.column)}, "");
  }
}

}  // namespace whet::advise
