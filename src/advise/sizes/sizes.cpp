#include "advise/sizes/sizes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "advise/sizes/btree.h"
#include "advise/sizes/expression.h"
#include "advise/sizes/keys.h"
#include "advise/sizes/layout.h"
#include "advise/sizes/others.h"
#include "advise/sizes/predicate.h"
#include "base/text.h"

namespace whet::advise {

namespace {

using Statistics = std::vector<const model::ExtendedStatistics*>;

/// Types whose equal values may differ in their bytes: their operator classes have no "equalimage"
/// function (the manual, "B-Tree Indexes: Deduplication"; pg_amproc of 15 and 18).
constexpr std::array<std::string_view, 14> never_joined{
    "float4", "float8", "numeric", "interval", "jsonb", "tsvector", "tsquery",
    "citext", "hstore", "ltree",   "cube",     "seg",   "record",   "semver"};

bool joinable(const model::Table& table, const model::IndexPart& part) {
  std::string_view type;
  if (!part.expression.empty()) {
    const ExpressionFacts facts = expression_facts(table, part.expression);
    type = facts.keeps_width && facts.column != nullptr ? facts.column->base_type : facts.type;
  } else if (const model::Column* column = table.column(part.column)) {
    if (column->type_kind == "array" || column->type_kind == "range" ||
        column->type_kind == "composite" || column->base_type.ends_with("[]"))
      return false;
    const bool same_collation =
        part.collation.empty() || column->collation.empty() || part.collation == column->collation;
    if (column->equal_may_differ && same_collation) return false;
    type = column->base_type;
  }
  return std::find(never_joined.begin(), never_joined.end(), type) == never_joined.end() &&
         !type.ends_with("range");
}

bool deduplicates(const model::Table& table, const model::Index& index) {
  // nbtsort.c joins nothing while it builds a unique index, not even NULLs.
  if (index.unique || index.primary || !index.includes.empty()) return false;
  const auto option = index.options.find("deduplicate_items");
  if (option != index.options.end() && (option->second == "off" || option->second == "false"))
    return false;
  return std::all_of(index.parts.begin(), index.parts.end(),
                     [&](const model::IndexPart& part) { return joinable(table, part); });
}

double rows_of(const model::Table& table) {
  return std::max(0.0, table.row_estimate.value_or(table.rows()));
}

int fillfactor(const model::Index& index, int otherwise) {
  const auto at = index.options.find("fillfactor");
  const auto own = at == index.options.end() ? std::nullopt : text::to_int(at->second);
  return own ? static_cast<int>(std::clamp<std::int64_t>(*own, 10, 100)) : otherwise;
}

std::vector<Field> key_fields(const model::Table& table, const model::Index& index) {
  std::vector<Field> fields;
  for (const model::IndexPart& part : index.parts) fields.push_back(field_of(table, part));
  return fields;
}

BtreeInput btree_input(const model::Table& table, const model::Index& index,
                       const PredicateEffect& effect, double entries,
                       const Statistics& statistics) {
  BtreeInput input;
  input.entries = entries;
  input.fillfactor = fillfactor(index, 90);
  input.deduplicates = deduplicates(table, index);
  input.keys = key_classes(table, index, effect, statistics);
  input.fields = key_fields(table, index);
  input.key_fields = input.fields.size();
  input.first_part_keys = present(part_classes(table, index.parts.front(), 0, effect), entries);
  for (const std::string& name : index.includes) {
    const model::Column* column = table.column(name);
    input.fields.push_back(column != nullptr ? field_of(*column) : Field{});
    const auto held = effect.columns.find(name);
    const double nulls = column != nullptr && column->stats ? column->stats->null_fraction : 0;
    input.null_fractions.push_back(held == effect.columns.end() ? nulls
                                   : held->second == Held::null ? 1
                                                                : 0);
  }
  return input;
}

IndexSize sized(const model::Table& table, const model::Index& index,
                const Statistics& statistics) {
  IndexSize size;
  if (index.parts.empty()) return size;
  const PredicateEffect effect = predicate_effect(table, index.predicate);
  size.entries = std::round(rows_of(table) * effect.share);
  if (!index.predicate.empty() && index.row_estimate > 0) size.entries = index.row_estimate;
  if (index.method == "hash") {
    size.pages = hash_pages(key_classes(table, index, effect, statistics), size.entries,
                            fillfactor(index, 75));
  } else if (index.method == "brin") {
    size.pages = brin_pages(table, index);
  } else if (index.method == "gin") {
    size.pages = gin_pages(table, index, size.entries);
  } else if (index.method == "gist" || index.method == "spgist") {
    size.pages = gist_pages(key_fields(table, index), size.entries);
  } else {
    const BtreePages pages =
        btree_pages(btree_input(table, index, effect, size.entries, statistics));
    size.pages = 1 + pages.leaves + pages.inner;
    size.height = pages.height;
  }
  return size;
}

void add_leaves(const Facts& facts, const model::Table& table, const model::Index& index,
                IndexSize& sum, int depth) {
  constexpr int deepest = 32;
  const auto& children = facts.children(table.id);
  if (table.kind != model::TableKind::partitioned || children.empty() || depth > deepest) {
    Statistics statistics;
    for (const auto& one : facts.schema().extended_statistics)
      if (one.table == table.id) statistics.push_back(&one);
    const IndexSize size = sized(table, index, statistics);
    sum.pages += size.pages;
    sum.entries += size.entries;
    sum.height = std::max(sum.height, size.height);
    return;
  }
  // The estimate that a caller set is of the whole tree.
  model::Index part = index;
  for (const model::Table* child : children) {
    part.row_estimate = index.row_estimate * rows_of(*child) / std::max(rows_of(table), 1.0);
    add_leaves(facts, *child, part, sum, depth + 1);
  }
}

}  // namespace

IndexSize index_size(const model::Table& table, const model::Index& index) {
  return sized(table, index, {});
}

IndexSize index_size(const Facts& facts, const model::Table& table, const model::Index& index) {
  IndexSize sum;
  add_leaves(facts, table, index, sum, 0);
  return sum;
}

}  // namespace whet::advise
