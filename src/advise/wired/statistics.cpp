#include "advise/wired/statistics.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace whet::advise::wired {

namespace {

using mql::Type;
using mql::Value;

// What is taken where nothing is known.
constexpr double unknown_range = 1.0 / 3;  // one side
constexpr double unknown_between = 0.1;    // both sides
constexpr double unknown_prefix = 0.02;    // ^text
constexpr double unknown_regex = 0.2;
constexpr double unknown_other = 0.5;
constexpr double unknown_place = 0.01;         // $geoWithin
constexpr double unknown_distinct_part = 0.1;  // different values for each document
constexpr double list_length = 5;              // of $in with a placeholder
constexpr double usual_value_bytes = 12;

bool known(const Value& value) { return value.type != Type::placeholder; }

/// Where a value lies between two others, 0 to 1, by the leading bytes of texts.
double as_position(const Value& value) {
  if (const auto number = value.as_number()) return *number;
  if (value.type == Type::date || value.type == Type::timestamp || value.type == Type::boolean)
    return static_cast<double>(value.integer);
  double out = 0, weight = 1;
  constexpr std::size_t leading = 8;
  for (std::size_t i = 0; i < std::min(value.text.size(), leading); ++i) {
    weight /= 256;
    out += weight * static_cast<unsigned char>(value.text[i]);
  }
  return out;
}

double part_below(const Value& low, const Value& high, const Value& value) {
  if (low.type != high.type && !(low.is_number() && high.is_number())) return 0.5;
  const double from = as_position(low), to = as_position(high), at = as_position(value);
  if (!(to > from)) return 0.5;
  return std::clamp((at - from) / (to - from), 0.0, 1.0);
}

/// Values of one type only match a comparison: {$gt: 5} finds no texts.
bool comparable(const Value& a, const Value& b) {
  return a.type == b.type || (a.is_number() && b.is_number());
}

}  // namespace

Statistics::Statistics(const model::Table& table)
    : table_(&table), documents_(std::max(table.rows(), 1.0)) {
  document_bytes_ = table.data_bytes > 0 ? static_cast<double>(table.data_bytes) / documents_
                                         : (table.sample ? table.sample->average_bytes : 0);
  if (document_bytes_ <= 0) document_bytes_ = 512;
}

const Statistics::Path& Statistics::path(const std::string& name) const {
  const auto known_path = paths_.find(name);
  if (known_path != paths_.end()) return known_path->second;
  Path out;
  out.distinct = std::max(1.0, documents_ * unknown_distinct_part);
  out.column = table_->column(name);
  if (name == "_id") out.distinct = documents_;
  if (out.column != nullptr) {
    if (out.column->path) {
      const model::PathFacts& facts = *out.column->path;
      double arrays = 0;
      for (const model::TypeShare& type : facts.types) {
        if (type.type == "array") arrays = type.share;
      }
      if (facts.array) out.entries = 1 - arrays + arrays * std::max(facts.array_average, 1.0);
    }
    const std::string above = array_of(name);
    if (!above.empty() && above != name) out.entries = std::max(out.entries, path(above).entries);
  }
  if (out.column != nullptr && out.column->stats) {
    const model::ColumnStats& stats = *out.column->stats;
    out.missing = std::clamp(stats.null_fraction, 0.0, 1.0);
    if (stats.distinct != 0)
      out.distinct = stats.distinct > 0 ? stats.distinct : -stats.distinct * documents_;
    out.distinct = std::clamp(out.distinct, 1.0, documents_ * std::max(out.entries, 1.0));
    double before = 0;
    for (const model::HistogramBucket& bucket : stats.histogram) {
      auto low = mql::parse_json(bucket.low), high = mql::parse_json(bucket.high);
      if (low && high)
        out.buckets.push_back({std::move(low).value(), std::move(high).value(),
                               bucket.cumulative - before, std::max(bucket.distinct, 1.0)});
      before = bucket.cumulative;
    }
    double common = 0;
    for (std::size_t i = 0; i < stats.common_frequencies.size(); ++i) {
      common += stats.common_frequencies[i] / std::max(out.entries, 1.0);
      if (i >= stats.samples.size()) continue;
      auto value = mql::parse_json(stats.samples[i]);
      if (value) out.common.emplace_back(std::move(value).value(), stats.common_frequencies[i]);
    }
    out.rest = std::max(0.0, 1 - out.missing / std::max(out.entries, 1.0) - common);
    out.rest_distinct =
        std::max(1.0, out.distinct - static_cast<double>(stats.common_frequencies.size()));
  }
  return paths_.emplace(name, std::move(out)).first->second;
}

