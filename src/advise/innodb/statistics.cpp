#include "advise/innodb/statistics.h"

#include <algorithm>
#include <cmath>

#include "advise/innodb/values.h"
#include "base/text.h"

namespace whet::advise::innodb {

namespace {

using model::PredicateKind;

// The server's own guesses where it has no statistics (sql/item.h, COND_FILTER_*).
constexpr double filter_equality = 0.1;
constexpr double filter_inequality = 1.0 / 3;
constexpr double filter_between = 1.0 / 9;
constexpr double filter_pattern = 1.0 / 9;
constexpr double most_of_list = 0.5;
// Ours: what an index dive finds is not known before, but ranges that statements ask for are small.
constexpr double unknown_distinct = 200;
constexpr double unknown_two_bounds = 0.05;
constexpr double unknown_prefix = 0.05;
constexpr double unknown_list = 3;
constexpr double unlike = 0.9;

const model::ColumnStats* stats_of(const model::Table& table, const std::string& column) {
  const model::Column* known = table.column(column);
  return known != nullptr && known->stats ? &*known->stats : nullptr;
}

bool is_upper(const std::string& op) { return op == "<" || op == "<="; }
bool is_lower(const std::string& op) { return op == ">" || op == ">="; }

double histogram_distinct(const model::ColumnStats& stats) {
  if (stats.histogram_kind == "singleton") return static_cast<double>(stats.histogram.size());
  double sum = 0;
  for (const model::HistogramBucket& bucket : stats.histogram) {
    // What the server counted in its sample may be more than there can be.
    const double most = values_between(bucket.low, bucket.high).value_or(bucket.distinct);
    sum += std::min(bucket.distinct, most);
  }
  return sum;
}

/// By the type alone: the members of an enum, two for a flag.
double type_distinct(const model::Column& column) {
  const std::string type = text::lower(column.type);
  if (type == "tinyint(1)" || type == "bool" || type == "bit(1)") return 2;
  if (type.starts_with("enum(")) return static_cast<double>(text::split(type, ',').size());
  return 0;
}

/// Rows whose text begins with `prefix`: a bucket with both ends in it wholly, with one end or none
/// by half.
double begins_with(const model::ColumnStats& stats, const std::string& prefix) {
  const auto begins = [&](const std::string& value) {
    return text::starts_with_nocase(value, prefix);
  };
  double sum = 0, before = 0;
  for (const model::HistogramBucket& bucket : stats.histogram) {
    const double part = bucket.cumulative - before;
    before = bucket.cumulative;
    const bool low = begins(bucket.low), high = begins(bucket.high);
    const bool inside =
        compare_values(bucket.low, prefix) < 0 && compare_values(bucket.high, prefix) > 0;
    if (low && high) {
      sum += part;
    } else if (low || high || inside) {
      sum += part / 2;
    }
  }
  return sum;
}

std::string literal_prefix(const std::string& pattern) {
  const std::size_t wild = pattern.find_first_of("%_\\");
  return pattern.substr(0, wild);
}

}  // namespace

double value_count(const model::Predicate& predicate) {
  if (predicate.kind != PredicateKind::membership) return 1;
  const auto values = values_in(predicate.constant);
  if (!values.empty()) return static_cast<double>(values.size());
  return predicate.parameters.empty() ? unknown_list
                                      : static_cast<double>(predicate.parameters.size());
}

double Statistics::rows() const {
  return std::max(1.0, table_.row_estimate.value_or(table_.rows()));
}

std::optional<double> Statistics::index_distinct(const std::vector<std::string>& columns) const {
  for (const model::Index& index : table_.indexes) {
    if (columns.size() > index.parts.size()) continue;
    const bool same = std::all_of(columns.begin(), columns.end(), [&](const std::string& column) {
      const auto end = index.parts.begin() + static_cast<std::ptrdiff_t>(columns.size());
      return std::any_of(index.parts.begin(), end, [&](const model::IndexPart& part) {
        return part.column == column && part.prefix_length == 0;
      });
    });
    if (!same) continue;
    if (index.unique && columns.size() == index.parts.size()) return rows();
    if (columns.size() <= index.prefix_distinct.size())
      return std::clamp(index.prefix_distinct[columns.size() - 1], 1.0, rows());
  }
  return std::nullopt;
}

double Statistics::distinct(const std::string& column, bool* guessed) const {
  if (const auto known = index_distinct({column})) return *known;
  if (const model::ColumnStats* stats = stats_of(table_, column)) {
    if (const double seen = histogram_distinct(*stats); seen > 0) return std::min(seen, rows());
    if (stats->distinct > 0) return std::min(stats->distinct, rows());
    if (stats->distinct < 0) return std::max(1.0, -stats->distinct * rows());
  }
  const model::Column* known = table_.column(column);
  if (known != nullptr) {
    if (const double by_type = type_distinct(*known); by_type > 0) return std::min(by_type, rows());
  }
  for (const model::Constraint& constraint : table_.constraints) {
    if (constraint.kind != model::ConstraintKind::foreign_key || constraint.columns.size() != 1 ||
        constraint.columns[0] != column)
      continue;
    if (const model::Table* other = facts_.table(constraint.referenced_table))
      return std::clamp(other->rows(), 1.0, rows());
  }
  if (guessed != nullptr) *guessed = true;
  return std::min(unknown_distinct, rows());
}

double Statistics::distinct(const std::vector<std::string>& columns) const {
  if (columns.empty()) return 1;
  if (columns.size() == 1) return distinct(columns.front());
  if (const auto known = index_distinct(columns)) return *known;
  double most = 1;
  for (const std::string& column : columns) most *= distinct(column);
  if (most > 100 * rows()) return rows();
  return std::max(1.0, most * -std::expm1(-rows() / most));
}

Share Statistics::is_null(const std::string& column) const {
  const model::Column* known = table_.column(column);
  if (known != nullptr && known->not_null) return {0, false};
  const model::ColumnStats* stats = stats_of(table_, column);
  return stats == nullptr ? Share{0.1, true} : Share{stats->null_fraction, false};
}

Share Statistics::one_value(const std::string& column) const {
  bool guessed = false;
  const double values = distinct(column, &guessed);
  const double nulls = is_null(column).guessed ? 0 : is_null(column).part;
  return {(1 - nulls) / values, guessed};
}

std::optional<double> Statistics::equals(const std::string& column,
                                         const std::string& value) const {
  const model::ColumnStats* stats = stats_of(table_, column);
  if (stats == nullptr || stats->histogram.empty()) return std::nullopt;
  double before = 0;
  for (const model::HistogramBucket& bucket : stats->histogram) {
    const double part = bucket.cumulative - before;
    before = bucket.cumulative;
    if (compare_values(value, bucket.high) > 0) continue;
    // A value that no bucket has: as the server has it, nobody (or it came since).
    if (compare_values(value, bucket.low) < 0) return 0;
    return part / std::max(bucket.distinct, 1.0);
  }
  return 0;
}

std::optional<double> Statistics::up_to(const std::string& column, const std::string& value,
                                        bool inclusive) const {
  const model::ColumnStats* stats = stats_of(table_, column);
  if (stats == nullptr || stats->histogram.empty()) return std::nullopt;
  double before = 0;
  for (const model::HistogramBucket& bucket : stats->histogram) {
    if (compare_values(value, bucket.low) < 0) return before;
    const double part = bucket.cumulative - before;
    const int end = compare_values(value, bucket.high);
    if (end < 0) return before + part * position_between(bucket.low, bucket.high, value);
    if (end == 0 && !inclusive) return bucket.cumulative - part / std::max(bucket.distinct, 1.0);
    before = bucket.cumulative;
  }
  return before;
}

Share Statistics::range(const model::Predicate& predicate) const {
  const auto values = values_in(predicate.constant);
  const std::string op = text::lower(predicate.op);
  const double all = 1 - (is_null(predicate.column).guessed ? 0 : is_null(predicate.column).part);
  if (values.size() == 2) {
    const auto low = up_to(predicate.column, values[0], false);
    const auto high = up_to(predicate.column, values[1], true);
    if (low && high) {
      const double inside = std::max(0.0, *high - *low);
      return {predicate.negated ? std::max(0.0, all - inside) : inside, false};
    }
  }
  if (values.size() == 1 && (is_upper(op) || is_lower(op))) {
    const bool strictly_below = op == "<" || op == ">=";
    if (const auto below = up_to(predicate.column, values[0], !strictly_below))
      return {is_upper(op) ? *below : std::max(0.0, all - *below), false};
  }
  if (predicate.negated) return {1 - filter_between, true};
  const bool one_bound = is_upper(op) || is_lower(op);
  return {one_bound ? filter_inequality : unknown_two_bounds, true};
}

Share Statistics::pattern(const model::Predicate& predicate) const {
  double part = filter_pattern;
  bool guessed = true;
  if (predicate.pattern == model::PatternKind::prefix) {
    part = unknown_prefix;
    const auto values = values_in(predicate.constant);
    const std::string prefix = values.empty() ? "" : literal_prefix(values[0]);
    const model::ColumnStats* stats = stats_of(table_, predicate.column);
    if (!prefix.empty() && stats != nullptr && !stats->histogram.empty()) {
      part = std::max(begins_with(*stats, prefix), 1 / rows());
      guessed = false;
    }
  } else if (predicate.pattern == model::PatternKind::parameter) {
    part = unknown_prefix;
  }
  return {predicate.negated ? 1 - part : part, guessed};
}

Share Statistics::passes(const model::Predicate& predicate) const {
  if (predicate.column.empty()) {
    if (predicate.kind == PredicateKind::range) return {filter_inequality, true};
    if (predicate.kind == PredicateKind::membership)
      return {std::min(most_of_list, 0.1 * value_count(predicate)), true};
    return {predicate.kind == PredicateKind::other ? filter_inequality : 0.1, true};
  }
  switch (predicate.kind) {
    case PredicateKind::equality:
    case PredicateKind::membership: {
      const Share one = one_value(predicate.column);
      const auto values = values_in(predicate.constant);
      double sum = 0;
      for (const std::string& value : values)
        sum += equals(predicate.column, value).value_or(one.part);
      if (values.empty()) sum = one.part * value_count(predicate);
      sum = std::clamp(sum, 0.0, 1.0);
      return {predicate.negated ? 1 - sum : sum, one.guessed};
    }
    case PredicateKind::range:
      return range(predicate);
    case PredicateKind::null: {
      const Share null = is_null(predicate.column);
      return {predicate.negated ? 1 - null.part : null.part, null.guessed};
    }
    case PredicateKind::pattern:
      return pattern(predicate);
    case PredicateKind::other:
      break;
  }
  const bool unequal = predicate.op == "<>" || predicate.op == "!=" || predicate.negated;
  return {unequal ? unlike : filter_inequality, true};
}

double Statistics::believed(const model::Predicate& predicate) const {
  const Share share = passes(predicate);
  if (!share.guessed) return share.part;
  double part = filter_equality;
  switch (predicate.kind) {
    case PredicateKind::membership:
      part = std::min(most_of_list, filter_equality * value_count(predicate));
      break;
    case PredicateKind::range:
      part = predicate.op.size() > 2 ? filter_between : filter_inequality;
      break;
    case PredicateKind::pattern:
      part = filter_pattern;
      break;
    case PredicateKind::other:
      return share.part;
    default:
      break;
  }
  return predicate.negated ? 1 - part : part;
}

Share Statistics::passes_all(const std::vector<const model::Predicate*>& conditions) const {
  Share all;
  std::vector<const model::Predicate*> upper, lower;
  for (const model::Predicate* one : conditions) {
    const std::string op = text::lower(one->op);
    if (one->kind == PredicateKind::range && !one->negated && is_upper(op)) {
      upper.push_back(one);
    } else if (one->kind == PredicateKind::range && !one->negated && is_lower(op)) {
      lower.push_back(one);
    } else {
      const Share share = passes(*one);
      all.part *= share.part;
      all.guessed = all.guessed || share.guessed;
    }
  }
  for (const auto* bounds : {&upper, &lower}) {
    if (bounds->empty() || (!upper.empty() && !lower.empty())) continue;
    for (const model::Predicate* one : *bounds) {
      const Share share = passes(*one);
      all.part *= share.part;
      all.guessed = all.guessed || share.guessed;
    }
  }
  if (!upper.empty() && !lower.empty()) {
    const Share high = passes(*upper.front());
    const Share low = passes(*lower.front());
    const bool guessed = high.guessed || low.guessed;
    // Both are parts of the same order, so their sum exceeds the whole by what they share.
    all.part *= guessed ? unknown_two_bounds : std::max(high.part + low.part - 1, 1 / rows());
    all.guessed = all.guessed || guessed;
  }
  return all;
}

}  // namespace whet::advise::innodb
