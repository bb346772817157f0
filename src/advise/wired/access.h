// One way to read a collection, as MongoDB's planner would have it, with its work.
#pragma once

#include <limits>
#include <memory>
#include <vector>

#include "advise/wired/bounds.h"
#include "advise/wired/constants.h"

namespace whet::advise::wired {

enum class Way : std::uint8_t {
  collection,  ///< COLLSCAN
  id,          ///< IDHACK
  index,       ///< IXSCAN, with FETCH unless covered
  distinct,    ///< DISTINCT_SCAN
  either,      ///< OR of the arms
};

struct Access {
  Way way = Way::collection;
  const Key* key = nullptr;
  Bounds bounds;
  std::vector<Access> arms;
  double keys = 0;       ///< examined when it runs to its end
  double documents = 0;  ///< fetched then
  double results = 0;    ///< that pass the filter
  double seeks = 1;
  bool covered = false;     ///< no document is fetched
  bool sorts = false;       ///< a SORT stage, which waits for all of its input
  bool sorts_keys = false;  ///< that SORT needs the index only: what it leaves is fetched
  bool merged = false;      ///< a SORT_MERGE of several scans
};

/// Steps of the root stage until there are so many results, or none is left.
struct Trial {
  double works = 0;   ///< until it is done, by `wanted` results or by its end
  bool ends = false;  ///< it comes to its end by then
};

/// What one access does with a limit.
class Progression {
 public:
  Progression(const Access& access, const Read& read);
  /// Results after so many steps.
  [[nodiscard]] double results_at(double works) const;
  /// Steps until `wanted` results or the end.
  [[nodiscard]] Trial until(double wanted) const;
  /// The part of the input that is read for all that the command wants.
  [[nodiscard]] double part() const;
  [[nodiscard]] double wanted() const { return wanted_; }

 private:
  double input_, all_, wanted_;
  bool sorts_, limited_;
};

/// Microseconds until the command has all that it wants.
[[nodiscard]] double cost_of(const Constants& constants, const Statistics& statistics,
                             const Access& access, const Read& read);

/// Limits in a statement's text may be placeholders: then so many.
inline constexpr double usual_limit = 20;

}  // namespace whet::advise::wired