double Statistics::entries(const std::string& name) const { return path(name).entries; }
double Statistics::distinct(const std::string& name) const { return path(name).distinct; }
double Statistics::missing(const std::string& name) const { return path(name).missing; }

std::string Statistics::array_of(const std::string& name) const {
  for (std::size_t end = name.find('.');; end = name.find('.', end + 1)) {
    const std::string head = name.substr(0, end);
    const model::Column* column = table_->column(head);
    if (column != nullptr && column->path && column->path->array) return head;
    if (end == std::string::npos) break;
  }
  const model::Column* column = table_->column(name);
  const bool below = column != nullptr && column->path && column->path->in_array;
  return below ? name.substr(0, name.find('.')) : "";
}

bool Statistics::is_text(const std::string& name) const {
  const model::Column* column = table_->column(name);
  if (column == nullptr || !column->path) return true;
  const auto& types = column->path->types;
  return std::any_of(types.begin(), types.end(), [](const model::TypeShare& type) {
    return (type.type == "string" || type.type == "object" || type.type == "array") &&
           type.share > 0;
  });
}

double Statistics::value_bytes(const std::string& name) const {
  if (name == "_id" && table_->column(name) == nullptr) return 13;
  const model::Column* column = table_->column(name);
  if (column == nullptr || !column->stats || column->stats->average_width <= 0)
    return usual_value_bytes;
  return column->stats->average_width;
}

double Statistics::equal_share(const Path& path, const Value& value) const {
  const double entries = std::max(path.entries, 1.0);
  const double average = (1 - path.missing) / path.distinct;
  if (!known(value)) {
    // Values are asked for as often as they are there, as far as one can tell: by halves.
    double expected = 0, sum = 0;
    for (const Bucket& bucket : path.buckets)
      expected += bucket.share * bucket.share / bucket.distinct, sum += bucket.share;
    if (path.buckets.empty()) return average;
    return std::max(average, (average + (sum > 0 ? expected / sum : average)) / 2);
  }
  if (value.is_null()) return std::max(path.missing / entries, 1 / documents_);
  for (const auto& [common, share] : path.common) {
    if (mql::compare(common, value) == 0) return share / entries;
  }
  for (const Bucket& bucket : path.buckets) {
    if (mql::compare(bucket.high, value) < 0) continue;
    if (mql::compare(bucket.low, value) > 0) break;
    return bucket.share / bucket.distinct;
  }
  // A value that the sample has not seen is rare.
  const double rarest = 1 / documents_;
  if (!path.buckets.empty() || !path.common.empty())
    return std::max(rarest, std::min(average, path.rest / path.rest_distinct));
  return std::max(average, rarest);
}

double Statistics::below(const Path& path, const Value& value, bool inclusive) const {
  double sum = 0;
  for (const Bucket& bucket : path.buckets) {
    const int high = mql::compare(bucket.high, value);
    if (high < 0 || (high == 0 && inclusive)) {
      sum += bucket.share;
      continue;
    }
    if (mql::compare(bucket.low, value) >= 0) break;
    const double part = part_below(bucket.low, bucket.high, value);
    sum += bucket.share * part;
    break;
  }
  return sum;
}

