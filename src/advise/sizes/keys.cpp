#include "advise/sizes/keys.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>

#include "advise/sizes/expression.h"
#include "advise/sizes/tail.h"

namespace whet::advise {

namespace {

constexpr double unlimited = 1e15;
constexpr double unknown_distinct = 200;               // selfuncs.h: DEFAULT_NUM_DISTINCT
constexpr double in_row_order = 0.99, in_runs = 0.95;  // correlations

double rows_of(const model::Table& table) {
  return std::max(1.0, table.row_estimate.value_or(table.rows()));
}

double distinct_of(const model::ColumnStats& stats, double rows) {
  if (stats.distinct == 0) return std::min(unknown_distinct, rows);
  return std::max(1.0, stats.distinct > 0 ? stats.distinct : -stats.distinct * rows);
}

/// The most common values in runs of neighbours, so that a hundred of them cost no more than ten.
void add_common(const std::vector<double>& frequencies, std::vector<KeyClass>& out) {
  constexpr std::size_t runs = 10;
  const std::size_t step = std::max<std::size_t>(1, (frequencies.size() + runs - 1) / runs);
  for (std::size_t i = 0; i < frequencies.size(); i += step) {
    KeyClass run{.keys = 0, .share = 0, .exact = true};
    for (std::size_t k = i; k < std::min(i + step, frequencies.size()); ++k) {
      run.keys += 1;
      run.share += frequencies[k];
    }
    if (run.share > 0) out.push_back(run);
  }
}

/// What ANALYZE saw: it reads 300 rows, and looks for them on as many pages, for each step of the
/// highest statistics target (analyze.c).
Sample sample_of(const model::Table& table, const model::ColumnStats& stats) {
  constexpr std::int64_t default_target = 100;
  std::int64_t target = table.columns.empty() ? default_target : 0;
  for (const model::Column& column : table.columns)
    target = std::max(target, column.statistics_target.value_or(default_target));
  const double wanted = 300 * static_cast<double>(std::max<std::int64_t>(target, 1));
  const double pages = std::max(1.0, static_cast<double>(table.pages));
  Sample sample;
  sample.table_rows = rows_of(table);
  sample.fraction = std::min(1.0, wanted / sample.table_rows);
  sample.rows = sample.table_rows * (1 - stats.null_fraction);
  sample.common = static_cast<double>(stats.common_frequencies.size());
  sample.distinct = distinct_of(stats, sample.table_rows);
  sample.blocks = std::min(1.0, wanted / pages);
  sample.page_rows = std::max(1.0, sample.table_rows / pages);
  sample.in_runs = std::abs(stats.correlation.value_or(0)) > in_runs;
  return sample;
}

std::vector<KeyClass> classes_of(const model::Table& table, const model::ColumnStats& stats) {
  std::vector<KeyClass> classes;
  add_common(stats.common_frequencies, classes);
  Sample sample = sample_of(table, stats);
  sample.share = 1 - stats.null_fraction;
  for (const double frequency : stats.common_frequencies) sample.share -= frequency;
  // What is left over by rounding in a complete list is no value.
  if (sample.distinct - sample.common >= 0.5 && sample.share > 1e-6)
    for (const KeyClass& one : rest_classes(stats.common_frequencies, sample))
      classes.push_back(one);
  double sum = 0;
  for (const KeyClass& one : classes) sum += one.share;
  for (KeyClass& one : classes) one.share *= (1 - stats.null_fraction) / sum;
  return sum > 0 ? classes : std::vector<KeyClass>{};
}

std::vector<KeyClass> unknown_classes(const model::Column* column, double rows) {
  const bool flag = column != nullptr && column->base_type == "bool";
  return {{.keys = flag ? 2 : std::min(unknown_distinct, rows), .share = 1}};
}

using Group = std::tuple<std::uint32_t, bool, int>;

/// Joins classes of about equal frequency (a fifth apart).
std::vector<KeyClass> merged(const std::vector<KeyClass>& classes) {
  std::map<Group, KeyClass> groups;
  for (const KeyClass& one : classes) {
    if (!(one.share > 1e-12) || !(one.keys > 0)) continue;
    const int level = static_cast<int>(std::floor(std::log2(one.share / one.keys) * 4));
    const auto [at, added] = groups.try_emplace({one.nulls, one.exact, level}, one);
    if (added) continue;
    at->second.keys += one.keys;
    at->second.share += one.share;
  }
  std::vector<KeyClass> out;
  for (const auto& [group, one] : groups) out.push_back(one);
  return out;
}

bool is_constant(const KeyClass& one) { return one.keys == 1 && one.share > 0.999; }

std::vector<KeyClass> combined(const std::vector<KeyClass>& a, const std::vector<KeyClass>& b) {
  if (a.empty()) return b;
  std::vector<KeyClass> all;
  for (const KeyClass& left : a) {
    for (const KeyClass& right : b) {
      all.push_back(
          {.keys = std::min(left.keys * right.keys, unlimited * unlimited),
           .share = left.share * right.share,
           .nulls = left.nulls | right.nulls,
           // Chance meetings are exact only where one side is a constant.
           .exact = left.exact && right.exact && (is_constant(left) || is_constant(right))});
    }
  }
  return merged(all);
}

/// Whether the columns hold those of a constraint or index that keeps them unique and not NULL.
bool holds_unique_key(const model::Table& table, const std::set<std::string>& columns) {
  return std::any_of(table.indexes.begin(), table.indexes.end(), [&](const model::Index& other) {
    if (!other.unique || !other.predicate.empty() || other.invalid) return false;
    return std::all_of(other.parts.begin(), other.parts.end(), [&](const model::IndexPart& part) {
      const model::Column* column = table.column(part.column);
      return column != nullptr && column->not_null && columns.contains(part.column);
    });
  });
}

/// Parts that are combined first, and how many combinations of them there are in the table.
struct Bundle {
  std::vector<std::size_t> parts;
  double distinct = 0;
};

std::optional<Bundle> known_bundle(
    const model::Index& index, const std::vector<const model::ExtendedStatistics*>& statistics) {
  std::optional<Bundle> best;
  for (const auto* one : statistics) {
    for (const model::DistinctCount& count : one->distinct) {
      Bundle bundle;
      bundle.distinct = count.count;
      for (std::size_t i = 0; i < index.parts.size(); ++i) {
        const auto& column = index.parts[i].column;
        if (std::find(count.columns.begin(), count.columns.end(), column) != count.columns.end())
          bundle.parts.push_back(i);
      }
      if (bundle.parts.size() != count.columns.size()) continue;
      if (!best || bundle.parts.size() > best->parts.size()) best = std::move(bundle);
    }
  }
  return best;
}

Bundle ordered_bundle(const model::Table& table, const model::Index& index) {
  Bundle bundle;
  for (std::size_t i = 0; i < index.parts.size(); ++i) {
    const model::Column* column = table.column(index.parts[i].column);
    if (column == nullptr || !column->stats) continue;
    if (std::abs(column->stats->correlation.value_or(0)) <= in_row_order) continue;
    bundle.parts.push_back(i);
    bundle.distinct += distinct_of(*column->stats, rows_of(table)) - 1;
  }
  bundle.distinct += 1;
  return bundle;
}

/// The parts of the bundle with no more combinations than it says.
std::vector<KeyClass> bundled(const Bundle& bundle, double rows, bool exactly,
                              const std::vector<std::vector<KeyClass>>& parts) {
  std::vector<KeyClass> classes;
  for (const std::size_t i : bundle.parts) classes = combined(classes, parts[i]);
  const double wanted = std::min(bundle.distinct, rows);
  if (bundle.parts.size() > 1 && (exactly || present(classes, rows) > wanted))
    scale_to(classes, rows, wanted);
  return classes;
}

}  // namespace

double KeyClass::present(double entries) const {
  if (exact) return keys;
  return keys * -std::expm1(-entries * share / keys);
}

double present(const std::vector<KeyClass>& classes, double entries) {
  double sum = 0;
  for (const KeyClass& one : classes) sum += one.present(entries);
  return sum;
}

std::vector<KeyClass> part_classes(const model::Table& table, const model::IndexPart& part,
                                   std::size_t position, const PredicateEffect& effect) {
  const auto held = effect.columns.find(part.column);
  const bool is_held = held != effect.columns.end() && !part.column.empty();
  const std::uint32_t bit = position < 32 ? 1U << position : 0;
  if (is_held && held->second == Held::null) return {{.nulls = bit, .exact = true}};
  if (is_held && held->second == Held::constant) return {{.exact = true}};
  const model::Column* column = table.column(part.column);
  if (!part.expression.empty()) {
    const ExpressionFacts facts = expression_facts(table, part.expression);
    column = facts.keeps_values ? facts.column : nullptr;
  }
  if (column == nullptr || !column->stats) return unknown_classes(column, rows_of(table));
  auto classes = classes_of(table, *column->stats);
  const double nulls = column->stats->null_fraction;
  if (is_held && nulls < 1) {
    for (KeyClass& one : classes) one.share /= 1 - nulls;
  } else if (nulls > 0) {
    classes.push_back({.keys = 1, .share = nulls, .nulls = bit, .exact = true});
  }
  return classes;
}

std::vector<KeyClass> key_classes(const model::Table& table, const model::Index& index,
                                  const PredicateEffect& effect,
                                  const std::vector<const model::ExtendedStatistics*>& statistics) {
  std::vector<std::vector<KeyClass>> parts;
  std::set<std::string> columns;
  bool fixed = false;
  for (std::size_t i = 0; i < index.parts.size(); ++i) {
    parts.push_back(part_classes(table, index.parts[i], i, effect));
    columns.insert(index.parts[i].column);
    fixed = fixed || effect.columns.contains(index.parts[i].column);
  }
  if (parts.size() == 1) return parts.front();
  const double rows = rows_of(table);
  const auto known = fixed ? std::nullopt : known_bundle(index, statistics);
  const Bundle bundle = known ? *known : fixed ? Bundle{} : ordered_bundle(table, index);
  std::vector<KeyClass> classes = bundled(bundle, rows, known.has_value(), parts);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (std::find(bundle.parts.begin(), bundle.parts.end(), i) == bundle.parts.end())
      classes = combined(classes, parts[i]);
  }
  if (holds_unique_key(table, columns)) {
    for (KeyClass& one : classes) one.keys = unlimited, one.exact = false;
  }
  return classes;
}

}  // namespace whet::advise
