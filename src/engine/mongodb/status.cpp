#include "engine/mongodb/status.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace whet::engine::mongodb {

namespace {

using mql::Type;
using Values = std::vector<model::StatusValue>;

/// Of the reply itself, or not of the server's state.
bool is_left_out(std::string_view name) {
  constexpr std::array<std::string_view, 6> names{"ok",   "$clusterTime", "operationTime",
                                                  "note", "$configTime",  "$topologyTime"};
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Hundreds of counters, nearly all of them zero.
bool is_census(std::string_view name) {
  constexpr std::array<std::string_view, 4> groups{"metrics.commands.", "metrics.aggStageCounters.",
                                                   "metrics.operatorCounters.", "locks."};
  return std::any_of(groups.begin(), groups.end(),
                     [&](std::string_view group) { return name.starts_with(group); });
}

void add(const mql::Value& value, const std::string& name, Values& out) {
  if (value.is_object()) {
    for (const auto& field : value.fields) {
      if (!is_left_out(field.name))
        add(field.value, name.empty() ? field.name : name + "." + field.name, out);
    }
    return;
  }
  model::StatusValue status;
  status.name = name;
  if (const auto number = value.as_number()) {
    if (*number == 0 && is_census(name)) return;
    status.total = *number;
  } else if (value.type == Type::boolean) {
    status.total = value.integer != 0 ? 1 : 0;
  } else if (value.is_string() && !value.text.empty()) {
    status.text = value.text;
  } else {
    return;
  }
  out.push_back(std::move(status));
}

}  // namespace

Values status_values(const mql::Value& reply) {
  Values values;
  add(reply, "", values);
  std::stable_sort(values.begin(), values.end(),
                   [](const auto& a, const auto& b) { return a.name < b.name; });
  // A name with dots may be what a path is too; then the first one counts.
  values.erase(std::unique(values.begin(), values.end(),
                           [](const auto& a, const auto& b) { return a.name == b.name; }),
               values.end());
  return values;
}

void join_samples(Values& first, Values second) {
  Values joined;
  joined.reserve(std::max(first.size(), second.size()));
  auto at = first.begin();
  for (auto& value : second) {
    for (; at != first.end() && at->name < value.name; ++at) joined.push_back(std::move(*at));
    if (at != first.end() && at->name == value.name) {
      if (value.total > at->total) value.window = value.total - at->total;
      ++at;
    }
    joined.push_back(std::move(value));
  }
  for (; at != first.end(); ++at) joined.push_back(std::move(*at));
  first = std::move(joined);
}

}  // namespace whet::engine::mongodb