double Statistics::range_share(const Path& path,
                               const std::vector<const Condition*>& conditions) const {
  const Condition* low = nullptr;
  const Condition* high = nullptr;
  for (const Condition* one : conditions) {
    if (one->op == Op::greater || one->op == Op::greater_equal) low = one;
    if (one->op == Op::less || one->op == Op::less_equal) high = one;
  }
  const double present = 1 - path.missing;
  const bool told = !path.buckets.empty() && (low == nullptr || known(low->values.front())) &&
                    (high == nullptr || known(high->values.front()));
  if (!told) return present * (low != nullptr && high != nullptr ? unknown_between : unknown_range);
  const Value& sample = (low != nullptr ? low : high)->values.front();
  double lowest = 0, highest = 0;
  for (const Bucket& bucket : path.buckets) {
    if (comparable(bucket.low, sample) || comparable(bucket.high, sample))
      highest += bucket.share;
    else if (mql::compare(bucket.high, sample) < 0)
      lowest += bucket.share;
  }
  highest += lowest;
  if (low != nullptr)
    lowest = std::max(lowest, below(path, low->values.front(), low->op == Op::greater));
  if (high != nullptr)
    highest = std::min(highest, below(path, high->values.front(), high->op == Op::less_equal));
  return std::clamp(highest - lowest, 1 / documents_, 1.0);
}

double Statistics::one_share(const Path& path, const Condition& condition) const {
  const double present = 1 - path.missing;
  switch (condition.op) {
    case Op::equal:
      return equal_share(path, condition.values.front());
    case Op::in: {
      const bool one_placeholder = condition.values.size() == 1 && !known(condition.values.front());
      double sum = 0;
      for (const Value& value : condition.values) sum += equal_share(path, value);
      return std::min(present > 0 ? 1.0 : sum, one_placeholder ? sum * list_length : sum);
    }
    case Op::prefix: {
      const std::string& text = condition.values.front().text;
      std::string end = text;
      if (!end.empty()) ++end.back();
      if (path.buckets.empty()) return present * unknown_prefix;
      return std::clamp(below(path, Value::of(end), false) - below(path, Value::of(text), false),
                        1 / documents_, 1.0);
    }
    case Op::regex:
      return present * unknown_regex;
    case Op::exists:
      return present;
    case Op::missing:
      return path.missing;
    case Op::not_equal:
    case Op::not_in: {
      double sum = 0;
      for (const Value& value : condition.values) sum += equal_share(path, value);
      return std::clamp(1 - sum, 0.0, 1.0);
    }
    case Op::within:
    case Op::near:
    case Op::text:
      return unknown_place;
    case Op::type:
      return present;
    default:
      return unknown_other;
  }
}

double Statistics::entry_share(const std::vector<const Condition*>& conditions) const {
  if (conditions.empty()) return 1;
  const Path& facts = path(conditions.front()->path);
  double share = 1;
  std::vector<const Condition*> ranges;
  for (const Condition* one : conditions) {
    if (one->is_range()) {
      ranges.push_back(one);
    } else {
      share = std::min(share, one_share(facts, *one));
    }
  }
  if (!ranges.empty()) share = std::min(share, range_share(facts, ranges));
  return share;
}

double Statistics::document_share(const std::vector<const Condition*>& conditions) const {
  if (conditions.empty()) return 1;
  const Path& facts = path(conditions.front()->path);
  if (facts.entries <= 1) return entry_share(conditions);
  // Each condition may hold for another element, unless they are of one $elemMatch.
  double share = 1;
  std::map<std::int64_t, std::vector<const Condition*>> groups;
  std::int64_t alone = -1;
  for (const Condition* one : conditions)
    groups[one->element != 0 ? one->element : alone--].push_back(one);
  for (const auto& [group, list] : groups)
    share *= std::min(1.0, entry_share(list) * facts.entries);
  return share;
}

double Statistics::document_share(const Filter& filter) const {
  std::map<std::string, std::vector<const Condition*>> by_path;
  for (const Condition& one : filter.conditions) by_path[one.path].push_back(&one);
  double share = 1;
  for (const auto& [name, list] : by_path) share *= document_share(list);
  for (const std::vector<Filter>& arms : filter.alternatives) {
    double none = 1;
    for (const Filter& arm : arms) none *= 1 - std::min(1.0, document_share(arm));
    share *= 1 - none;
  }
  return share;
}

}  // namespace whet::advise::wired
