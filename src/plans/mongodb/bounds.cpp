#include "plans/mongodb/bounds.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace whet::plans::mongodb {
namespace {

using mql::Field;
using mql::Value;

struct End {
  std::string_view written, shown;
};

// What servers print for the ends of types; the latest date and infinities are such ends, too.
constexpr std::array<End, 10> ends{{{"MinKey", "MinKey"},
                                    {"MaxKey", "MaxKey"},
                                    {"-inf.0", "-inf"},
                                    {"inf.0", "inf"},
                                    {"-inf", "-inf"},
                                    {"inf", "inf"},
                                    {"new Date(9223372036854775807)", "inf"},
                                    {"new Date(-9223372036854775808)", "-inf"},
                                    {"\"\"", "\"\""},
                                    {"{}", "{}"}}};

constexpr std::string_view between = ", ";

std::string low_of(std::string_view inner) {
  for (const End& end : ends) {
    if (inner.starts_with(std::string(end.written) + std::string(between))) {
      return std::string(end.shown);
    }
  }
  return "?";
}

std::string high_of(std::string_view inner) {
  for (const End& end : ends) {
    if (inner.ends_with(std::string(between) + std::string(end.written))) {
      return std::string(end.shown);
    }
  }
  return "?";
}

/// [x, x]: texts may have commas and quotes in them, the halves are equal all the same.
bool is_point(std::string_view inner) {
  if (inner.size() < between.size() || inner.size() % 2 != 0) return false;
  const std::size_t half = (inner.size() - between.size()) / 2;
  return inner.substr(half, between.size()) == between &&
         inner.substr(0, half) == inner.substr(half + between.size());
}

std::string interval_text(std::string_view interval) {
  if (interval.size() < 2) return "?";
  const char open = interval.front() == '(' ? '(' : '[';
  const char close = interval.back() == ')' ? ')' : ']';
  const std::string_view inner = interval.substr(1, interval.size() - 2);
  if (is_point(inner)) return "?";
  std::string low = low_of(inner), high = high_of(inner);
  if (low == "MaxKey" && high == "MinKey") std::swap(low, high);
  return open + low + ", " + high + close;
}

std::string field_text(const Value& intervals) {
  constexpr std::size_t most = 3;
  std::vector<std::string> kinds;
  for (const Field& interval : intervals.fields) {
    std::string text = interval_text(interval.value.text);
    if (std::ranges::find(kinds, text) == kinds.end()) kinds.push_back(std::move(text));
  }
  const bool more = kinds.size() > most;
  if (more) kinds.resize(most);
  if (intervals.fields.size() > 1 && kinds.size() == 1 && kinds.front() == "?") return "[?, ...]";
  return text::join(kinds, " or ") + (more ? " or ..." : "");
}

}  // namespace

Bounds bounds_of_count(const Value& index_bounds) {
  const Value* start = index_bounds.find("startKey");
  const Value* end = index_bounds.find("endKey");
  Bounds out;
  if (start == nullptr || end == nullptr) return out;
  const auto end_text = [](const Value& value) -> std::string {
    return value.type == mql::Type::min_key   ? "MinKey"
           : value.type == mql::Type::max_key ? "MaxKey"
                                              : "?";
  };
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < start->fields.size() && i < end->fields.size(); ++i) {
    const Value& from = start->fields[i].value;
    const Value& to = end->fields[i].value;
    const std::string range = from == to
                                  ? "?"
                                  : (index_bounds.flag_at("startKeyInclusive") ? "[" : "(") +
                                        end_text(from) + ", " + end_text(to) +
                                        (index_bounds.flag_at("endKeyInclusive") ? "]" : ")");
    parts.push_back(start->fields[i].name + ": " + range);
  }
  out.text = text::join(parts, ", ");
  out.intervals = 1;
  return out;
}

Bounds bounds_of(const Value& index_bounds) {
  Bounds out;
  std::vector<std::string> parts;
  for (const Field& field : index_bounds.fields) {
    if (!field.value.is_array() || field.value.fields.empty()) continue;
    parts.push_back(field.name + ": " + field_text(field.value));
    out.intervals = std::max(out.intervals, static_cast<std::int64_t>(field.value.fields.size()));
  }
  out.text = text::join(parts, ", ");
  return out;
}

}  // namespace whet::plans::mongodb
