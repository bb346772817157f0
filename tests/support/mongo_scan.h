// Which indexes fit a query of the scripted MongoDB server, over which bounds, and the walk over
// their keys, which counts what a real server counts.
#pragma once

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "support/mongo_bounds.h"
#include "support/mongo_plan.h"

namespace whet::testing::mongo {

/// An index and how it would be scanned.
struct Candidate {
  Index* index = nullptr;
  std::vector<Intervals> bounds;   ///< of each field, in the direction of the scan
  std::vector<Condition> left;     ///< what FETCH must test
  std::vector<Condition> by_keys;  ///< what IXSCAN tests
  bool forward = true, sorted = false, multikey = false;
};

[[nodiscard]] bool ascending(const Candidate& candidate, std::size_t field);

/// Whether the key lies in the intervals; if not, the first interval after it (or their number).
[[nodiscard]] std::pair<bool, std::size_t> place(const mql::Value& key, const Intervals& intervals,
                                                 bool up);

/// The scan of this index that the query would make; nothing when the index does not help.
[[nodiscard]] std::optional<Candidate> candidate_for(Store& store, Collection& collection,
                                                     Index& index,
                                                     const std::vector<Condition>& conditions,
                                                     const Query& query, bool hinted);

/// Walks an index as the server does: keys in the bounds are taken, others make it seek.
class Scan {
 public:
  Scan(const Candidate& candidate, const std::vector<Entry>& entries)
      : candidate_(candidate), entries_(entries) {}

  std::int64_t keys = 0, seeks = 1;

  /// `take` says whether to go on.
  void run(const std::function<bool(const Entry&)>& take) {
    std::size_t at = skip_to_start();
    while (at < entries_.size()) {
      const Entry& entry = one(at);
      const int verdict = check(entry);
      if (verdict == inside) {
        ++keys;
        if (!take(entry)) return;
        ++at;
        continue;
      }
      if (contiguous_) return;  // the end of a simple range needs no look
      ++keys;
      if (verdict == done) return;
      ++seeks;
      at = seek(at + 1);
    }
  }

 private:
  static constexpr int inside = 0, outside = 1, done = 2;

  [[nodiscard]] const Entry& one(std::size_t at) const {
    return entries_[candidate_.forward ? at : entries_.size() - 1 - at];
  }

  std::size_t skip_to_start() {
    bool points = true;
    contiguous_ = true;
    for (const Intervals& field : candidate_.bounds) {
      if (field.size() != 1 || (!points && !is_everything_either_way(field))) contiguous_ = false;
      points = points && is_points(field);
    }
    if (contiguous_) {
      std::size_t at = 0;
      while (at < entries_.size() && check(one(at)) != inside) ++at;
      return at;
    }
    starting_ = true;
    const std::size_t at = seek(0);
    starting_ = false;
    return at;
  }

  static bool is_everything_either_way(const Intervals& field) {
    return is_everything(field) || is_everything(reversed(field));
  }

  /// The next entry that a seek would land on: past those before the next place in the bounds.
  [[nodiscard]] std::size_t seek(std::size_t at) const {
    while (at < entries_.size() &&
           before_next(one(at), at == 0 || starting_ ? nullptr : &one(at - 1)))
      ++at;
    return at;
  }

  /// Whether the entry lies before the first key that the bounds allow.
  [[nodiscard]] bool before_start(const Entry& entry) const {
    for (std::size_t i = 0; i < entry.key.size(); ++i) {
      const Interval& first = candidate_.bounds[i].front();
      const int by = mql::compare(entry.key[i], first.low) * (ascending(candidate_, i) ? 1 : -1);
      if (by != 0) return by < 0;
      if (!first.low_in) return true;
    }
    return false;
  }

  /// Whether a seek from `last` jumps over this entry.
  [[nodiscard]] bool before_next(const Entry& entry, const Entry* last) const {
    if (check(entry) != outside) return false;
    if (last == nullptr) return before_start(entry);
    // The part of the key that decides is the same as before: the seek skips all of them.
    for (std::size_t i = 0; i < entry.key.size(); ++i) {
      const auto [in, next] = place(entry.key[i], candidate_.bounds[i], ascending(candidate_, i));
      const auto [was_in, was_next] =
          place(last->key[i], candidate_.bounds[i], ascending(candidate_, i));
      if (!in) return !was_in && was_next == next;
      if (mql::compare(entry.key[i], last->key[i]) != 0) return false;
    }
    return false;
  }

  [[nodiscard]] int check(const Entry& entry) const {
    for (std::size_t i = 0; i < entry.key.size(); ++i) {
      const auto [in, next] = place(entry.key[i], candidate_.bounds[i], ascending(candidate_, i));
      if (in) continue;
      const bool past = next == candidate_.bounds[i].size();
      if (!past) return outside;
      // Past the last interval of this field: is there more to come in the fields before?
      for (std::size_t j = 0; j < i; ++j) {
        const Intervals& field = candidate_.bounds[j];
        const Interval& last = field.back();
        if (!is_points(field) || mql::compare(entry.key[j], last.low) != 0) return outside;
      }
      return done;
    }
    return inside;
  }

  const Candidate& candidate_;
  const std::vector<Entry>& entries_;
  bool contiguous_ = false, starting_ = false;
};

}  // namespace whet::testing::mongo
