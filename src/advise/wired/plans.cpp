#include "advise/wired/plans.h"

#include <algorithm>
#include <cmath>

#include "mql/value.h"

namespace whet::advise::wired {

namespace {

constexpr std::size_t most_plans = 64;  // internalQueryPlannerMaxIndexedSolutions

class Planner {
 public:
  Planner(const Statistics& statistics, const Read& read, const std::vector<const Key*>& keys)
      : statistics_(statistics), read_(read), keys_(hinted(keys)) {
    results_ = std::max(statistics.documents() * statistics.document_share(read.filter), 0.0);
    if (results_ < 1) results_ = std::max(results_, 0.5);
  }

  std::vector<Access> all();

 private:
  [[nodiscard]] std::vector<const Key*> hinted(const std::vector<const Key*>& keys) const;
  [[nodiscard]] Access collection() const;
  [[nodiscard]] Access by_key(const Key& key, const Filter& filter, double results, bool led) const;
  [[nodiscard]] bool is_covered(const Access& access) const;
  [[nodiscard]] bool sorts_by_key(const Access& access) const;
  void by_id(std::vector<Access>& out) const;
  void by_filter(std::vector<Access>& out) const;
  void by_alternatives(std::vector<Access>& out) const;
  void by_order(std::vector<Access>& out) const;
  void by_distinct(std::vector<Access>& out) const;

