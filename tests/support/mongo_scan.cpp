#include "support/mongo_scan.h"

#include <algorithm>

#include "support/mongo_bson.h"

namespace whet::testing::mongo {

using mql::Field;
using mql::Value;

bool ascending(const Candidate& c, std::size_t field) {
  return (c.index->key().fields[field].value.as_number().value_or(1) > 0) == c.forward;
}

std::pair<bool, std::size_t> place(const Value& key, const Intervals& intervals, bool up) {
  const auto before = [&](const Value& a, const Value& b) {
    return up ? mql::compare(a, b) : mql::compare(b, a);
  };
  for (std::size_t i = 0; i < intervals.size(); ++i) {
    const Interval& one = intervals[i];
    const int low = before(key, one.low), high = before(key, one.high);
    if (low < 0 || (low == 0 && !one.low_in && high < 0)) return {false, i};
    if (low == 0 && !one.low_in) continue;
    if (high < 0 || (high == 0 && one.high_in)) return {true, i};
  }
  return {false, intervals.size()};
}

namespace {

// ---- which indexes fit

bool implied(const std::vector<Condition>& conditions, const Value& partial) {
  return std::ranges::all_of(conditions_of(partial), [&](const Condition& wanted) {
    return std::ranges::any_of(conditions, [&](const Condition& has) {
      if (has.parsed == wanted.parsed) return true;
      const auto a = bounds_of(has), b = bounds_of(wanted);
      if (has.path != wanted.path || !a || !b || !b->exact) return false;
      const Intervals both = intersection(a->intervals, b->intervals);
      return both.size() == a->intervals.size() &&
             std::ranges::equal(both, a->intervals, [](const Interval& x, const Interval& y) {
               return printed(x) == printed(y);
             });
    });
  });
}

bool ordinary(const Index& index) {
  return std::ranges::all_of(index.key().fields, [](const Field& f) {
    return f.value.is_number() && f.name.find("$**") == std::string::npos;
  });
}

/// +1 or -1: a scan forward or backward returns the wanted order. 0: neither does.
int gives_order(const Candidate& candidate, const Value& sort) {
  const auto& key = candidate.index->key().fields;
  std::size_t at = 0;
  int direction = 0;
  for (const Field& wanted : sort.fields) {
    while (at < key.size() && key[at].name != wanted.name && candidate.bounds[at].size() == 1 &&
           is_points(candidate.bounds[at]))
      ++at;
    if (at == key.size() || key[at].name != wanted.name) return 0;
    if (!(candidate.bounds[at].size() == 1 && is_points(candidate.bounds[at]))) {
      const bool same =
          (key[at].value.as_number().value_or(1) > 0) == (wanted.value.as_number().value_or(1) > 0);
      if (direction != 0 && direction != (same ? 1 : -1)) return 0;
      direction = same ? 1 : -1;
    }
    ++at;
  }
  return direction == 0 ? 1 : direction;
}

void bound_field(Candidate& candidate, const std::string& path,
                 const std::vector<Condition>& conditions) {
  Intervals field = everything();
  bool used = false;
  for (const Condition& one : conditions) {
    if (one.path != path) continue;
    const auto bounds = bounds_of(one);
    const bool null_in_sparse =
        candidate.index->spec.flag_at("sparse") && one.op == "$eq" && one.operand.is_null();
    if (!bounds || null_in_sparse || (candidate.multikey && used)) continue;
    field = intersection(field, bounds->intervals);
    used = true;
    std::erase_if(candidate.left, [&](const Condition& c) {
      return (bounds->exact || bounds->by_keys) && c.parsed == one.parsed;
    });
    if (!bounds->exact && bounds->by_keys) candidate.by_keys.push_back(one);
  }
  candidate.bounds.push_back(field);
}

}  // namespace

std::optional<Candidate> candidate_for(Store& store, Collection& collection, Index& index,
                                       const std::vector<Condition>& conditions, const Query& query,
                                       bool hinted) {
  if (!ordinary(index)) return std::nullopt;
  const Value* const collation = index.spec.find("collation");
  if ((collation != nullptr) != !query.collation.is_null()) return std::nullopt;
  const Value* const partial = index.spec.find("partialFilterExpression");
  if (partial != nullptr && !implied(conditions, *partial)) return std::nullopt;
  store.entries(collection, index);
  Candidate out{.index = &index, .bounds = {}, .left = conditions, .by_keys = {}};
  for (const auto& [path, array] : index.arrays) out.multikey = out.multikey || array;
  for (const Field& f : index.key().fields) bound_field(out, f.name, conditions);
  const int order = query.sort.fields.empty() ? 0 : gives_order(out, query.sort);
  out.sorted = order != 0 && !(out.multikey && !is_everything(out.bounds[0]) &&
                               out.left.size() == conditions.size());
  const auto named = [&](const Condition& c) {
    return c.path == index.key().fields[0].name && bounds_of(c);
  };
  const bool sparse = index.spec.flag_at("sparse");
  if (!hinted && std::ranges::none_of(conditions, named) && (!out.sorted || sparse))
    return std::nullopt;
  if (!hinted && is_everything(out.bounds[0]) && std::ranges::none_of(conditions, named) &&
      !out.sorted)
    return std::nullopt;
  out.forward = order >= 0;
  for (std::size_t i = 0; i < out.bounds.size(); ++i)
    if (!ascending(out, i)) out.bounds[i] = reversed(out.bounds[i]);
  return out;
}

}  // namespace whet::testing::mongo
