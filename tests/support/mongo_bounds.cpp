#include "support/mongo_bounds.h"

#include <algorithm>
#include <array>
#include <limits>

#include "support/mongo_bson.h"
#include "support/mongo_match.h"

namespace whet::testing::mongo {

using mql::Field;
using mql::Type;
using mql::Value;

namespace {

Value single(std::string_view name, Value value) {
  return Value::object({{name, std::move(value)}});
}

Value parsed_condition(const std::string& op, const Value& operand, const Value& all) {
  if (op == "$ne") return single("$not", single("$eq", operand));
  if (op == "$nin") return single("$not", single("$in", operand));
  if (op != "$regex") return single(op, operand);
  Value out = single("$regex", Value::of(operand.text));
  const std::string options = operand.options + all.string_at("$options");
  if (!options.empty()) out.set("$options", Value::of(options));
  return out;
}

void add_conditions(const Value& filter, std::vector<Condition>& out) {
  for (const Field& field : filter.fields) {
    if (field.name == "$and") {
      for (const Field& f : field.value.fields) add_conditions(f.value, out);
    } else if (field.name == "$or" || field.name == "$nor") {
      Value list = Value::array({});
      for (const Field& f : field.value.fields) list.push(parsed_query(f.value));
      out.push_back({"", field.name, field.value, single(field.name, list)});
    } else if (field.name.starts_with('$')) {
      if (field.name != "$comment")
        out.push_back({"", field.name, field.value, single(field.name, field.value)});
    } else if (is_operators(field.value)) {
      for (const Field& one : field.value.fields) {
        if (one.name == "$options") continue;
        out.push_back({field.name, one.name, one.value,
                       single(field.name, parsed_condition(one.name, one.value, field.value))});
      }
    } else {
      const std::string op = field.value.type == Type::regex ? "$regex" : "$eq";
      out.push_back({field.name, op, field.value,
                     single(field.name, parsed_condition(op, field.value, Value()))});
    }
  }
}

/// The server's order of kinds of conditions.
std::size_t rank(const Condition& condition) {
  static constexpr std::array<std::string_view, 13> order{
      "$or",  "$elemMatch", "$size", "$eq",     "$lte", "$lt", "$gt",
      "$gte", "$regex",     "$mod",  "$exists", "$in",  "$all"};
  return static_cast<std::size_t>(std::ranges::find(order, condition.op) - order.begin());
}

}  // namespace

std::vector<Condition> conditions_of(const Value& filter) {
  std::vector<Condition> out;
  add_conditions(filter, out);
  return out;
}

Value conjunction(std::vector<Condition> conditions) {
  if (conditions.empty()) return Value::object({});
  if (conditions.size() == 1) return conditions.front().parsed;
  std::ranges::stable_sort(conditions, [](const Condition& a, const Condition& b) {
    return std::pair(rank(a), a.path) < std::pair(rank(b), b.path);
  });
  Value list = Value::array({});
  for (const Condition& one : conditions) list.push(one.parsed);
  return single("$and", list);
}

Value parsed_query(const Value& filter) { return conjunction(conditions_of(filter)); }

namespace {

const Value lowest{.type = Type::min_key}, highest{.type = Type::max_key};

struct Ends {
  Value low, high;
  bool high_in = true;
};

/// Where the values of a type begin and end.
std::optional<Ends> ends_of(const Value& value) {
  using Limits = std::numeric_limits<std::int64_t>;
  if (value.is_number())
    return Ends{Value::of(-std::numeric_limits<double>::infinity()),
                Value::of(std::numeric_limits<double>::infinity())};
  switch (value.type) {
    case Type::string:
      return Ends{Value::of(""), Value::object({}), false};
    case Type::date:
      return Ends{date(Limits::min()), date(Limits::max())};
    case Type::object_id:
      return Ends{{.type = Type::object_id, .text = std::string(24, '0')},
                  {.type = Type::object_id, .text = std::string(24, 'f')}};
    case Type::boolean:
      return Ends{Value::of(false), Value::of(true)};
    default:
      return std::nullopt;
  }
}

Bounds range(const std::string& op, const Value& operand) {
  const auto ends = ends_of(operand);
  if (!ends) return {everything(), false, false};
  Interval one{ends->low, ends->high, true, ends->high_in};
  if (op == "$gt" || op == "$gte") {
    one.low = operand;
    one.low_in = op == "$gte";
  } else {
    one.high = operand;
    one.high_in = op == "$lte";
  }
  return {{one}, true, false};
}

void add_point(const Value& operand, Bounds& out) {
  if (operand.is_null()) {
    const Value undefined{.type = Type::undefined};
    out.intervals.push_back({undefined, undefined});
    out.exact = false;  // whether it is missing or null, the key does not say
  }
  out.intervals.push_back({operand, operand});
  if (operand.is_array()) out.exact = false;
}

Bounds points(const Value& list) {
  std::vector<Value> sorted;
  for (const Field& f : list.fields) sorted.push_back(f.value);
  std::ranges::sort(sorted, [](const Value& a, const Value& b) { return mql::compare(a, b) < 0; });
  const auto same = [](const Value& a, const Value& b) { return mql::compare(a, b) == 0; };
  sorted.erase(std::unique(sorted.begin(), sorted.end(), same), sorted.end());
  Bounds out;
  for (const Value& one : sorted) add_point(one, out);
  return out;
}

Bounds pattern(const Value& operand, const std::string& text) {
  static constexpr std::string_view special = ".*+?()[]{}|^$\\";
  Bounds out{{}, false, true};
  const Value itself{.type = Type::regex, .text = text, .options = operand.options};
  const std::size_t end = std::min(text.size(), text.find_first_of(special, 1));
  const bool quantified =
      end < text.size() && std::string_view("*?{|").find(text[end]) != std::string_view::npos;
  if (!text.starts_with('^') || end < 2 || quantified || !operand.options.empty()) {
    out.intervals = {{Value::of(""), Value::object({}), true, false}, {itself, itself}};
    return out;
  }
  const std::string prefix = text.substr(1, end - 1);
  std::string next = prefix;
  ++next.back();
  out.intervals = {{Value::of(prefix), Value::of(next), true, false}, {itself, itself}};
  out.exact = end == text.size() || text.substr(end) == ".*";
  return out;
}

Bounds all_but(const Value& operand) {
  Bounds out;
  if (operand.is_null()) {
    const Value undefined{.type = Type::undefined};
    out.intervals = {{lowest, undefined, true, false}, {operand, highest, false, true}};
  } else {
    out.intervals = {{lowest, operand, true, false}, {operand, highest, false, true}};
  }
  return out;
}

}  // namespace

std::optional<Bounds> bounds_of(const Condition& condition) {
  const std::string& op = condition.op;
  if (condition.path.empty()) return std::nullopt;
  if (op == "$eq") {
    Bounds out;
    add_point(condition.operand, out);
    return out;
  }
  if (op == "$gt" || op == "$gte" || op == "$lt" || op == "$lte")
    return range(op, condition.operand);
  if (op == "$in") return points(condition.operand);
  if (op == "$ne") return all_but(condition.operand);
  if (op == "$exists" && condition.operand.truthy()) return Bounds{everything(), false, false};
  if (op == "$regex") return pattern(condition.operand, condition.operand.text);
  return std::nullopt;
}

Intervals everything() { return {{lowest, highest}}; }

bool is_everything(const Intervals& intervals) {
  return intervals.size() == 1 && intervals[0].low.type == Type::min_key &&
         intervals[0].high.type == Type::max_key;
}

bool is_points(const Intervals& intervals) {
  return !intervals.empty() && std::ranges::all_of(intervals, [](const Interval& i) {
    return i.low_in && i.high_in && mql::compare(i.low, i.high) == 0;
  });
}

Intervals intersection(const Intervals& a, const Intervals& b) {
  Intervals out;
  for (const Interval& x : a)
    for (const Interval& y : b) {
      Interval both = x;
      const int low = mql::compare(y.low, x.low), high = mql::compare(y.high, x.high);
      if (low > 0) both.low = y.low, both.low_in = y.low_in;
      if (low == 0) both.low_in = x.low_in && y.low_in;
      if (high < 0) both.high = y.high, both.high_in = y.high_in;
      if (high == 0) both.high_in = x.high_in && y.high_in;
      const int width = mql::compare(both.low, both.high);
      if (width < 0 || (width == 0 && both.low_in && both.high_in)) out.push_back(both);
    }
  return out;
}

Intervals reversed(const Intervals& intervals) {
  Intervals out(intervals.rbegin(), intervals.rend());
  for (Interval& one : out) {
    std::swap(one.low, one.high);
    std::swap(one.low_in, one.high_in);
  }
  return out;
}

std::string printed(const Interval& interval) {
  return (interval.low_in ? "[" : "(") + printed(interval.low) + ", " + printed(interval.high) +
         (interval.high_in ? "]" : ")");
}

}  // namespace whet::testing::mongo