  const Statistics& statistics_;
  const Read& read_;
  std::vector<const Key*> keys_;
  double results_ = 0;
};

std::vector<const Key*> Planner::hinted(const std::vector<const Key*>& keys) const {
  if (read_.hint.empty()) return keys;
  std::vector<const Key*> out;
  const auto document = mql::parse_json(read_.hint);
  for (const Key* key : keys) {
    bool same = key->name == read_.hint;
    if (!same && document && document->is_object() &&
        document->fields.size() == key->index->parts.size()) {
      same = std::equal(document->fields.begin(), document->fields.end(), key->index->parts.begin(),
                        [](const auto& field, const auto& part) {
                          return field.name == part.column &&
                                 (field.value.is_string() ||
                                  (field.value.as_number().value_or(1) < 0) == part.descending);
                        });
    }
    if (same) out.push_back(key);
  }
  return out;  // none: {$natural: 1}, or an index that is gone
}

Access Planner::collection() const {
  Access out;
  out.way = Way::collection;
  out.documents = statistics_.documents();
  out.results = results_;
  out.sorts = !read_.sort.empty();
  return out;
}

bool Planner::is_covered(const Access& access) const {
  if (!access.bounds.unchecked.empty() || !read_.filter.alternatives.empty()) return false;
  if (read_.verb == Verb::update || read_.verb == Verb::remove) return false;
  if (read_.whole) return false;
  const auto holds = [&](const std::string& path) {
    return std::any_of(access.bounds.parts.begin(), access.bounds.parts.end(),
                       [&](const Part& p) { return p.path == path && p.word.empty() && !p.array; });
  };
  // An index with arrays gives no values back.
  const bool arrays = std::any_of(access.bounds.parts.begin(), access.bounds.parts.end(),
                                  [](const Part& part) { return part.array; });
  if (arrays && !read_.needed.empty()) return false;
  return std::all_of(read_.needed.begin(), read_.needed.end(), holds) &&
         std::all_of(read_.sort.begin(), read_.sort.end(),
                     [&](const SortKey& key) { return holds(key.path); });
}

/// The keys are all that the filter and the sort need.
bool Planner::sorts_by_key(const Access& access) const {
  if (!access.bounds.unchecked.empty() || !read_.filter.alternatives.empty()) return false;
  const auto& parts = access.bounds.parts;
  if (std::any_of(parts.begin(), parts.end(), [](const Part& part) { return part.array; }))
    return false;
  return std::all_of(read_.sort.begin(), read_.sort.end(), [&](const SortKey& key) {
    return std::any_of(parts.begin(), parts.end(), [&](const Part& part) {
      return part.path == key.path && part.word.empty();
    });
  });
}

Access Planner::by_key(const Key& key, const Filter& filter, double results, bool led) const {
  Access out;
  out.way = Way::index;
  out.key = &key;
  out.bounds = bounds_of(statistics_, key, read_, filter, led);
  out.keys = out.bounds.keys;
  out.documents = out.bounds.documents;
  out.results = std::min(results, std::max(out.documents, 0.5));
  out.seeks = std::max(1.0, out.bounds.intervals);
  out.covered = is_covered(out);
  const Order order = order_of(out.bounds, read_.sort);
  out.sorts = !read_.sort.empty() && !order.given;
  out.sorts_keys = out.sorts && sorts_by_key(out);
  out.merged = order.merged;
  if (order.merged) out.seeks = std::max(out.seeks, order.scans);
  return out;
}

/// {_id: value} alone needs no planner.
void Planner::by_id(std::vector<Access>& out) const {
  const Filter& filter = read_.filter;
  if (!filter.alternatives.empty() || filter.conditions.size() != 1) return;
  const Condition& one = filter.conditions.front();
  if (one.path != "_id" || one.op != Op::equal) return;
  Access access;
  access.way = Way::id;
  access.keys = access.documents = access.results = 1;
  out.push_back(std::move(access));
}

void Planner::by_filter(std::vector<Access>& out) const {
  for (const Key* key : keys_) {
    if (out.size() >= most_plans) return;
    if (usable(statistics_, *key, read_, read_.filter, true))
      out.push_back(by_key(*key, read_.filter, results_, true));
  }
}

/// $or: each alternative needs an index, with what holds beside it.
void Planner::by_alternatives(std::vector<Access>& out) const {
  for (const std::vector<Filter>& arms : read_.filter.alternatives) {
    Access access;
    access.way = Way::either;
    bool every = true, ordered = !read_.sort.empty();
    for (const Filter& arm : arms) {
      Filter both = arm;
      both.conditions.insert(both.conditions.end(), read_.filter.conditions.begin(),
                             read_.filter.conditions.end());
      const double results = statistics_.documents() * statistics_.document_share(both);
      std::vector<Access> ways;
      for (const Key* key : keys_) {
        if (!usable(statistics_, *key, read_, both, true)) continue;
        // The arm itself must have bounds: else the whole $or is only a filter.
        if (!usable(statistics_, *key, read_, arm, true) && read_.filter.conditions.empty())
          continue;
        ways.push_back(by_key(*key, both, results, true));
        ways.back().covered = false;
      }
      if (ways.empty()) {
        every = false;
        break;
      }
      Access& best = ways[winner_of(statistics_, read_, ways)];
      ordered = ordered && !best.sorts;
      best.sorts = false;
      access.keys += best.keys;
      access.documents += best.documents;
      access.seeks += best.seeks;
      access.arms.push_back(std::move(best));
    }
    if (!every) continue;
    access.documents = std::min(access.documents, statistics_.documents());
    access.results = std::min(results_, access.documents);
    access.sorts = !read_.sort.empty() && !ordered;
    access.merged = ordered;
    out.push_back(std::move(access));
  }
}

/// No index gives the order so far: one that does, read as a whole, may be worth its while.
void Planner::by_order(std::vector<Access>& out) const {
  if (read_.sort.empty() ||
      std::any_of(out.begin(), out.end(), [](const Access& one) { return !one.sorts; }))
    return;
  for (const Key* key : keys_) {
    if (!usable(statistics_, *key, read_, read_.filter, false)) continue;
    Access access = by_key(*key, read_.filter, results_, false);
    if (!access.sorts) out.push_back(std::move(access));
  }
}

/// Jumps from value to value, when all conditions are in the bounds.
void Planner::by_distinct(std::vector<Access>& out) const {
  if (read_.distinct_path.empty()) return;
  for (const Key* key : keys_) {
    const bool led = !read_.filter.empty();
    if (!usable(statistics_, *key, read_, read_.filter, led)) continue;
    Access access = by_key(*key, read_.filter, results_, led);
    if (!access.bounds.unchecked.empty() || !read_.filter.alternatives.empty()) continue;
    std::size_t at = 0;
    const auto& parts = access.bounds.parts;
    while (at < parts.size() && parts[at].points == 1 && parts[at].path != read_.distinct_path)
      ++at;
    if (at == parts.size() || parts[at].path != read_.distinct_path || !parts[at].word.empty())
      continue;
    if (parts[at].array) continue;
    access.way = Way::distinct;
    access.keys = std::min(access.keys, std::max(1.0, parts[at].distinct * parts[at].share));
    access.documents = access.results = access.keys;
    access.seeks = access.keys;
    access.covered = true;
    out.insert(out.begin(), std::move(access));
    return;
  }
}

std::vector<Access> Planner::all() {
  std::vector<Access> out;
  by_id(out);
  if (!out.empty()) return out;
  by_distinct(out);
  if (!out.empty()) return out;
  by_filter(out);
  by_alternatives(out);
  by_order(out);
  if (out.empty()) out.push_back(collection());
  return out;
}

constexpr double enough_results = 101;
constexpr double least_trial = 10000;  // internalQueryPlanEvaluationWorks
constexpr double trial_part = 0.3;     // internalQueryPlanEvaluationCollFraction

}  // namespace

std::vector<Access> accesses_for(const Statistics& statistics, const Read& read,
                                 const std::vector<const Key*>& keys) {
  return Planner(statistics, read, keys).all();
}

std::size_t winner_of(const Statistics& statistics, const Read& read,
                      const std::vector<Access>& accesses) {
  std::vector<Progression> progressions;
  double works = std::max(least_trial, trial_part * statistics.documents());
  for (const Access& access : accesses) {
    progressions.emplace_back(access, read);
    works = std::min(works, progressions.back().until(enough_results).works);
  }
  works = std::max(works, 1.0);
  std::size_t best = 0;
  double highest = -1;
  for (std::size_t i = 0; i < accesses.size(); ++i) {
    const Trial trial = progressions[i].until(enough_results);
    double score = progressions[i].results_at(works) / works;
    if (trial.ends && trial.works <= works) score += 1;
    const double bonus = std::min(1 / (10 * works), 1e-4);
    if (accesses[i].covered) score += bonus;
    if (!accesses[i].sorts) score += bonus;
    if (score > highest) {
      highest = score;
      best = i;
    }
  }
  return best;
}

}  // namespace whet::advise::wired
